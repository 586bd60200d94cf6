import type { Match, Operator } from './operator.ts';
import { eachElement } from './operator.ts';

function anyNumber(values: readonly number[], holds: (actual: number, value: number) => boolean): Match {
  if (values.length === 1) {
    const only = values[0]!;
    return (actual) => typeof actual === 'number' && holds(actual, only);
  }
  return (actual) => {
    if (typeof actual !== 'number') return false;
    for (const value of values) if (holds(actual, value)) return true;
    return false;
  };
}

function ordering(name: string, summary: string, holds: (actual: number, value: number) => boolean): Operator {
  return {
    name,
    summary,
    attribute: 'number, or a list of numbers',
    values: 'numbers',
    check: (value) => (typeof value === 'number' && Number.isFinite(value) ? undefined : 'a number'),
    compile: (attribute, values, negate) =>
      eachElement(attribute, anyNumber(values as readonly number[], holds), negate),
  };
}

export const gt: Operator = ordering('gt', 'is greater than one of the values', (actual, value) => actual > value);
export const gte: Operator = ordering('gte', 'is greater than or equal to one of the values', (a, v) => a >= v);
export const lt: Operator = ordering('lt', 'is less than one of the values', (actual, value) => actual < value);
export const lte: Operator = ordering('lte', 'is less than or equal to one of the values', (a, v) => a <= v);

const DATE = /^\d{4}-\d{2}-\d{2}(?:[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:[Zz]|[+-]\d{2}:?\d{2})?)?$/;

/** Milliseconds since the epoch of a `Date`, a number of milliseconds or ISO 8601 text (no zone: UTC); else NaN. */
export function instant(value: unknown): number {
  if (typeof value === 'number') return value;
  if (value instanceof Date) return value.getTime();
  if (typeof value !== 'string' || value.length > 40 || !DATE.test(value)) return Number.NaN;
  const text = value.toUpperCase().replace(' ', 'T');
  // a date alone is UTC already; a date with a time and no zone would be local time
  return Date.parse(text.length > 10 && !/(?:Z|[+-]\d{2}:?\d{2})$/.test(text) ? `${text}Z` : text);
}

function chronology(name: string, summary: string, holds: (actual: number, value: number) => boolean): Operator {
  return {
    name,
    summary,
    attribute: 'Date, ISO 8601 text, or milliseconds since the epoch',
    values: 'ISO 8601 text (no zone: UTC), or milliseconds since the epoch',
    check: (value) => (Number.isFinite(instant(value)) ? undefined : 'a date such as 2026-01-31T12:00:00Z'),
    compile({ get }, values, negate) {
      const match = anyNumber(values.map(instant), holds);
      // a Date is an object, so it does not go the way of plain elements
      return (context) => {
        const actual = get(context);
        if (actual === undefined || actual === null) return false;
        const found = Array.isArray(actual) ? actual.some((one) => match(instant(one))) : match(instant(actual));
        return found !== negate;
      };
    },
  };
}

export const before: Operator = chronology('before', 'is earlier than one of the values', (a, v) => a < v);
export const after: Operator = chronology('after', 'is later than one of the values', (a, v) => a > v);
