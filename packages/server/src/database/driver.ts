import type { PgClient, PgPool, Statement } from '@flagwright/sources/postgres';

/** What a statement answers: rows in the order of the columns. */
export interface Answer {
  readonly rows?: readonly (readonly unknown[])[];
  readonly fields?: readonly { readonly name: string }[];
}

/** The part of a client of node-postgres that is used here. */
export interface Client extends PgClient {
  query(statement: Statement): Promise<Answer>;
}

/** The part of a pool of node-postgres that is used here. */
export interface Pool extends PgPool {
  connect(): Promise<Client>;
}

/** What a database is made of: connections, and how all of them are closed. */
export interface Engine {
  readonly name: 'postgres' | 'pglite';
  readonly pool: Pool;
  /** Throws `FlagError('UNAVAILABLE')` while nothing should be written. */
  checkWritable?(): Promise<void>;
  /** Closes all connections; those that are still used after `patience` ms are cut off. */
  end(patience: number): Promise<void>;
}
