import type { FlagErrorCode } from './error.ts';

/** Bounds, in ms, of the wait before an attempt is repeated. */
interface Patience {
  readonly first: number;
  readonly most: number;
}

const USUAL: Patience = { first: 250, most: 30_000 };

/** A refused connection is tried at least every second; refused credentials slowly, but for ever. */
const BY_CODE: Readonly<Partial<Record<FlagErrorCode, Patience>>> = {
  UNAVAILABLE: { first: 100, most: 1_000 },
  NOT_FOUND: { first: 100, most: 1_000 },
  UNAUTHORIZED: { first: 5_000, most: 300_000 },
};

/**
 * How long to wait, in ms, after the given number of failures in a row: exponential back-off with full jitter (M.
 * Brooker, "Exponential Backoff and Jitter", 2015), so that a thousand processes do not come back together.
 */
export function retryDelay(failures: number, code: FlagErrorCode, random: () => number = Math.random): number {
  const { first, most } = BY_CODE[code] ?? USUAL;
  return Math.ceil(random() * Math.min(most, first * 2 ** Math.min(failures - 1, 20)));
}
