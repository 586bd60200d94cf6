import { instantOf, preview, wallTime } from '@flagwright/core';
import type { Database, Sql } from '../database/database.ts';
import type { Call, Operation } from '../http/operation.ts';
import { Problem } from '../http/problem.ts';
import { pageOf } from '../query/page.ts';
import type { Author } from '../resources/write.ts';
import { BASE } from '../schema/definitions.ts';
import { unauthorized } from './credentials.ts';
import { covers, demand, type Grant, type Principal, type Role, verbsOf } from './principal.ts';
import { checkEnd, checkNewEnd } from './token-end.ts';
import { findToken, grantOf, type TokenRow } from './token-row.ts';
import { ISSUED_TOKEN, NEW_TOKEN, TOKEN, TOKEN_CHANGE, TOKEN_LIST, WHO } from './token-schemas.ts';
import { listTokens, shownToken } from './token-view.ts';
import { changeToken, existingToken, issueToken, revokeToken } from './token-writes.ts';

export interface TokenOperationsOptions {
  /** The wall clock, in ms since the epoch. Default: the system's. */
  readonly now?: (() => number) | undefined;
}

/** A body of the shape of `NEW_TOKEN`. */
interface NewTokenBody {
  readonly name: string;
  readonly subject?: string;
  readonly role: Role;
  readonly projects?: readonly string[] | null;
  readonly stages?: readonly string[] | null;
  readonly expiresAt?: string | null;
}

/** A body of the shape of `TOKEN_CHANGE`. */
type TokenChangeBody = Partial<Pick<NewTokenBody, 'name' | 'expiresAt'>>;

const TAG = 'Tokens';
const WHOSE = 'For tokens with the role admin; of those for some projects or stages, only what is within these.';

/**
 * What can be done with tokens. Nobody gives, or takes from others, what they do not have themselves; and as those who
 * change tokens are looked up again in the transaction, a token that was just revoked cannot make itself another one.
 */
export function tokenOperations(database: Database, options: TokenOperationsOptions = {}): readonly Operation[] {
  const { now = wallTime } = options;

  const list: Operation = {
    id: 'listTokens',
    method: 'GET',
    path: `${BASE}/tokens`,
    tag: TAG,
    summary: 'Lists tokens',
    description: WHOSE,
    access: 'own',
    query: {
      includeRevoked: {
        description: 'Whether tokens that were revoked are listed too. Default: false.',
        schema: { type: 'boolean' },
      },
      page: { description: 'Which page, from 1.', schema: { type: 'integer' } },
      pageSize: { description: 'How many at most, up to 1,000. Default: 100.', schema: { type: 'integer' } },
    },
    answers: { 200: { description: 'A page of tokens, by their names.', schema: TOKEN_LIST } },
    async handle({ who, query }) {
      demandAdmin(who);
      const page = pageOf({ page: numberOf(query.page), pageSize: numberOf(query.pageSize) });
      const { rows, total } = await database.read((sql) => listTokens(sql, who, query.includeRevoked === true, page));
      const items = rows.map(shownToken);
      return { body: { items, totalCount: total, page: page.page, pageSize: page.pageSize } };
    },
  };

  const read: Operation = {
    id: 'getToken',
    method: 'GET',
    path: `${BASE}/tokens/{token}`,
    tag: TAG,
    summary: 'Reads a token, without anything secret',
    description: WHOSE,
    access: 'own',
    answers: { 200: { description: 'The token.', schema: TOKEN } },
    async handle({ who, params }) {
      demandAdmin(who);
      return { body: shownToken(await tokenWithin(database, who, params.token!)) };
    },
  };

  const create: Operation = {
    id: 'createToken',
    method: 'POST',
    path: `${BASE}/tokens`,
    tag: TAG,
    summary: 'Makes a token, whose text is shown this once',
    description: `${WHOSE} Whoever lost the answer revokes the token, and makes another one by another name.`,
    access: 'own',
    body: NEW_TOKEN,
    answers: { 201: { description: 'The token, with its text.', schema: ISSUED_TOKEN } },
    async handle(call) {
      const { who } = call;
      demandAdmin(who);
      // of the shape of the schema, which the router has checked
      const body = call.body as NewTokenBody;
      const grant = { role: body.role, projects: scopeOf(body.projects), stages: scopeOf(body.stages) };
      if (!covers(who, grant)) throw beyond('make', grant);
      const expires = expiryOf(body.expiresAt, now()) ?? undefined;
      const name = body.name.normalize('NFC');
      const subject = body.subject?.normalize('NFC');
      const { row, text } = await database.write(async (transaction) => {
        checkEnd(await recheck(transaction, who, now()), expires ?? null);
        return issueToken(transaction, { ...grant, name, subject, expires }, authorOf(call));
      });
      const location = `${BASE}/tokens/${row.id}`;
      return { status: 201, body: { ...shownToken(row), token: text }, headers: { location } };
    },
  };

  const change: Operation = {
    id: 'changeToken',
    method: 'PATCH',
    path: `${BASE}/tokens/{token}`,
    tag: TAG,
    summary: 'Renames a token, or changes when it expires',
    description: `${WHOSE} What it may do cannot be changed, and one that has expired or was revoked does not hold again: make another one.`,
    access: 'own',
    body: TOKEN_CHANGE,
    answers: { 200: { description: 'The token.', schema: TOKEN } },
    async handle(call) {
      const { who, params } = call;
      demandAdmin(who);
      // of the shape of the schema, which the router has checked
      const { name, expiresAt } = call.body as TokenChangeBody;
      const wanted = { name: name?.normalize('NFC'), expires: expiryOf(expiresAt, now()) };
      const row = await database.write(async (transaction) => {
        const end = await recheck(transaction, who, now());
        const before = await tokenWithin(transaction, who, params.token!);
        checkNewEnd(end, before, wanted.expires, now());
        return changeToken(transaction, before, wanted, authorOf(call));
      });
      return { body: shownToken(row) };
    },
  };

  const revoke: Operation = {
    id: 'revokeToken',
    method: 'DELETE',
    path: `${BASE}/tokens/{token}`,
    tag: TAG,
    summary: 'Revokes a token for good',
    description: `${WHOSE} It stays in the list of revoked ones; to revoke it again does nothing.`,
    access: 'own',
    answers: { 204: { description: 'It holds no longer.' } },
    async handle(call) {
      const { who, params } = call;
      demandAdmin(who);
      await database.write(async (transaction) => {
        await recheck(transaction, who, now());
        const before = await tokenWithin(transaction, who, params.token!);
        await revokeToken(transaction, before, authorOf(call), now());
      });
      return { status: 204 };
    },
  };

  const whoAmI: Operation = {
    id: 'whoAmI',
    method: 'GET',
    path: `${BASE}/whoami`,
    tag: TAG,
    summary: 'Tells who asks, and what they may do',
    access: 'own',
    answers: { 200: { description: 'Who asks.', schema: WHO } },
    async handle({ who }) {
      const { subject, role, projects = null, stages = null } = who;
      const row = who.token === undefined ? undefined : await findToken(database, who.token);
      const token = row === undefined ? null : shownToken(row);
      return { body: { subject, role, projects, stages, may: verbsOf(role), token } };
    },
  };

  return [list, read, create, change, revoke, whoAmI];
}

/** Whoever is not for the whole server administers at a place they are for. */
function demandAdmin(who: Principal): void {
  demand(who, 'administer', { project: who.projects?.[0], stage: who.stages?.[0] });
}

/**
 * When whoever asks ceases to be known, in ms since the epoch; null: never. Memory may be a few seconds old; what changes
 * tokens must not be. Throws `Problem('UNAUTHORIZED')`.
 */
async function recheck(sql: Sql, { token }: Principal, now: number): Promise<number | null> {
  if (token === undefined) return null;
  const row = await findToken(sql, token);
  const expires = row?.expires_at?.getTime() ?? null;
  if (row !== undefined && row.revoked_at === null && (expires === null || expires > now)) return expires;
  throw unauthorized('the token holds no longer', 'ask for another one', 'invalid_token');
}

/** A token that somebody may deal with. */
async function tokenWithin(sql: Sql, who: Principal, id: string): Promise<TokenRow> {
  const row = await existingToken(sql, id);
  const grant = grantOf(row);
  // a role of a later version may be more than everything
  if (grant !== undefined && covers(who, grant)) return row;
  throw beyond('deal with', { role: row.role, projects: row.projects ?? undefined, stages: row.stages ?? undefined });
}

function beyond(what: string, { role, projects, stages }: Omit<Grant, 'role'> & { readonly role: string }): Problem {
  const scope = (kind: string, ids: readonly string[] | undefined): string =>
    ids === undefined ? `all ${kind}` : `${kind} ${preview(ids)}`;
  const which = `${preview(role)} for ${scope('projects', projects)} and ${scope('stages', stages)}`;
  return new Problem('FORBIDDEN', `this token may not ${what} a token that may do more than itself: ${which}`, {
    hint: 'name projects and stages that this token is for, or ask somebody who may do more',
  });
}

function authorOf({ who, requestId }: Call): Author {
  return { subject: who.subject, token: who.token, request: requestId };
}

function scopeOf(ids: readonly string[] | null | undefined): readonly string[] | undefined {
  return ids === null || ids === undefined ? undefined : [...new Set(ids)].sort();
}

/** In ms since the epoch; null and undefined stay what they are. */
function expiryOf(text: string | null | undefined, now: number): number | null | undefined {
  if (text === null || text === undefined) return text;
  const at = instantOf(text);
  if (at === undefined) {
    const expected = 'expected an RFC 3339 date and time, as 2026-01-31T12:00:00Z';
    throw new Problem('INVALID_SPEC', `expiresAt is ${preview(text)}; ${expected}`);
  }
  if (at > now) return at;
  throw new Problem('INVALID_SPEC', `expiresAt is ${preview(text)}, which is over; expected a time to come`, {
    hint: 'DELETE revokes a token at once',
  });
}

function numberOf(value: string | number | boolean | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
