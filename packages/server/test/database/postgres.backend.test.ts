import { FlagError } from '@flagwright/core';
import { startProxy, until } from '@flagwright/test-servers';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Database, Topic } from '../../src/database/database.ts';
import { WRITE_LOCK } from '../../src/database/locks.ts';
import { openDatabase } from '../../src/database/open.ts';
import { emptyDatabase } from './engines.ts';

// What only happens where the database is another process.
vi.setConfig({ testTimeout: 60_000 });

let url: string;
let drop: () => Promise<void>;
let database: Database;
let other: Client;

beforeAll(async () => {
  ({ url, drop } = await emptyDatabase());
});

afterAll(() => drop());

beforeEach(async () => {
  database = await openDatabase({ connectionString: url });
  other = new Client(url);
  await other.connect();
});

afterEach(async () => {
  await other.end();
  await database.close();
});

/** Ends the server's processes whose last statement is like this; answers how many. */
const terminate = async (like: string): Promise<number> => {
  const { rows } = await other.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid() and query like $1`,
    [like],
  );
  return rows.length;
};

it('hints are heard again when the connection was lost, after everything was hinted at', async () => {
  const heard: Topic[] = [];
  database.listen((topic) => heard.push(topic));
  await until('it listens', () => heard.length === 2);
  await until('it is cut', async () => (await terminate('listen flagwright_control')) > 0);
  await until('it listens again', () => heard.length === 4);
  const second = await openDatabase({ connectionString: url });
  await second.write(async (transaction) => transaction.hint('tokens'));
  await second.close();
  await until('a hint of another server is heard', () => heard.length === 5);
  expect(heard).toEqual(['resources', 'tokens', 'resources', 'tokens', 'tokens']);
});

it('a connection that is cut without a word is found out', async () => {
  const address = new URL(url);
  const proxy = await startProxy({ port: Number(address.port) });
  const through = await openDatabase({ connectionString: proxy.through(url) });
  try {
    const heard: Topic[] = [];
    through.listen((topic) => heard.push(topic));
    await until('it listens', () => heard.length === 2);
    proxy.freeze();
    // each is given up after 3 s or more, so together they outlast a heartbeat and the wait for its answer
    for (let i = 0; i < 4; i++) {
      await expect(through.query('select 1')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    }
    proxy.thaw();
    await until('it listens again', () => heard.length >= 4);
  } finally {
    await through.close();
    await proxy.close();
  }
});

it('many listeners have one connection, and none is left when it is closed', async () => {
  const listening = async (): Promise<number> => {
    const { rows } = await other.query(
      `select count(*)::int as n from pg_stat_activity where datname = current_database() and query like 'listen %'`,
    );
    return rows[0].n as number;
  };
  const second = await openDatabase({ connectionString: url });
  const heard: Topic[] = [];
  for (let i = 0; i < 20; i++) second.listen((topic) => heard.push(topic));
  await until('all hear', () => heard.length === 40);
  expect(await listening()).toBe(1);
  await second.close();
  await until('it is gone', async () => (await listening()) === 0);
});

describe('whoever writes', () => {
  it('is told to come back when another server takes too long, while others read', async () => {
    await other.query('begin');
    await other.query(`select pg_advisory_xact_lock(${WRITE_LOCK})`);
    let ran = false;
    const writing = database.write(async () => {
      ran = true;
    });
    const waiting = database.write(async () => undefined);
    await Promise.all(
      [writing, waiting].map((one) =>
        expect(one).rejects.toMatchObject({
          code: 'UNAVAILABLE',
          retryAfter: 1_000,
          message: expect.stringContaining('write'),
        }),
      ),
    );
    expect(ran).toBe(false);
    expect(await database.query('select 1 as one')).toEqual([{ one: 1 }]);
    await other.query('rollback');
    expect(await database.write(async () => 'done')).toBe('done');
  });

  it('waits for another server that is quicker', async () => {
    const second = await openDatabase({ connectionString: url });
    const order: string[] = [];
    let go = (): void => undefined;
    const gone = new Promise<void>((resolve) => {
      go = resolve;
    });
    const first = database.write(async () => {
      await gone;
      order.push('first');
    });
    await until('it writes', async () => {
      const { rows } = await other.query(
        `select count(*)::int as n from pg_locks where locktype = 'advisory' and granted`,
      );
      return rows[0].n > 0;
    });
    const later = second.write(async () => void order.push('second'));
    await until('it waits', async () => {
      const { rows } = await other.query(
        `select count(*)::int as n from pg_locks where locktype = 'advisory' and not granted`,
      );
      return rows[0].n > 0;
    });
    go();
    await Promise.all([first, later]);
    expect(order).toEqual(['first', 'second']);
    await second.close();
  });

  it('does not know what has become of a commit when the connection is lost', async () => {
    await database.query('create table slow (n int)');
    await database.query(
      `create function slow_commit() returns trigger language plpgsql as $$ begin perform pg_sleep(30); return null; end $$`,
    );
    await database.query(
      'create constraint trigger slow after insert on slow deferrable initially deferred for each row execute function slow_commit()',
    );
    const writing = database.write((transaction) => transaction.query('insert into slow values (1)'));
    const outcome = expect(writing).rejects.toMatchObject({
      code: 'UNKNOWN',
      message: expect.stringContaining('read again'),
    });
    await until('it commits', async () => (await terminate('commit')) > 0);
    await outcome;
    await database.query('drop table slow');
  });

  it('knows that nothing was committed when the connection is lost before', async () => {
    const writing = database.write(async (transaction) => {
      await transaction.query('create table lost ()');
      await terminate('create table lost%');
      await transaction.query('select 1');
    });
    await expect(writing).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await database.query(`select to_regclass('lost') as there`)).toEqual([{ there: null }]);
  });
});

it('a statement that takes too long is given up, and ended where it runs', async () => {
  await expect(database.query('select pg_sleep(600)')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  await until('it is ended', async () => {
    const { rows } = await other.query(
      `select count(*)::int as n from pg_stat_activity where state = 'active' and query like 'select pg_sleep(600)'`,
    );
    return rows[0].n === 0;
  });
});

describe('an address', () => {
  const secret = 'hunter2-secret';
  const changed = (change: (address: URL) => void): string => {
    const address = new URL(url);
    change(address);
    return address.href;
  };

  it.each<[what: string, address: () => string, code: FlagError['code']]>([
    [
      'with a wrong password',
      () =>
        changed((address) => {
          address.password = secret;
        }),
      'UNAUTHORIZED',
    ],
    [
      'of no database',
      () =>
        changed((address) => {
          address.pathname = '/nowhere';
        }),
      'NOT_FOUND',
    ],
    ['where nobody listens', () => `postgres://ann:${secret}@127.0.0.1:1/x`, 'UNAVAILABLE'],
    ['that cannot be read', () => `postgres://ann:${secret}@[:::/x`, 'INVALID_ARGUMENT'],
  ])('%s is refused without a secret in the message', async (_, address, code) => {
    const error: unknown = await openDatabase({ connectionString: address() }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(FlagError);
    expect(error).toMatchObject({ code });
    const shown = `${(error as FlagError).stack} ${JSON.stringify(error, Object.getOwnPropertyNames(error))}`;
    expect(shown).not.toContain(secret);
    expect(shown).not.toContain(new URL(url).password);
  });

  it.each<[what: string, options: object]>([
    ['nothing', {}],
    ['both', { connectionString: 'postgres://x/y', dataDirectory: '/nowhere' }],
    ['an empty text', { connectionString: ' ' }],
    ['a number', { dataDirectory: 7 }],
  ])('options that name %s are refused', async (_, options) => {
    await expect(openDatabase(options)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});
