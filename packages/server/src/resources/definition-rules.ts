import type { Sql } from '../database/database.ts';
import { Problem } from '../http/problem.ts';
import { checkFlag } from '../publish/check.ts';
import { linksOf, type WholeFlag, wholeFlag } from '../publish/project.ts';
import { type FlagChange, publishFlag } from '../publish/publish.ts';
import { parsedTargeting } from '../publish/targeting.ts';
import { withVariantNames } from '../publish/variant-names.ts';
import type { FeatureFlagSpec, FeatureFlagStageSpec, ProjectStageSpec } from '../schema/resources.generated.ts';
import { protect } from './protect.ts';
import { type Key, keys, named, type Resource } from './resource.ts';
import type { Landed, Rules, Scene } from './rules.ts';
import { notFound } from './save.ts';
import { find } from './table.ts';

const HINT = 'create a change request, or use force as an approver in an emergency';

/**
 * Stage definitions: what a flag does in one stage. Where changes need a request, they are refused but for those of an
 * approver who insists; `approved` writes what a change request that was decided upon says.
 */
function rulesFor(approved: boolean): Rules<FeatureFlagStageSpec> & { readonly upserts: true } {
  return {
    kind: 'FeatureFlagStage',
    upserts: true,
    normal: (spec) => withoutNulls({ ...spec, ...parsedTargeting(spec) }),
    async named({ transaction, key }, spec) {
      const flag = await find<FeatureFlagSpec>(transaction, keys.flag(key.project, key.id));
      // that there is none is told by the checks
      return flag === undefined ? { spec, warnings: [] } : withVariantNames(flag.spec, spec);
    },
    async check(scene, next) {
      const { transaction, key } = scene;
      const place = await placeOf(transaction, key);
      const { flag } = place.whole;
      if (flag.spec.archived === true) {
        throw new Problem('CONFLICT', `${named(flag)} is archived`, {
          hint: 'unarchive it first: set archived to false',
        });
      }
      const stages = new Map([[key.stage, next]]);
      const what = named(key);
      const warnings = await checkFlag(
        transaction,
        { project: key.project, key: key.id, flag: flag.spec, stages },
        what,
      );
      const change = changeOf(scene, next, place);
      checked.set(scene, change);
      return { warnings, ...(approved ? {} : protect(scene, change, HINT)) };
    },
    async written(scene, after) {
      const { transaction, key, by } = scene;
      const change = checked.get(scene) ?? changeOf(scene, after.spec, await placeOf(transaction, key));
      await publishFlag(transaction, change, by.subject);
    },
    async release(scene) {
      const place = await linkedPlace(scene);
      // also of a stage that is not linked: what is left in it is served when it is
      const warnings = await checkLeft(scene);
      if (place === undefined) return {};
      return { warnings, ...(approved ? {} : protect(scene, changeOf(scene, undefined, place), HINT)) };
    },
    async gone(scene) {
      const place = await linkedPlace(scene);
      if (place !== undefined) {
        await publishFlag(scene.transaction, changeOf(scene, undefined, place), scene.by.subject);
      }
    },
  };
}

export const definitionRules: Rules<FeatureFlagStageSpec> & { readonly upserts: true } = rulesFor(false);

/** For what a change request says, once it was decided upon. */
export const approvedRules: Rules<FeatureFlagStageSpec> & { readonly upserts: true } = rulesFor(true);

/** Changes as they were checked: nobody else writes until they are written, so nothing need be read again. */
const checked = new WeakMap<Scene<FeatureFlagStageSpec>, FlagChange>();

/** Where a stage definition is. */
interface Place {
  readonly whole: WholeFlag;
  readonly link: ProjectStageSpec;
}

/**
 * The flag of a stage definition, which must be there, and its stage linked to the project. Throws `Problem('NOT_FOUND')`.
 */
export async function flagToChange(transaction: Sql, key: Key): Promise<WholeFlag> {
  return (await placeOf(transaction, key)).whole;
}

/** The same, or undefined where the stage is not linked. */
async function linkedPlace({ transaction, key }: Scene<FeatureFlagStageSpec>): Promise<Place | undefined> {
  return (await linksOf(transaction, key.project)).has(key.stage) ? placeOf(transaction, key) : undefined;
}

async function placeOf(transaction: Sql, key: Key): Promise<Place> {
  const whole = await wholeFlag(transaction, key.project, key.id);
  if (whole === undefined) throw notFound(keys.flag(key.project, key.id));
  const links = await linksOf(transaction, key.project);
  const spec = links.get(key.stage);
  if (spec !== undefined) return { whole, link: spec };
  const link = keys.link(key.project, key.stage);
  throw new Problem(
    'NOT_FOUND',
    `stage ${JSON.stringify(key.stage)} is not linked to project ${JSON.stringify(key.project)}`,
    {
      hint: links.size === 0 ? 'link it first' : `link it first; linked are [${[...links.keys()].join(', ')}]`,
      members: { kind: link.kind, id: link.id, project: link.project },
    },
  );
}

/** What is doubtful of a flag as a stage serves it without a definition for it. Throws `Problem('INVALID_SPEC')`. */
async function checkLeft({ transaction, key }: Scene<FeatureFlagStageSpec>): Promise<Landed['warnings']> {
  const flag = await find<FeatureFlagSpec>(transaction, keys.flag(key.project, key.id));
  if (flag === undefined || flag.spec.archived === true) return [];
  const stages = new Map([[key.stage, undefined]]);
  const what = `${named(flag)}, without its definition for stage ${JSON.stringify(key.stage)},`;
  return checkFlag(transaction, { project: key.project, key: key.id, flag: flag.spec, stages }, what);
}

function changeOf(
  { key, before }: Scene<FeatureFlagStageSpec>,
  next: FeatureFlagStageSpec | undefined,
  place: Place,
): FlagChange {
  const never = new Date(0);
  const blank = {
    ...key,
    version: '0',
    status: null,
    createdAt: never,
    createdBy: '',
    modifiedAt: never,
    modifiedBy: '',
  };
  const whole = (definition: Resource<FeatureFlagStageSpec> | undefined): WholeFlag => ({
    flag: place.whole.flag,
    definitions: new Map(definition === undefined ? [] : [[key.stage, definition]]),
  });
  return {
    project: key.project,
    key: key.id,
    links: new Map([[key.stage, place.link]]),
    before: whole(before),
    after: whole(next === undefined ? undefined : { ...(before ?? blank), spec: next }),
  };
}

/** What is null says nothing: a change request takes a member out so, and so does a patch. */
function withoutNulls(spec: FeatureFlagStageSpec): FeatureFlagStageSpec {
  return Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== null && value !== undefined));
}
