import type { Snapshot } from '@flagwright/core';
import type { Contexts } from './contexts.ts';
import { declaredType, derivedSpecs } from './derive.ts';
import { generatedContexts } from './generate.ts';
import { readsOfAll } from './reads.ts';
import { parseSpecs } from './spec.ts';

/** Contexts that meet what a flag asks for in any of some sets; always the same ones. */
export function derivedContexts(key: string, snapshots: readonly Snapshot[], count: number): Contexts {
  const typeOf = (name: string): ReturnType<typeof declaredType> =>
    snapshots.map((snapshot) => declaredType(snapshot, name)).find((type) => type !== undefined);
  return generatedContexts(parseSpecs(derivedSpecs(readsOfAll(snapshots, key), typeOf)), count, '1');
}
