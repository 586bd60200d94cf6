import type { Database } from '../database/database.ts';
import type { Logger } from '../http/log.ts';
import type { Operation } from '../http/operation.ts';
import { dispatcher } from './dispatcher.ts';
import { type FetchLike, fetchPost, nodePost } from './post.ts';
import { TIMES, type WebhookTimes } from './times.ts';
import { webhookOperations } from './webhook-operations.ts';

/** Options of `webhooks`. */
export interface WebhooksOptions {
  readonly log?: Logger | undefined;
  /**
   * Whether receivers may have addresses that are not public: of this machine, of private networks, of links. Whoever may
   * make webhooks can then reach what this server can reach. Default: false.
   */
  readonly allowPrivate?: boolean | undefined;
  /** Sends in place of the server's own connections; what it reaches is for it to decide. */
  readonly fetchLike?: FetchLike | undefined;
  /** In ms. Default: those of `TIMES`. */
  readonly times?: Partial<WebhookTimes> | undefined;
}

/** Signed HTTP calls on what changes, by https://standardwebhooks.com. */
export interface Webhooks {
  readonly operations: readonly Operation[];
  /** Begins to send. */
  start(): void;
  /** Begins nothing more, and ends after what is being sent, which is given up after `patience` ms if that is said. */
  close(patience?: number): Promise<void>;
}

/**
 * The webhooks of a database. Every change is told at least once, in order to each webhook; what was not taken is sent
 * again, later and later, for three days.
 */
export function webhooks(database: Database, options: WebhooksOptions = {}): Webhooks {
  const { log, allowPrivate = false, fetchLike } = options;
  const times = { ...TIMES, ...options.times };
  const post = fetchLike === undefined ? nodePost(allowPrivate) : fetchPost(fetchLike);
  const { start, close } = dispatcher(database, post, times, log);
  const { timeout } = times;
  return { operations: webhookOperations(database, { post, allowPrivate, timeout }), start, close };
}
