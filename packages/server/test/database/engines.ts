import { createHash, randomUUID } from 'node:crypto';
import { existsSync, statfsSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { schemaSql } from '@flagwright/sources/postgres';
import { Client } from 'pg';
import { inject } from 'vitest';
import type { Database } from '../../src/database/database.ts';
import { openDatabase } from '../../src/database/open.ts';
import { STEPS } from '../../src/database/schema.ts';

/** A database that was opened for a test. */
export interface OpenedDatabase {
  readonly database: Database;
  /** Of PostgreSQL: the connection string, for a second server of the same database. */
  readonly url?: string;
  /** Of the embedded one: its data directory. */
  readonly directory?: string;
  /** Closes the database, and removes it. */
  end(): Promise<void>;
}

/** What a control plane runs on, each with an empty database: `describe.each(ENGINES)` in a `*.backend.test.ts`. */
export const ENGINES: readonly { readonly name: 'postgres' | 'pglite'; open(): Promise<OpenedDatabase> }[] = [
  {
    name: 'postgres',
    async open() {
      const { url, drop } = await emptyDatabase();
      const database = await openDatabase({ connectionString: url });
      return {
        database,
        url,
        async end() {
          await database.close();
          await drop();
        },
      };
    },
  },
  {
    name: 'pglite',
    async open() {
      const directory = await emptyDirectory();
      const database = await openDatabase({ dataDirectory: directory });
      return {
        database,
        directory,
        async end() {
          await database.close();
          await rm(directory, { recursive: true, force: true });
        },
      };
    },
  },
];

/** A database of the shared server, without any table. */
export async function emptyDatabase(): Promise<{ readonly url: string; drop(): Promise<void> }> {
  const name = `server_${randomUUID().slice(0, 8)}`;
  const admin = async (statement: string): Promise<void> => {
    const client = new Client(inject('postgresUrl'));
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  };
  await admin(`create database ${name}`);
  const url = new URL(inject('postgresUrl'));
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => admin(`drop database if exists ${name} with (force)`) };
}

/**
 * In memory where there is room for it: what tests of resources write need not wait for a disk. What becomes of a database
 * that is killed is tested on one.
 */
const FOLDER: string = hasRoom('/dev/shm') ? '/dev/shm' : tmpdir();

function hasRoom(folder: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize > 2 * 2 ** 30;
  } catch {
    return false;
  }
}

/** The data directory of an embedded database that was opened once: to make one takes seconds, to copy it does not. */
export async function emptyDirectory(): Promise<string> {
  const directory = await mkdtemp(join(FOLDER, 'flagwright-data-'));
  await copyTemplate(directory);
  return directory;
}

/** Makes a data directory elsewhere. */
export async function copyTemplate(directory: string): Promise<void> {
  await cp(await template(), directory, { recursive: true, filter: (path) => !/\/lock\.\d+$/.test(path) });
}

/** Kept from run to run, as long as the tables and the engine are the same. */
async function template(): Promise<string> {
  const engine = await readFile(
    join(dirname(fileURLToPath(import.meta.resolve('@electric-sql/pglite'))), '../package.json'),
  );
  const key = createHash('sha256')
    .update(STEPS.join('\n'))
    .update(schemaSql())
    .update(engine)
    .digest('hex')
    .slice(0, 16);
  const path = join(FOLDER, `flagwright-template-${key}`);
  if (existsSync(path)) return path;
  await removeOld(dirname(path));
  const own = await mkdtemp(`${path}-`);
  await (await openDatabase({ dataDirectory: own })).close();
  // another test file may have been first
  await rename(own, path).catch(() => rm(own, { recursive: true }));
  return path;
}

/** Templates of what is no longer so: nobody uses one for a day. */
async function removeOld(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith('flagwright-template-')) continue;
    const { mtimeMs } = await stat(join(folder, name));
    if (Date.now() - mtimeMs > 86_400_000) await rm(join(folder, name), { recursive: true, force: true });
  }
}
