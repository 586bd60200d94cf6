import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { Client } from 'pg';
import { inject } from 'vitest';
import type { Database } from '../../src/database/database.ts';
import { openDatabase } from '../../src/database/open.ts';
import { emptyDirectory } from './directories.ts';

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
