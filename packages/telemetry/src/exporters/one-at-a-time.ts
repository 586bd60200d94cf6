import { FlagError } from '@flagwright/core';
import type { Exporter } from '../analytics/exporter.ts';

/** Settles as the promise does, or rejects with `UNAVAILABLE` as soon as nobody waits any more. */
export function orGivenUp<R>(promise: Promise<R>, signal: AbortSignal): Promise<R> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(givenUp());
    signal.addEventListener('abort', giveUp, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
    if (signal.aborted) giveUp();
  });
}

const givenUp = (): FlagError => new FlagError('UNAVAILABLE', 'given up: nobody waits any more');

interface Run<T> {
  readonly items: readonly T[];
  readonly done: Promise<void>;
  /** Of all calls that wait for it. */
  readonly signals: AbortSignal[];
}

/**
 * The `export` of something that cannot be stopped once it has begun: such a call ends when that ends, also if nobody
 * waits any more, for before it is not known what was taken. There is one write at a time, so that what hangs holds one
 * batch and no more. A batch that is offered again waits for the write of it that goes on; and one that was written after
 * it was given up has been taken. So patience that ends doubles nothing.
 */
export function oneAtATime<T>(write: (items: readonly T[]) => Promise<void>): Exporter<T>['export'] {
  let running: Run<T> | undefined;
  /** Written after nobody waited any more. */
  const late = new WeakSet<readonly T[]>();

  async function run(items: readonly T[], signals: readonly AbortSignal[]): Promise<void> {
    try {
      await write(items);
      if (signals.every(({ aborted }) => aborted)) late.add(items);
    } finally {
      running = undefined;
    }
  }

  return async (items, signal) => {
    while (running !== undefined && running.items !== items) {
      const before = running.done.catch(() => undefined);
      await orGivenUp(before, signal);
    }
    if (late.delete(items) || items.length === 0) return;
    if (signal.aborted) throw givenUp();
    if (running === undefined) {
      const signals = [signal];
      running = { items, signals, done: run(items, signals) };
    } else running.signals.push(signal);
    await running.done;
  };
}
