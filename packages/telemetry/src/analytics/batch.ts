import type { Metrics } from '../metrics/metrics.ts';
import { attempt } from './attempt.ts';
import { type BatchOptions, checkBatchOptions, checkExporter } from './batch-options.ts';
import { counter, type EventCounts } from './counts.ts';
import { delivery } from './delivery.ts';
import { due } from './due.ts';
import type { Exporter } from './exporter.ts';
import { flushes } from './flushes.ts';
import { flushOnExit } from './on-exit.ts';
import { boundedQueue } from './queue.ts';
import { shownError } from './shown-error.ts';
import { trouble } from './trouble.ts';

/** The bounded queue in front of an exporter. */
export interface Batch<T> {
  /** The exporter's name. */
  readonly name: string;
  /**
   * Queues an item: at once, without throwing; after `close` it is dropped. `bytes` is what it takes of `maxBytes`: an
   * estimate for what is larger than usual. Default: 0.
   */
  add(item: T, bytes?: number): void;
  /**
   * Resolves when everything that was added before is sent, rejected or dropped and the exporter was asked to make it safe,
   * or after `closeTimeout`. Never rejects.
   */
  flush(): Promise<void>;
  /**
   * Takes no more, flushes, drops what is left after `closeTimeout`, and closes the exporter, which has the rest of that
   * time, or a second. Never rejects; may be called more than once.
   */
  close(): Promise<void>;
  /** What became of the events so far. */
  counts(): EventCounts;
  /** Tells these metrics of the events, those before this call included, until what is returned is called. */
  countInto(metrics: Metrics): () => void;
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
  const { maxBatch, maxAge, maxQueue, maxBytes, closeTimeout, metrics, onError, ...rest } = checkBatchOptions(options);
  const { name } = exporter;
  const queue = boundedQueue<T>(maxQueue, maxBytes);
  const waiting = flushes();
  const clock = due(maxAge, work);
  let failures = 0;
  /** How many came after the end. */
  let late = 0;
  let busy = false;
  let working: Promise<void> | undefined;
  let closing: Promise<void> | undefined;
  /** What is left is not sent any more. */
  let over = false;

  const counts = counter(name, unsent);
  const { totals } = counts;
  const troubles = trouble(name, { onError, loud, totalDropped: () => totals.dropped });
  const postman = delivery(
    exporter,
    { name, flushTimeout: Math.min(closeTimeout, rest.exportTimeout), ...rest },
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
      flushed(error) {
        if (error !== undefined) failures++;
        troubles.flushed(error);
      },
    },
  );

  function add(item: T, bytes = 0): void {
    if (closing !== undefined) {
      late++;
      drop(1);
      troubles.closed();
      return;
    }
    const dropped = queue.push(item, bytes);
    if (dropped > 0) {
      drop(dropped);
      troubles.dropping(dropped);
    }
    const { size } = queue;
    if (size === 1) begin();
    if (size >= maxBatch && !busy) clock.soon();
  }

  function drop(count: number): void {
    totals.dropped += count;
    counts.tellSoon();
  }

  /** The queue was empty before. */
  function begin(): void {
    clock.begin();
    counts.tellSoon();
    if (!busy) clock.whenOld();
  }

  function work(): void {
    // said before anything is called, for an exporter may flush its own queue
    if (busy) return;
    busy = true;
    working = workThrough();
  }

  async function workThrough(): Promise<void> {
    let turnedAt = performance.now();
    while (!over) {
      // an exporter that is done at once must not keep everything else waiting
      if (performance.now() - turnedAt > LONG_TURN) {
        await turn();
        turnedAt = performance.now();
      }
      const ready = waiting.upTo(queue.pushed - queue.size);
      if (ready.length > 0) {
        await postman.flush();
        for (const done of ready) done();
      } else if (isDue()) {
        await postman.deliver(queue.take(maxBatch));
        counts.tell();
      } else break;
    }
    busy = false;
    if (queue.size > 0 && closing === undefined) clock.whenOld();
  }

  function isDue(): boolean {
    const { size } = queue;
    if (size === 0) return false;
    return waiting.size > 0 || size >= maxBatch || clock.old;
  }

  function flush(): Promise<void> {
    return closing ?? flushNow();
  }

  function flushNow(): Promise<void> {
    const flushed = waiting.add(queue.pushed, closeTimeout);
    postman.hurry();
    work();
    return flushed;
  }

  async function end(): Promise<void> {
    const deadline = performance.now() + closeTimeout;
    // somebody waits
    const alive = setInterval(() => undefined, closeTimeout);
    const flushed = flushNow();
    postman.hasten();
    await flushed;
    const before = totals.dropped;
    over = true;
    postman.giveUp();
    await working;
    totals.dropped += queue.take(maxQueue).length;
    if (totals.dropped > before) troubles.lost(totals.dropped - before, 'it was closed');
    const time = Math.max(LAST_WORDS, deadline - performance.now());
    const { taken, thrown } = await attempt(async () => exporter.close?.(), time).ended;
    if (!taken) troubles.notClosed(shownError(name, thrown));
    troubles.last();
    clearInterval(alive);
    clock.stop();
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
        added: () => queue.pushed,
        sayLast() {
          const lost = unsent();
          if (lost > 0) troubles.lost(lost, 'the process ended');
          return troubles.last() || lost > 0;
        },
      })
    : undefined;

  return {
    name,
    add,
    flush,
    close() {
      closing ??= end();
      return closing;
    },
    counts: () => ({
      added: queue.pushed + late,
      ...totals,
      queued: unsent(),
      failures,
      lastError: troubles.error?.text,
      lastErrorAt: troubles.error?.at,
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
