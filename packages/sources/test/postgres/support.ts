import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import type { Edit, FlagSet, Kind, Observer } from '@flagwright/core';
import { FlagError, SECTION_OF } from '@flagwright/core';
import type { PostgresServer } from '@flagwright/test-servers';
import { Client, Pool, type PoolConfig } from 'pg';
import { expect, inject } from 'vitest';

/** A database of the shared server, for one test file. */
export interface TestDatabase {
  readonly name: string;
  readonly url: string;
  readonly port: number;
  /** The URL for another role. */
  as(user: string, password: string): string;
  /** Runs statements as the superuser, on a connection of their own; answers the rows of the last one as arrays. */
  sql(text: string, values?: readonly unknown[]): Promise<readonly (readonly unknown[])[]>;
  /** A connection of one's own. */
  client(url?: string): Promise<Client>;
  /** A pool of one's own. */
  pool(options?: PoolConfig): Pool;
  /** Closes what was opened here, and drops the database with whoever is still connected. */
  drop(): Promise<void>;
}

/** Makes an empty database on the shared server. */
export async function testDatabase(): Promise<TestDatabase> {
  const admin = inject('postgresUrl');
  const name = `sources_${randomUUID().slice(0, 8)}`;
  const address = new URL(admin);
  const urlOf = (database: string): string => {
    const url = new URL(admin);
    url.pathname = `/${database}`;
    return url.href;
  };
  const clients: Client[] = [];
  const pools: Pool[] = [];
  const connect = async (url: string): Promise<Client> => {
    const client = new Client(url);
    client.on('error', () => undefined);
    await client.connect();
    clients.push(client);
    return client;
  };
  const server = await connect(admin);
  await server.query(`create database ${name}`);
  let own: Promise<Client> | undefined;
  return {
    name,
    url: urlOf(name),
    port: Number(address.port),
    as(user, password) {
      const url = new URL(urlOf(name));
      url.username = encodeURIComponent(user);
      url.password = encodeURIComponent(password);
      return url.href;
    },
    async sql(text, values) {
      own ??= connect(urlOf(name));
      const statement = { text, rowMode: 'array' as const, ...(values === undefined ? {} : { values: [...values] }) };
      const result: unknown = await (await own).query(statement);
      const last = Array.isArray(result) ? (result.at(-1) as unknown) : result;
      return (last as { readonly rows: readonly (readonly unknown[])[] }).rows;
    },
    client: (url = urlOf(name)) => connect(url),
    pool(options) {
      const pool = new Pool({ connectionString: urlOf(name), ...options });
      pool.on('error', () => undefined);
      pools.push(pool);
      return pool;
    },
    async drop() {
      for (const pool of pools) if (!pool.ended) await pool.end();
      await server.query(`drop database if exists ${name} with (force)`);
      await Promise.all(clients.map((client) => client.end().catch(() => undefined)));
    },
  };
}

/** The shared server as `startPgbouncer` wants it. */
export function sharedServer(): PostgresServer {
  const url = new URL(inject('postgresUrl'));
  const part: Pick<PostgresServer, 'port' | 'password' | 'url'> = {
    port: Number(url.port),
    password: decodeURIComponent(url.password),
    url: (database = 'postgres') => {
      const other = new URL(url);
      other.pathname = `/${database}`;
      return other.href;
    },
  };
  return part as PostgresServer;
}

/** A definition to write; the salt tells one from another. */
export const flag = (salt: string | number): Readonly<Record<string, unknown>> => ({
  type: 'boolean',
  default: false,
  salt: String(salt),
});

export const put = (key: string, salt: string | number): Edit => ({ key, next: flag(salt) });

/** Everything a set holds, by kind and key, in an order that does not depend on how it was read. */
export function contentOf({ document }: FlagSet): Readonly<Record<string, unknown>> {
  const all: [string, unknown][] = [];
  for (const [kind, section] of Object.entries(SECTION_OF)) {
    const entries: unknown = document[section];
    if (entries === undefined) continue;
    const pairs = kind === 'flag' ? [...(entries as ReadonlyMap<string, unknown>)] : Object.entries(entries as object);
    for (const [key, value] of pairs) all.push([`${kind} ${key}`, value]);
  }
  return Object.fromEntries(all.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** One entry of a set. */
export const entryOf = (set: FlagSet, key: string, kind: Kind = 'flag'): unknown => contentOf(set)[`${kind} ${key}`];

/** What a set holds by the table alone, read by other means than the store's. */
export async function truthOf(
  database: TestDatabase,
  { project = 'default', stage = 'default', table = 'feature_flags' } = {},
): Promise<Readonly<Record<string, unknown>>> {
  const rows = await database.sql(
    `select kind || ' ' || key, definition::text from ${table} where project = $1 and stage = $2`,
    [project, stage],
  );
  const all = rows.map(([name, text]) => [String(name), JSON.parse(String(text)) as unknown] as const);
  return Object.fromEntries([...all].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** An observer that counts. */
export interface Ear extends Observer {
  hints: number;
  readonly failures: unknown[];
}

/** An observer that has heard nothing yet. */
export function ear(): Ear {
  const self: Ear = {
    hints: 0,
    failures: [],
    changed: () => void self.hints++,
    failed: (cause) => void self.failures.push(cause),
  };
  return self;
}

/** Expects a `FlagError` of a code; answers it. */
export async function expectCode(promise: Promise<unknown>, code: FlagError['code']): Promise<FlagError> {
  const thrown: unknown = await promise.then(
    (value) => {
      throw new Error(`resolved to ${inspect(value).slice(0, 300)}; expected ${code}`);
    },
    (error: unknown) => error,
  );
  expect(thrown, inspect(thrown)).toBeInstanceOf(FlagError);
  expect((thrown as FlagError).code, inspect(thrown)).toBe(code);
  return thrown as FlagError;
}

/** Expects that nothing of an error, however it is printed, holds any of the texts. */
export function expectNothingOf(error: unknown, secrets: readonly string[]): void {
  const shown = [
    inspect(error, { depth: 20, showHidden: true, getters: true }),
    JSON.stringify(error, Object.getOwnPropertyNames(error)),
    String(error),
    String((error as Error).stack),
  ].join('\n');
  for (const secret of secrets) expect(shown).not.toContain(secret);
}
