import { FlagError, type Kind, preview } from '@flagwright/core';
import { isWellFormed } from '../checks.ts';
import { nameOf } from '../documents.ts';
import type { CheckedEdit } from '../edits.ts';
import { canonicalJson, type StoredEntry, storedForm } from '../stored.ts';

/** The field of an entry. Throws `FlagError('INVALID_ARGUMENT')` if the key cannot be kept as UTF-8. */
export function fieldOf({ kind, key }: CheckedEdit): string {
  if (isWellFormed(key)) return `${kind}:${key}`;
  throw new FlagError('INVALID_ARGUMENT', `the key of ${nameOf(kind, key)} holds half a character`);
}

/** A definition as Redis holds it. */
export function textOf(kind: Kind, definition: unknown): string {
  return canonicalJson(storedForm(kind, definition));
}

/** What stands for a definition whose text is no JSON, so that `compile` tells of that entry alone. */
const UNREADABLE: Readonly<Record<StoredEntry['kind'], unknown>> = {
  flag: 'text in Redis that is no JSON',
  segment: 'text in Redis that is no JSON',
  attribute: 'text in Redis that is no JSON',
  evaluator: { 'text in Redis that is no JSON': [] },
  // for these every JSON value has a meaning: they are left out
  metadata: undefined,
  override: undefined,
  document: undefined,
};

/** The entry of a field; undefined if the field is none. An empty text is an entry that is gone. */
export function entryOf(field: string, text: string): StoredEntry | undefined {
  const colon = field.indexOf(':');
  const kind = field.slice(0, Math.max(colon, 0));
  if (!Object.hasOwn(UNREADABLE, kind)) return undefined;
  const known = kind as StoredEntry['kind'];
  return { kind: known, key: field.slice(colon + 1), definition: parsed(known, text) };
}

function parsed(kind: StoredEntry['kind'], text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return UNREADABLE[kind];
  }
}

/** A revision: the nonce of the commit that made it, and its number. */
export interface Revision {
  readonly nonce: string;
  readonly n: string;
}

/** The parts of a revision of this kind of store; undefined if it is none. */
export function revisionOf(revision: string | undefined): Revision | undefined {
  const [, nonce, n] = /^([0-9a-f]{16})\.([1-9]\d{0,14})$/.exec(revision ?? '') ?? [];
  return nonce === undefined || n === undefined ? undefined : { nonce, n };
}

/** A reply that scripts of ours do not give. */
export function strangeReply(reply: unknown): FlagError {
  return new FlagError('UNSUPPORTED', `Redis answered ${preview(reply)}, which is no answer to what was asked`);
}
