import type { FlagSet, FlagStore } from '@flagwright/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contentOf, flag, put, type TestDatabase, testDatabase, truthOf } from '../../test/postgres/support.ts';
import { migrate, postgresStore } from './index.ts';

// A revision tells one state of one set in one history from every other: whoever comes back with it gets what is true.

const TABLES = ['', '_sets', '_commits', '_tombstones', '_schema'].map((suffix) => `feature_flags${suffix}`);

let database: TestDatabase;
let store: FlagStore;
/** Every set that was ever read. */
let seen: FlagSet[];

beforeEach(async () => {
  database = await testDatabase();
  await migrate({ connectionString: database.url });
  store = postgresStore({ connectionString: database.url });
  seen = [];
});

afterEach(async () => {
  await store.close?.();
  await database.drop();
});

/** Commits by plain SQL, and reads from what was read last. */
async function change(sql: string): Promise<void> {
  await database.sql(sql);
  seen.push(await store.read(seen.at(-1)));
}

const set = (key: string, value: string): Promise<void> =>
  change(`insert into feature_flags (key, definition) values ('${key}', '"${value}"')
    on conflict (project, stage, kind, key) do update set definition = excluded.definition`);

async function expectTruth(): Promise<void> {
  const truth = await truthOf(database);
  const now = await store.read();
  expect(contentOf(now)).toEqual(truth);
  for (const previous of seen) {
    const read = await store.read(previous);
    expect(contentOf(read)).toEqual(truth);
    expect(read.revision).toBe(now.revision);
  }
  seen.push(now);
}

const numberOf = ({ revision }: FlagSet): number => Number(revision.split('.')[1]);

async function backUp(): Promise<void> {
  for (const table of TABLES) await database.sql(`create table old_${table} as table ${table}`);
}

/** Puts back what was backed up, as `pg_restore --disable-triggers` does. */
async function restore(): Promise<void> {
  const client = await database.client();
  await client.query(`begin; set local session_replication_role = replica`);
  for (const table of TABLES)
    await client.query(`delete from ${table}; insert into ${table} select * from old_${table}`);
  await client.query('commit');
}

/** What becomes of the sequence when the tables are put back: it goes on, goes back with them, or begins anew. */
const SEQUENCES: readonly (readonly [string, string])[] = [
  ['goes on', 'select 1'],
  ['goes back too', `select setval('feature_flags_revision', (select max(revision) from feature_flags_sets))`],
  // a logical replica that takes over has the tables and a sequence nobody drew from
  ['begins anew', `select setval('feature_flags_revision', 1, false)`],
];

describe.each(SEQUENCES)('after the restore of an older state whose sequence %s', (_, sequence) => {
  it('no reader is left with what was there before', async () => {
    for (let i = 0; i < 4; i++) await set(`k${i}`, 'old');
    await change(`delete from feature_flags where key = 'k3'`);
    await backUp();
    for (let i = 0; i < 6; i++) await set(`k${i}`, `lost-${i}`);
    await change(`delete from feature_flags where key = 'k0'`);
    const lost = [...seen];
    const highest = numberOf(seen.at(-1)!);
    await restore();
    await database.sql(sequence);

    await expectTruth();
    // until every number that was lost has been passed, with other content
    for (let i = 0; i < 12; i++) {
      await set(`k${i % 5}`, `new-${i}`);
      if (i % 3 === 2) await change(`delete from feature_flags where key = 'k${i % 5}'`);
      await expectTruth();
    }
    const after = await store.read();
    expect(numberOf(after)).toBeGreaterThan(highest);
    for (const previous of lost) expect(previous.revision).not.toBe(after.revision);
  });

  it('every change has a revision of its own', async () => {
    await set('a', 'old');
    await backUp();
    await set('a', 'lost');
    await restore();
    await database.sql(sequence);
    const revisions = new Set([(await store.read()).revision]);
    for (let i = 0; i < 5; i++) {
      await set('a', `new-${i}`);
      revisions.add((await store.read()).revision);
    }
    expect(revisions.size).toBe(6);
  });
});

it('a set that is deleted and made anew is another', async () => {
  await set('a', 'one');
  await set('b', 'one');
  await database.sql(`begin; set local session_replication_role = replica; delete from feature_flags;
    delete from feature_flags_sets; delete from feature_flags_commits; delete from feature_flags_tombstones; commit`);
  await expect(store.read(seen.at(-1))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await database.sql(`select setval('feature_flags_revision', 1, false)`);
  for (let i = 0; i < 4; i++) {
    await set('c', `two-${i}`);
    await expectTruth();
  }
});

it('a set whose row alone was deleted is found again with the next change', async () => {
  await set('a', 'one');
  await set('b', 'one');
  await database.sql('delete from feature_flags_sets');
  await expect(store.read(seen.at(-1))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await set('c', 'one');
  await expectTruth();
  await change(`delete from feature_flags where key = 'a'`);
  await expectTruth();
});

it('tables that are dropped and made anew', async () => {
  await set('a', 'one');
  const drop = `drop table ${TABLES.join(', ')} cascade; drop sequence feature_flags_revision`;
  await database.sql(drop);
  await expect(store.read(seen.at(-1))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await migrate({ connectionString: database.url });
  await set('b', 'two');
  await expectTruth();
  await set('c', 'two');
  await expectTruth();
});

it('another set, another table and another database take no part in it', async () => {
  await migrate({ connectionString: database.url, table: 'others' });
  const fork = `${database.name}_fork`;
  for (let i = 0; i < 3; i++) await set(`k${i}`, 'here');
  // a copy of the database shares the history so far
  await store.close?.();
  const admin = await database.client(database.url.replace(`/${database.name}`, '/postgres'));
  await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database.name}'`);
  await admin.query(`create database ${fork} template ${database.name}`);
  const forked = { connectionString: database.url.replace(`/${database.name}`, `/${fork}`) };
  const here = { connectionString: database.url };
  const stores = [
    postgresStore(here),
    postgresStore(forked),
    postgresStore({ ...here, project: 'else' }),
    postgresStore({ ...here, stage: 'else' }),
    postgresStore({ ...here, table: 'others' }),
  ];
  try {
    for (let round = 0; round < 4; round++) {
      for (const [i, other] of stores.entries()) {
        await other.commit([
          put(`only-${i}`, round),
          { key: `k${round}`, next: round % 2 === 0 ? flag(`${round}-of-${i}`) : null },
        ]);
        seen.push(await other.read());
      }
    }
    for (const other of stores) {
      const truth = await other.read();
      for (const previous of seen) {
        const read = await other.read(previous);
        expect(contentOf(read)).toEqual(contentOf(truth));
        expect(read.revision).toBe(truth.revision);
      }
    }
  } finally {
    for (const other of stores) await other.close?.();
    await admin.query(`drop database ${fork} with (force)`);
  }
});

it('forged revisions do not count', async () => {
  await set('a', 'one');
  await set('a', 'two');
  const now = await store.read();
  const [nonce, n] = now.revision.split('.') as [string, string];
  const ghost = { flags: { ghost: flag(1) } };
  const forged = [
    `${nonce}.0${n}`,
    `${nonce}.${Number(n) - 1}`,
    `${nonce}.${Number(n) + 1}`,
    `${nonce}.-${n}`,
    `${nonce}.${n} `,
    `${nonce}.${n}\n`,
    `${nonce}.999999999999999999`,
    `${nonce}.9999999999999999999999`,
    `${nonce.toUpperCase()}.${n}`,
    `.${n}`,
    `'; drop table feature_flags; --.${n}`,
    `${'0'.repeat(16)}.${n}`,
    'undefined.undefined',
  ];
  for (const revision of forged) {
    const read = await store.read({ document: ghost, revision });
    expect(contentOf(read), revision).toEqual({ 'flag a': 'two' });
    expect(read.revision).toBe(now.revision);
  }
  // the right revision with a document of another form cannot be the base of a difference
  await set('b', 'one');
  const read = await store.read({ document: ghost, revision: now.revision });
  expect(contentOf(read)).toEqual({ 'flag a': 'two', 'flag b': 'one' });
});

it('after more than a thousand commits a reader of old gets everything, and what is kept is bounded', async () => {
  await set('a', 'one');
  await set('gone', 'one');
  await change(`delete from feature_flags where key = 'gone'`);
  for (let round = 0; round < 3; round++) {
    await database.sql(`do $$ begin for i in 1..600 loop
      insert into feature_flags (key, definition) values ('t${round}-' || i, '1');
      commit;
      delete from feature_flags where key = 't${round}-' || i;
      commit;
    end loop; end $$`);
    seen.push(await store.read(seen.at(-1)));
  }
  await expectTruth();
  const [[commits, tombstones]] = (await database.sql(
    'select (select count(*)::int from feature_flags_commits), (select count(*)::int from feature_flags_tombstones)',
  )) as readonly [readonly [number, number]];
  // one commit in fifty clears up what is beyond the last thousand
  expect(commits).toBeGreaterThanOrEqual(1_000);
  expect(commits).toBeLessThan(2_000);
  expect(tombstones).toBeLessThanOrEqual(1_000);
  await set('a', 'two');
  await expectTruth();
});
