import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isFree } from '../src/free-port.ts';
import { processesIn } from '../src/guarded-folder.ts';
import { ensure } from '../src/install.ts';
import { type PostgresServer, startPostgres } from '../src/postgres.ts';
import { run } from '../src/run.ts';
import { ownFolders, pending, visitor } from './support.ts';

let postgres: PostgresServer;

beforeAll(async () => {
  postgres = await startPostgres({ settings: { work_mem: '5MB' } });
});
afterAll(() => postgres.stop());

describe('startPostgres', () => {
  it('has a URL that a client can use, with a password that has to be encoded', async () => {
    expect(postgres.url()).not.toContain(postgres.password);
    expect(decodeURIComponent(new URL(postgres.url()).password)).toBe(postgres.password);
    const { psql } = await ensure('postgres');
    expect(await run(psql, [postgres.url(), '-Atc', 'SELECT current_user'])).toBe('postgres\n');
  });

  it('asks for the password', async () => {
    const { psql } = await ensure('postgres');
    const wrong = postgres.url().replace(/:[^:@/]+@/, ':wrong@');
    await expect(run(psql, [wrong, '-c', 'SELECT 1'])).rejects.toThrow('password authentication failed');
  });

  it('syncs to disk by default, takes 200 connections, and takes settings', async () => {
    expect(await postgres.psql('SHOW fsync; SHOW max_connections; SHOW work_mem')).toBe('on\n200\n5MB');
  });

  it('listens on a Unix socket in its folder', async () => {
    const { psql } = await ensure('postgres');
    const where = ['-h', postgres.socketFolder, '-p', String(postgres.port), '-U', 'postgres'];
    expect(await run(psql, [...where, '-Atc', 'SELECT 1'], { env: { PGPASSWORD: postgres.password } })).toBe('1\n');
  });

  it.each(['plain', 'with "quotes" and spaces', 'ünï/cödé?#%'])('makes a database %j', async (name) => {
    const { psql } = await ensure('postgres');
    const url = await postgres.createDatabase(name);
    expect(await run(psql, [url, '-Atc', 'SELECT current_database()'])).toBe(`${name}\n`);
  });

  it('fails at the first statement that fails, and tells no password', async () => {
    const failure = await postgres.psql('SELECT 1; SELECT nonsense; SELECT 2').catch(String);
    expect(failure).toContain('column "nonsense" does not exist');
    expect(failure).not.toContain(postgres.password);
  });

  it('keeps what was committed when it is killed, on the same port', async () => {
    await postgres.psql('CREATE TABLE kept (n int); INSERT INTO kept VALUES (1), (2)');
    await postgres.kill();
    expect(processesIn(postgres.socketFolder)).toEqual([]);
    await expect(postgres.psql('SELECT 1')).rejects.toThrow('Connection refused');
    await postgres.start();
    expect(await postgres.psql('SELECT count(*) FROM kept')).toBe('2');
    await expect(postgres.start()).rejects.toThrow('runs already');
  });

  it('answers neither old nor new sessions while it is paused, and goes on after', async () => {
    const old = await visitor(postgres.url());
    expect(await old.ask('SELECT 1')).toBe('1');
    await postgres.pause();
    const answers = [old.ask('SELECT 2'), postgres.psql('SELECT 3')];
    expect(await Promise.all(answers.map(pending))).toEqual([true, true]);
    await postgres.resume();
    expect(await Promise.all(answers)).toEqual(['2', '3']);
  });

  it('can be killed while it is paused', async () => {
    await postgres.pause();
    await postgres.kill();
    await postgres.start();
    expect(await postgres.psql('SELECT 4')).toBe('4');
  });

  it.each(['running', 'paused', 'killed'] as const)('leaves nothing when it is stopped while %s', async (state) => {
    const other = await startPostgres({ settings: { fsync: 'off' } });
    expect(other.port).not.toBe(postgres.port);
    expect(processesIn(other.socketFolder).length).toBeGreaterThan(3);
    if (state === 'paused') await other.pause();
    if (state === 'killed') await other.kill();
    await other.stop();
    await other.stop();
    expect(processesIn(other.socketFolder)).toEqual([]);
    expect(existsSync(other.socketFolder)).toBe(false);
    expect(await isFree(other.port)).toBe(true);
  });

  it('says why it cannot start, and leaves nothing', async () => {
    const before = ownFolders();
    const starting = startPostgres({ settings: { nonsense: 1 } });
    await expect(starting).rejects.toThrow('unrecognized configuration parameter "nonsense"');
    expect(ownFolders()).toEqual(before);
  });

  it('says so if its port is taken', async () => {
    await expect(startPostgres({ port: postgres.port })).rejects.toThrow('Address already in use');
  });
});
