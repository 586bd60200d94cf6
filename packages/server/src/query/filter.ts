import { oneOf } from '@flagwright/core';
import { type Field, type Fields, type FieldType, fieldNamed, folded } from './field.ts';
import { type Comparison, type Expression, type Operator, parse, type Value } from './parse.ts';
import { refusal } from './refusal.ts';
import { VALUES } from './value.ts';

/** A condition of a statement: it is true or false for every row, never NULL. */
export interface Condition {
  readonly sql: string;
  /** Of the placeholders, in order. */
  readonly values: readonly unknown[];
}

/** The opposites; all else follows from those they negate. */
const OPPOSITE: ReadonlyMap<Operator, Operator> = new Map([
  ['!=', '='],
  ['!~', '~'],
  ['not in', 'in'],
]);

const EQUALITY: readonly Operator[] = ['=', '!=', 'in', 'not in'];
const CONTAINS: readonly Operator[] = ['~', '!~'];
const ORDER: readonly Operator[] = ['<', '<=', '>', '>='];

const OPERATORS: Readonly<Record<FieldType, readonly Operator[]>> = {
  text: [...EQUALITY, ...CONTAINS, ...ORDER],
  texts: [...EQUALITY, ...CONTAINS],
  boolean: EQUALITY,
  number: [...EQUALITY, ...ORDER],
  time: [...EQUALITY, ...ORDER],
  version: [...EQUALITY, ...ORDER],
};

/**
 * The rows that a filter wants, as `name~checkout and (enabled=true or stageId in (dev, "my stage"))`; a blank one wants
 * all. Placeholders are numbered from `first`.
 *
 * - `=` and `in` compare texts exactly; `~` is "contains", whether in upper or lower case (see `folded`). No character of
 *   a value is a pattern, and different sequences of code points are different texts, however alike they look.
 * - `<` and its kin compare texts by code points, as `=` does with regard to case.
 * - A field of texts equals, contains, or is in a list if any of its texts does.
 * - A missing value equals nothing, contains nothing, and is neither less nor greater; `!=`, `!~`, `not in` and `not` are
 *   true where `=`, `~`, `in` and the rest are false, so they are true of a missing value. `= null` tests for it.
 *
 * Throws `Problem('INVALID_ARGUMENT')`, with the `column` in question, if it is not of the grammar (see `parse`), names
 * a field that is not there, or compares it with what it cannot be; if it is longer than 2,000 characters, has more than
 * 100 comparisons, a list of more than 200, or more than 50 levels.
 */
export function filterOf(text: string, fields: Fields, first: number): Condition {
  const expression = parse(text);
  if (expression === undefined) return { sql: 'true', values: [] };
  const values: unknown[] = [];

  function placeholder(field: Field, { text: value, at }: Value): string {
    const { name, expected, sql, read } = VALUES[field.type];
    const typed = value === null ? undefined : read(value);
    if (typed === undefined) {
      throw refusal('filter', text, at, {
        found: value ?? 'null',
        wrong: value === null ? 'goes with = and != only' : `is not ${name}`,
        expected,
        hint: value === null ? 'if the value is the word itself, write "null"' : undefined,
      });
    }
    values.push(typed);
    return `$${first + values.length - 1}::${sql}`;
  }

  function comparison({ field: name, operator, at, values: given }: Comparison): string {
    const field = fieldNamed(name, fields, 'filter', text);
    const possible = OPERATORS[field.type];
    if (!possible.includes(operator)) {
      const wrong = `does not go with ${name.text}, which is ${VALUES[field.type].name}`;
      throw refusal('filter', text, at, { found: operator, wrong, expected: oneOf(possible) });
    }
    const opposite = OPPOSITE.get(operator);
    const positive = opposite ?? operator;
    const missing = positive === '=' && given[0]?.text === null;
    const sql = missing
      ? `${subjectOf(field)} is null`
      : compared(
          field,
          positive,
          given.map((value) => placeholder(field, value)),
        );
    return opposite === undefined ? sql : `not (${sql})`;
  }

  function sqlOf(part: Expression): string {
    if (part.kind === 'comparison') return comparison(part);
    if (part.kind === 'not') return `not (${sqlOf(part.part)})`;
    return part.parts.map((one) => `(${sqlOf(one)})`).join(` ${part.kind} `);
  }

  return { sql: `(${sqlOf(expression)})`, values };
}

/** What is compared. */
function subjectOf({ sql, type }: Field): string {
  if (type === 'time') return `date_trunc('milliseconds', ${sql})`;
  // what json_array_elements_text would fail at is missing
  if (type === 'texts') return `(case when json_typeof((${sql})::json) = 'array' then (${sql})::json end)`;
  return `(${sql})`;
}

function compared(field: Field, operator: Operator, placeholders: readonly string[]): string {
  const subject = subjectOf(field);
  if (field.type === 'texts') {
    const any = test('items.item', 'text', operator, placeholders);
    return `exists (select 1 from json_array_elements_text(${subject}) as items(item) where ${any})`;
  }
  // false and not NULL if missing; and an index of the subject is still of use
  const alone = (sql: string): string => `${sql} is not null and ${test(sql, field.type, operator, placeholders)}`;
  if (field.also === undefined || ORDER.includes(operator)) return alone(subject);
  return `(${alone(subject)}) or (${alone(`(${field.also})`)})`;
}

function test(subject: string, type: FieldType, operator: Operator, placeholders: readonly string[]): string {
  if (operator === 'in') return `${subject} in (${placeholders.join(', ')})`;
  const value = placeholders[0]!;
  // position and not ILIKE: nothing in a value needs an escape, and the folding of both sides is in our hands
  if (operator === '~') return `position(${folded(value)} in ${folded(subject)}) > 0`;
  // byte order of UTF-8 is that of code points, whatever the locale; equality is the same in all
  return type === 'text' && operator !== '='
    ? `${subject} collate "C" ${operator} ${value}`
    : `${subject} ${operator} ${value}`;
}
