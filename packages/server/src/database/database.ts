import type { Edit, Unsubscribe } from '@flagwright/core';
import type { PgPool } from '@flagwright/sources/postgres';

/** A row of an answer, by the names of its columns. */
export type Row = Readonly<Record<string, unknown>>;

/**
 * Runs one statement of PostgreSQL. `bigint` comes as text, `json` and `jsonb` parsed, `timestamptz` as `Date`, on either
 * engine. Throws `FlagError`: `UNAVAILABLE`, `UNAUTHORIZED`, `UNSUPPORTED`, `UNKNOWN`; other mistakes of a statement as
 * they are.
 */
export interface Sql {
  query<R extends Row = Row>(text: string, values?: readonly unknown[]): Promise<readonly R[]>;
}

/** A set of flags, as applications read it. */
export interface SetName {
  readonly project: string;
  readonly stage: string;
}

/** A transaction that writes. There is one at a time, over all servers of a database, so what it has read stays true. */
export interface Transaction extends Sql {
  /**
   * Publishes entries of a set, which this server manages, as part of the transaction; resolves to its revision. An
   * empty list makes a set that does not exist yet.
   */
  publish(set: SetName, edits: readonly Edit[], by: string): Promise<string>;
  /** Marks a place in the transaction to which it may go back; one at a time. */
  mark(): Promise<Mark>;
  /** Hints at what has changed to all servers of the database, once the transaction is committed. */
  hint(topic: Topic): void;
}

/** A place in a transaction. One of these is called, once. */
export interface Mark {
  /** What was done since is kept. */
  keep(): Promise<void>;
  /** What was done since is undone, be it that a statement failed, and the transaction goes on. */
  undo(): Promise<void>;
}

/** What a hint between servers is about. Hints may be lost, doubled or early: read again. */
export type Topic = 'resources' | 'tokens';

export interface WriteOptions {
  /** Does everything, and undoes it at the end. */
  readonly dryRun?: boolean | undefined;
}

/** The database of a control plane: PostgreSQL 14 or later, or the same embedded. */
export interface Database extends Sql {
  readonly engine: 'postgres' | 'pglite';
  /** For `postgresStore`. */
  readonly pool: PgPool;
  /** Several statements that see one moment. */
  read<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /**
   * One transaction, after those that write already; committed when `work` has resolved, undone when it throws. Throws
   * `FlagError('UNKNOWN')` if the connection was lost when it was being committed, `UNAVAILABLE` if others write too long.
   * A statement that failed undoes it, though `work` may have caught that. `work` is done again if it met a transaction of
   * somebody else; it asks only its transaction meanwhile, as the database may have no other connection.
   */
  write<T>(work: (transaction: Transaction) => Promise<T>, options?: WriteOptions): Promise<T>;
  /** Hears hints of all servers, this one among them; also at every new connection, with all topics, for hints get lost. */
  listen(heard: (topic: Topic) => void): Unsubscribe;
  /** Ends what is under way within `patience` ms (default: 5,000), and closes all connections. */
  close(patience?: number): Promise<void>;
}
