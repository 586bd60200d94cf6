import { type FlagError, warnThrown } from '@flagwright/core';
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
  /** Tells these metrics, from now on and of all that was counted before. */
  into(metrics: Metrics): void;
  /** Tells the metrics what has changed since they were last told. */
  tell(): void;
  /** Tells the metrics within a second, for what happens too often to be told each time. */
  tellSoon(): void;
  stop(): void;
}

const OUTCOMES: readonly EventOutcome[] = ['sent', 'dropped', 'rejected'];
const SOON = 1_000;

interface Listener {
  readonly metrics: Metrics;
  readonly told: Record<EventOutcome, number>;
  queued: number;
}

/** A counter for the exporter of a name; `queued` reads how many events wait. */
export function counter(exporter: string, queued: () => number): Counter {
  const totals = { sent: 0, dropped: 0, rejected: 0 };
  const listeners: Listener[] = [];
  let timer: NodeJS.Timeout | undefined;
  let warned = false;

  function tellOne(listener: Listener): void {
    const { metrics, told } = listener;
    for (const outcome of OUTCOMES) {
      const count = totals[outcome] - told[outcome];
      if (count === 0) continue;
      // before the call: what throws is not told again for ever
      told[outcome] = totals[outcome];
      metrics.recordEvents?.(exporter, outcome, count);
    }
    const now = queued();
    if (now === listener.queued) return;
    listener.queued = now;
    metrics.setEventQueue?.(exporter, now);
  }

  function tell(): void {
    for (const listener of listeners) {
      try {
        tellOne(listener);
      } catch (thrown) {
        if (!warned) warnThrown(`metrics told of events of ${exporter}`, thrown);
        warned = true;
      }
    }
  }

  return {
    totals,
    into(metrics) {
      if (listeners.some((listener) => listener.metrics === metrics)) return;
      listeners.push({ metrics, told: { sent: 0, dropped: 0, rejected: 0 }, queued: -1 });
      tell();
    },
    tell,
    tellSoon() {
      if (timer !== undefined || listeners.length === 0) return;
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
