import { setTimeout as sleep } from 'node:timers/promises';
import { startPgbouncer, until } from '@flagwright/test-servers';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  contentOf,
  ear,
  expectCode,
  put,
  sharedServer,
  type TestDatabase,
  testDatabase,
} from '../../test/postgres/support.ts';
import { migrate, postgresStore } from './index.ts';

// A table that somebody has locked holds up nobody who uses another, and nothing piles up behind it.

let database: TestDatabase;

beforeAll(async () => {
  database = await testDatabase();
  for (const table of ['locked', 'free']) {
    await migrate({ connectionString: database.url, table });
    await database.sql(`insert into ${table} (key, definition) values ('a', '1')`);
  }
});
afterAll(() => database.drop());

/** A store that is closed after the test. */
function open(table: string, options: Partial<Parameters<typeof postgresStore>[0]> = {}) {
  const connection = options.pool === undefined ? { connectionString: database.url } : {};
  const store = postgresStore({ ...connection, table, ...options });
  onTestFinished(async () => store.close?.());
  return store;
}

/** A transaction that has done something, and ends with the test. */
async function holding(sql: string): Promise<void> {
  const client = await database.client();
  await client.query(`begin; ${sql}`);
  onTestFinished(async () => void (await client.query('rollback')));
}

/** How many statements wait for a lock on the server. */
async function waiting(): Promise<number> {
  const [row] = await database.sql(
    `select count(*)::int from pg_stat_activity where datname = '${database.name}' and wait_event_type = 'Lock'`,
  );
  return Number(row?.[0]);
}

describe('hints about other tables come', () => {
  it('while the channel of one cannot be read', async () => {
    const times = { heartbeat: 200, timeout: 1_000 };
    const [locked, free] = [ear(), ear()];
    await open('locked', times).subscribe!(locked);
    await holding('lock table locked_schema in access exclusive mode');
    await open('free', times).subscribe!(free);
    for (let i = 1; i <= 3; i++) {
      await sleep(300);
      await database.sql(`update free set definition = '${i}'`);
      await until('it is heard', () => free.hints >= i, 500);
    }
    expect([...locked.failures, ...free.failures]).toEqual([]);
  });

  it('while another waits to be listened for', async () => {
    await holding('lock table locked_schema in access exclusive mode');
    const refused = expectCode(Promise.resolve(open('locked', { timeout: 1_500 }).subscribe!(ear())), 'UNAVAILABLE');
    const since = performance.now();
    await open('free').subscribe!(ear());
    expect(performance.now() - since).toBeLessThan(1_000);
    await refused;
  });
});

it.each<[string, () => Partial<Parameters<typeof postgresStore>[0]>]>([
  ['by one connection string', () => ({})],
  ['by a pool of five', () => ({ pool: database.pool({ max: 5 }) })],
])('commits to other tables go on while many wait for one, %s', async (_, options) => {
  const shared = options();
  const [locked, free] = [open('locked', shared), open('free', shared)];
  await holding('update locked set key = key where false');
  const commits = Array.from({ length: 5 }, (_, i) => locked.commit([put('b', i)]));
  for (const commit of commits) commit.catch(() => undefined);
  await until('one waits', async () => (await waiting()) === 1);
  const since = performance.now();
  for (let i = 0; i < 5; i++) await free.commit([put('b', i)]);
  expect(performance.now() - since).toBeLessThan(2_000);
  expect(Object.keys(contentOf(await locked.read()))).toContain('flag a');
});

describe('a statement that is given up does not stay on the server', () => {
  it('when it takes too long', async () => {
    const store = open('locked', { timeout: 200 });
    await holding('lock table locked in access exclusive mode');
    for (let i = 0; i < 4; i++) await expectCode(store.read(), 'UNAVAILABLE');
    await until('none waits', async () => (await waiting()) === 0, 2_000);
  });

  it('when its store is closed', async () => {
    const store = open('locked');
    await holding('lock table locked in access exclusive mode');
    const reading = expectCode(store.read(), 'NOT_READY');
    await until('it waits', async () => (await waiting()) === 1);
    await store.close!();
    await reading;
    await until('none waits', async () => (await waiting()) === 0, 2_000);
  });

  it('through a pooler of transactions', { timeout: 60_000 }, async () => {
    const pooler = await startPgbouncer(sharedServer(), { mode: 'transaction' });
    onTestFinished(() => pooler.stop());
    const store = open('locked', { connectionString: pooler.url(database.name), timeout: 500 });
    await store.read();
    await holding('lock table locked in access exclusive mode');
    for (let i = 0; i < 3; i++) await expectCode(store.read(), 'UNAVAILABLE');
    await until('none waits', async () => (await waiting()) === 0, 2_000);
  });
});
