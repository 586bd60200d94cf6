import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, expect, it, vi } from 'vitest';
import { analytics } from '../../src/analytics/analytics.ts';
import { batch } from '../../src/analytics/batch.ts';
import type { AnalyticsEvent } from '../../src/analytics/event.ts';
import { heldExporter, numbers, record, warnings } from './support.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

/** Memory that is in use, in bytes. */
function used(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

it('a million events in front of a slow exporter cost no more than the queue and one batch', async () => {
  warnings();
  let [taken, largest] = [0, 0];
  const slow = {
    name: 'slow',
    async export(items: readonly AnalyticsEvent[]) {
      largest = Math.max(largest, items.length);
      await pause(20);
      taken += items.length;
    },
  };
  const sink = analytics({ exporters: [slow], batch: { maxQueue: 5_000 } });
  const seen = record('ruled', { targetingKey: 'user', plan: 'pro' });
  const before = used();
  let most = 0;
  for (let i = 0; i < 1_000_000; i++) {
    sink({ ...seen, at: i });
    if (i % 10_000 !== 0) continue;
    await new Promise(setImmediate);
    most = Math.max(most, sink.counts()[0]!.queued);
  }
  expect(most).toBeLessThanOrEqual(5_500);
  // an event takes about 150 bytes; a million would take 150 MB
  expect(used() - before).toBeLessThan(8_000_000);
  await sink.close();
  const [counts] = sink.counts();
  expect(largest).toBeLessThanOrEqual(500);
  expect(counts).toMatchObject({ added: 1_000_000, queued: 0, sent: taken });
  expect(counts!.sent + counts!.dropped).toBe(1_000_000);
});

it('an exporter that is done at once lets others have their turn', async () => {
  const exporter = heldExporter<number>(() => undefined);
  const queue = batch(exporter, { maxBatch: 1, maxQueue: 100_000, closeTimeout: 60_000 });
  for (const i of numbers(0, 100_000)) queue.add(i);
  const flushed = queue.flush();
  await new Promise(setImmediate);
  expect(exporter.taken.length).toBeLessThan(100_000);
  await flushed;
  await queue.close();
  const { sent, dropped } = queue.counts();
  expect([sent, dropped]).toEqual([100_000, 0]);
});
