import type { PGlite } from '@electric-sql/pglite';
import type { PgClient } from '@flagwright/sources/postgres';
import { until } from '@flagwright/test-servers';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { openPglite } from '../../src/database/pglite.ts';
import { type PglitePool, pglitePool } from '../../src/database/pglite-pool.ts';

// Clients of a pool that has one connection for all of them.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

let db: PGlite;
let pool: PglitePool;

beforeAll(async () => {
  db = await openPglite();
  await db.exec('create table notes (text text unique)');
});

afterAll(() => db.close());

beforeEach(async () => {
  pool = pglitePool(async () => db);
  await db.exec('delete from notes');
});

const ask = async (client: PgClient, text: string, values?: unknown[]): Promise<readonly (readonly unknown[])[]> => {
  const { rows = [] } = await client.query({ text, rowMode: 'array', ...(values === undefined ? {} : { values }) });
  return rows;
};
const notes = async (): Promise<readonly unknown[]> =>
  (await db.query<{ text: string }>('select text from notes order by text')).rows.map(({ text }) => text);

it('a transaction keeps the connection until it is over; the others wait in the order in which they ask', async () => {
  const [first, second, third] = [await pool.connect(), await pool.connect(), await pool.connect()];
  const order: string[] = [];
  const done = (name: string) => () => void order.push(name);
  await ask(first, 'begin');
  const waiting = [
    ask(second, 'select 1', []).then(done('second')),
    ask(third, `insert into notes values ('third')`, []).then(done('third')),
  ];
  await ask(first, `insert into notes values ('first')`, []);
  expect(await ask(first, 'select text from notes', [])).toEqual([['first']]);
  done('first')();
  await ask(first, 'commit');
  await Promise.all(waiting);
  expect(order).toEqual(['first', 'second', 'third']);
  expect(await notes()).toEqual(['first', 'third']);
  for (const client of [first, second, third]) client.release();
});

it('a transaction that failed keeps it too, until it is undone', async () => {
  const [first, second] = [await pool.connect(), await pool.connect()];
  await ask(first, 'begin');
  await ask(first, `insert into notes values ('a')`);
  await expect(ask(first, 'select 1 / 0')).rejects.toMatchObject({ code: '22012', severity: 'ERROR' });
  const waiting = ask(second, 'select text from notes', []);
  await expect(ask(first, 'select 1', [])).rejects.toMatchObject({ code: '25P02' });
  await ask(first, 'rollback');
  expect(await waiting).toEqual([]);
  first.release();
  second.release();
});

it.each([undefined, true])(
  'a client that is given back (%s) undoes its transaction, and does no more',
  async (destroy) => {
    const [first, second] = [await pool.connect(), await pool.connect()];
    let ends = 0;
    first.on('end', () => ends++);
    await ask(first, 'begin');
    const underWay = ask(first, `insert into notes values ('a')`, []);
    const waiting = ask(second, 'select text from notes', []);
    first.release(destroy);
    first.release(destroy);
    await expect(underWay).rejects.toThrow('given back');
    await expect(ask(first, 'select 1')).rejects.toThrow('given back');
    expect(await waiting).toEqual([]);
    second.release();
    await until('it says so', () => ends === (destroy === true ? 1 : 0));
  },
);

it('what a client that gave up waiting wanted is not done', async () => {
  const [first, second, third] = [await pool.connect(), await pool.connect(), await pool.connect()];
  await ask(first, 'begin');
  const given = ask(second, `insert into notes values ('late')`, []);
  const after = ask(third, `insert into notes values ('after')`, []);
  second.release(true);
  await ask(first, 'commit');
  await expect(given).rejects.toThrow('given back');
  await after;
  expect(await notes()).toEqual(['after']);
  first.release();
  third.release();
});

it('statements of a client are done one after the other, whoever waits for them', async () => {
  const client = await pool.connect();
  const answers = ['begin', `insert into notes values ('a')`, 'select count(*)::int from notes', 'commit'].map((text) =>
    ask(client, text),
  );
  expect(await Promise.all(answers)).toEqual([[], [], [[1]], []]);
  client.release();
});

it('several statements are taken at once, all or none', async () => {
  const client = await pool.connect();
  await ask(client, `begin; insert into notes values ('a'); insert into notes values ('b'); commit`);
  await expect(ask(client, `insert into notes values ('c'); select 1 / 0`)).rejects.toMatchObject({ code: '22012' });
  expect(await notes()).toEqual(['a', 'b']);
  client.release();
});

it('who listens hears what he listens for while others work, until he does not', async () => {
  const [ear, deaf, other] = [await pool.connect(), await pool.connect(), await pool.connect()];
  const heard: unknown[] = [];
  ear.on('notification', (notification) => heard.push(notification));
  deaf.on('notification', () => heard.push('deaf'));
  await ask(ear, 'listen "Odd ""name"""');
  await ask(ear, 'LISTEN Plain;');
  await ask(deaf, 'listen another');
  await ask(other, 'begin');
  await ask(other, `select pg_notify('Odd "name"', 'one')`, []);
  await ask(other, `select pg_notify('plain', 'two')`, []);
  await ask(other, `select pg_notify('another', '')`, []);
  expect(heard).toEqual([]);
  await ask(other, 'commit');
  await until('it is heard', () => heard.length === 3);
  expect(heard).toEqual([{ channel: 'Odd "name"', payload: 'one' }, { channel: 'plain', payload: 'two' }, 'deaf']);

  await ask(ear, 'unlisten plain');
  await ask(other, `select pg_notify('plain', 'three')`, []);
  await ask(other, `select pg_notify('Odd "name"', 'four')`, []);
  await until('the other is heard', () => heard.length === 4);
  expect(heard[3]).toEqual({ channel: 'Odd "name"', payload: 'four' });

  deaf.release();
  ear.release(true);
  await until('nobody listens', async () => (await ask(other, 'select pg_listening_channels()', [])).length === 0);
  other.release();
});

it('a channel is left by the last who listens', async () => {
  const [first, second] = [await pool.connect(), await pool.connect()];
  await ask(first, 'listen same');
  await ask(second, 'listen same');
  await ask(first, 'unlisten *');
  expect(await ask(second, 'select pg_listening_channels()', [])).toEqual([['same']]);
  second.release();
  await until('it is left', async () => (await ask(first, 'select pg_listening_channels()', [])).length === 0);
  first.release();
});

it('an error shows nothing of what was sent', async () => {
  const client = await pool.connect();
  const error: unknown = await ask(client, 'select $1::int', ['hunter2']).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: '22P02' });
  expect(Object.keys(error as object)).not.toContain('params');
  client.release();
});

it('is ended when all have given back what they had, and gives nothing more', async () => {
  const own = await openPglite();
  const ending = pglitePool(async () => own);
  const client = await ending.connect();
  let isOver = false;
  const over = ending.end().then(() => {
    isOver = true;
  });
  await expect(ending.connect()).rejects.toThrow('closed');
  expect(await ask(client, 'select 1', [])).toEqual([[1]]);
  expect(isOver).toBe(false);
  ending.cutOff();
  await over;
  expect(own.closed).toBe(true);
});

it('what does not open is tried again, but not at once', async () => {
  let tries = 0;
  const failing = pglitePool(async () => {
    if (++tries < 2) throw new Error('not now');
    return db;
  });
  await expect(failing.connect()).rejects.toThrow('not now');
  await expect(failing.connect()).rejects.toThrow('not now');
  expect(tries).toBe(1);
  const client = await until('it opens', () => failing.connect().catch(() => undefined));
  expect(tries).toBe(2);
  client.release();
});
