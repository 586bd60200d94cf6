import { afterEach, describe, expect, it, vi } from 'vitest';
import { ensure, ensureAll } from '../src/install.ts';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe('ensure', () => {
  it('finds what is installed', async () => {
    const programs = {
      ...(await ensure('postgres')),
      ...(await ensure('redis')),
      ...(await ensure('pgbouncer')),
      ...(await ensure('kafka')),
    };
    expect(Object.keys(programs).sort()).toEqual([
      ...['initdb', 'kcat', 'pgbouncer', 'postgres', 'psql', 'redis-cli', 'redis-server'],
    ]);
    for (const [name, path] of Object.entries(programs)) expect(path).toMatch(new RegExp(`^/.*/${name}$`));
  });

  it('tells somebody who cannot install what to install', async () => {
    vi.stubEnv('PATH', '/nowhere');
    vi.spyOn(process, 'getuid').mockReturnValue(1000);
    const failure = await ensureAll('redis').catch(String);
    expect(failure).toContain('redis-server, redis-cli');
    expect(failure).toContain('apt-get install redis-server');
  });
});
