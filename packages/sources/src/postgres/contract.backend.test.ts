import { type Edit, follow } from '@flagwright/core';
import { type Pgbouncer, startPgbouncer, startProxy, type TcpProxy, until } from '@flagwright/test-servers';
import { type StoreFixture, storeContract } from '@flagwright/testing';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import {
  contentOf,
  ear,
  expectCode,
  flag,
  put,
  sharedServer,
  type TestDatabase,
  testDatabase,
} from '../../test/postgres/support.ts';
import { migrate, postgresStore } from './index.ts';

const INITIAL: readonly Edit[] = [
  { key: 'checkout', next: { type: 'boolean', default: false } },
  { key: 'theme', next: { default: 'light', variants: { light: 'light', dark: 'dark' } } },
  { kind: 'segment', key: 'staff', next: { included: ['user-1'] } },
];

let database: TestDatabase;
let session: Pgbouncer;
let transaction: Pgbouncer;
let count = 0;

beforeAll(async () => {
  database = await testDatabase();
  await database.sql('create schema app');
  for (const table of ['feature_flags', 'app.flags']) {
    await migrate({ connectionString: database.url, table });
  }
  [session, transaction] = await Promise.all([
    startPgbouncer(sharedServer(), { mode: 'session', poolSize: 60 }),
    startPgbouncer(sharedServer(), { mode: 'transaction', poolSize: 10 }),
  ]);
});

afterAll(async () => {
  await Promise.all([session?.stop(), transaction?.stop()]);
  await database.drop();
});

const fresh = (): { project: string } => ({ project: `contract-${++count}` });

/** Takes PostgreSQL away: connections are cut, and new ones refused. */
const behind = (proxy: TcpProxy): Pick<StoreFixture, 'breakIt' | 'mend'> => ({
  async breakIt() {
    await proxy.refuse();
    proxy.dropAll();
  },
  mend: () => proxy.accept(),
});

storeContract({
  name: 'postgres, by connection string',
  async open() {
    const proxy = await startProxy(database);
    const source = postgresStore({ connectionString: proxy.through(database.url), ...fresh() });
    await source.commit(INITIAL);
    return {
      source,
      ...behind(proxy),
      async close() {
        await source.close?.();
        await proxy.close();
      },
    };
  },
});

storeContract({
  name: 'postgres, empty, by a pool of the caller',
  async open() {
    const proxy = await startProxy(database);
    const pool = database.pool({ connectionString: proxy.through(database.url) });
    const source = postgresStore({ pool, ...fresh() });
    await source.commit([]);
    return {
      source,
      ...behind(proxy),
      async close() {
        await source.close?.();
        await pool.end();
        await proxy.close();
      },
    };
  },
});

/** Makes edits by plain SQL, one statement for each. */
async function byPlainSql(table: string, project: string, edits: readonly Edit[]): Promise<void> {
  for (const { kind = 'flag', key, next } of edits) {
    if (next === null) {
      await database.sql(`delete from ${table} where project = $1 and kind = $2 and key = $3`, [project, kind, key]);
      continue;
    }
    const values = [project, kind, key, JSON.stringify(next)];
    const updated = await database.sql(
      `update ${table} set definition = $4 where project = $1 and kind = $2 and key = $3 returning 1`,
      values,
    );
    if (updated.length > 0) continue;
    await database.sql(`insert into ${table} (project, kind, key, definition) values ($1, $2, $3, $4)`, values);
  }
}

storeContract({
  name: 'postgres, a table in another schema, changed by plain SQL',
  async open() {
    const set = fresh();
    const source = postgresStore({ connectionString: database.url, table: 'app.flags', ...set });
    await byPlainSql('app.flags', set.project, INITIAL);
    return {
      source,
      change: (edits) => byPlainSql('app.flags', set.project, edits),
      close: async () => source.close?.(),
    };
  },
});

storeContract({
  name: 'postgres, through pgbouncer that pools sessions',
  async open() {
    const source = postgresStore({ connectionString: session.url(database.name), ...fresh() });
    await source.commit(INITIAL);
    return { source, close: async () => source.close?.() };
  },
});

storeContract({
  name: 'postgres, through pgbouncer that pools transactions, without hints',
  async open() {
    const { subscribe: _, ...store } = postgresStore({ connectionString: transaction.url(database.name), ...fresh() });
    await store.commit(INITIAL);
    return { source: store, close: async () => store.close?.() };
  },
});

it('through a pooler of transactions hints are refused at once, and the follower polls and says so', async () => {
  const set = fresh();
  const connectionString = transaction.url(database.name);
  const writer = postgresStore({ connectionString: database.url, ...set });
  await writer.commit([put('a', 1)]);
  const source = postgresStore({ connectionString, ...set });
  const began = performance.now();
  await expectCode(Promise.resolve(source.subscribe!(ear())), 'UNSUPPORTED');
  expect(performance.now() - began).toBeLessThan(4_000);

  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  onTestFinished(() => warn.mockRestore());
  const follower = follow(source, { refreshInterval: 50 });
  try {
    await follower.ready();
    await until('it is told', () => follower.health().hintError !== undefined);
    expect(follower.health()).toMatchObject({ subscribed: false, status: 'ready', hintError: { code: 'UNSUPPORTED' } });
    const revision = await writer.commit([put('a', 2)]);
    await until('it is polled', () => follower.snapshot?.revision === revision);
    expect(warn.mock.calls.map(([text]) => String(text))).toEqual([expect.stringMatching(/postgres.*pool/)]);
  } finally {
    await follower.close();
    await writer.close?.();
  }
});

it('a pooler of transactions, which forgets nothing, is not left with ever more to listen for', async () => {
  const source = postgresStore({ connectionString: transaction.url(database.name), ...fresh() });
  await source.commit(INITIAL);
  await expectCode(Promise.resolve(source.subscribe!(ear())), 'UNSUPPORTED');
  await source.close?.();
  const client = await database.client(transaction.url(database.name));
  const heard = new Set<unknown>();
  for (let i = 0; i < 20; i++) {
    const { rows } = await client.query('select pg_listening_channels() as channel');
    for (const { channel } of rows as readonly { readonly channel: string }[]) heard.add(channel);
  }
  expect([...heard].filter((channel) => channel !== 'flagwright_probe')).toEqual([]);
});

it('a table name as long as it may be', async () => {
  const table = `app.${'t'.repeat(52)}`;
  await migrate({ connectionString: database.url, table });
  const store = postgresStore({ connectionString: database.url, table });
  const first = await store.read().catch(() => undefined);
  expect(first).toBeUndefined();
  await store.commit([put('a', 1), put('b', 1)]);
  const set = await store.read();
  await store.commit([{ key: 'a', next: null }]);
  expect(contentOf(await store.read(set))).toEqual({ 'flag b': flag(1) });
  await store.close?.();
});
