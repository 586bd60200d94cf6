import { FlagError, preview } from '@flagwright/core';
import { isWellFormed } from '../checks.ts';

/** The quoted names of the table of flags and of what stands beside it. */
export interface Names {
  /** As given, for messages. */
  readonly given: string;
  /** Undefined: wherever the search path finds the table. */
  readonly schema: string | undefined;
  readonly table: string;
  /** The quoted name of a companion, qualified like the table: `of('sets')` is `"feature_flags_sets"`. */
  of(companion?: string): string;
}

const IDENTIFIER = '[A-Za-z_][A-Za-z0-9_]*';
const NAME = new RegExp(`^(?:(${IDENTIFIER})\\.)?(${IDENTIFIER})$`);

/** PostgreSQL cuts identifiers off after 63 bytes, and the longest companion is `_tombstones`. */
const MOST = 63 - '_tombstones'.length;

/** The names that belong to `table` or `schema.table`. Throws `FlagError('INVALID_ARGUMENT')`. */
export function namesOf(given: string): Names {
  const match = typeof given === 'string' ? NAME.exec(given) : null;
  if (match === null || match[2]!.length > MOST || (match[1]?.length ?? 0) > 63) {
    throw new FlagError(
      'INVALID_ARGUMENT',
      `the table ${preview(given)} is no name; expected table or schema.table of letters, digits and _, ` +
        `not beginning with a digit, the table of at most ${MOST} characters`,
    );
  }
  return qualified(match[1], match[2]!);
}

/** The names of a table in a schema, whatever characters the schema's own name has. */
export function qualified(schema: string | undefined, table: string): Names {
  return {
    given: schema === undefined ? table : `${schema}.${table}`,
    schema,
    table,
    of(companion) {
      const name = quoted(companion === undefined ? table : `${table}_${companion}`);
      return schema === undefined ? name : `${quoted(schema)}.${name}`;
    },
  };
}

function quoted(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}

/** Refuses the name of a project or a stage that cannot be one, with `INVALID_ARGUMENT`. */
export function checkSetName(what: 'project' | 'stage', name: unknown): void {
  if (isStorable(name) && name !== '' && name.length <= 200) return;
  throw new FlagError('INVALID_ARGUMENT', `${what} is ${preview(name)}; expected a text of 1 to 200 characters`);
}

/** Refuses an author that is no text, with `INVALID_ARGUMENT`. */
export function checkAuthor(by: unknown): void {
  if (by === undefined || isStorable(by)) return;
  throw new FlagError('INVALID_ARGUMENT', `by is ${preview(by)}; expected a text`);
}

/** PostgreSQL holds no U+0000, and what is not UTF-8 would become something else on the way. */
function isStorable(value: unknown): value is string {
  return typeof value === 'string' && !value.includes('\0') && isWellFormed(value);
}
