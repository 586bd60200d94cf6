import { FlagError } from './error.ts';
import { retryDelay } from './retry.ts';
import type { FlagSource, Unsubscribe } from './source.ts';
import { warnNoHints } from './warning.ts';

/** The subscription of a follower, which is taken up again whenever it is lost. */
export interface Hints {
  /** Whether hints are coming. */
  readonly subscribed: boolean;
  /** Why none are coming. */
  readonly error: FlagError | undefined;
  /** How often a subscription that was armed was lost. */
  readonly losses: number;
  /** Subscribes; resolves when armed, or when that has failed for now. */
  arm(): Promise<void>;
  close(): Promise<void>;
}

/** Options of `hintsOf`. */
export interface HintsOptions {
  /** Told when something may have changed: at a hint, at a loss, and when there was no subscription for a while. */
  readonly look: () => void;
  /** How often is read without hints, in ms; for a warning. */
  readonly refreshInterval: number;
  readonly random: () => number;
}

/** A subscription that ends sooner, in ms, has not shown that the next would last. */
const SETTLED = 5_000;

/** What takes, or lasts, no longer than this, in ms, has come to nothing: an attempt, or a subscription. */
const SOON = 250;

/** The loss of one that came to nothing is no reason to look again sooner than this, in ms. */
const AGAIN = 2_000;

/** The hints of a source; none are asked for before `arm`. */
export function hintsOf(source: FlagSource, { look, refreshInterval, random }: HintsOptions): Hints {
  let stop: Unsubscribe | undefined;
  let armedAt = 0;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let error: FlagError | undefined;
  let losses = 0;
  /** Subscriptions that did not last, and attempts that failed, in a row. */
  let inARow = 0;
  /** Whether a subscription was lost and nobody has looked since. */
  let unseen = false;
  let warned = false;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  /** Attempts again after a back-off. */
  function later(why: FlagError): void {
    error = why;
    timer = setTimeout(() => void again(), retryDelay(++inARow, why, random));
    timer.unref();
  }

  async function again(): Promise<void> {
    const overdue = unseen;
    unseen = false;
    // an attempt may take long
    const soon = overdue ? setTimeout(look, SOON) : undefined;
    soon?.unref();
    await arm();
    clearTimeout(soon);
    // what changed while there was no subscription was not hinted at
    if (stop !== undefined || overdue) look();
  }

  function lose(why: FlagError): void {
    losses++;
    const lasted = performance.now() - armedAt;
    if (lasted > Math.max(SETTLED, retryDelay(inARow + 1, why, random))) inARow = 0;
    void disarm();
    later(why);
    // find out at once whether the source is away; where subscriptions end as they begin, at the pace of the attempts
    unseen = lasted < SOON && performance.now() - lookedAt < AGAIN;
    if (unseen) return;
    lookedAt = performance.now();
    look();
  }

  /** The source may be away, or may just give no hints: it is looked at after 2, 4, 8 … attempts in vain. */
  function miss(why: FlagError): void {
    later(why);
    if (why.code !== 'UNSUPPORTED') {
      if (inARow > 1 && Math.log2(inARow) % 1 === 0) look();
    } else if (!warned) {
      warned = true;
      warnNoHints(source.name, why, refreshInterval);
    }
  }

  async function arm(): Promise<void> {
    if (source.subscribe === undefined) return;
    let [armed, over] = [false, false];
    const fail = (cause: unknown): void => {
      if (over || closed) return;
      over = true;
      const why = FlagError.from(cause, 'UNAVAILABLE');
      if (armed) lose(why);
      else miss(why);
    };
    try {
      const given = await source.subscribe({
        changed: () => {
          if (!over && !closed) look();
        },
        failed: fail,
      });
      if (over || closed) await given();
      else {
        stop = given;
        armed = true;
        armedAt = performance.now();
        error = undefined;
        warned = false;
      }
    } catch (thrown) {
      fail(thrown);
    }
  }

  async function disarm(): Promise<void> {
    const given = stop;
    stop = undefined;
    try {
      await given?.();
    } catch {
      // the subscription is over either way
    }
  }

  return {
    get subscribed() {
      return stop !== undefined;
    },
    get error() {
      return error;
    },
    get losses() {
      return losses;
    },
    arm,
    close() {
      closed = true;
      clearTimeout(timer);
      return disarm();
    },
  };
}
