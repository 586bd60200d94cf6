import { jsonEqual } from '@flagwright/core';
import type { UnleashClient, UnleashFlag } from './client.ts';

/** The definitions of the flags there are, by key, with those of their segments where the client gives them. */
export type Definitions = ReadonlyMap<string, UnleashFlag>;

/** What the client evaluates now. */
export function definitionsOf(client: UnleashClient): Definitions {
  const definitions = new Map<string, UnleashFlag>();
  for (const flag of listOf(client)) definitions.set(flag.name, flag);
  return definitions;
}

function listOf(client: UnleashClient): readonly UnleashFlag[] {
  try {
    return client.getFeatureToggleDefinitions(true);
  } catch {
    // a strategy that is none keeps the client from looking up the segments of all the others
    return client.getFeatureToggleDefinitions(false);
  }
}

/** The keys of the flags whose answers may differ: defined otherwise, gone, new, or depending on such a flag. */
export function changedFlags(before: Definitions, after: Definitions): readonly string[] {
  const changed = new Set<string>();
  for (const [key, flag] of after) if (!jsonEqual(before.get(key), flag)) changed.add(key);
  for (const key of before.keys()) if (!after.has(key)) changed.add(key);
  // one step is enough: the client takes a flag for off whose parent depends on another
  const reached = [...after].filter(
    ([key, { dependencies }]) => !changed.has(key) && dependencies?.some?.(({ feature }) => changed.has(feature)),
  );
  for (const [key] of reached) changed.add(key);
  return [...changed];
}
