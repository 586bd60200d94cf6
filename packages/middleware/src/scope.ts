import { AsyncResource } from 'node:async_hooks';
import type { Client } from '@openfeature/server-sdk';
import { keepClient, withClient } from './current-client.ts';
import { failures } from './failures.ts';
import { invalid, isRecord } from './invalid.ts';
import { isPromise } from './is-promise.ts';
import { mergeContexts, type RequestContext } from './merge-contexts.ts';
import { type ContextOptions, checkFunction, clientOf } from './options.ts';
import { currentContext, propagate } from './propagate.ts';
import { withContext } from './with-context.ts';

/** Runs code as a part of one request: with its context and its client. */
export type Scope = <R>(fn: () => R) => R;

/** The scope of a request, at once if nothing has to be waited for; never throws and never rejects. */
export type ScopeOf<Request> = (request: Request) => Scope | Promise<Scope>;

/** How requests get their scopes; `find` reads what is there without asking, and may throw. Throws `INVALID_ARGUMENT`. */
export function scopes<Request, Found extends RequestContext>(
  what: string,
  options: ContextOptions<Request, Found>,
  find: (request: Request) => Found,
): ScopeOf<Request> {
  const { context: extract, onError } = options;
  checkFunction(what, 'context', extract);
  checkFunction(what, 'onError', onError);
  const client = clientOf(what, options);
  const told = failures(what, 'context', onError);
  const failed = (thrown: unknown, request: Request): Scope => {
    told(thrown, request);
    return scopeWith(undefined, client);
  };
  return (request) => {
    try {
      const found = find(request);
      if (extract === undefined) return scopeWith(found, client);
      const given = extract(request, found);
      if (!isPromise(given)) return scopeWith(checked(given), client);
      return Promise.resolve(given)
        .then((late) => scopeWith(checked(late), client))
        .catch((thrown) => failed(thrown, request));
    } catch (thrown) {
      return failed(thrown, request);
    }
  };
}

/** What is known so far, as async context: timers, events and callbacks that are run in it see the request. */
export function captured(): AsyncResource {
  return new AsyncResource('FLAGWRIGHT_REQUEST');
}

/**
 * The scope of here and now, to be entered again from anywhere: just this context and this client, and nothing of those
 * that are current there, which may be another request's. Other async context stays as it is there.
 */
export function currentScope(): Scope {
  const context = currentContext();
  const run = keepClient();
  return (fn) => propagate(context, () => run(fn));
}

function scopeWith(context: RequestContext | undefined, client: Client | undefined): Scope {
  if (context === undefined) return (fn) => withClient(client, fn);
  return (fn) => withContext(context, client === undefined ? fn : () => withClient(client, fn));
}

/** A copy of what an extractor returned: whatever its getters throw is thrown here. */
function checked(given: unknown): RequestContext | undefined {
  if (given === undefined) return undefined;
  if (!isRecord(given)) throw invalid('a context must be an object');
  return mergeContexts({}, given);
}
