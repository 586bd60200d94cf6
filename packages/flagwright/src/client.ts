import type { ClientOptions, Client as CoreClient } from '@flagwright/core';
import { createClient as clientOf, durationOf, limited } from '@flagwright/core';
import type { Metrics } from '@flagwright/telemetry';
import type { HealthCheck } from '@flagwright/telemetry/health';
import { checkSettings, type Settings } from './checked.ts';
import type { Config } from './config.ts';
import { saidByFileAndEnv } from './provider.ts';
import { followOptions } from './resolvers.ts';
import { type Environment, saidByConfig } from './said.ts';
import { openSource } from './sources.ts';
import { openTelemetry, type Telemetry, type TelemetryOptions } from './telemetry.ts';

/** Options of `createClient` and `clientFromEnv`: what no file or variable can say. */
export interface OpenClientOptions
  extends Omit<ClientOptions, 'refreshInterval' | 'subscribe' | 'sinks' | 'onRead'>,
    TelemetryOptions {}

/** The synchronous client of a configuration: that of `@flagwright/core`, measured, with a health check of its own. */
export interface Client extends Omit<CoreClient, 'health' | 'withContext'> {
  /** The same client with more attributes for every call. */
  withContext(context: Parameters<CoreClient['withContext']>[0]): Client;
  /** How the flags are doing, for `healthHandler`; figures of evaluations as far as they are measured. */
  health(): HealthCheck;
  /** What takes the measurements; undefined where `metrics.enabled` is false. */
  readonly metrics: Metrics | undefined;
}

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
  const telemetry = openTelemetry(settings, options);
  const { onRead } = telemetry.watch(settings);
  const { sinks } = telemetry;
  const source = openSource(settings);
  const client = clientOf(source, { ...options, sinks, onRead, ...followOptions(settings) });
  try {
    telemetry.register();
  } catch (thrown) {
    void client.close();
    throw thrown;
  }
  telemetry.start();
  return configured(client, telemetry, durationOf(settings.get('startTimeout')!)!);
}

/** The client, of which `ready` waits no longer than so many ms. */
function configured(client: CoreClient, telemetry: Telemetry, ms: number): Client {
  return {
    ...client,
    ready: () => limited(client.ready(), new AbortController(), ms),
    withContext: (context) => configured(client.withContext(context), telemetry, ms),
    health: () => telemetry.check(client.health()),
    async close() {
      await client.close();
      telemetry.stop();
    },
    metrics: telemetry.metrics,
  };
}
