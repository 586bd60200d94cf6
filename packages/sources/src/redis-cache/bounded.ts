/**
 * What `run` resolves to, given a signal that is aborted with the first of `signals`, with the same reason: that is also
 * what this rejects with then, at once, whether `run` heeds its signal or not.
 */
export function bounded<T>(
  signals: readonly (AbortSignal | undefined)[],
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const aborter = new AbortController();
  const stops: (() => void)[] = [];
  return new Promise<T>((resolve, reject) => {
    for (const signal of signals) {
      const abort = (): void => {
        reject(signal!.reason);
        aborter.abort(signal!.reason);
      };
      if (signal?.aborted === true) return abort();
      signal?.addEventListener('abort', abort);
      stops.push(() => signal?.removeEventListener('abort', abort));
    }
    run(aborter.signal).then(resolve, reject);
  }).finally(() => {
    for (const stop of stops) stop();
  });
}

/** Waits so many ms; rejects with the reason of the signal if it is aborted before. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const waiting = bounded(
    [signal],
    () =>
      new Promise<void>((resolve) => {
        timer = setTimeout(resolve, ms);
      }),
  );
  return waiting.finally(() => clearTimeout(timer));
}
