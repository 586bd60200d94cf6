import type { Code } from './code.ts';
import type { Expression } from './env.ts';
import { eager, type Operator } from './operator.ts';
import { toNumber } from './values.ts';

/**
 * Arithmetic on numbers and what reads as one. Where json-logic-engine throws `NaN` (not a number, division by
 * zero) the result is NaN: it compares false with everything and is not true.
 */

type Binary = (a: number, b: number) => number;

/** A lone operand that turns out to be a list supplies the operands, as json-logic-engine has it. */
function spread(values: readonly unknown[]): readonly unknown[] {
  const [only] = values;
  return values.length === 1 && Array.isArray(only) ? only : values;
}

function chain(
  start: number | undefined,
  binary: Binary,
  alone: (value: number) => number,
): (values: readonly unknown[]) => number {
  return (list) => {
    const values = spread(list);
    if (values.length === 0) return start ?? Number.NaN;
    let result = toNumber(values[0]);
    if (values.length === 1) return alone(result);
    for (let i = 1; i < values.length; i++) result = binary(result, toNumber(values[i]));
    return result;
  };
}

function special(binary: Binary): (parts: readonly Code[]) => Expression | undefined {
  return (parts) => {
    const [a, b] = parts;
    if (a === undefined || b === undefined || parts.length > 2) return undefined;
    return (context, scope) => binary(toNumber(a.run(context, scope)), toNumber(b.run(context, scope)));
  };
}

function extreme(better: (a: number, b: number) => boolean): (values: readonly unknown[]) => number | null {
  return (values) => {
    if (values.length === 0) return null;
    let best = toNumber(values[0]);
    for (let i = 1; i < values.length; i++) {
      const value = toNumber(values[i]);
      if (Number.isNaN(value) || better(value, best)) best = value;
      if (Number.isNaN(best)) return best;
    }
    return best;
  };
}

function divide(a: number, b: number): number {
  return b === 0 ? Number.NaN : a / b;
}

function operator(
  name: string,
  arity: string,
  min: number,
  summary: string,
  apply: (values: readonly unknown[]) => unknown,
  binary?: Binary,
): Operator {
  const options = binary === undefined ? { apply } : { apply, special: special(binary) };
  return {
    name,
    arity,
    min,
    max: Number.POSITIVE_INFINITY,
    spreads: true,
    summary,
    compile: (call, compiler) => eager(call, compiler, options),
  };
}

const add: Binary = (a, b) => a + b;
const subtract: Binary = (a, b) => a - b;
const multiply: Binary = (a, b) => a * b;
const remainder: Binary = (a, b) => a % b;

/** Operators on numbers. */
export const ARITHMETIC_OPERATORS: readonly Operator[] = [
  operator(
    '+',
    'numbers',
    0,
    'The sum; of one operand, its number.',
    chain(0, add, (a) => a),
    add,
  ),
  operator(
    '-',
    'one number, or several',
    1,
    'The difference; of one operand, its negation.',
    chain(undefined, subtract, (a) => -a),
    subtract,
  ),
  operator(
    '*',
    'numbers',
    0,
    'The product.',
    chain(1, multiply, (a) => a),
    multiply,
  ),
  operator(
    '/',
    'one number, or several',
    1,
    'The quotient; of one operand, its reciprocal. NaN if divided by 0.',
    chain(undefined, divide, (a) => divide(1, a)),
    divide,
  ),
  operator(
    '%',
    'two numbers',
    2,
    'The remainder, with the sign of the first.',
    chain(undefined, remainder, () => Number.NaN),
    remainder,
  ),
  operator(
    'min',
    'numbers',
    0,
    'The least; null of none.',
    extreme((a, b) => a < b),
  ),
  operator(
    'max',
    'numbers',
    0,
    'The greatest; null of none.',
    extreme((a, b) => a > b),
  ),
];
