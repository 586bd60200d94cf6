import { type FlagError, WARNING } from '@flagwright/core';
import type { ErrorListener } from './counts.ts';
import { shownError } from './shown-error.ts';

/** Keeps the last failure of an exporter, and says in process warnings how it is doing: once, not for every event. */
export interface Trouble {
  /** The last failure. */
  readonly error: { readonly text: string; readonly at: number } | undefined;
  /** A call failed, and will be repeated. */
  failed(error: FlagError): void;
  /** Events were refused for good. */
  rejected(count: number, error: FlagError): void;
  /** So many events were just given up for newer ones; they are counted already. */
  dropping(count: number): void;
  /** The exporter has made safe what it took, or could not. */
  flushed(error: FlagError | undefined): void;
  /** The exporter's own end failed. */
  notClosed(error: FlagError): void;
  /** Events come after the end. */
  closed(): void;
  /** Events are lost at the end. */
  lost(count: number, why: string): void;
  /** Says what has not been said so far; returns whether there was anything. */
  last(): boolean;
  /** The exporter took something; `atEase` says that its queue is not full either. */
  taken(atEase: boolean): void;
}

/** Options of `trouble`. */
export interface TroubleOptions {
  readonly onError: ErrorListener | undefined;
  /** How many events have been dropped so far. */
  readonly totalDropped: () => number;
  /** Says every minute how many are dropped, as long as it goes on. */
  readonly loud: boolean;
}

/** So many warnings come at once; another one every minute. An exporter that fails by turns must not fill a log. */
const BURST = 10;
const MINUTE = 60_000;

/** What is wrong with the exporter of a name. */
export function trouble(name: string, { onError, totalDropped, loud }: TroubleOptions): Trouble {
  let last: Trouble['error'];
  const said = { failed: false, dropped: false, unsafe: false, closed: false, listener: false };
  let refused = 0;
  let refusedSaidAt = Number.NEGATIVE_INFINITY;
  let droppedBefore = 0;
  let droppedSaidAt = 0;
  let tokens = BURST;
  let refilledAt = performance.now();

  function warn(text: string): void {
    process.emitWarning(`event exporter ${name} ${text}`, WARNING);
  }

  function say(text: string): boolean {
    const now = performance.now();
    const minutes = Math.floor((now - refilledAt) / MINUTE);
    if (minutes > 0) {
      tokens = Math.min(BURST, tokens + minutes);
      refilledAt += minutes * MINUTE;
    }
    if (tokens === 0) return false;
    tokens--;
    warn(text);
    return true;
  }

  function note(error: FlagError): string {
    last = { text: error.message, at: Date.now() };
    try {
      // an async function is a listener, too
      const done: unknown = onError?.(error);
      if (done instanceof Promise) done.catch(listenerThrew);
    } catch (again) {
      listenerThrew(again);
    }
    return error.message;
  }

  function listenerThrew(thrown: unknown): void {
    if (!said.listener)
      process.emitWarning(`event exporter ${name}: ${shownError('onError', thrown).message}`, WARNING);
    said.listener = true;
  }

  function stillDropping(): void {
    const now = performance.now();
    if (now - droppedSaidAt < MINUTE) return;
    droppedSaidAt = now;
    say(`still cannot keep up: ${totalDropped() - droppedBefore} events have been dropped since it began`);
  }

  return {
    get error() {
      return last;
    },
    failed(error) {
      const text = note(error);
      if (!said.failed) said.failed = say(`fails, and is tried again: ${text}`);
    },
    rejected(count, error) {
      const text = note(error);
      refused += count;
      const now = performance.now();
      if (now - refusedSaidAt < MINUTE) return;
      if (say(`refused ${refused} events for good: ${text}`)) [refused, refusedSaidAt] = [0, now];
    },
    dropping(count) {
      if (said.dropped) {
        if (loud) stillDropping();
        return;
      }
      // even if it cannot be said now: this is the hot path
      said.dropped = true;
      droppedBefore = totalDropped() - count;
      droppedSaidAt = performance.now();
      say('cannot keep up: its queue is full, and the oldest events are dropped');
    },
    flushed(error) {
      if (error !== undefined) {
        const text = note(error);
        if (!said.unsafe) said.unsafe = say(`could not make safe what it took: ${text}`);
      } else if (said.unsafe) {
        said.unsafe = false;
        say('makes safe again what it takes');
      }
    },
    notClosed(error) {
      warn(`could not be closed: ${note(error)}`);
    },
    closed() {
      if (!said.closed) warn('is closed: events that come now are dropped');
      said.closed = true;
    },
    lost(count, why) {
      warn(`had not taken ${count} events when ${why}; they are lost`);
    },
    last() {
      if (refused === 0) return false;
      warn(`refused ${refused} more events for good`);
      refused = 0;
      return true;
    },
    taken(atEase) {
      const over = said.dropped && atEase;
      if (over) say(`works again; ${totalDropped() - droppedBefore} events were dropped meanwhile`);
      else if (said.failed) say('works again');
      said.failed = false;
      if (over) said.dropped = false;
    },
  };
}
