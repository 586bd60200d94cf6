import { freePort } from './free-port.ts';
import { type RedisServer, startRedis } from './redis.ts';
import { redisCli } from './redis-process.ts';
import { until } from './until.ts';

/** A Redis Cluster of its own. */
export interface RedisCluster {
  /** The URLs of all its nodes. */
  readonly nodes: readonly string[];
  /** The nodes themselves, in the same order: the masters first. */
  readonly servers: readonly RedisServer[];
  /** Shut all nodes down and remove their data. May be called again. */
  stop(): Promise<void>;
}

/** Settings of `startRedisCluster`. */
export interface RedisClusterOptions {
  /** 3 if left out, which is the least Redis accepts. */
  readonly masters?: number;
  /** How many for each master; 0 if left out. */
  readonly replicas?: number;
  /** After how many ms without an answer a node counts as failed; 1,000 if left out. */
  readonly nodeTimeout?: number;
  /** What all nodes ask clients for; nothing if left out. */
  readonly password?: string;
}

/** Start a Redis Cluster on 127.0.0.1. Resolves when every node says that all slots are served. */
export async function startRedisCluster(options: RedisClusterOptions = {}): Promise<RedisCluster> {
  const { masters = 3, replicas = 0, nodeTimeout = 1_000, password } = options;
  const args = ['--cluster-enabled', 'yes', '--cluster-node-timeout', String(nodeTimeout)];
  const count = masters * (1 + replicas);
  const servers: RedisServer[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.stop()));
  };
  try {
    for (let index = 0; index < count; index += 1) {
      servers.push(await startRedis({ password, port: await freePort({ bus: true }), args }));
    }
    const addresses = servers.map(({ port }) => `127.0.0.1:${port}`);
    const how = ['--cluster-replicas', String(replicas), '--cluster-yes'];
    await redisCli(['--cluster', 'create', ...addresses, ...how], password);
    await until('all nodes of the Redis Cluster know each other and serve all slots', async () => {
      const complete = await Promise.all(servers.map((server) => isComplete(server, count)));
      return complete.every(Boolean);
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { nodes: servers.map(({ url }) => url), servers, stop };
}

async function isComplete(server: RedisServer, count: number): Promise<boolean> {
  const cluster = await server.cli('CLUSTER', 'INFO');
  if (!/^cluster_state:ok/m.test(cluster) || !cluster.includes(`cluster_known_nodes:${count}\r`)) return false;
  const replication = await server.cli('INFO', 'replication');
  return /^role:master/m.test(replication) || /^master_link_status:up/m.test(replication);
}
