import { anyRandom, type Code, code, fold, testOf } from './code.ts';
import type { Expression } from './env.ts';
import { type Call, type Compiler, type Operator, operands } from './operator.ts';
import { truthy } from './values.ts';

/** `and` (`stop` = false) and `or` (`stop` = true): the first value whose truth is `stop`, else the last. */
function connect(stop: boolean): (call: Call, compiler: Compiler) => Code {
  return (call, compiler) => {
    const parts = operands(call, compiler);
    const boolean = parts.every((part) => part.boolean);
    const run = boolean ? connectTests(parts, stop) : connectValues(parts, stop);
    return fold(code(run, { boolean, random: anyRandom(parts) }), parts);
  };
}

function connectValues(parts: readonly Code[], stop: boolean): Expression {
  const runs = parts.map((part) => part.run);
  return (context, scope) => {
    let value: unknown = null;
    for (let i = 0; i < runs.length; i++) {
      value = runs[i]!(context, scope);
      if (truthy(value) === stop) return value;
    }
    return value;
  };
}

function connectTests(parts: readonly Code[], stop: boolean): Expression {
  const runs = parts.map((part) => part.run);
  const [first, second] = runs;
  if (first !== undefined && second !== undefined && runs.length === 2) {
    return (context, scope) => {
      const value = first(context, scope);
      return (value === true) === stop ? value : second(context, scope);
    };
  }
  return (context, scope) => {
    let value: unknown = null;
    for (let i = 0; i < runs.length; i++) {
      value = runs[i]!(context, scope);
      if ((value === true) === stop) return value;
    }
    return value;
  };
}

/** `!` and `!!`, which look at their first operand only. */
function truthOf(wanted: boolean): (call: Call, compiler: Compiler) => Code {
  return (call, compiler) => {
    const parts = operands(call, compiler);
    const [part] = parts;
    const test = part === undefined ? () => false : testOf(part);
    const run: Expression = wanted ? test : (context, scope) => !test(context, scope);
    return fold(code(run, { boolean: true, random: anyRandom(parts) }), parts);
  };
}

const ANY = Number.POSITIVE_INFINITY;

/** Operators on truths. */
export const CONNECTIVE_OPERATORS: readonly Operator[] = [
  {
    name: 'and',
    arity: 'conditions',
    min: 0,
    max: ANY,
    spreads: false,
    summary: 'The first operand that is not true, else the last one.',
    compile: connect(false),
  },
  {
    name: 'or',
    arity: 'conditions',
    min: 0,
    max: ANY,
    spreads: false,
    summary: 'The first operand that is true, else the last one.',
    compile: connect(true),
  },
  {
    name: '!',
    arity: 'a value',
    min: 0,
    max: 1,
    spreads: false,
    summary: 'True if the operand is not: false, null, 0, an empty text, list or object.',
    compile: truthOf(false),
  },
  {
    name: '!!',
    arity: 'a value',
    min: 0,
    max: 1,
    spreads: false,
    summary: 'The truth of the operand as true or false.',
    compile: truthOf(true),
  },
];
