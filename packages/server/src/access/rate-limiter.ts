import { Problem } from '../http/problem.ts';
import { buckets, type Rate } from './buckets.ts';
import type { Principal } from './principal.ts';

export interface RateLimiterOptions extends Rate {
  /** The budget for changes, which has nothing to do with that for reads and evaluations. Default: the same numbers. */
  readonly writes?: Rate | undefined;
  /** Tokens whose budgets are remembered, at most. Default: 10,000. */
  readonly most?: number | undefined;
  /** A clock in ms that is never set. Default: `performance.now`. */
  readonly clock?: (() => number) | undefined;
}

/** Bounds how often each token may ask this server. */
export interface RateLimiter {
  /** Counts a request, or one that is worth so many. Throws `Problem('RATE_LIMITED')` with `Retry-After` if there were too many. */
  take(who: Principal, use: 'read' | 'write', worth?: number): void;
}

/**
 * Each token has a budget for reads and evaluations, and one for changes; those who need no token have one by their
 * subject. Each server counts for itself. Throws `FlagError('INVALID_ARGUMENT')` for rates that make no sense.
 */
export function rateLimiter(options: RateLimiterOptions): RateLimiter {
  const { most = 10_000, clock = () => performance.now() } = options;
  const { perSecond, burst, writes = { perSecond, burst } } = options;
  const uses = {
    read: { what: 'reads', rate: options, budget: buckets('the limit of reads', options, clock, most) },
    write: { what: 'changes', rate: writes, budget: buckets('the limit of changes', writes, clock, most) },
  };
  return {
    take({ token, subject }, use, worth) {
      const { what, rate, budget } = uses[use];
      // no id of a token has a blank
      const wait = budget.take(token ?? `subject ${subject}`, worth);
      if (wait > 0) throw limited(`there were too many ${what} with this token`, wait, rate);
    },
  };
}

/** A refusal for `wait` ms. */
export function limited(why: string, wait: number, { perSecond, burst }: Rate): Problem {
  const seconds = String(Math.ceil(wait / 1_000));
  return new Problem('RATE_LIMITED', `${why}; expected at most ${perSecond} per second, and ${burst} at once`, {
    hint: `try again in ${seconds} s`,
    headers: {
      'retry-after': seconds,
      'ratelimit-limit': String(burst),
      'ratelimit-remaining': '0',
      'ratelimit-reset': seconds,
    },
  });
}
