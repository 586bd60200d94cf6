import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RedisCluster, startRedisCluster } from '../src/redis-cluster.ts';
import { until } from '../src/until.ts';
import { ownFolders } from './support.ts';

let cluster: RedisCluster;

beforeAll(async () => {
  cluster = await startRedisCluster({ replicas: 1, password: 'p@ss' });
});
afterAll(() => cluster.stop());

describe('startRedisCluster', () => {
  it('spreads the slots over three masters, each with a replica', async () => {
    const nodes = await cluster.servers[0]!.cli('CLUSTER', 'NODES');
    expect(nodes.match(/ (myself,)?master /g)).toHaveLength(3);
    expect(nodes.match(/ (myself,)?slave /g)).toHaveLength(3);
    expect(cluster.nodes).toEqual(cluster.servers.map(({ port }) => `redis://:p%40ss@127.0.0.1:${port}`));
  });

  it('keeps keys where they belong', async () => {
    const [first] = cluster.servers;
    const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
    for (const key of keys) expect(await first!.cli('-c', 'SET', key, key)).toBe('OK');
    const failures = await Promise.all(keys.map((key) => first!.cli('GET', key).catch(String)));
    expect(failures.some((failure) => failure.includes('MOVED'))).toBe(true);
    for (const key of keys) expect(await first!.cli('-c', 'GET', key)).toBe(key);
  });

  it('makes a replica the master when its master is killed', async () => {
    const [killed, other] = cluster.servers;
    await killed!.kill();
    await until('a replica has taken over', async () => {
      const nodes = await other!.cli('CLUSTER', 'NODES');
      return nodes.match(/ (myself,)?master - /g)?.length === 3;
    });
    await until('all slots are served', async () => (await other!.cli('CLUSTER', 'INFO')).includes('cluster_state:ok'));
  });

  it('leaves nothing when it is stopped', async () => {
    const before = ownFolders().length;
    await cluster.stop();
    expect(before - ownFolders().length).toBe(6);
  });
});
