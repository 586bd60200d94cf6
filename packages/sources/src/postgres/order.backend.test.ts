import { setTimeout as sleep } from 'node:timers/promises';
import type { FlagSet, FlagStore } from '@flagwright/core';
import type { Client, Pool } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { contentOf, put, type TestDatabase, testDatabase, truthOf } from '../../test/postgres/support.ts';
import { migrate, postgresStore } from './index.ts';

// Order is commit order: whoever has seen a revision has seen every commit before it.

const PROJECTS = ['p1', 'p2', 'p3'] as const;

let database: TestDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await testDatabase();
  pool = database.pool({ max: 12 });
  await migrate({ pool });
  for (const project of PROJECTS) {
    const store = postgresStore({ pool, project });
    await store.commit(Array.from({ length: 10 }, (_, i) => put(`k${i}`, 0)));
    await store.close?.();
  }
});

afterAll(() => database.drop());

const random = (below: number): number => Math.floor(Math.random() * below);
const some = <T>(list: readonly T[]): T => list[random(list.length)]!;

/** A statement of a random writer, which leaves a mark of its own. */
function statement(mark: string): string {
  const where = `project = '${some(PROJECTS)}' and key = 'k${random(20)}'`;
  return some([
    `update feature_flags set definition = '"${mark}"' where ${where}`,
    `update feature_flags set definition = '"${mark}"' where key = 'k${random(20)}'`,
    `delete from feature_flags where ${where}`,
    `insert into feature_flags (project, key, definition) values ('${some(PROJECTS)}', 'k${random(20)}', '"${mark}"')
     on conflict (project, stage, kind, key) do update set definition = excluded.definition`,
    `update feature_flags set project = '${some(PROJECTS)}', key = 'moved-${mark}' where ${where}`,
    `delete from feature_flags where key like 'moved-%' and project = '${some(PROJECTS)}'`,
    `select pg_sleep(${random(4) / 1_000})`,
    'savepoint s',
    'rollback to s',
  ]);
}

/** How transactions ended, by SQLSTATE. */
type Tally = Map<string, number>;

/** Transactions one after another, each statement sent by itself. Those that fail are rolled back and counted. */
async function write(client: Client, name: string, transactions: number, tally: Tally): Promise<void> {
  for (let i = 0; i < transactions; i++) {
    const level = some(['read committed', 'read committed', 'repeatable read', 'serializable']);
    try {
      await client.query(`begin isolation level ${level}`);
      await client.query('savepoint s');
      for (let n = 1 + random(5); n > 0; n--) await client.query(statement(`${name}-${i}-${n}`));
      await client.query(random(8) === 0 ? 'rollback' : 'commit');
      tally.set('ok', (tally.get('ok') ?? 0) + 1);
    } catch (error) {
      await client.query('rollback');
      const { code } = error as { readonly code: string };
      tally.set(code, (tally.get(code) ?? 0) + 1);
    }
  }
}

it('readers of differences always have what a reader of everything has, while many write', async () => {
  const contents = new Map<string, string>();
  let reads = 0;
  /** Notes what a revision holds: whoever reads the same revision must find the same, by whatever way. */
  const note = (project: string, set: FlagSet): void => {
    reads++;
    const id = `${project} ${set.revision}`;
    const text = JSON.stringify(contentOf(set));
    const known = contents.get(id) ?? text;
    contents.set(id, known);
    expect(text).toBe(known);
  };
  let writing = true;
  const read = async (store: FlagStore, project: string): Promise<FlagSet> => {
    let set = await store.read();
    note(project, set);
    do {
      const before = set;
      set = await store.read(before);
      note(project, set);
      expect(Number(set.revision.split('.')[1])).toBeGreaterThanOrEqual(Number(before.revision.split('.')[1]));
      note(project, await store.read());
      await sleep(random(4));
    } while (writing);
    return store.read(set);
  };
  const stores = PROJECTS.map((project) => ({ project, store: postgresStore({ pool, project }) }));
  const readers = stores.flatMap(({ project, store }) => [read(store, project), read(store, project)]);
  const tally: Tally = new Map();
  const clients = await Promise.all(Array.from({ length: 6 }, () => database.client()));
  await Promise.all(clients.map((client, i) => write(client, `w${i}`, 30, tally)));
  writing = false;

  const last = await Promise.all(readers);
  for (const [i, set] of last.entries()) {
    const { project, store } = stores[i >> 1]!;
    expect(contentOf(set)).toEqual(await truthOf(database, { project }));
    expect(set.revision).toBe((await store.read()).revision);
  }
  for (const { store } of stores) await store.close?.();
  // what cannot be serialized is refused by PostgreSQL, as those who ask for that expect; a deadlock nobody expects
  expect([...tally.keys()].filter((code) => !['ok', '40001', '23505'].includes(code))).toEqual([]);
  expect(tally.get('ok')).toBeGreaterThan(50);
  expect(reads).toBeGreaterThan(200);
  expect(contents.size).toBeGreaterThan(50);
});

it('nobody deadlocks who updates the same rows in another order', async () => {
  await database.sql(`insert into feature_flags (project, key, definition)
    select 'rows', 'r' || i, '0' from generate_series(0, 14) i`);
  const updater = async (client: Client): Promise<void> => {
    for (let i = 0; i < 10; i++) {
      await client.query('begin');
      const keys = Array.from({ length: 15 }, (_, k) => k).sort(() => Math.random() - 0.5);
      for (const key of keys.slice(0, 8)) {
        await client.query(
          `update feature_flags set definition = to_jsonb((definition #>> '{}')::int + 1)
           where project = 'rows' and key = 'r${key}'`,
        );
      }
      await client.query('commit');
    }
  };
  const committer = async (n: number): Promise<void> => {
    const store = postgresStore({ pool, project: 'rows' });
    for (let i = 0; i < 10; i++) {
      await store.commit([
        { key: `own-${n}`, next: i },
        { key: `own-${(n + 1) % 3}`, next: i },
        { key: `shared`, next: i },
      ]);
    }
    await store.close?.();
  };
  const clients = await Promise.all(Array.from({ length: 5 }, () => database.client()));
  await Promise.all([...clients.map(updater), committer(0), committer(1), committer(2)]);
  const [[sum]] = (await database.sql(
    `select sum((definition #>> '{}')::int)::int from feature_flags where project = 'rows' and key like 'r%'`,
  )) as readonly [readonly [number]];
  expect(sum).toBe(5 * 10 * 8);
});

it('a reader never sees half of a transaction', async () => {
  const store = postgresStore({ pool, project: 'whole' });
  await store.commit(['a', 'b', 'c'].map((key) => ({ key, next: 0 })));
  const client = await database.client();
  let writing = true;
  const writer = (async () => {
    for (let i = 1; i <= 40; i++) {
      await client.query('begin');
      for (const key of ['a', 'b', 'c']) {
        await client.query(`update feature_flags set definition = '${i}' where project = 'whole' and key = '${key}'`);
      }
      await client.query('commit');
    }
    writing = false;
  })();
  let set = await store.read();
  while (writing) {
    set = await store.read(set);
    expect(new Set(Object.values(contentOf(set))).size).toBe(1);
    expect(new Set(Object.values(contentOf(await store.read()))).size).toBe(1);
  }
  await writer;
  expect(contentOf(await store.read(set))).toEqual({ 'flag a': 40, 'flag b': 40, 'flag c': 40 });
  await store.close?.();
});

it('a writer that stays in its transaction holds writers up, and no reader', async () => {
  const store = postgresStore({ pool, project: 'held', timeout: 15_000 });
  await store.commit([put('a', 1)]);
  const client = await database.client();
  await client.query(`begin; update feature_flags set definition = '1' where project = 'p1'`);
  const before = await store.read();
  // the lock is waited for as long as the schema says
  await expect(store.commit([put('a', 2)])).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect((await store.read(before)).revision).toBe(before.revision);
  await client.query('rollback');
  await store.commit([put('a', 3)]);
  expect(contentOf(await store.read(before))).toEqual({ 'flag a': put('a', 3).next });
  await store.close?.();
});
