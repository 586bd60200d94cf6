import type { Database } from '../database/database.ts';
import type { Logger } from '../http/log.ts';
import { attempt, type Outcome } from './attempt.ts';
import { remembered } from './deliveries.ts';
import type { WebhookEvent } from './event.ts';
import { delivered, failed, finish, type Lease, next, release } from './outbox.ts';
import type { Post } from './post.ts';
import { backOff, type WebhookTimes } from './times.ts';
import type { WebhookRow } from './webhook-row.ts';
import { disableWebhook } from './webhook-writes.ts';

/** What a delivery needs. */
export interface Delivering {
  readonly database: Database;
  readonly post: Post;
  readonly times: WebhookTimes;
  readonly log?: Logger | undefined;
  /** Whether to take no further event. */
  ended(): boolean;
  /** What is being sent is given up, and is sent again by whoever comes next. */
  readonly cut: AbortSignal;
}

/**
 * Sends what a webhook has to tell, one event after the other, until there is no more, its turn is over, or one was not
 * taken; resolves to when to try again, in ms, if that is known. Throws what the database throws: the lease runs out then.
 */
export async function deliver(delivering: Delivering, lease: Lease, grantedAt: number): Promise<number | undefined> {
  const { database, post, times, cut } = delivering;
  const started = performance.now();
  let granted = grantedAt;
  while (!delivering.ended()) {
    const now = performance.now();
    // a server that came to a halt meanwhile must not send what another one sends by now
    if (now - started > times.turn || now - granted > times.lease / 2) break;
    const found = await next(database, lease);
    if (found === undefined) {
      if (await finish(database, lease)) return undefined;
      continue;
    }
    const { hook, event, version } = found;
    const outcome = await attempt(post, hook, event, times.timeout, cut);
    if (!outcome.delivered && cut.aborted) break;
    if (!outcome.delivered) return notTaken(delivering, lease, hook, event, outcome);
    granted = performance.now();
    const held = await delivered(database, lease, version, outcome, times.lease);
    await remembered(database, hook.id, event, outcome, hook.failures + 1);
    if (!held) return undefined;
  }
  await release(database, lease);
  return undefined;
}

async function notTaken(
  { database, times, log }: Delivering,
  lease: Lease,
  hook: WebhookRow,
  event: WebhookEvent,
  outcome: Outcome,
): Promise<number | undefined> {
  const failures = hook.failures + 1;
  const gone = outcome.status === 410;
  // whoever wants no more is not asked again while the webhook is being disabled
  const delay = gone ? times.longest : backOff(times, failures, outcome.retryAfter);
  await remembered(database, hook.id, event, outcome, failures);
  const over = await failed(database, lease, hook, outcome, delay, times.patience);
  if (over === undefined) {
    await release(database, lease);
    return undefined;
  }
  const why = outcome.error ?? '';
  if (!gone && !over) {
    const level = failures === 1 ? 'warn' : 'debug';
    log?.({ level, message: `webhook ${hook.id} failed, and is tried again in ${Math.ceil(delay / 1_000)} s: ${why}` });
    return delay;
  }
  const reason = gone
    ? why
    : `nothing was taken for ${Math.round(times.patience / 3_600_000)} hours; the last time: ${why}`;
  const done = await database.write((transaction) => disableWebhook(transaction, hook, reason));
  if (done) log?.({ level: 'error', message: `webhook ${hook.id} was disabled: ${reason}` });
  return undefined;
}
