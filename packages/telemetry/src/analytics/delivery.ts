import { FlagError, retryDelay } from '@flagwright/core';
import { type Attempt, attempt, type Ending } from './attempt.ts';
import type { Exporter } from './exporter.ts';
import { shownError } from './shown-error.ts';
import { type Wait, wait } from './wait.ts';

/** Told of what becomes of a batch. */
export interface DeliveryEvents {
  sent(count: number): void;
  rejected(count: number, error: FlagError): void;
  /** Given up at the end. */
  dropped(count: number): void;
  /** An export failed; it will be repeated. */
  failed(error: FlagError): void;
  /** The exporter has made safe what it took, or could not. */
  flushed(error: FlagError | undefined): void;
}

/** Options of `delivery`. Times in ms. */
export interface DeliveryOptions {
  /** Of the exporter. */
  readonly name: string;
  readonly exportTimeout: number;
  readonly flushTimeout: number;
  readonly random: () => number;
}

/** Brings batches to an exporter, one after another. */
export interface Delivery<T> {
  /** How many events of the batch under way are not done with. */
  readonly pending: number;
  /** Resolves when every item is sent, rejected or dropped; never rejects. */
  deliver(items: readonly T[]): Promise<void>;
  /** Has the exporter make safe what it took, unless it is still about it. Resolves whatever comes of it. */
  flush(): Promise<void>;
  /** Does not wait for the next attempt, unless the exporter asked for time or the last one was less than a second ago. */
  hurry(): void;
  /** The end is near: short waits from now on. */
  hasten(): void;
  /** Drops what is under way, and whatever comes. */
  giveUp(): void;
}

/** So many calls that were abandoned and have not ended are beside a new one; with more, it comes once in five minutes. */
const MOST_ABANDONED = 8;
const LONG = 300_000;
/** A caller that flushes in a loop must not make a loop of attempts. */
const HURRY = 1_000;

/** Delivers to one exporter; see `batch` for what is promised. */
export function delivery<T>(exporter: Exporter<T>, options: DeliveryOptions, events: DeliveryEvents): Delivery<T> {
  const { name, exportTimeout, flushTimeout, random } = options;
  let pending = 0;
  let inARow = 0;
  let abandoned = 0;
  let givenUp = false;
  /** A flush was abandoned, and has not ended. */
  let flushHangs = false;
  let current: Attempt | undefined;
  let offered: readonly T[] | undefined;
  let waiting: Wait | undefined;
  /** Whether the wait may be cut short. */
  let patient = false;
  let lastAttempt = Number.NEGATIVE_INFINITY;

  async function call(
    one: (signal: AbortSignal) => unknown,
    ms: number,
    onLate: (taken: boolean) => void,
  ): Promise<Ending> {
    current = attempt(one, ms, (taken) => {
      abandoned--;
      onLate(taken);
      if (abandoned === MOST_ABANDONED - 1) waiting?.end();
    });
    const ending = await current.ended;
    current = undefined;
    lastAttempt = performance.now();
    if (ending.abandoned) abandoned++;
    return ending;
  }

  /** Offers the same array until it is taken, has to be halved, or is refused for good: then it is the error. */
  async function offer(items: readonly T[]): Promise<'taken' | 'halve' | 'given up' | FlagError> {
    let takenLate = false;
    offered = items;
    const onLate = (taken: boolean): void => {
      if (!taken) return;
      takenLate = true;
      if (offered === items) waiting?.end();
    };
    // an exporter that empties it would lose the batch, and it must be the same array again
    Object.freeze(items);
    while (!givenUp) {
      const { taken, thrown } = await call((signal) => exporter.export(items, signal), exportTimeout, onLate);
      if (taken || takenLate) return 'taken';
      if (givenUp) break;
      const error = shownError(name, thrown);
      const { code } = error;
      if (code === 'TOO_LARGE' && items.length > 1) return 'halve';
      if (code === 'TOO_LARGE' || code === 'INVALID_ARGUMENT') return error;
      events.failed(error);
      await pause(error);
      if (takenLate) return 'taken';
    }
    return 'given up';
  }

  async function pause(error: FlagError): Promise<void> {
    inARow++;
    const { delay, asked } = patience(error, inARow, random);
    patient = asked || abandoned >= MOST_ABANDONED;
    waiting = wait(abandoned >= MOST_ABANDONED ? LONG : delay);
    if (givenUp) waiting.end();
    await waiting.over;
    waiting = undefined;
  }

  return {
    get pending() {
      return pending;
    },
    async deliver(items) {
      const parts: (readonly T[])[] = [items];
      pending = items.length;
      for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
        const outcome = await offer(part);
        if (outcome === 'halve') {
          const half = Math.ceil(part.length / 2);
          parts.unshift(part.slice(0, half), part.slice(half));
          continue;
        }
        pending -= part.length;
        if (outcome === 'given up') {
          events.dropped(part.length);
          continue;
        }
        inARow = 0;
        if (outcome === 'taken') events.sent(part.length);
        else events.rejected(part.length, outcome);
      }
    },
    async flush() {
      if (givenUp) return;
      if (flushHangs) {
        events.flushed(new FlagError('UNAVAILABLE', 'the flush before has not ended'));
        return;
      }
      const onLate = (): void => {
        flushHangs = false;
      };
      const {
        taken,
        thrown,
        abandoned: hangs,
      } = await call(async (signal) => exporter.flush?.(signal), flushTimeout, onLate);
      flushHangs = hangs;
      events.flushed(taken ? undefined : shownError(name, thrown));
    },
    hurry() {
      if (waiting === undefined || patient) return;
      waiting.atMost(HURRY - (performance.now() - lastAttempt));
    },
    hasten() {
      inARow = 0;
      if (!patient) waiting?.end();
    },
    giveUp() {
      givenUp = true;
      current?.abandon(new FlagError('NOT_READY', 'the queue was closed'));
      waiting?.end();
    },
  };
}

/** How long to leave an exporter alone, in ms, and whether it asked for that. */
function patience(
  { code, retryAfter }: FlagError,
  failures: number,
  random: () => number,
): { delay: number; asked: boolean } {
  const asked = typeof retryAfter === 'number' && retryAfter > 0 ? retryAfter : undefined;
  // events are in no hurry: a receiver that is away is not asked every second, as a source of flags would be
  const slow = code === 'UNAUTHORIZED' || code === 'UNSUPPORTED';
  const error = new FlagError(slow ? code : 'UNKNOWN', '', { retryAfter: asked });
  return { delay: retryDelay(failures, error, () => chance(random)), asked: asked !== undefined || slow };
}

/** A source of chance of the caller's own must not make a loop without a pause. */
function chance(random: () => number): number {
  try {
    const value = random();
    if (value >= 0 && value < 1) return value;
  } catch {
    // as good as none
  }
  return Math.random();
}
