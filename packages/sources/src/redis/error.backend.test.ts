import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import type { FlagError, FlagStore } from '@flagwright/core';
import { freePort, type RedisServer, startRedis, startRedisCluster } from '@flagwright/test-servers';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { redisStore } from './index.ts';
import type { RedisStoreOptions } from './options.ts';

const PASSWORD = 'geheim/pa:ss@wd?';
const SECRETS = [PASSWORD, encodeURIComponent(PASSWORD), 'geheim'];

const cleanup: (() => unknown)[] = [];
let server: RedisServer;

beforeAll(async () => {
  server = await startRedis({ password: PASSWORD });
});

afterAll(() => server.stop());

afterEach(async () => {
  for (const undo of cleanup.splice(0).reverse()) await undo();
});

type Options = Omit<RedisOptions, 'replyMapping'>;

function open(options: RedisStoreOptions): FlagStore {
  const store = redisStore({ project: randomUUID(), ...options });
  cleanup.push(() => store.close?.());
  return store;
}

function clientOf(at: number | string | Options, more: Options = {}): Redis {
  const url = typeof at === 'number' ? `redis://127.0.0.1:${at}` : at;
  const client = typeof url === 'string' ? new Redis(url, more) : new Redis(url);
  client.on('error', () => undefined);
  cleanup.push(() => client.disconnect());
  return client;
}

/** What all a store can do fails with; each error is looked through for secrets. */
async function failures(store: FlagStore): Promise<readonly FlagError['code'][]> {
  const codes: FlagError['code'][] = [];
  const observer = { changed: () => undefined, failed: () => undefined };
  const attempts = [
    () => store.read(),
    () => store.read({ document: {}, revision: '0123456789abcdef.1' }),
    () => store.commit([{ key: 'a', next: { default: true, description: 'geheim' } }]),
    async () => store.subscribe!(observer),
  ];
  for (const attempt of attempts) {
    const thrown: unknown = await attempt().then(
      () => 'nothing was thrown',
      (error: unknown) => error,
    );
    expect(thrown).toMatchObject({ name: 'FlagError' });
    const shown = `${inspect(thrown, { depth: 20, showHidden: true })} ${JSON.stringify(thrown)} ${(thrown as Error).stack}`;
    for (const secret of SECRETS) expect(shown).not.toContain(secret);
    codes.push((thrown as FlagError).code);
  }
  return codes;
}

const ALL = (code: FlagError['code']): readonly string[] => [code, code, code, code];

describe('credentials that are refused are UNAUTHORIZED, and tell no secret', () => {
  const urlWith = (user: string, password: string): string =>
    `redis://${user}:${encodeURIComponent(password)}@127.0.0.1:${server.port}`;

  it('a wrong password', async () => {
    expect(await failures(open({ url: urlWith('', `${PASSWORD}x`) }))).toEqual(ALL('UNAUTHORIZED'));
    expect(await failures(open({ url: urlWith('nobody', PASSWORD) }))).toEqual(ALL('UNAUTHORIZED'));
    for (const protocol of [2, 3] as const) {
      const client = clientOf(server.port, { password: `${PASSWORD}x`, protocol, retryStrategy: () => 100 });
      expect(await failures(open({ client }))).toEqual(ALL('UNAUTHORIZED'));
    }
  });

  it('none where one is asked for', async () => {
    expect(await failures(open({ url: `redis://127.0.0.1:${server.port}` }))).toEqual(ALL('UNAUTHORIZED'));
    expect(await failures(open({ client: clientOf(server.port, { protocol: 2 }) }))).toEqual(ALL('UNAUTHORIZED'));
  });

  it('a user that may do other things', async () => {
    const rights = ['on', `>${PASSWORD}`, '+@connection', '+info', '~other:*'];
    await server.cli('ACL', 'SETUSER', 'guest', 'reset', ...rights);
    expect(await failures(open({ url: urlWith('guest', PASSWORD) }))).toEqual(ALL('UNAUTHORIZED'));
    const client = clientOf(server.port, { username: 'guest', password: PASSWORD });
    expect(await failures(open({ client }))).toEqual(ALL('UNAUTHORIZED'));
  });

  it('but not a user that may all but publish: hints are a courtesy', async () => {
    await server.cli('ACL', 'SETUSER', 'quiet', 'reset', 'on', `>${PASSWORD}`, '+@all', '-publish', '~*');
    const store = open({ url: urlWith('quiet', PASSWORD) });
    const revision = await store.commit([{ key: 'a', next: { default: true } }]);
    expect((await store.read()).revision).toBe(revision);
  });

  it('nor a user that may only read, until it writes', async () => {
    const reading = ['+@read', '+evalsha', '+eval', '+subscribe', '+unsubscribe', '+@connection', '~*', '&*'];
    await server.cli('ACL', 'SETUSER', 'reader', 'reset', 'on', `>${PASSWORD}`, ...reading);
    const set = { project: randomUUID() };
    const writer = open({ url: server.url, ...set });
    await writer.commit([{ key: 'a', next: { default: 1 } }]);
    const store = open({ url: urlWith('reader', PASSWORD), ...set });
    const before = await store.read();
    await writer.commit([{ key: 'a', next: { default: 2 } }]);
    expect((await store.read(before)).revision).not.toBe(before.revision);
    await store.subscribe!({ changed: () => undefined, failed: () => undefined });
    await expect(store.commit([{ key: 'a', next: { default: 3 } }])).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
  });

  it.each(['zadd', 'hset', 'hdel', 'del'])(
    'a user that may do all but %s changes nothing by a commit that needs it',
    async (command) => {
      await server.cli('ACL', 'SETUSER', 'partial', 'reset', 'on', `>${PASSWORD}`, '+@all', `-${command}`, '~*', '&*');
      const set = { project: randomUUID() };
      const writer = open({ url: server.url, ...set });
      await writer.commit([{ key: 'a', next: { default: 1 } }]);
      const before = await writer.read();
      // then the changes have to be begun anew
      await server.cli('DEL', `{flagwright:${set.project}:default}:changes`);
      const store = open({ url: urlWith('partial', PASSWORD), ...set });
      const edits = [
        { key: 'b', next: { default: 2 } },
        { key: 'a', next: null },
      ];
      await expect(store.commit(edits)).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
      const { flags } = (await writer.read(before)).document;
      expect(Object.fromEntries(flags as ReadonlyMap<string, unknown>)).toEqual({ a: { default: 1 } });
      await writer.commit(edits);
      const after = (await writer.read(before)).document.flags as ReadonlyMap<string, unknown>;
      expect(Object.fromEntries(after)).toEqual({ b: { default: 2 } });
    },
  );

  it('a password that changes meanwhile', async () => {
    const mine = await startRedis({ password: PASSWORD });
    cleanup.push(() => mine.stop());
    const store = open({ url: mine.url });
    await store.commit([]);
    await mine.cli('CONFIG', 'SET', 'requirepass', 'changed');
    const raw = clientOf(mine.port, { password: 'changed' });
    await raw.call('CLIENT', ['KILL', 'TYPE', 'normal', 'SKIPME', 'yes']);
    await expect.poll(() => store.read().catch((error: FlagError) => error.code)).toBe('UNAUTHORIZED');
    await raw.config('SET', 'requirepass', PASSWORD);
    await expect.poll(() => store.read().then(() => 'read', String)).toBe('read');
  });
});

describe('a Redis that is away or busy is UNAVAILABLE', () => {
  it('refused, unknown, and not a Redis at all', async () => {
    const port = await freePort();
    const started = performance.now();
    expect(await failures(open({ url: `redis://:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}` }))).toEqual(
      ALL('UNAVAILABLE'),
    );
    expect(await failures(open({ url: `redis://:${encodeURIComponent(PASSWORD)}@flags.invalid` }))).toEqual(
      ALL('UNAVAILABLE'),
    );
    expect(await failures(open({ client: clientOf(port, { password: PASSWORD }) }))).toEqual(ALL('UNAVAILABLE'));
    expect(await failures(open({ client: clientOf(port, { lazyConnect: true, enableOfflineQueue: false }) }))).toEqual(
      ALL('UNAVAILABLE'),
    );
    expect(await failures(open({ client: clientOf(port, { retryStrategy: () => null }) }))).toEqual(ALL('UNAVAILABLE'));
    expect(performance.now() - started).toBeLessThan(15_000);
  });

  it('a client that its owner has closed', async () => {
    const client = clientOf(inject('redisUrl'));
    const store = open({ client });
    await store.commit([]);
    client.disconnect();
    expect(await failures(store)).toEqual(ALL('UNAVAILABLE'));
  });

  it('a Cluster none of whose nodes is there', async () => {
    const client = new Cluster([{ host: '127.0.0.1', port: await freePort() }], {
      redisOptions: { password: PASSWORD },
    });
    client.on('error', () => undefined);
    cleanup.push(() => client.disconnect());
    expect(await failures(open({ client }))).toEqual(ALL('UNAVAILABLE'));
  });

  it('Sentinels none of which is there', async () => {
    const client = clientOf({
      sentinels: [{ host: '127.0.0.1', port: await freePort() }],
      name: 'flags',
      password: PASSWORD,
    });
    expect(await failures(open({ client, timeout: 1_000 }))).toEqual(ALL('UNAVAILABLE'));
  });

  it('a replica, which takes no commits', async () => {
    const replica = await startRedis({
      args: ['--replicaof', '127.0.0.1', String(server.port), '--masterauth', PASSWORD],
    });
    cleanup.push(() => replica.stop());
    const set = { project: randomUUID() };
    await open({ url: server.url, ...set }).commit([]);
    const store = open({ url: replica.url, ...set });
    await expect.poll(() => store.read().then(() => 'read', String)).toBe('read');
    await expect(store.commit([{ key: 'a', next: { default: true } }])).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('memory that is used up', async () => {
    const full = await startRedis({ args: ['--maxmemory', '3mb', '--maxmemory-policy', 'noeviction'] });
    cleanup.push(() => full.stop());
    const store = open({ url: full.url });
    const big = 'x'.repeat(500_000);
    let last: unknown;
    let good = await store.commit([]);
    for (let i = 0; i < 20 && last === undefined; i++) {
      const committing = store.commit([
        { key: `flag-${i}`, next: { default: `${i}${big}` } },
        { key: 'n', next: { default: i } },
      ]);
      good = await committing.catch((error: unknown) => {
        last = error;
        return good;
      });
    }
    expect(last).toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining('OOM') });
    const set = await store.read();
    expect(set.revision).toBe(good);
    await full.cli('CONFIG', 'SET', 'maxmemory', '0');
    await store.commit([{ key: 'after', next: { default: 1 } }]);
  });

  it('a script of somebody else that does not end', { timeout: 30_000 }, async () => {
    const busy = await startRedis({ args: ['--lua-time-limit', '50'] });
    cleanup.push(() => busy.stop());
    const store = open({ url: busy.url });
    await store.commit([]);
    const raw = clientOf(busy.url);
    const forever = raw.eval('while true do end', 0).catch(String);
    await expect.poll(() => store.read().then(() => 'read', String)).toContain('BUSY');
    expect(await failures(store)).toEqual(['UNAVAILABLE', 'UNAVAILABLE', 'UNAVAILABLE', 'UNAVAILABLE']);
    await clientOf(busy.url, { enableReadyCheck: false }).script('KILL');
    await forever;
    await store.read();
  });

  it('a Redis that is still loading', { timeout: 60_000 }, async () => {
    const loading = await startRedis({ durable: true, args: ['--enable-debug-command', 'yes'] });
    cleanup.push(() => loading.stop());
    const store = open({ url: loading.url, project: 'loading' });
    await store.commit([{ key: 'a', next: { default: true } }]);
    const before = await store.read();
    await loading.cli('DEBUG', 'POPULATE', '20000', 'fill', '10');
    await loading.cli('CONFIG', 'SET', 'key-load-delay', '100');
    await loading.cli('CONFIG', 'SET', 'loading-process-events-interval-bytes', '1024');
    const reloading = loading.cli('DEBUG', 'RELOAD');
    await expect
      .poll(
        () =>
          store.read().then(
            () => 'read',
            ({ message }: FlagError) => message,
          ),
        { interval: 5 },
      )
      .toContain('LOADING');
    await expect(store.commit([{ key: 'b', next: { default: true } }])).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await loading.cli('CONFIG', 'SET', 'key-load-delay', '0').catch(() => undefined);
    await reloading;
    expect(await store.read(before)).toBe(before);
  });
});

describe('what is no set of flags is UNSUPPORTED', () => {
  it('keys of another type, and hashes of another shape', async () => {
    const raw = clientOf(inject('redisUrl'));
    const spoils: readonly ((key: (name: string) => string) => Promise<unknown>)[] = [
      (key) => raw.set(key('entries'), 'text'),
      (key) => raw.hset(key('entries'), 'flag:a', '{}'),
      (key) => raw.hset(key('entries'), { $rev: '12', 'flag:a': '{}' }),
      (key) => raw.rpush(key('entries'), 'a'),
    ];
    for (const spoil of spoils) {
      const project = randomUUID();
      await spoil((name) => `{flagwright:${project}:default}:${name}`);
      const store = open({ url: inject('redisUrl'), project });
      for (const attempt of [
        () => store.read(),
        () => store.read({ document: {}, revision: '0123456789abcdef.1' }),
        () => store.commit([]),
        () => store.commit([{ key: 'a', next: null }]),
      ]) {
        await expect(attempt()).rejects.toMatchObject({ code: 'UNSUPPORTED' });
      }
    }
    const project = randomUUID();
    const store = open({ url: inject('redisUrl'), project });
    const revision = await store.commit([{ key: 'a', next: { default: 1 } }]);
    await raw.set(`{flagwright:${project}:default}:changes`, 'text');
    await expect(store.commit([{ key: 'a', next: { default: 2 } }])).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    expect((await store.read()).revision).toBe(revision);
  });

  it('one node of a Cluster', async () => {
    const cluster = await startRedisCluster();
    cleanup.push(() => cluster.stop());
    const codes = await Promise.all(
      cluster.nodes.map((url) =>
        open({ url, project: 'one' })
          .read()
          .catch((error: FlagError) => error.code),
      ),
    );
    expect(codes.sort()).toEqual(['NOT_FOUND', 'UNSUPPORTED', 'UNSUPPORTED']);
  });

  it('a process without ioredis', async () => {
    vi.resetModules();
    vi.doMock('ioredis', () => {
      throw Object.assign(new Error("Cannot find package 'ioredis'"), { code: 'ERR_MODULE_NOT_FOUND' });
    });
    const fresh = await import('./index.ts');
    const store = fresh.redisStore({ url: inject('redisUrl') });
    await expect(store.read()).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining('npm install ioredis'),
    });
    await store.close?.();
    vi.doUnmock('ioredis');
  });
});

describe('options that make no sense are INVALID_ARGUMENT, and tell no secret', () => {
  const refused = (options: unknown): FlagError => {
    try {
      redisStore(options as RedisStoreOptions);
    } catch (error) {
      for (const secret of SECRETS) expect(inspect(error, { depth: 20 })).not.toContain(secret);
      return error as FlagError;
    }
    throw new Error(`${inspect(options)} was taken`);
  };

  it.each([
    '',
    'redis://',
    'localhost:6379',
    `http://:${PASSWORD}@localhost`,
    `redis://:${PASSWORD}@localhost`,
    'redis://:geheim#x@localhost',
    'redis://:geheim?x@localhost',
    'redis://geheim:12/x@localhost',
    'redis://geheim:12#x@localhost',
    'redis://:geheim@localhost/database',
    'redis://:geheim@localhost/1/2',
    'redis://:geheim@localhost:99999',
    'redis://:geheim%ZZ@localhost',
    'redis://:geheim@localhost?db=3',
    '/tmp/geheim.sock',
    7,
    null,
  ])('the url %s', (url) => {
    expect(refused({ url })).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('a database that is not there', async () => {
    expect(await failures(open({ url: `${server.url}/99` }))).toEqual(ALL('UNAVAILABLE'));
  });

  it.each([
    {},
    { url: 'redis://localhost', client: clientLike() },
    { client: {} },
    { client: null },
    { url: 'redis://localhost', prefix: '' },
    { url: 'redis://localhost', project: 7 },
    { url: 'redis://localhost', stage: 'x'.repeat(201) },
    { url: 'redis://localhost', stage: '\ud800' },
    { url: 'redis://localhost', name: '' },
    { url: 'redis://localhost', manager: '' },
    { url: 'redis://localhost', timeout: 0 },
    { url: 'redis://localhost', timeout: Number.NaN },
    { url: 'redis://localhost', heartbeat: 2 ** 31 },
    { url: 'redis://localhost', heartbeat: '5' },
  ])('%j', (options) => {
    expect(refused(options)).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  function clientLike(): object {
    return { call: () => undefined };
  }
});
