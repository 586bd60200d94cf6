import type { Grant } from '../access/principal.ts';
import type { Row, Sql } from '../database/database.ts';
import type { Page } from '../query/page.ts';
import type { Content } from '../resources/write.ts';

/** A row of `flagwright.webhooks`, but for its lease. */
export interface WebhookRow extends Row {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly events: readonly string[];
  /** Null: all. */
  readonly projects: readonly string[] | null;
  readonly stages: readonly string[] | null;
  readonly enabled: boolean;
  readonly secret: string;
  /** The one before the last rotation. */
  readonly previous_secret: string | null;
  readonly previous_until: Date | null;
  readonly version: string;
  readonly created_at: Date;
  readonly created_by: string;
  readonly modified_at: Date;
  readonly modified_by: string;
  readonly cursor: string;
  readonly failures: number;
  readonly failing_since: Date | null;
  readonly next_attempt_at: Date | null;
  readonly last_status: number | null;
  readonly last_error: string | null;
  readonly last_at: Date | null;
}

/** What somebody decides of a webhook. */
export type WebhookSpec = Pick<WebhookRow, 'name' | 'url' | 'events' | 'projects' | 'stages' | 'enabled'>;

const COLUMNS = [
  'id, name, url, events, projects, stages, enabled, secret, previous_secret, previous_until, version, created_at',
  'created_by, modified_at, modified_by, cursor, failures, failing_since, next_attempt_at, last_status, last_error, last_at',
].join(', ');

/** The columns of a `WebhookRow`, of `w` where a statement has more than one table. */
export const WEBHOOK_COLUMNS: string = COLUMNS.replaceAll(/\w+/g, 'w.$&');

/** One webhook; undefined if there is none. */
export async function findWebhook(sql: Sql, id: string): Promise<WebhookRow | undefined> {
  const [row] = await sql.query<WebhookRow>(`select ${WEBHOOK_COLUMNS} from flagwright.webhooks w where w.id = $1`, [
    id,
  ]);
  return row;
}

/** A part of the webhooks that are within a grant, by their names. */
export async function listWebhooks(
  sql: Sql,
  { projects, stages }: Grant,
  { limit, offset }: Page,
): Promise<{ readonly rows: readonly WebhookRow[]; readonly total: number }> {
  const within = `($1::text[] is null or projects <@ $1::text[]) and ($2::text[] is null or stages <@ $2::text[])`;
  const values = [projects ?? null, stages ?? null];
  const [count] = await sql.query<{ readonly total: number }>(
    `select count(*)::integer as total from flagwright.webhooks where ${within}`,
    values,
  );
  const rows = await sql.query<WebhookRow>(
    `select ${WEBHOOK_COLUMNS} from flagwright.webhooks w where ${within} order by name collate "C" limit $3 offset $4`,
    [...values, limit, offset],
  );
  return { rows, total: count!.total };
}

/**
 * A webhook for the history, which is never forgotten and read by others: nothing secret, and of the address only where it
 * is, because for many receivers its path is a secret, too.
 */
export function contentOf({ name, url, events, projects, stages, enabled }: WebhookSpec): Content {
  return { spec: { name, origin: new URL(url).origin, events, projects, stages, enabled } };
}

/** A webhook as it is shown: all of it but its secrets. */
export function shownWebhook(row: WebhookRow): Readonly<Record<string, unknown>> {
  const { id, name, url, events, projects, stages, enabled, version } = row;
  return {
    id,
    name,
    url,
    events,
    projects,
    stages,
    enabled,
    version: String(version),
    createdAt: row.created_at.toISOString(),
    createdBy: row.created_by,
    modifiedAt: row.modified_at.toISOString(),
    modifiedBy: row.modified_by,
    delivery: {
      cursor: String(row.cursor),
      failures: row.failures,
      failingSince: row.failing_since?.toISOString() ?? null,
      nextAttemptAt: row.next_attempt_at?.toISOString() ?? null,
      lastStatus: row.last_status,
      lastError: row.last_error,
      lastAt: row.last_at?.toISOString() ?? null,
    },
  };
}
