import {
  AsyncLocalStorageTransactionContextPropagator,
  type EvaluationContext,
  NOOP_TRANSACTION_CONTEXT_PROPAGATOR,
  OpenFeature,
} from '@openfeature/server-sdk';
import { classOf, warnOnce } from './warning.ts';

/** The transaction context of OpenFeature, or an empty one. */
export function currentContext(): EvaluationContext {
  return OpenFeature.getTransactionContext() ?? {};
}

const warn: (message: string) => void = /* @__PURE__ */ warnOnce();

type Outcome<R> = { readonly value: R } | { readonly thrown: unknown };

/**
 * Runs `fn` once with a transaction context, and returns what it returns or throws what it throws, which the SDK's
 * `setTransactionContext` promises for neither. Where no propagator was set, and contexts would go nowhere, the SDK's own
 * for `AsyncLocalStorage` is; the application's is never replaced. With one that fails, `fn` runs all the same.
 */
export function propagate<R>(context: EvaluationContext, fn: () => R): R {
  let outcome: Outcome<R> | undefined;
  const attempt = (): void => {
    if (outcome !== undefined) return;
    try {
      outcome = { value: fn() };
    } catch (thrown) {
      outcome = { thrown };
    }
  };
  let dropped = false;
  const enter = (): void => {
    const seen = currentContext();
    if (seen === context || shows(seen, context)) {
      attempt();
    } else if (!dropped && isUnset()) {
      dropped = true;
    } else {
      warn(
        'the transaction context propagator that is set does not show the context of a request: flags do not see it',
      );
      attempt();
    }
  };
  try {
    OpenFeature.setTransactionContext(context, enter);
    if (dropped) {
      OpenFeature.setTransactionContextPropagator(new AsyncLocalStorageTransactionContextPropagator());
      OpenFeature.setTransactionContext(context, enter);
    }
    if (outcome === undefined) {
      warn('the transaction context propagator does not call back at once: flags do not see the context of a request');
    }
  } catch (thrown) {
    warn(`the transaction context propagator threw (${classOf(thrown)}): flags do not see the context of a request`);
  }
  if (outcome === undefined) attempt();
  const result = outcome as unknown as Outcome<R>;
  if ('thrown' in result) throw result.thrown;
  return result.value;
}

/** Whether a context that was read has anything of the one that was set; a propagator may clone, add and leave out. */
function shows(seen: EvaluationContext, set: EvaluationContext): boolean {
  const names = Object.keys(set);
  return names.length === 0 || names.some((name) => Object.hasOwn(seen, name) && isLike(seen[name], set[name]));
}

/** Whether two values are the same; an object passes for any other, of which it may be a clone. */
function isLike(one: unknown, other: unknown): boolean {
  return Object.is(one, other) || (isObject(one) && isObject(other));
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

/**
 * Whether the propagator is the SDK's default, which drops everything. The API does not tell which one is set, except in
 * a field of its own: without it, to show nothing is to be none. A second copy of the SDK has a default of its own, with
 * the same name.
 */
function isUnset(): boolean {
  const { _transactionContextPropagator: set } = OpenFeature as unknown as { _transactionContextPropagator?: object };
  if (set === undefined || set === NOOP_TRANSACTION_CONTEXT_PROPAGATOR) return true;
  return set.constructor?.name === 'NoopTransactionContextPropagator';
}
