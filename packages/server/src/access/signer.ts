import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { FlagError, isRecord } from '@flagwright/core';
import type { Database, Sql } from '../database/database.ts';

/** What a signed text lets its holder do: hear of the changes of one stage of a project, until a time. */
export interface StreamClaims {
  readonly project: string;
  readonly stage: string;
  /** In ms since the epoch. */
  readonly expires: number;
}

/** Signs for those who cannot send headers, as `EventSource` of browsers; any server of the database verifies. */
export interface Signer {
  /** Letters, digits, `.`, `-` and `_`. Throws `FlagError('INVALID_ARGUMENT')` for claims that make no sense. */
  sign(claims: StreamClaims): string;
  /** The claims of what was signed and has not expired at `now`, in ms since the epoch; else undefined. Never throws. */
  verify(text: string, now: number): StreamClaims | undefined;
}

/** Where the key is in `flagwright.settings`. Whoever deletes it ends all that was signed, once the servers are restarted. */
const KEY = 'stream-key';
const KEY_BYTES = 32;

const LONGEST = 1_024;

/** The version, the claims, and their HMAC-SHA256; each in base64url. */
const FORMAT = /^v1\.([\w-]{1,960})\.([\w-]{43})$/;

/** A key of its own for this one use: what is signed for something else is not taken for it. */
const PURPOSE = 'flagwright stream v1\n';

/** Reads the key of a database, or makes it; of several servers that do so at once, all have the same. */
export async function signer(database: Database): Promise<Signer> {
  const key = await keyOf(database);
  const macOf = (body: string): string => createHmac('sha256', key).update(PURPOSE).update(body).digest('base64url');

  return {
    sign({ project, stage, expires }) {
      const body = Buffer.from(JSON.stringify({ project, stage, expires })).toString('base64url');
      const text = `v1.${body}.${macOf(body)}`;
      if (Number.isSafeInteger(expires) && expires > 0 && FORMAT.test(text)) return text;
      const expected = 'expected names that are not too long, and a time in whole ms';
      throw new FlagError('INVALID_ARGUMENT', `this cannot be signed; ${expected}`);
    },
    verify(text, now) {
      const [, body, mac] = (text.length <= LONGEST && FORMAT.exec(text)) || [];
      if (body === undefined || mac === undefined) return undefined;
      // the text and not its bytes: of base64 there are several spellings
      if (!timingSafeEqual(Buffer.from(macOf(body)), Buffer.from(mac))) return undefined;
      const claims: unknown = JSON.parse(Buffer.from(body, 'base64url').toString());
      return isClaims(claims) && claims.expires > now ? claims : undefined;
    },
  };
}

function isClaims(value: unknown): value is StreamClaims & Record<string, unknown> {
  if (!isRecord(value)) return false;
  return typeof value.project === 'string' && typeof value.stage === 'string' && typeof value.expires === 'number';
}

async function keyOf(database: Database): Promise<Buffer> {
  const there = await readKey(database);
  if (there !== undefined) return there;
  return database.write(async (transaction) => {
    await transaction.query(
      'insert into flagwright.settings (name, value) values ($1, $2) on conflict (name) do nothing',
      [KEY, randomBytes(KEY_BYTES).toString('base64url')],
    );
    return (await readKey(transaction))!;
  });
}

async function readKey(sql: Sql): Promise<Buffer | undefined> {
  const [row] = await sql.query<{ readonly value: string }>('select value from flagwright.settings where name = $1', [
    KEY,
  ]);
  if (row === undefined) return undefined;
  const key = Buffer.from(row.value, 'base64url');
  if (key.length === KEY_BYTES) return key;
  const hint = 'Hint: delete the row, and restart the servers, which make another key';
  throw new FlagError('UNAVAILABLE', `the setting ${KEY} of the database is no key of ${KEY_BYTES} bytes. ${hint}`);
}
