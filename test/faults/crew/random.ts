import { createHash } from 'node:crypto';

/** A source of random numbers that a seed repeats. */
export interface Random {
  /** 0 ≤ n < 1. */
  (): number;
  /** A whole number from 0 to `count` − 1. */
  below(count: number): number;
  /** A number from `from` to `to`. */
  between(from: number, to: number): number;
}

/** The numbers that belong to a text: mulberry32 (T. Ettinger, 2017), seeded from its SHA-256. */
export function randomOf(seed: string): Random {
  let state = createHash('sha256').update(seed).digest().readUInt32LE();
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return Object.assign(next, {
    below: (count: number) => Math.floor(next() * count),
    between: (from: number, to: number) => from + next() * (to - from),
  });
}
