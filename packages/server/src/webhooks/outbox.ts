import { randomUUID } from 'node:crypto';
import type { Row, Sql } from '../database/database.ts';
import type { Outcome } from './attempt.ts';
import { EVENT_COLUMNS, eventOf, type WebhookEvent } from './event.ts';
import { WEBHOOK_COLUMNS, type WebhookRow } from './webhook-row.ts';

/**
 * The audit is the outbox: its versions ascend in the order of commits, because whoever writes to it holds the one lock of
 * all writers, so who has seen one version has seen all before, and a webhook needs to remember only how far it is.
 *
 * A webhook belongs to whoever has its lease, by the clock of the database. What a holder writes is written only as long
 * as it still is the holder.
 */
export interface Lease {
  readonly webhook: string;
  readonly holder: string;
}

/** Whether a change `a` is to be told to a webhook `w`: the same things that a token for its projects and stages may read. */
const MATCHES = `(
  array['*', a.kind || '.*', '*.' || a.action, a.kind || '.' || a.action] && w.events
  and (w.projects is null or a.project = any(w.projects) or (a.kind = 'Project' and a.id = any(w.projects)))
  and (w.stages is null or case
    when a.kind in ('ProjectStage', 'Stage') then a.id = any(w.stages)
    when a.stage <> '' then a.stage = any(w.stages)
    else a.project <> '' or a.kind = 'Project' end))`;

const FREE = `w.enabled and (w.lease_until is null or w.lease_until <= clock_timestamp())
  and (w.next_attempt_at is null or w.next_attempt_at <= clock_timestamp())`;

/**
 * So many versions are looked through by one statement: one webhook that is far behind, and asks for little, must not
 * keep the database busy for longer than a statement may take.
 */
const WINDOW = 10_000;

/** The version up to which a webhook `w` is looked after; `e` has the newest one. */
const REACH = `least(e.version, w.cursor + ${WINDOW})`;

/** Whether there is anything to be told within that. */
const WAITING = `exists (
  select from flagwright.audit a where a.version > w.cursor and a.version <= ${REACH} and ${MATCHES})`;

const NEWEST = '(select coalesce(max(version), 0) as version from flagwright.audit) e';

/** Whether a webhook has nothing more to look through after that. */
const THROUGH = `(not w.enabled or w.cursor + ${WINDOW} >= e.version)`;

const ms = (value: string): string => `make_interval(secs => ${value}::double precision / 1000)`;

/** Moves those webhooks on that nothing nearby is to be told to. */
export async function passOver(sql: Sql): Promise<void> {
  await sql.query(
    `with passed as (
       select w.id, ${REACH} as version from flagwright.webhooks w, ${NEWEST}
       where ${FREE} and w.cursor < e.version and not ${WAITING}
       for update of w skip locked
     )
     update flagwright.webhooks w set cursor = passed.version from passed where w.id = passed.id`,
  );
}

/** Takes up to `most` webhooks that have something to tell, for `lease` ms; those that were served last come last. */
export async function claim(sql: Sql, most: number, lease: number): Promise<readonly Lease[]> {
  const holder = randomUUID();
  const rows = await sql.query<{ readonly id: string }>(
    `with behind as (
       select w.id from flagwright.webhooks w
       where ${FREE} and w.cursor < (select coalesce(max(version), 0) from flagwright.audit)
       order by w.lease_until nulls first, w.id limit $1 for update of w skip locked
     )
     update flagwright.webhooks w set lease_holder = $2, lease_until = clock_timestamp() + ${ms('$3')}
     from behind where w.id = behind.id returning w.id`,
    [most, holder, lease],
  );
  return rows.map(({ id }) => ({ webhook: id, holder }));
}

/**
 * The webhook as it is now, and what to tell next; undefined if there is nothing nearby, or somebody else has the webhook.
 */
export async function next(
  sql: Sql,
  { webhook, holder }: Lease,
): Promise<{ readonly hook: WebhookRow; readonly event: WebhookEvent; readonly version: string } | undefined> {
  const [row] = await sql.query<WebhookRow>(
    `select ${WEBHOOK_COLUMNS}, to_json(e) as event from flagwright.webhooks w cross join lateral (
       select ${EVENT_COLUMNS} from flagwright.audit a
       where a.version > w.cursor and a.version <= w.cursor + ${WINDOW} and ${MATCHES} order by a.version limit 1
     ) e
     where w.id = $1 and w.lease_holder = $2 and w.enabled`,
    [webhook, holder],
  );
  if (row === undefined) return undefined;
  const event = row.event as Row;
  return { hook: row, event: eventOf({ ...event, at: new Date(event.at as string) }), version: String(event.version) };
}

/**
 * Gives a webhook back, which has told all that there is; false if there is more by now. One that was disabled meanwhile
 * stays where it stopped.
 */
export async function finish(sql: Sql, { webhook, holder }: Lease): Promise<boolean> {
  const [row] = await sql.query<{ readonly more: boolean }>(
    `with moved as (
       update flagwright.webhooks w
       set cursor = case when w.enabled then greatest(w.cursor, ${REACH}) else w.cursor end,
         lease_holder = case when ${THROUGH} then null else w.lease_holder end,
         lease_until = case when ${THROUGH} then clock_timestamp() else w.lease_until end
       from ${NEWEST}
       where w.id = $1 and w.lease_holder = $2 and not (w.enabled and ${WAITING})
       returning w.lease_holder
     )
     select exists (select from flagwright.webhooks where id = $1 and lease_holder = $2)
       and not exists (select from moved where lease_holder is null) as more`,
    [webhook, holder],
  );
  return row?.more !== true;
}

/** Gives a webhook back. */
export async function release(sql: Sql, { webhook, holder }: Lease): Promise<void> {
  await sql.query(
    `update flagwright.webhooks set lease_holder = null, lease_until = clock_timestamp()
     where id = $1 and lease_holder = $2`,
    [webhook, holder],
  );
}

/** An event was taken: the webhook is past it, and the lease begins anew. False if somebody else has the webhook. */
export async function delivered(
  sql: Sql,
  { webhook, holder }: Lease,
  version: string,
  { status }: Outcome,
  lease: number,
): Promise<boolean> {
  const rows = await sql.query(
    `update flagwright.webhooks set
       cursor = greatest(cursor, $3::bigint), failures = 0, failing_since = null, next_attempt_at = null,
       last_status = $4, last_error = null, last_at = clock_timestamp(), lease_until = clock_timestamp() + ${ms('$5')}
     where id = $1 and lease_holder = $2 returning 1`,
    [webhook, holder, version, status, lease],
  );
  return rows.length > 0;
}

/**
 * An event was not taken: the webhook is given back, to be tried again after `delay` ms. Resolves to whether it has failed
 * for `patience` ms; undefined if it was changed meanwhile, so that this says nothing of it any more.
 */
export async function failed(
  sql: Sql,
  { webhook, holder }: Lease,
  { version }: WebhookRow,
  { status, error }: Outcome,
  delay: number,
  patience: number,
): Promise<boolean | undefined> {
  const [row] = await sql.query<{ readonly over: boolean }>(
    `update flagwright.webhooks set
       failures = failures + 1, failing_since = coalesce(failing_since, clock_timestamp()),
       next_attempt_at = clock_timestamp() + ${ms('$4')}, last_status = $5, last_error = $6, last_at = clock_timestamp(),
       lease_holder = null, lease_until = clock_timestamp()
     where id = $1 and lease_holder = $2 and version = $3::bigint
     returning failing_since < clock_timestamp() - ${ms('$7')} as over`,
    [webhook, holder, version, delay, status, error, patience],
  );
  return row?.over;
}
