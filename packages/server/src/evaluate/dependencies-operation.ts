import type { FlagDefinition, JsonSchema, PrerequisiteDefinition } from '@flagwright/core';
import type { Database, Sql } from '../database/database.ts';
import type { Call, Operation } from '../http/operation.ts';
import { effectiveFlag } from '../publish/effective.ts';
import { servedFlags, wholeFlag } from '../publish/project.ts';
import { requiredFlags, requirementsOf } from '../publish/requires.ts';
import { keys } from '../resources/resource.ts';
import { notFound } from '../resources/save.ts';
import { BASE } from '../schema/definitions.ts';
import { stagesOf } from './stages.ts';

const EDGES = (description: string): JsonSchema => ({
  type: 'array',
  description,
  items: {
    title: 'Dependency',
    type: 'object',
    properties: {
      flag: { type: 'string', description: 'The flag that requires.' },
      requires: { type: 'string', description: 'The flag that is required.' },
      variation: { type: ['string', 'integer'], description: 'The variant it must serve, or its position.' },
      stages: {
        type: 'array',
        items: { type: 'string' },
        description: 'Where it is so. Absent: in all stages that were looked at.',
      },
    },
    required: ['flag', 'requires', 'variation'],
  },
});

const ANSWER: JsonSchema = {
  title: 'Dependencies',
  type: 'object',
  properties: {
    project: { type: 'string' },
    flag: { type: 'string' },
    stages: { type: 'array', items: { type: 'string' }, description: 'The stages that were looked at.' },
    requires: EDGES('What the flag requires, and what that requires in turn.'),
    requiredBy: EDGES('What requires the flag, and what requires that in turn.'),
    complete: { type: 'boolean', description: 'Whether all is here: more than 1,000 flags are not looked at.' },
  },
  required: ['project', 'flag', 'stages', 'requires', 'requiredBy', 'complete'],
};

/** More flags that require others are not looked at in one stage. */
const MOST = 1_000;

/** What a flag requires, and what requires it. */
export function dependenciesOperation(database: Database): Operation {
  return {
    id: 'getFeatureFlagDependencies',
    method: 'GET',
    path: `${BASE}/projects/{project}/feature-flags/{flag}/dependencies`,
    tag: 'Feature Flag Definitions',
    summary: 'Tells what a flag requires, and what requires it',
    description: 'By prerequisites, directly and over others, as the linked stages have them.',
    access: 'read',
    answers: { 200: { description: 'The dependencies.', schema: ANSWER } },
    handle: (call) => database.read(async (sql) => ({ body: await dependencies(sql, call) })),
  };
}

async function dependencies(sql: Sql, { params, who }: Call): Promise<object> {
  const { project, flag: id } = params as { readonly project: string; readonly flag: string };
  const stages = await stagesOf(sql, who, project, undefined);
  const whole = await wholeFlag(sql, project, id);
  if (whole === undefined) throw notFound(keys.flag(project, id));
  // a project that is linked to nothing has flags all the same
  const views = stages.length === 0 ? [''] : stages;
  const requires = new Edges(views.length);
  const requiredBy = new Edges(views.length);
  let complete = true;
  for (const stage of views) {
    const own = effectiveFlag(whole.flag.spec, whole.definitions.get(stage)?.spec);
    if (whole.flag.spec.archived !== true) {
      requires.addAll(id, own, stage);
      for (const [key, definition] of await requiredFlags(sql, project, stage, own)) {
        if (key !== id) requires.addAll(key, definition, stage);
      }
    }
    complete = (await addDependents(sql, project, stage, id, requiredBy)) && complete;
  }
  return { project, flag: id, stages, requires: requires.list(), requiredBy: requiredBy.list(), complete };
}

/** Adds what requires a flag in a stage, and what requires that; false if there is more than is looked at. */
async function addDependents(sql: Sql, project: string, stage: string, id: string, edges: Edges): Promise<boolean> {
  const seen = new Set([id]);
  // grows while it is walked
  for (const key of seen) {
    if (seen.size > MOST) return false;
    const candidates = new Set((await requirementsOf(sql, project, key)).map(({ flag }) => flag));
    if (candidates.size === 0) continue;
    for (const [flag, definition] of await servedFlags(sql, project, stage, [...candidates])) {
      // a stage may say otherwise than the flag
      if (edges.addAll(flag, definition, stage, key)) seen.add(flag);
    }
  }
  return true;
}

interface Edge {
  readonly flag: string;
  readonly requires: string;
  readonly variation: PrerequisiteDefinition['variation'];
  readonly stages: string[];
}

/** Edges of the graph, each once, with the stages it is in. */
class Edges {
  readonly #edges = new Map<string, Edge>();
  readonly views: number;

  constructor(views: number) {
    this.views = views;
  }

  /** Adds the prerequisites of a flag, or those of them that are `only`; whether there were any. */
  addAll(flag: string, { prerequisites = [] }: FlagDefinition, stage: string, only?: string): boolean {
    let any = false;
    for (const { key, variation } of prerequisites) {
      if (only !== undefined && key !== only) continue;
      any = true;
      const name = JSON.stringify([flag, key, variation]);
      const edge = this.#edges.get(name) ?? { flag, requires: key, variation, stages: [] };
      this.#edges.set(name, edge);
      if (!edge.stages.includes(stage)) edge.stages.push(stage);
    }
    return any;
  }

  list(): readonly object[] {
    return [...this.#edges.values()].map(({ stages, ...edge }) =>
      stages.length === this.views ? edge : { ...edge, stages },
    );
  }
}
