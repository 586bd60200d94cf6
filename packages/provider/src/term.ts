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
  /** Takes that back, if the resolver is not being stopped yet: false if it is. */
  recall(): boolean;
}

export function termOf(resolver: Resolver): Term {
  let owed = 0;
  /** Ends the waiting: true to stop the resolver, false to keep it. */
  let release: ((stop: boolean) => void) | undefined;
  let retired: Promise<void> | undefined;
  const pay = (): void => {
    owed--;
    if (owed === 0) release?.(true);
  };

  /** Resolves once nothing is owed, or `ms` have passed; to false if it was taken back. No timer keeps the process. */
  function drained(ms: number): Promise<boolean> {
    if (owed === 0 || ms === 0) return Promise.resolve(true);
    return new Promise((resolve) => {
      const timer = setTimeout(() => release?.(true), ms);
      timer.unref();
      release = (stop) => {
        release = undefined;
        clearTimeout(timer);
        resolve(stop);
      };
    });
  }

  async function retireIn(ms: number): Promise<void> {
    if (!(await drained(ms))) return;
    try {
      await inTime((async () => resolver.stop?.())());
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
      if (ms === 0) release?.(true);
      return retired;
    },
    recall() {
      if (release === undefined) return false;
      retired = undefined;
      release(false);
      return true;
    },
  };
}

/** How long a resolver may take to stop, in ms, before it is left to itself. */
const STOP_WITHIN = 10_000;

/** The promise, given up after a time; whoever waits for it may be all that keeps the process, so the timer does, too. */
function inTime(stopped: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it has not stopped within ${STOP_WITHIN} ms`)), STOP_WITHIN);
  });
  return Promise.race([stopped, late]).finally(() => clearTimeout(timer));
}
