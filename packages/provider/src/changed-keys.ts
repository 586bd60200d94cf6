import type { Resolver } from '@flagwright/core';
import { changedBetween } from '@flagwright/core';

/**
 * The keys of the flags whose answers may differ between two resolvers: what differs, where our evaluator answers in
 * both; otherwise every flag that one of them is known to have.
 */
export function changedKeys(before: Resolver, after: Resolver): readonly string[] {
  const [old, next] = [before.snapshot?.(), after.snapshot?.()];
  if (old !== undefined && next !== undefined) return changedBetween(old, next);
  return [...new Set([...(before.keys?.() ?? []), ...(after.keys?.() ?? [])])];
}
