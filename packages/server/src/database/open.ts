import { FlagError } from '@flagwright/core';
import type { Database, Row } from './database.ts';
import type { Engine, Pool } from './driver.ts';
import { openEmbedded } from './embedded.ts';
import { thrownBy } from './failure.ts';
import { hintsOver } from './hints.ts';
import { isMade, migrate } from './migrate.ts';
import { openPostgres } from './postgres.ts';
import { CHECKOUT, openSession } from './session.ts';
import { transactions } from './transaction.ts';
import { within } from './within.ts';

/** Where the database of a control plane is: exactly one of these. */
export interface DatabaseOptions {
  /** A PostgreSQL, 14 or later, as node-postgres takes it. */
  readonly connectionString?: string | undefined;
  /** The folder of an embedded PostgreSQL, made if it is not there. One process uses it at a time. */
  readonly dataDirectory?: string | undefined;
  /** Makes nothing: throws `NOT_FOUND` where there is no control plane yet. Default: false. */
  readonly existing?: boolean | undefined;
  /** Is told what somebody should do something about, in a sentence. */
  readonly warn?: ((message: string) => void) | undefined;
}

/** How long what is under way may take when the database is closed, in ms, unless somebody says otherwise. */
const PATIENCE = 5_000;

/**
 * Opens the database of a control plane, with its tables made or updated.
 *
 * Throws `FlagError`: `INVALID_ARGUMENT` for options that make no sense, `UNAVAILABLE` if it cannot be reached, or another
 * process has the data directory, `UNAUTHORIZED`, `NOT_FOUND` for a database that does not exist, `UNSUPPORTED` for a folder
 * of something else, without the package for it, for a PostgreSQL that is too old, or for tables that a newer server made.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { existing = false, warn } = options;
  const engine = await engineOf(options);
  try {
    if (existing && !(await isMade(engine.pool))) {
      throw new FlagError('NOT_FOUND', 'the database has no control plane; expected one that a server has made');
    }
    await migrate(engine.pool);
  } catch (error) {
    await engine.end(0);
    throw error;
  }
  return databaseOver(engine, warn);
}

async function engineOf({ connectionString, dataDirectory, existing }: DatabaseOptions): Promise<Engine> {
  if ((connectionString === undefined) === (dataDirectory === undefined)) {
    throw new FlagError('INVALID_ARGUMENT', 'expected either a connectionString or a dataDirectory');
  }
  const given = connectionString ?? dataDirectory;
  if (typeof given !== 'string' || given.trim() === '') {
    const name = connectionString === undefined ? 'dataDirectory' : 'connectionString';
    throw new FlagError('INVALID_ARGUMENT', `the ${name} is no text; expected one that is not empty`);
  }
  return connectionString === undefined ? openEmbedded(given, { existing }) : openPostgres(given);
}

/** The database that an engine is, as its tables are. */
export function databaseOver(engine: Engine, warn?: (message: string) => void): Database {
  const { pool } = engine;
  const { read, write } = transactions(engine);
  const hints = hintsOver(pool, warn);
  const underWay = new Set<Promise<unknown>>();
  let closing: Promise<void> | undefined;
  const track = async <T>(start: () => Promise<T>): Promise<T> => {
    if (closing !== undefined) throw new FlagError('NOT_READY', 'the database is closed');
    const done = start();
    underWay.add(done);
    try {
      return await done;
    } finally {
      underWay.delete(done);
    }
  };
  return {
    engine: engine.name,
    pool,
    query: (text, values) => track(() => queryOnce(pool, text, values)),
    read: (work) => track(() => read(work)),
    write: (work, options) => track(() => write(work, options)),
    listen(heard) {
      if (closing !== undefined) throw new FlagError('NOT_READY', 'the database is closed');
      return hints.listen(heard);
    },
    close(patience = PATIENCE) {
      closing ??= (async () => {
        hints.close();
        const deadline = performance.now() + patience;
        await within(Promise.allSettled(underWay), patience, 'not all is done').catch(() => undefined);
        await engine.end(Math.max(0, deadline - performance.now()));
      })();
      return closing;
    },
  };
}

async function queryOnce<R extends Row>(
  pool: Pool,
  text: string,
  values: readonly unknown[] = [],
): Promise<readonly R[]> {
  try {
    const session = await openSession(pool, CHECKOUT);
    try {
      return await session.query<R>(text, values);
    } finally {
      session.end();
    }
  } catch (error) {
    throw thrownBy(error);
  }
}
