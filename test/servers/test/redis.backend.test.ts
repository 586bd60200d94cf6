import { existsSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isFree } from '../src/free-port.ts';
import { processesIn } from '../src/guarded-folder.ts';
import { type RedisOptions, type RedisServer, startRedis } from '../src/redis.ts';
import { ownFolders, pending } from './support.ts';

async function redisWith(options: RedisOptions = {}): Promise<RedisServer> {
  const redis = await startRedis(options);
  onTestFinished(() => redis.stop());
  return redis;
}

async function folderOf(redis: RedisServer): Promise<string> {
  return (await redis.cli('CONFIG', 'GET', 'dir')).split('\n')[1]!;
}

describe('startRedis', () => {
  it('starts an empty one, with settings', async () => {
    const redis = await redisWith({ args: ['--maxmemory', '10mb', '--maxmemory-policy', 'allkeys-lru'] });
    expect(redis.url).toBe(`redis://127.0.0.1:${redis.port}`);
    expect(await redis.cli('DBSIZE')).toBe('0');
    expect(await redis.cli('CONFIG', 'GET', 'maxmemory')).toBe('maxmemory\n10485760');
    expect(await redis.cli('CONFIG', 'GET', 'maxmemory-policy')).toBe('maxmemory-policy\nallkeys-lru');
  });

  it('fails at an error of the server', async () => {
    const redis = await redisWith();
    await redis.cli('SET', 'text', 'no list');
    await expect(redis.cli('LPUSH', 'text', '1')).rejects.toThrow('WRONGTYPE');
  });

  it('asks for a password if it has one', async () => {
    const password = 'a "b\\c" @:/?#%';
    const redis = await redisWith({ password });
    expect(decodeURIComponent(new URL(redis.url).password)).toBe(password);
    expect(await redis.cli('PING')).toBe('PONG');
    await expect(redis.cli('AUTH', 'wrong')).rejects.toThrow('WRONGPASS');
    const without = await redisWith();
    await expect(without.cli('-p', String(redis.port), 'PING')).rejects.toThrow('NOAUTH');
  });

  it('keeps every write when it is killed, if it is durable', async () => {
    const redis = await redisWith({ durable: true });
    for (let n = 1; n <= 20; n += 1) await redis.cli('INCR', 'n');
    await redis.kill();
    await expect(redis.cli('PING')).rejects.toThrow('Connection refused');
    await redis.start();
    expect(await redis.cli('GET', 'n')).toBe('20');
  });

  it('is empty after it was killed, if it is not durable', async () => {
    const redis = await redisWith();
    await redis.cli('SET', 'a', '1');
    await redis.kill();
    await redis.start();
    expect(await redis.cli('DBSIZE')).toBe('0');
  });

  it('can be started again after it has ended by itself', async () => {
    const redis = await redisWith({ durable: true });
    await redis.cli('SET', 'a', '1');
    await redis.cli('SHUTDOWN').catch(() => {});
    await redis.kill();
    await redis.start();
    expect(await redis.cli('GET', 'a')).toBe('1');
  });

  it('does not answer while it is paused, and goes on after', async () => {
    const redis = await redisWith();
    await redis.pause();
    const answer = redis.cli('PING');
    expect(await pending(answer)).toBe(true);
    await redis.resume();
    expect(await answer).toBe('PONG');
  });

  it.each(['running', 'paused', 'killed'] as const)('leaves nothing when it is stopped while %s', async (state) => {
    const redis = await redisWith();
    const folder = await folderOf(redis);
    expect(processesIn(folder)).toHaveLength(1);
    if (state === 'paused') await redis.pause();
    if (state === 'killed') await redis.kill();
    await redis.stop();
    await redis.stop();
    expect(processesIn(folder)).toEqual([]);
    expect(existsSync(folder)).toBe(false);
    expect(await isFree(redis.port)).toBe(true);
  });

  it('says why it cannot start, and leaves nothing', async () => {
    const before = ownFolders();
    await expect(startRedis({ args: ['--nonsense', 'yes'] })).rejects.toThrow(/nonsense/);
    expect(ownFolders()).toEqual(before);
  });
});
