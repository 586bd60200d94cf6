import type { Attribute } from '../attribute.ts';
import type { Test } from '../scope.ts';
import type { Match, Operator } from './operator.ts';
import { eachElement, someElement } from './operator.ts';

/** Up to this many values a scan is faster than a set. */
const SCAN = 4;

/** Membership by strict equality; flat in the number of values. */
export function oneOf(values: readonly unknown[]): Match {
  if (values.length === 1) {
    const [only] = values;
    return (actual) => actual === only;
  }
  if (values.length <= SCAN) return (actual) => values.includes(actual);
  const set = new Set(values);
  return (actual) => set.has(actual);
}

/** The same as a test of an attribute, with the comparison in place: the hottest of all clauses. */
function isOneOf({ get, plain }: Attribute, values: readonly unknown[]): Test {
  const match = oneOf(values);
  if (values.length === 1) {
    const [only] = values;
    return (context) => {
      const actual = plain === undefined ? get(context) : context[plain];
      return actual === only || (typeof actual === 'object' && someElement(actual, match));
    };
  }
  if (values.length <= SCAN) {
    return (context) => {
      const actual = plain === undefined ? get(context) : context[plain];
      for (let i = 0; i < values.length; i++) if (values[i] === actual) return true;
      return typeof actual === 'object' && someElement(actual, match);
    };
  }
  const set = new Set(values);
  return (context) => {
    const actual = plain === undefined ? get(context) : context[plain];
    return set.has(actual) || (typeof actual === 'object' && someElement(actual, match));
  };
}

function checkScalar(value: unknown): string | undefined {
  if (typeof value === 'string' || typeof value === 'boolean') return undefined;
  return typeof value === 'number' && Number.isFinite(value) ? undefined : 'text, a number or a boolean';
}

function equality(name: string, summary: string, negative: boolean): Operator {
  return {
    name,
    summary,
    attribute: 'text, number, boolean, or a list of them',
    values: 'text, numbers or booleans',
    check: checkScalar,
    compile: (attribute, values, negate) =>
      negate === negative ? isOneOf(attribute, values) : eachElement(attribute, oneOf(values), true),
  };
}

export const eq: Operator = equality('eq', 'equals one of the values; the type counts: 1 is not "1"', false);
export const neq: Operator = equality('neq', 'equals none of the values', true);
export const oneOfValues: Operator = equality('in', 'is one of the values; same as `eq`', false);
export const notIn: Operator = equality('notIn', 'is none of the values; same as `neq`', true);
