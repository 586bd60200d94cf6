import type { Client, ClientOptions } from '@flagwright/core';
import { createClient as clientOf, durationOf, limited } from '@flagwright/core';
import { checkSettings, type Settings } from './checked.ts';
import type { Config } from './config.ts';
import { saidByFileAndEnv } from './provider.ts';
import { followOptions } from './resolvers.ts';
import { type Environment, saidByConfig } from './said.ts';
import { openSource } from './sources.ts';

/** Options of `createClient` and `clientFromEnv`: what no file or variable can say. */
export type OpenClientOptions = Omit<ClientOptions, 'refreshInterval' | 'subscribe'>;

/**
 * The synchronous client that a configuration describes: no promises, no OpenFeature. Throws
 * `FlagError('INVALID_ARGUMENT')` that tells of everything that is wrong, and `UNSUPPORTED` for a vendor, whose own client
 * answers through `openProvider`.
 */
export function createClient(config: Config = {}, options: OpenClientOptions = {}): Client {
  return open(checkSettings([saidByConfig(config)], process.env), options);
}

/** The same by environment variables and the file of configuration, as `providerFromEnv` has them; not followed. */
export function clientFromEnv(env: Environment = process.env, options: OpenClientOptions = {}): Client {
  return open(checkSettings(saidByFileAndEnv(env), env), options);
}

function open(settings: Settings, options: OpenClientOptions): Client {
  const sinks = settings.get('sendEvents') === true ? options.sinks : [];
  const client = clientOf(openSource(settings), { ...options, sinks, ...followOptions(settings) });
  return bounded(client, durationOf(settings.get('startTimeout')!)!);
}

/** The client, of which `ready` waits no longer than so many ms. */
function bounded(client: Client, ms: number): Client {
  return {
    ...client,
    ready: () => limited(client.ready(), new AbortController(), ms),
    withContext: (context) => bounded(client.withContext(context), ms),
  };
}
