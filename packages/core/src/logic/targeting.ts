import type { Path } from '../issue.ts';
import type { EvaluationContext, Scope } from '../scope.ts';
import { branches, compileIf } from './branch.ts';
import type { Code } from './code.ts';
import { createCompiler, type RootCompiler } from './compiler.ts';
import type { Expression, LogicEnv } from './env.ts';
import { compileFractional, compileSplit } from './fractional.ts';
import type { Call } from './operator.ts';

/** Compiles an expression. If an error is reported, the result is always null. */
export function compileExpression(logic: unknown, env: LogicEnv, path: Path): Expression {
  const compiler = createCompiler(env);
  const { run } = compiler.compile(logic, path);
  return compiler.failed() ? () => null : run;
}

type Decide<T> = (context: EvaluationContext, scope: Scope) => T;
type Serve<T> = (value: unknown, split: boolean, path?: Path) => T;

/**
 * Compiles an expression whose value is served: `serve` is called once, now, for each literal leaf of `if` and
 * `fractional`, with its path, and at evaluation for what is computed, without one. `split` tells that a random split
 * led there. If an error is reported, the result is always `serve(null, false)`.
 */
export function compileTargeting<T>(logic: unknown, env: LogicEnv, path: Path, serve: Serve<T>): Decide<T> {
  const compiler = createCompiler(env);
  const decide = tail(logic, path, false, compiler, serve);
  if (!compiler.failed()) return decide;
  const nothing = serve(null, false);
  return () => nothing;
}

function tail<T>(raw: unknown, path: Path, split: boolean, compiler: RootCompiler, serve: Serve<T>): Decide<T> {
  return compiler.walk<Decide<T>>(raw, path, {
    leaf: (code) => leaf(code, split, serve, path),
    use: (operator, call) => {
      if (operator.compile === compileIf) return branch(call, split, compiler, serve);
      if (operator.compile === compileFractional) return fractional(call, split, compiler, serve);
      return leaf(operator.compile(call, compiler), split, serve, path);
    },
  });
}

function leaf<T>({ constant, value, run, random }: Code, split: boolean, serve: Serve<T>, path: Path): Decide<T> {
  if (constant) {
    const outcome = serve(value, split, path);
    return () => outcome;
  }
  return (context, scope) => serve(run(context, scope), split || random);
}

function branch<T>(call: Call, split: boolean, compiler: RootCompiler, serve: Serve<T>): Decide<T> {
  const { arms, rest } = branches(call, compiler);
  let drawn = split;
  const results: Decide<T>[] = [];
  for (const arm of arms) {
    drawn ||= arm.random;
    results.push(tail(arm.raw, arm.path, drawn, compiler, serve));
  }
  results.push(tail(rest.raw, rest.path, drawn, compiler, serve));
  const tests = arms.map((arm) => arm.test);
  const [first] = tests;
  if (first === undefined) return results[0]!;
  if (tests.length === 1) {
    const [then, otherwise] = results as [Decide<T>, Decide<T>];
    return (context, scope) => (first(context, scope) ? then(context, scope) : otherwise(context, scope));
  }
  return (context, scope) => {
    let i = 0;
    while (i < tests.length && !tests[i]!(context, scope)) i++;
    return results[i]!(context, scope);
  };
}

function fractional<T>(call: Call, split: boolean, compiler: RootCompiler, serve: Serve<T>): Decide<T> {
  const found = compileSplit(call, compiler);
  const nothing = serve(null, split);
  if (found === undefined) return () => nothing;
  const { variants, first, pick, run } = found;
  if (variants === undefined) {
    return (context, scope) => {
      const value = run(context, scope);
      return value === null ? nothing : serve(value, true);
    };
  }
  const outcomes = variants.map((variant, i) => serve(variant, true, [...call.at(first + i), 0]));
  return (context, scope) => {
    const index = pick(context, scope);
    if (index >= 0) return outcomes[index]!;
    return index === -1 ? nothing : serve(run(context, scope), true);
  };
}
