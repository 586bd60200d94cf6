import { randomBytes } from 'node:crypto';
import { jsonEqual, preview } from '@flagwright/core';
import type { Transaction } from '../database/database.ts';
import { Problem } from '../http/problem.ts';
import { type Change, remember } from '../resources/write.ts';
import { makeSecret } from './secret.ts';
import { contentOf, findWebhook, WEBHOOK_COLUMNS, type WebhookRow, type WebhookSpec } from './webhook-row.ts';

/** Each takes a part of every write, so there are not more. */
const MOST = 1_000;

/** How long the secret before a rotation signs too: so long a receiver may take to learn the new one. */
const OVERLAP = '24 hours';

type By = Pick<Change, 'by' | 'comment'>;

/**
 * Makes a webhook, which is told all that is changed from now on. Whether somebody may do so is for the caller to check.
 * Throws `Problem`: `ALREADY_EXISTS` for a name that is taken, `CONFLICT` if there are too many.
 */
export async function createWebhook(transaction: Transaction, spec: WebhookSpec, by: By): Promise<WebhookRow> {
  const [count] = await transaction.query<{ readonly count: number }>(
    'select count(*)::integer as count from flagwright.webhooks',
  );
  if (count!.count >= MOST) {
    throw new Problem('CONFLICT', `there are ${MOST} webhooks, and more are not served`, { hint: 'delete some first' });
  }
  await checkName(transaction, spec.name);
  const id = `wh_${randomBytes(8).toString('hex')}`;
  const version = await record(transaction, id, undefined, spec, { ...by, action: 'create' });
  const [row] = await transaction.query<WebhookRow>(
    `insert into flagwright.webhooks as w
       (id, name, url, events, projects, stages, enabled, secret, version, created_at, created_by, modified_at,
        modified_by, cursor)
     select $1, $2, $3, $4::text[], $5::text[], $6::text[], $7, $8, version, at, actor, at, actor, version
     from flagwright.audit where version = $9::bigint
     returning ${WEBHOOK_COLUMNS}`,
    [id, spec.name, spec.url, spec.events, spec.projects, spec.stages, spec.enabled, makeSecret(), version],
  );
  return row!;
}

/**
 * Changes a webhook; what is the same already is not written. One that has another address, or is enabled again, is tried
 * at once, and goes on where it stopped; with `skip`, at the present. Throws `Problem('ALREADY_EXISTS')`.
 */
export async function changeWebhook(
  transaction: Transaction,
  before: WebhookRow,
  spec: WebhookSpec,
  by: By,
  skip = false,
): Promise<WebhookRow> {
  const { name, url, events, projects, stages, enabled } = before;
  const same = jsonEqual({ ...spec }, { name, url, events, projects, stages, enabled });
  if (same && !skip) return before;
  if (spec.name !== before.name) await checkName(transaction, spec.name);
  const details = { ...(spec.url === before.url ? {} : { url: 'changed' }), ...(skip ? { skipMissed: true } : {}) };
  const change = { ...by, action: 'update', ...(Object.keys(details).length === 0 ? {} : { details }) };
  const version = await record(transaction, before.id, before, spec, change);
  const anew = skip || spec.url !== url || spec.enabled !== enabled;
  const [row] = await transaction.query<WebhookRow>(
    `update flagwright.webhooks as w set
       name = $2, url = $3, events = $4::text[], projects = $5::text[], stages = $6::text[], enabled = $7,
       version = a.version, modified_at = a.at, modified_by = a.actor, cursor = case when $9 then a.version else w.cursor end,
       failures = case when $10 then 0 else w.failures end,
       failing_since = case when $10 then null else w.failing_since end,
       next_attempt_at = case when $10 then null else w.next_attempt_at end
     from flagwright.audit a where w.id = $1 and a.version = $8::bigint
     returning ${WEBHOOK_COLUMNS}`,
    [before.id, spec.name, spec.url, spec.events, spec.projects, spec.stages, spec.enabled, version, skip, anew],
  );
  return row!;
}

/** Gives a webhook another secret; for a day the one before signs, too. */
export async function rotateSecret(transaction: Transaction, before: WebhookRow, by: By): Promise<WebhookRow> {
  const version = await record(transaction, before.id, before, before, { ...by, action: 'rotate-secret' });
  const [row] = await transaction.query<WebhookRow>(
    `update flagwright.webhooks as w set
       secret = $2, previous_secret = w.secret, previous_until = a.at + interval '${OVERLAP}',
       version = a.version, modified_at = a.at, modified_by = a.actor
     from flagwright.audit a where w.id = $1 and a.version = $3::bigint
     returning ${WEBHOOK_COLUMNS}`,
    [before.id, makeSecret(), version],
  );
  return row!;
}

/** Takes a webhook away, with what is known of its deliveries. */
export async function deleteWebhook(transaction: Transaction, before: WebhookRow, by: By): Promise<void> {
  await record(transaction, before.id, before, undefined, { ...by, action: 'delete' });
  await transaction.query('delete from flagwright.webhooks where id = $1', [before.id]);
}

/**
 * Disables a webhook whose receiver is gone, by the server itself; false if it was changed since it was looked at as
 * `seen`.
 */
export async function disableWebhook(transaction: Transaction, seen: WebhookRow, reason: string): Promise<boolean> {
  const before = await findWebhook(transaction, seen.id);
  if (before === undefined || !before.enabled || before.version !== seen.version) return false;
  const by = { subject: 'flagwright', token: undefined, request: 'webhooks' };
  const change = { by, action: 'disable', comment: reason };
  const version = await record(transaction, before.id, before, { ...before, enabled: false }, change);
  await transaction.query(
    `update flagwright.webhooks w set enabled = false, version = a.version, modified_at = a.at, modified_by = a.actor
     from flagwright.audit a where w.id = $1 and a.version = $2::bigint`,
    [before.id, version],
  );
  return true;
}

/** Names are one for all, also where the webhook that has it is none that whoever asks may see: so it is not told which. */
async function checkName(transaction: Transaction, name: string): Promise<void> {
  const [taken] = await transaction.query('select 1 from flagwright.webhooks where name = $1', [name]);
  if (taken === undefined) return;
  throw new Problem('ALREADY_EXISTS', `a webhook has the name ${preview(name)} already`, {
    hint: 'take another name',
  });
}

async function record(
  transaction: Transaction,
  id: string,
  before: WebhookSpec | undefined,
  after: WebhookSpec | undefined,
  change: Change,
): Promise<string> {
  const key = { kind: 'Webhook', project: '', stage: '', id };
  const version = await remember(transaction, key, before && contentOf(before), after && contentOf(after), change);
  transaction.hint('resources');
  return version;
}
