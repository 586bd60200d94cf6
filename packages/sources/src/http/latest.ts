import type { FlagSet, FlagSource } from '@flagwright/core';
import { FlagError } from '@flagwright/core';

/**
 * Reads of one source for many who ask: at most one at a time, and whoever asks meanwhile shares the next, for the one
 * under way may have begun before the change that made them ask. A read that takes longer than `timeout`, in ms, is
 * aborted and has failed.
 */
export function latest(source: FlagSource, timeout: number): () => Promise<FlagSet> {
  let last: FlagSet | undefined;
  let running: Promise<unknown> | undefined;
  let next: Promise<FlagSet> | undefined;

  function begin(): Promise<FlagSet> {
    next = undefined;
    const reading = within(timeout, (signal) => source.read(last, signal)).then((set) => {
      last = set;
      return set;
    });
    running = reading;
    const over = (): void => {
      if (running === reading) running = undefined;
    };
    reading.then(over, over);
    return reading;
  }

  return () => {
    if (running === undefined) return begin();
    next ??= running.then(begin, begin);
    return next;
  };
}

function within<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const aborter = new AbortController();
    const timer = setTimeout(() => {
      const late = new FlagError('UNAVAILABLE', `the flags could not be read within ${ms} ms`);
      aborter.abort(late);
      reject(late);
    }, ms);
    timer.unref();
    Promise.resolve(work(aborter.signal))
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
}
