import type { TestProject } from 'vitest/node';
import { ensureAll, startPostgres, startRedis } from '../servers/src/index.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A PostgreSQL that every test file shares: the URL of its superuser. Make a database or a schema of your own. */
    readonly postgresUrl: string;
    /** A Redis without a password that every test file shares. Use keys of your own. */
    readonly redisUrl: string;
  }
}

/** Quick rather than safe: nobody kills this one and looks for its data. */
const SETTINGS = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/** Before the first test of the `backends` project: one server of each kind. What is returned runs after the last. */
export async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  await ensureAll('postgres', 'redis', 'pgbouncer', 'prometheus', 'kafka', 'zsh', 'fish');
  const [postgres, redis] = await Promise.all([startPostgres({ settings: SETTINGS }), startRedis()]);
  provide('postgresUrl', postgres.url());
  provide('redisUrl', redis.url);
  return async () => {
    await Promise.all([postgres.stop(), redis.stop()]);
  };
}
