import { redisStore } from '@flagwright/sources/redis';
import { type RedisServer, startProxy, startRedis, type TcpProxy } from '@flagwright/test-servers';
import { Redis } from 'ioredis';
import type { Backend } from './backend.ts';
import { FOLLOWERS } from './crew.ts';
import type { Faults } from './fault.ts';
import { networkFaults } from './network.ts';

export interface RedisBackend extends Backend {
  readonly server: RedisServer;
  readonly proxy: TcpProxy;
}

/** Where the stores keep the set of these tests, as their documentation has it. */
export const ENTRIES = '{flagwright:default:default}:entries';

/** A Redis that keeps what it has acknowledged, behind a proxy; every other store is given a client. */
export async function startRedisBackend(): Promise<RedisBackend> {
  const server = await startRedis({ durable: true, password: 'hush/hush:p@ss?w#rd' });
  const proxy = await startProxy({ port: server.port });
  const url = proxy.through(server.url);
  return {
    name: 'redis',
    server,
    proxy,
    spec: (id) => ({ kind: 'redis', id, url, given: id % 2 === 1 }),
    content: () => asking(server.url, 5_000, async (client) => definitionsOf(await client.hgetall(ENTRIES))),
    answers: () => asking(url, 300, (client) => client.ping()).then(Boolean, () => false),
    silence: async () => proxy.freeze(),
    speak: async () => proxy.thaw(),
    async close() {
      await proxy.close();
      await server.stop();
    },
  };
}

/** Asks a plain client of its own connection. Throws if it takes longer than `within` ms. */
export async function asking<T>(url: string, within: number, question: (client: Redis) => Promise<T>): Promise<T> {
  const once = { lazyConnect: true, retryStrategy: () => null, enableReadyCheck: false };
  const client = new Redis(url, { ...once, connectTimeout: within, commandTimeout: within });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await question(client);
  } finally {
    client.disconnect();
  }
}

/** The definitions of flags in the fields of a set. */
export function definitionsOf(fields: Readonly<Record<string, string>>): ReadonlyMap<string, unknown> {
  const flags = Object.entries(fields).filter(([field]) => field.startsWith('flag:'));
  return new Map(flags.map(([field, text]) => [field.slice('flag:'.length), JSON.parse(text) as unknown]));
}

/** What befalls a Redis. */
export const redisFaults: Faults<RedisBackend> = {
  ...networkFaults,
  'shut down, and started again': ({ server }) => ({
    symptom: 'break',
    away: [0, 500],
    async strike() {
      // the program says that its connection was closed
      await server.cli('SHUTDOWN').catch(() => undefined);
      await server.kill();
    },
    mend: () => server.start(),
  }),
  'connections for hints closed': ({ server }) => ({
    symptom: 'hints',
    away: [0, 0],
    async strike() {
      const closed = await server.cli('CLIENT', 'KILL', 'TYPE', 'pubsub');
      if (Number(closed) !== FOLLOWERS) throw new Error(`${closed} connections listened; expected ${FOLLOWERS}`);
    },
    mend: async () => undefined,
  }),
  'FLUSHALL, and a restore': ({ server }) => {
    let found: ReadonlyMap<string, unknown>;
    return {
      symptom: 'told',
      code: 'NOT_FOUND',
      away: [1_600, 2_000],
      // what is not bound to what was read would make a new set of itself
      mode: 'raise',
      async strike() {
        found = await asking(server.url, 5_000, async (client) => {
          const [fields] = (await client.multi().hgetall(ENTRIES).flushall().exec()) ?? [];
          return definitionsOf(fields?.[1] as Record<string, string>);
        });
      },
      async mend() {
        const store = redisStore({ url: server.url });
        await store.commit([...found].map(([key, next]) => ({ key, next })));
        await store.close?.();
      },
      answers: () => asking(server.url, 1_000, (client) => client.exists(ENTRIES)).then((count) => count > 0),
    };
  },
};
