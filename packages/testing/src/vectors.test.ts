import { readFileSync } from 'node:fs';
import { bucketOf, hash, hashState } from '@flagwright/core';
import { expect, it } from 'vitest';

interface Row {
  readonly salt: string;
  readonly value: string;
  readonly hash: number;
  readonly bucket100000: number;
}

const rows = JSON.parse(readFileSync(new URL('../vectors/bucket.json', import.meta.url), 'utf8')) as readonly Row[];

it('there are enough of them', () => {
  expect(rows.length).toBeGreaterThanOrEqual(60);
});

it.each(rows)('bucket of $salt + $value', ({ salt, value, hash: expected, bucket100000 }) => {
  expect(hash(hashState(salt), value)).toBe(expected);
  expect(hash(hashState(''), salt + value)).toBe(expected);
  expect(bucketOf(expected, 100_000)).toBe(bucket100000);
});
