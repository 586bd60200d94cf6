import type { FlagDefinition } from '@flagwright/core';
import type { Sql } from '../database/database.ts';
import { effectiveFlag } from './effective.ts';
import { type WholeFlag, wholeFlag, wholeFlags } from './project.ts';
import { graphOf, keysOf, reached, requirementsOf } from './requires.ts';

/** The flags that a flag must be looked at with. */
export interface Surroundings {
  /** Those of them that the change can have made invalid: they require the flag, directly or over others. */
  readonly dependents: ReadonlySet<string>;
  /** All of them as a stage has them, by key; `''` is where no stage definition speaks. Archived ones are not served. */
  in(stage: string): ReadonlyMap<string, FlagDefinition>;
}

/** So many flags that require one are looked at, the nearest first: all that they require in turn is read, too. */
const MOST_DEPENDENTS = 10_000;

const NONE: Surroundings = { dependents: new Set(), in: () => new Map() };

/**
 * What a flag must be looked at with as it would be in stages: what it requires, and, if it would offer its dependents
 * something else, those; each with all that it requires in turn, for a document that lacks a flag is wrong by itself.
 */
export async function surroundingsOf(
  sql: Sql,
  project: string,
  key: string,
  views: ReadonlyMap<string, FlagDefinition>,
): Promise<Surroundings> {
  const wanted = new Set([...views.values()].flatMap(({ prerequisites }) => keysOf(prerequisites)));
  // a flag that is switched off must not be kept from it by what is wrong with others
  const touched = (await requirementsOf(sql, project, key)).some(({ flag }) => flag !== key)
    ? offersOther(await wholeFlag(sql, project, key), views)
    : false;
  if (wanted.size === 0 && !touched) return NONE;
  const { requires, requiredBy } = await graphOf(sql, project);
  const dependents = new Set(touched ? reached(requiredBy, [key], MOST_DEPENDENTS) : []);
  dependents.delete(key);
  const around = new Set(reached(requires, [...wanted, ...dependents]));
  around.delete(key);
  const flags = around.size === 0 ? new Map<string, WholeFlag>() : await wholeFlags(sql, project, [...around]);
  return { dependents, in: (stage) => servedIn(flags, stage) };
}

/** Whether a flag would offer those that require it something else in one of the stages: variants, or a longer chain. */
function offersOther(stored: WholeFlag | undefined, views: ReadonlyMap<string, FlagDefinition>): boolean {
  if (stored === undefined || stored.flag.spec.archived === true) return true;
  const offer = ({ type, variants, prerequisites = [] }: FlagDefinition): string =>
    JSON.stringify([type, variants, prerequisites]);
  return [...views].some(
    ([stage, next]) => offer(effectiveFlag(stored.flag.spec, stored.definitions.get(stage)?.spec)) !== offer(next),
  );
}

function servedIn(flags: ReadonlyMap<string, WholeFlag>, stage: string): ReadonlyMap<string, FlagDefinition> {
  return new Map(
    [...flags]
      .filter(([, { flag }]) => flag.spec.archived !== true)
      .map(([key, { flag, definitions }]) => [key, effectiveFlag(flag.spec, definitions.get(stage)?.spec)]),
  );
}
