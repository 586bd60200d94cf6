import { oneOf } from '@flagwright/core';
import { type Field, type Fields, fieldNamed, folded } from './field.ts';
import { checkCharacters, checkLength, refusal } from './refusal.ts';

const MAX_FIELDS = 10;
const DIRECTIONS: ReadonlyMap<string, 'asc' | 'desc'> = new Map([
  ['asc', 'asc'],
  ['desc', 'desc'],
]);

/** Whether lists can be sorted by a field. */
const isSortable = ({ type, sortable = true }: Field): boolean => sortable && type !== 'texts';

/**
 * What comes after `order by`, from a list as `-modificationInfo.lastModifiedTime, name desc, id`. Texts are sorted
 * without regard to case, by code points, so in the same order on every database; missing values come last in either
 * direction.
 *
 * `tieBreak` are terms of `order by`, as they are, which decide between rows that are equal in all that (and alone, if
 * nothing else is asked for): at least one, and together unique, so that no row is on two pages, or on none.
 *
 * Throws `Problem('INVALID_ARGUMENT')`, with the `column` in question, if a field is not there, not for sorting, or
 * there twice; if there are more than 10 of them, or more than 2,000 characters.
 */
export function orderOf(text: string | undefined, fields: Fields, tieBreak: readonly string[]): string {
  const terms = text === undefined || text.trim() === '' ? [] : termsOf(text, fields);
  return [...terms, ...tieBreak].join(', ');
}

function termsOf(text: string, fields: Fields): readonly string[] {
  checkLength('sort', text);
  const terms: string[] = [];
  const seen = new Set<string>();
  let at = 0;
  for (const piece of text.split(',')) {
    const begin = at + piece.length - piece.trimStart().length;
    const { name, direction, nameAt } = partsOf(text, piece.trim(), begin);
    const field = fieldNamed({ text: name, at: nameAt }, sortableOf(fields, name), 'sort', text);
    if (!isSortable(field)) {
      const expected = oneOf(sortableOf(fields).keys());
      throw refusal('sort', text, nameAt, { found: name, wrong: 'is not for sorting', expected });
    }
    if (seen.has(name)) {
      throw refusal('sort', text, nameAt, { found: name, wrong: 'is there twice', expected: 'each field once' });
    }
    if (seen.add(name).size > MAX_FIELDS) {
      throw refusal('sort', text, nameAt, {
        found: name,
        wrong: 'is too much',
        expected: `at most ${MAX_FIELDS} fields`,
      });
    }
    terms.push(`${keyOf(field)} ${direction} nulls last`);
    at += piece.length + 1;
  }
  return terms;
}

/** The fields to tell of: those for sorting, and the one that was named. */
function sortableOf(fields: Fields, name?: string): Fields {
  return new Map([...fields].filter(([key, field]) => key === name || isSortable(field)));
}

const keyOf = ({ sql, type }: Field): string => (type === 'text' ? `${folded(sql)} collate "C"` : `(${sql})`);

interface Parts {
  readonly name: string;
  readonly direction: 'asc' | 'desc';
  readonly nameAt: number;
}

/** `field`, `-field`, `field asc`, `field desc`. */
function partsOf(text: string, piece: string, begin: number): Parts {
  const descends = piece.startsWith('-');
  const nameAt = descends ? begin + 1 : begin;
  const bare = descends ? piece.slice(1) : piece;
  const [name = '', word, ...rest] = bare.split(/\s+/u);
  if (name === '') {
    const found = piece === '' ? (begin < text.length ? text[begin] : undefined) : piece;
    throw refusal('sort', text, begin, { found, expected: 'a field, as in -name or name desc' });
  }
  checkCharacters('sort', text, nameAt, bare);
  if (word === undefined) return { name, direction: descends ? 'desc' : 'asc', nameAt };
  const direction = DIRECTIONS.get(word.toLowerCase());
  const wordAt = nameAt + bare.indexOf(word, name.length);
  if (direction === undefined || rest.length > 0 || descends) {
    const both = direction !== undefined && descends;
    throw refusal('sort', text, wordAt, {
      found: [word, ...rest].join(' '),
      wrong: both ? 'and a minus are two directions' : undefined,
      expected: both ? 'one of the two' : 'asc, desc, or a comma and the next field',
    });
  }
  return { name, direction, nameAt };
}
