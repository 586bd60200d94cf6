import type { FlagError, FlagErrorCode } from '@flagwright/core';

/** A statement in the form node-postgres takes. Without `values` it may be several statements, with transactions of their own. */
export interface Statement {
  readonly text: string;
  readonly values?: unknown[];
  readonly rowMode: 'array';
}

/** The part of `pg.PoolClient` that is used. */
export interface PgClient {
  query(statement: Statement): Promise<{ readonly rows?: readonly (readonly unknown[])[] }>;
  on(event: string, listener: (argument: unknown) => void): unknown;
  off(event: string, listener: (argument: unknown) => void): unknown;
  /** Gives the connection back; true closes it, which `discard` does. */
  release(destroy?: boolean): void;
}

/** The part of `pg.Pool` that is used. */
export interface PgPool {
  connect(): Promise<PgClient>;
  on?(event: 'connect', listener: (client: PgClient) => void): unknown;
  readonly options?: { readonly max?: number | undefined } | undefined;
}

/** How long a statement may take, in ms, and who may end it sooner. */
export interface Limits {
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
  /** Aborted, with the reason, when its store is closed; that does not end a statement with `lost` that is under way. */
  readonly closed?: AbortSignal | undefined;
  /** What it means when the answer is lost with the connection. Default: `UNAVAILABLE`. */
  readonly lost?: FlagErrorCode | undefined;
}

/** A database that several stores of a process share. */
export interface Database {
  /** Runs a statement on any connection. Throws `FlagError`, or why the signal was aborted. */
  query(text: string, values: readonly unknown[] | undefined, limits: Limits): Promise<readonly (readonly unknown[])[]>;
  /** A connection that stays with the caller, who releases it. Throws like `query`. */
  connect(limits: Limits): Promise<PgClient>;
  /** To be called by each that was given the database. */
  release(): Promise<void>;
  /** What shares hints is kept beside what it belongs to. */
  readonly identity: object;
  /** Why no connection can be set aside for hints, if so. */
  readonly cannotListen: FlagError | undefined;
}
