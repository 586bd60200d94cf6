import { mkdir, mkdtemp, readdir, readFile, rm, stat, statfs, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FlagError } from '@flagwright/core';
import { postgresStore } from '@flagwright/sources/postgres';
import { type Program, type SmallDisk, smallDisk, until } from '@flagwright/test-servers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Database, Topic } from '../../src/database/database.ts';
import { openEmbedded } from '../../src/database/embedded.ts';
import { databaseOver, openDatabase } from '../../src/database/open.ts';
import { upkeep } from '../../src/database/upkeep.ts';
import { type Child, program, run } from './child.ts';
import { copyTemplate, emptyDirectory } from './directories.ts';

// to make a database takes seconds, and the disk may be slow
vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });

describe('a data directory', () => {
  let parent: string;
  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'flagwright-parent-'));
  });
  afterEach(() => rm(parent, { recursive: true }));

  it('is made for its owner alone, where there is none, and holds what was written when it is opened again', async () => {
    const dataDirectory = join(parent, 'a', 'b');
    const first = await openDatabase({ dataDirectory });
    expect((await stat(dataDirectory)).mode & 0o777).toBe(0o700);
    await first.query('create table kept ()');
    await first.close();
    const second = await openDatabase({ dataDirectory });
    expect(await second.query(`select to_regclass('kept') is not null as there`)).toEqual([{ there: true }]);
    await second.close();
    expect((await readdir(dataDirectory)).sort()).toEqual([expect.stringMatching(/^lock\.\d$/), 'postgres']);
  });

  it('that was not finished is made anew', async () => {
    await mkdir(join(parent, 'postgres.unfinished', 'base'), { recursive: true });
    const database = await openDatabase({ dataDirectory: parent });
    expect(await database.query('select 1 as one')).toEqual([{ one: 1 }]);
    await database.close();
  });

  it('that is a file is refused', async () => {
    const dataDirectory = join(parent, 'x');
    await symlink('/dev/null', dataDirectory);
    await expect(openDatabase({ dataDirectory })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('is for one at a time', async () => {
    const dataDirectory = await emptyDirectory();
    const database = await openDatabase({ dataDirectory });
    await expect(openDatabase({ dataDirectory })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining(`process ${process.pid} `),
    });
    await database.close();
    await (await openDatabase({ dataDirectory })).close();
    await rm(dataDirectory, { recursive: true });
  });

  it('of which the files are damaged is refused, and left', async () => {
    const dataDirectory = await emptyDirectory();
    await rm(join(dataDirectory, 'postgres', 'global'), { recursive: true });
    for (let i = 0; i < 2; i++) {
      await expect(openDatabase({ dataDirectory })).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        message: expect.stringMatching(/does not start: .*global/),
      });
    }
    await rm(dataDirectory, { recursive: true });
  });
});

it('files of another version of PostgreSQL are refused, and left', async () => {
  const dataDirectory = await emptyDirectory();
  const version = join(dataDirectory, 'postgres', 'PG_VERSION');
  const before = await readFile(version, 'utf8');
  await writeFile(version, '9.6\n');
  await expect(openDatabase({ dataDirectory })).rejects.toMatchObject({
    code: 'UNSUPPORTED',
    message: expect.stringMatching(/incompatible with server.*Hint: install/),
  });
  await writeFile(version, before);
  await (await openDatabase({ dataDirectory })).close();
  await rm(dataDirectory, { recursive: true });
});

describe('a process that is killed while it writes', () => {
  let writer: Program;
  let directory: string;
  const children: Child[] = [];
  beforeAll(async () => {
    writer = await program('write');
    directory = await emptyDirectory();
  });
  afterAll(async () => {
    await Promise.all(children.map((child) => child.kill()));
    writer.remove();
    await rm(directory, { recursive: true });
  });

  it('loses nothing that was acknowledged, and keeps nobody out', async () => {
    for (let round = 0; round < 3; round++) {
      const child = run(writer, directory);
      children.push(child);
      await child.first();
      const enough = 5 + Math.floor(Math.random() * 60);
      await until('it has written', () => child.lines().length >= enough);
      await child.kill();
      const acknowledged = child.lines().map(Number);

      const database = await openDatabase({ dataDirectory: directory });
      const there = (await database.query<{ n: number }>('select n from numbers order by n')).map(({ n }) => n);
      expect(there).toEqual(expect.arrayContaining(acknowledged));
      // the last one may have been committed without a word
      expect(there.filter((n) => n >= acknowledged[0]!).length - acknowledged.length).toBeLessThanOrEqual(1);
      const [flag] = await database.query<{ n: number }>(
        `select max((definition ->> 'default')::int) as n from feature_flags where project = 'p'`,
      );
      expect(flag?.n).toBe(there.at(-1));
      await database.close();
    }
  });
});

describe('a disk that is full', () => {
  let disk: SmallDisk;
  let parent: string;
  let isOwn: boolean;
  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'flagwright-parent-'));
    disk = smallDisk(join(parent, 'disk'), 130 * 2 ** 20);
    isOwn = (await statfs(disk.path)).type !== (await statfs(parent)).type;
    await copyTemplate(join(disk.path, 'data'));
  });
  afterEach(async () => {
    disk.free();
    disk.remove();
    await rm(parent, { recursive: true });
  });

  const write = (database: Database, n: number): Promise<void> =>
    database.write(async (transaction) => {
      await transaction.query('insert into numbers (n) values ($1)', [n]);
      // goes to the log only
      await transaction.query(`select pg_logical_emit_message(true, 'x', repeat('y', 1000000))`);
    });
  const numbers = async (database: Database): Promise<readonly unknown[]> =>
    (await database.query('select n from numbers order by n')).map(({ n }) => n);

  it('takes no writes, and says so, but is read, until there is room', async () => {
    const database = await openDatabase({ dataDirectory: join(disk.path, 'data') });
    await database.query('create table numbers (n int)');
    await database.write((transaction) => transaction.publish({ project: 'p', stage: 's' }, [], 'ann'));
    await write(database, 1);
    disk.fill();
    await expect(write(database, 2)).rejects.toMatchObject({ code: expect.stringMatching(/^(UNAVAILABLE|UNKNOWN)$/) });
    if (isOwn) {
      await expect(write(database, 2)).rejects.toThrow(/MiB left.*Hint: make room/);
      expect(await numbers(database)).toEqual([1]);
      const store = postgresStore({ pool: database.pool, project: 'p', stage: 's' });
      expect((await store.read()).revision).toBeDefined();
      await store.close?.();
    }
    disk.free();
    await until('it writes again', () =>
      write(database, 3).then(
        () => true,
        () => false,
      ),
    );
    expect(await numbers(database)).toEqual([1, 3]);
    await database.close();
  });

  it('in the middle of a commit ends PostgreSQL, which starts again by itself with all that was committed', async () => {
    const database = databaseOver(await openEmbedded(join(disk.path, 'data'), { reserve: 0 }));
    await database.query('create table numbers (n int)');
    const heard: Topic[] = [];
    database.listen((topic) => heard.push(topic));
    await until('it listens', () => heard.length === 2);
    await write(database, 0);
    const waiting: unknown[] = [];
    let written = 1;
    disk.fill();
    const error: unknown = await (async () => {
      for (; ; written++) {
        const reading = numbers(database).catch((thrown: unknown) => waiting.push(thrown));
        await write(database, written);
        await reading;
      }
    })().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(FlagError);
    expect(error).toMatchObject({ message: expect.stringMatching(/could not write to file/) });
    await expect(numbers(database)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    disk.free();
    await until('it is read again', () =>
      numbers(database).then(
        () => true,
        () => false,
      ),
    );
    const there = await numbers(database);
    expect(there.slice(0, written)).toEqual(Array.from({ length: written }, (_, n) => n));
    await write(database, 1_000);
    await until('who listens is told of everything', () => heard.length >= 4);
    await database.close();
    for (const thrown of waiting) expect(thrown).toMatchObject({ code: 'UNAVAILABLE' });
  });
});

describe('upkeep', () => {
  it('makes checkpoints when much was written, and cleans up', async () => {
    const directory = await emptyDirectory();
    const database = await openDatabase({ dataDirectory: directory });
    await database.query('create table busy as select n from generate_series(1, 1000) n');
    const redo = async (): Promise<unknown> =>
      (await database.query('select redo_lsn::text as lsn from pg_control_checkpoint()'))[0]?.lsn;
    const before = await redo();
    const stop = upkeep(database.pool, { every: 10, vacuumEvery: 1, written: 100_000 });
    try {
      await database.query(`select pg_logical_emit_message(true, 'x', repeat('y', 200000))`);
      await until('there is a checkpoint', async () => (await redo()) !== before);
      await until('it is cleaned up', async () => {
        const [row] = await database.query(`select reltuples from pg_class where relname = 'busy'`);
        return row?.reltuples === 1_000;
      });
    } finally {
      stop();
      await database.close();
      await rm(directory, { recursive: true });
    }
  });
});
