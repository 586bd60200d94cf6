import { FlagError } from '@flagwright/core';
import type { LDClient } from './client.ts';
import type { Maker } from './connection.ts';
import type { Ear } from './hearing.ts';
import { isClient, type LaunchDarklyOptions } from './options.ts';
import { nameOf } from './why.ts';

/** The part of LaunchDarkly's packages that is used. */
export interface LDPackage {
  init(sdkKey: string, options: Readonly<Record<string, unknown>>): LDClient;
}

/** The packages, the one to take first. */
const PACKAGES: readonly (() => Promise<LDPackage>)[] = [
  () => import('@launchdarkly/node-server-sdk').then(exportsOf),
  () => import('launchdarkly-node-server-sdk').then(exportsOf),
];

/** Loads the first of LaunchDarkly's packages that is there; `FlagError('UNSUPPORTED')` if none is. */
export async function loadPackage(packages: readonly (() => Promise<LDPackage>)[] = PACKAGES): Promise<LDPackage> {
  let missing: unknown;
  for (const load of packages) {
    try {
      return await load();
    } catch (thrown) {
      if (!isMissing(thrown))
        throw new FlagError('UNSUPPORTED', "LaunchDarkly's package does not load", { cause: thrown });
      missing ??= thrown;
    }
  }
  const message =
    'flags of LaunchDarkly need the package @launchdarkly/node-server-sdk. Hint: npm install @launchdarkly/node-server-sdk';
  throw new FlagError('UNSUPPORTED', message, { cause: missing });
}

/** A function that makes the client for a key. */
export function clientFor(sdkKey: string, options: LaunchDarklyOptions): Maker {
  const { baseUrl, sendEvents = true, options: more } = options;
  const base = baseUrl?.replace(/\/+$/, '');
  // both versions have these names
  const uris = base === undefined ? undefined : { baseUri: base, streamUri: base, eventsUri: base };
  return async ({ logger }, heard) => {
    const { init } = await loadPackage();
    const featureStore = heardStore(more?.featureStore, heard);
    const given = { wrapperName: 'flagwright', ...uris, sendEvents, ...more, ...featureStore, logger };
    return made('init of the client', () => init(sdkKey, given));
  };
}

/** The function that is given to make clients, checked. What it throws is not shown: that may hold the key. */
export function clientBy(make: Exclude<LaunchDarklyOptions['client'], LDClient | undefined>): Maker {
  return ({ logger }) => made('the function that makes the client', () => make({ logger }));
}

async function made(what: string, make: () => LDClient | Promise<LDClient>): Promise<LDClient> {
  let client: LDClient;
  try {
    client = await make();
  } catch (thrown) {
    const code = thrown instanceof FlagError ? thrown.code : 'UNAVAILABLE';
    throw new FlagError(code, `${what} failed: ${nameOf(thrown)}`);
  }
  if (isClient(client)) return client;
  try {
    (client as Partial<LDClient> | null | undefined)?.close?.();
  } catch {
    // it is no client
  }
  throw new FlagError('INVALID_ARGUMENT', `${what} returned no client of LaunchDarkly`);
}

function heardStore(given: unknown, heard: Ear['store']): { readonly featureStore?: unknown } {
  if (typeof given === 'function') return { featureStore: (...args: unknown[]) => heard(given(...args)) };
  return typeof given === 'object' && given !== null ? { featureStore: heard(given) } : {};
}

/** What a CommonJS package exports, whether or not its names were found. */
function exportsOf(loaded: object): LDPackage {
  return 'init' in loaded ? (loaded as LDPackage) : (loaded as { default: LDPackage }).default;
}

function isMissing(thrown: unknown): boolean {
  const { code } = thrown as { readonly code?: unknown };
  return code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
}
