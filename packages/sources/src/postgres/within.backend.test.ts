import type { FlagStore } from '@flagwright/core';
import { until } from '@flagwright/test-servers';
import type { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import {
  contentOf,
  ear,
  entryOf,
  expectCode,
  flag,
  put,
  type TestDatabase,
  testDatabase,
} from '../../test/postgres/support.ts';
import { commitWithin, migrate, postgresFailure, postgresStore } from './index.ts';

// Flags that change in a transaction of the application's, together with what is its own.

let database: TestDatabase;
let client: Client;
let set: { readonly project: string; readonly stage: string };
let store: FlagStore;
let count = 0;

beforeAll(async () => {
  database = await testDatabase();
  await migrate({ connectionString: database.url });
  await database.sql('create table notes (text text)');
  client = await database.client();
});

afterAll(() => database.drop());

beforeEach(async () => {
  set = { project: `within-${++count}`, stage: 'live' };
  store = postgresStore({ connectionString: database.url, ...set });
  await client.query('begin');
});

afterEach(async () => {
  await client.query('rollback');
  await store.close?.();
});

it('changes flags with everything else, and readers are hinted at it', async () => {
  await store.commit([put('a', 1)]);
  const before = await store.read();
  const listening = ear();
  const stop = await store.subscribe!(listening);
  const revision = await commitWithin(client, set, [{ key: 'a', next: flag(2), was: flag(1) }, put('b', 1)], 'ann');
  await client.query(`insert into notes values ('told')`);
  expect((await store.read(before)).revision).toBe(before.revision);
  await client.query('commit');
  const after = await store.read(before);
  expect(after.revision).toBe(revision);
  expect(contentOf(after)).toEqual({ 'flag a': flag(2), 'flag b': flag(1) });
  await until('it is heard', () => listening.hints > 0);
  await stop();
  expect(await database.sql('select distinct updated_by from feature_flags where project = $1', [set.project])).toEqual(
    [['ann']],
  );
});

it('changes nothing when the transaction is undone', async () => {
  await commitWithin(client, set, [put('a', 1)]);
  await client.query('rollback');
  await expectCode(store.read(), 'NOT_FOUND');
});

it('several commits of a transaction are one revision', async () => {
  const first = await commitWithin(client, set, [put('a', 1)]);
  const second = await commitWithin(client, set, [put('b', 1)]);
  const elsewhere = await commitWithin(client, { ...set, stage: 'test' }, [put('a', 1)]);
  await client.query('commit');
  expect(second).toBe(first);
  expect(elsewhere).not.toBe(first);
  expect((await store.read()).revision).toBe(first);
});

it('refuses what is no longer what it was, and the transaction goes on', async () => {
  await commitWithin(client, set, [put('a', 1)]);
  await expectCode(commitWithin(client, set, [put('b', 1), { key: 'a', next: 1, was: flag(2) }]), 'CONFLICT');
  await commitWithin(client, set, [{ key: 'a', next: flag(3), was: flag(1) }]);
  await client.query('commit');
  expect(contentOf(await store.read())).toEqual({ 'flag a': flag(3) });
});

it('knows numbers with more digits than a double has', async () => {
  await client.query(`insert into feature_flags (project, stage, key, definition) values ($1, $2, 'k', $3)`, [
    set.project,
    set.stage,
    '12345678901234567890',
  ]);
  await commitWithin(client, set, [{ key: 'k', next: 'next', was: 12345678901234567000 }]);
  await client.query('commit');
  expect(entryOf(await store.read(), 'k')).toBe('next');
});

it('writes as a manager, and what somebody else manages is the error of the driver', async () => {
  await commitWithin(client, { ...set, manager: 'server' }, [put('a', 1)]);
  await client.query('commit');
  await expectCode(store.commit([put('a', 2)]), 'MANAGED');
  await client.query('begin');
  const thrown: unknown = await commitWithin(client, set, [put('a', 2)]).catch((error: unknown) => error);
  expect(thrown).toMatchObject({ code: 'FWMAN' });
  expect(postgresFailure(thrown)).toMatchObject({ code: 'MANAGED' });
});

it.each<[what: string, call: () => Promise<string>]>([
  ['a table that is no name', () => commitWithin(client, { ...set, table: 'a b' }, [])],
  ['a project without a name', () => commitWithin(client, { ...set, project: '' }, [])],
  ['a stage without a name', () => commitWithin(client, { ...set, stage: '' }, [])],
  ['a manager without a name', () => commitWithin(client, { ...set, manager: '' }, [])],
  ['an author with U+0000', () => commitWithin(client, set, [], 'a\0')],
  ['an edit without a key', () => commitWithin(client, set, [{ key: '', next: 1 }])],
  ['two edits of one entry', () => commitWithin(client, set, [put('a', 1), put('a', 2)])],
])('refuses %s before anything is sent', async (_, call) => {
  await expectCode(call(), 'INVALID_ARGUMENT');
  // a statement that failed would have ended the transaction
  await client.query('select 1');
});
