import type { Metrics } from '../metrics/metrics.ts';
import { attempt } from './attempt.ts';
import { type BatchOptions, checkBatchOptions, checkExporter } from './batch-options.ts';
import { counter, type EventCounts } from './counts.ts';
import { delivery } from './delivery.ts';
import type { Exporter } from './exporter.ts';
import { flushOnExit } from './on-exit.ts';
import { ring } from './ring.ts';
import { shownError } from './shown-error.ts';
import { trouble } from './trouble.ts';

/** The bounded queue in front of an exporter. */
export interface Batch<T> {
  /** The exporter's name. */
  readonly name: string;
  /** Queues an item: at once, without throwing; after `close` it is dropped. */
  add(item: T): void;
  /**
   * Resolves when everything that was added before is sent, rejected or dropped and the exporter has made it safe, or
   * after `closeTimeout`. Never rejects.
   */
  flush(): Promise<void>;
  /**
   * Takes no more, flushes, drops what is left after `closeTimeout`, and closes the exporter. Never rejects; may be called
   * more than once.
   */
  close(): Promise<void>;
  /** What became of the events so far. */
  counts(): EventCounts;
  /** Tells these metrics of the events, those before this call included, until what is returned is called. */
  countInto(metrics: Metrics): () => void;
}

/** Who waits for the queue to be flushed. */
interface Flush {
  /** What was added before: so many events. */
  readonly upTo: number;
  readonly done: () => void;
}

/** The exporter's own end gets so long, in ms, even if nothing is left of `closeTimeout`. */
const LAST_WORDS = 1_000;

/** So long, in ms, a queue may be worked off before others have their turn. */
const LONG_TURN = 10;

/**
 * Puts a bounded queue in front of an exporter, which it then owns. A batch goes when it is full, or when its oldest item
 * is `maxAge` old; one at a time, never within `add`.
 *
 * A batch that fails is offered again, the very same array, after a back-off with full jitter, for ever; meanwhile the
 * oldest items of a full queue are dropped. One that the exporter refuses as too large is halved. A call that does not end
 * within `exportTimeout` is aborted and abandoned, and the batch is offered again beside it: **everything arrives at least
 * once, or is counted as dropped or rejected**. If the abandoned call succeeds after all before the batch was offered
 * again, it is not. No timer keeps the process alive, but those of `flush` and `close`.
 */
export function batch<T>(exporter: Exporter<T>, options: BatchOptions = {}): Batch<T> {
  return queueOf(exporter, options, false);
}

/** `batch`; `loud`: as long as events are dropped, a warning says so every minute. */
export function queueOf<T>(exporter: Exporter<T>, options: BatchOptions, loud: boolean): Batch<T> {
  checkExporter(exporter);
  const { maxBatch, maxAge, maxQueue, closeTimeout, metrics, onError, ...rest } = checkBatchOptions(options);
  const name = exporter.name.slice(0, 60);
  const queue = ring<T>(maxQueue);
  let added = 0;
  let failures = 0;
  /** When the oldest item of the queue was added, or before. */
  let since = 0;
  let ageTimer: NodeJS.Timeout | undefined;
  let soon: NodeJS.Immediate | undefined;
  let busy = false;
  let working: Promise<void> | undefined;
  let flushes: Flush[] = [];
  let closed = false;
  let closing: Promise<void> | undefined;

  const counts = counter(name, () => queue.size + postman.pending);
  const { totals } = counts;
  const troubles = trouble(name, { onError, loud, totalDropped: () => totals.dropped });
  const postman = delivery(
    exporter,
    { name, ...rest },
    {
      sent(count) {
        totals.sent += count;
        troubles.taken(queue.size <= maxQueue / 2);
      },
      rejected(count, error) {
        totals.rejected += count;
        troubles.rejected(count, error);
      },
      dropped(count) {
        totals.dropped += count;
      },
      failed(error) {
        failures++;
        troubles.failed(error);
        counts.tell();
      },
    },
  );

  function add(item: T): void {
    added++;
    if (closed) {
      refuse();
      return;
    }
    if (queue.push(item)) drop();
    const { size } = queue;
    if (size === 1) begin();
    if (size >= maxBatch && !busy && soon === undefined) workSoon();
  }

  function drop(): void {
    totals.dropped++;
    troubles.dropping();
    counts.tellSoon();
  }

  function refuse(): void {
    totals.dropped++;
    troubles.closed();
    counts.tellSoon();
  }

  /** The queue was empty before. */
  function begin(): void {
    since = performance.now();
    counts.tellSoon();
    if (!busy) watchAge();
  }

  function watchAge(): void {
    if (ageTimer !== undefined) return;
    ageTimer = setTimeout(
      () => {
        ageTimer = undefined;
        work();
      },
      Math.max(1, since + maxAge - performance.now()),
    );
    ageTimer.unref();
  }

  /** Not within `add`: what an exporter does at once must not be done by who evaluates a flag. */
  function workSoon(): void {
    soon = setImmediate(() => {
      soon = undefined;
      work();
    });
  }

  function work(): void {
    // said before anything is called, for an exporter may flush its own queue
    if (busy) return;
    busy = true;
    working = workThrough();
  }

  async function workThrough(): Promise<void> {
    let turnedAt = performance.now();
    for (;;) {
      const reached = added - queue.size;
      const ready = flushes.filter(({ upTo }) => upTo <= reached);
      if (ready.length > 0) {
        await postman.flush();
        for (const { done } of ready) done();
      } else if (isDue()) {
        await postman.deliver(queue.take(maxBatch));
        counts.tell();
        // an exporter that is done at once must not keep everything else waiting
        if (!closed && performance.now() - turnedAt > LONG_TURN) {
          await turn();
          turnedAt = performance.now();
        }
      } else break;
    }
    busy = false;
    if (queue.size > 0 && !closed) watchAge();
  }

  function isDue(): boolean {
    const { size } = queue;
    if (size === 0) return false;
    return flushes.length > 0 || size >= maxBatch || performance.now() - since >= maxAge;
  }

  function flush(): Promise<void> {
    return closing ?? flushWithin(closeTimeout);
  }

  function flushWithin(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const one: Flush = { upTo: added, done };
      function done(): void {
        clearTimeout(timer);
        flushes = flushes.filter((flush) => flush !== one);
        resolve();
      }
      // keeps the process alive: somebody waits
      const timer = setTimeout(done, ms);
      flushes.push(one);
      postman.hurry();
      work();
    });
  }

  async function end(): Promise<void> {
    const deadline = performance.now() + closeTimeout;
    // somebody waits
    const alive = setInterval(() => undefined, closeTimeout);
    const flushed = flushWithin(closeTimeout);
    postman.hasten();
    await flushed;
    const before = totals.dropped;
    postman.giveUp();
    await working;
    totals.dropped += queue.take(maxQueue).length;
    if (totals.dropped > before) troubles.lost(totals.dropped - before, 'it was closed');
    const time = Math.max(LAST_WORDS, deadline - performance.now());
    const { taken, thrown } = await attempt(async () => exporter.close?.(), time).ended;
    if (!taken) troubles.notClosed(shownError(name, thrown));
    for (const timer of [alive, ageTimer]) clearTimeout(timer);
    clearImmediate(soon);
    counts.stop();
    counts.tell();
    leave?.();
  }

  function unsent(): number {
    return queue.size + postman.pending;
  }

  if (metrics !== undefined) counts.into(metrics);
  const leave = rest.flushOnExit
    ? flushOnExit({
        flush,
        added: () => added,
        unsent,
        lost: () => troubles.lost(unsent(), 'the process ended'),
      })
    : undefined;

  return {
    name,
    add,
    flush,
    close() {
      if (!closed) {
        closed = true;
        closing = end();
      }
      return closing ?? Promise.resolve();
    },
    counts: () => ({
      added,
      ...totals,
      queued: unsent(),
      failures,
      lastError: troubles.last?.text,
      lastErrorAt: troubles.last?.at,
    }),
    countInto: (more) => counts.into(more),
  };
}

/** The next turn of the event loop. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
