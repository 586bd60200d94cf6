import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { evaluationStats } from '../../src/health/index.ts';
import { evaluated } from './support.ts';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

/** Bytes that a call leaves on the heap, on average, before anything is collected. */
function bytesPerCall(call: (i: number) => void): number {
  const calls = 200_000;
  for (let i = 0; i < 50_000; i++) call(i);
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5; round++) {
    gc();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < calls; i++) call(i);
    least = Math.min(least, (process.memoryUsage().heapUsed - before) / calls);
  }
  return least;
}

const records = Array.from({ length: 1_024 }, (_, i) =>
  evaluated(1e-5 * 1.02 ** i, 1.7e12 + i, i % 10 === 0 ? 'GENERAL' : undefined),
);

it('the measure sees an allocation', () => {
  let last: unknown;
  expect(
    bytesPerCall((i) => {
      last = { i };
    }),
  ).toBeGreaterThan(1);
  expect(last).toBeDefined();
});

it('an evaluation that is counted allocates nothing', () => {
  const stats = evaluationStats();
  stats.onRead({ error: undefined, stale: undefined });
  expect(bytesPerCall((i) => stats(records[i & 1_023]!))).toBeLessThan(1);
  expect(stats.read().errors).toBeGreaterThan(0);
});

it('what is kept does not grow with what is counted, or with time', () => {
  let now = 0;
  const stats = evaluationStats({ window: 1_000, clock: () => now });
  const kept = (): number => {
    gc();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const count = (): void => {
    for (let i = 0; i < 300_000; i++) {
      now += 0.1;
      stats(records[i & 1_023]!);
    }
    stats.read();
  };
  count();
  const before = kept();
  count();
  count();
  expect(kept() - before).toBeLessThan(100_000);
});
