import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { ensure } from '../src/install.ts';
import { type Pgbouncer, startPgbouncer } from '../src/pgbouncer.ts';
import { type PostgresServer, startPostgres } from '../src/postgres.ts';
import { run } from '../src/run.ts';
import { ownFolders, pending, visitor } from './support.ts';

let postgres: PostgresServer;

beforeAll(async () => {
  postgres = await startPostgres({ settings: { fsync: 'off' } });
});
afterAll(() => postgres.stop());

/** A pgbouncer with one connection to PostgreSQL for each database. */
async function bouncer(mode: 'transaction' | 'session'): Promise<Pgbouncer> {
  const started = await startPgbouncer(postgres, { mode, poolSize: 1 });
  onTestFinished(() => started.stop());
  return started;
}

async function query(url: string, sql: string): Promise<string> {
  const { psql } = await ensure('postgres');
  return (await run(psql, [url, '-Atqc', sql])).trim();
}

describe('startPgbouncer', () => {
  it('leads to any database, as the same user', async () => {
    const { url } = await bouncer('transaction');
    await postgres.createDatabase('an "other" one');
    expect(await query(url(), 'SELECT current_database(), current_user')).toBe('postgres|postgres');
    expect(await query(url('an "other" one'), 'SELECT current_database()')).toBe('an "other" one');
  });

  it('asks for the password', async () => {
    const { url } = await bouncer('session');
    const wrong = url().replace(/:[^:@/]+@/, ':wrong@');
    await expect(query(wrong, 'SELECT 1')).rejects.toThrow('authentication failed');
  });

  it('gives a connection to the next client after a transaction, in that mode', async () => {
    const { url } = await bouncer('transaction');
    const first = await visitor(url());
    expect(await first.ask('SELECT 1')).toBe('1');
    expect(await query(url(), 'SELECT 2')).toBe('2');
  });

  it('keeps a connection for its client until that leaves, in session mode', async () => {
    const { url } = await bouncer('session');
    const first = await visitor(url());
    expect(await first.ask('SELECT 1')).toBe('1');
    const second = query(url(), 'SELECT 2');
    expect(await pending(second)).toBe(true);
    await first.leave();
    expect(await second).toBe('2');
  });

  it('can be killed and started again, and leaves nothing when it is stopped', async () => {
    const before = ownFolders();
    const started = await bouncer('transaction');
    await started.kill();
    await expect(query(started.url(), 'SELECT 1')).rejects.toThrow('Connection refused');
    await started.start();
    expect(await query(started.url(), 'SELECT 1')).toBe('1');
    await started.stop();
    expect(ownFolders()).toEqual(before);
  });
});
