import type { FlagSource } from '@flagwright/core';
import { checkSettings, toConfig } from './checked.ts';
import type { Config } from './config.ts';
import { saidByFileAndEnv } from './provider.ts';
import { type Environment, saidByConfig, saidByFile } from './said.ts';
import { openSource as sourceOf } from './sources.ts';

export { FlagError, newContext, toContext } from '@flagwright/core';
export { type Client, clientFromEnv, createClient, type OpenClientOptions } from './client.ts';
export type { Config, Duration, ProviderName } from './config.ts';
export { type FlagwrightProvider, type OpenOptions, openProvider, providerFromEnv } from './provider.ts';
export type { Environment } from './said.ts';
export type { TelemetryOptions } from './telemetry.ts';

/**
 * What environment variables and the file of configuration say, to be completed in code. Throws like `providerFromEnv`,
 * but not for what is missing.
 */
export function configFromEnv(env: Environment = process.env): Config {
  return toConfig(saidByFileAndEnv(env));
}

/** What a file of configuration says, YAML or JSON. Throws like `providerFromEnv`, but not for what is missing. */
export function configFromFile(path: string): Config {
  return toConfig([saidByFile(path)]);
}

/**
 * The source that a configuration describes, with its overrides and its copy on disk: for `follow`, so that the provider
 * and the synchronous client share it. Throws like `createClient`.
 */
export function openSource(config: Config = {}): FlagSource {
  return sourceOf(checkSettings([saidByConfig(config)], process.env));
}
