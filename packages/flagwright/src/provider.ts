import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { durationOf, type FlagError, flushSinks, type Resolver, WARNING } from '@flagwright/core';
import { createProvider, type ProviderOptions, type SwitchingResolver, switching } from '@flagwright/provider';
import { type Metrics, observe } from '@flagwright/telemetry';
import type { HealthCheck } from '@flagwright/telemetry/health';
import type { Provider } from '@openfeature/server-sdk';
import { checkSettings, type Settings, sameSettings } from './checked.ts';
import type { Config } from './config.ts';
import { followingFile } from './config-file.ts';
import { openResolver, type ResolverOptions } from './resolvers.ts';
import { checkEnv, type Environment, type Said, saidByConfig, saidByEnv, saidByFile } from './said.ts';
import { openTelemetry, type Telemetry, type TelemetryOptions } from './telemetry.ts';

/** Options of `openProvider` and `providerFromEnv`: what no file or variable can say. */
export interface OpenOptions extends ProviderOptions, ResolverOptions, TelemetryOptions {
  /**
   * Told when the file of configuration asks for something that cannot be done; what is in use goes on. Default: a
   * process warning.
   */
  readonly onConfigError?: ((error: FlagError) => void) | undefined;
}

/** An OpenFeature provider of which the backend can be replaced. */
export interface FlagwrightProvider extends Provider {
  /** What answers: it can list the flags, where its backend can. */
  readonly resolver: SwitchingResolver;
  /**
   * Takes the flags from somewhere else, while the application serves: resolves, as soon as the new backend answers, to
   * the keys of the flags whose answers may differ. Rejects with `FlagError` if the configuration cannot be used, or the
   * backend does not answer: then the one in use goes on.
   */
  configure(config: Config): Promise<readonly string[]>;
  /** What takes the measurements; undefined where `metrics.enabled` is false. */
  readonly metrics: Metrics | undefined;
  /** How the flags are doing, for `healthHandler`; figures of evaluations as far as they are measured. */
  health(): HealthCheck;
}

/**
 * The OpenFeature provider that a configuration describes. The backend is opened, and its driver loaded, by
 * `initialize`. Throws `FlagError('INVALID_ARGUMENT')` that tells of everything that is wrong.
 */
export function openProvider(config: Config = {}, options: OpenOptions = {}): FlagwrightProvider {
  return provide(checkSettings([saidByConfig(config)], process.env), options, []);
}

/**
 * The OpenFeature provider that environment variables describe, and the file that `FEATURE_CONFIG` names; else
 * `flagwright.yaml` in the working directory, if it is there. Variables win. The file is followed: an edit replaces the
 * backend while the application serves; one that cannot be used changes nothing.
 *
 * Throws `FlagError('INVALID_ARGUMENT')` that tells of everything that is wrong, `NOT_FOUND` if there is no such file,
 * `PARSE_ERROR` with line and column if it cannot be read.
 */
export function providerFromEnv(env: Environment = process.env, options: OpenOptions = {}): FlagwrightProvider {
  const path = configFileOf(env);
  const variables = saidByEnv(env);
  if (path === undefined) return provide(checkSettings([variables], env), options, muting(variables));
  let said: Said | undefined;
  const settings = (): Settings => {
    said = saidByFile(path, said);
    return checkSettings([said, variables], env);
  };
  return provide(settings(), options, muting(variables), { path, settings });
}

/** The file of configuration that an environment asks for, or that is there. */
export function configFileOf(env: Environment): string | undefined {
  checkEnv(env);
  // not changed by a later change of the working directory
  if (env.FEATURE_CONFIG !== undefined && env.FEATURE_CONFIG.trim() !== '') return resolve(env.FEATURE_CONFIG.trim());
  const usual = resolve(USUAL_FILE);
  return existsSync(usual) ? usual : undefined;
}

const USUAL_FILE = 'flagwright.yaml';

/** What the file and the variables of an environment say, the stronger last. */
export function saidByFileAndEnv(env: Environment): readonly Said[] {
  const path = configFileOf(env);
  return path === undefined ? [saidByEnv(env)] : [saidByFile(path), saidByEnv(env)];
}

interface Followed {
  readonly path: string;
  settings(): Settings;
}

/** What variables say of events: where they forbid to send any, no configuration in code takes that back. */
function muting({ words }: Said): readonly Said[] {
  const word = words.get('sendEvents');
  return word?.value === false ? [{ words: new Map([['sendEvents', word]]), issues: [] }] : [];
}

function provide(first: Settings, options: OpenOptions, last: readonly Said[], file?: Followed): FlagwrightProvider {
  const timeOf = (settings: Settings): number => durationOf(settings.get('startTimeout')!)!;
  const telemetry = openTelemetry(first, options);
  const resolver = switching(openResolver(telemetry.watch(first), options), { startTimeout: timeOf(first) });
  const change = async (settings: Settings, signal?: AbortSignal): Promise<readonly string[]> => {
    const watched = telemetry.watch(settings);
    const next = openResolver(watched, options);
    const changed = await resolver.switchTo(next, { startTimeout: timeOf(settings), signal });
    telemetry.use(watched);
    return changed;
  };

  // what the file says and was done; it may be that code has said something else since
  let done = first;
  const follow = ({ path, settings }: Followed): Resolver =>
    followingFile(resolver, {
      path,
      async apply(signal) {
        const wanted = settings();
        if (sameSettings(wanted, done)) return;
        await change(wanted, signal);
        done = wanted;
      },
      failed: options.onConfigError ?? warn,
    });
  const hooks = telemetry.sinks.length === 0 ? [] : [observe(...telemetry.sinks)];
  const provider = createProvider(measured(file === undefined ? resolver : follow(file), telemetry), {
    ...options,
    hooks: Array.isArray(options.hooks) ? [...hooks, ...options.hooks] : (options.hooks ?? hooks),
  });
  telemetry.register();
  return Object.assign(provider, {
    resolver,
    metrics: telemetry.metrics,
    health: () => telemetry.check(resolver.health?.()),
    configure: async (config: Config) => change(checkSettings([saidByConfig(config), ...last], first.env)),
  });
}

/** The resolver, measured while it runs; when it has stopped, sinks send on what they hold. */
function measured(resolver: Resolver, telemetry: Telemetry): Resolver {
  let runs = 0;
  return {
    ...resolver,
    get name() {
      return resolver.name;
    },
    start(events) {
      runs++;
      telemetry.start();
      return Promise.resolve(resolver.start?.(events));
    },
    async stop() {
      const run = runs;
      try {
        await resolver.stop?.();
      } finally {
        await flushSinks(telemetry.sinks);
        // it may have been started again meanwhile
        if (run === runs) telemetry.stop();
      }
    },
  };
}

const warn = (error: FlagError): void =>
  process.emitWarning(`the configuration in use goes on: ${error.message}`, WARNING);
