import { FlagError, jsonEqual, type Kind } from '@flagwright/core';
import { nameOf } from '../documents.ts';
import type { CheckedEdit } from '../edits.ts';
import { storedForm } from '../stored.ts';
import type { Names } from './names.ts';
import { type Row, tokenOf } from './read.ts';

/** Commits $3 (edits) to the set $1, $2 for the author $4, as the manager $5, by a program that knows schema version $6. */
export function commitSql(names: Names): string {
  // the table of the schema comes along so that its absence is what is told when nothing is installed
  return `select c.revision::text, c.nonce, c.conflicts::text
  from ${names.of('schema')}, ${names.of('commit')}($1, $2, $3::jsonb, $4, $5, $6) c`;
}

/** An edit on its way; `was` is JSON text, so that what the table holds can be sent back digit by digit. */
export interface SentEdit {
  readonly kind: Kind;
  readonly key: string;
  readonly next: string;
  readonly was: string | undefined;
  /** What `was` says, as it was given. */
  readonly given: unknown;
}

/** Edits in the form in which they are stored. */
export function toSend(edits: readonly CheckedEdit[]): readonly SentEdit[] {
  return edits.map(({ kind, key, next, was }) => ({
    kind,
    key,
    next: JSON.stringify(storedForm(kind, next)),
    was: was === undefined ? undefined : JSON.stringify(storedForm(kind, was)),
    given: was,
  }));
}

/** $3. */
function editsJson(edits: readonly SentEdit[]): string {
  const items = edits.map(({ kind, key, next, was }) => {
    const rest = was === undefined ? '' : `,"was":${was}`;
    return `{"kind":${JSON.stringify(kind)},"key":${JSON.stringify(key)},"next":${next}${rest}}`;
  });
  return `[${items.join(',')}]`;
}

/**
 * The revision an answer tells of, or the edits to send again: PostgreSQL compares numbers digit by digit, and one
 * written with more digits than a double has is not what a program has read, though it is the same to it. So are
 * variants that somebody wrote as a map in SQL. Throws `FlagError('CONFLICT')`.
 */
function outcomeOf(rows: readonly Row[], edits: readonly SentEdit[]): string | readonly SentEdit[] {
  const [revision, nonce, conflicts] = rows[0] ?? [];
  if (typeof conflicts !== 'string') return tokenOf(revision, nonce);
  const now = new Map(
    (JSON.parse(conflicts) as readonly [Kind, string, string | null][]).map(([kind, key, text]) => [
      nameOf(kind, key),
      text,
    ]),
  );
  return edits.map((edit) => {
    const name = nameOf(edit.kind, edit.key);
    const text = now.get(name);
    if (text === undefined) return edit;
    if (text === null || text === edit.was || !isSame(JSON.parse(text), edit)) {
      throw new FlagError('CONFLICT', `${name} is not what it was`);
    }
    return { ...edit, was: text };
  });
}

/** Whether a program that read `there` would say that it was what the edit says. */
function isSame(there: unknown, { kind, given }: SentEdit): boolean {
  return jsonEqual(there, given) || jsonEqual(storedForm(kind, there), storedForm(kind, given));
}

/** Sends edits, by `send`, until an answer tells of a revision; resolves to it. Throws `FlagError('CONFLICT')`, or what `send` throws. */
export async function sent(
  edits: readonly SentEdit[],
  send: (editsJson: string) => Promise<readonly Row[]>,
): Promise<string> {
  for (let sending = edits; ; ) {
    const outcome = outcomeOf(await send(editsJson(sending)), sending);
    if (typeof outcome === 'string') return outcome;
    sending = outcome;
  }
}
