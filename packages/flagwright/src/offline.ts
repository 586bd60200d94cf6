import type { EvaluationContext, FlagSet, FlagSource, JsonValue, ResolvedType, Resolver } from '@flagwright/core';
import { FlagError, type ResolutionDetails } from '@flagwright/core';
import { type CachedOptions, cached } from '@flagwright/sources/cached';

/** Nothing will change as long as the process runs: no need to ask often. */
const PATIENCE = 300_000;

const cutOff = (): FlagError => new FlagError('UNAVAILABLE', 'offline: no network is used', { retryAfter: PATIENCE });

/** What there is without a network: the copy that was kept, or no flags; stale in any case. */
export function offlineSource(copy: CachedOptions | undefined): FlagSource {
  const nowhere: FlagSource = { name: 'offline', read: () => Promise.reject(cutOff()) };
  if (copy === undefined) return { name: 'offline', read: async () => nothing(cutOff()) };
  const kept = cached(nowhere, copy);
  return {
    ...kept,
    async read(previous, signal) {
      try {
        return await kept.read(previous, signal);
      } catch (thrown) {
        const error = FlagError.from(thrown);
        if (error.code !== 'UNAVAILABLE') throw error;
        return nothing(error);
      }
    },
  };
}

const nothing = (cause: FlagError): FlagSet => ({
  document: { flags: {} },
  revision: 'offline.none',
  stale: { since: Date.now(), cause },
});

/** A flag that is not known here is no error while there is no network: the caller's default serves. */
export function forgiving(resolver: Resolver): Resolver {
  return {
    ...resolver,
    resolve<T extends JsonValue>(type: ResolvedType, key: string, fallback: T, context: EvaluationContext) {
      const answer = resolver.resolve(type, key, fallback, context);
      return answer instanceof Promise || answer.errorCode !== 'FLAG_NOT_FOUND' ? answer : byDefault(fallback);
    },
  };
}

const OFFLINE = Object.freeze({ offline: true });

const byDefault = <T>(value: T): ResolutionDetails<T> =>
  Object.freeze({ value, reason: 'DEFAULT', flagMetadata: OFFLINE });
