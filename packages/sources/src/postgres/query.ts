import { setTimeout as sleep } from 'node:timers/promises';
import { FlagError } from '@flagwright/core';
import { abandon, discard } from './discard.ts';
import type { Database, Limits, PgClient, PgPool, Statement } from './driver.ts';
import { failureOf, isTransient, wasAnswered } from './failure.ts';
import { limited } from './limits.ts';
import { type Turns, turns } from './turns.ts';

/**
 * How many commits of a process are under way at a time, each to another table. Writers of a table take turns anyway,
 * and those that wait for somebody else's transaction must leave connections to whoever reads, and to other tables.
 */
const WRITERS = 3;

/** What all stores that share a pool have in common. */
interface Shared {
  /** Who may commit. */
  readonly writers: Turns;
  /** How many connections are waited for. */
  awaited: number;
}

const pools = new WeakMap<PgPool, Shared>();

function sharedBy(pool: PgPool): Shared {
  const known = pools.get(pool);
  if (known !== undefined) return known;
  const most = Math.max(1, Math.min(WRITERS, (pool.options?.max ?? 10) - 2));
  const shared: Shared = { writers: turns(most), awaited: 0 };
  pools.set(pool, shared);
  // A server that goes away may say so in one breath with the end of the handshake: the pool no longer listens then, and
  // we do not yet. An error that nobody listens for would end the process.
  pool.on?.('connect', (client: PgClient | undefined) => {
    if (shared.awaited > 0) client?.on('error', ignore);
  });
  return shared;
}

const ignore = (): void => undefined;

/** The longest pause, in ms, before a statement that met another transaction is sent again. */
const PAUSE = 50;

/** The database behind a pool. */
export function databaseOf(pool: PgPool, cannotListen: FlagError | undefined, release: () => Promise<void>): Database {
  const { writers } = sharedBy(pool);
  return {
    identity: pool,
    cannotListen,
    release,
    connect: (limits) => checkOut(pool, limits),
    async query(text, values, limits) {
      // the text of a commit tells its table from others
      const leave = limits.lost === undefined ? undefined : await turnOf(writers, text, limits);
      const statement: Statement = { text, rowMode: 'array', ...(values === undefined ? {} : { values: [...values] }) };
      const end = performance.now() + limits.timeout;
      try {
        for (;;) {
          const rows = await attempt(pool, statement, limits, () => performance.now() < end);
          if (rows !== undefined) return rows;
          await sleep(Math.random() * PAUSE);
        }
      } finally {
        leave?.();
      }
    },
  };
}

/** The rows that a statement answers; undefined if it met another transaction and is to be sent again. */
async function attempt(
  pool: PgPool,
  statement: Statement,
  limits: Limits,
  again: () => boolean,
): Promise<readonly (readonly unknown[])[] | undefined> {
  const client = await checkOut(pool, limits);
  client.on('error', ignore);
  let broken = false;
  let underWay = true;
  const answer = client.query(statement).finally(() => {
    underWay = false;
  });
  try {
    const running = limits.lost === undefined ? limits : { timeout: limits.timeout, signal: limits.signal };
    // several statements answer a list of results, which nobody asks for
    const { rows = [] } = await limited(answer, running, 'no answer of PostgreSQL');
    return rows;
  } catch (error) {
    // given up or cut off: nobody knows what is still under way on that connection
    const answered = wasAnswered(error);
    // and several statements may have begun a transaction that they did not end
    broken = !answered || statement.values === undefined;
    if (!broken && isTransient(error) && again()) return undefined;
    if (limits.signal?.aborted === true) throw error;
    const failure = failureOf(error);
    throw !answered && limits.lost !== undefined ? new FlagError(limits.lost, failure.message) : failure;
  } finally {
    if (broken) {
      if (underWay) void abandon(client);
      else discard(client);
    } else {
      client.off('error', ignore);
      client.release();
    }
  }
}

/** Waits for a turn, and answers how to end it. */
async function turnOf(writers: Turns, kind: string, limits: Limits): Promise<() => void> {
  const entering = writers.enter(kind);
  try {
    return await limited(entering, limits, 'other commits were under way, and none ended');
  } catch (error) {
    void entering.then((leave) => leave());
    throw error;
  }
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
  const shared = sharedBy(pool);
  let client: PgClient;
  shared.awaited++;
  try {
    client = await pool.connect();
  } catch (error) {
    // an address that cannot be parsed is shown by the error that says so
    if ((error as { readonly code?: unknown } | null)?.code === 'ERR_INVALID_URL') {
      throw new FlagError(
        'INVALID_ARGUMENT',
        'the connectionString cannot be read; expected postgres://user@host/database',
      );
    }
    throw error;
  } finally {
    shared.awaited--;
  }
  if (typeof (client as PgClient | undefined)?.release === 'function') return client;
  throw new FlagError(
    'INVALID_ARGUMENT',
    'the pool gives no connections; expected a Pool of pg. Hint: is it a Client?',
  );
}
