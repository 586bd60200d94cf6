import { askRedis } from './ask-redis.ts';
import { freePort } from './free-port.ts';
import { type RedisServer, startRedis } from './redis.ts';
import { type RedisProcess, startRedisProcess } from './redis-process.ts';
import type { Server } from './server.ts';
import { until } from './until.ts';

/** A Redis master and a replica of its own, watched by sentinels. */
export interface RedisSentinel {
  /** Where the sentinels are, as ioredis takes it. */
  readonly sentinels: readonly { readonly host: string; readonly port: number }[];
  /** What the sentinels call the master. */
  readonly name: string;
  /** The master as of the start or the last `failover`. */
  master(): RedisServer;
  /** The other one. */
  replica(): RedisServer;
  /**
   * Make the replica the master: on request if the master answers, otherwise by waiting until the sentinels have found
   * out. Resolves when it is the master and all sentinels say so. The old one, if it answers, takes itself for a master
   * too for about 10 s more, as it does in earnest, and loses then what was written to it.
   */
  failover(): Promise<void>;
  /** Shut everything down and remove the data. May be called again. */
  stop(): Promise<void>;
}

/** Settings of `startSentinel`. */
export interface RedisSentinelOptions {
  /** How many sentinels; 1 if left out. */
  readonly sentinels?: 1 | 3;
  /**
   * After how many ms without an answer the sentinels take a server for dead; 2,000 if left out. Each failover closes
   * their own connections, which they open again 1 s later: with less than that, one failover may set off the next.
   */
  readonly downAfter?: number;
  /** What the Redis servers (not the sentinels) ask clients for; nothing if left out. */
  readonly password?: string;
}

/** What the sentinels call the master. */
const NAME = 'flags';

/** Start a master, a replica and sentinels on 127.0.0.1. Resolves when the sentinels know both and each other. */
export async function startSentinel(options: RedisSentinelOptions = {}): Promise<RedisSentinel> {
  const { sentinels: count = 1, password } = options;
  const started: Server[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(started.map((server) => server.stop()));
  };
  async function add<T extends Server>(starting: Promise<T>): Promise<T> {
    const server = await starting;
    started.push(server);
    return server;
  }

  try {
    let master = await add(startRedis({ password }));
    let replica = await add(startRedis({ password, args: ['--replicaof', '127.0.0.1', String(master.port)] }));
    await until('the replica has copied the master', () => follows(replica, master));

    const sentinels: RedisProcess[] = [];
    for (let index = 0; index < count; index += 1) sentinels.push(await add(startOne(master.port, options)));
    const all = async (holds: (sentinel: RedisProcess) => Promise<boolean>): Promise<boolean> =>
      (await Promise.all(sentinels.map(holds))).every(Boolean);
    const expected = `status=ok,address=127.0.0.1:${master.port},slaves=1,sentinels=${count}`;
    await until('the sentinels know the replica and each other', () =>
      all(async (sentinel) => (await sentinel.cli('INFO', 'sentinel')).includes(expected)),
    );

    return {
      sentinels: sentinels.map(({ port }) => ({ host: '127.0.0.1', port })),
      name: NAME,
      master: () => master,
      replica: () => replica,
      stop,
      async failover() {
        const [next, old] = [replica, master];
        if (await answers(old)) await until('a sentinel lets the replica take over', () => request(sentinels[0]!));
        await until(
          `the Redis on port ${next.port} is the master for all sentinels`,
          async () => {
            const known = await all(async (sentinel) => {
              const address = await sentinel.cli('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME);
              return address.endsWith(`\n${next.port}`);
            });
            return known && (await isMaster(next));
          },
          60_000,
        );
        [master, replica] = [next, old];
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startOne(master: number, options: RedisSentinelOptions): Promise<RedisProcess> {
  const { sentinels = 1, downAfter = 2_000, password } = options;
  const quorum = Math.ceil((sentinels + 1) / 2);
  const settings = [
    ['monitor', NAME, '127.0.0.1', String(master), String(quorum)],
    ['down-after-milliseconds', NAME, String(downAfter)],
    ['failover-timeout', NAME, '3000'],
    ...(password === undefined ? [] : [['auth-pass', NAME, password]]),
  ];
  return startRedisProcess({
    name: 'Redis Sentinel',
    port: await freePort(),
    configuration: settings.map((words) => ['sentinel', ...words]),
    args: ['--sentinel'],
  });
}

/** Ask for a failover; false if the sentinel has not yet found out that the replica is fit, or is at it already. */
async function request(sentinel: RedisProcess): Promise<boolean> {
  try {
    await sentinel.cli('SENTINEL', 'FAILOVER', NAME);
    return true;
  } catch (error) {
    if (/NOGOODSLAVE|INPROG/.test(String(error))) return false;
    throw error;
  }
}

async function answers({ port }: RedisServer): Promise<boolean> {
  return (await askRedis(port, 'PING')) !== undefined;
}

async function isMaster(server: RedisServer): Promise<boolean> {
  return /^role:master/m.test(await replication(server));
}

async function follows(server: RedisServer, master: RedisServer): Promise<boolean> {
  const state = await replication(server);
  return state.includes(`master_port:${master.port}\r`) && state.includes('master_link_status:up');
}

/** Empty if it cannot be asked: a Redis closes its connections when a sentinel gives it another role. */
function replication(server: RedisServer): Promise<string> {
  return server.cli('INFO', 'replication').catch(() => '');
}
