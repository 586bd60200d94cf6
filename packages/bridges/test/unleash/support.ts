import { type UnleashResolverOptions, unleashResolver } from '@flagwright/bridges/unleash';
import type { FlagError, Resolver, ResolverEvents } from '@flagwright/core';
import { afterEach, vi } from 'vitest';
import { startServer, type UnleashServer } from './server.ts';

const cleanup: (() => unknown)[] = [];

afterEach(async () => {
  for (const undo of cleanup.splice(0).reverse()) await undo();
});

/** Has something undone after the test. */
export function later(undo: () => unknown): void {
  cleanup.push(undo);
}

/** A server that is closed after the test. */
export async function serve(
  features: readonly unknown[] = [],
  segments: readonly unknown[] = [],
): Promise<UnleashServer> {
  const server = await startServer(features, segments);
  later(() => server.close());
  return server;
}

/** Events in the order they were told, each as words. */
export interface Told extends ResolverEvents {
  readonly said: readonly string[];
  readonly causes: readonly FlagError[];
}

/** Hears what a resolver tells. */
export function listener(): Told {
  const said: string[] = [];
  const causes: FlagError[] = [];
  const because = (type: string) => (cause: FlagError) => {
    causes.push(cause);
    said.push(`${type} ${cause.code}`);
  };
  return {
    said,
    causes,
    ready: () => void said.push('ready'),
    changed: (keys, message) =>
      void said.push(`changed ${keys.join(' ')}${message === undefined ? '' : `: ${message}`}`),
    stale: because('stale'),
    error: because('error'),
  };
}

/** A resolver that is stopped after the test. */
export function resolverOf(options: UnleashResolverOptions): Resolver & Required<Pick<Resolver, 'start' | 'stop'>> {
  const resolver = unleashResolver(options.url === undefined ? options : { refreshInterval: 20, ...options });
  later(() => resolver.stop?.());
  return resolver as Resolver & Required<Pick<Resolver, 'start' | 'stop'>>;
}

/** A resolver over these flags, started. */
export async function started(
  features: readonly unknown[],
  options: UnleashResolverOptions = {},
  segments: readonly unknown[] = [],
) {
  const server = await serve(features, segments);
  const resolver = resolverOf({ url: server.url, ...options });
  const told = listener();
  await resolver.start(told);
  return { server, resolver, told };
}

/** The warnings of the process, caught until the end of the test. */
export function warnings(): readonly string[] {
  const caught: string[] = [];
  const spy = vi.spyOn(process, 'emitWarning').mockImplementation((text) => void caught.push(String(text)));
  later(() => spy.mockRestore());
  return caught;
}
