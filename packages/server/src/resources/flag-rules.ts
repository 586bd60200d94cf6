import { closeRequestsOf } from '../changes/close-requests.ts';
import { Problem } from '../http/problem.ts';
import { checkFlag, type Proposed } from '../publish/check.ts';
import { linksOf, type WholeFlag, wholeFlag, wholeFlags } from '../publish/project.ts';
import { type FlagChange, publishFlag } from '../publish/publish.ts';
import { requirementsOf, stagesThatRequire } from '../publish/requires.ts';
import { withVariantNames } from '../publish/variant-names.ts';
import type { FeatureFlagSpec, FeatureFlagStageSpec } from '../schema/resources.generated.ts';
import { protect } from './protect.ts';
import { type Key, keys, named, type Resource } from './resource.ts';
import type { Rules, Scene } from './rules.ts';
import { notFound } from './save.ts';
import { find, findAll } from './table.ts';
import { removeAll } from './write.ts';

const HINT = 'change what the stage serves by a change request, or use force as an approver';

/** Changes as they were checked: nobody else writes until they are written, so nothing need be read again. */
const checked = new WeakMap<Scene<FeatureFlagSpec>, FlagChange>();

/** Flags: their definition holds where stages do not say otherwise, so a change of it is one of what stages serve. */
export const flagRules: Rules<FeatureFlagSpec> = {
  kind: 'FeatureFlag',
  normal: (spec, { id }) => ({ ...spec, name: spec.name ?? id }),
  named: (_scene, spec) => withVariantNames(spec, spec),
  async check(scene, next) {
    const { transaction, key } = scene;
    if ((await find(transaction, keys.project(key.project))) === undefined) throw notFound(keys.project(key.project));
    const change = await changeOf(scene, next);
    checked.set(scene, change);
    if (next.archived === true) {
      if (scene.before?.spec.archived !== true) {
        refuseActive(change, scene.force, 'archive');
        await refuseRequired(scene, 'archive');
      }
      // to be archived is to be served no more: a protected stage is asked, as when the flag is deleted
      const { forced } = protect(scene, change, HINT);
      return { forced: forced === true || (scene.force && activeStages(change).length > 0) };
    }
    const places = await placesOf(scene, change);
    const proposed = { project: key.project, key: key.id, flag: next, ...places };
    return { warnings: await checkFlag(transaction, proposed, named(key)), ...protect(scene, change, HINT) };
  },
  async written(scene, after) {
    const change = checked.get(scene) ?? (await changeOf(scene, after.spec));
    await publishFlag(scene.transaction, change, scene.by.subject);
  },
  async release(scene) {
    const change = await changeOf(scene, undefined);
    refuseActive(change, scene.force, 'delete');
    await refuseRequired(scene, 'delete');
    const { forced } = protect(scene, change, HINT);
    return { forced: forced === true || activeStages(change).length > 0 };
  },
  async gone({ transaction, key, before, by }) {
    const links = await linksOf(transaction, key.project);
    const definitions = await findAll<FeatureFlagStageSpec>(transaction, {
      kind: 'FeatureFlagStage',
      project: key.project,
      id: key.id,
    });
    const whole = { flag: before, definitions: new Map(definitions.map((one) => [one.stage, one])) };
    await publishFlag(
      transaction,
      { project: key.project, key: key.id, links, before: whole, after: undefined },
      by.subject,
    );
    const along = { by, action: 'delete', details: { with: 'FeatureFlag' } };
    await removeAll(transaction, { kind: 'FeatureFlagStage', project: key.project, id: key.id }, along);
    await closeRequestsOf(transaction, { project: key.project, flag: key.id }, by, 'the feature flag was deleted');
  },
};

/** The change that a new definition makes to what stages serve. */
async function changeOf(scene: Scene<FeatureFlagSpec>, next: FeatureFlagSpec | undefined): Promise<FlagChange> {
  const { transaction, key, before } = scene;
  const links = await linksOf(transaction, key.project);
  const stored = await wholeFlag(transaction, key.project, key.id);
  // when this is asked after it was written, the definition from before is the one that is remembered
  const definitions = stored?.definitions ?? new Map();
  const whole = (flag: Resource<FeatureFlagSpec>): WholeFlag => ({ flag, definitions });
  const after = next === undefined ? undefined : whole({ ...(before ?? blank(key)), spec: next });
  return { project: key.project, key: key.id, links, before: before === undefined ? undefined : whole(before), after };
}

/**
 * Where a flag must be valid: by itself, as where a definition is deleted or a stage is linked it is served so; and in
 * every stage that speaks of it, or of what requires what, linked or not: those definitions are kept.
 */
async function placesOf(
  { transaction, key }: Scene<FeatureFlagSpec>,
  { links, after }: FlagChange,
): Promise<Pick<Proposed, 'stages' | 'unserved'>> {
  const definitions: WholeFlag['definitions'] = after?.definitions ?? new Map();
  const requiring = await stagesThatRequire(transaction, key.project);
  const names = ['', ...new Set([...links.keys(), ...definitions.keys(), ...requiring])];
  const bare = links.size === 0 || [...links.keys()].some((stage) => !definitions.has(stage));
  return {
    stages: new Map(names.map((stage) => [stage, definitions.get(stage)?.spec])),
    unserved: new Set(names.filter((stage) => (stage === '' ? !bare : !links.has(stage)))),
  };
}

function blank(key: Key): Resource<FeatureFlagSpec> {
  const never = new Date(0);
  const content = { version: '0', spec: { type: 'BOOLEAN' } as const, status: null };
  return { ...key, ...content, createdAt: never, createdBy: '', modifiedAt: never, modifiedBy: '' };
}

/** The linked stages in which a flag is enabled, by its definition there. */
function activeStages({ before, links }: FlagChange): readonly string[] {
  if (before === undefined || before.flag.spec.archived === true) return [];
  return [...links.keys()].filter(
    (stage) => (before.definitions.get(stage)?.spec.enabled ?? before.flag.spec.enabled) === true,
  );
}

function refuseActive(change: FlagChange, force: boolean, verb: string): void {
  const stages = activeStages(change);
  if (stages.length === 0 || force) return;
  throw new Problem(
    'IN_USE',
    `cannot ${verb} feature flag ${JSON.stringify(change.key)}: still active in stages [${stages.join(', ')}]`,
    {
      hint: 'disable it in all stages first, or use force',
      members: { project: change.project, stages },
    },
  );
}

/** Force does not help here: the flags that require it would not be valid any more. */
async function refuseRequired({ transaction, key }: Scene<FeatureFlagSpec>, verb: string): Promise<void> {
  const all = (await requirementsOf(transaction, key.project, key.id)).filter(({ flag }) => flag !== key.id);
  const served = await wholeFlags(transaction, key.project, [...new Set(all.map(({ flag }) => flag))]);
  // an archived flag is served nowhere; whether it may come back is asked when it does
  const required = all.filter(({ flag }) => served.get(flag)?.flag.spec.archived !== true);
  if (required.length === 0) return;
  const flags = [...new Set(required.map(({ flag }) => flag))];
  throw new Problem('IN_USE', `cannot ${verb} ${named(key)}: flags [${flags.slice(0, 10).join(', ')}] require it`, {
    hint: 'take it out of their prerequisites first',
    members: { requiredBy: required.slice(0, 100) },
  });
}
