import { suggest } from '@flagwright/core';
import { type Parameter, refusal } from './refusal.ts';

/**
 * What the values of a field are:
 *
 * - `text`
 * - `texts`: a json array of texts; what is not an array counts as missing
 * - `boolean`
 * - `number`: of any type that compares with `numeric`
 * - `time`: a `timestamptz`, of which only whole ms count, as answers show it
 * - `version`: a `bigint`
 */
export type FieldType = 'text' | 'texts' | 'boolean' | 'number' | 'time' | 'version';

/** Something of a resource by which lists can be filtered and sorted. */
export interface Field {
  /**
   * An expression of SQL, as `spec ->> 'name'`; NULL where the value is missing. It becomes part of statements as it is,
   * so it is never made of what somebody sent; and it must not fail, whichever rows the rest of a condition leaves out.
   */
  readonly sql: string;
  readonly type: FieldType;
  /** Of a text: another one that it is as well, as `sql`; NULL where it is none. Order does not regard it. */
  readonly also?: string;
  /** Default: true. Fields of `texts` never are. */
  readonly sortable?: boolean;
}

/** Fields by the names that filters and sorts use, as `modificationInfo.createdTime`. */
export type Fields = ReadonlyMap<string, Field>;

/** A name as somebody wrote it, and where: an offset in UTF-16 units. */
export interface Mention {
  readonly text: string;
  readonly at: number;
}

/** The field that a filter or a sort names. Throws `Problem('INVALID_ARGUMENT')` if there is none. */
export function fieldNamed(name: Mention, fields: Fields, parameter: Parameter, whole: string): Field {
  const field = fields.get(name.text);
  if (field !== undefined) return field;
  const near = nearest(name.text, [...fields.keys()]);
  throw refusal(parameter, whole, name.at, {
    found: name.text,
    wrong: 'is no field here',
    // all of them: nothing else tells which there are
    expected: `one of ${[...fields.keys()].join(', ')}`,
    hint: near === undefined ? undefined : `did you mean ${near}?`,
  });
}

/** Of a dotted name people often remember the end only. */
function nearest(word: string, names: readonly string[]): string | undefined {
  const end = `.${word.toLowerCase()}`;
  return suggest(word, names) ?? names.find((name) => name.toLowerCase().endsWith(end));
}

/**
 * A text without the difference of upper and lower case, the same for a field and for what it is compared with. Letters
 * of ASCII are folded by themselves first, so that they are in every locale (Turkish would make an `ı` of `I`); all
 * others as the database does: by Unicode, unless its locale is `C`.
 */
export const folded = (sql: string): string => `lower(lower((${sql}) collate "C") collate "default")`;
