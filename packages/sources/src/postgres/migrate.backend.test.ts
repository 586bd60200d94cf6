import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contentOf, expectCode, flag, put, type TestDatabase, testDatabase } from '../../test/postgres/support.ts';
import { migrate, postgresStore, schemaSql } from './index.ts';

let database: TestDatabase;

beforeEach(async () => {
  database = await testDatabase();
});
afterEach(() => database.drop());

async function works(options: { readonly table?: string } = {}): Promise<void> {
  const store = postgresStore({ connectionString: database.url, ...options });
  try {
    await store.commit([put('works', 1)]);
    expect(contentOf(await store.read())).toMatchObject({ 'flag works': flag(1) });
  } finally {
    await store.close?.();
  }
}

describe('what is missing is made', () => {
  it.each([
    ['the table', 'drop table feature_flags'],
    ['the sets', 'drop table feature_flags_sets cascade'],
    ['the sequence', 'drop sequence feature_flags_revision cascade'],
    ['a function', 'drop function feature_flags_commit'],
    ['a trigger', 'drop trigger flagwright_updated on feature_flags'],
  ])('%s', async (_, drop) => {
    await migrate({ connectionString: database.url });
    await works();
    await database.sql(drop);
    expect(await migrate({ connectionString: database.url })).toBe(1);
    await works();
  });

  it('after its schema was renamed', async () => {
    await migrate({ connectionString: database.url });
    await database.sql('alter schema public rename to app; create schema public');
    expect(await migrate({ connectionString: database.url, table: 'app.feature_flags' })).toBe(1);
    await works({ table: 'app.feature_flags' });
  });
});

it.each(['feature_flags', 'feature_flags_sets', 'feature_flags_commits', 'feature_flags_tombstones'])(
  '%s of somebody else is left alone',
  async (table) => {
    await database.sql(`create table ${table} (id int)`);
    const error = await expectCode(migrate({ connectionString: database.url }), 'UNSUPPORTED');
    expect(error.message).toContain(table);
    expect(await database.sql(`select to_regclass('feature_flags_schema')`)).toEqual([[null]]);
  },
);

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
