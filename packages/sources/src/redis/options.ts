import { FlagError, isRecord, preview } from '@flagwright/core';
import { checkDurations, checkTexts } from '../checks.ts';
import type { RedisClient } from './client.ts';

/** Options of `redisStore`: a `client` or a `url`, and what else. */
export interface RedisStoreOptions {
  /** A client of ioredis, which the caller makes and closes. */
  readonly client?: RedisClient | undefined;
  /** For a client that the store makes: `redis://[[user]:password@]host[:port][/database]`, or `rediss://` for TLS. */
  readonly url?: string | undefined;
  /** Where the names of all keys begin. Default: `flagwright`. */
  readonly prefix?: string | undefined;
  /** Default: `default`. */
  readonly project?: string | undefined;
  /** Default: `default`. */
  readonly stage?: string | undefined;
  /** The name for logs and health. Default: `redis`. */
  readonly name?: string | undefined;
  /** How long a request may take, in ms. Default: 5,000. */
  readonly timeout?: number | undefined;
  /** How often the connection for hints is asked whether it is still there, in ms. Default: 5,000. */
  readonly heartbeat?: number | undefined;
  /** Writes a set as its manager: from then on, whoever is not is refused. Default: writes as anybody. */
  readonly manager?: string | undefined;
}

/** Refuses options that make no sense with `FlagError('INVALID_ARGUMENT')`. */
export function checkOptions(options: RedisStoreOptions): void {
  if (!isRecord(options)) {
    throw new FlagError('INVALID_ARGUMENT', `the options are ${preview(options)}; expected at least a client or a url`);
  }
  const { client, url, name, manager, timeout, heartbeat } = options;
  if ((client === undefined) === (url === undefined)) {
    const got = client === undefined ? 'neither' : 'both';
    throw new FlagError('INVALID_ARGUMENT', `got ${got} of client and url; expected one of them`);
  }
  if (client !== undefined && typeof (client as Partial<RedisClient> | null)?.call !== 'function') {
    throw new FlagError('INVALID_ARGUMENT', 'the client is no client of ioredis; expected a `Redis` or a `Cluster`');
  }
  checkTexts({ name, manager });
  checkDurations({ timeout, heartbeat });
}
