import { booleanOf, compileShape, FlagError, formatIssue, type Issue, oneOf, preview, suggest } from '@flagwright/core';
import type { Call, Parameter } from './operation.ts';
import { Problem } from './problem.ts';
import { brokenText } from './unstorable.ts';

/** Reads the text of a query. Throws `Problem('INVALID_ARGUMENT')`. */
export type QueryReader = (query: string) => Call['query'];

/** What may be in a query at most: more is no use to anybody. */
const MOST = 100;

const NOTHING: Call['query'] = Object.freeze(Object.create(null));

/**
 * Reads the parameters of a query by their schemas: each at most once, and none that is not known, for one that is
 * misspelt would be taken for not given.
 */
export function queryReader(parameters: Readonly<Record<string, Parameter>> = {}): QueryReader {
  const names = Object.keys(parameters);
  const readers = new Map(Object.entries(parameters).map(([name, { schema }]) => [name, valueReader(name, schema)]));
  return (query) => {
    if (query === '') return NOTHING;
    const values: Record<string, string | number | boolean> = Object.create(null);
    const pairs = query.split('&', MOST + 1);
    if (pairs.length > MOST) throw wrong(`the query has more than ${MOST} parameters`);
    for (const pair of pairs) {
      if (pair === '') continue;
      const equals = pair.indexOf('=');
      const name = decoded(equals === -1 ? pair : pair.slice(0, equals));
      const text = equals === -1 ? '' : decoded(pair.slice(equals + 1));
      const read = readers.get(name);
      if (read === undefined) throw unknown(name, names);
      if (Object.hasOwn(values, name)) throw wrong(`the parameter ${name} of the query is there twice`);
      values[name] = read(text);
    }
    return values;
  };
}

const wrong = (message: string, hint?: string): Problem => new Problem('INVALID_ARGUMENT', message, { hint });

function unknown(name: string, names: readonly string[]): Problem {
  const near = suggest(name, names);
  const expected = names.length === 0 ? 'no parameters' : oneOf(names);
  return wrong(
    `there is no parameter ${preview(name)} of the query here; expected ${expected}`,
    near === undefined ? undefined : `did you mean ${near}?`,
  );
}

function decoded(text: string): string {
  let plain: string;
  try {
    plain = decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw wrong('the query has a broken escape; expected %XX of UTF-8');
  }
  const what = brokenText(plain);
  if (what !== undefined) throw wrong(`the query has ${what}, which cannot be stored`);
  return plain;
}

function valueReader(name: string, schema: Parameter['schema']): (text: string) => string | number | boolean {
  const { type } = schema;
  if (type !== 'string' && type !== 'integer' && type !== 'boolean') {
    throw new FlagError('INVALID_ARGUMENT', `the parameter ${name} is of no type that a query can have`);
  }
  const shape = compileShape(schema).document;
  return (text) => {
    const value = type === 'string' ? text : type === 'integer' ? integerOf(text) : booleanOf(text);
    if (value === undefined) {
      const expected = type === 'integer' ? 'a whole number' : 'true or false';
      throw wrong(`the parameter ${name} of the query is ${preview(text)}; expected ${expected}`);
    }
    let found: Issue | undefined;
    shape(value, [name], (issue) => {
      found ??= issue;
    });
    if (found === undefined) return value;
    throw wrong(`the query cannot be used: ${formatIssue(found).replace(/^\w+ /, '')}`);
  };
}

function integerOf(text: string): number | undefined {
  const value = /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : undefined;
}
