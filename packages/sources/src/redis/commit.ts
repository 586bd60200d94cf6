import { randomBytes } from 'node:crypto';
import { type Edit, FlagError, preview } from '@flagwright/core';
import { nameOf } from '../documents.ts';
import { checkedEdits } from '../edits.ts';
import { fieldOf, strangeReply, textOf } from './fields.ts';
import { ask, type Link } from './link.ts';
import { foreign } from './read.ts';
import { CLOCK, COMMIT, run } from './scripts.ts';
import type { RedisSet } from './set.ts';

/** Redis takes a million arguments at most, and an edit is three. */
const MOST_EDITS = 300_000;

/** An edit as Redis sees it: texts, and `null` where there is no field. */
export interface FieldEdit {
  readonly field: string;
  /** What the field must be; undefined: whatever it is. */
  readonly was: string | null | undefined;
  readonly next: string | null;
  /** How messages name it. Default: the field. */
  readonly title?: string;
}

/** The longest argument that Redis takes, in bytes; more than that in all is not sent. */
const MOST_BYTES = 512 * 2 ** 20;

/** Terms of a commit. */
export interface CommitTerms {
  /** Who may write a managed set, and takes one that is not. */
  readonly manager?: string | undefined;
  /** How long an answer may take, in ms; after twice that it does not happen any more. */
  readonly timeout: number;
  /** Whoever commits has seen the set: if it is gone, the edits were not meant for an empty one. Default: false. */
  readonly known?: boolean;
  /** A hash in the same slot, and what its field `fence` must be. Default: none. */
  readonly fence?: { readonly key: string; readonly value: string };
}

/** Makes all edits of a store, or none; as `writeFields`. */
export async function commitTo(link: Link, set: RedisSet, edits: readonly Edit[], terms: CommitTerms): Promise<string> {
  const fields = checkedEdits(edits).map((edit): FieldEdit => {
    const { kind, key, was, next } = edit;
    return {
      field: fieldOf(edit),
      was: was === undefined || was === null ? was : textOf(kind, was),
      next: next === null ? null : textOf(kind, next),
      title: nameOf(kind, key),
    };
  });
  return writeFields(link, set, fields, terms);
}

/**
 * Makes all edits or none; resolves to the new revision, or to the present one if they change nothing. Throws
 * `FlagError`: `INVALID_ARGUMENT`, `TOO_LARGE`, `CONFLICT` (of a fence too), `NOT_FOUND` if the set is gone, `MANAGED`,
 * `UNAVAILABLE`, `UNAUTHORIZED`, `UNSUPPORTED`, and `UNKNOWN` if the answer was lost.
 */
export async function writeFields(
  link: Link,
  set: RedisSet,
  edits: readonly FieldEdit[],
  { manager = '', timeout, known = false, fence }: CommitTerms,
): Promise<string> {
  checkSize(edits);
  const { entries, changes, channel } = set.keys;
  const nonce = randomBytes(8).toString('hex');
  // A driver may send again, long after, what was never answered, and a network may keep what it has. The limit is in the
  // server's own time, because clocks differ.
  const now = Number(await ask(link, (client) => run(client, CLOCK, [entries], []), { timeout }));
  const args = [nonce, manager, String(now + 2 * timeout), channel, known ? '1' : '', fence?.value ?? ''];
  for (const { field, was, next } of edits) args.push(field, was === null ? '-' : (was ?? ''), next ?? '');
  const request = { timeout, write: true };
  const keys = [entries, changes, ...(fence === undefined ? [] : [fence.key])];
  const reply = await ask(link, (client) => run(client, COMMIT, keys, args), request);
  const [outcome, detail] = Array.isArray(reply) ? (reply as readonly unknown[]) : [];
  switch (outcome) {
    case 'ok':
      return String(detail);
    case 'conflict': {
      const { title, field } = edits[Number(detail)]!;
      throw new FlagError('CONFLICT', `${title ?? field} is not what it was. Hint: read, and decide again`);
    }
    case 'managed':
      throw new FlagError('MANAGED', `${set.title} is managed by ${preview(detail)}. Hint: change its flags there`);
    case 'late':
      throw new FlagError('UNAVAILABLE', `the commit reached Redis only after ${2 * timeout} ms, and was not made`);
    case 'foreign':
      throw foreign(set);
    case 'gone':
      throw gone(set);
    case 'fenced':
      throw new FlagError('CONFLICT', `somebody else writes ${set.title} by now`);
    default:
      throw strangeReply(reply);
  }
}

function gone({ title }: RedisSet): FlagError {
  return new FlagError(
    'NOT_FOUND',
    `${title} is gone from Redis, so an edit of it cannot be made. Hint: restore it, or make an empty one by commit([])`,
  );
}

/** Refuses what Redis would end the connection for. */
function checkSize(edits: readonly FieldEdit[]): void {
  if (edits.length > MOST_EDITS) {
    throw new FlagError('TOO_LARGE', `${edits.length} edits in one commit; expected ${MOST_EDITS} at most`);
  }
  let bytes = 0;
  for (const { field, was, next } of edits) {
    for (const text of [field, was, next]) bytes += Buffer.byteLength(text ?? '');
  }
  if (bytes < MOST_BYTES) return;
  throw new FlagError('TOO_LARGE', `${bytes} bytes in one commit; expected less than ${MOST_BYTES}`);
}
