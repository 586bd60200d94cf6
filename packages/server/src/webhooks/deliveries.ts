import type { Row, Sql } from '../database/database.ts';
import type { Outcome } from './attempt.ts';
import type { WebhookEvent } from './event.ts';

/** So many are kept of each webhook. */
const KEPT = 100;

/** Remembers that an event was sent; of a webhook that is gone, nothing is. `attempt` counts from 1; 0 is a test. */
export async function remembered(
  sql: Sql,
  webhook: string,
  { id, type }: WebhookEvent,
  { status, error, ms }: Outcome,
  attempt: number,
): Promise<void> {
  await sql.query(
    `insert into flagwright.webhook_deliveries (webhook, event, type, at, attempt, status, error, ms)
     select id, $2, $3, clock_timestamp(), $4, $5, $6, $7 from flagwright.webhooks where id = $1 for key share`,
    [webhook, id, type, attempt, status, error, ms],
  );
  await sql.query(
    `delete from flagwright.webhook_deliveries where id in (
       select id from flagwright.webhook_deliveries where webhook = $1 and id <= (
         select id from flagwright.webhook_deliveries where webhook = $1 order by id desc offset ${KEPT} limit 1)
       for update skip locked)`,
    [webhook],
  );
}

/** What was sent to a webhook, the last first. */
export async function listDeliveries(sql: Sql, webhook: string): Promise<readonly object[]> {
  const rows = await sql.query(
    `select id, event, type, at, attempt, status, error, ms from flagwright.webhook_deliveries
     where webhook = $1 order by id desc limit ${KEPT}`,
    [webhook],
  );
  return rows.map(shownDelivery);
}

function shownDelivery({ id, event, type, at, attempt, status, error, ms }: Row): object {
  return { id: String(id), event, type, at: (at as Date).toISOString(), attempt, status, error, ms };
}
