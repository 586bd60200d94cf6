import type { Mention } from './field.ts';
import { checkLength, refusal } from './refusal.ts';
import { type Sign, type Token, tokensOf } from './tokens.ts';

export type Operator = Sign | 'in' | 'not in';

/** What a field is compared with, not yet of any type. */
export interface Value {
  /** Null: the bare word `null`. */
  readonly text: string | null;
  readonly at: number;
}

export interface Comparison {
  readonly kind: 'comparison';
  readonly field: Mention;
  readonly operator: Operator;
  /** Where the operator stands. */
  readonly at: number;
  /** One, or those of a list: at least one. */
  readonly values: readonly Value[];
}

/** A filter as it was meant, before it is known which fields there are. */
export type Expression =
  | Comparison
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Expression[] }
  | { readonly kind: 'not'; readonly part: Expression };

const MAX_COMPARISONS = 100;
const MAX_DEPTH = 50;
const MAX_LIST = 200;

/** No names of fields. */
const KEYWORDS: ReadonlySet<string> = new Set(['and', 'or', 'not', 'in']);
/** No values either, for then one was forgotten. */
const JOINTS: ReadonlySet<string> = new Set(['and', 'or', 'not']);

/** What those meant who write it as elsewhere. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ['like', 'for "contains" write ~'],
  ['ilike', 'for "contains" write ~'],
  ['contains', 'for "contains" write ~'],
  ['matches', 'for "contains" write ~'],
  ['is', 'write = null or != null'],
  ['eq', 'for equality write ='],
  ['ne', 'for inequality write !='],
  ['&&', 'write and'],
  ['&', 'write and'],
  ['||', 'write or'],
  ['|', 'write or'],
]);

const EXAMPLE = 'a comparison is as name=value';
const SEVERAL_WORDS = 'put a value of several words in quotes';
const OPERATOR = 'one of = != ~ !~ < <= > >= in, not in';

/**
 * Reads a filter; undefined if it is blank. From loose to tight: `or`, `and`, `not`. Throws `Problem('INVALID_ARGUMENT')`.
 *
 *     filter      = conjunction { "or" conjunction }
 *     conjunction = negation { "and" negation }
 *     negation    = "not" negation | "(" filter ")" | comparison
 *     comparison  = field sign value | field [ "not" ] "in" "(" value { "," value } ")"
 *     value       = word | 'text' | "text" | "null"
 */
export function parse(text: string): Expression | undefined {
  checkLength('filter', text);
  const tokens = tokensOf(text);
  const pull = (): Token => tokens.next().value ?? { kind: 'end', text: undefined, at: text.length };
  let current = pull();
  let comparisons = 0;

  const peek = (): Token => current;
  function skip(): void {
    current = pull();
  }

  /** Keywords are bare words, in upper or lower case. */
  const isKeyword = (word: string): boolean => current.kind === 'word' && current.text.toLowerCase() === word;
  const isMark = (mark: string): boolean => current.kind === 'mark' && current.text === mark;

  function unexpected(expected: string, hint?: string): Error {
    const { kind, text: found, at } = current;
    const meant = kind === 'word' ? ELSEWHERE.get(found.toLowerCase()) : undefined;
    return refusal('filter', text, at, { found, expected, hint: meant ?? hint });
  }

  function tooMany(wrong: string, most: number): Error {
    return refusal('filter', text, current.at, { found: current.text, wrong, expected: `at most ${most}` });
  }

  function expectMark(mark: string, expected: string, hint?: string): void {
    if (!isMark(mark)) throw unexpected(expected, hint);
    skip();
  }

  function chain(kind: 'and' | 'or', part: (depth: number) => Expression, depth: number): Expression {
    const first = part(depth);
    const parts = [first];
    while (isKeyword(kind)) {
      skip();
      parts.push(part(depth));
    }
    return parts.length === 1 ? first : { kind, parts };
  }
  const conjunction = (depth: number): Expression => chain('and', negation, depth);
  const disjunction = (depth: number): Expression => chain('or', conjunction, depth);

  function negation(depth: number): Expression {
    const opens = isMark('(');
    if (!opens && !isKeyword('not')) return comparison();
    if (depth === MAX_DEPTH) throw tooMany('is one level too deep', MAX_DEPTH);
    skip();
    if (!opens) return { kind: 'not', part: negation(depth + 1) };
    const inner = disjunction(depth + 1);
    expectMark(')', 'and, or, or a closing )', SEVERAL_WORDS);
    return inner;
  }

  function comparison(): Comparison {
    const field = peek();
    if (field.kind !== 'word' || KEYWORDS.has(field.text.toLowerCase())) {
      throw unexpected('a field, not, or (', EXAMPLE);
    }
    if (++comparisons > MAX_COMPARISONS) throw tooMany('is one comparison too many', MAX_COMPARISONS);
    skip();
    const sign = peek();
    if (sign.kind === 'sign') {
      skip();
      return { kind: 'comparison', field, operator: sign.text, at: sign.at, values: [value()] };
    }
    const negated = isKeyword('not');
    if (negated) skip();
    if (!isKeyword('in')) throw unexpected(negated ? 'in' : OPERATOR, EXAMPLE);
    skip();
    return { kind: 'comparison', field, operator: negated ? 'not in' : 'in', at: sign.at, values: list() };
  }

  function list(): readonly Value[] {
    expectMark('(', '( and a list of values');
    const values = [value()];
    while (isMark(',')) {
      skip();
      if (values.length === MAX_LIST) throw tooMany('is one value of a list too many', MAX_LIST);
      values.push(value());
    }
    expectMark(')', 'a comma or a closing )', SEVERAL_WORDS);
    return values;
  }

  function value(): Value {
    const { kind, text: word, at } = peek();
    if (kind !== 'quoted' && kind !== 'word') throw unexpected('a value', 'an empty text is ""');
    const keyword = kind === 'word' ? word.toLowerCase() : '';
    if (JOINTS.has(keyword)) throw unexpected('a value', `if the value is the word itself, write "${word}"`);
    skip();
    return { text: keyword === 'null' ? null : word, at };
  }

  if (peek().kind === 'end') return undefined;
  const whole = disjunction(0);
  if (peek().kind !== 'end') throw unexpected('and, or, or the end', SEVERAL_WORDS);
  return whole;
}
