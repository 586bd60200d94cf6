import type { FlagSet, FlagStore } from '@flagwright/core';
import { until } from '@flagwright/test-servers';
import type { Client, Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { contentOf, type Ear, ear, type TestDatabase, testDatabase, truthOf } from '../../test/postgres/support.ts';
import { migrate, postgresStore } from './index.ts';

// Whoever changes the table by whatever statement: readers see it, each set touched has one new revision and one hint.

const NAMES = ['a', 'b', 'c'] as const;
type Name = (typeof NAMES)[number];

interface Watched {
  readonly store: FlagStore;
  readonly ear: Ear;
  /** Every set that was ever read: whoever comes back with one must get what is there now. */
  readonly seen: FlagSet[];
}

let database: TestDatabase;
let pool: Pool;
let client: Client;
let watched: Readonly<Record<Name, Watched>>;
let marker: Watched;

beforeAll(async () => {
  database = await testDatabase();
  pool = database.pool();
  await migrate({ pool });
  client = await database.client();
  const watch = async (project: string): Promise<Watched> => {
    const store = postgresStore({ pool, project });
    const listening = ear();
    await store.subscribe?.(listening);
    return { store, ear: listening, seen: [] };
  };
  watched = { a: await watch('a'), b: await watch('b'), c: await watch('c') };
  marker = await watch('marker');
});

afterAll(async () => {
  for (const { store } of [...Object.values(watched), marker]) await store.close?.();
  await database.drop();
});

/** Waits until everything that was hinted at so far has been heard: hints come in the order of the commits. */
async function heardAll(): Promise<void> {
  const before = marker.ear.hints;
  await database.sql(`select pg_notify(channel, '["marker", "default"]') from feature_flags_schema`);
  await until('the marker is heard', () => marker.ear.hints > before);
}

beforeEach(async () => {
  await client.query(`
    delete from feature_flags;
    insert into feature_flags (project, key, definition)
      select p, 'k' || i, jsonb_build_object('default', false, 'salt', i)
      from unnest(array['a', 'b', 'c']) p, generate_series(1, 20) i;
    insert into feature_flags (project, kind, key, definition) values
      ('a', 'segment', 'k1', '{"included": ["u"]}'), ('b', 'metadata', 'k1', '"text"'), ('c', 'override', 'k1', 'true')`);
  await heardAll();
  for (const { ear: listening, store, seen } of Object.values(watched)) {
    listening.hints = 0;
    seen.push(await store.read(seen.at(-1)));
  }
});

/** Expects that these sets, and no others, have a new revision and one hint, and that every reader sees the truth. */
async function expectTouched(touched: string): Promise<void> {
  await heardAll();
  const hinted = NAMES.flatMap((name) => Array.from({ length: watched[name].ear.hints }, () => name));
  const revised: Name[] = [];
  for (const name of NAMES) {
    const { store, seen } = watched[name];
    const before = seen.at(-1)!;
    const now = await store.read();
    if (now.revision !== before.revision) revised.push(name);
    const truth = await truthOf(database, { project: name });
    expect(contentOf(now)).toEqual(truth);
    const old = [...seen.slice(-4), seen[0]!, seen[Math.floor(seen.length / 2)]!];
    for (const previous of old) {
      const set = await store.read(previous);
      expect(contentOf(set)).toEqual(truth);
      expect(set.revision).toBe(now.revision);
    }
    seen.push(now);
  }
  expect({ hinted: hinted.join(' '), revised: revised.join(' ') }).toEqual({ hinted: touched, revised: touched });
}

it.each<[what: string, sql: string, touched: string]>([
  ['an update of one row', `update feature_flags set definition = '{}' where project = 'a' and key = 'k3'`, 'a'],
  ['an update of the same value', `update feature_flags set definition = definition where project = 'b'`, 'b'],
  ['an update of no row', `update feature_flags set definition = '{}' where key = 'none'`, ''],
  ['an update of all sets', `update feature_flags set definition = definition || '{"a": 1}'`, 'a b c'],
  ['a new key', `update feature_flags set key = 'renamed' where project = 'a' and key = 'k1' and kind = 'flag'`, 'a'],
  ['new keys for all', `update feature_flags set key = key || '-new' where project in ('a', 'c')`, 'a c'],
  ['a new kind', `update feature_flags set kind = 'segment' where project = 'b' and key = 'k5'`, 'b'],
  ['rows moved to another set', `update feature_flags set project = 'b', key = 'm-' || key where project = 'a'`, 'a b'],
  ['rows moved to another stage', `update feature_flags set stage = 'x' where project = 'a' and key < 'k2'`, 'a'],
  [
    'a key that is taken by another row in the same statement sequence',
    `begin; update feature_flags set key = 'tmp' where project = 'a' and key = 'k2';
     update feature_flags set key = 'k2' where project = 'a' and key = 'k3';
     update feature_flags set key = 'k3' where project = 'a' and key = 'tmp'; commit`,
    'a',
  ],
  ['an insert', `insert into feature_flags (project, key, definition) values ('c', 'x', '{}'), ('c', 'y', '{}')`, 'c'],
  ['an insert of nothing', `insert into feature_flags (key, definition) select 'k', '{}' where false`, ''],
  [
    'an upsert that inserts and updates',
    `insert into feature_flags (project, key, definition) values ('a', 'k1', '7'), ('b', 'new', '7')
     on conflict (project, stage, kind, key) do update set definition = excluded.definition`,
    'a b',
  ],
  [
    'an upsert that does nothing',
    `insert into feature_flags (project, key, definition) values ('a', 'k1', '7') on conflict do nothing`,
    '',
  ],
  [
    'a merge that inserts, updates and deletes',
    `merge into feature_flags f using (values ('a', 'k1'), ('a', 'k2'), ('b', 'n1'), ('c', 'k2')) v(p, k)
       on f.project = v.p and f.key = v.k and f.kind = 'flag'
     when matched and v.k = 'k1' then delete
     when matched then update set definition = '{"merged": true}'
     when not matched then insert (project, key, definition) values (v.p, v.k, '{}')`,
    'a b c',
  ],
  [
    'a merge that changes keys',
    `merge into feature_flags f using (values ('a', 'k1'), ('a', 'k2')) v(p, k)
       on f.project = v.p and f.key = v.k and f.kind = 'flag'
     when matched and v.k = 'k2' then do nothing
     when matched then update set key = 'merged'`,
    'a',
  ],
  [
    'rows that one statement deletes here and inserts there',
    `with gone as (delete from feature_flags where project = 'a' and key like 'k1%' returning *)
     insert into feature_flags (project, key, kind, definition) select 'b', 'from-a-' || key, kind, definition from gone`,
    'a b',
  ],
  [
    'one statement that inserts, updates and deletes',
    `with i as (insert into feature_flags (project, key, definition) values ('a', 'i', '{}') returning 1),
          u as (update feature_flags set definition = '{"u": 1}' where project = 'a' and key = 'k7' returning 1)
     delete from feature_flags where project = 'a' and key = 'k8'`,
    'a',
  ],
  [
    'one statement that updates twice',
    `with one as (update feature_flags set definition = '{"u": 1}' where project = 'a' and key = 'k7' returning 1)
     update feature_flags set key = 'twice' where project = 'c' and key = 'k9'`,
    'a c',
  ],
  ['a delete', `delete from feature_flags where project = 'b' and key in ('k1', 'k2')`, 'b'],
  ['a delete of everything', `delete from feature_flags`, 'a b c'],
  [
    'a delete and the same again',
    `begin; delete from feature_flags where project = 'a';
     insert into feature_flags (project, key, definition) values ('a', 'k1', '{"again": true}'); commit`,
    'a',
  ],
  [
    'an insert and its delete',
    `begin; insert into feature_flags (project, key, definition) values ('a', 'z', '{}');
     delete from feature_flags where project = 'a' and key = 'z'; commit`,
    'a',
  ],
  [
    'many statements in one transaction',
    `begin; update feature_flags set definition = '1' where project = 'a';
     update feature_flags set definition = '2' where project = 'b'; update feature_flags set definition = '3' where project = 'a';
     delete from feature_flags where project = 'b' and key = 'k1'; commit`,
    'a b',
  ],
  ['a transaction rolled back', `begin; delete from feature_flags; rollback`, ''],
  [
    'a savepoint rolled back',
    `begin; update feature_flags set definition = '1' where project = 'a'; savepoint s;
     delete from feature_flags where project in ('a', 'b'); rollback to s;
     update feature_flags set definition = '2' where project = 'c'; commit`,
    'a c',
  ],
  [
    'the first statement in a savepoint rolled back',
    `begin; savepoint s; delete from feature_flags where project = 'a';
     rollback to s; update feature_flags set key = 'after' where project = 'b' and key = 'k2'; commit`,
    'b',
  ],
  [
    'savepoints within each other',
    `begin; savepoint s; update feature_flags set definition = '1' where project = 'a';
     savepoint t; delete from feature_flags where project = 'b'; rollback to t; savepoint u;
     delete from feature_flags where project = 'c' and key = 'k1'; release u; release s; commit`,
    'a c',
  ],
  [
    'a block that catches its error',
    `do $$ begin
       update feature_flags set definition = '{"kept": 1}' where project = 'a';
       begin
         delete from feature_flags where project = 'b';
         raise exception 'oops';
       exception when others then null;
       end;
       insert into feature_flags (project, key, definition) values ('c', 'caught', '{}');
     end $$`,
    'a c',
  ],
  [
    'a loop of statements',
    `do $$ begin for i in 1..50 loop
       update feature_flags set definition = jsonb_build_object('i', i) where project = 'a' and key = 'k' || (i % 20);
     end loop; end $$`,
    'a',
  ],
  [
    'a change at the isolation level serializable',
    `begin isolation level serializable; select from feature_flags;
     update feature_flags set definition = '{"s": 1}' where project = 'a';
     delete from feature_flags where project = 'b'; commit`,
    'a b',
  ],
  [
    'the commit function',
    `select feature_flags_commit('c', 'default', '[{"kind": "flag", "key": "k1", "next": null}]', null, null)`,
    'c',
  ],
  [
    'a set of 30,000',
    `insert into feature_flags (project, key, definition)
     select 'a', 'many-' || i, '{"default": true}' from generate_series(1, 30000) i;
     update feature_flags set definition = '{"default": false}' where project = 'a';
     delete from feature_flags where project = 'a' and key like 'many%'`,
    'a',
  ],
])('%s', async (_, sql, touched) => {
  await client.query(sql);
  await expectTouched(touched);
});

it('COPY', async () => {
  await client.query('create temporary table fresh (project text, key text, definition jsonb)');
  const folder = String((await database.sql(`select setting from pg_settings where name = 'data_directory'`))[0]![0]);
  const file = `${folder}/copied.txt`;
  await client.query(
    `copy (select 'b', 'copied-' || i, '{"default": true}'::jsonb from generate_series(1, 500) i) to '${file}'`,
  );
  await client.query(`copy feature_flags (project, key, definition) from '${file}'`);
  await expectTouched('b');
});

it('two tables in one transaction', async () => {
  await migrate({ pool, table: 'other_flags' });
  const other = postgresStore({ pool, table: 'other_flags', project: 'a' });
  await client.query(`begin; update feature_flags set definition = '1' where project = 'a';
    insert into other_flags (project, key, definition) values ('a', 'k', '1');
    update feature_flags set definition = '2' where project = 'a' and key < 'k2';
    update other_flags set definition = '2'; delete from feature_flags where project = 'a' and key = 'k1'; commit`);
  await expectTouched('a');
  expect(contentOf(await other.read())).toEqual({ 'flag k': 2 });
  await other.close?.();
});

it('TRUNCATE is refused, also by way of another table', async () => {
  await expect(client.query('truncate feature_flags')).rejects.toMatchObject({ code: 'FWTRU' });
  await expect(client.query('truncate feature_flags cascade')).rejects.toMatchObject({ code: 'FWTRU' });
  await expectTouched('');
});

it('rows keep who changed them, and a revision written by hand does not count', async () => {
  await client.query(
    `update feature_flags set revision = 1, updated_by = 'somebody' where project = 'a' and key = 'k1'`,
  );
  await client.query(
    `insert into feature_flags (project, key, definition, revision) values ('b', 'forged', '1', 9e15)`,
  );
  const rows = await database.sql(`select distinct f.revision = s.revision, f.updated_by from feature_flags f
    join feature_flags_sets s using (project, stage) where f.key in ('k1', 'forged') and f.project in ('a', 'b') and kind = 'flag'
      and (f.project, f.key) <> ('b', 'k1')`);
  expect(rows).toEqual([[true, 'postgres']]);
  await watched.a.store.commit([{ key: 'k1', next: true }], 'mallory; drop table');
  expect(
    await database.sql(`select updated_by from feature_flags where project = 'a' and kind = 'flag' and key = 'k1'`),
  ).toEqual([['mallory; drop table']]);
});

/** A generator that gives the same numbers for the same seed: mulberry32. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

it('hundreds of statements at random: a reader of any revision sees the truth', async () => {
  const seed = Date.now() % 1_000_000;
  const below = generator(seed);
  const set = (): string => `'${NAMES[below(3)]}'`;
  const key = (): string => `'k${below(25)}'`;
  const kind = (): string => `'${['flag', 'flag', 'segment'][below(3)]}'`;
  const statements: readonly (() => string)[] = [
    () => `update feature_flags set definition = '${below(99)}' where project = ${set()} and key = ${key()}`,
    () => `delete from feature_flags where project = ${set()} and key in (${key()}, ${key()})`,
    () => `insert into feature_flags (project, kind, key, definition) values (${set()}, ${kind()}, ${key()}, '${below(99)}')
           on conflict (project, stage, kind, key) do update set definition = excluded.definition`,
    () =>
      `update feature_flags set project = ${set()}, key = 'n' || nextval('names') where project = ${set()} and key = ${key()}`,
    () => `update feature_flags set key = 'n' || nextval('names') where project = ${set()} and key = ${key()}`,
    () => `with d as (delete from feature_flags where project = ${set()} and key = ${key()} returning kind, definition)
           insert into feature_flags (project, kind, key, definition) select ${set()}, kind, 'n' || nextval('names'), definition from d`,
    () => `delete from feature_flags where key like 'n%' and project = ${set()}`,
    () => 'savepoint s',
    () => 'rollback to s',
  ];
  await client.query('create sequence names');
  try {
    for (let i = 0; i < 60; i++) {
      const last = i % 10 === 9 ? 'rollback' : 'commit';
      const body = Array.from({ length: 1 + below(8) }, () => statements[below(statements.length)]!());
      await client.query(`begin; savepoint s; ${body.join('; ')}; ${last}`);
      const name = NAMES[below(3)]!;
      const { store, seen } = watched[name];
      const truth = await truthOf(database, { project: name });
      const previous = seen[below(seen.length)];
      const now = await store.read(previous);
      expect(contentOf(now)).toEqual(truth);
      seen.push(now);
    }
  } catch (error) {
    throw new Error(`with the seed ${seed}`, { cause: error });
  }
});
