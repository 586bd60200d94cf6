import { jsonEqual } from '@flagwright/core';
import type { UnleashClient, UnleashDependency, UnleashFlag, UnleashStrategy } from './client.ts';
import { segmentOf } from './internals.ts';

/** What a flag is decided by. */
export interface Definition {
  readonly flag: UnleashFlag;
  /** The segments its strategies name, in order; null for one that is not there. */
  readonly segments: readonly unknown[];
}

/** The definitions of the flags there are, by key. */
export type Definitions = ReadonlyMap<string, Definition>;

/** What the client evaluates now. What has no name, or one of those that all objects have, nobody can ask for. */
export function definitionsOf(client: UnleashClient): Definitions {
  const definitions = new Map<string, Definition>();
  for (const flag of client.getFeatureToggleDefinitions(false) as readonly unknown[]) {
    if (!isFlag(flag) || flag.name in Object.prototype) continue;
    definitions.set(flag.name, { flag, segments: segmentsOf(client, flag) });
  }
  return definitions;
}

/** Whether a definition can be that of a flag: it is an object that says its name. */
export function isFlag(flag: unknown): flag is UnleashFlag {
  return typeof flag === 'object' && flag !== null && typeof (flag as Partial<UnleashFlag>).name === 'string';
}

function segmentsOf(client: UnleashClient, { strategies }: UnleashFlag): readonly unknown[] {
  const ids = listOf<UnleashStrategy>(strategies).flatMap((strategy) => listOf(strategy?.segments));
  return ids.map((id) => segmentOf(client, id) ?? null);
}

/** The keys of the flags whose answers may differ: defined otherwise, gone, new, or depending on such a flag. */
export function changedFlags(before: Definitions, after: Definitions): readonly string[] {
  const changed = new Set<string>();
  for (const [key, definition] of after) if (!jsonEqual(before.get(key), definition)) changed.add(key);
  for (const key of before.keys()) if (!after.has(key)) changed.add(key);
  // one step is enough: the client takes a flag for off whose parent depends on another
  const reached = [...after].filter(([key, { flag }]) => !changed.has(key) && dependsOn(flag, changed));
  for (const [key] of reached) changed.add(key);
  return [...changed];
}

function dependsOn({ dependencies }: UnleashFlag, keys: ReadonlySet<string>): boolean {
  return listOf<UnleashDependency>(dependencies).some(
    (parent) => parent?.feature !== undefined && keys.has(parent.feature),
  );
}

/** What should be a list, as one: a server may send anything. */
function listOf<T>(value: unknown): readonly (T | null | undefined)[] {
  return Array.isArray(value) ? value : [];
}
