import { booleanOf, instantOf } from '@flagwright/core';
import type { FieldType } from './field.ts';

/** How the values of a field are written, and how they go into a statement. */
export interface ValueKind {
  /** For messages: `a boolean`. */
  readonly name: string;
  readonly expected: string;
  /** The type of the placeholder. */
  readonly sql: string;
  /** A value as both engines take it for that type; undefined if the text is none. */
  read(text: string): string | boolean | undefined;
}

const TEXT: ValueKind = { name: 'a text', expected: 'a text', sql: 'text', read: (text) => text };

const NUMBER = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const DIGITS = /^\d{1,19}$/;
const MAX_BIGINT = 2n ** 63n - 1n;
/** What PostgreSQL writes with four digits of a year, as JavaScript does. */
const FIRST = Date.parse('0001-01-01T00:00:00.000Z');
const LAST = Date.parse('9999-12-31T23:59:59.999Z');

/** A number as JSON has it, of double precision as all that is stored: its shortest decimal form. */
function numberOf(text: string): string | undefined {
  const number = NUMBER.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(number) ? String(number) : undefined;
}

function timeOf(text: string): string | undefined {
  const at = instantOf(text);
  return at !== undefined && at >= FIRST && at <= LAST ? new Date(at).toISOString() : undefined;
}

const versionOf = (text: string): string | undefined =>
  DIGITS.test(text) && BigInt(text) <= MAX_BIGINT ? text : undefined;

/** By the type of a field. */
export const VALUES: Readonly<Record<FieldType, ValueKind>> = {
  text: TEXT,
  texts: { ...TEXT, name: 'a list of texts' },
  boolean: {
    name: 'a boolean',
    expected: 'true or false',
    sql: 'boolean',
    read: (text) => booleanOf(text.toLowerCase()),
  },
  number: { name: 'a number', expected: 'a number, as 12 or -0.5', sql: 'numeric', read: numberOf },
  time: {
    name: 'a time',
    expected: 'a time of RFC 3339 of the years 1 to 9999, as 2026-01-31T09:30:00Z',
    sql: 'timestamptz',
    read: timeOf,
  },
  version: { name: 'a version', expected: 'a version, as 12', sql: 'bigint', read: versionOf },
};
