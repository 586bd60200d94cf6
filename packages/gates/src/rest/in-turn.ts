import { FlagError, limited } from '@flagwright/core';

/** Runs a task when all earlier ones of its key are over. */
export type InTurn = <T>(key: string, task: () => Promise<T>) => Promise<T>;

/**
 * A queue for each key. Throws `FlagError('UNAVAILABLE')` for a task whose turn has not come within `ms`: it is not run
 * then, and those behind it go on.
 */
export function inTurn(ms: number): InTurn {
  const last = new Map<string, Promise<unknown>>();
  return (key, task) => {
    const earlier = last.get(key) ?? Promise.resolve();
    const result = limited(earlier, new AbortController(), ms).catch(tooLong).then(task);
    const end = Promise.allSettled([earlier, result]).then(() => {
      if (last.get(key) === end) last.delete(key);
    });
    last.set(key, end);
    return result;
  };
}

function tooLong(): never {
  const message = 'others are changing this gate, and nothing was done. Hint: try again';
  throw new FlagError('UNAVAILABLE', message, { retryAfter: 1_000 });
}
