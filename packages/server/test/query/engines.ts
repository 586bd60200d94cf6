import { randomUUID } from 'node:crypto';
import { PGlite } from '@electric-sql/pglite';
import { Client } from 'pg';
import { inject } from 'vitest';

/** An empty database of either engine. */
export interface Engine {
  /** Resolves to the first column of the rows. */
  query(text: string, values?: readonly unknown[]): Promise<readonly unknown[]>;
  close(): Promise<void>;
}

/** A database of the shared PostgreSQL; `settings` are options of `create database`. */
export async function postgres(settings = ''): Promise<Engine> {
  const admin = new Client(inject('postgresUrl'));
  await admin.connect();
  const name = `query_${randomUUID().slice(0, 8)}`;
  await admin.query(`create database ${name} ${settings}`);
  const url = new URL(inject('postgresUrl'));
  url.pathname = `/${name}`;
  const client = new Client(url.href);
  await client.connect();
  return {
    async query(text, values = []) {
      const { rows } = await client.query<unknown[]>({ text, values: [...values], rowMode: 'array' });
      return rows.map(([first]) => first);
    },
    async close() {
      await client.end();
      await admin.query(`drop database ${name} with (force)`);
      await admin.end();
    },
  };
}

/** As `postgres`, where an `I` is no `i`, and texts have an order of their own: since 15 databases may have such locales. */
export async function turkish(): Promise<Engine> {
  const usual = await postgres();
  const [version] = await usual.query(`select current_setting('server_version_num')::integer`);
  if (Number(version) < 150_000) return usual;
  await usual.close();
  return postgres(`template template0 encoding 'UTF8' locale 'C.UTF-8' locale_provider icu icu_locale 'tr-TR'`);
}

/** PostgreSQL within this process, in memory. */
export async function embedded(): Promise<Engine> {
  const database = await PGlite.create();
  return {
    async query(text, values = []) {
      const { rows } = await database.query<unknown[]>(text, [...values], { rowMode: 'array' });
      return rows.map(([first]) => first);
    },
    close: () => database.close(),
  };
}
