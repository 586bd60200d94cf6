import type { FlagSource, FlagStore } from '@flagwright/core';
import { cached } from '@flagwright/sources/cached';
import { httpStore } from '@flagwright/sources/http';
import { postgresStore } from '@flagwright/sources/postgres';
import { redisStore } from '@flagwright/sources/redis';
import { Redis, type RedisOptions } from 'ioredis';
import { Pool } from 'pg';

/** Times of the stores under test, in ms: short, so that a round is. */
export const TIMEOUT = 1_000;
export const HEARTBEAT = 300;

/** A client that is given to a store: it connects again soon, and gives up a connection that is silent, in ms. */
const GIVEN = {
  retryStrategy: () => 200,
  sentinelRetryStrategy: () => 200,
  connectTimeout: TIMEOUT,
  socketTimeout: TIMEOUT,
} satisfies RedisOptions;

/** A store to open in another process. */
export type StoreSpec = {
  /** Tells its connections from those of others in the process. */
  readonly id: number;
  /** The path of a copy on disk, for `cached`. */
  readonly copy?: string;
} & (
  | { readonly kind: 'postgres'; readonly url: string; readonly given: boolean }
  | { readonly kind: 'redis'; readonly url: string; readonly given: boolean }
  | { readonly kind: 'sentinel'; readonly sentinels: { host: string; port: number }[]; readonly name: string }
  | { readonly kind: 'http'; readonly url: string; readonly token: string }
);

/** A store, and what is to be ended after it is closed. */
export interface Opened {
  readonly store: FlagStore;
  /** What to follow: the store, or a copy of it. */
  readonly source: FlagSource;
  /** Ends the clients that were given to the store. */
  end(): Promise<void>;
}

/** Opens a store with connections of its own. */
export function openStore(spec: StoreSpec): Opened {
  const { store, end = async () => undefined } = open(spec);
  return { store, end, source: spec.copy === undefined ? store : cached(store, { path: spec.copy, name: 'copy' }) };
}

function open(spec: StoreSpec): { readonly store: FlagStore; readonly end?: () => Promise<void> } {
  const times = { timeout: TIMEOUT, heartbeat: HEARTBEAT };
  switch (spec.kind) {
    case 'postgres': {
      // stores that give the same text share their connections
      const connectionString = `${spec.url}?application_name=flagwright-${spec.id}`;
      if (!spec.given) return { store: postgresStore({ connectionString, ...times }) };
      const pool = new Pool({ connectionString, max: 4, connectionTimeoutMillis: TIMEOUT, allowExitOnIdle: true });
      pool.on('error', () => undefined);
      return { store: postgresStore({ pool, ...times }), end: () => pool.end() };
    }
    case 'redis': {
      // stores of the same URL and time-out share their connections
      if (!spec.given)
        return { store: redisStore({ url: spec.url, heartbeat: HEARTBEAT, timeout: TIMEOUT + spec.id }) };
      return overClient(new Redis(spec.url, GIVEN));
    }
    case 'sentinel':
      return overClient(new Redis({ ...GIVEN, sentinels: spec.sentinels, name: spec.name }));
    case 'http':
      return { store: httpStore({ url: spec.url, token: spec.token, ...times }) };
  }
}

function overClient(client: Redis): { readonly store: FlagStore; readonly end: () => Promise<void> } {
  client.on('error', () => undefined);
  const store = redisStore({ client, timeout: TIMEOUT, heartbeat: HEARTBEAT });
  return { store, end: async () => client.disconnect() };
}
