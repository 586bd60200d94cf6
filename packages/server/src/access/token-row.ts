import type { Row, Sql } from '../database/database.ts';
import { type Grant, ROLES, type Role } from './principal.ts';

/** A row of `flagwright.tokens`. */
export interface TokenRow extends Row {
  readonly id: string;
  readonly name: string;
  readonly subject: string;
  readonly hash: string;
  readonly role: string;
  readonly projects: readonly string[] | null;
  readonly stages: readonly string[] | null;
  readonly created_at: Date;
  readonly created_by: string;
  readonly expires_at: Date | null;
  readonly revoked_at: Date | null;
  readonly last_used_at: Date | null;
}

/** The columns of a `TokenRow`. */
export const TOKEN_COLUMNS: string =
  'id, name, subject, hash, role, projects, stages, created_at, created_by, expires_at, revoked_at, last_used_at';

/** One token; undefined if there is none. */
export async function findToken(sql: Sql, id: string): Promise<TokenRow | undefined> {
  const [row] = await sql.query<TokenRow>(`select ${TOKEN_COLUMNS} from flagwright.tokens where id = $1`, [id]);
  return row;
}

/** What a token may do; undefined if its role is one of a later version, of which nothing is known. */
export function grantOf({ role, projects, stages }: TokenRow): Grant | undefined {
  if (!isRole(role)) return undefined;
  return { role, projects: projects ?? undefined, stages: stages ?? undefined };
}

function isRole(role: string): role is Role {
  return (ROLES as readonly string[]).includes(role);
}
