import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from './api-error.ts';
import { isNoAnswer, type NoAnswer } from './no-answer.ts';

/** How often something is tried again, and who is told. */
export interface Patience {
  /** How often a request is sent again, at most. */
  readonly retries: number;
  /** Told before each pause, which is in ms. */
  readonly waiting: ((ms: number, why: ApiError | NoAnswer) => void) | undefined;
  /** From when it is aborted nothing is sent again, and a pause ends. */
  readonly stop?: AbortSignal | undefined;
}

/** All pauses of a request together; what asks for longer ones is left to whoever asked. In ms. */
const MOST = 300_000;

/** The first pause of our own accord, and the longest, in ms; half of each is left to chance. */
const OWN = { first: 500, most: 8_000 };

/**
 * Does something, and again while it fails in a way that may pass: what only reads after any answer of a server that is
 * busy or gone, and after a lost connection; what writes only where nothing was done, after 429, whoever answers so, and where
 * the server itself says so. Pauses grow, and are no shorter than `Retry-After`; together they take at most 300 s. Throws
 * what was thrown at last.
 */
export async function patiently<T>(
  reads: boolean,
  { retries, waiting, stop }: Patience,
  attempt: () => Promise<T>,
): Promise<T> {
  const isStopped = (): boolean => stop?.aborted === true;
  let waited = 0;
  for (let failures = 1; ; failures++) {
    try {
      return await attempt();
    } catch (thrown) {
      if (failures > retries || isStopped() || !mayPass(thrown, reads)) throw thrown;
      const pause = pauseAfter(failures, thrown);
      waited += pause;
      if (waited > MOST) throw thrown;
      waiting?.(pause, thrown);
      await sleep(pause, undefined, { signal: stop }).catch(() => undefined);
      if (isStopped()) throw thrown;
    }
  }
}

/** Without an address that holds, or the means to read it, an answer is not to be had by waiting. */
function mayPass(thrown: unknown, reads: boolean): thrown is ApiError | NoAnswer {
  if (isNoAnswer(thrown)) return reads && thrown.silence === 'lost';
  if (!(thrown instanceof ApiError)) return false;
  const { status, code } = thrown;
  // whoever says that there are too many has done nothing with this one
  if (status === 429 || code === 'RATE_LIMITED' || code === 'UNAVAILABLE') return true;
  return reads && (status === 500 || (status >= 502 && status <= 504));
}

function pauseAfter(failures: number, thrown: ApiError | NoAnswer): number {
  const longest = Math.min(OWN.most, OWN.first * 2 ** (failures - 1));
  const own = Math.ceil(((1 + Math.random()) / 2) * longest);
  const asked = thrown instanceof ApiError ? thrown.members.retryAfter : undefined;
  // on top of it, so that those who were told the same do not come back together
  return own + (typeof asked === 'number' ? asked : 0);
}
