import { FlagError } from '@flagwright/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Batch, batch } from '../../src/analytics/batch.ts';
import type { BatchOptions } from '../../src/analytics/batch-options.ts';
import { eventMetrics, type HeldExporter, heldExporter, numbers, warnings } from './support.ts';

let said: readonly string[];
const opened: Batch<number>[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  said = warnings();
});

afterEach(async () => {
  const closed = Promise.all(opened.splice(0).map((one) => one.close()));
  await vi.advanceTimersByTimeAsync(60_000);
  await closed;
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function open(exporter: HeldExporter<number>, options: BatchOptions = {}): Batch<number> {
  // retries come after the longest wait that chance allows
  const queue = batch(exporter, { random: () => 0.999999, ...options });
  opened.push(queue);
  return queue;
}

const fill = (queue: Batch<number>, from: number, to: number): void => {
  for (let i = from; i < to; i++) queue.add(i);
};

const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

const taken = (): undefined => undefined;

describe('a batch goes', () => {
  it('when it is full, and not within add', async () => {
    const exporter = heldExporter<number>(taken);
    const queue = open(exporter, { maxBatch: 3 });
    fill(queue, 0, 8);
    expect(exporter.calls).toHaveLength(0);
    await pass(1);
    expect(exporter.calls.map(({ items }) => items)).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    expect(queue.counts()).toMatchObject({ added: 8, sent: 6, queued: 2 });
  });

  it('when its oldest item has its age', async () => {
    const exporter = heldExporter<number>(taken);
    const queue = open(exporter, { maxAge: 1_000 });
    queue.add(0);
    await pass(600);
    queue.add(1);
    await pass(399);
    expect(exporter.calls).toHaveLength(0);
    await pass(1);
    expect(exporter.taken).toEqual([0, 1]);
    await pass(600);
    queue.add(2);
    await pass(999);
    expect(exporter.taken).toEqual([0, 1]);
    await pass(1);
    expect(exporter.taken).toEqual([0, 1, 2]);
  });

  it('when its age came while another was under way', async () => {
    const exporter = heldExporter<number>();
    const queue = open(exporter, { maxBatch: 2, maxAge: 1_000 });
    fill(queue, 0, 3);
    await pass(5_000);
    exporter.calls[0]!.resolve();
    await pass(0);
    expect(exporter.calls[1]!.items).toEqual([2]);
    queue.add(3);
    exporter.calls[1]!.resolve();
    await pass(999);
    expect(exporter.calls).toHaveLength(2);
    await pass(1);
    expect(exporter.calls[2]!.items).toEqual([3]);
  });

  it('after the one before, for ever one at a time', async () => {
    const exporter = heldExporter<number>();
    const queue = open(exporter, { maxBatch: 10 });
    fill(queue, 0, 100);
    for (let i = 0; i < 10; i++) {
      await pass(1);
      expect(exporter.calls).toHaveLength(i + 1);
      exporter.calls[i]!.resolve();
    }
    await pass(1);
    expect(exporter.taken).toEqual(numbers(0, 100));
    expect(exporter.most).toBe(1);
  });

  it('even if the queue cannot hold one', async () => {
    const exporter = heldExporter<number>(taken);
    const queue = open(exporter, { maxBatch: 500, maxQueue: 1 });
    fill(queue, 0, 3);
    await pass(1);
    expect(exporter.taken).toEqual([2]);
    expect(queue.counts()).toMatchObject({ sent: 1, dropped: 2 });
  });
});

describe('a full queue', () => {
  it('drops the oldest, not what is under way, and says so once until it is at ease', async () => {
    const exporter = heldExporter<number>();
    const metrics = eventMetrics();
    const queue = open(exporter, { maxBatch: 10, maxQueue: 100, metrics });
    fill(queue, 0, 10);
    await pass(1);
    fill(queue, 10, 1_010);
    expect(queue.counts()).toMatchObject({ added: 1_010, dropped: 900, queued: 110, sent: 0 });
    await pass(1_000);
    expect(metrics.events).toEqual({ 'held dropped': 900 });
    expect(metrics.queue).toBe(110);
    expect(said).toEqual(['event exporter held cannot keep up: its queue is full, and the oldest events are dropped']);
    exporter.answer = taken;
    exporter.calls[0]!.resolve();
    await pass(1);
    expect(exporter.taken).toEqual([...numbers(0, 10), ...numbers(910, 1_010)]);
    expect(said[1]).toBe('event exporter held works again; 900 events were dropped meanwhile');
    expect(said).toHaveLength(2);
    expect(metrics.events).toEqual({ 'held dropped': 900, 'held sent': 110 });
    expect(metrics.queue).toBe(0);
  });

  it('keeps order through growth and wrapping', async () => {
    const exporter = heldExporter<number>(taken);
    const queue = open(exporter, { maxBatch: 7, maxQueue: 200 });
    let next = 0;
    for (let round = 0; round < 60; round++) {
      const upTo = next + ((round * 37) % 150);
      fill(queue, next, upTo);
      next = upTo;
      await pass(1);
    }
    await Promise.all([queue.flush(), pass(1)]);
    expect(exporter.taken).toEqual(numbers(0, next));
  });
});

describe('a heavy queue', () => {
  it('drops the oldest until what it holds is light enough', async () => {
    const exporter = heldExporter<number>();
    const queue = open(exporter, { maxBatch: 100, maxBytes: 1_000 });
    for (const i of numbers(0, 10)) queue.add(i, 300);
    expect(queue.counts()).toMatchObject({ added: 10, dropped: 7, queued: 3 });
    for (const i of numbers(10, 13)) queue.add(i);
    // what weighs nothing is dropped only if it is older
    queue.add(13, 700);
    expect(queue.counts()).toMatchObject({ added: 14, dropped: 9, queued: 5 });
    queue.add(14, 1_000_000);
    queue.add(15, Number.NaN);
    queue.add(16, -5);
    exporter.answer = taken;
    await pass(5_000);
    expect(exporter.taken).toEqual([14, 15, 16]);
    expect(said[0]).toBe('event exporter held cannot keep up: its queue is full, and the oldest events are dropped');
    fill(queue, 17, 20);
    for (const i of numbers(20, 23)) queue.add(i, 300);
    await pass(5_000);
    expect(exporter.taken.slice(3)).toEqual(numbers(17, 23));
    expect(queue.counts()).toMatchObject({ added: 23, sent: 9, dropped: 14 });
  });

  it('weighs no more what was dropped for its number, or taken', async () => {
    const exporter = heldExporter<number>(taken);
    const queue = open(exporter, { maxBatch: 4, maxQueue: 4, maxBytes: 1_000 });
    for (let round = 0; round < 1_000; round++) {
      for (const i of numbers(0, 7)) queue.add(i, 250);
      await pass(1);
    }
    expect(queue.counts()).toMatchObject({ sent: 4_000, dropped: 3_000 });
  });
});

describe('a batch that fails', () => {
  it('is offered again, the same array, after longer and longer waits, and is said once', async () => {
    const exporter = heldExporter<number>(() => Promise.reject(new FlagError('UNAVAILABLE', 'HTTP 503')));
    const onError = vi.fn();
    const queue = open(exporter, { maxBatch: 2, onError });
    fill(queue, 0, 2);
    await pass(1);
    const at: number[] = [];
    for (let ms = 0; ms < 120_000; ms += 50) {
      if (exporter.calls.length > at.length) at.push(ms);
      await pass(50);
    }
    const waits = at.slice(1).map((ms, i) => ms - at[i]!);
    expect(waits.slice(0, 5)).toEqual([250, 500, 1_000, 2_000, 4_000]);
    expect(Math.max(...waits)).toBe(30_000);
    expect(new Set(exporter.calls.map(({ items }) => items)).size).toBe(1);
    expect(said).toEqual(['event exporter held fails, and is tried again: HTTP 503']);
    expect(onError).toHaveBeenCalledTimes(exporter.calls.length);
    expect(queue.counts()).toMatchObject({
      failures: exporter.calls.length,
      lastError: 'HTTP 503',
      queued: 2,
      sent: 0,
    });
    exporter.answer = taken;
    await pass(30_000);
    expect(exporter.taken).toEqual([0, 1]);
    expect(said[1]).toBe('event exporter held works again');
  });

  it('leaves the exporter alone as long as it asked, flush or no flush', async () => {
    const busy = new FlagError('UNAVAILABLE', 'HTTP 429', { retryAfter: 60_000 });
    const exporter = heldExporter<number>(() => Promise.reject(busy));
    const queue = open(exporter, { maxBatch: 1 });
    queue.add(0);
    await pass(1);
    exporter.answer = taken;
    void queue.flush();
    await pass(59_900);
    expect(exporter.calls).toHaveLength(1);
    await pass(400);
    expect(exporter.taken).toEqual([0]);
  });

  it.each([Number.NaN, -1, Number.POSITIVE_INFINITY, '5'])('a wait of %s is no reason to hurry', async (retryAfter) => {
    const odd = new FlagError('UNAVAILABLE', 'odd', { retryAfter: retryAfter as number });
    const exporter = heldExporter<number>(() => Promise.reject(odd));
    const queue = open(exporter, { maxBatch: 1 });
    queue.add(0);
    await pass(1_000);
    expect(exporter.calls.length).toBeLessThan(4);
  });

  it('is not asked for without a pause by a source of chance that is none', async () => {
    for (const random of [() => Number.NaN, () => -5, () => 7, throwing]) {
      const exporter = heldExporter<number>(() => Promise.reject(new FlagError('UNAVAILABLE', 'no')));
      open(exporter, { maxBatch: 1, random }).add(0);
      await pass(20_000);
      // at 1 ms for each wait it would be thousands
      expect(exporter.calls.length).toBeLessThan(100);
    }
  });

  it('is tried sooner by flush, but not in a loop', async () => {
    const exporter = heldExporter<number>(() => Promise.reject(new FlagError('UNAVAILABLE', 'no')));
    const queue = open(exporter, { maxBatch: 1 });
    queue.add(0);
    await pass(60_000);
    const before = exporter.calls.length;
    for (let i = 0; i < 100; i++) {
      void queue.flush();
      await pass(1);
    }
    expect(exporter.calls.length - before).toBeLessThanOrEqual(1);
    await pass(1_000);
    expect(exporter.calls.length).toBeGreaterThan(before);
  });

  it('is said once in each row of failures, and so is the end of it', async () => {
    const exporter = heldExporter<number>();
    const queue = open(exporter, { maxBatch: 1 });
    for (let row = 0; row < 2; row++) {
      exporter.answer = () => Promise.reject(new FlagError('UNAVAILABLE', 'no'));
      queue.add(row);
      await pass(10_000);
      exporter.answer = taken;
      await pass(30_000);
    }
    const fails = 'event exporter held fails, and is tried again: no';
    expect(said).toEqual([fails, 'event exporter held works again', fails, 'event exporter held works again']);
  });

  it('says no more than a few times that it fails by turns', async () => {
    let turn = 0;
    const exporter = heldExporter<number>(() =>
      turn++ % 2 === 0 ? Promise.reject(new FlagError('UNAVAILABLE', 'no')) : undefined,
    );
    const queue = open(exporter, { maxBatch: 1 });
    fill(queue, 0, 100);
    await pass(40_000);
    expect(exporter.taken).toHaveLength(100);
    expect(queue.counts().failures).toBe(100);
    expect(said.length).toBeLessThanOrEqual(10);
  });
});

const throwing = (): never => {
  throw new Error('no');
};

describe('an error that is told', () => {
  it('may be of another copy of this package', async () => {
    const other = (code: string): Error => Object.assign(new Error('HTTP 413'), { name: 'FlagError', code });
    const exporter = heldExporter<number>((items) =>
      items.length > 1 ? Promise.reject(other('TOO_LARGE')) : Promise.reject(other('INVALID_ARGUMENT')),
    );
    const queue = open(exporter, { maxBatch: 4 });
    fill(queue, 0, 4);
    await pass(1);
    expect(queue.counts()).toMatchObject({ rejected: 4, failures: 0, lastError: 'HTTP 413' });
  });

  it('is not believed to be one for its name alone', async () => {
    const odd = Object.assign(new Error('secret'), { name: 'FlagError', code: 'a secret' });
    const queue = open(
      heldExporter<number>(() => Promise.reject(odd)),
      { maxBatch: 1 },
    );
    queue.add(0);
    await pass(1);
    expect(queue.counts()).toMatchObject({ failures: 1, lastError: 'held threw FlagError' });
  });

  it.each([
    ['throws', throwingSecret],
    ['rejects', async () => throwingSecret()],
  ])('to a listener that %s is said once, without what it says', async (_name, onError) => {
    const exporter = heldExporter<number>(() => Promise.reject(new FlagError('UNAVAILABLE', 'no')));
    open(exporter, { maxBatch: 1, onError }).add(0);
    await pass(60_000);
    expect(exporter.calls.length).toBeGreaterThan(3);
    expect(said.filter((text) => text.includes('onError'))).toEqual(['event exporter held: onError threw TypeError']);
    expect(said.join()).not.toContain('secret');
  });
});

function throwingSecret(): never {
  throw new TypeError('secret');
}

it.each(['', 'postgres://u:secret@h', 'a b', 'line\nbreak', 'esc\u001b[31m', 'x'.repeat(65), 5, undefined])(
  'an exporter is not called %j, which would stand in warnings',
  (name) => {
    expect(() => batch({ ...heldExporter(), name: name as string })).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message: expect.stringMatching(/^the name of|is no exporter/),
      }),
    );
  },
);

describe('a batch that is refused', () => {
  it('is not offered again, and counted', async () => {
    const exporter = heldExporter<number>(() => Promise.reject(new FlagError('INVALID_ARGUMENT', 'HTTP 400')));
    const metrics = eventMetrics();
    const onError = vi.fn();
    const queue = open(exporter, { maxBatch: 5, metrics, onError });
    fill(queue, 0, 10);
    await pass(1);
    expect(exporter.calls).toHaveLength(2);
    expect(queue.counts()).toMatchObject({ rejected: 10, sent: 0, failures: 0, queued: 0, lastError: 'HTTP 400' });
    expect(metrics.events).toEqual({ 'held rejected': 10 });
    expect(onError).toHaveBeenCalledTimes(2);
    expect(said).toEqual(['event exporter held refused 5 events for good: HTTP 400']);
  });

  it('is halved if it is too large, until it is one item that is', async () => {
    const exporter = heldExporter<number>((items) =>
      items.includes(5) || items.length > 3 ? Promise.reject(new FlagError('TOO_LARGE', 'HTTP 413')) : undefined,
    );
    const queue = open(exporter, { maxBatch: 8 });
    fill(queue, 0, 8);
    await pass(1);
    expect(exporter.taken).toEqual([0, 1, 2, 3, 4, 6, 7]);
    expect(exporter.calls.map(({ items }) => items.join(''))).toEqual([
      '01234567',
      '0123',
      '01',
      '23',
      '4567',
      '45',
      '4',
      '5',
      '67',
    ]);
    expect(queue.counts()).toMatchObject({ sent: 7, rejected: 1, failures: 0, queued: 0 });
  });

  it('keeps its halves through failures, each the same array', async () => {
    let calls = 0;
    const exporter = heldExporter<number>((items) => {
      if (items.length > 2) return Promise.reject(new FlagError('TOO_LARGE', 'x'));
      return ++calls % 3 === 0 ? undefined : Promise.reject(new FlagError('UNAVAILABLE', 'x'));
    });
    const queue = open(exporter, { maxBatch: 4 });
    fill(queue, 0, 4);
    await pass(1);
    expect(queue.counts()).toMatchObject({ queued: 4 });
    await pass(10_000);
    expect(exporter.taken).toEqual([0, 1, 2, 3]);
    expect(new Set(exporter.calls.map(({ items }) => items)).size).toBe(3);
  });
});

/** An exporter whose `export` is just this. */
const exporterOf = (run: (items: readonly number[], signal: AbortSignal) => unknown): HeldExporter<number> => {
  const exporter = heldExporter<number>(taken);
  return Object.assign(exporter, {
    export(items: readonly number[], signal: AbortSignal) {
      exporter.calls.push({ items, signal, resolve: taken, reject: taken });
      return run(items, signal) as Promise<void>;
    },
  });
};

describe('an exporter that', () => {
  it('throws at once has failed', async () => {
    const exporter = exporterOf(throwing);
    const queue = open(exporter, { maxBatch: 1 });
    queue.add(0);
    await pass(1);
    expect(queue.counts()).toMatchObject({ failures: 1, sent: 0, queued: 1 });
  });

  it.each([undefined, null, 0, {}, () => undefined])('returns %s is not counted as having sent', async (returned) => {
    const queue = open(
      exporterOf(() => returned),
      { maxBatch: 1 },
    );
    queue.add(0);
    await pass(1);
    expect(queue.counts()).toMatchObject({ rejected: 1, sent: 0, queued: 0 });
    expect(queue.counts().lastError).toContain('expected a promise');
  });

  it('returns a promise of its own make is heard once', async () => {
    const odd = {
      // biome-ignore lint/suspicious/noThenProperty: what is tested
      then(resolve: () => void, reject: (thrown: unknown) => void) {
        resolve();
        reject(new Error('too late'));
        throw new Error('too late, too');
      },
    };
    const queue = open(
      exporterOf(() => odd),
      { maxBatch: 1 },
    );
    queue.add(0);
    await pass(1);
    expect(queue.counts()).toMatchObject({ sent: 1, failures: 0 });
  });

  const hostile = new Proxy(Object.create(null) as object, {
    get: throwing,
    getPrototypeOf: throwing,
    ownKeys: throwing,
  });
  it.each([
    ['nothing', undefined, 'held threw undefined'],
    ['null', null, 'held threw object'],
    ['text', 'postgres://user:secret@host', 'held threw string'],
    ['an error that tells', new TypeError('token=secret'), 'held threw TypeError'],
    [
      'an error with a code',
      Object.assign(new Error('x'), { code: 'ECONNREFUSED', name: 'a secret name' }),
      'held threw object ECONNREFUSED',
    ],
    [
      'an error with a cause',
      new TypeError('secret', { cause: Object.assign(new Error('secret'), { code: 'ENOTFOUND' }) }),
      'held threw TypeError ENOTFOUND',
    ],
    ['what throws when it is looked at', hostile, 'held threw object'],
  ])('rejects with %s has failed, and gives no secret away', async (_name, thrown, shown) => {
    const exporter = heldExporter<number>();
    const queue = open(exporter, { maxBatch: 1 });
    queue.add(0);
    await pass(1);
    exporter.calls[0]!.reject(thrown);
    await pass(1);
    expect(queue.counts()).toMatchObject({ failures: 1, lastError: shown, sent: 0 });
    expect(JSON.stringify([queue.counts(), said])).not.toContain('secret');
    exporter.answer = taken;
    await pass(1_000);
    expect(queue.counts()).toMatchObject({ sent: 1 });
  });

  it('hangs is aborted and abandoned, and its batch is offered again', async () => {
    const exporter = heldExporter<number>();
    const queue = open(exporter, { maxBatch: 1, exportTimeout: 2_000 });
    queue.add(0);
    await pass(1_999);
    expect(exporter.calls[0]!.signal.aborted).toBe(false);
    await pass(2);
    expect(exporter.calls[0]!.signal.aborted).toBe(true);
    expect(queue.counts()).toMatchObject({ failures: 1, queued: 1, lastError: 'no answer within 2000 ms' });
    exporter.answer = taken;
    await pass(300);
    expect(exporter.taken).toEqual([0]);
    expect(exporter.calls[1]!.items).toBe(exporter.calls[0]!.items);
    // the first one ends after all
    exporter.calls[0]!.resolve();
    await pass(1);
    expect(queue.counts()).toMatchObject({ added: 1, sent: 1, queued: 0 });
  });

  it('succeeds late, before the batch is offered again, has taken it', async () => {
    const exporter = heldExporter<number>();
    const queue = open(exporter, { maxBatch: 1, exportTimeout: 2_000 });
    queue.add(0);
    await pass(2_100);
    exporter.calls[0]!.resolve();
    await pass(0);
    expect(queue.counts()).toMatchObject({ sent: 1, queued: 0 });
    await pass(60_000);
    expect(exporter.calls).toHaveLength(1);
  });

  it('succeeds late, while the batch is offered again and fails, has taken it', async () => {
    const exporter = heldExporter<number>();
    const queue = open(exporter, { maxBatch: 1, exportTimeout: 2_000 });
    queue.add(0);
    await pass(2_500);
    expect(exporter.calls).toHaveLength(2);
    exporter.calls[0]!.resolve();
    await pass(1);
    expect(queue.counts()).toMatchObject({ sent: 0, queued: 1 });
    exporter.calls[1]!.reject(new FlagError('UNAVAILABLE', 'no'));
    await pass(1);
    expect(queue.counts()).toMatchObject({ sent: 1, queued: 0 });
    expect(exporter.calls).toHaveLength(2);
  });

  it('never ends any call gets no more than a few of them at once, and works again when it does', async () => {
    const exporter = heldExporter<number>();
    const queue = open(exporter, { maxBatch: 1, exportTimeout: 100 });
    queue.add(0);
    await pass(3_600_000);
    const { length } = exporter.calls;
    // eight soon, then one in five minutes
    expect(length).toBeGreaterThanOrEqual(8 + 10);
    expect(length).toBeLessThanOrEqual(8 + 13);
    exporter.answer = taken;
    await pass(300_000);
    expect(queue.counts()).toMatchObject({ sent: 1, queued: 0 });
  });

  it('empties or changes its array harms its own call alone', async () => {
    const harms = [
      (items: number[]) => items.splice(0),
      (items: number[]) => items.push(7),
      (items: number[]) => items.sort(() => -1),
      (items: number[]) => {
        items.length = 0;
      },
    ];
    const got: (readonly number[])[] = [];
    const exporter = exporterOf(async (items) => {
      got.push([...items]);
      harms.shift()?.(items as number[]);
    });
    const queue = open(exporter, { maxBatch: 3 });
    fill(queue, 0, 3);
    await pass(60_000);
    expect(got).toEqual(Array.from({ length: 5 }, () => [0, 1, 2]));
    expect(new Set(exporter.calls.map(({ items }) => items)).size).toBe(1);
    expect(queue.counts()).toMatchObject({ added: 3, sent: 3, queued: 0, failures: 4 });
  });

  it('heeds its signal does not count as hanging', async () => {
    const exporter = exporterOf(
      (_items, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
        }),
    );
    const queue = open(exporter, { maxBatch: 1, exportTimeout: 100 });
    queue.add(0);
    await pass(60_000);
    await pass(300_000);
    // after eight that hang it would be one in five minutes
    expect(exporter.calls.length).toBeGreaterThan(8 + 5);
  });

  it('heeded its signal for long, and then hangs, gets no more calls for that', async () => {
    let heeded = 0;
    const exporter = exporterOf((_items, signal) =>
      heeded++ < 20
        ? new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason));
          })
        : new Promise(() => undefined),
    );
    open(exporter, { maxBatch: 1, exportTimeout: 100 }).add(0);
    await pass(3_600_000);
    expect(exporter.calls.length).toBeGreaterThanOrEqual(20 + 8);
    expect(exporter.calls.length).toBeLessThanOrEqual(20 + 8 + 13);
  });

  it('ends one of its many calls is asked again at once', async () => {
    const exporter = heldExporter<number>();
    const queue = open(exporter, { maxBatch: 1, exportTimeout: 100 });
    queue.add(0);
    await pass(200_000);
    expect(exporter.calls).toHaveLength(8);
    exporter.answer = taken;
    exporter.calls[3]!.reject(new Error('no'));
    await pass(1);
    expect(queue.counts()).toMatchObject({ sent: 1, queued: 0 });
  });

  it('flushes and fills its own queue makes no second call', async () => {
    const exporter: HeldExporter<number> = exporterOf(() => {
      if (exporter.calls.length < 5) {
        queue.add(exporter.calls.length);
        void queue.flush();
      }
      return Promise.resolve();
    });
    const queue = open(exporter, { maxBatch: 1 });
    queue.add(0);
    void queue.flush();
    await pass(100);
    expect(exporter.calls.map(({ items }) => items)).toEqual([[0], [1], [2], [3], [4]]);
    expect(queue.counts()).toMatchObject({ sent: 5, queued: 0 });
  });
});

describe('metrics', () => {
  it('are told of what was before, and each once', async () => {
    const exporter = heldExporter<number>(taken);
    const [first, second] = [eventMetrics(), eventMetrics()];
    const queue = open(exporter, { maxBatch: 2, metrics: first });
    fill(queue, 0, 4);
    await pass(1);
    queue.countInto(second);
    queue.countInto(second);
    expect(second.events).toEqual({ 'held sent': 4 });
    queue.add(4);
    await pass(1_000);
    expect([first.queue, second.queue]).toEqual([1, 1]);
    await pass(4_000);
    expect(first.events).toEqual({ 'held sent': 5 });
    expect(second.events).toEqual({ 'held sent': 5 });
  });

  it('that throw disturb nothing, and are told of once', async () => {
    const exporter = heldExporter<number>(taken);
    const good = eventMetrics();
    const queue = open(exporter, {
      maxBatch: 1,
      metrics: Object.assign(eventMetrics(), { recordEvents: throwing, setEventQueue: throwing }),
    });
    queue.countInto(good);
    fill(queue, 0, 5);
    await pass(1);
    expect(queue.counts().sent).toBe(5);
    expect(good.events).toEqual({ 'held sent': 5 });
    expect(said.toSorted()).toEqual([
      'the method recordEvents of metrics threw: no',
      'the method setEventQueue of metrics threw: no',
    ]);
  });

  it('hear how long the queue is while the exporter hangs', async () => {
    const metrics = eventMetrics();
    const queue = open(heldExporter<number>(), { maxBatch: 10, metrics });
    fill(queue, 0, 10);
    await pass(1_500);
    fill(queue, 10, 50);
    await pass(2_000);
    expect(metrics.queue).toBe(50);
    fill(queue, 50, 60);
    await pass(1_000);
    expect(metrics.queue).toBe(60);
  });

  it('without the two methods are left alone', async () => {
    const { recordEvents, setEventQueue, events, queue: _queue, ...six } = eventMetrics();
    const exporter = heldExporter<number>(taken);
    const queue = open(exporter, { maxBatch: 1, metrics: six });
    queue.add(0);
    await pass(1);
    expect(queue.counts().sent).toBe(1);
    expect(events).toEqual({});
    expect(said).toEqual([]);
  });
});

it.each([
  [{ maxBatch: 0 }],
  [{ maxBatch: 1.5 }],
  [{ maxBatch: '5' }],
  [{ maxQueue: 0 }],
  [{ maxQueue: 1e9 }],
  [{ maxQueue: Number.NaN }],
  [{ maxBytes: 0 }],
  [{ maxBytes: 2 ** 41 }],
  [{ maxAge: 0 }],
  [{ maxAge: Number.POSITIVE_INFINITY }],
  [{ exportTimeout: -1 }],
  [{ closeTimeout: 2 ** 31 }],
  [{ onError: 'x' }],
  [{ random: 1 }],
  [null],
])('refuses options %o', (options) => {
  expect(() => batch(heldExporter(), options as never)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  expect(process.listenerCount('beforeExit')).toBe(0);
});

it.each([[undefined], [null], ['x'], [{}], [{ name: 'x' }], [{ name: '', export: throwing }], [{ export: throwing }]])(
  'refuses %o as an exporter',
  (exporter) => {
    expect(() => batch(exporter as never)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  },
);
