import { FlagError } from '@flagwright/core';
import type { Limits } from './driver.ts';

/** The promise, given up after `timeout` with `UNAVAILABLE`, or when a signal is aborted, with its reason. */
export function limited<T>(promise: Promise<T>, { timeout, signal, closed }: Limits, what: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      settle(() => reject(new FlagError('UNAVAILABLE', `${what} within ${timeout} ms`)));
    }, timeout);
    timer.unref();
    const abort = (): void => settle(() => reject((signal?.aborted === true ? signal : closed!).reason));
    const settle = (how: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      closed?.removeEventListener('abort', abort);
      how();
    };
    // first of all: what is given up already may still fail, and nobody else would catch it
    promise.then(
      (value) => settle(() => resolve(value)),
      (error: unknown) => settle(() => reject(error)),
    );
    if (signal?.aborted === true || closed?.aborted === true) return abort();
    signal?.addEventListener('abort', abort);
    closed?.addEventListener('abort', abort);
  });
}
