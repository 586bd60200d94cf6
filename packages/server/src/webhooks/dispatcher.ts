import { FlagError, retryDelay, type Unsubscribe } from '@flagwright/core';
import type { Database } from '../database/database.ts';
import { type Logger, loggedError } from '../http/log.ts';
import { deliver } from './deliver.ts';
import { claim, type Lease, passOver } from './outbox.ts';
import type { Post } from './post.ts';
import type { WebhookTimes } from './times.ts';

/** So many webhooks are served at once. */
const MOST = 32;

/** Tells webhooks what has changed. */
export interface Dispatcher {
  /** Begins; does nothing the second time. */
  start(): void;
  /**
   * Takes no further event, and waits for those that are being sent, for `patience` ms (default: as long as each may take),
   * and for their outcome to be written.
   */
  close(patience?: number): Promise<void>;
}

/**
 * Looks for what is to be told when the database hints at a change, when a webhook is to be tried again, and now and then.
 * Each webhook is served by itself, so one whose receiver is slow holds up no other; every server of a database may run
 * one, and a webhook is served by whoever has its lease.
 */
export function dispatcher(database: Database, post: Post, times: WebhookTimes, log?: Logger): Dispatcher {
  const serving = new Set<Promise<void>>();
  let looking: Promise<void> | undefined;
  let again = false;
  let started = false;
  let closed = false;
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;
  let due = Number.POSITIVE_INFINITY;
  let stop: Unsubscribe | undefined;

  const cutting = new AbortController();
  const delivering = { database, post, times, log, ended: () => closed, cut: cutting.signal };

  /** Looks again in `ms`, or before, if that is planned already. */
  function plan(ms: number): void {
    const at = performance.now() + ms;
    if (closed || at >= due) return;
    clearTimeout(timer);
    due = at;
    timer = setTimeout(() => {
      due = Number.POSITIVE_INFINITY;
      look();
    }, ms);
    timer.unref();
  }

  function look(): void {
    if (closed) return;
    again = true;
    looking ??= all().finally(() => {
      looking = undefined;
    });
  }

  async function all(): Promise<void> {
    try {
      while (again && !closed) {
        again = false;
        await passOver(database);
        const free = MOST - serving.size;
        const now = performance.now();
        const leases = free > 0 ? await claim(database, free, times.lease) : [];
        for (const lease of leases) serve(lease, now);
      }
      failures = 0;
      plan(times.poll);
    } catch (thrown) {
      failures++;
      plan(times.poll + retryDelay(failures, FlagError.from(thrown)));
      // the first time only: whoever runs it is told that the database is away by all of it
      const level = failures === 1 ? 'warn' : 'debug';
      log?.({ level, message: 'webhooks wait for the database', error: loggedError(thrown) });
    }
  }

  function serve(lease: Lease, grantedAt: number): void {
    const one = deliver(delivering, lease, grantedAt)
      .then(
        (delay) => delay !== undefined && plan(delay),
        (thrown: unknown) => {
          const message = `webhook ${lease.webhook} waits until its lease has run out`;
          log?.({ level: 'warn', message, error: loggedError(thrown) });
        },
      )
      .then(() => {
        serving.delete(one);
        look();
      });
    serving.add(one);
  }

  return {
    start() {
      if (started || closed) return;
      started = true;
      stop = database.listen(look);
      look();
    },
    async close(patience) {
      closed = true;
      clearTimeout(timer);
      const cut = patience === undefined ? undefined : setTimeout(() => cutting.abort(), patience).unref();
      await stop?.();
      await looking;
      await Promise.all(serving);
      clearTimeout(cut);
    },
  };
}
