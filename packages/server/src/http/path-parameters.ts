import { preview } from '@flagwright/core';
import { Problem } from './problem.ts';

interface ParameterKind {
  readonly most: number;
  /** Matches in linear time. */
  readonly pattern: RegExp;
  readonly expected: string;
}

const RESOURCE: ParameterKind = {
  most: 63,
  pattern: /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/,
  expected: 'small letters, digits, and hyphens within; at most 63 characters',
};

const FLAG: ParameterKind = {
  most: 200,
  pattern: /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/,
  expected: 'letters, digits, and - _ . within; at most 200 characters',
};

const WORD: ParameterKind = {
  most: 100,
  pattern: /^[A-Za-z0-9_-]+$/,
  expected: 'letters, digits, hyphens and underscores; at most 100 characters',
};

/** Fits a `bigint` of PostgreSQL. */
const VERSION: ParameterKind = { most: 18, pattern: /^(?:0|[1-9]\d*)$/, expected: 'a number of at most 18 digits' };

const REQUEST: ParameterKind = { most: 21, pattern: /^cr-[1-9]\d*$/, expected: 'cr-<number>, as cr-123' };

/** A key of somebody else's, as in OFREP, which says nothing of its characters. */
const TEXT: ParameterKind = {
  most: 500,
  pattern: /^[^\p{Cc}\p{Cs}]+$/u,
  expected: '1 to 500 characters, none of them control characters',
};

/** What each parameter of a path may be, by its name: the only such table. */
const KINDS: ReadonlyMap<string, ParameterKind> = new Map([
  ['project', RESOURCE],
  ['stage', RESOURCE],
  ['template', RESOURCE],
  // applications name their attributes
  ['context', FLAG],
  ['flag', FLAG],
  ['token', WORD],
  ['webhook', WORD],
  ['delivery', WORD],
  ['event', WORD],
  ['kind', WORD],
  ['request', REQUEST],
  ['version', VERSION],
  ['key', TEXT],
]);

/** The names that parameters of paths may have. */
export const PARAMETER_NAMES: Iterable<string> = [...KINDS.keys()];

/** What a parameter of the path may be, for the OpenAPI document; undefined of a name that is not known. */
export function parameterSchema(name: string): { readonly pattern: string; readonly maxLength: number } | undefined {
  const kind = KINDS.get(name);
  return kind === undefined ? undefined : { pattern: kind.pattern.source, maxLength: kind.most };
}

/** Throws `Problem('INVALID_ARGUMENT')` if a parameter of the path cannot be what its name says. */
export function checkParameter(name: string, value: string): void {
  const wrong = (what: string, expected: string): Problem =>
    new Problem('INVALID_ARGUMENT', `the ${name} in the path ${what}; expected ${expected}`);
  const { most, pattern, expected } = KINDS.get(name)!;
  if (value === '') throw wrong('is empty', expected);
  if (value === '.' || value === '..' || /[/\\]/.test(value)) {
    throw wrong(`is ${preview(value)}, which could be taken for a path of its own`, expected);
  }
  if (value.length > most) throw wrong(`has ${value.length} characters`, expected);
  // the length first: a pattern never sees more
  if (!pattern.test(value)) throw wrong(`is ${preview(value)}`, expected);
}
