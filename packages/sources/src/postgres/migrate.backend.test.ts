import { until } from '@flagwright/test-servers';
import type { PoolClient, QueryArrayConfig } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  contentOf,
  ear,
  expectCode,
  flag,
  put,
  type TestDatabase,
  testDatabase,
  truthOf,
} from '../../test/postgres/support.ts';
import { migrate, postgresStore, schemaSql } from './index.ts';

let database: TestDatabase;

beforeEach(async () => {
  database = await testDatabase();
});
afterEach(() => database.drop());

async function works(options: { readonly table?: string; readonly project?: string } = {}): Promise<void> {
  const store = postgresStore({ connectionString: database.url, ...options });
  try {
    await store.commit([put('works', 1)]);
    expect(contentOf(await store.read())).toMatchObject({ 'flag works': flag(1) });
  } finally {
    await store.close?.();
  }
}

/** Once nothing is missing, another migration changes nothing. */
async function isWhole(): Promise<void> {
  const state = `select (select array_agg(xmin::text) from feature_flags_sets), array_agg(xmin::text) from pg_proc
    where proname like 'feature_flags%'`;
  const before = await database.sql(state);
  expect(await migrate({ connectionString: database.url })).toBe(1);
  expect(await database.sql(state)).toEqual(before);
}

describe('what is missing is made, and readers read the truth', () => {
  it.each([
    ['the table', 'drop table feature_flags'],
    ['the sets', 'drop table feature_flags_sets cascade'],
    ['the commits', 'drop table feature_flags_commits'],
    ['the tombstones', 'drop table feature_flags_tombstones'],
    ['the table that says so', 'drop table feature_flags_schema'],
    ['several of them', 'drop table feature_flags_schema, feature_flags_sets, feature_flags_commits'],
    ['its row', 'delete from feature_flags_schema'],
    ['its version', 'update feature_flags_schema set version = 0, reads = 0'],
    ['the sequence', 'drop sequence feature_flags_revision cascade'],
    ['a function', 'drop function feature_flags_commit'],
    ['a function of triggers', 'drop function feature_flags_publish cascade'],
    ['a trigger', 'drop trigger flagwright_updated on feature_flags'],
    ['a trigger that works', 'alter table feature_flags disable trigger flagwright_deleted'],
    ['an index', 'drop index feature_flags_by_revision'],
  ])('%s', async (_, drop) => {
    await migrate({ connectionString: database.url });
    const store = postgresStore({ connectionString: database.url });
    try {
      await store.commit(['a', 'b', 'c'].map((key) => put(key, 1)));
      const before = await store.read();
      await database.sql(`set session_replication_role = replica; delete from feature_flags where key = 'b'`);
      await database.sql(`reset session_replication_role; ${drop}`);
      expect(await migrate({ connectionString: database.url })).toBe(1);
      const after = await store.read(before);
      expect(contentOf(after)).toEqual(await truthOf(database));
      await database.sql(`delete from feature_flags where key = 'c'`);
      await store.commit([put('a', 2)]);
      expect(contentOf(await store.read(after))).toEqual({ 'flag a': flag(2) });
    } finally {
      await store.close?.();
    }
    await works({ project: 'another' });
    expect(await database.sql('select version, reads from feature_flags_schema')).toEqual([[1, 1]]);
    await isWhole();
  });

  it('of which those hear who listen', async () => {
    await migrate({ connectionString: database.url });
    const store = postgresStore({ connectionString: database.url });
    try {
      await store.commit([put('a', 1)]);
      const listening = ear();
      await store.subscribe!(listening);
      await database.sql('drop index feature_flags_by_revision');
      await migrate({ connectionString: database.url });
      await until('it is heard', () => listening.hints > 0);
    } finally {
      await store.close?.();
    }
  });

  it('and triggers and functions of others are no business of it', async () => {
    await migrate({ connectionString: database.url });
    await works();
    await database.sql(`create function feature_flags_commit(int) returns int language sql as 'select 1';
      create function audit() returns trigger language plpgsql as 'begin return null; end';
      create trigger flagwright_audit after insert on feature_flags for each statement execute function audit();
      alter table feature_flags enable always trigger flagwright_stamp`);
    await isWhole();
  });

  it('after its schema was renamed', async () => {
    await migrate({ connectionString: database.url });
    await database.sql('alter schema public rename to app; create schema public');
    expect(await migrate({ connectionString: database.url, table: 'app.feature_flags' })).toBe(1);
    await works({ table: 'app.feature_flags' });
  });
});

it.each([
  ['feature_flags', 'create table feature_flags (id int)'],
  ['feature_flags_sets', 'create table feature_flags_sets (id int)'],
  ['feature_flags_commits', 'create view feature_flags_commits as select 1 as id'],
  ['feature_flags_tombstones', 'create type feature_flags_tombstones as (id int)'],
  ['feature_flags_revision', 'create sequence feature_flags_revision'],
  [
    'feature_flags_schema',
    'create table feature_flags_schema (version int); insert into feature_flags_schema values (42)',
  ],
  ['feature_flags_by_revision', 'create table other (id int); create index feature_flags_by_revision on other (id)'],
  ['feature_flags_begin', `create function feature_flags_begin() returns int language sql as 'select 1'`],
])('%s of somebody else is left alone', async (name, sql) => {
  await database.sql(sql);
  const error = await expectCode(migrate({ connectionString: database.url }), 'UNSUPPORTED');
  expect(error.message).toContain(name);
  const made = ['feature_flags', 'feature_flags_schema'].filter((one) => one !== name);
  for (const one of made) expect(await database.sql('select to_regclass($1)', [one])).toEqual([[null]]);
});

it.each([
  ['relations', 'from unnest($1::text[], $2::text[])'],
  ['indexes', 'from unnest($1::text[]) with'],
])('%s that another process makes while they are looked for are not of somebody else', async (_, from) => {
  const pool = database.pool();
  let slowed = 0;
  // the statement has begun, and looks at what is there once another process has made it
  const slow = (query: PoolClient['query'], statement: QueryArrayConfig): unknown => {
    if (!statement.text.includes(from)) return query(statement);
    slowed++;
    return query({ ...statement, text: statement.text.replace(from, from.replace('from', 'from pg_sleep(0.5),')) });
  };
  const slowPool = {
    connect: async () => {
      const client = await pool.connect();
      const query = client.query.bind(client);
      return new Proxy(client, {
        get: (target, name) => {
          if (name === 'query') return (statement: QueryArrayConfig) => slow(query, statement);
          const value = Reflect.get(target, name);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
    },
  };
  const migrating = migrate({ pool: slowPool });
  await until('it looks', () => slowed > 0);
  await migrate({ connectionString: database.url });
  expect(await migrating).toBe(1);
  expect(slowed).toBeGreaterThan(1);
});

it.each(['we$$ird', 'new\nline', 'new\ncreate table pwned(); --', `quo"te'`, '$f0$'])(
  'a schema may be called %j',
  async (schema) => {
    await database.sql(`create schema "${schema.replaceAll('"', '""')}"`);
    await database.sql(`alter database ${database.name} set search_path = "${schema.replaceAll('"', '""')}"`);
    const pool = database.pool();
    await migrate({ pool });
    const store = postgresStore({ pool });
    await store.commit([put('a', 1)]);
    expect(contentOf(await store.read())).toEqual({ 'flag a': flag(1) });
    await store.close?.();
    expect(await database.sql(`select count(*) from pg_class where relname = 'pwned'`)).toEqual([['0']]);
  },
);

it('a table of parts is refused, whose rows have no place of their own', async () => {
  await database.sql(`create table feature_flags (
      project text not null default 'default', stage text not null default 'default', kind text not null default 'flag',
      key text not null, definition jsonb not null, revision bigint not null default 0,
      updated_at timestamptz not null default now(), updated_by text, primary key (project, stage, kind, key)
    ) partition by hash (project)`);
  await expect(database.sql(schemaSql())).rejects.toMatchObject({ code: 'FWPAR' });
});

it('rows of a table that inherits are no flags', async () => {
  await migrate({ connectionString: database.url });
  await works();
  await database.sql(`create table kid () inherits (feature_flags)`);
  await database.sql(`insert into kid (key, definition) values ('kid', '{}')`);
  await works();
  const store = postgresStore({ connectionString: database.url });
  expect(Object.keys(contentOf(await store.read()))).toEqual(['flag works']);
  await store.commit([{ key: 'works', next: null }]);
  expect(await database.sql('select key from kid')).toEqual([['kid']]);
  await store.close?.();
});

it('a schema for newer programs is neither read nor written', async () => {
  await migrate({ connectionString: database.url });
  await works();
  const store = postgresStore({ connectionString: database.url });
  try {
    for (const change of [
      'update feature_flags_schema set version = 7, reads = 7',
      'delete from feature_flags_schema',
    ]) {
      await database.sql(change);
      await expectCode(store.read(), 'UNSUPPORTED');
      await expectCode(store.commit([put('works', 2)]), 'UNSUPPORTED');
    }
    expect(await database.sql(`select definition ->> 'salt' from feature_flags`)).toEqual([['1']]);
  } finally {
    await store.close?.();
  }
});

it('a set that was removed leaves no history to one of its name', async () => {
  await migrate({ connectionString: database.url });
  const store = postgresStore({ connectionString: database.url });
  try {
    await store.commit([put('a', 1)]);
    const before = await store.read();
    await database.sql(`delete from feature_flags; delete from feature_flags_sets;
      alter sequence feature_flags_revision restart`);
    await store.commit([put('b', 1)]);
    await store.commit([put('c', 1)]);
    expect(Object.keys(contentOf(await store.read(before)))).toEqual(['flag b', 'flag c']);
  } finally {
    await store.close?.();
  }
});
