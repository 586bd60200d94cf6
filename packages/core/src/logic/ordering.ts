import { anyRandom, type Code, code, fold } from './code.ts';
import type { Expression } from './env.ts';
import { bucketComparison } from './flag-key.ts';
import { lintOrdering, lintType } from './lint.ts';
import { type Call, type Compiler, type Operator, operands } from './operator.ts';
import { isAtMost, isLess } from './values.ts';
import { versionComparison } from './version-comparison.ts';

type Compare = (a: unknown, b: unknown) => boolean;

const COMPARE: Readonly<Record<string, Compare>> = {
  '<': isLess,
  '<=': isAtMost,
  '>': (a, b) => isLess(b, a),
  '>=': (a, b) => isAtMost(b, a),
};

/** An attribute against a number: no coercion where it is one. */
const AGAINST_NUMBER: Readonly<Record<string, (name: string, literal: number) => Expression>> = {
  '<': (name, literal) => (context) => {
    const value = context[name];
    return typeof value === 'number' ? value < literal : isLess(value ?? null, literal);
  },
  '<=': (name, literal) => (context) => {
    const value = context[name];
    return typeof value === 'number' ? value <= literal : isAtMost(value ?? null, literal);
  },
  '>': (name, literal) => (context) => {
    const value = context[name];
    return typeof value === 'number' ? value > literal : isLess(literal, value ?? null);
  },
  '>=': (name, literal) => (context) => {
    const value = context[name];
    return typeof value === 'number' ? value >= literal : isAtMost(literal, value ?? null);
  },
};

function order(operator: string, parts: readonly Code[]): Expression {
  const compare = COMPARE[operator]!;
  const [a, b] = parts;
  if (parts.length === 2) {
    const { plain, run } = a!;
    const { run: other, constant, value: literal } = b!;
    if (plain !== undefined && constant && typeof literal === 'number')
      return AGAINST_NUMBER[operator]!(plain, literal);
    return (context, scope) => compare(run(context, scope), other(context, scope));
  }
  const runs = parts.map((part) => part.run);
  return (context, scope) => {
    let previous = runs[0]!(context, scope);
    for (let i = 1; i < runs.length; i++) {
      const current = runs[i]!(context, scope);
      if (!compare(previous, current)) return false;
      previous = current;
    }
    return true;
  };
}

function compileOrdering(call: Call, compiler: Compiler): Code {
  const parts = operands(call, compiler);
  const special = bucketComparison(call, parts, compiler) ?? versionComparison(call, parts, compiler);
  if (special !== undefined) return special;
  const literals = parts.filter((part) => part.constant && part.variable === undefined);
  for (const part of parts) {
    for (const { value } of literals) lintType(part, value, call.path, compiler, 'texts are read as numbers');
  }
  lintOrdering(call.name, parts, call.path, compiler);
  return fold(code(order(call.name, parts), { boolean: true, random: anyRandom(parts) }), parts);
}

const ABOUT = {
  arity: 'two values, or three for "between"',
  min: 2,
  max: Number.POSITIVE_INFINITY,
  spreads: false,
  compile: compileOrdering,
};
const RULE = 'Numbers, or two texts by code units; null is 0. Versions as versions.';

/** Orderings. Three operands: the second is between the others. */
export const ORDERING_OPERATORS: readonly Operator[] = [
  { name: '<', ...ABOUT, summary: `Less. ${RULE}` },
  { name: '<=', ...ABOUT, summary: 'Less or equal.' },
  { name: '>', ...ABOUT, summary: 'Greater.' },
  { name: '>=', ...ABOUT, summary: 'Greater or equal.' },
];
