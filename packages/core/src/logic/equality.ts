import { anyRandom, type Code, code, fold } from './code.ts';
import type { Expression } from './env.ts';
import { lintType } from './lint.ts';
import { type Call, type Compiler, type Operator, operands } from './operator.ts';
import { looseEquals, strictEquals } from './values.ts';
import { versionComparison } from './version-comparison.ts';

type Equals = (a: unknown, b: unknown) => boolean;

function pair(a: Code, b: Code, equals: Equals, wanted: boolean): Expression {
  if (a.constant && !b.constant) return pair(b, a, equals, wanted);
  if (b.constant && b.value !== null && typeof b.value !== 'object') return against(a, b.value, equals, wanted);
  const { run } = a;
  const { run: other } = b;
  return (context, scope) => equals(run(context, scope), other(context, scope)) === wanted;
}

/** Against a literal that is not null: the same type and value needs no coercion, and no call. */
function against(a: Code, literal: unknown, equals: Equals, wanted: boolean): Expression {
  const { plain, run } = a;
  if (plain !== undefined) {
    return (context) => {
      const value = context[plain];
      return (value === literal || equals(value, literal)) === wanted;
    };
  }
  return (context, scope) => {
    const value = run(context, scope);
    return (value === literal || equals(value, literal)) === wanted;
  };
}

function chain(parts: readonly Code[], equals: Equals, wanted: boolean): Expression {
  const runs = parts.map((part) => part.run);
  return (context, scope) => {
    let previous = runs[0]!(context, scope);
    for (let i = 1; i < runs.length; i++) {
      const current = runs[i]!(context, scope);
      if (equals(previous, current) !== wanted) return false;
      previous = current;
    }
    return true;
  };
}

function compare(equals: Equals, wanted: boolean): (call: Call, compiler: Compiler) => Code {
  return (call, compiler) => {
    const parts = operands(call, compiler);
    const [a, b] = parts;
    const versions = versionComparison(call, parts, compiler);
    if (versions !== undefined) return versions;
    for (const [variable, literal] of [
      [a!, b!],
      [b!, a!],
    ] as const) {
      if (!literal.constant) continue;
      const effect = equals === strictEquals ? 'they are never equal' : 'they are compared as numbers';
      lintType(variable, literal.value, call.path, compiler, effect);
    }
    const run = parts.length === 2 ? pair(a!, b!, equals, wanted) : chain(parts, equals, wanted);
    return fold(code(run, { boolean: true, random: anyRandom(parts) }), parts);
  };
}

const ABOUT = { arity: 'two values', min: 2, max: Number.POSITIVE_INFINITY, spreads: false };

/** Equality, loose and strict. More than two operands: each with the next. */
export const EQUALITY_OPERATORS: readonly Operator[] = [
  {
    name: '==',
    ...ABOUT,
    summary: 'Equal, with coercion: 1 == "1", true == 1, null == 0. Versions as versions.',
    compile: compare(looseEquals, true),
  },
  { name: '!=', ...ABOUT, summary: 'Not equal, with coercion.', compile: compare(looseEquals, false) },
  { name: '===', ...ABOUT, summary: 'The same type and value.', compile: compare(strictEquals, true) },
  { name: '!==', ...ABOUT, summary: 'Not the same type or not the same value.', compile: compare(strictEquals, false) },
];
