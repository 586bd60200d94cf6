import type { FlagError } from '@flagwright/core';
import { type BackgroundMetrics, guarded } from '../metrics/guarded.ts';
import type { EventOutcome, Metrics } from '../metrics/metrics.ts';

/** What became of the events of one exporter; `added` is the sum of sent, dropped, rejected and queued. */
export interface EventCounts {
  readonly added: number;
  /** An exporter took them. */
  readonly sent: number;
  /** Given up: the queue was full, or time was up at the end. */
  readonly dropped: number;
  /** Refused for good. */
  readonly rejected: number;
  /** Waiting, those in a batch that is under way among them. */
  readonly queued: number;
  /** Calls of the exporter that failed and were, or will be, repeated. */
  readonly failures: number;
  /** What the last failure was; without anything that only the exporter's own errors say. */
  readonly lastError: string | undefined;
  /** When, in ms since the epoch. */
  readonly lastErrorAt: number | undefined;
}

/** Counts, and tells metrics. */
export interface Counter {
  readonly totals: Record<EventOutcome, number>;
  /**
   * Tells these metrics, of all that was counted before, until what is returned is called; and then until nothing is queued
   * any more.
   */
  into(metrics: Metrics): () => void;
  /** Tells the metrics what has changed since they were last told. */
  tell(): void;
  /** Tells the metrics within a second, for what happens too often to be told each time. */
  tellSoon(): void;
  stop(): void;
}

const OUTCOMES: readonly EventOutcome[] = ['sent', 'dropped', 'rejected'];
const SOON = 1_000;

interface Listener {
  readonly background: BackgroundMetrics;
  readonly told: Record<EventOutcome, number>;
  queued: number;
  /** How many asked for it, and have not ended it. */
  uses: number;
}

/** A counter for the exporter of a name; `queued` reads how many events wait. */
export function counter(exporter: string, queued: () => number): Counter {
  const totals = { sent: 0, dropped: 0, rejected: 0 };
  const listeners = new Set<Listener>();
  // what was told is not told again to those who come back
  const known = new WeakMap<Metrics, Listener>();
  let timer: NodeJS.Timeout | undefined;

  function tellOne(listener: Listener): void {
    const { background, told } = listener;
    for (const outcome of OUTCOMES) {
      const count = totals[outcome] - told[outcome];
      if (count === 0) continue;
      told[outcome] = totals[outcome];
      background.recordEvents(exporter, outcome, count);
    }
    const now = queued();
    if (now === listener.queued) return;
    listener.queued = now;
    background.setEventQueue(exporter, now);
  }

  function tell(): void {
    for (const listener of listeners) {
      tellOne(listener);
      // whoever has left is told of what was queued until then
      if (listener.uses === 0 && queued() === 0) listeners.delete(listener);
    }
  }

  return {
    totals,
    into(metrics) {
      let listener = known.get(metrics);
      if (listener === undefined) {
        listener = { background: guarded(metrics), told: { sent: 0, dropped: 0, rejected: 0 }, queued: -1, uses: 0 };
        known.set(metrics, listener);
      }
      const one = listener;
      one.uses++;
      listeners.add(one);
      tell();
      return once(() => {
        one.uses--;
        tell();
      });
    },
    tell,
    tellSoon() {
      if (timer !== undefined || listeners.size === 0) return;
      timer = setTimeout(() => {
        timer = undefined;
        tell();
        // nothing else tells while the exporter hangs
        if (queued() > 0) this.tellSoon();
      }, SOON);
      timer.unref();
    },
    stop() {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}

/** What is told of failures: to `onError`, with everything that is known, as `cause`. */
export type ErrorListener = (error: FlagError) => void;

function once(end: () => void): () => void {
  let ended = false;
  return () => {
    if (!ended) end();
    ended = true;
  };
}
