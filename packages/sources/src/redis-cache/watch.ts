import { FlagError, type FlagSource, retryDelay, type Unsubscribe } from '@flagwright/core';

/** The hints of a source, while they are wanted. */
export interface Watch {
  /** Asks for hints, unless that is done, under way, or has just failed. */
  start(): void;
  /** Ends them. Does not wait for a subscription that is under way: it ends when it is there. */
  stop(): Promise<void>;
}

interface Subscription {
  stop?: Unsubscribe;
}

/** Not watching yet; `changed` is called back for each hint, and when what came before the first may have been missed. */
export function watchOf(source: FlagSource, changed: () => void): Watch {
  let current: Subscription | undefined;
  let failures = 0;
  let notBefore = 0;

  async function subscribe(mine: Subscription): Promise<void> {
    const lose = (cause: unknown): void => {
      if (current !== mine) return;
      notBefore = performance.now() + retryDelay(++failures, FlagError.from(cause, 'UNAVAILABLE'));
      current = undefined;
      void end(mine);
    };
    try {
      mine.stop = await source.subscribe!({
        changed: () => {
          if (current === mine) changed();
        },
        failed: lose,
      });
      if (current !== mine) return await end(mine);
      failures = 0;
      changed();
    } catch (thrown) {
      lose(thrown);
    }
  }

  return {
    start() {
      if (source.subscribe === undefined || current !== undefined || performance.now() < notBefore) return;
      current = {};
      void subscribe(current);
    },
    async stop() {
      const last = current;
      current = undefined;
      if (last !== undefined) await end(last);
    },
  };
}

async function end(subscription: Subscription): Promise<void> {
  try {
    await subscription.stop?.();
  } catch {
    // it is over either way
  }
}
