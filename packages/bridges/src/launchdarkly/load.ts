import { FlagError } from '@flagwright/core';
import type { LDClient, LDClientOptions } from './client.ts';
import type { LaunchDarklyOptions } from './options.ts';

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
export function clientFor(sdkKey: string, options: LaunchDarklyOptions): (given: LDClientOptions) => Promise<LDClient> {
  const { baseUrl, sendEvents = true, options: more } = options;
  const base = baseUrl?.replace(/\/+$/, '');
  // both versions have these names
  const uris = base === undefined ? undefined : { baseUri: base, streamUri: base, eventsUri: base };
  return async ({ logger }) => {
    const { init } = await loadPackage();
    return init(sdkKey, { wrapperName: 'flagwright', ...uris, sendEvents, ...more, logger });
  };
}

/** What a CommonJS package exports, whether or not its names were found. */
function exportsOf(loaded: object): LDPackage {
  return 'init' in loaded ? (loaded as LDPackage) : (loaded as { default: LDPackage }).default;
}

function isMissing(thrown: unknown): boolean {
  const { code } = thrown as { readonly code?: unknown };
  return code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
}
