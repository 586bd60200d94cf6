import { FlagError } from './error.ts';

/** A promise settled from outside. */
export interface Latch<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

export function latch<T>(): Latch<T> {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

/** Whether the promise is done before `ms` have passed and before the signal is aborted. */
export function before(promise: Promise<unknown>, ms: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (inTime: boolean): void => {
      clearTimeout(timer);
      resolve(inTime);
    };
    const timer = setTimeout(end, ms, false);
    timer.unref();
    signal.addEventListener('abort', () => end(false), { once: true });
    void promise.then(() => end(true));
  });
}

/** The longest delay a timer can hold; a longer one would fire at once. */
const MAX_DELAY = 0x7fffffff;

/** Refuses a duration, in ms, that no timer can hold. */
export function checkDuration(name: string, value: number): void {
  if (typeof value === 'number' && value >= 1 && value <= MAX_DELAY) return;
  throw new FlagError('INVALID_ARGUMENT', `${name} is ${value}; expected milliseconds from 1 to ${MAX_DELAY}`);
}

/** The promise, given up after `ms`, or as soon as `aborter` is aborted, even if the source does not heed its signal. */
export function limited<T>(promise: Promise<T>, aborter: AbortController, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => aborter.abort(new FlagError('UNAVAILABLE', `no answer within ${ms} ms`)), ms);
    timer.unref();
    const done = (): void => clearTimeout(timer);
    aborter.signal.addEventListener(
      'abort',
      () => {
        done();
        reject(aborter.signal.reason);
      },
      { once: true },
    );
    promise.then(resolve, reject).finally(done);
  });
}
