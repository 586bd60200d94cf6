import type { FlagSet } from '@flagwright/core';

/** One read of a source. Several may wait for it, and it may go on though nobody does. */
export interface Flight {
  readonly result: Promise<FlagSet>;
  /**
   * The set; undefined if there is none after `ms`, and then the read goes on. Rejects as the read does, or as soon as
   * `signal` is aborted, which ends the read if nobody else waits for it.
   */
  wait(signal: AbortSignal | undefined, ms: number | undefined): Promise<FlagSet | undefined>;
  /** Gives the read up: whoever waits is rejected with the reason, even if the source does not heed its signal. */
  end(reason: unknown): void;
}

/** Starts a read. */
export function flight(read: (signal: AbortSignal) => Promise<FlagSet>): Flight {
  const aborter = new AbortController();
  const { signal: ended } = aborter;
  let waiting = 0;
  const result = new Promise<FlagSet>((resolve, reject) => {
    ended.addEventListener('abort', () => reject(ended.reason), { once: true });
    read(ended).then(resolve, reject);
  });
  // that nobody waits is no reason to end the process
  result.catch(() => undefined);

  return {
    result,
    wait: (signal, ms) =>
      new Promise((resolve, reject) => {
        let timer: NodeJS.Timeout | undefined;
        let left = false;
        const leave = (): void => {
          if (left) return;
          left = true;
          waiting--;
          clearTimeout(timer);
          signal?.removeEventListener('abort', abort);
        };
        const abort = (): void => {
          leave();
          reject(signal!.reason);
          if (waiting === 0) aborter.abort(signal!.reason);
        };
        waiting++;
        signal?.addEventListener('abort', abort);
        if (ms !== undefined) {
          timer = setTimeout(() => {
            leave();
            resolve(undefined);
          }, ms);
          timer.unref();
        }
        result.finally(leave).then(resolve, reject);
      }),
    end: (reason) => aborter.abort(reason),
  };
}
