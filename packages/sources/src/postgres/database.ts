import { Socket } from 'node:net';
import { FlagError, preview } from '@flagwright/core';
import type { Pool, PoolConfig } from 'pg';
import { FAREWELL } from './discard.ts';
import type { Database, PgPool } from './driver.ts';
import { databaseOf } from './query.ts';

/** Where the database is: a pool of the application's, which it closes itself, or a connection string. */
export interface PostgresConnection {
  readonly pool?: PgPool | undefined;
  readonly connectionString?: string | undefined;
}

/** The pool of a connection string keeps at most this many connections, one more carries the hints. */
const CONNECTIONS = 4;

/** The longest that an own connection may take, in ms, whatever the time-out of the store. */
const CONNECTED_WITHIN = 10_000;

/** A database of one's own is shared in the process, and closed by the last who used it. */
const opened = new Map<string, { readonly database: Promise<OwnDatabase>; users: number }>();

interface OwnDatabase {
  readonly pool: PgPool;
  end(): Promise<void>;
}

/** Refuses options that name no database, or two, with `INVALID_ARGUMENT`. */
export function checkConnection({ pool, connectionString }: PostgresConnection): void {
  if ((pool === undefined) === (connectionString === undefined)) {
    throw new FlagError('INVALID_ARGUMENT', 'expected either a pool of pg or a connectionString');
  }
  if (pool !== undefined && typeof (pool as PgPool | null)?.connect !== 'function') {
    throw new FlagError('INVALID_ARGUMENT', `the pool is ${preview(pool)}; expected a Pool of pg`);
  }
  if (connectionString !== undefined && (typeof connectionString !== 'string' || connectionString.trim() === '')) {
    throw new FlagError('INVALID_ARGUMENT', 'the connectionString is no text; expected postgres://user@host/database');
  }
}

/**
 * The database of a pool or of a connection string; connects when first asked. An own connection that is not there
 * within `timeout` ms is given up, so that those which never will be take no place in the pool.
 */
export async function openDatabase({ pool, connectionString }: PostgresConnection, timeout: number): Promise<Database> {
  if (pool !== undefined) {
    const cannotListen =
      pool.options?.max === 1
        ? new FlagError(
            'UNSUPPORTED',
            'a pool of one connection has none to spare for hints. Hint: let it have two or more',
          )
        : undefined;
    return databaseOf(pool, cannotListen, async () => {});
  }
  const patience = Math.ceil(Math.min(timeout, CONNECTED_WITHIN));
  const key = JSON.stringify([connectionString, patience]);
  let entry = opened.get(key);
  if (entry === undefined) {
    entry = { database: openOwn(connectionString!, patience), users: 0 };
    opened.set(key, entry);
  }
  const held = entry;
  held.users++;
  const release = async (): Promise<void> => {
    if (--held.users > 0) return;
    if (opened.get(key) === held) opened.delete(key);
    await held.database.then(({ end }) => end()).catch(() => undefined);
  };
  try {
    const own = await held.database;
    return databaseOf(own.pool, undefined, release);
  } catch (error) {
    await release();
    throw error;
  }
}

async function openOwn(connectionString: string, patience: number): Promise<OwnDatabase> {
  const OwnPool = await driver();
  const sockets = new Set<Socket>();
  const stream = (): Socket => {
    const socket = new Socket();
    sockets.add(socket);
    return socket.once('close', () => sockets.delete(socket));
  };
  const pool = new OwnPool({ ...configOf(connectionString, patience), stream });
  // a connection that dies in the pool must not end the process; the next statement gets another
  pool.on('error', () => undefined);
  return {
    pool: pool as unknown as PgPool,
    end() {
      // neither one that is being made nor one that a silent server does not see off is waited for any longer
      setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, FAREWELL).unref();
      return pool.end();
    },
  };
}

function configOf(connectionString: string, patience: number): PoolConfig {
  return {
    connectionString,
    max: CONNECTIONS + 1,
    allowExitOnIdle: true,
    idleTimeoutMillis: 30_000,
    connectionTimeoutMillis: patience,
    keepAlive: true,
    application_name: 'flagwright',
  };
}

async function driver(): Promise<typeof Pool> {
  try {
    return (await import('pg')).Pool;
  } catch {
    throw new FlagError('UNSUPPORTED', 'PostgreSQL needs the package pg, 8.16 or later. Hint: npm install pg');
  }
}
