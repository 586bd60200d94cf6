import type { Resolver, ResolverEvents } from '@flagwright/core';
import { init as init9 } from '@launchdarkly/node-server-sdk';
import { init as init7 } from 'launchdarkly-node-server-sdk';
import { expect, vi } from 'vitest';
import type { LaunchDarklyOptions, LDClient } from '../../src/launchdarkly/index.ts';
import { launchDarklyResolver } from '../../src/launchdarkly/index.ts';
import type { StreamServer } from './stream-server.ts';

export const KEY = 'sdk-5ecre7-5ecre7-5ecre7';

type Init = (key: string, options: Readonly<Record<string, unknown>>) => LDClient;

/** `init` of both versions; that they are clients as the bridge sees them is for the compiler to find. */
export const VERSIONS: readonly (readonly [version: string, init: Init])[] = [
  ['version 9', (key, options) => init9(key, options)],
  ['version 7', (key, options) => init7(key, options)],
];

/** Options of `init` for a server of ours, quick to come again. */
export const quick = ({ url }: StreamServer): Readonly<Record<string, unknown>> => ({
  baseUri: url,
  streamUri: url,
  eventsUri: url,
  streamInitialReconnectDelay: 0.02,
  diagnosticOptOut: true,
  flushInterval: 60,
});

/** A resolver over a server of ours, by a function that makes the client. */
export function resolverOver(
  init: Init,
  server: StreamServer,
  { more = {}, ...options }: LaunchDarklyOptions & { readonly more?: Readonly<Record<string, unknown>> } = {},
): Resolver {
  const client: LaunchDarklyOptions['client'] = (given) => init(KEY, { ...quick(server), ...more, ...given });
  return launchDarklyResolver({ client, startTimeout: 5_000, grace: 100, flushTimeout: 200, ...options });
}

/** Events as they were told, in words. */
export interface Told {
  readonly events: ResolverEvents;
  readonly words: string[];
  readonly causes: Error[];
  readonly changed: string[][];
  /** The course of stale, ready and error alone. */
  course(): readonly string[];
}

/** Listens to a resolver. */
export function listener(): Told {
  const words: string[] = [];
  const causes: Error[] = [];
  const changed: string[][] = [];
  const events: ResolverEvents = {
    ready: () => void words.push('ready'),
    changed: (flags) => {
      words.push(`changed ${[...flags].sort().join(' ')}`);
      changed.push([...flags]);
    },
    stale: (cause) => {
      words.push('stale');
      causes.push(cause);
    },
    error: (cause) => {
      words.push('error');
      causes.push(cause);
    },
  };
  return { events, words, causes, changed, course: () => words.filter((word) => !word.startsWith('changed')) };
}

/** Waits until an expectation holds. */
export function eventually(check: () => void | Promise<void>, timeout = 5_000): Promise<void> {
  return vi.waitFor(check, { timeout, interval: 5 });
}

/** Somebody. */
export const ANN = Object.freeze({ targetingKey: 'ann' });

/** What a boolean flag serves to somebody; the fallback is false. */
export async function serves(resolver: Resolver, key: string): Promise<boolean> {
  return (await resolver.resolve('boolean', key, false, ANN)).value;
}

/** Expects nothing to be told for a while. */
export async function expectQuiet(told: Told, ms = 60): Promise<void> {
  const before = [...told.words];
  await new Promise((resolve) => setTimeout(resolve, ms));
  expect(told.words).toEqual(before);
}

type Items = Record<string, { readonly key: string }>;

/** A store of flags for a client, as both versions have them; `when` decides how soon a method answers. */
export function store(when: (method: string, go: () => void) => void): object {
  const kinds = new Map<string, Items>();
  let initialized = false;
  const itemsOf = ({ namespace }: { readonly namespace: string }): Items => kinds.get(namespace) ?? {};
  return {
    get: (kind: { namespace: string }, key: string, tell: (item: object | null) => void) =>
      when('get', () => tell(itemsOf(kind)[key] ?? null)),
    all: (kind: { namespace: string }, tell: (items: Items) => void) => when('all', () => tell({ ...itemsOf(kind) })),
    init: (flags: Record<string, Items>, done: () => void) =>
      when('init', () => {
        for (const [namespace, items] of Object.entries(flags)) kinds.set(namespace, items);
        initialized = true;
        done();
      }),
    upsert: (kind: { namespace: string }, item: { key: string }, done?: () => void) =>
      when('upsert', () => {
        kinds.set(kind.namespace, { ...itemsOf(kind), [item.key]: item });
        done?.();
      }),
    delete: (_kind: object, _key: string, _version: number, done?: () => void) => when('delete', () => done?.()),
    initialized: (tell: (is: boolean) => void) => when('initialized', () => tell(initialized)),
    close() {},
  };
}
