import type { PGlite } from '@electric-sql/pglite';
import type { Pool } from './driver.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { type VirtualClient, virtualClient } from './pglite-client.ts';

/** A pool over the one connection that there is. */
export interface PglitePool extends Pool {
  /** Hands out no more; resolves when all that were handed out were given back, and the PGlite is closed. */
  end(): Promise<void>;
  /** Takes back all that were handed out. */
  cutOff(): void;
}

/** How long after it could not be opened it is not tried again, in ms. */
const PAUSE = 1_000;

/** A PGlite that is open, and who uses it. */
interface Live {
  readonly db: PGlite;
  readonly enter: () => Promise<() => void>;
  readonly clients: Set<VirtualClient>;
}

/**
 * The only connection of a PGlite, as a pool of node-postgres: each client is a turn on it. One that has begun a
 * transaction keeps the connection until the transaction is over, or the client is given back, which undoes it; the others
 * wait, in the order in which they ask. A client hears what it listens for, by a statement of its own, and waits for its
 * turn only to say so. Settings of a session, and its locks, are those of all clients.
 *
 * A PGlite that ends itself, as on a full disk, is opened again for the next client. `open` is `openPglite`, or the like.
 */
export function pglitePool(open: () => Promise<PGlite>): PglitePool {
  let live: Promise<Live> | undefined;
  let refused: { readonly error: unknown; readonly at: number } | undefined;
  let ended = false;
  let settle: (() => void) | undefined;
  const all = new Set<VirtualClient>();

  const start = async (): Promise<Live> => {
    try {
      const db = await open();
      const clients = new Set<VirtualClient>();
      db.onNotification((channel, payload) => {
        for (const client of [...clients]) client.hear(channel, payload);
      });
      return { db, enter: oneAtATime(), clients };
    } catch (error) {
      refused = { error, at: performance.now() };
      live = undefined;
      throw error;
    }
  };
  const current = (): Promise<Live> => {
    if (live !== undefined) return live;
    if (refused !== undefined && performance.now() - refused.at < PAUSE) throw refused.error;
    live = start();
    return live;
  };
  const check = (): void => {
    if (ended) throw new Error('the embedded database is closed');
  };
  return {
    async connect() {
      check();
      const own = current();
      const { db, enter, clients } = await own;
      check();
      const client = virtualClient(db, enter, {
        listenFor: (channel) => [...clients].some((one) => one.listensFor(channel)),
        left(one) {
          clients.delete(one);
          all.delete(one);
          if (ended && all.size === 0) settle?.();
        },
        stopped(cause) {
          if (live !== own) return;
          live = undefined;
          // its files can be closed, which it cannot do itself any more
          void db.fs?.closeFs().catch(() => undefined);
          for (const one of [...clients]) one.stop(cause);
        },
      });
      clients.add(client);
      all.add(client);
      return client;
    },
    async end() {
      ended = true;
      await new Promise<void>((resolve) => {
        settle = resolve;
        if (all.size === 0) resolve();
      });
      const last = await live?.catch(() => undefined);
      await last?.db.close();
    },
    cutOff() {
      for (const client of [...all]) client.release(true);
    },
  };
}
