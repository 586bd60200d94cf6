import { FlagError } from '@flagwright/core';
import { keep } from './bounded.ts';

/** A budget that fills by itself. */
export interface Rate {
  /** What comes in, in requests per second. */
  readonly perSecond: number;
  /** What there is at most: so many requests may come at once. */
  readonly burst: number;
}

/** Budgets by keys. */
export interface Buckets {
  /**
   * Takes one from a budget, or `count`, if they are there; else answers how long it takes until they are, in ms. More
   * than the budget ever holds are all it holds.
   */
  take(key: string, count?: number): number;
  /** How long it takes until there is one, in ms: 0 if there is. */
  wait(key: string): number;
}

/** Times in ms that are so close are the same, but for the rounding of sums. */
const ROUNDING = 1e-3;

/**
 * Token buckets, each kept as the one number it takes: the time at which it will be full again (the generic cell rate
 * algorithm). Of more than `most` the one that was not used for longest is forgotten, that is, full. `clock` is in ms.
 *
 * Throws `FlagError('INVALID_ARGUMENT')` for a rate that makes no sense.
 */
export function buckets(name: string, { perSecond, burst }: Rate, clock: () => number, most: number): Buckets {
  if (!(perSecond > 0 && perSecond < Number.POSITIVE_INFINITY && Number.isInteger(burst) && burst >= 1)) {
    const expected = 'expected perSecond above 0 and a whole burst of at least 1';
    throw new FlagError(
      'INVALID_ARGUMENT',
      `${name} has ${perSecond} per second, and a burst of ${burst}; ${expected}`,
    );
  }
  const each = 1_000 / perSecond;
  const fullAt = new Map<string, number>();

  /** When it will be full once so many more are taken. */
  const next = (key: string, now: number, count: number): number =>
    Math.max(fullAt.get(key) ?? now, now) + Math.min(count, burst) * each;
  const missing = (then: number, now: number): number => {
    const wait = then - now - burst * each;
    return wait > ROUNDING ? wait : 0;
  };

  return {
    take(key, count = 1) {
      const now = clock();
      const then = next(key, now, count);
      const wait = missing(then, now);
      if (wait === 0) keep(fullAt, key, then, most);
      return wait;
    },
    wait(key) {
      const now = clock();
      return missing(next(key, now, 1), now);
    },
  };
}
