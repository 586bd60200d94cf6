import { randomUUID } from 'node:crypto';
import type { Edit } from '@flagwright/core';
import {
  type RedisCluster,
  type RedisSentinel,
  type RedisServer,
  type Server,
  startProxy,
  startRedis,
  startRedisCluster,
  startSentinel,
  type TcpProxy,
} from '@flagwright/test-servers';
import { type StoreFixture, storeContract } from '@flagwright/testing';
import { Cluster, Redis } from 'ioredis';
import { afterAll, beforeAll, inject } from 'vitest';
import { redisStore } from './index.ts';

const INITIAL: readonly Edit[] = [
  { key: 'checkout', next: { type: 'boolean', default: false } },
  { key: 'theme', next: { default: 'light', variants: { light: 'light', dark: 'dark' } } },
  { kind: 'segment', key: 'staff', next: { included: ['user-1'] } },
];

const fresh = (): { project: string } => ({ project: `contract-${randomUUID()}` });

/** Takes servers away by stopping their processes: connections stay open, and nobody answers. */
const pausing = (servers: readonly Server[]): Pick<StoreFixture, 'breakIt' | 'mend'> => ({
  async breakIt() {
    await Promise.all(servers.map((server) => server.pause()));
  },
  async mend() {
    await Promise.all(servers.map((server) => server.resume()));
  },
});

/** The time limit of stores whose servers are stopped, in ms: shorter than it takes others to call them dead. */
const SHORT = { timeout: 1_500 };

const serverOf = (url: string): { port: number } => ({ port: Number(new URL(url).port) });

/** Takes Redis away by a proxy: connections are cut, and new ones refused. */
function behind(proxy: TcpProxy): Pick<StoreFixture, 'breakIt' | 'mend'> {
  return {
    async breakIt() {
      await proxy.refuse();
      proxy.dropAll();
    },
    mend: () => proxy.accept(),
  };
}

storeContract({
  name: 'redis, by url',
  async open() {
    const proxy = await startProxy(serverOf(inject('redisUrl')));
    const source = redisStore({ url: proxy.through(inject('redisUrl')), ...fresh() });
    await source.commit(INITIAL);
    return {
      source,
      ...behind(proxy),
      async close() {
        await source.close?.();
        await proxy.close();
      },
    };
  },
});

storeContract({
  name: 'redis, empty, by a client of the caller',
  async open() {
    const proxy = await startProxy(serverOf(inject('redisUrl')));
    const client = new Redis(proxy.through(inject('redisUrl')));
    client.on('error', () => undefined);
    const source = redisStore({ client, ...fresh() });
    await source.commit([]);
    return {
      source,
      ...behind(proxy),
      async close() {
        await source.close?.();
        client.disconnect();
        await proxy.close();
      },
    };
  },
});

storeContract({
  name: 'redis, by a client with a prefix, RESP3 replies and automatic pipelines, changed by another store',
  async open() {
    const options = { keyPrefix: 'app:', replyMapping: 'resp3', enableAutoPipelining: true, db: 3 } as const;
    const proxy = await startProxy(serverOf(inject('redisUrl')));
    const client = new Redis(proxy.through(inject('redisUrl')), options);
    client.on('error', () => undefined);
    const other = new Redis(inject('redisUrl'), { keyPrefix: 'app:', db: 3, protocol: 2 });
    const set = fresh();
    const source = redisStore({ client, ...set });
    const outside = redisStore({ client: other, ...set });
    await outside.commit(INITIAL);
    return {
      source,
      async change(edits) {
        await outside.commit(edits);
      },
      ...behind(proxy),
      async close() {
        await source.close?.();
        await outside.close?.();
        client.disconnect();
        other.disconnect();
        await proxy.close();
      },
    };
  },
});

let secured: RedisServer;
let cluster: RedisCluster;
let sentinel: RedisSentinel;

beforeAll(async () => {
  const password = 'p@ss/w:rd?#%';
  [secured, cluster, sentinel] = await Promise.all([
    startRedis({ password }),
    startRedisCluster({ masters: 3, replicas: 1, nodeTimeout: 10_000, password }),
    startSentinel({ downAfter: 10_000, password }),
  ]);
});

afterAll(async () => {
  await Promise.all([secured, cluster, sentinel].map((server) => server?.stop()));
});

storeContract({
  name: 'redis, with a password',
  async open() {
    const source = redisStore({ url: `${secured.url}/1`, ...fresh(), ...SHORT });
    await source.commit(INITIAL);
    return { source, ...pausing([secured]), close: async () => source.close?.() };
  },
});

storeContract({
  name: 'redis, a Cluster whose reads go to replicas',
  async open() {
    const nodes = cluster.servers.map(({ port }) => ({ host: '127.0.0.1', port }));
    const client = new Cluster(nodes, {
      scaleReads: 'slave',
      redisOptions: { password: cluster.servers[0]!.password! },
    });
    const source = redisStore({ client, ...fresh(), ...SHORT });
    await source.commit(INITIAL);
    return {
      source,
      ...pausing(cluster.servers),
      async close() {
        await source.close?.();
        client.disconnect();
      },
    };
  },
});

storeContract({
  name: 'redis, with Sentinels',
  async open() {
    const { sentinels, name } = sentinel;
    const client = new Redis({ sentinels: [...sentinels], name, password: sentinel.master().password! });
    const source = redisStore({ client, ...fresh(), ...SHORT });
    await source.commit(INITIAL);
    return {
      source,
      ...pausing([sentinel.master(), sentinel.replica()]),
      async close() {
        await source.close?.();
        client.disconnect();
      },
    };
  },
});
