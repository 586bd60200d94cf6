import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { tally } from '../../src/index.ts';
import { recordOf } from './support.ts';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

const CALLS = 200_000;

/** Bytes that a call leaves behind, at least: no collection runs meanwhile, or it is measured before and after. */
function bytesPerCall(call: (i: number) => unknown): number {
  let sink: unknown;
  for (let i = 0; i < 50_000; i++) sink = call(i);
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 7; round++) {
    gc();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < CALLS; i++) sink = call(i);
    least = Math.min(least, (process.memoryUsage().heapUsed - before) / CALLS);
  }
  expect(sink).not.toBe(gc);
  return least;
}

it('the measure sees an allocation', () => {
  expect(bytesPerCall((i) => ({ i }))).toBeGreaterThan(1);
});

const records = Array.from({ length: 64 }, (_, i) =>
  recordOf({
    key: `flag-${i}`,
    value: i % 3 === 0 ? i % 2 === 0 : 'text',
    variant: `variant-${i % 5}`,
    reason: i % 2 === 0 ? 'RULE_MATCH' : 'FALLTHROUGH',
    duration: (i * i) / 7,
  }),
);
// A fraction that is read from a field of fractions is a new object of the engine's wherever it is handed to a function that
// is not inlined: that is the caller's. Out of a list of anything the same object comes each time.
const durations: readonly unknown[] = [...records.map(({ duration }) => duration), 'no duration'];
const unknown = recordOf({ key: 'nowhere', code: 'FLAG_NOT_FOUND' });
const error = { name: 'EvaluationError', code: 'FLAG_NOT_FOUND', message: 'no such flag' } as const;

it.each([false, true])('to count allocates nothing (perFlag: %s)', (perFlag) => {
  const metrics = tally({ perFlag, maxFlags: 50 });
  const bytes = bytesPerCall((i) => {
    const record = records[i % 64]!;
    metrics.recordEvaluation(record.key, durations[i % 64] as number, record.evaluation.reason, record);
    metrics.recordCacheHit(record.key);
    metrics.recordCacheMiss(record.key);
    metrics.recordEvaluation('nowhere', 0.5, 'ERROR', unknown);
    metrics.recordError('nowhere', error);
    metrics.recordProviderLatency('postgres', 'read', 1.5);
  });
  expect(bytes).toBeLessThan(1);
});
