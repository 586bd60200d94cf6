import type { FlagError, Resolver } from '@flagwright/core';
import { warnThrown } from '@flagwright/core';

/** The time in which one resolver answers: what it said of itself, and what it still owes. */
export interface Term {
  readonly resolver: Resolver;
  /** What it said last, and why. */
  state: 'good' | 'stale' | 'error';
  cause: FlagError | undefined;
  /** Counts an answer that is yet to come. */
  owe(answer: Promise<unknown>): void;
  /** Stops the resolver, once it owes nothing or `ms` have passed; another call may only make it sooner. Never rejects. */
  retire(ms: number): Promise<void>;
}

export function termOf(resolver: Resolver): Term {
  let owed = 0;
  /** Ends the waiting. */
  let release = (): void => undefined;
  let retired: Promise<void> | undefined;
  const pay = (): void => {
    owed--;
    if (owed === 0) release();
  };

  async function retireIn(ms: number): Promise<void> {
    if (owed > 0 && ms > 0) {
      await new Promise<void>((resolve) => {
        // it keeps no process alive
        const timer = setTimeout(resolve, ms);
        timer.unref();
        release = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    try {
      await resolver.stop?.();
    } catch (thrown) {
      warnThrown(`stopping ${resolver.name}`, thrown);
    }
  }

  return {
    resolver,
    state: 'good',
    cause: undefined,
    owe(answer) {
      owed++;
      answer.then(pay, pay);
    },
    retire(ms) {
      retired ??= retireIn(ms);
      if (ms === 0) release();
      return retired;
    },
  };
}
