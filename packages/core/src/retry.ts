import type { FlagError, FlagErrorCode } from './error.ts';

/** Bounds, in ms, of the wait before an attempt is repeated, and how much of it is not left to chance. */
interface Patience {
  readonly first: number;
  readonly most: number;
  readonly sure: 0 | 0.5;
}

const USUAL: Patience = { first: 250, most: 30_000, sure: 0 };

/**
 * A refused connection is tried at least every second; refused credentials, and what cannot be done, slowly but for ever:
 * half of that wait is sure, so that chance makes neither a hurry of it nor a long row of refusals out of a short one.
 */
const BY_CODE: Readonly<Partial<Record<FlagErrorCode, Patience>>> = {
  UNAVAILABLE: { first: 100, most: 1_000, sure: 0 },
  NOT_FOUND: { first: 100, most: 1_000, sure: 0 },
  UNAUTHORIZED: { first: 5_000, most: 300_000, sure: 0.5 },
  UNSUPPORTED: { first: 60_000, most: 300_000, sure: 0.5 },
};

/** Whether a backend that failed so is to be left alone until it is time, whatever is hinted meanwhile. */
export function asksForPatience({ code, retryAfter }: FlagError): boolean {
  return code === 'UNAUTHORIZED' || retryAfter !== undefined;
}

/** A backend that asks for more time than this, in ms, is asked again all the same. */
const MOST_ASKED_FOR = 300_000;

/**
 * How long to wait, in ms, after the given number of failures in a row: exponential back-off with full jitter (M.
 * Brooker, "Exponential Backoff and Jitter", 2015), or half of it for what is tried slowly, so that a thousand processes
 * do not come back together; on top of what the backend asked for, if it did.
 */
export function retryDelay(failures: number, error: FlagError, random: () => number = Math.random): number {
  const { first, most, sure } = BY_CODE[error.code] ?? USUAL;
  const asked = Math.min(error.retryAfter ?? 0, MOST_ASKED_FOR);
  const longest = Math.min(most, first * 2 ** Math.min(failures - 1, 20));
  return asked + Math.ceil((sure + (1 - sure) * random()) * longest);
}
