import { bucketOf, type HashState, hashInt32, hashState, MAX_BUCKETS } from '../bucket.ts';
import type { EvaluationContext } from '../scope.ts';

/**
 * flagd's `fractional`, version 2: `h = murmur3(key)`, `bucket = floor(h × total / 2^32)`, the first variant whose
 * cumulative weight is above it. Do not change: every user would move to another bucket.
 */

/** The salt of a key that is given in full. */
export const UNSALTED: HashState = /* @__PURE__ */ hashState('');

/** A bucket's weight; NaN if it cannot be one. Negative ones come of rollout formulas and count as 0. */
export function weightOf(value: unknown): number {
  return typeof value === 'number' && Number.isInteger(value) ? Math.max(0, value) : Number.NaN;
}

/** May the value stand in the place of a bucket's variant? */
export function isVariant(value: unknown): boolean {
  return value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/** The sum of the weights; NaN if one is, or the sum is 0 or above 2^31 − 1. */
export function totalOf(weights: readonly number[]): number {
  let sum = 0;
  for (const weight of weights) sum += weight;
  return sum > 0 && sum <= MAX_BUCKETS ? sum : Number.NaN;
}

/** The position of the weight a hash falls on. `total` is their sum. */
export function choose(weights: readonly number[], h: number, total: number): number {
  const bucket = bucketOf(h, total);
  let end = weights[0]!;
  let i = 0;
  while (end <= bucket) {
    i += 1;
    end += weights[i]!;
  }
  return i;
}

/** The targeting key, if there is one to split by. */
export function targetingKey(context: EvaluationContext): string | undefined {
  const key = context.targetingKey;
  return typeof key === 'string' && key !== '' ? key : undefined;
}

/** The whole of `fractional` over operands already worked out. */
export function distribute(args: readonly unknown[], salt: HashState, context: EvaluationContext): unknown {
  const [first] = args;
  const explicit = typeof first === 'string';
  const key = explicit ? first : targetingKey(context);
  if (key === undefined) return null;
  const buckets = explicit ? args.slice(1) : args;
  const weights: number[] = [];
  for (const bucket of buckets) {
    if (!Array.isArray(bucket) || bucket.length < 1 || bucket.length > 2 || !isVariant(bucket[0] ?? null)) return null;
    weights.push(bucket.length === 1 ? 1 : weightOf(bucket[1]));
  }
  const total = totalOf(weights);
  if (Number.isNaN(total)) return null;
  const chosen = choose(weights, hashInt32(explicit ? UNSALTED : salt, key), total);
  return (buckets[chosen] as readonly unknown[])[0] ?? null;
}
