import { type PostgresServer, startPgbouncer, until } from '@flagwright/test-servers';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { hears } from '../../src/database/hearing.ts';
import { CHANNEL, WRITE_LOCK } from '../../src/database/locks.ts';
import { openPostgres } from '../../src/database/postgres.ts';
import { openSession } from '../../src/database/session.ts';
import { makeAdminToken } from '../../src/server/admin-token.ts';
import { emptyDatabase } from '../database/engines.ts';
import { run } from './servers.ts';

let url: string;
let drop: () => Promise<void>;
let other: Client;
beforeEach(async () => {
  ({ url, drop } = await emptyDatabase());
  other = new Client(url);
  await other.connect();
});
afterEach(async () => {
  await other.end();
  await drop();
});

const ground = () => ({ options: { database: url }, remove: drop });

it('a start that has nothing to write waits for nobody who writes', async () => {
  await (await run(ground())).close();
  await other.query('begin');
  await other.query('select pg_advisory_xact_lock($1)', [WRITE_LOCK]);
  const again = await run(ground());
  expect((await fetch(`${again.url}/readyz`)).status).toBe(200);
  await again.close();
  await other.query('rollback');
});

it('a database without a control plane gets no token of an admin, and no tables', async () => {
  await expect(makeAdminToken({ database: url }, 'lost')).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: expect.stringContaining('no control plane'),
  });
  const { rows } = await other.query(`select to_regclass('flagwright.steps') as steps`);
  expect(rows).toEqual([{ steps: null }]);
  await (await run(ground())).close();
  expect(await makeAdminToken({ database: url }, 'lost')).toMatch(/^fwt_/);
});

describe('through a pooler', () => {
  const pooled = async (mode: 'transaction' | 'session', work: (pooled: string) => Promise<void>): Promise<void> => {
    const shared = new URL(inject('postgresUrl'));
    const part: Pick<PostgresServer, 'port' | 'password' | 'url'> = {
      port: Number(shared.port),
      password: decodeURIComponent(shared.password),
      url: () => url,
    };
    const pooler = await startPgbouncer(part as PostgresServer, { mode });
    try {
      await work(pooler.url());
    } finally {
      await pooler.stop();
    }
  };

  it('of transactions a server says once that hints do not come', () =>
    pooled('transaction', async (database) => {
      const running = await run({ options: { database }, remove: drop });
      const warned = () => running.log.filter(({ message }) => message.includes('pooler'));
      await until('it says so', () => warned().length > 0);
      expect(warned()).toMatchObject([{ level: 'warn', message: expect.stringContaining('Hint: connect directly') }]);
      await running.close();
    }));

  it('of sessions they do', () =>
    pooled('session', async (connectionString) => {
      const { pool, end } = await openPostgres(connectionString);
      const session = await openSession(pool);
      await session.query(`listen ${CHANNEL}`);
      expect(await hears(pool, session)).toBe(true);
      session.end();
      await end(1_000);
    }));
});
