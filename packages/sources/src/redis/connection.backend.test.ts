import { randomUUID } from 'node:crypto';
import type { FlagError, FlagStore } from '@flagwright/core';
import { FlagError as Failure, follow } from '@flagwright/core';
import {
  type RedisCluster,
  type RedisServer,
  startProxy,
  startRedis,
  startRedisCluster,
  type TcpProxy,
} from '@flagwright/test-servers';
import { Cluster, Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { redisStore } from './index.ts';
import type { RedisStoreOptions } from './options.ts';

let server: RedisServer;
let proxy: TcpProxy;
let raw: Redis;
const cleanup: (() => unknown)[] = [];

beforeAll(async () => {
  server = await startRedis();
  raw = new Redis(server.url);
});

afterAll(async () => {
  raw.disconnect();
  await server.stop();
});

beforeEach(async () => {
  proxy = await startProxy(server);
  cleanup.push(() => proxy.close());
});

afterEach(async () => {
  for (const undo of cleanup.splice(0).reverse()) await undo();
});

const url = (): string => proxy.through(server.url);

function open(options: Partial<RedisStoreOptions> = {}): FlagStore {
  const store = redisStore({
    project: randomUUID(),
    ...(options.client === undefined ? { url: url() } : {}),
    ...options,
  });
  cleanup.push(() => store.close?.());
  return store;
}

function client(options: { readonly retryStrategy?: () => number } = {}): Redis {
  const made = new Redis(url(), options);
  made.on('error', () => undefined);
  cleanup.push(() => made.disconnect());
  return made;
}

interface Heard {
  hints: number;
  readonly failures: FlagError[];
  readonly stop: () => unknown;
}

async function listen(store: FlagStore): Promise<Heard> {
  const heard = { hints: 0, failures: [] as FlagError[] };
  const stop = await store.subscribe!({
    changed: () => heard.hints++,
    failed: (cause) => heard.failures.push(cause as FlagError),
  });
  return Object.assign(heard, { stop });
}

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'done',
    (error: unknown) => (error instanceof Failure ? error.code : String(error)),
  );
const within = async <T>(ms: number, promise: Promise<T>): Promise<T> => {
  const started = performance.now();
  const result = await promise;
  expect(performance.now() - started).toBeLessThan(ms);
  return result;
};
/** The ids that the server gives to connections of that name. */
async function ids(name: string): Promise<readonly string[]> {
  const list = String(await raw.call('CLIENT', ['LIST']));
  return [...list.matchAll(new RegExp(`^id=(\\d+) .* name=${name} `, 'gm'))].map(([, id]) => id!);
}

describe('connections', () => {
  it('are two for all stores of a URL, and end with the last of them', async () => {
    const stores = Array.from({ length: 5 }, () => open());
    expect(proxy.connections).toBe(0);
    for (const store of stores) {
      await store.commit([]);
      await listen(store);
    }
    expect(proxy.connections).toBe(2);
    for (const store of stores.slice(1)) await store.close?.();
    expect(proxy.connections).toBe(2);
    await stores[0]!.read();
    await stores[0]!.close?.();
    await expect.poll(() => proxy.connections).toBe(0);
    const again = open();
    await again.commit([]);
    expect(proxy.connections).toBe(1);
  });

  it('are opened for those who listen, and only then', async () => {
    const store = open();
    await store.commit([]);
    expect(proxy.connections).toBe(1);
    const [one, two] = [await listen(store), await listen(store)];
    expect(proxy.connections).toBe(2);
    await one.stop();
    expect(proxy.connections).toBe(2);
    await two.stop();
    await expect.poll(() => proxy.connections).toBe(1);
  });

  it('of a client that was given stay with its owner', async () => {
    const mine = client();
    await mine.ping();
    const listeners = mine.eventNames().map((name) => [name, mine.listenerCount(name)]);
    const stores = [open({ client: mine }), open({ client: mine }), open({ client: mine })];
    for (const store of stores) {
      await store.commit([]);
      await listen(store);
    }
    expect(proxy.connections).toBe(2);
    for (const store of stores) await store.close?.();
    await expect.poll(() => proxy.connections).toBe(1);
    expect(await mine.ping()).toBe('PONG');
    expect(mine.eventNames().map((name) => [name, mine.listenerCount(name)])).toEqual(listeners);
  });

  it('of a client that waits to be used are made on first use', async () => {
    const mine = new Redis(url(), { lazyConnect: true, enableOfflineQueue: false });
    cleanup.push(() => mine.disconnect());
    const stores = Array.from({ length: 12 }, () => open({ client: mine }));
    await Promise.all(stores.map((store) => store.commit([])));
    expect(proxy.connections).toBe(1);
  });

  it('are not missed by those who close while they are being made', async () => {
    for (let round = 0; round < 20; round++) {
      const store = open();
      const outcomes = [
        codeOf(store.read()),
        codeOf(store.commit([])),
        codeOf(Promise.resolve(store.subscribe!({ changed: () => undefined, failed: () => undefined }))),
      ];
      for (let tick = 0; tick < round; tick++) await new Promise(setImmediate);
      await within(2_000, store.close!());
      for (const code of await Promise.all(outcomes)) {
        expect(['done', 'NOT_READY', 'NOT_FOUND', 'UNKNOWN']).toContain(code);
      }
      expect(await Promise.all([codeOf(store.read()), codeOf(store.commit([])), codeOf(listen(store))])).toEqual([
        'NOT_READY',
        'NOT_READY',
        'NOT_READY',
      ]);
      await expect.poll(() => proxy.connections).toBe(0);
    }
  });
});

describe('a Redis that goes away', () => {
  it('fails a read at once, and is found again at once', async () => {
    const store = open();
    await store.commit([{ key: 'a', next: { default: 1 } }]);
    const set = await store.read();
    await proxy.refuse();
    proxy.dropAll();
    for (let attempt = 0; attempt < 3; attempt++)
      expect(await within(1_000, codeOf(store.read(set)))).toBe('UNAVAILABLE');
    await proxy.accept();
    expect(await within(500, store.read(set))).toBe(set);
  });

  it('fails a read soon by a client that was given, which would try for longer', async () => {
    const store = open({ client: client({ retryStrategy: () => 3_000 }) });
    await store.commit([]);
    await proxy.refuse();
    proxy.dropAll();
    expect(await within(2_000, codeOf(store.read()))).toBe('UNAVAILABLE');
    expect(await within(2_000, codeOf(store.read()))).toBe('UNAVAILABLE');
    expect(await within(2_000, codeOf(store.commit([])))).toBe('UNAVAILABLE');
  });

  it('tells those who listen once, and hints again to those who come back', async () => {
    const store = open();
    await store.commit([]);
    const [one, two] = [await listen(store), await listen(store)];
    proxy.dropAll();
    await expect.poll(() => [one.failures.length, two.failures.length]).toEqual([1, 1]);
    expect(one.failures[0]).toMatchObject({ name: 'FlagError', code: 'UNAVAILABLE' });
    const three = await listen(store);
    await expect.poll(() => codeOf(store.commit([{ key: 'a', next: { default: 1 } }]))).toBe('done');
    await expect.poll(() => three.hints).toBe(1);
    expect([one.hints, two.hints, one.failures.length, two.failures.length]).toEqual([0, 0, 1, 1]);
    await one.stop();
    expect(three.failures).toEqual([]);
  });

  it('keeps the flags of a follower, which is up to date within a moment of its return', {
    timeout: 60_000,
  }, async () => {
    const mine = await startRedis({ durable: true });
    cleanup.push(() => mine.stop());
    const store = open({ url: mine.url });
    await store.commit([{ key: 'a', next: { default: 1 } }]);
    const follower = follow(store, { refreshInterval: 3_600_000 });
    const events: string[] = [];
    follower.on(({ type }) => events.push(type));
    const first = await follower.ready();
    for (let round = 1; round <= 3; round++) {
      await mine.kill();
      await expect.poll(() => follower.health().status).toBe('stale');
      expect(follower.snapshot?.flags.get('a')).toBe(first.flags.get('a'));
      await mine.start();
      await expect.poll(() => follower.health().status, { timeout: 10_000 }).toBe('ready');
      await expect.poll(() => follower.health().subscribed, { timeout: 10_000 }).toBe(true);
    }
    expect(events).toEqual(['ready', 'stale', 'recovered', 'stale', 'recovered', 'stale', 'recovered']);
    await store.commit([{ key: 'a', next: { default: 2 } }]);
    await expect.poll(() => follower.snapshot?.revision).toBe((await store.read()).revision);
    await follower.close();
  });
});

describe('a connection that nobody answers any more', () => {
  it('fails a read after the time limit, and is replaced', async () => {
    const store = open({ timeout: 300 });
    await store.commit([{ key: 'a', next: { default: 1 } }]);
    const set = await store.read();
    const [before] = await ids('flagwright');
    proxy.freeze();
    expect(await within(1_000, codeOf(store.read(set)))).toBe('UNAVAILABLE');
    // a new one is not answered either
    expect(await within(1_000, codeOf(store.read(set)))).toBe('UNAVAILABLE');
    proxy.thaw();
    expect(await within(1_000, store.read(set))).toBe(set);
    await expect.poll(() => ids('flagwright')).toHaveLength(1);
    expect(await ids('flagwright')).not.toContain(before);
  });

  it('is found out by those who only listen, at twice the heartbeat', async () => {
    for (const options of [{}, { client: client() }]) {
      const store = open({ ...options, heartbeat: 100 });
      await store.commit([]);
      const heard = await listen(store);
      await new Promise((resolve) => setTimeout(resolve, 350));
      expect(heard.failures).toEqual([]);
      proxy.freeze();
      await expect.poll(() => heard.failures.length, { timeout: 1_000, interval: 10 }).toBe(1);
      expect(heard.failures[0]).toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining('100 ms') });
      proxy.thaw();
      await expect.poll(() => codeOf(listen(store))).toBe('done');
    }
  });

  it('leaves a commit unsent whose question for the time was lost', async () => {
    const store = open({ timeout: 300 });
    const before = await store.commit([]);
    proxy.freeze();
    expect(await within(1_000, codeOf(store.commit([{ key: 'a', next: { default: 1 } }])))).toBe('UNAVAILABLE');
    proxy.thaw();
    expect((await store.read()).revision).toBe(before);
  });

  it('keeps nobody waiting who has given up', async () => {
    const store = open();
    await store.commit([]);
    await store.read();
    proxy.freeze();
    const aborter = new AbortController();
    const reading = codeOf(store.read(undefined, aborter.signal));
    setTimeout(() => aborter.abort(new Error('enough')), 50);
    expect(await within(500, reading)).toBe('Error: enough');
    proxy.thaw();
    expect(await codeOf(store.read())).toBe('done');
  });

  it('keeps nobody waiting who closes', async () => {
    const store = open({ timeout: 60_000 });
    await store.commit([]);
    const heard = await listen(store);
    proxy.freeze();
    const reading = codeOf(store.read());
    await within(1_000, store.close!());
    expect(await within(500, reading)).toBe('NOT_READY');
    expect(heard.failures).toEqual([]);
  });
});

describe('a Cluster', () => {
  it('goes on after its nodes have died one by one', { timeout: 120_000 }, async () => {
    const servers = await startRedisCluster({ masters: 3, replicas: 1 });
    cleanup.push(() => servers.stop());
    const cluster = new Cluster(servers.servers.map(({ port }) => ({ host: '127.0.0.1', port })));
    cluster.on('error', () => undefined);
    cleanup.push(() => cluster.disconnect());
    const store = open({ client: cluster, project: 'cluster' });
    await store.commit([{ key: 'a', next: { default: 0 } }]);
    const first = await store.read();
    const master = await holderOf(servers, '{flagwright:cluster:default}');

    const heard = await listen(store);
    await store.commit([{ key: 'a', next: { default: 1 } }]);
    await expect.poll(() => heard.hints).toBe(1);
    await master.cli('WAIT', '1', '1000');
    await master.kill();
    const again = [{ key: 'a', next: { default: 2 } }];
    await expect.poll(() => codeOf(store.commit(again)), { timeout: 60_000, interval: 200 }).toBe('done');
    const flags = (await store.read(first)).document.flags as ReadonlyMap<string, unknown>;
    expect(flags.get('a')).toEqual({ default: 2 });

    const follower = follow(store, { refreshInterval: 3_600_000 });
    await follower.ready();
    await expect
      .poll(() => codeOf(store.commit([{ key: 'a', next: { default: 3 } }])), { timeout: 60_000 })
      .toBe('done');
    await expect.poll(() => follower.snapshot?.flags.get('a')?.definition, { timeout: 60_000 }).toEqual({ default: 3 });
    await follower.close();
  });
});

/** The master that holds a key. */
async function holderOf({ servers }: RedisCluster, key: string): Promise<RedisServer> {
  const slot = Number(await servers[0]!.cli('CLUSTER', 'KEYSLOT', key));
  const nodes = (await servers[0]!.cli('CLUSTER', 'NODES')).split('\n').map((line) => line.split(' '));
  const holder = nodes.find((words) =>
    words.slice(8).some((range) => {
      const [from, to = from] = range.split('-').map(Number);
      return slot >= from! && slot <= to!;
    }),
  )!;
  return servers.find(({ port }) => holder[1]!.startsWith(`127.0.0.1:${port}@`))!;
}
