import type { FlagDocument, Snapshot } from '@flagwright/core';
import type { ContextSpec, FeatureFlagSpec, FeatureFlagStageSpec } from '@flagwright/server/model';
import { flagsByKey } from '../differing/flags-by-key.ts';
import { compiledSet } from '../local/compiled-set.ts';
import type { LocalSet } from '../local/set.ts';
import { stageDocument } from '../local/stage-document.ts';
import { idsOf } from '../session/ids.ts';
import type { Session } from '../session/session.ts';
import { readsOfAll } from '../simulate/reads.ts';
import type { Attributes } from './attributes.ts';
import type { Converted } from './convert.ts';
import { definitionsOf } from './definitions.ts';
import { dropDependents } from './drop-dependents.ts';
import { contextsEach, difference } from './same-served.ts';

/** What is imported, into what is there. */
export interface Importing {
  readonly flags: Map<string, Converted>;
  /** The flags of the project. */
  readonly there: ReadonlyMap<string, FeatureFlagSpec>;
  readonly attributes: Pick<Attributes, 'before' | 'after'>;
}

const IF_MEANT = 'If that is meant, apply what import --dry-run prints';

/**
 * Takes out the flags that would change what others serve: flags that need them, directly or not, and other stages, which go
 * by the same flag. Those that are new change nothing.
 */
export async function checkOthers(
  session: Session,
  set: LocalSet,
  importing: Importing,
  refused: Map<string, string>,
): Promise<void> {
  const { flags, there } = importing;
  if (![...flags.keys()].some((key) => there.has(key))) return;
  const [stages, definitions] = await Promise.all([
    idsOf(session.api.links(session.project())),
    definitionsOf(session),
  ]);
  const places = stages.map((stage): Place => {
    const own = definitions.filter((one) => one.stage === stage).map(({ flag, spec }) => [flag, spec] as const);
    return { stage, isOwn: stage === session.stage(), definitions: new Map(own) };
  });
  // what is taken out may have been why another one differed, or did not
  while (await takeOut(set, places, importing, refused)) dropDependents(flags, set.document, refused);
}

/** A stage that the project is linked to. */
interface Place {
  readonly stage: string;
  /** Whether it is the one that flags are imported into. */
  readonly isOwn: boolean;
  readonly definitions: ReadonlyMap<string, FeatureFlagStageSpec>;
}

/** Whether a flag had to be taken out. */
async function takeOut(
  set: LocalSet,
  places: readonly Place[],
  importing: Importing,
  refused: Map<string, string>,
): Promise<boolean> {
  const { flags, there } = importing;
  const changed = new Set([...flags.keys()].filter((key) => there.has(key)));
  if (changed.size === 0) return false;
  const all = places.map((place) => ({ ...sidesOf(set, place, importing), place }));
  const compared = all.flatMap(({ place, before, after }) =>
    [...needing(changed, before, after)]
      .filter(([key]) => (changed.has(key) ? !place.isOwn : there.has(key) && !flags.has(key)))
      .map(([key, needed]) => ({ key, needed, stage: place.stage, before, after })),
  );
  const count = contextsEach(compared.length);
  let isAny = false;
  for (const { key, needed, stage, before, after } of compared) {
    if ([...needed].every((one) => !flags.has(one))) continue;
    const found = await differenceOf(key, before, after, count);
    if (found === undefined) continue;
    for (const one of await causesOf(needed, before, after, count)) {
      if (!flags.delete(one)) continue;
      const who = one === key ? 'it' : `${key}, which needs it,`;
      refused.set(one, `in stage ${stage} ${who} ${found}. ${IF_MEANT}`);
      isAny = true;
    }
  }
  return isAny;
}

const differenceOf = (key: string, before: Snapshot, after: Snapshot, count: number): Promise<string | undefined> =>
  difference(key, before, after, count, readsOfAll([before, after], key));

/** Of flags that another one needs, those that serve something else themselves; all if none does. */
async function causesOf(
  needed: ReadonlySet<string>,
  before: Snapshot,
  after: Snapshot,
  count: number,
): Promise<readonly string[]> {
  const causes: string[] = [];
  for (const key of needed) if ((await differenceOf(key, before, after, count)) !== undefined) causes.push(key);
  return causes.length > 0 ? causes : [...needed];
}

interface Sides {
  readonly before: Snapshot;
  readonly after: Snapshot;
}

/** What a stage serves before and after. */
function sidesOf(set: LocalSet, { isOwn, definitions }: Place, { flags, there, attributes }: Importing): Sides {
  const served = (
    specs: ReadonlyMap<string, FeatureFlagSpec>,
    own: ReadonlyMap<string, FeatureFlagStageSpec>,
    contexts: ReadonlyMap<string, ContextSpec>,
  ): Snapshot => {
    const { document } = stageDocument({ flags: specs, definitions: own, contexts });
    return compiledSet({ ...set, document, issues: [] }).snapshot;
  };
  const imported = [...flags];
  return {
    before: served(there, definitions, attributes.before),
    after: served(
      new Map([...there, ...imported.map(([key, { flag }]) => [key, flag] as const)]),
      isOwn
        ? new Map([...definitions, ...imported.map(([key, { definition }]) => [key, definition] as const)])
        : definitions,
      attributes.after,
    ),
  };
}

/** The flags that need one of some, before or after, or are one of them; each with those of them. */
function needing(
  some: ReadonlySet<string>,
  before: Snapshot,
  after: Snapshot,
): ReadonlyMap<string, ReadonlySet<string>> {
  const dependents = new Map<string, Set<string>>();
  for (const { document } of [before, after]) addDependents(document, dependents);
  const found = new Map<string, Set<string>>();
  for (const one of some) {
    const reached = new Set([one]);
    // a set is gone through with what is added meanwhile
    for (const key of reached) for (const dependent of dependents.get(key) ?? []) reached.add(dependent);
    for (const key of reached) found.set(key, (found.get(key) ?? new Set()).add(one));
  }
  return found;
}

function addDependents({ flags }: FlagDocument, dependents: Map<string, Set<string>>): void {
  for (const [key, { prerequisites = [] }] of flagsByKey(flags)) {
    for (const { key: needed } of prerequisites) {
      dependents.set(needed, (dependents.get(needed) ?? new Set()).add(key));
    }
  }
}
