import { FlagError, type FlagSet, type FlagSource, share, type Unsubscribe } from '@flagwright/core';
import { type Copy, changesOf } from './copy.ts';
import { changedFields } from './difference.ts';

/** What keeps the copy like its origin, while this process holds the lease. */
export interface Keeper {
  /** Whether this process is the one to ask the origin, from now on for a while. */
  leads(): Promise<boolean>;
  /** Asks the origin, and writes what changed; one at a time. Throws what the origin threw, once that is noted. */
  refresh(): Promise<void>;
  /** From now on sees to it that somebody leads, and that the leader hears the hints of the origin. */
  keep(): void;
  close(): Promise<void>;
}

/** Times of a keeper, in ms. */
export interface KeeperTimes {
  /** How old the copy may get. */
  readonly maxAge: number;
  /** How long the origin may take. */
  readonly patience: number;
}

/** What was last written: the origin's set, and the revision that the copy of it has. */
interface Written {
  readonly origin: FlagSet;
  readonly revision: string;
}

export function keeperOf(copy: Copy, source: FlagSource, { maxAge, patience }: KeeperTimes): Keeper {
  const period = Math.max(1, Math.floor(maxAge / 2));
  let written: Written | undefined;
  let refreshing: Promise<void> | undefined;
  let again = false;
  let timer: NodeJS.Timeout | undefined;
  let unwatch: Promise<Unsubscribe | undefined> | undefined;
  let leading = false;
  let closed = false;

  const leads = async (): Promise<boolean> => {
    leading = !closed && (await copy.lease(3 * period));
    return leading;
  };

  async function ask(): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS && !closed; attempt++) {
      // first what the copy is, then what it should be: whoever writes between the two makes us begin anew
      const there = await copy.read(written && { document: written.origin.document, revision: written.revision });
      const base = there !== undefined && written?.revision === there.revision ? written : undefined;
      const next = share(base?.origin, await fromOrigin(base?.origin));
      const changes = base === undefined ? changesOf(there, next) : changedFields(base.origin.document, next.document);
      const revision = await copy.write(changes, there?.revision);
      if (revision === undefined) continue;
      written = { origin: next, revision };
      if (next.stale === undefined) await copy.answered();
      else await copy.away(FlagError.from(next.stale.cause, 'UNAVAILABLE'), next.stale.since);
      return;
    }
  }

  async function fromOrigin(previous: FlagSet | undefined): Promise<FlagSet> {
    try {
      return await source.read(previous, AbortSignal.timeout(patience));
    } catch (thrown) {
      const error = FlagError.from(thrown, 'UNAVAILABLE');
      await copy.away(error);
      throw error;
    }
  }

  /** Once more if somebody asked meanwhile: what changed then may not have been seen. */
  const refresh = (): Promise<void> => {
    if (refreshing !== undefined) {
      again = true;
      return refreshing;
    }
    refreshing = (async () => {
      do {
        again = false;
        await ask();
      } while (again && !closed);
    })().finally(() => {
      refreshing = undefined;
    });
    return refreshing;
  };

  const quietly = (promise: Promise<unknown>): void => {
    // whoever reads finds out by himself
    promise.catch(() => undefined);
  };

  function watch(): void {
    if (source.subscribe === undefined || unwatch !== undefined) return;
    const lost = (): void => {
      if (unwatch !== mine) return;
      unwatch = undefined;
      quietly(mine.then((stop) => stop?.()));
    };
    const mine: Promise<Unsubscribe | undefined> = (async () => {
      try {
        return await source.subscribe!({ changed: () => quietly(refresh()), failed: lost });
      } catch {
        return undefined;
      }
    })();
    unwatch = mine;
    quietly(
      mine.then((stop) => {
        if (stop === undefined) lost();
        else quietly(refresh());
      }),
    );
  }

  async function stopWatching(): Promise<void> {
    const stop = unwatch;
    unwatch = undefined;
    await (await stop)?.();
  }

  async function tick(): Promise<void> {
    try {
      if (!(await leads())) return await stopWatching();
      watch();
      const { age = Number.POSITIVE_INFINITY, stale } = await copy.look();
      if (age + period > maxAge || stale !== undefined) await refresh();
    } catch {
      // Redis or the origin is away, which readers see
    } finally {
      if (!closed) {
        timer = setTimeout(() => void tick(), period);
        timer.unref();
      }
    }
  }

  return {
    leads,
    refresh,
    keep() {
      if (timer !== undefined || closed) return;
      timer = setTimeout(() => void tick(), 0);
      timer.unref();
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      await stopWatching().catch(() => undefined);
      if (leading) await copy.returnLease().catch(() => undefined);
    },
  };
}

/** Others may write meanwhile, if a lease ran out; that this happens as often as this in a row is out of the question. */
const ATTEMPTS = 5;
