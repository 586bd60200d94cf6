import type { FlagDefinition, JsonSchema } from '@flagwright/core';
import type { Database, Row, Sql } from '../database/database.ts';
import { DIFFERENCES, PAGE_PARAMETERS } from '../history/schemas.ts';
import type { Call, Operation } from '../http/operation.ts';
import { Problem } from '../http/problem.ts';
import { effectiveFlag } from '../publish/effective.ts';
import { wholeFlag } from '../publish/project.ts';
import { pageOf } from '../query/page.ts';
import { type Difference, difference } from '../resources/difference.ts';
import { keys } from '../resources/resource.ts';
import { notFound } from '../resources/save.ts';
import { BASE } from '../schema/definitions.ts';
import type { FeatureFlagSpec, FeatureFlagStageSpec } from '../schema/resources.generated.ts';
import { listed, stagesOf } from './stages.ts';

const PROJECT = `${BASE}/projects/{project}`;

const FLAG: JsonSchema = { description: 'The flag as the stage serves it; null: it serves none.' };

const IN_STAGES: JsonSchema = {
  title: 'FlagComparison',
  type: 'object',
  properties: {
    project: { type: 'string' },
    flag: { type: 'string' },
    stages: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          stage: { type: 'string' },
          version: { anyOf: [{ type: 'string' }, { type: 'null' }], description: 'Of its definition there.' },
          flag: FLAG,
          differences: { ...DIFFERENCES, description: 'From the first stage to this one.' },
        },
        required: ['stage', 'version', 'flag', 'differences'],
      },
    },
  },
  required: ['project', 'flag', 'stages'],
};

const IN_PROJECT: JsonSchema = {
  title: 'StageComparison',
  type: 'object',
  properties: {
    project: { type: 'string' },
    from: { type: 'string' },
    to: { type: 'string' },
    items: {
      type: 'array',
      items: {
        type: 'object',
        properties: { flag: { type: 'string' }, from: FLAG, to: FLAG, differences: DIFFERENCES },
        required: ['flag', 'from', 'to', 'differences'],
      },
    },
    totalCount: { type: 'integer' },
    page: { type: 'integer' },
    pageSize: { type: 'integer' },
  },
  required: ['project', 'from', 'to', 'items', 'totalCount', 'page', 'pageSize'],
};

/** How what stages serve differs: of one flag, and of all flags of a project. */
export function comparisonOperations(database: Database): readonly Operation[] {
  return [
    {
      id: 'compareFeatureFlag',
      method: 'GET',
      path: `${PROJECT}/feature-flags/{flag}/comparison`,
      tag: 'Feature Flag Definitions',
      summary: 'Compares a flag across stages',
      access: 'read',
      query: {
        stages: {
          description:
            'Which stages, separated by commas; the others are compared with the first. Default: all linked.',
          schema: { type: 'string', maxLength: 2_000 },
        },
      },
      answers: { 200: { description: 'The flag in each stage, and how it differs.', schema: IN_STAGES } },
      handle: (call) => database.read(async (sql) => ({ body: await inStages(sql, call) })),
    },
    {
      id: 'compareStages',
      method: 'GET',
      path: `${PROJECT}/comparison`,
      tag: 'Projects',
      summary: 'Lists the flags that two stages serve differently',
      access: 'read',
      query: {
        from: { description: 'A stage; needed.', schema: { type: 'string', maxLength: 63 } },
        to: { description: 'Another one; needed.', schema: { type: 'string', maxLength: 63 } },
        ...PAGE_PARAMETERS,
      },
      answers: { 200: { description: 'A page of flags, by their keys.', schema: IN_PROJECT } },
      handle: (call) => database.read(async (sql) => ({ body: await inProject(sql, call) })),
    },
  ];
}

async function inStages(sql: Sql, { params, query, who }: Call): Promise<object> {
  const { project, flag: id } = params as { readonly project: string; readonly flag: string };
  const stages = await stagesOf(sql, who, project, listed(query.stages));
  const whole = await wholeFlag(sql, project, id);
  if (whole === undefined) throw notFound(keys.flag(project, id));
  const { flag, definitions } = whole;
  const served = (stage: string): FlagDefinition | null =>
    flag.spec.archived === true ? null : effectiveFlag(flag.spec, definitions.get(stage)?.spec);
  const first = stages[0] === undefined ? null : served(stages[0]);
  return {
    project,
    flag: id,
    stages: stages.map((stage) => {
      const here = served(stage);
      const version = definitions.get(stage)?.version ?? null;
      return { stage, version, flag: here, differences: difference(first ?? undefined, here ?? undefined) };
    }),
  };
}

interface Differing {
  readonly flag: string;
  readonly from: FlagDefinition;
  readonly to: FlagDefinition;
  readonly differences: readonly Difference[];
}

async function inProject(sql: Sql, { params, query, who }: Call): Promise<object> {
  const project = params.project!;
  const [from, to] = [needed('from', query.from), needed('to', query.to)];
  await stagesOf(sql, who, project, [from, to]);
  const { page, pageSize, limit, offset } = pageOf(query as { page?: number; pageSize?: number });
  const found = from === to ? [] : await differing(sql, project, from, to);
  const items = found.slice(offset, offset + limit);
  return { project, from, to, items, totalCount: found.length, page, pageSize };
}

/** Only what is written differently can differ, so the database leaves out all else, which is most of it. */
async function differing(sql: Sql, project: string, from: string, to: string): Promise<readonly Differing[]> {
  const rows = await sql.query<Row & { readonly id: string }>(
    `select f.id, f.spec as flag, a.spec as one, b.spec as other from flagwright.resources f
       left join flagwright.resources a
         on a.kind = 'FeatureFlagStage' and a.project = $1 and a.stage = $2 and a.id = f.id
       left join flagwright.resources b
         on b.kind = 'FeatureFlagStage' and b.project = $1 and b.stage = $3 and b.id = f.id
     where f.kind = 'FeatureFlag' and f.project = $1 and (f.spec ->> 'archived') is distinct from 'true'
       and a.spec::text is distinct from b.spec::text
     order by f.id collate "C"`,
    [project, from, to],
  );
  return rows.flatMap(({ id, flag, one, other }) => {
    const was = effectiveFlag(flag as FeatureFlagSpec, (one as FeatureFlagStageSpec | null) ?? undefined);
    const is = effectiveFlag(flag as FeatureFlagSpec, (other as FeatureFlagStageSpec | null) ?? undefined);
    const differences = difference(was, is);
    return differences.length === 0 ? [] : [{ flag: id, from: was, to: is, differences }];
  });
}

function needed(name: string, value: string | number | boolean | undefined): string {
  if (typeof value === 'string') return value;
  throw new Problem('INVALID_ARGUMENT', `the parameter ${name} of the query is missing; expected a stage`);
}
