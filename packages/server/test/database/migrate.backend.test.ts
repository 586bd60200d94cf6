import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { postgresStore } from '@flagwright/sources/postgres';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Database } from '../../src/database/database.ts';
import { migrate } from '../../src/database/migrate.ts';
import { openDatabase } from '../../src/database/open.ts';
import { STEPS } from '../../src/database/schema.ts';
import { program, run } from './child.ts';
import { ENGINES, emptyDatabase, type OpenedDatabase } from './engines.ts';

describe.each(ENGINES)('the tables on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let database: Database;

  beforeEach(async () => {
    opened = await open();
    ({ database } = opened);
  });

  afterEach(() => opened.end());

  const steps = async (): Promise<readonly unknown[]> =>
    (await database.query('select step from flagwright.steps order by step')).map(({ step }) => step);

  it('are there when it is opened, those of the flags too', async () => {
    expect(await steps()).toEqual(STEPS.map((_, i) => i + 1));
    expect(await database.query('select count(*)::int as n from flagwright.resources')).toEqual([{ n: 0 }]);
    const store = postgresStore({ pool: database.pool });
    onTestFinished(() => store.close?.());
    await expect(store.read()).rejects.toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining('no set') });
  });

  it('are made by one of several who start at once, each step once', async () => {
    await database.query('drop schema flagwright cascade');
    const more = [...STEPS, 'create table flagwright.second (n int)', 'insert into flagwright.second values (1)'];
    await Promise.all(Array.from({ length: 4 }, () => migrate(database.pool, more)));
    await migrate(database.pool, more);
    expect(await database.query('select n from flagwright.second')).toEqual([{ n: 1 }]);
    expect(await steps()).toEqual(more.map((_, i) => i + 1));
  });

  it('get the steps that are missing, all or none', async () => {
    const more = [...STEPS, 'create table flagwright.second (n int)', 'select 1 / 0'];
    await expect(migrate(database.pool, more)).rejects.toMatchObject({ code: '22012' });
    expect(await steps()).toEqual(STEPS.map((_, i) => i + 1));
    await migrate(database.pool, more.slice(0, -1));
    expect(await database.query('select n from flagwright.second')).toEqual([]);
  });

  it('that a newer server made are left alone', async () => {
    await database.query('insert into flagwright.steps (step) values ($1)', [STEPS.length + 1]);
    await expect(migrate(database.pool)).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringMatching(/of version \d+, and this server knows \d+\. Hint: upgrade/),
    });
  });

  it('keep a history that is only ever added to', async () => {
    await database.query(
      `insert into flagwright.audit (version, at, actor, request, action, kind, project, stage, id)
       values (nextval('flagwright.versions'), now(), 'ann', 'r', 'create', 'flag', 'p', '', 'f')`,
    );
    for (const statement of [
      'update flagwright.audit set actor = $1',
      'delete from flagwright.audit where $1 <> actor',
    ]) {
      await expect(database.query(statement, ['bob'])).rejects.toMatchObject({ code: 'FWHIS' });
    }
    await expect(database.query('truncate flagwright.audit')).rejects.toMatchObject({ code: 'FWHIS' });
  });
});

describe('PostgreSQL', () => {
  let url: string;
  let drop: () => Promise<void>;
  beforeEach(async () => {
    ({ url, drop } = await emptyDatabase());
  });
  afterEach(() => drop());

  it('is opened by several servers that start at once', async () => {
    const databases = await Promise.all(Array.from({ length: 4 }, () => openDatabase({ connectionString: url })));
    expect(await databases[0]!.query('select count(*)::int as n from flagwright.steps')).toEqual([{ n: STEPS.length }]);
    await Promise.all(databases.map((database) => database.close()));
  });

  it('is opened by a role that may only use what is there', async () => {
    const owner = await openDatabase({ connectionString: url });
    const role = `r${url.slice(-8)}`;
    await owner.query(`create role ${role} login password 'xyz'`);
    try {
      const theirs = new URL(url);
      theirs.username = role;
      theirs.password = 'xyz';
      await expect(openDatabase({ connectionString: theirs.href })).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
      await owner.query(`grant usage on schema flagwright to ${role}`);
      await owner.query(`grant select on all tables in schema flagwright to ${role}`);
      await owner.query(`grant select, insert, update, delete on all tables in schema public to ${role}`);
      const database = await openDatabase({ connectionString: theirs.href });
      expect(await database.query('select count(*)::int as n from flagwright.steps')).toEqual([{ n: STEPS.length }]);
      await database.close();
    } finally {
      await owner.query(`drop owned by ${role}`);
      await owner.query(`drop role ${role}`);
      await owner.close();
    }
  });
});

describe('a package that is not installed', () => {
  it('is named, with what to do', async () => {
    const none = await mkdtemp(join(tmpdir(), 'flagwright-none-'));
    const opener = await program('open', none);
    try {
      const directory = join(none, 'data');
      expect(await run(opener, JSON.stringify({ dataDirectory: directory })).first()).toMatch(
        /^UNSUPPORTED: .*Hint: npm install @electric-sql\/pglite$/,
      );
      expect(await run(opener, JSON.stringify({ connectionString: 'postgres://nowhere/x' })).first()).toMatch(
        /^UNSUPPORTED: .*Hint: npm install pg$/,
      );
    } finally {
      opener.remove();
      await rm(none, { recursive: true });
    }
  });
});
