import { FlagError, preview } from '@flagwright/core';
import type { Pool, PoolConfig } from 'pg';
import type { Database, Limits, PgClient, PgPool } from './driver.ts';
import { failureOf, wasAnswered } from './failure.ts';
import { limited } from './limits.ts';

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
  const pool = new OwnPool(configOf(connectionString, patience));
  // a connection that dies in the pool must not end the process; the next statement gets another
  pool.on('error', () => undefined);
  return { pool: pool as unknown as PgPool, end: () => pool.end() };
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

function databaseOf(pool: PgPool, cannotListen: FlagError | undefined, release: () => Promise<void>): Database {
  return {
    identity: pool,
    cannotListen,
    release,
    connect: (limits) => checkOut(pool, limits),
    async query(text, values, limits) {
      const client = await checkOut(pool, limits);
      const ignore = (): void => undefined;
      client.on('error', ignore);
      let broken = false;
      try {
        const statement = { text, rowMode: 'array', ...(values === undefined ? {} : { values: [...values] }) } as const;
        const running = limits.lost === undefined ? limits : { timeout: limits.timeout, signal: limits.signal };
        const { rows } = await limited(client.query(statement), running, 'no answer of PostgreSQL');
        return rows;
      } catch (error) {
        // given up or cut off: nobody knows what is still under way on that connection
        broken = !wasAnswered(error);
        if (limits.signal?.aborted === true) throw error;
        const failure = failureOf(error);
        throw broken && limits.lost !== undefined ? new FlagError(limits.lost, failure.message) : failure;
      } finally {
        client.off('error', ignore);
        client.release(broken);
      }
    },
  };
}

/** A connection of the pool; one that comes too late goes back. */
async function checkOut(pool: PgPool, limits: Limits): Promise<PgClient> {
  const connecting = connectOf(pool);
  try {
    return await limited(connecting, limits, 'no connection to PostgreSQL');
  } catch (error) {
    connecting.then((client) => client.release()).catch(() => undefined);
    throw limits.signal?.aborted === true ? error : failureOf(error);
  }
}

async function connectOf(pool: PgPool): Promise<PgClient> {
  try {
    return await pool.connect();
  } catch (error) {
    // an address that cannot be parsed is shown by the error that says so
    if ((error as { readonly code?: unknown } | null)?.code === 'ERR_INVALID_URL') {
      throw new FlagError(
        'INVALID_ARGUMENT',
        'the connectionString cannot be read; expected postgres://user@host/database',
      );
    }
    throw error;
  }
}
