import { mergeContexts, type RequestContext } from './merge-contexts.ts';
import { currentContext, propagate } from './propagate.ts';

/**
 * Runs `fn` with the current transaction context and `context` as one, and returns what `fn` returns, promise or not.
 * Every evaluation in it sees the context, also after awaits. `context` wins, but what is undefined in it, or an empty
 * `targetingKey`, leaves what was.
 */
export function withContext<R>(context: RequestContext, fn: () => R): R {
  return propagate(mergeContexts(currentContext(), context), fn);
}
