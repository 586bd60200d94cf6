import { describe, expect, it, onTestFinished } from 'vitest';
import { type RedisSentinel, type RedisSentinelOptions, startSentinel } from '../src/redis-sentinel.ts';
import { ownFolders } from './support.ts';

async function sentinelWith(options: RedisSentinelOptions): Promise<RedisSentinel> {
  const sentinel = await startSentinel(options);
  onTestFinished(() => sentinel.stop());
  return sentinel;
}

describe('startSentinel', () => {
  it.each([1, 3] as const)('lets %d sentinels make the replica the master on request', async (sentinels) => {
    const before = ownFolders();
    const sentinel = await sentinelWith({ sentinels, password: 'p@ss' });
    expect(sentinel.sentinels).toHaveLength(sentinels);
    const [first, second] = [sentinel.master(), sentinel.replica()];
    await first.cli('SET', 'a', '1');
    await expect(second.cli('SET', 'a', '2')).rejects.toThrow('READONLY');

    await sentinel.failover();
    expect([sentinel.master(), sentinel.replica()]).toEqual([second, first]);
    expect(await second.cli('GET', 'a')).toBe('1');
    expect(await second.cli('SET', 'a', '2')).toBe('OK');

    await sentinel.stop();
    expect(ownFolders()).toEqual(before);
  });

  it('waits until they have when the master was killed; the new role outlives the process', async () => {
    const sentinel = await sentinelWith({ sentinels: 3 });
    const [first, second] = [sentinel.master(), sentinel.replica()];
    await first.kill();
    await sentinel.failover();
    expect(sentinel.master()).toBe(second);
    expect(await second.cli('SET', 'a', '1')).toBe('OK');
    await second.kill();
    await second.start();
    expect(await second.cli('SET', 'a', '2')).toBe('OK');
  }, 60_000);
});
