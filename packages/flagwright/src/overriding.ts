import type { EvaluationContext, FlagSource, JsonValue, ResolvedType, Resolver } from '@flagwright/core';
import { FlagError, WARNING } from '@flagwright/core';
import { sourceResolver } from '@flagwright/provider';

/**
 * Overrides over a resolver that is not ours: a flag that is forced is not asked for there. Overrides that cannot be read
 * are told in a process warning, and force nothing until they can.
 */
export function overriding(resolver: Resolver, source: FlagSource): Resolver {
  const forced = sourceResolver(source);
  const isForced = (key: string): boolean => forced.snapshot?.()?.flags.has(key) === true;
  const warn = (cause: FlagError): void => process.emitWarning(`overrides are not used: ${cause.message}`, WARNING);
  return {
    ...resolver,
    async start(events) {
      const starting = forced.start!({
        ready: () => events.changed(forced.keys?.() ?? []),
        changed: (keys, message) => events.changed(keys, message),
        stale: warn,
        error: warn,
      }).catch((thrown: unknown) => warn(FlagError.from(thrown)));
      await Promise.all([starting, resolver.start?.(events)]);
    },
    async stop() {
      await Promise.all([forced.stop?.(), resolver.stop?.()]);
    },
    resolve<T extends JsonValue>(type: ResolvedType, key: string, fallback: T, context: EvaluationContext) {
      return (isForced(key) ? forced : resolver).resolve(type, key, fallback, context);
    },
    ...(resolver.all === undefined
      ? {}
      : ({
          async all(context) {
            return new Map([...(await resolver.all!(context)), ...((await forced.all?.(context)) ?? [])]);
          },
        } satisfies Pick<Resolver, 'all'>)),
    ...(resolver.keys === undefined
      ? {}
      : ({
          keys() {
            const keys = resolver.keys!();
            return keys && [...new Set([...keys, ...(forced.keys?.() ?? [])])];
          },
        } satisfies Pick<Resolver, 'keys'>)),
  };
}
