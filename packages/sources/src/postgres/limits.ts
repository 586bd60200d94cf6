import { FlagError } from '@flagwright/core';
import type { Limits } from './driver.ts';

/** The promise, given up after `timeout` with `UNAVAILABLE`, or when the signal is aborted, with its reason. */
export function limited<T>(promise: Promise<T>, { timeout, signal }: Limits, what: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => settle(() => reject(signal!.reason));
    const timer = setTimeout(() => {
      settle(() => reject(new FlagError('UNAVAILABLE', `${what} within ${timeout} ms`)));
    }, timeout);
    timer.unref();
    const settle = (how: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      how();
    };
    if (signal?.aborted === true) return abort();
    signal?.addEventListener('abort', abort, { once: true });
    promise.then(
      (value) => settle(() => resolve(value)),
      (error: unknown) => settle(() => reject(error)),
    );
  });
}
