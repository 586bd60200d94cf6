import { FlagError } from '../error.ts';
import { formatIssue, type Issue } from '../issue.ts';
import type { EvaluationContext, Scope } from '../scope.ts';
import type { LogicEnv } from './env.ts';
import { compileExpression } from './targeting.ts';

/** What an expression may refer to. */
export interface LogicOptions {
  /** The value of `$flagd.flagKey`, and the salt of `fractional`; empty by default. */
  readonly flagKey?: string;
  /** The shared evaluators by name, for `$ref`. */
  readonly evaluators?: Readonly<Record<string, unknown>>;
  /** The declared types of attributes by name; given, others are warned about. */
  readonly attributes?: Readonly<Record<string, string>>;
}

/**
 * Compiles a JSON Logic expression once, to be run on many contexts. Throws `PARSE_ERROR` with the issues if it
 * cannot be used. `now` is in milliseconds, the present if left out.
 */
export function compileLogic(
  logic: unknown,
  options: LogicOptions = {},
): (data: EvaluationContext, now?: number) => unknown {
  const { flagKey = '', evaluators = {}, attributes } = options;
  const issues: Issue[] = [];
  let timed = false;
  const env: LogicEnv = {
    flagKey,
    evaluator: (name) => (Object.hasOwn(evaluators, name) ? evaluators[name] : undefined),
    attributeType: (name) =>
      attributes !== undefined && Object.hasOwn(attributes, name) ? attributes[name] : undefined,
    hasSegment: () => false,
    use: (dependency) => {
      timed ||= dependency === 'time';
    },
    report: (issue) => issues.push(issue),
    declared: attributes !== undefined,
  };
  const run = compileExpression(logic, env, []);
  const errors = issues.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) {
    throw new FlagError('PARSE_ERROR', errors.map(formatIssue).join('\n'), { issues });
  }
  const still = at(0);
  return (data, now) => run(data ?? {}, timed ? at(now ?? Date.now()) : still);
}

const NONE: ReadonlyMap<string, never> = new Map<string, never>();

function at(now: number): Scope {
  return { flags: NONE, segments: NONE, now, memo: undefined };
}
