import type { EvaluationContext, FlagSource, JsonValue, ResolvedType, Resolver } from '@flagwright/core';
import { sourceResolver } from '@flagwright/provider';

/** Overrides, which `open` opens, over a resolver that is not ours: a flag that is forced is not asked for there. */
export function overriding(resolver: Resolver, open: () => FlagSource): Resolver {
  const forced = sourceResolver(open);
  const isForced = (key: string): boolean => forced.snapshot?.()?.flags.has(key) === true;
  return {
    ...resolver,
    async start(events) {
      // they are read before anything is asked; what is wrong with them is told by their source
      await forced.start?.({ ...NOTHING, changed: (keys, message) => events.changed(keys, message) });
      await resolver.start?.(events);
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

const ignore = (): void => undefined;
const NOTHING = { ready: ignore, stale: ignore, error: ignore };
