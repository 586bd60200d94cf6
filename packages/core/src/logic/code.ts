import type { EvaluationContext, Scope, Test } from '../scope.ts';
import type { Expression } from './env.ts';
import { truthy } from './values.ts';

/** A compiled subtree, and what is known about it at load. */
export interface Code {
  readonly run: Expression;
  /** The same `value` for every context and scope. */
  readonly constant: boolean;
  readonly value: unknown;
  /** Yields only true, false or null, so `=== true` is its truth. */
  readonly boolean: boolean;
  /** Depends on a random split: a `fractional` or a bucket comparison is in it. */
  readonly random: boolean;
  /** The name, if this is a `var` of the evaluation context (not of a list's element). */
  readonly variable: string | undefined;
  /** The property, if one read of it is all this does. */
  readonly plain: string | undefined;
}

interface Traits {
  readonly boolean?: boolean;
  readonly random?: boolean;
  readonly variable?: string | undefined;
  readonly plain?: string | undefined;
}

/** Code that works its value out. */
export function code(run: Expression, { boolean = false, random = false, variable, plain }: Traits = {}): Code {
  return { run, constant: false, value: undefined, boolean, random, variable, plain };
}

/** Code whose value is known at load. */
export function constant(value: unknown, variable?: string): Code {
  const boolean = typeof value === 'boolean' || value === null;
  return { run: () => value, constant: true, value, boolean, random: false, variable, plain: undefined };
}

/** Stands for a subtree that could not be compiled; its error is reported. Not a constant, so nothing is folded over it. */
export const BROKEN: Code = code(() => null);

const NOWHERE: Scope = { flags: new Map(), segments: new Map(), now: 0, memo: undefined };

/** Works `built` out now if all its `parts` are constant. Only for code that looks at nothing but its parts. */
export function fold(built: Code, parts: readonly Code[]): Code {
  return parts.every((part) => part.constant) ? constant(built.run({}, NOWHERE)) : built;
}

/** Does any part hold a random split? */
export function anyRandom(parts: readonly Code[]): boolean {
  return parts.some((part) => part.random);
}

/** The truth of a piece of code as a test, without the general truthiness where the result is known to be boolean. */
export function testOf(part: Code): Test {
  const { run, constant: known, value, boolean, plain } = part;
  if (known) {
    const answer = truthy(value);
    return () => answer;
  }
  if (boolean) return (context, scope) => run(context, scope) === true;
  if (plain !== undefined) return (context) => truthyProperty(context, plain);
  return (context: EvaluationContext, scope: Scope) => truthy(run(context, scope));
}

function truthyProperty(context: EvaluationContext, name: string): boolean {
  const value = context[name];
  if (typeof value === 'boolean') return value;
  return typeof value !== 'function' && truthy(value);
}
