import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, expect, it, vi } from 'vitest';
import { analytics } from '../../src/analytics/analytics.ts';
import { batch } from '../../src/analytics/batch.ts';
import type { AnalyticsEvent } from '../../src/analytics/event.ts';
import { exposures } from '../../src/analytics/exposures.ts';
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

it('close is over after its time even if the exporter never waits for anything', async () => {
  warnings();
  const busy = {
    name: 'busy',
    async export() {
      const end = performance.now() + 5;
      while (performance.now() < end);
    },
  };
  const queue = batch<number>(busy, { maxBatch: 1, closeTimeout: 100 });
  for (const i of numbers(0, 400)) queue.add(i);
  let others = 0;
  const timer = setInterval(() => others++, 1);
  await queue.close();
  clearInterval(timer);
  const { sent, dropped } = queue.counts();
  expect(sent + dropped).toBe(400);
  expect(dropped).toBeGreaterThan(0);
  expect(others).toBeGreaterThan(0);
});

/** A short text that V8 has cut out of one of 1 MB. */
const cut = (i: number): string => `${'x'.repeat(2 ** 20)}-a-key-that-was-cut-${i}`.slice(-24);

it.each([
  [
    'an exposure that is remembered',
    () => {
      const sink = exposures(() => undefined);
      return (text: string) => sink(record('nowhere', { key: text }, { key: text, value: text }));
    },
  ],
  [
    'what is tracked',
    () => {
      const sink = analytics({ exporters: [heldExporter()], context: ['plan'], batch: { flushOnExit: false } });
      return (text: string) =>
        sink({ kind: 'track', event: text, context: { key: text, plan: text }, data: { text, in: [text] }, at: 0 });
    },
  ],
  [
    'the attributes of an evaluation, and the default of the caller',
    () => {
      const sink = analytics({ exporters: [heldExporter()], context: ['plan'], batch: { flushOnExit: false } });
      return (text: string) => sink(record('nowhere', { plan: text }, { value: text }));
    },
  ],
])('%s keeps no longer text alive that it was cut from', (_name, open) => {
  const told = open();
  told(cut(0));
  const before = used();
  for (let i = 1; i <= 100; i++) told(cut(i));
  const more = used() - before;
  // it would be 100 MB
  expect(more).toBeLessThan(20 * 2 ** 20);
  told(cut(0));
});

it('large events in front of a dead exporter cost no more than the bound', () => {
  warnings();
  const sink = analytics({
    exporters: [heldExporter()],
    context: ['about'],
    batch: { maxBytes: 2 ** 20, flushOnExit: false },
  });
  const text = (i: number, of: number): string => String.fromCharCode(0x4e00 + (i % 1_000)).repeat(of);
  const before = used();
  for (let i = 0; i < 1_000; i++) {
    sink({ kind: 'track', event: 'x', context: {}, data: { text: text(i, 60_000) }, at: 0 });
    sink({ kind: 'track', event: 'x', context: {}, data: { list: Array.from({ length: 4_000 }, () => ({})) }, at: 0 });
    sink(record('nowhere', { about: text(i, 60_000) }, { value: { text: text(i, 60_000) } }));
    sink(record('nowhere', { key: text(i, 1_024), about: text(i, 200) }, { key: text(i + 1, 1_024) }));
  }
  expect(used() - before).toBeLessThan(8 * 2 ** 20);
  const [counts] = sink.counts();
  expect(counts!.queued + counts!.dropped).toBe(4_000);
  // an ordinary event weighs nothing
  const light = analytics({
    exporters: [heldExporter()],
    context: ['plan'],
    batch: { maxBytes: 1, flushOnExit: false },
  });
  for (let i = 0; i < 5_000; i++) light(record('ruled', { targetingKey: `user-${i}`, plan: 'pro' }));
  expect(light.counts()).toMatchObject([{ queued: 5_000, dropped: 0 }]);
});
