import type { Edit } from '@flagwright/core';
import { demand } from '../access/principal.ts';
import { takeBackApprovals } from '../changes/attribute-changed.ts';
import { closeRequestsOf } from '../changes/close-requests.ts';
import type { Sql } from '../database/database.ts';
import { Problem } from '../http/problem.ts';
import { checkSet } from '../publish/check.ts';
import { effectiveAttribute } from '../publish/effective.ts';
import { linksOf, servedFlags } from '../publish/project.ts';
import { emptySet, publishSet, publishToAll } from '../publish/publish.ts';
import type { ContextSpec, ProjectSpec, ProjectStageSpec, StageSpec } from '../schema/resources.generated.ts';
import { mentionedBy } from './mentions.ts';
import { type Key, keys, named } from './resource.ts';
import type { Landed, Rules } from './rules.ts';
import { notFound } from './save.ts';
import { find, findAll } from './table.ts';
import { removeAll } from './write.ts';

const withName = <Spec extends { readonly name?: string }>(spec: Spec, { id }: { readonly id: string }): Spec => ({
  ...spec,
  name: spec.name ?? id,
});

const inUse = (message: string, hint: string, members: Readonly<Record<string, unknown>>): Problem =>
  new Problem('IN_USE', message, { hint, members });

/** Projects: one that has flags goes by force only, and takes all it holds along. */
export const projectRules: Rules<ProjectSpec> = {
  kind: 'Project',
  normal: withName,
  check: async () => ({}),
  async release({ transaction, key, force }) {
    const flags = await findAll(transaction, { kind: 'FeatureFlag', project: key.id });
    if (flags.length > 0 && !force) {
      throw inUse(
        `cannot delete ${named(key)}: it has ${flags.length === 1 ? 'a feature flag' : `${flags.length} feature flags`}`,
        'delete them first, or use force, which deletes all the project holds',
        { featureFlags: flags.slice(0, 100).map(({ id }) => id), count: flags.length },
      );
    }
    return { forced: flags.length > 0 };
  },
  async gone({ transaction, key, by }) {
    const links = await linksOf(transaction, key.id);
    for (const stage of links.keys()) await emptySet(transaction, { project: key.id, stage }, by.subject);
    // they stay to be looked at: what was asked for, and decided, is history
    await closeRequestsOf(transaction, { project: key.id }, by, 'the project was deleted');
    const along = { by, action: 'delete', details: { with: 'Project' } };
    for (const kind of ['FeatureFlagStage', 'FeatureFlag', 'Context', 'ProjectStage'] as const) {
      await removeAll(transaction, { kind, project: key.id }, along);
    }
  },
};

/** Stages: one that is linked to a project never goes; what projects had for it before goes along. */
export const stageRules: Rules<StageSpec> = {
  kind: 'Stage',
  normal: withName,
  check: async () => ({}),
  async release({ transaction, key }) {
    const links = await findAll(transaction, { kind: 'ProjectStage', id: key.id });
    if (links.length === 0) return keptDefinitions(transaction, key);
    const projects = links.map(({ project }) => project);
    throw inUse(
      `cannot delete ${named(key)}: it is linked to projects [${projects.slice(0, 10).join(', ')}]`,
      'unlink it from all projects first',
      { projects },
    );
  },
  async gone({ transaction, key, by }) {
    // another stage of that id must not serve what was meant for this one
    const along = { by, action: 'delete', details: { with: 'Stage' } };
    await removeAll(transaction, { kind: 'FeatureFlagStage', stage: key.id }, along);
  },
};

/** Tells of the stage definitions that were kept when a stage was unlinked, and go with it. */
async function keptDefinitions(sql: Sql, { id }: Key): Promise<Landed> {
  const [row] = await sql.query<{ readonly count: number; readonly projects: readonly string[] }>(
    `select count(*)::int as count, coalesce(json_agg(distinct project), '[]') as projects
     from flagwright.resources where kind = 'FeatureFlagStage' and stage = $1`,
    [id],
  );
  const { count, projects } = row!;
  if (count === 0) return {};
  const message = `${count} stage definitions that were kept for it in projects [${projects.slice(0, 10).join(', ')}] are deleted with it`;
  const hint = 'the history has them: it lists those whose details say {"with":"Stage"}';
  return { warnings: [{ severity: 'warning', code: 'deleted-along', path: [], message, hint }] };
}

/** Links: a stage serves what a project has for it from the moment it is linked. */
export const linkRules: Rules<ProjectStageSpec> = {
  kind: 'ProjectStage',
  normal: (spec) => spec,
  async check({ transaction, key, before }) {
    for (const other of [keys.project(key.project), keys.stage(key.id)]) {
      if ((await find(transaction, other)) === undefined) throw notFound(other);
    }
    if (before === undefined) {
      const set = { project: key.project, stage: key.id };
      const [project, stage] = [JSON.stringify(set.project), JSON.stringify(set.stage)];
      await checkSet(transaction, set, `stage ${stage} cannot be linked to project ${project}`);
    }
    return {};
  },
  async written({ transaction, key, before, by }) {
    if (before === undefined) await publishSet(transaction, { project: key.project, stage: key.id }, by.subject);
  },
  async release({ transaction, key, force }) {
    // by what the stage serves: a flag may be enabled by its own definition, without one for the stage
    const served = await servedFlags(transaction, key.project, key.id);
    const active = [...served].filter(([, { enabled }]) => enabled === true).map(([id]) => id);
    if (active.length === 0) return {};
    if (force) return { forced: true };
    throw inUse(
      `cannot unlink stage ${JSON.stringify(key.id)} from project ${JSON.stringify(key.project)}: ${active.length === 1 ? 'a flag is' : `${active.length} flags are`} active in it`,
      'disable them first, or use force; their definitions are kept, and serve again when the stage is linked again',
      { featureFlags: active.slice(0, 100), count: active.length },
    );
  },
  async gone({ transaction, key, by }) {
    await emptySet(transaction, { project: key.project, stage: key.id }, by.subject);
    const about = { project: key.project, stage: key.id };
    await closeRequestsOf(transaction, about, by, 'the stage was unlinked from the project');
  },
};

/** Context attributes: they type the targeting of all flags of a project, in every stage. */
export const contextRules: Rules<ContextSpec> = {
  kind: 'Context',
  normal: withName,
  async check({ transaction, key, before, who, force }, next) {
    if ((await find(transaction, keys.project(key.project))) === undefined) throw notFound(keys.project(key.project));
    return comparesOtherwise(before?.spec, next) ? guard({ transaction, key, who, force }) : {};
  },
  async written({ transaction, key, before, by }, { spec }) {
    if (comparesOtherwise(before?.spec, spec)) await takeBackApprovals(transaction, key, by);
    const edit: Edit = { kind: 'attribute', key: key.id, next: effectiveAttribute(spec) };
    await publishToAll(transaction, key.project, await linksOf(transaction, key.project), [edit], by.subject);
  },
  async release({ transaction, key, before, who, force }) {
    const landed = comparesOtherwise(before.spec, undefined) ? await guard({ transaction, key, who, force }) : {};
    const mentions = await mentionedBy(transaction, key.project, key.id);
    const flags = mentions.filter(({ byName, request }) => byName && request === undefined);
    if (flags.length === 0) return landed;
    return {
      ...landed,
      warnings: [
        {
          severity: 'warning',
          code: 'still-used',
          path: [],
          message: `the targeting of flags [${flags
            .slice(0, 10)
            .map(({ flag }) => flag)
            .join(', ')}] uses the attribute`,
          hint: 'it is undeclared there from now on',
        },
      ],
    };
  },
  async gone({ transaction, key, before, by }) {
    if (comparesOtherwise(before.spec, undefined)) await takeBackApprovals(transaction, key, by);
    const edit: Edit = { kind: 'attribute', key: key.id, next: null };
    await publishToAll(transaction, key.project, await linksOf(transaction, key.project), [edit], by.subject);
  },
};

type Guarded = Pick<Parameters<Rules<ContextSpec>['check']>[0], 'transaction' | 'key' | 'who' | 'force'>;

/** Whether comparisons of an attribute change: by version precedence, or as JSON Logic does, whatever else its type is. */
function comparesOtherwise(before: ContextSpec | undefined, after: ContextSpec | undefined): boolean {
  return (before?.type === 'VERSION') !== (after?.type === 'VERSION');
}

/**
 * Whether an attribute compares as a version decides what flags serve, and what change requests that wait would have them
 * serve: protected stages of either are asked for by force only.
 */
async function guard({ transaction, key, who, force }: Guarded): Promise<Landed> {
  const links = await linksOf(transaction, key.project);
  const stages = [...links].filter(([, spec]) => spec.requireChangeRequest === true).map(([stage]) => stage);
  const used = stages.length === 0 ? [] : await mentionedBy(transaction, key.project, key.id);
  const hit = stages.filter((stage) => used.some((one) => one.stage === stage));
  if (hit.length === 0) return {};
  if (force) {
    for (const stage of hit) demand(who, 'approve', { project: key.project, stage });
    return { forced: true };
  }
  throw new Problem(
    'PROTECTED',
    `flags of the protected stages [${hit.join(', ')}], or change requests for them, compare ${named(key)}`,
    {
      hint: 'take it out of their targeting by change requests first, close those that use it, or use force as an approver',
      members: { stages: hit },
    },
  );
}
