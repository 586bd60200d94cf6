import { setMaxListeners } from 'node:events';
import type { Edit, FlagSet, FlagStore } from '@flagwright/core';
import { FlagError } from '@flagwright/core';
import { checkDurations, checkTexts } from '../checks.ts';
import { checkedEdits } from '../edits.ts';
import { subscriptions } from '../subscriptions.ts';
import { commitSql, sent, toSend } from './commit.ts';
import { checkConnection, openDatabase, type PostgresConnection } from './database.ts';
import type { Database } from './driver.ts';
import { checkAuthor, checkSetName, namesOf } from './names.ts';
import { type Row, readSql, setOf, sinceOf } from './read.ts';
import { SCHEMA_VERSION, schemaSql } from './schema.ts';
import { lineOf, topicOf } from './wire.ts';

export type { PostgresConnection } from './database.ts';
export { abandon as abandonClient } from './discard.ts';
export type { PgClient, PgPool, Statement } from './driver.ts';
export { failureOf as postgresFailure, isTransient, wasAnswered } from './failure.ts';
export { type MigrateOptions, migrate } from './migrate.ts';
export { type CommitWithinOptions, commitWithin } from './within.ts';
export { SCHEMA_VERSION, schemaSql };

/** Options of `postgresStore`. Give either `pool` or `connectionString`. */
export interface PostgresOptions extends PostgresConnection {
  /** A pool of `pg`, which stays the application's: close the store before it. One connection is set aside for hints. */
  readonly pool?: PostgresConnection['pool'];
  /** As node-postgres takes it; stores of a process with the same one, and the same `timeout`, share a few connections. */
  readonly connectionString?: string | undefined;
  /** The table of flags: `table` or `schema.table`. Default: `feature_flags`. */
  readonly table?: string | undefined;
  /** Default: `default`. */
  readonly project?: string | undefined;
  /** Default: `default`. */
  readonly stage?: string | undefined;
  /** How long a connection and an answer may take, in ms. Default: 10,000. */
  readonly timeout?: number | undefined;
  /**
   * How often the connection for hints is tried, in ms, and how long it may take to answer. Stores that share one try it
   * as often as the most impatient of them. Default: 5,000.
   */
  readonly heartbeat?: number | undefined;
  /** Commits as the manager of the set: it takes over a set that has none, and others may not write it then. */
  readonly manager?: string | undefined;
  /** The name for logs and health. Default: `postgres`. */
  readonly name?: string | undefined;
}

/**
 * Flags in PostgreSQL 14 or later: a row for each entry of a set (project, stage), in tables that `migrate` makes.
 * Whoever changes them, by `commit` or by plain SQL, is heard by every reader, and none misses a commit.
 *
 * Throws `FlagError('INVALID_ARGUMENT')` for options that make no sense. Reads throw `NOT_FOUND` for tables or a set
 * that are not there, `UNAUTHORIZED`, `UNSUPPORTED` for tables of another shape or version, and `UNAVAILABLE`.
 */
export function postgresStore(options: PostgresOptions): FlagStore {
  checkConnection(options);
  const { project = 'default', stage = 'default', table = 'feature_flags', name = 'postgres', manager } = options;
  const { timeout = 10_000, heartbeat = 5_000 } = options;
  const names = namesOf(table);
  checkSetName('project', project);
  checkSetName('stage', stage);
  checkTexts({ name, manager });
  checkDurations({ timeout, heartbeat });
  const sql = { read: readSql(names), commit: commitSql(names) };
  const topic = topicOf(names, project, stage);
  let opening: Promise<Database> | undefined;
  let closing: Promise<void> | undefined;
  const committing = new Set<Promise<unknown>>();
  const closer = new AbortController();
  const closed = closer.signal;
  setMaxListeners(0, closed); // every statement under way is one
  const isClosed = new FlagError('NOT_READY', `flag store ${name} is closed`);
  const subscribed = subscriptions(() => isClosed);

  const use = (): Promise<Database> => {
    closed.throwIfAborted();
    opening ??= openDatabase(options, timeout).catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    return opening;
  };

  const commit = async (edits: readonly Edit[], by: string | undefined): Promise<string> => {
    closed.throwIfAborted();
    checkAuthor(by);
    const sending = toSend(checkedEdits(edits));
    const database = await use();
    return sent(sending, (json) => {
      const values = [project, stage, json, by ?? null, manager ?? null, SCHEMA_VERSION];
      return database.query(sql.commit, values, { timeout, closed, lost: 'UNKNOWN' });
    });
  };

  return {
    name,
    async read(previous, signal) {
      signal?.throwIfAborted();
      const database = await use();
      const ask = (since: FlagSet | undefined): Promise<readonly Row[]> =>
        database.query(sql.read, [project, stage, ...sinceOf(since)], { timeout, signal, closed });
      const what = `${JSON.stringify(project)}, ${JSON.stringify(stage)} in table ${table}`;
      const set = setOf(await ask(previous), previous, what) ?? setOf(await ask(undefined), undefined, what);
      return set!;
    },
    async subscribe(observer) {
      const database = await use();
      const stop = await lineOf(database, { timeout, heartbeat }).subscribe(topic, observer);
      return subscribed.add(stop);
    },
    commit(edits, by) {
      const committed = commit(edits, by);
      committing.add(committed);
      const done = (): unknown => committing.delete(committed);
      committed.then(done, done);
      return committed;
    },
    close() {
      closing ??= (async () => {
        closer.abort(isClosed);
        await subscribed.close();
        // those that wait for their turn were aborted; one that was sent may still land, and says whether it has
        await Promise.allSettled(committing);
        const database = await opening?.catch(() => undefined);
        await database?.release();
      })();
      return closing;
    },
  };
}
