import type { FlagDefinition, PrerequisiteDefinition } from '@flagwright/core';
import type { Sql } from '../database/database.ts';
import { type Requiring, viewOf } from '../resources/view.ts';
import { servedFlags } from './project.ts';

/** More flags are not looked at: a chain so long is refused by what compiles them. */
const MOST = 10_000;

/** The flags that a flag requires as a stage has it, and those they require, by key; itself not, unless by a cycle. */
export async function requiredFlags(
  sql: Sql,
  project: string,
  stage: string,
  flag: FlagDefinition,
): Promise<ReadonlyMap<string, FlagDefinition>> {
  const found = new Map<string, FlagDefinition>();
  let wanted = keysOf(flag.prerequisites);
  while (wanted.length > 0 && found.size < MOST) {
    const next = await servedFlags(sql, project, stage, wanted);
    for (const [key, definition] of next) found.set(key, definition);
    wanted = [...next.values()].flatMap(({ prerequisites }) => keysOf(prerequisites)).filter((key) => !found.has(key));
    // one that is asked for and not there must not be asked for again
    wanted = [...new Set(wanted)];
    if (next.size === 0) break;
  }
  return found;
}

/** A flag that requires another one, and where it says so: in its own definition, or for a stage. */
export interface Requirement {
  readonly flag: string;
  readonly stage: string | undefined;
  readonly variation: number | string;
}

/** What requires a flag of a project. */
export async function requirementsOf(sql: Sql, project: string, key: string): Promise<readonly Requirement[]> {
  const all = await known(sql, project);
  const rows = all === undefined ? await rowsRequiring(sql, project, key) : sorted(all.filter(requires(key)));
  return rows.flatMap(({ id, stage, wanted }) =>
    wanted
      .filter((prerequisite) => prerequisite.key === key)
      .map(({ variation }) => ({ flag: id, stage: stage === '' ? undefined : stage, variation })),
  );
}

type Row = Omit<Requiring, 'kind'>;

const requires =
  (key: string) =>
  ({ wanted }: Row): boolean =>
    wanted.some((prerequisite) => prerequisite.key === key);

const sorted = (rows: Row[]): readonly Row[] =>
  rows.sort((one, other) => (`${one.id} ${one.stage}` < `${other.id} ${other.stage}` ? -1 : 1));

function rowsRequiring(sql: Sql, project: string, key: string): Promise<readonly Row[]> {
  return sql.query<Row & Record<string, unknown>>(
    `select id, stage, spec -> 'prerequisites' as wanted from flagwright.resources
     where project = $1 and (spec -> 'prerequisites') is not null and kind in ('FeatureFlag', 'FeatureFlagStage')
       and position(to_json($2::text)::text in spec ->> 'prerequisites') > 0
     order by id, stage`,
    [project, key],
  );
}

/** What requires others, where that is known without the database. */
async function known(sql: Sql, project: string): Promise<readonly Requiring[] | undefined> {
  return viewOf(sql)?.requiring(project);
}

/** The stages, linked or not, in which flags of a project require others than by their own definitions. */
export async function stagesThatRequire(sql: Sql, project: string): Promise<readonly string[]> {
  const all = await known(sql, project);
  if (all !== undefined) {
    return [...new Set(all.filter(({ kind }) => kind === 'FeatureFlagStage').map(({ stage }) => stage))];
  }
  const rows = await sql.query<{ readonly stage: string }>(
    `select distinct stage from flagwright.resources
     where project = $1 and (spec -> 'prerequisites') is not null and kind = 'FeatureFlagStage'`,
    [project],
  );
  return rows.map(({ stage }) => stage);
}

/** Which flags of a project require which, wherever they say so: the edges of all stages together, both ways. */
export interface Graph {
  readonly requires: ReadonlyMap<string, ReadonlySet<string>>;
  readonly requiredBy: ReadonlyMap<string, ReadonlySet<string>>;
}

/** The graph of a project: one statement, for to ask for it flag by flag takes as many as a chain is long. */
export async function graphOf(sql: Sql, project: string): Promise<Graph> {
  const rows = (await known(sql, project)) ?? (await allRequiring(sql, project));
  const requires = new Map<string, Set<string>>();
  const requiredBy = new Map<string, Set<string>>();
  const add = (edges: Map<string, Set<string>>, from: string, to: string): void => {
    const known = edges.get(from);
    if (known === undefined) edges.set(from, new Set([to]));
    else known.add(to);
  };
  for (const { id, wanted } of rows) {
    for (const key of keysOf(wanted)) {
      add(requires, id, key);
      add(requiredBy, key, id);
    }
  }
  return { requires, requiredBy };
}

/** All flags and stage definitions of a project that require others, by their ids and stages. */
export function allRequiring(sql: Sql, project: string): Promise<readonly Requiring[]> {
  return sql.query<Requiring & Record<string, unknown>>(
    `select kind, id, stage, spec -> 'prerequisites' as wanted from flagwright.resources
     where project = $1 and (spec -> 'prerequisites') is not null and kind in ('FeatureFlag', 'FeatureFlagStage')
     order by id, stage`,
    [project],
  );
}

/** All that is reached from flags along edges, they themselves among it, the nearest first and at most so many. */
export function reached(
  edges: ReadonlyMap<string, ReadonlySet<string>>,
  from: Iterable<string>,
  most: number = Number.POSITIVE_INFINITY,
): ReadonlySet<string> {
  const found = new Set(from);
  // grows while it is walked
  for (const key of found) {
    for (const next of edges.get(key) ?? []) {
      if (found.size >= most) return found;
      found.add(next);
    }
  }
  return found;
}

/** The flags that prerequisites name, each once. */
export function keysOf(prerequisites: readonly PrerequisiteDefinition[] | undefined): readonly string[] {
  return [...new Set((prerequisites ?? []).map(({ key }) => key))];
}
