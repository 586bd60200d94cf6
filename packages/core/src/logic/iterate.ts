import type { EvaluationContext, Scope, Test } from '../scope.ts';
import { budgeted, next } from './budget.ts';
import { type Code, code, testOf } from './code.ts';
import type { Expression } from './env.ts';
import type { Call, Compiler, Operator } from './operator.ts';

/**
 * Operators that run an expression for each element of a list; inside it, `var` sees the element. What is not a list
 * is an empty one. Beyond the budget of steps the result is null.
 */

interface Parts {
  readonly source: Expression;
  readonly each: Code;
  readonly random: boolean;
}

function parts(call: Call, compiler: Compiler): Parts {
  const source = compiler.compile(call.args[0], call.at(0));
  const each = compiler.inside(() => compiler.compile(call.args[1], call.at(1)));
  return { source: source.run, each, random: source.random || each.random };
}

function compileMap(call: Call, compiler: Compiler): Code {
  const { source, each, random } = parts(call, compiler);
  return code(
    (context, scope) => {
      const list = source(context, scope);
      if (!Array.isArray(list)) return [];
      return budgeted(() => {
        const result: unknown[] = [];
        for (const item of list) {
          if (!next()) return null;
          result.push(each.run(item as EvaluationContext, scope));
        }
        return result;
      });
    },
    { random },
  );
}

function compileFilter(call: Call, compiler: Compiler): Code {
  const { source, each, random } = parts(call, compiler);
  const test = testOf(each);
  return code(
    (context, scope) => {
      const list = source(context, scope);
      if (!Array.isArray(list)) return [];
      return budgeted(() => {
        const result: unknown[] = [];
        for (const item of list) {
          if (!next()) return null;
          if (test(item as EvaluationContext, scope)) result.push(item);
        }
        return result;
      });
    },
    { random },
  );
}

/** The first element whose truth is `wanted`: its position, -1 if there is none, -2 if the budget is spent. */
function find(list: readonly unknown[], scope: Scope, test: Test, wanted: boolean): number {
  return budgeted(() => {
    for (let i = 0; i < list.length; i++) {
      if (!next()) return -2;
      if (test(list[i] as EvaluationContext, scope) === wanted) return i;
    }
    return -1;
  });
}

function quantifier(wanted: boolean, ofNone: boolean, answer: (found: number) => boolean | null) {
  return (call: Call, compiler: Compiler): Code => {
    const { source, each, random } = parts(call, compiler);
    const test = testOf(each);
    return code(
      (context, scope) => {
        const list = source(context, scope);
        if (!Array.isArray(list) || list.length === 0) return ofNone;
        const found = find(list, scope, test, wanted);
        return found === -2 ? null : answer(found);
      },
      { boolean: true, random },
    );
  };
}

/** At most one level of nesting, as json-logic-engine has it: a growing accumulator could not be bounded otherwise. */
function isFlat(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return Object.values(value).every((item) => typeof item !== 'object' || item === null);
}

function compileReduce(call: Call, compiler: Compiler): Code {
  const { source, each, random } = parts(call, compiler);
  const start = call.args.length > 2 ? compiler.compile(call.args[2], call.at(2)) : undefined;
  return code(
    (context, scope) => {
      const found = source(context, scope);
      const list: readonly unknown[] = Array.isArray(found) ? found : [];
      const initial = start === undefined ? list[0] : start.run(context, scope);
      if (start !== undefined && !isFlat(initial)) return null;
      return budgeted(() => {
        let accumulator: unknown = initial ?? null;
        for (let i = start === undefined ? 1 : 0; i < list.length; i++) {
          if (!next()) return null;
          accumulator = each.run({ accumulator, current: list[i] }, scope);
          if (!isFlat(accumulator)) return null;
        }
        return accumulator;
      });
    },
    { random: random || (start?.random ?? false) },
  );
}

const ABOUT = { arity: 'a list and an expression', min: 2, max: 2, spreads: false };

/** Operators that run an expression for each element of a list. */
export const ITERATION_OPERATORS: readonly Operator[] = [
  { name: 'map', ...ABOUT, summary: 'The list of the results.', compile: compileMap },
  {
    name: 'filter',
    ...ABOUT,
    summary: 'The list of the elements for which the expression is true.',
    compile: compileFilter,
  },
  {
    name: 'reduce',
    arity: 'a list, an expression, and a start',
    min: 2,
    max: 3,
    spreads: false,
    summary: 'Folds the list: the expression sees {accumulator, current}. Without a start, the first element is it.',
    compile: compileReduce,
  },
  {
    name: 'all',
    ...ABOUT,
    summary: 'Is the expression true for every element? False for an empty list.',
    compile: quantifier(false, false, (found) => found < 0),
  },
  {
    name: 'some',
    ...ABOUT,
    summary: 'Is the expression true for an element?',
    compile: quantifier(true, false, (found) => found >= 0),
  },
  {
    name: 'none',
    ...ABOUT,
    summary: 'Is the expression true for no element?',
    compile: quantifier(true, true, (found) => found < 0),
  },
];
