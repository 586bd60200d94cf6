import { FlagError } from '@flagwright/core';
import type { LDClient, LDContext, LDFlagsState } from './client.ts';

// A client lists its flags by evaluating them all. In version 9, one flag that cannot be evaluated (it has no
// variations) then throws outside of any call, and ends the process. So its evaluator, which is not public, is replaced
// for the time of the listing: for keys by one that evaluates nothing, for values by one that catches. Version 7 rejects,
// and evaluates nothing for a context that is not valid.

/** What version 9 says of a flag. */
interface Result {
  readonly isError: boolean;
  readonly message: string;
  readonly detail: { readonly value: null; readonly variationIndex: null; readonly reason: { readonly kind: string } };
}

type Tell = (result: Result) => void;

/** The part of version 9's evaluator that is used. */
interface Evaluator {
  evaluateCb(flag: object, context: unknown, tell: Tell, ...more: unknown[]): void;
  _evaluateInternal(
    flag: { readonly on?: unknown; readonly variations?: unknown },
    context: unknown,
    state: unknown,
    visited: unknown,
    tell: Tell,
    ...more: unknown[]
  ): void;
}

/** The flags of a client, by their keys. */
export interface Listed {
  readonly keys: readonly string[];
  /** A flag as it is kept, another object each time that flags came in; undefined in version 7, or without flags. */
  readonly sample: object | undefined;
}

/** Version 9 wants a context that is valid, version 7 one that is not. Nothing is evaluated for either. */
const NOBODY: LDContext = { kind: 'user', key: 'flagwright', anonymous: true };
const INVALID = { kind: 'user' };

/** What flags a client has, without an evaluation; undefined if it does not tell. Never rejects. */
export async function flagsOf(client: LDClient): Promise<Listed | undefined> {
  let sample: object | undefined;
  const evaluator: Pick<Evaluator, 'evaluateCb'> = {
    evaluateCb(flag, _context, tell) {
      sample ??= flag;
      tell(resultOf(false, 'OFF'));
    },
  };
  try {
    const lister = evaluatorOf(client) === undefined ? client : evaluatingBy(client, evaluator);
    const state = await lister.allFlagsState(lister === client ? INVALID : NOBODY, {
      detailsOnlyForTrackedFlags: true,
    });
    return state.valid ? { keys: Object.keys(state.allValues()), sample } : undefined;
  } catch {
    return undefined;
  }
}

/** What all flags of a client serve; `FlagError('PARSE_ERROR')` if version 7 stumbles over one of them. */
export async function stateOf(client: LDClient, context: LDContext): Promise<LDFlagsState> {
  const evaluator = evaluatorOf(client);
  const lister = evaluator === undefined ? client : evaluatingBy(client, catching(evaluator));
  try {
    return await lister.allFlagsState(context, { withReasons: true });
  } catch {
    throw new FlagError('PARSE_ERROR', 'one flag cannot be evaluated, and so the client of LaunchDarkly lists none');
  }
}

/** The evaluator of version 9. */
function evaluatorOf(client: LDClient): Evaluator | undefined {
  const { _evaluator } = client as { readonly _evaluator?: Partial<Evaluator> };
  const known = typeof _evaluator?.evaluateCb === 'function' && typeof _evaluator._evaluateInternal === 'function';
  return known ? (_evaluator as Evaluator) : undefined;
}

/** The client, but for how it evaluates. */
function evaluatingBy(client: LDClient, evaluator: Pick<Evaluator, 'evaluateCb'>): LDClient {
  return Object.create(client, { _evaluator: { value: evaluator } }) as LDClient;
}

/** An evaluator that tells of what the given one throws. */
function catching(evaluator: Evaluator): Evaluator {
  function evaluateSafely(this: Evaluator, ...args: Parameters<Evaluator['_evaluateInternal']>): void {
    const [flag, context, state, visited, tell, ...more] = args;
    let told = false;
    const once: Tell = (result) => {
      told = true;
      tell(result);
    };
    // with many rules this would throw in a later turn
    if (flag.on && !Array.isArray(flag.variations)) {
      once(resultOf(true, 'ERROR'));
      return;
    }
    try {
      evaluator._evaluateInternal.call(this, flag, context, state, visited, once, ...more);
    } catch (thrown) {
      // not this flag, but the one that waits for it
      if (told) throw thrown;
      once(resultOf(true, 'ERROR'));
    }
  }
  return Object.create(evaluator, { _evaluateInternal: { value: evaluateSafely } }) as Evaluator;
}

function resultOf(isError: boolean, kind: string): Result {
  const reason = isError ? { kind, errorKind: 'EXCEPTION' } : { kind };
  return { isError, message: 'it cannot be evaluated', detail: { value: null, variationIndex: null, reason } };
}
