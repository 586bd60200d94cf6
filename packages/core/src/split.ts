import type { Getter } from './attribute.ts';
import { bucketOf, hashInt32, hashState } from './bucket.ts';
import type { EvaluationContext } from './scope.ts';

/** A share of a split and what it serves; `undefined`: nothing, the next rule has its turn. */
export interface Share<T> {
  readonly weight: number;
  readonly serve: T;
}

/** Chooses by the bucket of a context; `null` when the context lacks the attribute that is hashed. */
export type Split<T> = (context: EvaluationContext) => T | null;

/** Flipped in a signed hash, it gives the unsigned one less 2^31. */
const SIGN = 0x80000000;

/** The text that is hashed for an attribute, or undefined where it cannot be: missing, empty, or not text or a number. */
export function bucketingValue(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : undefined;
}

/**
 * Splits `total` buckets over shares in order; what the weights leave over goes to the last share with weight. The
 * borders are worked out in hash space at load (`floor(h × total / 2^32) < border` ⇔ `h < ceil(border × 2^32 / total)`),
 * so that an evaluation hashes and compares. Hashes and borders are moved down by 2^31, where the order of unsigned
 * numbers is that of signed ones.
 */
export function compileSplit<T>(get: Getter, salt: string, total: number, shares: readonly Share<T>[]): Split<T> {
  const state = hashState(salt);
  const live = shares.filter((share) => share.weight > 0);
  const last = live.at(-1) ?? shares.at(-1)!;
  const borders: number[] = [];
  let sum = 0;
  for (const share of live.slice(0, -1)) {
    sum += share.weight;
    borders.push(border(sum, total) - 0x80000000);
  }
  const serves = live.map((share) => share.serve);
  const rest = last.serve;
  const [first] = borders;
  if (borders.length === 0) return (context) => (bucketingValue(get(context)) === undefined ? null : rest);
  if (borders.length === 1) {
    const only = serves[0]!;
    return (context) => {
      const value = bucketingValue(get(context));
      if (value === undefined) return null;
      return (hashInt32(state, value) ^ SIGN) < first! ? only : rest;
    };
  }
  return (context) => {
    const value = bucketingValue(get(context));
    if (value === undefined) return null;
    const h = hashInt32(state, value) ^ SIGN;
    for (let i = 0; i < borders.length; i++) if (h < borders[i]!) return serves[i]!;
    return rest;
  };
}

/** The least unsigned 32-bit hash whose bucket out of `total` is `bucket` or more; 2^32 if there is none. */
function border(bucket: number, total: number): number {
  if (bucket >= total) return 0x100000000;
  // the quotient may be off by one rounding: settle it with the exact bucket function
  let h = Math.max(0, Math.ceil((bucket * 0x100000000) / total) - 1);
  while (h < 0x100000000 && bucketOf(h, total) < bucket) h++;
  return h;
}
