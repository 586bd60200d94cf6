import type { Path } from '../issue.ts';
import type { EvaluationContext, Scope } from '../scope.ts';
import { createCompiler } from './compiler.ts';
import type { LogicEnv } from './env.ts';
import type { Call } from './operator.ts';

/** One use of an operator that an evaluation reached. */
export interface Traced {
  readonly call: Call;
  /** The attribute, if this is a `var` of one. */
  readonly variable: string | undefined;
  /** What it yielded. */
  value: unknown;
  /** What it asked for, in that order. What is constant was worked out at load, and is not among them. */
  readonly children: readonly Traced[];
}

/** An evaluation with all it went through. */
export interface Trace {
  readonly result: unknown;
  readonly children: readonly Traced[];
  /** The attributes it looked for by name, in that order; those that only list operators look for are not among them. */
  readonly attributes: ReadonlySet<string>;
}

const FLAGD = '$flagd';
const KEYS = new Set(['missing', 'missing_some']);

function isAttribute(name: unknown): name is string {
  return typeof name === 'string' && name !== '' && name !== FLAGD && !name.startsWith(`${FLAGD}.`);
}

/**
 * Evaluates an expression once by the very code that evaluation uses, and notes what it goes through. What is inside a
 * list operator is not noted, so everything is noted at most once or twice. Throws what the context's getters throw.
 */
export function traceExpression(
  logic: unknown,
  env: LogicEnv,
  path: Path,
  context: EvaluationContext,
  scope: Scope,
): Trace {
  const attributes = new Set<string>();
  const top: Traced[] = [];
  let siblings = top;
  const compiler = createCompiler(env, (call, built) => {
    const { variable } = built;
    const names = KEYS.has(call.name) ? call.args.flat().filter(isAttribute) : [variable].filter(isAttribute);
    // a split that is always null is told of too
    if (built.constant && call.name !== 'fractional') return built;
    return {
      ...built,
      constant: false,
      // nothing may read the attribute past `run`
      plain: undefined,
      run: (...inputs) => {
        const children: Traced[] = [];
        const one: Traced = { call, variable: isAttribute(variable) ? variable : undefined, value: null, children };
        for (const name of names) attributes.add(name);
        const outer = siblings;
        outer.push(one);
        siblings = children;
        one.value = built.run(...inputs);
        siblings = outer;
        return one.value;
      },
    };
  });
  const { run } = compiler.compile(logic, path);
  if (compiler.failed()) return { result: null, children: [], attributes };
  return { result: run(context, scope), children: top, attributes };
}

/** Which operand of `parent` the use of an operator stands in. */
export function operandOf({ call }: Traced, parent: Call): number {
  const step = parent.computed ? 0 : call.path[parent.path.length];
  return typeof step === 'number' ? step : 0;
}
