import { FlagError } from '@flagwright/core';
import { migrate, postgresStore } from '@flagwright/sources/postgres';
import { type PostgresServer, startPostgres, until } from '@flagwright/test-servers';
import { afterAll, beforeAll, expect, it } from 'vitest';

let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server?.stop());

it('a commit that is cut off after it was made, while it waits for a standby, is UNKNOWN', async () => {
  const connectionString = server.url();
  await migrate({ connectionString });
  const store = postgresStore({ connectionString });
  await store.commit([{ key: 'first', next: { default: true } }]);
  await server.psql("alter system set synchronous_standby_names = 'nobody'");
  await server.psql('select pg_reload_conf()');
  await until('commits wait', async () => (await server.psql('show synchronous_standby_names')) === 'nobody');

  const outcome = store.commit([{ key: 'second', next: { default: true } }]).then(
    () => undefined,
    (error: unknown) => error,
  );
  const waiting = "select pid from pg_stat_activity where wait_event = 'SyncRep'";
  await until('the commit waits', async () => (await server.psql(waiting)) !== '');
  await server.psql(`select pg_terminate_backend(pid) from (${waiting}) waiting`);
  const error = await outcome;
  expect(error).toBeInstanceOf(FlagError);
  expect(await server.psql("select count(*) from feature_flags where key = 'second'")).toBe('1');
  expect((error as FlagError).code).toBe('UNKNOWN');
  await store.close?.();
});
