import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { migrate } from '@flagwright/sources/postgres';
import { type PostgresServer, startPostgres, startProxy, type TcpProxy, until } from '@flagwright/test-servers';
import { Client } from 'pg';
import type { Backend } from './backend.ts';
import { FOLLOWERS } from './crew.ts';
import type { Faults } from './fault.ts';
import { networkFaults } from './network.ts';

export interface PostgresBackend extends Backend {
  readonly server: PostgresServer;
  readonly proxy: TcpProxy;
}

/** A PostgreSQL that keeps what it has acknowledged, behind a proxy; every other store is given a pool. */
export async function startPostgresBackend(): Promise<PostgresBackend> {
  const server = await startPostgres();
  const direct = await server.createDatabase('flags');
  await migrate({ connectionString: direct });
  const proxy = await startProxy({ port: server.port });
  const url = proxy.through(direct);
  return {
    name: 'postgres',
    server,
    proxy,
    spec: (id) => ({ kind: 'postgres', id, url, given: id % 2 === 1 }),
    async content() {
      const text = await ask(direct, 'select json_object_agg(key, definition)::text from feature_flags');
      return new Map(Object.entries(JSON.parse(text) as object));
    },
    answers: () => ask(url, 'select 1', 300).then(Boolean, () => false),
    silence: async () => proxy.freeze(),
    speak: async () => proxy.thaw(),
    async close() {
      await proxy.close();
      await server.stop();
    },
  };
}

/** Connections that listen ask for nothing but a sign of life once they do. */
const LISTENERS = `from pg_stat_activity where application_name like 'flagwright-%'
  and (query = 'select true' or query = 'select pg_backend_pid()' or query like 'listen %')`;

/** What befalls a PostgreSQL. */
export const postgresFaults: Faults<PostgresBackend> = {
  ...networkFaults,
  'shut down by SIGINT, and started again': ({ server }) => ({
    symptom: 'break',
    away: [0, 500],
    async strike() {
      const file = join(server.socketFolder, 'data', 'postmaster.pid');
      process.kill(Number(readFileSync(file, 'utf8').split('\n', 1)[0]), 'SIGINT');
      await until('PostgreSQL has shut down', () => !existsSync(file));
    },
    mend: () => server.start(),
  }),
  'connections for hints ended': ({ server }) => ({
    symptom: 'hints',
    away: [0, 0],
    async strike() {
      const ended = await ask(server.url('flags'), `select count(pg_terminate_backend(pid)) ${LISTENERS}`);
      if (Number(ended) !== FOLLOWERS) throw new Error(`${ended} connections listened; expected ${FOLLOWERS}`);
    },
    mend: async () => undefined,
  }),
};

/** The first column of the first row, asked for over a new connection. Throws, by default after 5,000 ms. */
async function ask(connectionString: string, sql: string, within = 5_000): Promise<string> {
  const client = new Client({ connectionString, connectionTimeoutMillis: within, query_timeout: within });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query({ text: sql, rowMode: 'array' });
    return String(rows[0]?.[0]);
  } finally {
    void client.end().catch(() => undefined);
  }
}
