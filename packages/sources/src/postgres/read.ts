import type { FlagSet, Kind } from '@flagwright/core';
import { FlagError } from '@flagwright/core';
import { changedDocument, documentOf, type StoredEntry } from '../stored.ts';
import type { Names } from './names.ts';
import { SCHEMA_VERSION } from './schema.ts';

/** A row of the answer: kind, key and definition; the first row has what concerns the set in place of a definition. */
export type Row = readonly unknown[];

/** What the first row says. */
interface Head {
  readonly reads: number;
  readonly revision: string | null;
  readonly nonce: string | null;
  /** Whether the reader's revision is one of this set: only what changed since has come. */
  readonly known: boolean | null;
}

/**
 * One statement, hence one moment: the set, and its entries, or only those changed and gone since the revision given by
 * $3 (number) and $4 (nonce) if the set ever had it.
 */
export function readSql(names: Names): string {
  const set = 'project = $1 and stage = $2';
  const since = `${set} and revision > $3::bigint`;
  return `with s as materialized (
  select revision, nonce, exists (
    select from ${names.of('commits')} where ${set} and revision = $3::bigint and nonce = $4::text
  ) as known
  from ${names.of('sets')} where ${set}
), everything as (select from s where not known), difference as (select from s where known and revision <> $3::bigint)
select null, null, json_build_object('reads', v.reads, 'revision', s.revision::text, 'nonce', s.nonce, 'known', s.known)::text
  from ${names.of('schema')} v left join s on true
union all select kind, key, definition::text from everything, only ${names.of()} where ${set}
union all select kind, key, definition::text from difference, only ${names.of()} where ${since}
union all select kind, key, null from difference, ${names.of('tombstones')} where ${since}`;
}

/** The token of a revision: `<nonce>.<n>`, the nonce in the place of an incarnation. */
export function tokenOf(revision: unknown, nonce: unknown): string {
  return `${String(nonce)}.${String(revision)}`;
}

/** $3 and $4 for a reader of a set; null where its revision is not of this kind. */
export function sinceOf(previous: FlagSet | undefined): readonly [string | null, string | null] {
  const [, nonce, revision] = /^([0-9a-f]{16})\.(\d{1,18})$/.exec(previous?.revision ?? '') ?? [];
  return [revision ?? null, nonce ?? null];
}

/** The set that an answer tells of. Undefined: the answer is a difference to a set that is not at hand. */
export function setOf(rows: readonly Row[], previous: FlagSet | undefined, what: string): FlagSet | undefined {
  const head = headOf(rows);
  if (head === undefined) throw new FlagError('UNSUPPORTED', 'the schema of flags has no version. Hint: run migrate()');
  if (head.reads > SCHEMA_VERSION) {
    throw new FlagError(
      'UNSUPPORTED',
      `the schema of flags needs a program that knows version ${head.reads}, and this one knows ${SCHEMA_VERSION}. ` +
        'Hint: upgrade @flagwright/sources',
    );
  }
  if (head.revision === null) {
    throw new FlagError('NOT_FOUND', `there is no set ${what}. Hint: commit to it, or insert a flag`);
  }
  const revision = tokenOf(head.revision, head.nonce);
  if (head.known !== true || previous === undefined) return { document: documentOf(entriesOf(rows)), revision };
  if (revision === previous.revision && rows.length === 1) {
    return previous.stale === undefined ? previous : { document: previous.document, revision };
  }
  const document = changedDocument(previous, [...entriesOf(rows)]);
  return document === undefined ? undefined : { document, revision };
}

function headOf(rows: readonly Row[]): Head | undefined {
  const row = rows.find(([kind]) => kind === null);
  return row === undefined ? undefined : (JSON.parse(String(row[2])) as Head);
}

function* entriesOf(rows: readonly Row[]): Generator<StoredEntry> {
  for (const [kind, key, definition] of rows) {
    if (kind === null) continue;
    yield {
      kind: kind as Kind,
      key: key as string,
      definition: definition === null ? undefined : (JSON.parse(definition as string) as unknown),
    };
  }
}
