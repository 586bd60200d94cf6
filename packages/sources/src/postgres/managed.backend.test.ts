import { readFile } from 'node:fs/promises';
import { type FlagStore, follow } from '@flagwright/core';
import { until } from '@flagwright/test-servers';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest';
import { contentOf, ear, expectCode, flag, put, type TestDatabase, testDatabase } from '../../test/postgres/support.ts';
import { migrate, postgresStore } from './index.ts';

// A set that somebody manages is written by its manager alone, so that nobody goes around approvals and audit.

let database: TestDatabase;
let project: string;
let server: FlagStore;
let other: FlagStore;
let count = 0;

beforeAll(async () => {
  database = await testDatabase();
  await migrate({ connectionString: database.url });
});

afterAll(() => database.drop());

beforeEach(async () => {
  project = `managed-${++count}`;
  server = postgresStore({ connectionString: database.url, project, manager: 'server' });
  other = postgresStore({ connectionString: database.url, project });
});

afterEach(async () => {
  await server.close?.();
  await other.close?.();
});

const managerOf = async (): Promise<unknown> =>
  (await database.sql('select manager from feature_flags_sets where project = $1', [project]))[0]?.[0];

it('a manager takes over a set that has none, with what is there, and keeps it', async () => {
  await other.commit([put('a', 1)]);
  const before = await other.read();
  expect(await managerOf()).toBeNull();
  const revision = await server.commit([]);
  expect(revision).toBe(before.revision);
  expect(await managerOf()).toBe('server');
  await expectCode(other.commit([put('a', 2)]), 'MANAGED');
  await expectCode(other.commit([put('new', 2)]), 'MANAGED');
  await expectCode(other.commit([{ key: 'a', next: null }]), 'MANAGED');
  await server.commit([{ key: 'a', next: flag(3), was: flag(1) }]);
  // readers are everybody
  expect(contentOf(await other.read(before))).toEqual({ 'flag a': flag(3) });
});

it('a manager makes a set of its own', async () => {
  await server.commit([put('a', 1)]);
  expect(await managerOf()).toBe('server');
  await expectCode(other.commit([put('a', 2)]), 'MANAGED');
});

it('another manager is refused too, and does not take over', async () => {
  await server.commit([put('a', 1)]);
  const rival = postgresStore({ connectionString: database.url, project, manager: 'rival' });
  await expectCode(rival.commit([put('a', 2)]), 'MANAGED');
  await rival.commit([]);
  expect(await managerOf()).toBe('server');
  await rival.close?.();
});

it('one of two managers that come at once is the manager', async () => {
  const rivals = ['one', 'two', 'three', 'four'].map((manager) =>
    postgresStore({ connectionString: database.url, project, manager }),
  );
  const outcomes = await Promise.allSettled(rivals.map((rival, i) => rival.commit([put('a', i)])));
  const won = outcomes.flatMap(({ status }, i) => (status === 'fulfilled' ? i : []));
  expect(won).toHaveLength(1);
  for (const outcome of outcomes)
    if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'MANAGED' });
  expect(contentOf(await other.read())).toEqual({ 'flag a': flag(won[0]!) });
  for (const rival of rivals) await rival.close?.();
});

it.each([
  ['update', `update feature_flags set definition = '1' where project = $1`],
  ['insert', `insert into feature_flags (project, key, definition) values ($1, 'b', '1')`],
  ['delete', 'delete from feature_flags where project = $1'],
  ['moving a row away', `update feature_flags set project = 'elsewhere' where project = $1`],
  ['moving a row in', `update feature_flags set project = $1, key = 'in' where project = 'free' and project <> $1`],
])('plain SQL is refused: %s', async (_, statement) => {
  await server.commit([put('a', 1)]);
  await database.sql(
    `insert into feature_flags (project, key, definition) values ('free', 'x', '1') on conflict do nothing`,
  );
  const before = await server.read();
  await expect(database.sql(statement, [project])).rejects.toMatchObject({ code: 'FWMAN', hint: expect.any(String) });
  expect((await server.read(before)).revision).toBe(before.revision);
});

it('a statement of several sets is refused as a whole if one of them is managed', async () => {
  await server.commit([put('a', 1)]);
  const free = postgresStore({ connectionString: database.url, project: `${project}-free` });
  await free.commit([put('a', 1)]);
  const before = await free.read();
  await expect(
    database.sql(`update feature_flags set definition = '1' where project in ($1, $2)`, [project, `${project}-free`]),
  ).rejects.toMatchObject({ code: 'FWMAN' });
  expect((await free.read(before)).revision).toBe(before.revision);
  await free.commit([put('a', 2)]);
  await free.close?.();
});

it('what the manager leaves behind on its connection lets nobody else in', async () => {
  const pool = database.pool({ max: 1 });
  const manager = postgresStore({ pool, project, manager: 'server' });
  await manager.commit([put('a', 1)]);
  const guest = postgresStore({ pool, project });
  await expectCode(guest.commit([put('a', 2)]), 'MANAGED');
  await expect(
    pool.query(`update feature_flags set definition = '1' where project = $1`, [project]),
  ).rejects.toMatchObject({
    code: 'FWMAN',
  });
  await manager.commit([put('a', 3)]);
});

it('its commits are heard like all others', async () => {
  await server.commit([put('a', 1)]);
  const follower = follow(postgresStore({ connectionString: database.url, project }));
  try {
    await follower.ready();
    await until('it hears', () => follower.health().subscribed);
    const listening = ear();
    const stop = await other.subscribe!(listening);
    const revision = await server.commit([put('a', 2)]);
    await until('it is read', () => follower.snapshot?.revision === revision);
    await until('it is heard', () => listening.hints > 0);
    await stop();
  } finally {
    await follower.close();
  }
});

it('a writer with the rights that are documented writes, and is no manager', async () => {
  const documented = await readFile(new URL('../../../../docs/operate.md', import.meta.url), 'utf8');
  const rights = documented.slice(documented.indexOf('### Rights'), documented.indexOf('### Connections'));
  const grants = [...rights.matchAll(/^grant [^;]*;/gm)].map(([grant]) => grant);
  const roles = ['app', 'writer', 'manager'].map((role) => [role, `${role}_${database.name}`] as const);
  for (const [, own] of roles) await database.sql(`create role ${own} login password 'secret'`);
  onTestFinished(async () => {
    for (const [, own] of roles) await database.sql(`drop owned by ${own}; drop role ${own}`);
  });
  for (const [role, own] of roles) {
    // each needs those of an application, and a manager those of a writer as well
    const needed = { app: ['app'], writer: ['app', 'writer'], manager: ['app', 'writer', 'manager'] }[role]!;
    for (const grant of grants) {
      const to = /\bto (\w+);$/.exec(grant)?.[1] ?? '';
      if (needed.includes(to)) await database.sql(grant.replace(/\w+;$/, `${own};`));
    }
  }
  const as = (role: string): string => database.as(`${role}_${database.name}`, 'secret');
  await server.commit([put('a', 1)]);

  const [app, writer, manager] = ['app', 'writer', 'manager'].map((role) =>
    postgresStore({
      connectionString: as(role),
      project: `${project}-${role}`,
      ...(role === 'manager' ? { manager: role } : {}),
    }),
  );
  for (const store of [writer!, manager!]) {
    await store.commit([put('a', 1)]);
    await store.commit([put('a', 2), put('b', 2)]);
    expect(Object.keys(contentOf(await store.read()))).toEqual(['flag a', 'flag b']);
  }
  await expectCode(app!.commit([put('a', 1)]), 'UNAUTHORIZED');
  expect(
    await database.sql('select manager from feature_flags_sets where project = $1', [`${project}-manager`]),
  ).toEqual([['manager']]);

  const client = await database.client(as('writer'));
  for (const statement of [
    `update feature_flags_sets set manager = null where project = '${project}'`,
    `update feature_flags_sets set manager = 'me' where project = '${project}-writer'`,
    `insert into feature_flags_sets (project, stage, manager) values ('${project}-new', 's', 'me')`,
    `delete from feature_flags_sets where project = '${project}'`,
  ]) {
    await expect(client.query(statement)).rejects.toMatchObject({ code: '42501' });
  }
  await expect(
    client.query(`update feature_flags set definition = '1' where project = '${project}'`),
  ).rejects.toMatchObject({ code: 'FWMAN' });
  expect(await managerOf()).toBe('server');
  await client.end();
  for (const store of [app!, writer!, manager!]) await store.close?.();
});

it('a manager needs a name', () => {
  for (const manager of ['', 'a\0b', 7 as unknown as string]) {
    expect(() => postgresStore({ connectionString: database.url, manager })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }) as Error,
    );
  }
});
