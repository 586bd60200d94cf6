import type { EvaluationContext, FlagSource, JsonValue, ResolvedType, Resolver } from '@flagwright/core';
import { sourceResolver } from '@flagwright/provider';

/** Overrides, which `open` opens, over a resolver that is not ours: a flag that is forced is not asked for there. */
export function overriding(resolver: Resolver, open: () => FlagSource): Resolver {
  const forced = sourceResolver(open);
  // one that is refused, as a variant of flags that are not ours, forces nothing
  const isForced = (key: string): boolean => forced.snapshot?.()?.flags.get(key)?.override !== undefined;
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
            const own = [...((await forced.all?.(context)) ?? [])].filter(([key]) => isForced(key));
            return new Map([...(await resolver.all!(context)), ...own]);
          },
        } satisfies Pick<Resolver, 'all'>)),
    ...(resolver.keys === undefined
      ? {}
      : ({
          keys() {
            const keys = resolver.keys!();
            return keys && [...new Set([...keys, ...(forced.keys?.() ?? []).filter(isForced)])];
          },
        } satisfies Pick<Resolver, 'keys'>)),
  };
}

const ignore = (): void => undefined;
const NOTHING = { ready: ignore, stale: ignore, error: ignore };
