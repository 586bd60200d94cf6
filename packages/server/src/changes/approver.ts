import type { Issue } from '@flagwright/core';
import type { Principal } from '../access/principal.ts';
import { findToken, grantOf, type TokenRow } from '../access/token-row.ts';
import type { Sql } from '../database/database.ts';
import { Problem } from '../http/problem.ts';
import type { ChangeRequestSpec } from '../schema/resources.generated.ts';
import { type ChangeRequest, type RequestStatus, timeOf } from './request.ts';

/**
 * Whoever approved a request for its time, as their token is now: what was approved by one that has leaked ends with it.
 * Where no token was asked for, it is what was said then, at the place of the request. Throws `Problem('FORBIDDEN')` for
 * a token that holds no longer.
 */
export async function approverNow(sql: Sql, { project, stage, status }: ChangeRequest): Promise<Principal> {
  const { approvedBy = '', approvedAs = 'viewer', approvedToken } = status;
  if (approvedToken === undefined) {
    return { subject: approvedBy, token: undefined, role: approvedAs, projects: [project], stages: [stage] };
  }
  const row = await findToken(sql, approvedToken);
  const grant = row && grantOf(row);
  const end = endOf(row, await timeOf(sql));
  if (row !== undefined && grant !== undefined && end === undefined) {
    return { subject: row.subject, token: row.id, ...grant };
  }
  const why = end ?? 'is of a role that this server does not know';
  throw new Problem(
    'FORBIDDEN',
    `the token ${approvedToken}, by which ${JSON.stringify(approvedBy)} approved it, ${why}`,
    {
      hint: 'approve it again',
    },
  );
}

/** Whether an approval is by a token that still holds, or by none. */
export async function holdsApproval(sql: Sql, { approvedToken }: RequestStatus, now: Date): Promise<boolean> {
  return approvedToken === undefined || endOf(await findToken(sql, approvedToken), now) === undefined;
}

/** A warning if a token will not hold any more when what it approves is due. */
export async function untilDue(
  sql: Sql,
  { token }: Principal,
  { applyAt }: ChangeRequestSpec,
): Promise<readonly Issue[]> {
  if (token === undefined || applyAt === undefined) return [];
  const expires = (await findToken(sql, token))?.expires_at ?? undefined;
  if (expires === undefined || expires.getTime() > Date.parse(applyAt)) return [];
  const message = `the token that approves this expires at ${expires.toISOString()}, before it is due: it will not be applied`;
  const hint = 'have it approved by a token that holds longer';
  return [{ severity: 'warning', code: 'approval-expires', path: ['spec', 'applyAt'], message, hint }];
}

/** What ended a token; undefined: it holds. */
function endOf(row: TokenRow | undefined, now: Date): string | undefined {
  if (row === undefined) return 'is gone';
  if (row.revoked_at !== null) return 'was revoked';
  return row.expires_at !== null && row.expires_at <= now ? 'has expired' : undefined;
}
