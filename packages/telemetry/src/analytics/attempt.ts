import { FlagError, preview } from '@flagwright/core';

/** How one call of an exporter ended. */
export interface Ending {
  readonly taken: boolean;
  readonly thrown: unknown;
  /** It has not ended: nobody waits for it any more. */
  readonly abandoned: boolean;
}

/** One call of an exporter. */
export interface Attempt {
  /** Resolves when the call has ended or is abandoned, whichever comes first; never rejects. */
  readonly ended: Promise<Ending>;
  /** Aborts the call's signal and waits no longer, whatever the exporter does. */
  abandon(why: FlagError): void;
}

const TAKEN: Ending = { taken: true, thrown: undefined, abandoned: false };

/**
 * Calls an exporter, and abandons the call after `ms`. Whatever it does is an ending: it may throw at once, or return what
 * is no promise, which says nothing of what became of the events and is `INVALID_ARGUMENT`. A call that was abandoned and
 * ends after all is told to `onLate`.
 */
export function attempt(
  call: (signal: AbortSignal) => unknown,
  ms: number,
  onLate?: (taken: boolean) => void,
): Attempt {
  const aborter = new AbortController();
  let end!: (ending: Ending) => void;
  const ended = new Promise<Ending>((resolve) => {
    end = resolve;
  });
  let over = false;
  let abandoned = false;
  const timer = setTimeout(() => abandon(new FlagError('UNAVAILABLE', `no answer within ${ms} ms`)), ms);
  timer.unref();

  function settle(ending: Ending): void {
    if (abandoned) {
      onLate?.(ending.taken);
      return;
    }
    over = true;
    clearTimeout(timer);
    end(ending);
  }

  function abandon(why: FlagError): void {
    if (over || abandoned) return;
    abandoned = true;
    clearTimeout(timer);
    end({ taken: false, thrown: why, abandoned: true });
    try {
      aborter.abort(why);
    } catch {
      // a listener of the signal that throws is told by Node in its own way
    }
  }

  try {
    const returned = call(aborter.signal);
    if (typeof (returned as PromiseLike<unknown> | undefined)?.then !== 'function') {
      throw new FlagError('INVALID_ARGUMENT', `returned ${preview(returned)}; expected a promise`);
    }
    // a promise of someone else's make may throw when it is asked, or answer twice
    new Promise((resolve) => {
      resolve(returned);
    }).then(
      () => settle(TAKEN),
      (thrown: unknown) => settle({ taken: false, thrown, abandoned: false }),
    );
  } catch (thrown) {
    settle({ taken: false, thrown, abandoned: false });
  }
  return { ended, abandon };
}
