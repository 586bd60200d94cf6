import type { Sql } from '../database/database.ts';
import type { Page } from '../query/page.ts';
import type { Grant } from './principal.ts';
import { TOKEN_COLUMNS, type TokenRow } from './token-row.ts';

/** A token as it is shown: all of it but its hash. */
export function shownToken(row: TokenRow): Readonly<Record<string, unknown>> {
  const { id, name, subject, role, projects, stages } = row;
  return {
    id,
    name,
    subject,
    role,
    projects,
    stages,
    createdAt: row.created_at.toISOString(),
    createdBy: row.created_by,
    expiresAt: row.expires_at?.toISOString() ?? null,
    revokedAt: row.revoked_at?.toISOString() ?? null,
    lastUsedAt: row.last_used_at?.toISOString() ?? null,
  };
}

/** A part of the tokens that are within a grant, by their names. */
export async function listTokens(
  sql: Sql,
  { projects, stages }: Grant,
  revoked: boolean,
  { limit, offset }: Page,
): Promise<{ readonly rows: readonly TokenRow[]; readonly total: number }> {
  const within = `(revoked_at is null or $1)
    and ($2::text[] is null or projects <@ $2::text[]) and ($3::text[] is null or stages <@ $3::text[])`;
  const values = [revoked, projects ?? null, stages ?? null];
  const [count] = await sql.query<{ readonly total: number }>(
    `select count(*)::integer as total from flagwright.tokens where ${within}`,
    values,
  );
  const rows = await sql.query<TokenRow>(
    `select ${TOKEN_COLUMNS} from flagwright.tokens where ${within} order by name collate "C" limit $4 offset $5`,
    [...values, limit, offset],
  );
  return { rows, total: count!.total };
}
