import fc from 'fast-check';
import { NUMBERS, ODD_TEXTS, type TestRow, TIMES, VERSIONS } from './rows.ts';

/** A filter as text, and what it means: independent of the parser and of SQL. */
export interface Meaning {
  readonly text: string;
  holds(row: TestRow): boolean;
}

/** Both cases of a letter as one, for the letters of these tests. */
export function foldedText(text: string): string {
  return Array.from(text, (char) => {
    const lower = char.toLowerCase();
    return [...lower].length === 1 ? lower : char;
  }).join('');
}

/** By code points, where JavaScript compares halves of surrogate pairs. */
export function compareTexts(a: string, b: string): number {
  const left = Array.from(a, (char) => char.codePointAt(0)!);
  const right = Array.from(b, (char) => char.codePointAt(0)!);
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    if (left[i] !== right[i]) return left[i]! - right[i]!;
  }
  return left.length - right.length;
}

type Order = (sign: string, difference: number) => boolean;
const order: Order = (sign, difference) => {
  if (sign === '<') return difference < 0;
  if (sign === '<=') return difference <= 0;
  if (sign === '>') return difference > 0;
  if (sign === '>=') return difference >= 0;
  return difference === 0;
};

const ORDERS = ['<', '<=', '>', '>=', '='];
const NEEDS_NO_QUOTES = /^[\w.:/@+%$*\\{}[\];?^`|&#-]+$/;
const KEYWORD = /^(?:and|or|not|null)$/i;

/** The ways to write a text in a filter. */
function written(text: string): fc.Arbitrary<string> {
  const inQuotes = (quote: string, all: boolean): string => {
    const inner = Array.from({ length: text.length }, (_, i) => {
      const unit = text[i]!;
      if (all || unit === '\u2028') return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
      return unit === quote || unit === '\\' ? `\\${unit}` : unit;
    }).join('');
    return `${quote}${inner}${quote}`;
  };
  const quoted = [inQuotes('"', false), inQuotes("'", false), ...(text.length < 20 ? [inQuotes('"', true)] : [])];
  return fc.constantFrom(...quoted, ...(NEEDS_NO_QUOTES.test(text) && !KEYWORD.test(text) ? [text] : []));
}

const someText = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...ODD_TEXTS) },
  { weight: 1, arbitrary: fc.string({ unit: fc.constantFrom(...'aAxy%_\\\'"$1 éÉ😀'), maxLength: 4 }) },
);
const textValue = someText.chain((value) => written(value).map((text) => ({ value, text })));

/** How a number may be written. */
const numberValue = fc.oneof(fc.constantFrom(...NUMBERS), fc.integer({ min: -3, max: 12 })).chain((value) => {
  const plain = String(value);
  return fc.constantFrom(plain, `"${plain}"`, value.toExponential()).map((text) => ({ value, text }));
});

const space = fc.constantFrom('', ' ', '  ', '\t', '\n', '\u00a0');
const gap = fc.constantFrom(' ', '  ', '\t\n');
const cased = (word: string): fc.Arbitrary<string> =>
  fc.constantFrom(word, word.toUpperCase(), `${word[0]!.toUpperCase()}${word.slice(1)}`);

interface Written<T> {
  readonly value: T;
  readonly text: string;
}

/** `field op value`, of any operator and its opposite, and the lists. */
function compared<T, V>(
  field: string,
  values: fc.Arbitrary<Written<V>>,
  signs: readonly string[],
  read: (row: TestRow) => T | undefined,
  holds: (sign: string, given: T, value: V) => boolean,
): fc.Arbitrary<Meaning> {
  const single = fc
    .tuple(
      fc.constantFrom(...signs, ...signs.filter((sign) => sign === '=' || sign === '~').map((sign) => `!${sign}`)),
      values,
      space,
      space,
    )
    .map(([sign, { value, text }, before, after]): Meaning => {
      const negated = sign.startsWith('!');
      const base = negated ? sign.slice(1) : sign;
      return {
        text: `${field}${before}${sign}${after}${text}`,
        holds(row) {
          const given = read(row);
          return (given !== undefined && holds(base, given, value)) !== negated;
        },
      };
    });
  const list = fc
    .tuple(fc.array(values, { minLength: 1, maxLength: 5 }), fc.boolean(), gap, space, cased('in'), cased('not'))
    .map(([chosen, negated, wide, narrow, word, not]): Meaning => {
      const inner = chosen.map(({ text }) => `${narrow}${text}${narrow}`).join(',');
      return {
        text: `${field}${wide}${negated ? `${not}${wide}` : ''}${word}${narrow}(${inner})`,
        holds(row) {
          const given = read(row);
          return (given !== undefined && chosen.some(({ value }) => holds('=', given, value))) !== negated;
        },
      };
    });
  const missing = fc.tuple(fc.boolean(), cased('null'), space).map(
    ([negated, word, narrow]): Meaning => ({
      text: `${field}${narrow}${negated ? '!=' : '='}${narrow}${word}`,
      holds: (row) => (read(row) === undefined) !== negated,
    }),
  );
  return fc.oneof({ weight: 5, arbitrary: single }, { weight: 2, arbitrary: list }, { weight: 1, arbitrary: missing });
}

const ofText = (sign: string, given: string, value: string): boolean =>
  sign === '~' ? foldedText(given).includes(foldedText(value)) : order(sign, compareTexts(given, value));
const ofTexts = (sign: string, given: readonly string[], value: string): boolean =>
  given.some((one) => ofText(sign, one, value));
const ofNumber = (sign: string, given: number | bigint, value: number | bigint): boolean =>
  order(sign, given < value ? -1 : given > value ? 1 : 0);

const timeValue = fc.constantFrom(...TIMES).chain((value) => {
  const iso = new Date(value).toISOString();
  return fc
    .constantFrom(iso, `"${iso.toLowerCase()}"`, iso.replace('Z', '+00:00'), iso.replace('Z', '999Z'))
    .map((text) => ({
      value,
      text,
    }));
});
/** Down to the ms. */
const msOf = (micros: bigint | undefined): number | undefined =>
  micros === undefined ? undefined : Number((micros - (((micros % 1_000n) + 1_000n) % 1_000n)) / 1_000n);

const comparison: fc.Arbitrary<Meaning> = fc.oneof(
  compared('metadata.name', textValue, [...ORDERS, '~'], (row) => row.name, ofText),
  compared('note', textValue, [...ORDERS, '~'], (row) => row.note, ofText),
  compared('tags', textValue, ['=', '~'], (row) => row.tags, ofTexts),
  compared('labels', textValue, ['=', '~'], (row) => row.labels, ofTexts),
  compared(
    'enabled',
    fc
      .constantFrom(true, false)
      .chain((value) =>
        fc.constantFrom(`${value}`, `"${value}"`, `${value}`.toUpperCase()).map((text) => ({ value, text })),
      ),
    ['='],
    (row) => row.enabled,
    (_, given, value) => given === value,
  ),
  compared('size', numberValue, ORDERS, (row) => row.size, ofNumber),
  compared('weight', numberValue, ORDERS, (row) => row.weight, ofNumber),
  compared(
    'version',
    fc.constantFrom(...VERSIONS).map((value) => ({ value, text: String(value) })),
    ORDERS,
    (row) => row.version,
    ofNumber,
  ),
  compared('modificationInfo.createdTime', timeValue, ORDERS, (row) => msOf(row.created), ofNumber),
);

/** How tight a filter holds together; a part that is looser than the whole needs parentheses. */
interface Bound extends Meaning {
  readonly rank: 1 | 2 | 3;
}

const within = (part: Bound, least: number, always: boolean): string =>
  part.rank < least || always ? `(${part.text})` : part.text;

/** Any filter of a few levels, with as many parentheses as it needs, or more. */
export const filters: fc.Arbitrary<Meaning> = fc.letrec<{ filter: Bound; chain: Bound; negation: Bound; leaf: Bound }>(
  (tie) => ({
    filter: fc.oneof({ maxDepth: 4, depthSize: 'small' }, tie('leaf'), tie('chain'), tie('negation')),
    leaf: comparison.map((one): Bound => ({ ...one, rank: 3 })),
    negation: fc.tuple(tie('filter'), cased('not'), gap, fc.boolean()).map(
      ([part, word, wide, more]): Bound => ({
        text: `${word}${wide}${within(part, 3, more)}`,
        holds: (row) => !part.holds(row),
        rank: 3,
      }),
    ),
    chain: fc
      .tuple(fc.constantFrom('and', 'or'), fc.array(tie('filter'), { minLength: 2, maxLength: 4 }), gap, fc.boolean())
      .chain(([word, parts, wide, more]) =>
        cased(word).map((joint): Bound => {
          const rank = word === 'and' ? 2 : 1;
          return {
            text: parts.map((part) => within(part, rank, more)).join(`${wide}${joint}${wide}`),
            holds: (row) =>
              word === 'and' ? parts.every((part) => part.holds(row)) : parts.some((part) => part.holds(row)),
            rank,
          };
        }),
      ),
  }),
).filter;
