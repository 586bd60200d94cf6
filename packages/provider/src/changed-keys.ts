import type { Resolver } from '@flagwright/core';
import { changedBetween, warnThrown } from '@flagwright/core';

/**
 * The keys of the flags whose answers may differ between two resolvers: what differs, where our evaluator answers in
 * both; otherwise every flag that one of them is known to have.
 */
export function changedKeys(before: Resolver, after: Resolver): readonly string[] {
  const [old, next] = [before.snapshot?.(), after.snapshot?.()];
  if (old !== undefined && next !== undefined) return changedBetween(old, next);
  return [...new Set([...keysOf(before), ...keysOf(after)])];
}

function keysOf(resolver: Resolver): readonly string[] {
  try {
    return resolver.keys?.() ?? [];
  } catch (thrown) {
    warnThrown(`listing the flags of ${resolver.name}`, thrown);
    return [];
  }
}
