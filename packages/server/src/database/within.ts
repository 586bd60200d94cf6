import { FlagError } from '@flagwright/core';

/** The promise, given up after `ms` with `UNAVAILABLE`; `what` says what did not happen. */
export function within<T>(promise: Promise<T>, ms: number, what: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new FlagError('UNAVAILABLE', `${what} within ${Math.ceil(ms)} ms`)), ms);
    timer.unref();
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
