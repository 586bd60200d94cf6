import type { Path } from '../issue.ts';
import type { Test } from '../scope.ts';
import { type Code, code, constant, testOf } from './code.ts';
import type { Expression } from './env.ts';
import type { Call, Compiler, Operator } from './operator.ts';
import { truthy } from './values.ts';

/** One way through an `if`: taken if its condition, the first that holds, does. */
export interface Arm {
  readonly test: Test;
  /** Whether the condition holds, if that is known at load. */
  readonly known: boolean | undefined;
  readonly random: boolean;
  readonly raw: unknown;
  readonly path: Path;
}

/** An `if` taken apart: its arms and what is left. */
export interface Branches {
  readonly arms: readonly Arm[];
  readonly rest: { readonly raw: unknown; readonly path: Path };
}

/** Compiles the conditions of an `if` and leaves its results to the caller. */
export function branches(call: Call, compiler: Compiler): Branches {
  const { args } = call;
  const arms: Arm[] = [];
  let i = 0;
  for (; i + 1 < args.length; i += 2) {
    noteResults(args[i], args[i + 1], i + 3 === args.length ? args[i + 2] : undefined, compiler);
    const condition = compiler.compile(args[i], call.at(i));
    const known = condition.constant ? truthy(condition.value) : undefined;
    arms.push({ test: testOf(condition), known, random: condition.random, raw: args[i + 1], path: call.at(i + 1) });
  }
  const rest = i < args.length ? { raw: args[i], path: call.at(i) } : { raw: null, path: call.path };
  return { arms, rest };
}

/** Keeps what a condition decides between, for the hint of a bucket comparison. */
function noteResults(condition: unknown, then: unknown, otherwise: unknown, { results }: Compiler): void {
  if (typeof condition !== 'object' || condition === null) return;
  const [operand] = Object.values(condition);
  if (Array.isArray(operand)) results.set(operand, [then, otherwise]);
}

/** Compiles an `if` for its value. */
export function compileIf(call: Call, compiler: Compiler): Code {
  const { arms, rest } = branches(call, compiler);
  const leaves = arms.map((arm) => compiler.compile(arm.raw, arm.path));
  const last = compiler.compile(rest.raw, rest.path);
  const boolean = last.boolean && leaves.every((leaf) => leaf.boolean);
  const random = last.random || arms.some((arm) => arm.random) || leaves.some((leaf) => leaf.random);
  if (arms.length > 8) return code(search(arms, leaves, last), { boolean, random });
  let result = last;
  for (let i = arms.length - 1; i >= 0; i--) {
    const { test, known } = arms[i]!;
    const leaf = leaves[i]!;
    if (known === false) continue;
    result = known === true ? leaf : code(choose(test, leaf, result), { boolean, random });
  }
  return result.constant ? constant(result.value) : { ...result, boolean, random, variable: undefined };
}

function search(arms: readonly Arm[], leaves: readonly Code[], last: Code): Expression {
  const tests = arms.map((arm) => arm.test);
  const runs = [...leaves, last].map((leaf) => leaf.run);
  return (context, scope) => {
    let i = 0;
    while (i < tests.length && !tests[i]!(context, scope)) i++;
    return runs[i]!(context, scope);
  };
}

function choose(test: Test, then: Code, otherwise: Code): Expression {
  const { run } = then;
  const { run: runOtherwise } = otherwise;
  if (then.constant && otherwise.constant) {
    const { value } = then;
    const { value: other } = otherwise;
    return (context, scope) => (test(context, scope) ? value : other);
  }
  return (context, scope) => (test(context, scope) ? run(context, scope) : runOtherwise(context, scope));
}

const ABOUT = {
  arity: 'condition, result, further pairs, and a result for otherwise',
  min: 0,
  max: Number.POSITIVE_INFINITY,
  spreads: false,
  compile: compileIf,
};

/** `if` and its other spelling. */
export const BRANCH_OPERATORS: readonly Operator[] = [
  {
    name: 'if',
    summary: 'The result after the first condition that holds; null if none does and nothing is left.',
    ...ABOUT,
  },
  { name: '?:', summary: 'Another spelling of `if`.', ...ABOUT },
];
