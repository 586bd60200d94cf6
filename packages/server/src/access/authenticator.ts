import { FlagError, limited, wallTime } from '@flagwright/core';
import type { Database } from '../database/database.ts';
import type { Problem } from '../http/problem.ts';
import { keep } from './bounded.ts';
import { type Sender, sentToken, unauthorized } from './credentials.ts';
import type { FailureLimit } from './failure-limit.ts';
import { lastUse } from './last-use.ts';
import { away, type Principal } from './principal.ts';
import { tokenLookup } from './token-lookup.ts';
import { grantOf, type TokenRow } from './token-row.ts';
import { isSecretOf, type SentToken, storedHash } from './token-text.ts';

export interface AuthenticatorOptions {
  /** Bounds what an address may try in vain. Default: nothing does. */
  readonly failures?: FailureLimit | undefined;
  /** How long a token that was read is taken for what it was, in ms, if no hint comes. Default: 5,000. */
  readonly maxAge?: number | undefined;
  /** How long a token that was read goes on to evaluate while the database is away, in ms. Default: 60,000. */
  readonly grace?: number | undefined;
  /** How long the database may take, in ms, before it is away for a token that was read within `grace`. Default: 2,000. */
  readonly patience?: number | undefined;
  /** The same for a token that only evaluates, and for any while it is known that the database is away. Default: 100. */
  readonly brief?: number | undefined;
  /** Tokens that are remembered, and ids that are remembered not to be there, at most. Default: 10,000 of each. */
  readonly most?: number | undefined;
  /** The wall clock, in ms since the epoch, for expiry. Default: the system's. */
  readonly now?: (() => number) | undefined;
  /** A clock in ms that is never set, for ages. Default: `performance.now`. */
  readonly clock?: (() => number) | undefined;
}

/** Tells who sent a request. */
export interface Authenticator {
  /**
   * By its token; `address` is where it came from, if that is known. Throws `Problem`: `UNAUTHORIZED` for what is no
   * token that holds, `RATE_LIMITED` for an address that tried too many of these, `UNAVAILABLE` if the database is away.
   */
  authenticate(request: Sender, address?: string): Promise<Principal>;
  /** Writes when tokens were used last, and ends to listen. */
  close(): Promise<void>;
}

/** A token as it was read. */
interface Known {
  readonly hash: Buffer;
  /** Undefined: of a role that this version does not know. */
  readonly principal: Principal | undefined;
  readonly provisional: Principal | undefined;
  readonly expires: number;
  readonly revoked: boolean;
  readonly readAt: number;
  readonly era: number;
  usedAt: number;
}

/** An id was looked for, and not there. */
type Absent = Pick<Known, 'readAt' | 'era'>;

/** Uses of one token are noted no more often, in ms. */
const NOTED = 60_000;

/**
 * Tells by their tokens who sends requests. Tokens are remembered by their ids, with the hashes of their secrets, so most
 * requests ask no database; a hint drops what is remembered, and so does age.
 */
export function authenticator(database: Database, options: AuthenticatorOptions = {}): Authenticator {
  const { failures, maxAge = 5_000, grace = 60_000, patience = 2_000, brief = 100, most = 10_000 } = options;
  const { now = wallTime, clock = () => performance.now() } = options;
  const known = new Map<string, Known>();
  const absent = new Map<string, Absent>();
  const lookup = tokenLookup(database, clock);
  const uses = lastUse(database);
  // grows with every hint: what was read in an earlier one is read again
  let era = 0;
  const stop = database.listen((topic) => {
    if (topic !== 'tokens') return;
    era++;
    lookup.outdated();
  });

  const fresh = (read: Absent, at: number): boolean => read.era === era && at - read.readAt < maxAge;

  /** The principal of a token that was read, if it was sent whole and holds. */
  function accepted(id: string, one: Known, at: number, provisional = false): Principal {
    if (one.revoked) throw unauthorized('the token was revoked', 'ask for another one', 'invalid_token');
    const wall = now();
    if (wall >= one.expires) throw unauthorized('the token has expired', 'ask for another one', 'invalid_token');
    const who = provisional ? one.provisional : one.principal;
    if (who === undefined) throw unauthorized('the token has a role this server does not know', 'update the server');
    if (at - one.usedAt >= NOTED) {
      one.usedAt = at;
      uses.note(id, wall);
    }
    return who;
  }

  async function lookedUp(id: string): Promise<Known | undefined> {
    const [readAt, eraThen] = [clock(), era];
    const row = await lookup.find(id);
    const usedAt = known.get(id)?.usedAt ?? Number.NEGATIVE_INFINITY;
    if (row === undefined) {
      known.delete(id);
      keep(absent, id, { readAt, era: eraThen }, most);
      return undefined;
    }
    const one = knownOf(row, { readAt, era: eraThen, usedAt });
    absent.delete(id);
    keep(known, id, one, most);
    return one;
  }

  /** A token that must be read first, or again. */
  async function ask(
    { id, secret }: SentToken,
    before: Known | undefined,
    address: string | undefined,
  ): Promise<Principal> {
    const askedAt = clock();
    const kept = before !== undefined && askedAt - before.readAt < grace ? before : undefined;
    // flags must not wait, and other things need to know that the database is away; while it is, one in a while finds out
    const short = kept !== undefined && (kept.principal?.role === 'sdk' || lookup.failing());
    const left = (short ? brief : patience) - lookup.owing();
    let one: Known | undefined;
    try {
      if (left <= 0) throw new FlagError('UNAVAILABLE', 'the database does not answer');
      const asked = lookedUp(id);
      one = await (kept === undefined ? asked : limited(asked, new AbortController(), left));
    } catch (thrown) {
      if (!(thrown instanceof FlagError)) throw thrown;
      const at = clock();
      if (kept === undefined || at - kept.readAt >= grace) throw away(thrown);
      return accepted(id, kept, at, true);
    }
    if (!isSecretOf(secret, one?.hash) || one === undefined) throw unknown(address);
    return accepted(id, one, clock());
  }

  function identify({ headers }: Sender, address: string | undefined): Principal | Promise<Principal> {
    const sent = sentToken(headers);
    const at = clock();
    const one = known.get(sent.id);
    const right = isSecretOf(sent.secret, one?.hash);
    if (one !== undefined && right) return fresh(one, at) ? accepted(sent.id, one, at) : ask(sent, one, address);
    failures?.check(address);
    // the secret of a token never changes
    if (one !== undefined) throw unknown(address);
    const none = absent.get(sent.id);
    if (none !== undefined && fresh(none, at)) throw unknown(address);
    return ask(sent, undefined, address);
  }

  /** Nobody has such a token: somebody guesses, or is mistaken. */
  function unknown(address: string | undefined): Problem {
    failures?.count(address);
    const hint = 'was it sent whole, and to the right server?';
    return unauthorized('the token is not known', hint, 'invalid_token');
  }

  return {
    authenticate(request, address) {
      try {
        return Promise.resolve(identify(request, address));
      } catch (thrown) {
        return Promise.reject(thrown);
      }
    },
    async close() {
      await stop();
      await uses.close();
    },
  };
}

function knownOf(row: TokenRow, read: Pick<Known, 'readAt' | 'era' | 'usedAt'>): Known {
  const grant = grantOf(row);
  const principal = grant === undefined ? undefined : { subject: row.subject, token: row.id, ...grant };
  return {
    ...read,
    hash: storedHash(row.hash),
    principal,
    provisional: principal === undefined ? undefined : { ...principal, provisional: true },
    expires: row.expires_at?.getTime() ?? Number.POSITIVE_INFINITY,
    revoked: row.revoked_at !== null,
  };
}
