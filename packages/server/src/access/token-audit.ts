import type { Transaction } from '../database/database.ts';
import { type Author, type Content, remember } from '../resources/write.ts';
import type { TokenRow } from './token-row.ts';

/** Writes into the history what was done to a token: all that is known of it but its hash, and when it was used. */
export async function auditToken(
  transaction: Transaction,
  action: 'create' | 'update' | 'revoke',
  before: TokenRow | undefined,
  after: TokenRow,
  by: Author,
): Promise<void> {
  const key = { kind: 'Token', project: '', stage: '', id: after.id };
  await remember(transaction, key, before && contentOf(before), contentOf(after), { by, action });
}

function contentOf({ name, subject, role, projects, stages, expires_at, revoked_at }: TokenRow): Content {
  const spec = { name, subject, role, projects, stages, expiresAt: expires_at?.toISOString() ?? null };
  return revoked_at === null ? { spec } : { spec, status: { revokedAt: revoked_at.toISOString() } };
}
