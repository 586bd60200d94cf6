import type { Match, Operator } from './operator.ts';
import { eachElement } from './operator.ts';

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
    compile: (get, values, negate) => eachElement(get, oneOf(values), negate !== negative),
  };
}

export const eq: Operator = equality('eq', 'equals one of the values; the type counts: 1 is not "1"', false);
export const neq: Operator = equality('neq', 'equals none of the values', true);
export const oneOfValues: Operator = equality('in', 'is one of the values; same as `eq`', false);
export const notIn: Operator = equality('notIn', 'is none of the values; same as `neq`', true);
