import { hash, hashState } from '@flagwright/core';

/** The next of a row of random numbers, a whole number from 0 up to, not including, 2^32. */
export type Random = () => number;

const STATES = ['a', 'b', 'c', 'd'].map(hashState);

/** A row of random numbers that is the same for the same seed: sfc32 of Chris Doty-Humphrey's PractRand. */
export function randomOf(seed: string): Random {
  let [a, b, c, counter] = STATES.map((state) => hash(state, seed)) as [number, number, number, number];
  const next = (): number => {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return t >>> 0;
  };
  // seeds that are near each other must not begin alike
  for (let i = 0; i < 15; i++) next();
  return next;
}

/** From 0 up to, not including, 1, of 53 random bits. */
export function unitOf(random: Random): number {
  return ((random() >>> 5) * 0x4000000 + (random() >>> 6)) / 2 ** 53;
}

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const bytesOf = (word: number): string =>
  HEX[word >>> 24]! + HEX[(word >>> 16) & 255]! + HEX[(word >>> 8) & 255]! + HEX[word & 255]!;
const halvesOf = (word: number): string =>
  `${HEX[word >>> 24]! + HEX[(word >>> 16) & 255]!}-${HEX[(word >>> 8) & 255]! + HEX[word & 255]!}`;

/** A UUID of version 4 (RFC 9562). */
export function uuidOf(random: Random): string {
  const second = (random() & 0xffff0fff) | 0x4000;
  const third = (random() & 0x3fffffff) | 0x80000000;
  return `${bytesOf(random())}-${halvesOf(second)}-${halvesOf(third)}${bytesOf(random())}`;
}
