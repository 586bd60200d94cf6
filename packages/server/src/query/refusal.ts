import { preview } from '@flagwright/core';
import { Problem } from '../http/problem.ts';

/** A parameter that is a text with a grammar. */
export type Parameter = 'filter' | 'sort';

export interface Refusal {
  /** What stands there; undefined at the end of the text. */
  readonly found: string | undefined;
  /** Why that cannot be: `is no operator`. Default: that it does not fit. */
  readonly wrong?: string | undefined;
  readonly expected: string;
  readonly hint?: string | undefined;
}

/** What is wrong with a text at an offset in it (in UTF-16 units). Columns, for people, count characters from 1. */
export function refusal(parameter: Parameter, text: string, at: number, options: Refusal): Problem {
  const { found, wrong = 'does not fit here', expected, hint } = options;
  let column = 1;
  for (const _ of text.slice(0, at)) column++;
  const what = found === undefined ? `the ${parameter} ends too early` : `${preview(found)} ${wrong}`;
  const message = `the ${parameter} is wrong at column ${column}: ${what}; expected ${expected}`;
  return new Problem('INVALID_ARGUMENT', message, { hint, members: { parameter, column } });
}

/** Longer texts are refused, in UTF-16 units. */
const MAX_LENGTH = 2_000;
/** Half of a character; with this flag, pairs do not match. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Throws `Problem('INVALID_ARGUMENT')` if a text is too long. */
export function checkLength(parameter: Parameter, text: string): void {
  if (text.length <= MAX_LENGTH) return;
  const message = `the ${parameter} has ${text.length} characters; expected at most ${MAX_LENGTH}`;
  throw new Problem('INVALID_ARGUMENT', message, { members: { parameter } });
}

/** Throws `Problem('INVALID_ARGUMENT')` if a text, which begins at an offset, holds what PostgreSQL cannot. */
export function checkCharacters(parameter: Parameter, whole: string, at: number, text: string): void {
  const nul = text.includes('\0');
  if (!nul && !LONE_SURROGATE.test(text)) return;
  throw refusal(parameter, whole, at, {
    found: text,
    wrong: nul ? 'has a NUL character' : 'has half of a surrogate pair',
    expected: 'text that UTF-8 and PostgreSQL can hold',
  });
}
