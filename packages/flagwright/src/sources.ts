import { createHash } from 'node:crypto';
import type { FlagSource } from '@flagwright/core';
import { FlagError } from '@flagwright/core';
import { cached } from '@flagwright/sources/cached';
import { envSource } from '@flagwright/sources/env';
import { fileSource } from '@flagwright/sources/file';
import { httpSource } from '@flagwright/sources/http';
import { memoryStore } from '@flagwright/sources/memory';
import { overlay, overrides } from '@flagwright/sources/overlay';
import { overridesFile } from '@flagwright/sources/overrides-file';
import { postgresStore } from '@flagwright/sources/postgres';
import { redisStore } from '@flagwright/sources/redis';
import type { Settings } from './checked.ts';
import type { ProviderName } from './config.ts';
import { lenient } from './lenient.ts';
import { offlineSource } from './offline.ts';

/** The providers where our evaluator answers. */
export type SourceName = Exclude<ProviderName, 'launchdarkly' | 'unleash'>;

/** How the source of each provider is opened. Their drivers are loaded at the first read, and only then. */
const SOURCES: Readonly<Record<SourceName, (settings: Settings) => FlagSource>> = {
  memory: ({ get }) => memoryStore({ flags: get('memory.flags') ?? {} }),
  env: ({ env }) => envSource({ env }),
  file: ({ get }) => fileSource({ path: get('file.path')!, watch: get('file.watch') }),
  postgres: ({ get }) =>
    postgresStore({
      connectionString: get('postgres.url'),
      table: get('postgres.table'),
      project: get('project'),
      stage: get('stage'),
    }),
  redis: ({ get }) =>
    redisStore({
      url: get('redis.url'),
      prefix: get('redis.prefix'),
      project: get('project'),
      stage: get('stage'),
    }),
  http: ({ get }) => httpSource({ url: get('http.url')!, token: get('http.token') }),
};

/** What is on this machine, and needs no network. */
const LOCAL: ReadonlySet<ProviderName> = new Set<ProviderName>(['memory', 'env', 'file']);

/** Whether flags are a copy of what is stored elsewhere, on which cache metrics say something. */
export function isCopy({ get }: Settings): boolean {
  return !LOCAL.has(get('provider')!);
}

/** Whether the provider is asked over a network that is not to be used. */
export function isCutOff({ get }: Settings): boolean {
  return get('offline') === true && !LOCAL.has(get('provider')!);
}

/** The flags of a configuration, with its copy on disk and its overrides. A vendor has a source only when offline. */
export function openSource(settings: Settings): FlagSource {
  const layers = [openBase(settings), ...openOverrides(settings)];
  return layers.length === 1 ? layers[0]! : overlay(...layers);
}

function openBase(settings: Settings): FlagSource {
  const provider = settings.get('provider')!;
  const path = settings.get('cache.path');
  const name = `cached-${provider}-${identityOf(settings)}`;
  if (isCutOff(settings)) return offlineSource(path === undefined ? undefined : { path, name });
  const open = SOURCES[provider as SourceName];
  if (open === undefined) {
    const hint = 'openProvider asks it through OpenFeature';
    throw new FlagError('UNSUPPORTED', `${provider} answers by itself, and has no source of flags. Hint: ${hint}`);
  }
  const source = open(settings);
  return path === undefined || LOCAL.has(provider) ? source : cached(source, { path, name });
}

/** What tells one set of flags from another: a copy of the one must not serve for the other. */
function identityOf({ get }: Settings): string {
  const places = ['provider', 'project', 'stage', 'postgres.table', 'redis.prefix'] as const;
  const urls = (['postgres.url', 'redis.url', 'http.url'] as const).map((path) => withoutUser(get(path)));
  const said = JSON.stringify([...places.map((path) => get(path)), ...urls]);
  return createHash('sha256').update(said).digest('hex').slice(0, 12);
}

/** A password may change, and it is still the same place. */
function withoutUser(url: string | undefined): string | undefined {
  return url?.replace(/^([^/]*\/\/)[^/?#]*@/, '$1');
}

/** The overrides of a configuration, the stronger ones last; none where they are not allowed. */
export function openOverrides({ get, overridable }: Settings): readonly FlagSource[] {
  if (!overridable) return [];
  // that they are allowed is decided
  const allowed = { allowInProduction: true };
  const forced = get('overrides');
  return [
    lenient(overridesFile({ path: get('overridesFile')!, ...allowed })),
    ...(forced === undefined ? [] : [overrides(forced, allowed)]),
  ];
}
