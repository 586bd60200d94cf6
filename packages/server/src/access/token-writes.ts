import { preview } from '@flagwright/core';
import type { Sql, Transaction } from '../database/database.ts';
import { Problem } from '../http/problem.ts';
import type { Author } from '../resources/write.ts';
import type { Grant } from './principal.ts';
import { auditToken } from './token-audit.ts';
import { findToken, TOKEN_COLUMNS, type TokenRow } from './token-row.ts';
import { type MadeToken, makeToken } from './token-text.ts';

/** A token to be made. */
export interface NewToken extends Grant {
  readonly name: string;
  /** The person or program the history names. Default: the name. */
  readonly subject?: string | undefined;
  /** In ms since the epoch. Default: never. */
  readonly expires?: number | undefined;
}

/** A token that was made, and the only time its text is there. */
export interface IssuedToken {
  readonly row: TokenRow;
  readonly text: string;
}

/** What may be changed of a token; null: it never expires. */
export interface TokenChange {
  readonly name?: string | undefined;
  readonly expires?: number | null | undefined;
}

/**
 * Makes a token. Whether somebody may do so is for the caller to check. Throws `Problem`: `INVALID_SPEC` for an `sdk`
 * token that is not for one stage of one project, or for the subject of the server, `ALREADY_EXISTS` for a name that is taken.
 */
export async function issueToken(
  transaction: Transaction,
  wanted: NewToken,
  by: Author,
  made: MadeToken = makeToken(),
): Promise<IssuedToken> {
  const { name, subject = name, role, projects, stages, expires } = wanted;
  checkScope(wanted);
  checkSubject(subject);
  await checkName(transaction, name);
  const [row] = await transaction.query<TokenRow>(
    `insert into flagwright.tokens (id, name, subject, hash, role, projects, stages, created_at, created_by, expires_at)
     values ($1, $2, $3, $4, $5, $6::text[], $7::text[], clock_timestamp(), $8, $9::timestamptz)
     returning ${TOKEN_COLUMNS}`,
    [made.id, name, subject, made.hash, role, projects ?? null, stages ?? null, by.subject, timeOf(expires)],
  );
  await auditToken(transaction, 'create', undefined, row!, by);
  transaction.hint('tokens');
  return { row: row!, text: made.text };
}

/**
 * Renames a token, or changes when it expires; what is the same already is not written. Throws `Problem`:
 * `ALREADY_EXISTS` for a name that is taken, `CONFLICT` for the expiry of a token that was revoked.
 */
export async function changeToken(
  transaction: Transaction,
  before: TokenRow,
  { name = before.name, expires = before.expires_at?.getTime() ?? null }: TokenChange,
  by: Author,
): Promise<TokenRow> {
  const sameExpiry = expires === (before.expires_at?.getTime() ?? null);
  if (name === before.name && sameExpiry) return before;
  if (!sameExpiry && before.revoked_at !== null) {
    throw new Problem('CONFLICT', `the token ${before.id} was revoked, so it cannot expire`, {
      hint: 'create another one',
    });
  }
  if (name !== before.name) await checkName(transaction, name);
  const [after] = await transaction.query<TokenRow>(
    `update flagwright.tokens set name = $2, expires_at = $3::timestamptz where id = $1 returning ${TOKEN_COLUMNS}`,
    [before.id, name, timeOf(expires)],
  );
  await auditToken(transaction, 'update', before, after!, by);
  transaction.hint('tokens');
  return after!;
}

/**
 * Revokes a token for good; one that was revoked stays as it is. `now` is in ms since the epoch. Throws
 * `Problem('IN_USE')` for the last token by which somebody could still administer the whole server.
 */
export async function revokeToken(transaction: Transaction, before: TokenRow, by: Author, now: number): Promise<void> {
  if (before.revoked_at !== null) return;
  if (isMaster(before, now) && !(await hasOtherMaster(transaction, before.id, now))) {
    throw new Problem('IN_USE', `the token ${before.id} is the last one that may administer the whole server`, {
      hint: 'create another one with the role admin and for all projects and stages, then revoke this one by it',
    });
  }
  const [after] = await transaction.query<TokenRow>(
    `update flagwright.tokens set revoked_at = clock_timestamp() where id = $1 returning ${TOKEN_COLUMNS}`,
    [before.id],
  );
  await auditToken(transaction, 'revoke', before, after!, by);
  transaction.hint('tokens');
}

/** Throws `Problem('NOT_FOUND')` if there is no such token. */
export async function existingToken(sql: Sql, id: string): Promise<TokenRow> {
  const row = await findToken(sql, id);
  if (row !== undefined) return row;
  const hint = 'the id of a token is what stands between fwt_ and the next _';
  throw new Problem('NOT_FOUND', `there is no token with the id ${preview(id)}`, { hint });
}

/** Applications read one stage: what they can do with a token that leaks must be as little as that. */
function checkScope({ role, projects, stages }: NewToken): void {
  if (role !== 'sdk' || (projects?.length === 1 && stages?.length === 1)) return;
  const message = 'a token with the role sdk is for one stage of one project; expected projects and stages of one item';
  throw new Problem('INVALID_SPEC', message, { hint: 'make a token for each, or one with the role viewer' });
}

/** What the server does by itself is told under this name. */
const SERVER = 'flagwright';

/** Throws `Problem('INVALID_SPEC')` for a subject that the history could not tell from the server itself. */
function checkSubject(subject: string): void {
  if (subject.normalize('NFKC').toLowerCase() !== SERVER) return;
  throw new Problem('INVALID_SPEC', `the subject ${preview(subject)} is the server itself; expected another one`, {
    hint: 'without a subject, it is the name of the token',
  });
}

/** Names are one for all, also where the token that has it is none that whoever asks may see: so it is not told which. */
async function checkName(transaction: Transaction, name: string): Promise<void> {
  const [taken] = await transaction.query('select 1 from flagwright.tokens where name = $1', [name]);
  if (taken === undefined) return;
  throw new Problem('ALREADY_EXISTS', `a token, which may be a revoked one, has the name ${preview(name)} already`, {
    hint: 'take another name, or rename that token',
  });
}

function isMaster({ role, projects, stages, expires_at }: TokenRow, now: number): boolean {
  const holds = expires_at === null || expires_at.getTime() > now;
  return role === 'admin' && projects === null && stages === null && holds;
}

async function hasOtherMaster(transaction: Transaction, id: string, now: number): Promise<boolean> {
  const others = await transaction.query(
    `select 1 from flagwright.tokens
     where id <> $1 and role = 'admin' and projects is null and stages is null and revoked_at is null
       and (expires_at is null or expires_at > $2::timestamptz)
     limit 1`,
    [id, timeOf(now)],
  );
  return others.length > 0;
}

function timeOf(ms: number | null | undefined): string | null {
  return ms === null || ms === undefined ? null : new Date(ms).toISOString();
}
