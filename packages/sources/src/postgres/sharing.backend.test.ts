import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { follow } from '@flagwright/core';
import { startPgbouncer, startProxy, until } from '@flagwright/test-servers';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
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

// What stores of one process share: connections, for reads, for commits and for hints.

let database: TestDatabase;
let count = 0;

beforeAll(async () => {
  database = await testDatabase();
  await migrate({ connectionString: database.url });
});
afterAll(() => database.drop());

const fresh = (): string => `sharing-${++count}`;

/** A store that is closed after the test. */
function open(options: Parameters<typeof postgresStore>[0]) {
  const store = postgresStore(options);
  onTestFinished(async () => store.close?.());
  return store;
}

/** A transaction that has changed a flag and does not end until it is told to. */
async function holdUp(): Promise<() => Promise<unknown>> {
  const client = await database.client();
  await client.query('begin');
  await client.query('update feature_flags set key = key where false');
  return () => client.query('rollback');
}

describe('stores of several tables', () => {
  const tables = ['t1', 't2', 't3', 't4', 't5', 't6'];
  beforeAll(async () => {
    for (const table of tables) {
      await migrate({ connectionString: database.url, table });
      await database.sql(`insert into ${table} (key, definition) values ('a', '${JSON.stringify(flag(table))}')`);
    }
  });

  it.each<[string, () => Parameters<typeof postgresStore>[0]]>([
    ['by one connection string', () => ({ connectionString: database.url })],
    ['by a pool of two connections', () => ({ pool: database.pool({ max: 2 }) })],
  ])('all hear, and read, %s', async (_, options) => {
    const shared = options();
    const followers = tables.map((table) => follow(postgresStore({ ...shared, table }), { refreshInterval: 60_000 }));
    onTestFinished(async () => void (await Promise.all(followers.map((one) => one.close()))));
    await Promise.all(followers.map((one) => one.ready()));
    await until('all hear', () => followers.every((one) => one.health().subscribed));
    for (const [i, table] of tables.entries()) {
      await database.sql(`update ${table} set definition = '{"default": ${i}}'`);
      await until('it is heard', () => {
        const source = followers[i]!.snapshot?.flags.get('a')?.source as { readonly default?: unknown };
        return source.default === i;
      });
    }
  });

  it('a table that is not there keeps no other from hearing', async () => {
    const missing = open({ connectionString: database.url, table: 'nowhere' });
    const there = open({ connectionString: database.url, table: 't1' });
    const hearing = ear();
    await there.subscribe!(hearing);
    await expectCode(Promise.resolve(missing.subscribe!(ear())), 'NOT_FOUND');
    await database.sql(`update t1 set definition = '{"default": 7}'`);
    await until('it is heard', () => hearing.hints > 0);
    expect(hearing.failures).toEqual([]);
  });

  it('send nothing on a connection before the answer to what was sent before', async () => {
    const pool = database.pool();
    let most = 0;
    pool.on('connect', (client) => {
      const query = client.query.bind(client) as (statement: unknown) => Promise<unknown>;
      let underWay = 0;
      const counted = (statement: unknown): Promise<unknown> => {
        most = Math.max(most, ++underWay);
        return query(statement).finally(() => underWay--);
      };
      Object.assign(client, { query: counted });
    });
    const ears = tables.map(() => ear());
    await Promise.all(tables.map((table, i) => open({ pool, table, heartbeat: 10 }).subscribe!(ears[i]!)));
    await sleep(100);
    expect([most, ...ears.flatMap(({ failures }) => failures)]).toEqual([1]);
  });

  it('hear that one of their tables is gone, and the others go on', async () => {
    await migrate({ connectionString: database.url, table: 'gone' });
    const [gone, there] = [ear(), ear()];
    const store = open({ connectionString: database.url, table: 'gone', heartbeat: 100 });
    await store.subscribe!(gone);
    await open({ connectionString: database.url, table: 't1' }).subscribe!(there);
    await database.sql('drop table gone_schema');
    await until('it is heard', () => gone.hints === 1);
    await expectCode(store.read(), 'NOT_FOUND');
    await sleep(300);
    await database.sql(`update t1 set definition = '{"default": 8}'`);
    await until('so is what goes on', () => there.hints > 0);
    expect([gone.hints, ...gone.failures, ...there.failures]).toEqual([1]);
    await migrate({ connectionString: database.url, table: 'gone' });
    await until('it is heard that it is back', () => gone.hints === 2);
    await database.sql(`insert into gone (key, definition) values ('a', '{}')`);
    await until('and what is on it', () => gone.hints === 3);
  });

  it('are told when tables were made anew, and hear of them', async () => {
    await migrate({ connectionString: database.url, table: 'anew' });
    await database.sql(`insert into anew (key, definition) values ('a', '1')`);
    const follower = follow(postgresStore({ connectionString: database.url, table: 'anew', heartbeat: 100 }), {
      refreshInterval: 60_000,
    });
    onTestFinished(() => follower.close());
    await follower.ready();
    await until('it hears', () => follower.health().subscribed);
    await database.sql(
      'drop table anew, anew_schema, anew_commits, anew_sets, anew_tombstones; drop sequence anew_revision',
    );
    await migrate({ connectionString: database.url, table: 'anew' });
    await database.sql(`insert into anew (key, definition) values ('b', '{"default": true}')`);
    const sees = (key: string): boolean => follower.snapshot?.flags.has(key) === true;
    await until('what is there now is read', () => sees('b') && !sees('a') && follower.health().subscribed);
    await database.sql(`insert into anew (key, definition) values ('c', '{"default": true}')`);
    await until('and heard', () => sees('c'), 2_000);
  });
});

it('readers do not wait for commits that wait for somebody', async () => {
  const project = fresh();
  const store = open({ connectionString: database.url, project });
  await store.commit([put('a', 1)]);
  const goOn = await holdUp();
  const commits = Array.from({ length: 12 }, (_, i) => store.commit([put(`key-${i}`, 2)]));
  try {
    await sleep(200);
    const started = performance.now();
    for (let i = 0; i < 5; i++) expect(Object.keys(contentOf(await store.read()))).toEqual(['flag a']);
    expect(performance.now() - started).toBeLessThan(2_000);
  } finally {
    await goOn();
  }
  await Promise.all(commits);
  expect(Object.keys(contentOf(await store.read()))).toHaveLength(13);
});

it('a migration that fails leaves no connection in its transaction', async () => {
  await database.sql(`create role reader login password 'reader'; grant usage on schema public to reader;
    grant select on all tables in schema public to reader`);
  onTestFinished(async () => void (await database.sql('drop owned by reader; drop role reader')));
  const connectionString = database.as('reader', 'reader');
  const pool = database.pool({ connectionString, max: 1 });
  const store = open({ connectionString, project: fresh() });
  await expectCode(store.read(), 'NOT_FOUND');
  for (const shared of [{ connectionString }, { pool }]) {
    await expectCode(migrate({ ...shared, table: 'other_flags' }), 'UNAUTHORIZED');
  }
  for (let i = 0; i < 5; i++) await expectCode(store.read(), 'NOT_FOUND');
  expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  await pool.end();
});

describe('a commit is UNKNOWN', () => {
  it('when a pooler says that it lost the server', { timeout: 60_000 }, async () => {
    const proxy = await startProxy(database);
    onTestFinished(() => proxy.close());
    const direct = sharedServer();
    const server = { ...direct, port: proxy.port, url: (name?: string) => proxy.through(direct.url(name)) };
    const pooler = await startPgbouncer(server, { mode: 'transaction' });
    onTestFinished(() => pooler.stop());
    const project = fresh();
    const store = open({ connectionString: pooler.url(database.name), project, timeout: 8_000 });
    await store.commit([put('a', 1)]);
    const goOn = await holdUp();
    const commit = store.commit([put('a', 2)]);
    commit.catch(() => undefined);
    const waiting = `select 1 from pg_stat_activity where datname = '${database.name}' and wait_event = 'advisory'`;
    await until('it waits', async () => (await database.sql(waiting)).length > 0);
    proxy.freeze();
    await goOn();
    await sleep(200);
    proxy.dropAll();
    proxy.thaw();
    await expectCode(commit, 'UNKNOWN');
  });

  it('when its connection is ended, which ends no process', async () => {
    // no listener for the errors of idle connections: an application may forget that
    const pool = database.pool();
    pool.removeAllListeners('error');
    const store = open({ pool, project: fresh() });
    await store.commit([put('a', 1)]);
    const goOn = await holdUp();
    const commit = store.commit([put('a', 2)]);
    commit.catch(() => undefined);
    const waiting = `from pg_stat_activity where datname = '${database.name}' and wait_event = 'advisory'`;
    await until('it waits', async () => (await database.sql(`select 1 ${waiting}`)).length > 0);
    await database.sql(`select pg_terminate_backend(pid) ${waiting}`);
    await expectCode(commit, 'UNKNOWN');
    await goOn();
    await store.commit([put('a', 3)]);
    pool.on('error', () => undefined);
  });
});

describe('commits that meet other transactions', () => {
  it.each(['repeatable read', 'serializable'])('all land where %s is the default', async (level) => {
    const own = await testDatabase();
    onTestFinished(() => own.drop());
    await migrate({ connectionString: own.url });
    await own.sql(`alter database ${own.name} set default_transaction_isolation = '${level}'`);
    const stores = Array.from({ length: 4 }, () => open({ pool: own.pool(), project: 'busy' }));
    await Promise.all(
      stores.map(async (store, i) => {
        for (let n = 0; n < 10; n++) await store.commit([put(`key-${i}`, n)]);
      }),
    );
    const content = contentOf(await stores[0]!.read());
    expect(Object.values(content)).toEqual([0, 1, 2, 3].map(() => flag(9)));
  });

  it('wait for whoever has locked the table, and for no one who waits for them', async () => {
    const store = open({ connectionString: database.url, project: fresh() });
    await store.commit([put('a', 1)]);
    const client = await database.client();
    await client.query('begin; lock table feature_flags in share row exclusive mode');
    const commit = store.commit([put('a', 2)]);
    await sleep(200);
    await client.query('update feature_flags set key = key where false');
    await client.query('commit');
    await commit;
  });

  it('are tried again after a deadlock', async () => {
    const project = fresh();
    const store = open({ connectionString: database.url, project });
    await store.commit([put('a', 1)]);
    const client = await database.client();
    await client.query(`begin; set deadlock_timeout = '10s';
      select from feature_flags where project = '${project}' for update`);
    const commit = store.commit([put('a', 2)]);
    await sleep(200);
    await client.query(`update feature_flags set definition = '{"default": 1}' where project = '${project}'; commit`);
    await commit;
    expect(contentOf(await store.read())).toEqual({ 'flag a': flag(2) });
  });
});

it('the connection for hints is tried as often as the most impatient store wants', async () => {
  const proxy = await startProxy(database);
  onTestFinished(() => proxy.close());
  const pool = database.pool({ connectionString: proxy.through(database.url) });
  const project = fresh();
  const [patient, impatient] = [ear(), ear()];
  await open({ pool, project, heartbeat: 60_000 }).subscribe!(patient);
  await open({ pool, project, heartbeat: 200 }).subscribe!(impatient);
  proxy.freeze();
  await until('both are told', () => patient.failures.length > 0 && impatient.failures.length > 0, 3_000);
  proxy.thaw();
});

describe('a server that goes away', () => {
  const message = (type: string, body: Buffer): Buffer => {
    const head = Buffer.alloc(5, type);
    head.writeInt32BE(4 + body.length, 1);
    return Buffer.concat([head, body]);
  };
  const AUTHENTICATED = message('R', Buffer.alloc(4));
  const READY = message('Z', Buffer.from('I'));
  const FATAL = message('E', Buffer.from('SFATAL\0C57P01\0Mterminating connection\0\0'));

  it.each(['connectionString', 'pool'])('as the handshake ends harms no process: %s', async (kind) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(Buffer.concat([AUTHENTICATED, READY, FATAL])));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const connectionString = `postgres://nobody@127.0.0.1:${(server.address() as AddressInfo).port}/none`;
    const store = open(kind === 'pool' ? { pool: database.pool({ connectionString }) } : { connectionString });
    try {
      await expectCode(store.read(), 'UNAVAILABLE');
      await expectCode(store.commit([put('a', 1)]), 'UNKNOWN');
      await expectCode(Promise.resolve(store.subscribe!(ear())), 'UNAVAILABLE');
    } finally {
      server.close();
    }
  });
});

it('a client in the place of a pool is said to be one', async () => {
  const client = new Client(inject('postgresUrl'));
  const store = open({ pool: client as never, project: fresh() });
  await expectCode(store.read(), 'INVALID_ARGUMENT');
  await client.end();
});
