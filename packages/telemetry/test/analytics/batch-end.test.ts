import { FlagError } from '@flagwright/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { batch } from '../../src/analytics/batch.ts';
import { eventMetrics, heldExporter, numbers, warnings } from './support.ts';

let said: readonly string[];

beforeEach(() => {
  vi.useFakeTimers();
  said = warnings();
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  // what a test opened it has closed
  expect([process.listenerCount('SIGTERM'), process.listenerCount('beforeExit')]).toEqual([0, 0]);
});

const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
const taken = (): undefined => undefined;
const unavailable = (): Promise<never> => Promise.reject(new FlagError('UNAVAILABLE', 'no'));
const forever = (): Promise<never> => new Promise(() => undefined);

/** Tells when a promise is done. */
function watched(promise: Promise<void>): { done: boolean } {
  const state = { done: false };
  void promise.then(() => {
    state.done = true;
  });
  return state;
}

/** Closes, and lets the time pass that it may take. */
async function closed(queue: { close(): Promise<void> }): Promise<void> {
  const closing = queue.close();
  await pass(20_000);
  await closing;
}

describe('flush', () => {
  it('waits for what was added before, and not for what comes after', async () => {
    const exporter = heldExporter<number>();
    const queue = batch(exporter, { maxBatch: 2 });
    for (const i of numbers(0, 3)) queue.add(i);
    const flush = watched(queue.flush());
    queue.add(3);
    await pass(1);
    exporter.calls[0]!.resolve();
    await pass(1);
    expect([flush.done, exporter.calls[1]!.items]).toEqual([false, [2, 3]]);
    for (const i of numbers(4, 100)) queue.add(i);
    exporter.calls[1]!.resolve();
    await pass(1);
    expect([flush.done, exporter.flushes]).toEqual([true, 1]);
    exporter.answer = taken;
    exporter.calls[2]!.resolve();
    await closed(queue);
    expect(queue.counts()).toMatchObject({ sent: 100, dropped: 0 });
  });

  it('of nothing makes safe what is there', async () => {
    const exporter = heldExporter<number>();
    const queue = batch(exporter);
    await Promise.all([queue.flush(), queue.flush(), pass(1)]);
    expect(exporter.calls).toHaveLength(0);
    expect(exporter.flushes).toBeGreaterThan(0);
    await closed(queue);
  });

  it('is over after its time whatever the exporter does, and the batch goes on', async () => {
    const exporter = heldExporter<number>();
    const queue = batch(exporter, { closeTimeout: 1_000 });
    queue.add(0);
    const flush = watched(queue.flush());
    await pass(999);
    expect(flush.done).toBe(false);
    await pass(1);
    expect(flush.done).toBe(true);
    expect(queue.counts()).toMatchObject({ sent: 0, dropped: 0, queued: 1 });
    exporter.calls[0]!.resolve();
    await pass(1);
    expect(queue.counts()).toMatchObject({ sent: 1, queued: 0 });
    await closed(queue);
  });

  it('is done when everything was rejected, or dropped for newer events', async () => {
    const exporter = heldExporter<number>(() => Promise.reject(new FlagError('INVALID_ARGUMENT', 'no')));
    const queue = batch(exporter, { maxBatch: 2, maxQueue: 2 });
    for (const i of numbers(0, 10)) queue.add(i);
    const flush = watched(queue.flush());
    await pass(1);
    expect(flush.done).toBe(true);
    expect(queue.counts()).toMatchObject({ rejected: 2, dropped: 8 });
    await closed(queue);
  });

  it.each([
    ['fails', unavailable, 'no'],
    [
      'throws',
      () => {
        throw new Error('secret');
      },
      'held threw Error',
    ],
    ['hangs', forever, 'no answer within 500 ms'],
  ])('never rejects, if the exporter %s in it', async (_name, flushing, lastError) => {
    const exporter = Object.assign(heldExporter<number>(taken), { flush: flushing });
    const queue = batch(exporter, { exportTimeout: 500 });
    queue.add(0);
    await Promise.all([queue.flush(), pass(600)]);
    expect(queue.counts()).toMatchObject({ sent: 1, failures: 1, lastError });
    await closed(queue);
  });

  it('takes an exporter without it, or one that answers at once', async () => {
    for (const flush of [undefined, () => undefined as never]) {
      const queue = batch(Object.assign(heldExporter<number>(taken), { flush: flush as never }));
      queue.add(0);
      await Promise.all([queue.flush(), pass(1)]);
      expect(queue.counts()).toMatchObject({ sent: 1, failures: 0 });
      await closed(queue);
    }
  });

  it('that hangs holds no export up for longer than closeTimeout, and is not asked for again until it ends', async () => {
    const exporter = heldExporter<number>(taken);
    const ends: (() => void)[] = [];
    const flushing = vi.fn(() => new Promise<void>((resolve) => ends.push(resolve)));
    const queue = batch(Object.assign(exporter, { flush: flushing }), { maxBatch: 1, closeTimeout: 1_000 });
    const first = watched(queue.flush());
    await pass(1);
    queue.add(0);
    await pass(998);
    expect([exporter.taken, first.done]).toEqual([[], false]);
    await pass(2);
    expect([exporter.taken, first.done]).toEqual([[0], true]);
    expect(queue.counts()).toMatchObject({ failures: 1, lastError: 'no answer within 1000 ms' });
    const second = watched(queue.flush());
    queue.add(1);
    await pass(1);
    expect([exporter.taken, second.done, flushing.mock.calls.length]).toEqual([[0, 1], true, 1]);
    expect(queue.counts()).toMatchObject({ failures: 2, lastError: 'the flush before has not ended' });
    ends[0]!();
    await pass(1);
    const third = watched(queue.flush());
    await pass(1);
    ends[1]!();
    await pass(1);
    expect([third.done, flushing.mock.calls.length]).toEqual([true, 2]);
    expect(said).toEqual([
      'event exporter held could not make safe what it took: no answer within 1000 ms',
      'event exporter held makes safe again what it takes',
    ]);
    ends.length = 0;
    const closing = queue.close();
    await pass(1);
    ends[0]!();
    await pass(1);
    await closing;
  });

  it('that hangs when the queue is closed is told of', async () => {
    const queue = batch(Object.assign(heldExporter<number>(taken), { flush: forever }), { closeTimeout: 1_000 });
    queue.add(0);
    await closed(queue);
    expect(queue.counts()).toMatchObject({ sent: 1, dropped: 0, failures: 1 });
    expect(said).toHaveLength(1);
    expect(said[0]).toContain('could not make safe what it took');
  });

  it('of many at once asks the exporter once, and of each after its own events', async () => {
    const exporter = heldExporter<number>(taken);
    const queue = batch(exporter, { maxQueue: 100_000, closeTimeout: 60_000 });
    const order: number[] = [];
    const flushed = numbers(0, 20_000).map((i) => {
      queue.add(i);
      return queue.flush().then(() => void order.push(i));
    });
    await pass(1);
    await Promise.all(flushed);
    expect(order).toEqual(numbers(0, 20_000));
    // the first one went at once, the others in batches
    expect(exporter.flushes).toBe(1 + 40);
    await closed(queue);
  });

  it('in the middle of another still waits for its own', async () => {
    const exporter = heldExporter<number>();
    const queue = batch(exporter, { maxBatch: 1 });
    queue.add(0);
    const first = watched(queue.flush());
    queue.add(1);
    const second = watched(queue.flush());
    await pass(1);
    exporter.calls[0]!.resolve();
    await pass(1);
    expect([first.done, second.done]).toEqual([true, false]);
    exporter.calls[1]!.resolve();
    await pass(1);
    expect(second.done).toBe(true);
    await closed(queue);
  });
});

describe('close', () => {
  it('sends what there is, closes the exporter once, and then drops', async () => {
    const exporter = heldExporter<number>(taken);
    const metrics = eventMetrics();
    const queue = batch(exporter, { metrics });
    for (const i of numbers(0, 1_200)) queue.add(i);
    const closing = queue.close();
    queue.add(1_200);
    expect(queue.close()).toBe(closing);
    await pass(1);
    await closing;
    await queue.flush();
    expect(exporter.taken).toEqual(numbers(0, 1_200));
    expect([exporter.closes, exporter.flushes]).toEqual([1, 1]);
    for (const i of numbers(0, 5)) queue.add(i);
    expect(queue.counts()).toMatchObject({ added: 1_206, sent: 1_200, dropped: 6, queued: 0 });
    await pass(1_000);
    expect(metrics.events).toEqual({ 'held sent': 1_200, 'held dropped': 6 });
    expect(said).toEqual(['event exporter held is closed: events that come now are dropped']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([
    ['hangs', forever],
    ['fails', unavailable],
  ])('drops and counts what is left if the exporter %s', async (_name, answer) => {
    const exporter = heldExporter<number>(answer);
    const queue = batch(exporter, { maxBatch: 10, closeTimeout: 2_500, metrics: eventMetrics() });
    for (const i of numbers(0, 35)) queue.add(i);
    const closing = watched(queue.close());
    await pass(2_499);
    expect(closing.done).toBe(false);
    await pass(1);
    expect(closing.done).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
    expect(queue.counts()).toMatchObject({ added: 35, sent: 0, dropped: 35, queued: 0 });
    expect(exporter.closes).toBe(1);
    expect(said.at(-1)).toBe('event exporter held had not taken 35 events when it was closed; they are lost');
    expect(exporter.calls.at(-1)!.signal.aborted).toBe(answer === forever);
    const { length } = exporter.calls;
    await pass(600_000);
    expect(exporter.calls).toHaveLength(length);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('sends what there is, however much comes meanwhile', async () => {
    const exporter = heldExporter<number>();
    const queue = batch(exporter, { maxBatch: 100 });
    for (const i of numbers(0, 300)) queue.add(i);
    const closing = queue.close();
    for (let call = 0; call < 3; call++) {
      await pass(1);
      for (const i of numbers(0, 100)) queue.add(i);
      exporter.calls[call]!.resolve();
    }
    await pass(1);
    await closing;
    expect(exporter.taken).toEqual(numbers(0, 300));
    expect(queue.counts()).toMatchObject({ added: 600, sent: 300, dropped: 300, queued: 0 });
  });

  it('says how many were refused since it was said last', async () => {
    const exporter = heldExporter<number>(() => Promise.reject(new FlagError('INVALID_ARGUMENT', 'no')));
    const queue = batch(exporter, { maxBatch: 1 });
    for (const i of numbers(0, 5)) queue.add(i);
    await closed(queue);
    expect(said).toEqual([
      'event exporter held refused 1 events for good: no',
      'event exporter held refused 4 more events for good',
    ]);
  });

  it('does not wait for a long back-off', async () => {
    const exporter = heldExporter<number>(unavailable);
    const queue = batch(exporter, { maxBatch: 1 });
    queue.add(0);
    await pass(600_000);
    exporter.answer = taken;
    await Promise.all([queue.close(), pass(1)]);
    expect(queue.counts()).toMatchObject({ sent: 1, dropped: 0 });
  });

  it('tries again at once, however short its time and the time since the last attempt', async () => {
    const exporter = heldExporter<number>(unavailable);
    const queue = batch(exporter, { maxBatch: 1, closeTimeout: 500, random: () => 0.99 });
    queue.add(0);
    await pass(10_000);
    const { length } = exporter.calls;
    while (exporter.calls.length === length) await pass(10);
    exporter.answer = taken;
    await Promise.all([queue.close(), pass(1)]);
    expect(queue.counts()).toMatchObject({ sent: 1, dropped: 0 });
  });

  it('tries again within its time', async () => {
    const exporter = heldExporter<number>(unavailable);
    const queue = batch(exporter);
    queue.add(0);
    const closing = queue.close();
    await pass(1_000);
    exporter.answer = taken;
    await pass(4_000);
    await closing;
    expect(queue.counts()).toMatchObject({ sent: 1, dropped: 0 });
  });

  it('does not count what was taken after the end as sent and as dropped', async () => {
    const exporter = heldExporter<number>();
    const queue = batch(exporter);
    queue.add(0);
    await closed(queue);
    exporter.calls[0]!.resolve();
    await pass(1);
    expect(queue.counts()).toMatchObject({ added: 1, sent: 0, dropped: 1 });
  });

  it.each([
    ['hangs', forever],
    ['rejects', () => Promise.reject(new Error('secret'))],
    [
      'throws',
      () => {
        throw new Error('secret');
      },
    ],
  ])('never rejects, if the exporter %s in its own', async (_name, close) => {
    const queue = batch(Object.assign(heldExporter<number>(taken), { close }), { closeTimeout: 2_000 });
    queue.add(0);
    await Promise.all([queue.close(), pass(2_000)]);
    expect(queue.counts()).toMatchObject({ sent: 1 });
    expect(said[0]).toContain('could not be closed');
    expect(said[0]).not.toContain('secret');
  });

  it('of one among several leaves the others listening for the end of the process', async () => {
    const [one, two] = [batch(heldExporter<number>(taken)), batch(heldExporter<number>(taken))];
    const quiet = batch(heldExporter<number>(taken), { flushOnExit: false });
    const counts = (): number[] =>
      ['SIGTERM', 'SIGINT', 'beforeExit'].map((event) => process.listenerCount(event as NodeJS.Signals));
    // in a worker thread there are no signals
    const signals = counts()[0]!;
    expect(counts()).toEqual([signals, signals, 1]);
    await closed(one);
    expect(counts()).toEqual([signals, signals, 1]);
    await closed(two);
    expect(counts()).toEqual([0, 0, 0]);
    await closed(quiet);
  });
});
