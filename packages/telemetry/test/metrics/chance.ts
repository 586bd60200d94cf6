/** Chance that comes out the same each time. */
export interface Chance {
  /** 0 ≤ n < end, whole. */
  below(end: number): number;
  pick<T>(values: readonly T[]): T;
  /** Up to `longest` of them. */
  list<T>(longest: number, make: () => T): T[];
}

/** A linear congruential generator: its numbers need not be good, only many. */
export function chance(seed: number): Chance {
  let state = seed >>> 0;
  const below = (end: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * end);
  };
  return {
    below,
    pick: (values) => values[below(values.length)]!,
    list: (longest, make) => Array.from({ length: below(longest + 1) }, make),
  };
}
