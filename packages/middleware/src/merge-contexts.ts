import type { EvaluationContext } from '@openfeature/server-sdk';

/** What is known of a request: an evaluation context, in which an attribute that is undefined says nothing. */
export interface RequestContext {
  readonly targetingKey?: string | undefined;
  readonly [attribute: string]: unknown;
}

/**
 * Two contexts as one, frozen: the inner wins. What says nothing of an attribute leaves the outer's: undefined, and an
 * empty targeting key, which would make the user a nobody.
 */
export function mergeContexts(outer: EvaluationContext, inner: RequestContext): EvaluationContext {
  // a spread defines properties, so `__proto__` is an attribute like any other
  const merged: Record<string, unknown> = { ...outer, ...inner };
  for (const name of Object.keys(inner)) {
    const value = inner[name];
    if (value !== undefined && (value !== '' || name !== 'targetingKey')) continue;
    if (Object.hasOwn(outer, name)) merged[name] = outer[name];
    else delete merged[name];
  }
  return Object.freeze(merged) as EvaluationContext;
}
