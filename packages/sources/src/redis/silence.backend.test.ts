import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket, connect as socketTo } from 'node:net';
import { type FlagStore, follow } from '@flagwright/core';
import { type RedisServer, startRedis } from '@flagwright/test-servers';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { redisStore } from './index.ts';

// Connections that are accepted and then never answered, for good; only new ones work, later.

const PASSWORD = 'secret';
const TIMEOUT = 400;

let server: RedisServer;
let way: Way;
const cleanup: (() => unknown)[] = [];

/** A way to the server. */
interface Way {
  readonly url: string;
  /** How many sockets are open on it. */
  readonly sockets: number;
  /** From now on no connection is answered any more, nor is a new one. */
  fallSilent(): void;
  /** From now on new connections are. */
  answer(): void;
  close(): Promise<void>;
}

async function openWay(port: number): Promise<Way> {
  let silent = false;
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  };
  const listener: Server = createServer((client) => {
    keep(client);
    // what comes is taken, and goes nowhere
    client.resume();
    if (silent) return;
    const behind = keep(socketTo(port, '127.0.0.1'));
    client.pipe(behind).pipe(client);
    client.on('close', () => behind.destroy());
    behind.on('close', () => client.destroy());
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    url: `redis://:${PASSWORD}@127.0.0.1:${(listener.address() as AddressInfo).port}`,
    get sockets() {
      return sockets.size;
    },
    fallSilent() {
      silent = true;
      for (const socket of sockets) socket.unpipe().resume();
    },
    answer() {
      silent = false;
    },
    async close() {
      const closed = once(listener, 'close');
      listener.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

beforeAll(async () => {
  server = await startRedis({ password: PASSWORD });
});

afterAll(() => server.stop());

beforeEach(async () => {
  way = await openWay(server.port);
  cleanup.push(() => way.close());
});

afterEach(async () => {
  for (const undo of cleanup.splice(0).reverse()) await undo();
});

function open(given: boolean, project: string, timeout = TIMEOUT): FlagStore {
  const times = { timeout, heartbeat: 100 };
  if (!given) {
    const store = redisStore({ url: way.url, project, ...times });
    cleanup.push(() => store.close?.());
    return store;
  }
  const client = new Redis(way.url, { retryStrategy: () => 50, connectTimeout: timeout, socketTimeout: timeout });
  client.on('error', () => undefined);
  const store = redisStore({ client, project, ...times });
  cleanup.push(
    () => client.disconnect(),
    () => store.close?.(),
  );
  return store;
}

const listening = (store: FlagStore): Promise<string> =>
  Promise.resolve(store.subscribe!({ changed: () => undefined, failed: () => undefined })).then(
    () => 'done',
    ({ code }: { readonly code: string }) => code,
  );

describe('a server that accepts and says nothing', () => {
  it.each([false, true])('is given up in time by those who only listen; over a client given: %s', async (given) => {
    way.fallSilent();
    const store = open(given, randomUUID());
    const started = performance.now();
    expect(await listening(store)).toBe('UNAVAILABLE');
    expect(await listening(store)).toBe('UNAVAILABLE');
    expect(performance.now() - started).toBeLessThan(3 * TIMEOUT);
    way.answer();
    // nobody reads, and yet what was begun before does not stand in the way
    await expect.poll(() => listening(store), { timeout: 4 * TIMEOUT }).toBe('done');
  });

  it('leaves nothing behind of attempts that were given up', async () => {
    way.fallSilent();
    const stores = Array.from({ length: 4 }, () => open(false, randomUUID()));
    for (let n = 0; n < 3; n++)
      await Promise.all(
        stores.flatMap((store) => [store.read(), store.commit([])].map((p) => p.catch(() => undefined))),
      );
    await Promise.all(stores.map((store) => store.close?.()));
    await expect.poll(() => way.sockets).toBe(0);
  });

  it('again and again, is followed as soon as it answers', { timeout: 120_000 }, async () => {
    const project = randomUUID();
    const direct = redisStore({ url: server.url, project });
    cleanup.push(() => direct.close?.());
    await direct.commit([]);
    // own clients are shared by those of the same terms
    const followers = Array.from({ length: 8 }, (_, i) => follow(open(i % 2 === 1, project, TIMEOUT + i)));
    cleanup.push(() => Promise.all(followers.map((follower) => follower.close())));
    const well = (): boolean =>
      followers.every((follower) => follower.health().status === 'ready' && follower.health().subscribed);
    await expect.poll(well, { timeout: 5_000 }).toBe(true);
    for (let round = 0; round < 6; round++) {
      way.fallSilent();
      await new Promise((resolve) => setTimeout(resolve, 1_500 + 150 * round));
      way.answer();
      await expect.poll(well, { timeout: 5_000, interval: 20 }).toBe(true);
    }
  });
});
