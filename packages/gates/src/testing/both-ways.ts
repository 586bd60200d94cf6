import { FlagError, preview } from '@flagwright/core';
import type { Declared } from '../feature/gates-from.ts';
import type { Gates } from '../gates.ts';
import type { LiveGates } from '../holder.ts';
import { type GateOverrides, type OverrideOptions, withGates } from './override.ts';

/** A gate on or off, and how to run something with it so. */
export interface GateWay<N extends string = string> {
  readonly gate: N;
  readonly enabled: boolean;
  /** As titles of tests have it: `EventsProxy=true`. */
  readonly name: string;
  /** Runs something with the gate this way, as `withGates`. */
  readonly run: <T>(fn: (gates: Gates<N>) => T) => T;
}

export interface BothWaysOptions<N extends string = string> extends OverrideOptions {
  /** Other gates, the same in both ways: what the gate requires. */
  readonly overrides?: GateOverrides<N> | undefined;
}

/**
 * Both ways of a gate, off and on, as rows for `it.each`, or to loop over. A locked gate has one way, so the tests need
 * no change when a gate is locked. Throws `FlagError('NOT_FOUND')` for a gate that is not declared.
 */
export function eachWay<N extends string>(
  gates: LiveGates<N>,
  gate: Declared<N>,
  { overrides, by }: BothWaysOptions<Declared<N>> = {},
): readonly GateWay<N>[] {
  const { locked, default: fixed } = gates.current.state(gate);
  return (locked ? [fixed] : [false, true]).map((enabled): GateWay<N> => {
    const name = `${gate}=${enabled}`;
    const values = { ...overrides, [gate]: enabled } as GateOverrides<Declared<N>>;
    return { gate, enabled, name, run: (fn) => withGates(gates, values, fn, { by: by ?? name }) };
  });
}

/**
 * Runs the body of a test with a gate off, and then with it on. What fails says which it was: `with EventsProxy=true: …`.
 * A locked gate has one way. Throws what `fn` throws, and as `withGates`.
 */
export function bothWays<N extends string>(
  gates: LiveGates<N>,
  gate: Declared<N>,
  fn: (way: GateWay<N>) => PromiseLike<unknown>,
  options?: BothWaysOptions<Declared<N>>,
): Promise<void>;
export function bothWays<N extends string>(
  gates: LiveGates<N>,
  gate: Declared<N>,
  fn: (way: GateWay<N>) => unknown,
  options?: BothWaysOptions<Declared<N>>,
): void;
export function bothWays<N extends string>(
  gates: LiveGates<N>,
  gate: Declared<N>,
  fn: (way: GateWay<N>) => unknown,
  options: BothWaysOptions<Declared<N>> = {},
): unknown {
  const next = ([way, ...rest]: readonly GateWay<N>[]): unknown => {
    if (way === undefined) return undefined;
    const fail = (thrown: unknown): never => {
      throw named(thrown, way.name);
    };
    let result: unknown;
    try {
      result = way.run(() => fn(way));
    } catch (thrown) {
      fail(thrown);
    }
    return result instanceof Promise ? result.catch(fail).then(() => next(rest)) : next(rest);
  };
  return next(eachWay(gates, gate, options));
}

/**
 * The same failure, with the way in its message: a copy would lose what test runners show of it. One whose message
 * cannot be changed is the cause of another.
 */
function named(thrown: unknown, way: string): unknown {
  const another = (message: string): FlagError =>
    new FlagError('UNKNOWN', `with ${way}: ${message}`, { cause: thrown });
  if (!(thrown instanceof Error)) return another(preview(thrown));
  const { message, stack } = thrown;
  const said = `with ${way}: ${message}`;
  try {
    thrown.message = said;
    // what is printed is mostly the stack, which has kept the message it was made with
    if (stack !== undefined) thrown.stack = stack.replace(message, () => said);
  } catch {
    // frozen, or the message is a getter
  }
  return thrown.message === said ? thrown : another(message);
}
