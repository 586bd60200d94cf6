import { randomUUID } from 'node:crypto';
import { type FlagSet, type FlagSource, follow } from '@flagwright/core';
import { type RedisServer, startRedis } from '@flagwright/test-servers';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { memoryStore } from '../memory.ts';
import { setKeys } from '../redis/keys.ts';
import { type CachedByOptions, cachedBy } from './index.ts';

let server: RedisServer;
const cleanup: (() => unknown)[] = [];

beforeAll(async () => {
  server = await startRedis();
});

afterAll(() => server.stop());

afterEach(async () => {
  for (const undo of cleanup.splice(0).reverse()) await undo();
  vi.restoreAllMocks();
});

const without = (command: string) => async (): Promise<Partial<CachedByOptions>> => {
  await server.cli('ACL', 'SETUSER', 'weak', 'reset', 'on', '>secret', '+@all', `-${command}`, '~*', '&*');
  return { url: `redis://weak:secret@127.0.0.1:${server.port}` };
};

describe('a Redis that can be read, and does not take the copy', () => {
  it.each<[string, (project: string) => Promise<Partial<CachedByOptions>>, string]>([
    ['for want of rights to the changes', without('zadd'), 'credentials'],
    ['for want of rights to everything', without('hset'), 'credentials'],
    [
      'for a key that is something else',
      async (project) => {
        const { changes } = setKeys({ prefix: 'flagwright', project, stage: 'default' }, 'copy');
        await server.cli('SET', changes, 'x');
        return {};
      },
      'cannot do it',
    ],
    [
      'for its memory is full',
      async () => {
        await server.cli('CONFIG', 'SET', 'maxmemory', '1');
        cleanup.push(() => server.cli('CONFIG', 'SET', 'maxmemory', '0'));
        return {};
      },
      'OOM',
    ],
  ])('%s, lets each process ask the origin, and is told once', async (_, prepare, why) => {
    const emitted = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const project = randomUUID();
    const at = { url: server.url, project, maxAge: 200, ...(await prepare(project)) } as CachedByOptions;
    const origin = memoryStore({ flags: { a: { default: 1 } } });
    const source: FlagSource = { ...origin, close: async () => undefined };
    const followers = Array.from({ length: 3 }, () => follow(cachedBy(at, source), { refreshInterval: 300 }));
    cleanup.push(() => Promise.all(followers.map((follower) => follower.close())));
    const started = performance.now();
    await Promise.all(followers.map((follower) => follower.ready()));
    expect(performance.now() - started).toBeLessThan(3_000);
    await origin.commit([{ key: 'a', next: { default: 2 } }]);
    await expect
      .poll(() => followers.map(({ snapshot }) => snapshot?.flags.get('a')?.source), { timeout: 3_000 })
      .toEqual(followers.map(() => ({ default: 2 })));
    for (const follower of followers) expect(follower.health().status).toBe('ready');
    const told = emitted.mock.calls
      .map(([message]) => String(message))
      .filter((message) => message.includes('copy of'));
    expect(told.length).toBeGreaterThan(0);
    expect(told.length).toBeLessThanOrEqual(2 * followers.length);
    for (const message of told) expect(message).toContain(why);
  });

  it('takes it again as soon as it can', async () => {
    vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const at = { project: randomUUID(), maxAge: 200, ...(await without('zadd')()) } as CachedByOptions;
    let reads = 0;
    const set: FlagSet = { document: { flags: { a: { default: 1 } } }, revision: 'r.1' };
    const source: FlagSource = {
      name: 'origin',
      read: async () => {
        reads++;
        return set;
      },
    };
    const copies = [cachedBy(at, source), cachedBy(at, source)];
    for (const copy of copies) {
      cleanup.push(() => copy.close?.());
      await copy.subscribe!({ changed: () => undefined, failed: () => undefined });
      expect((await copy.read()).revision).toBe('r.1');
    }
    await server.cli('ACL', 'SETUSER', 'weak', '+@all');
    for (const copy of copies) {
      await expect.poll(async () => (await copy.read()).revision, { timeout: 3_000 }).not.toBe('r.1');
    }
    expect(reads).toBeGreaterThan(0);
  });

  it('and too many flags', { timeout: 60_000 }, async () => {
    vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const flags = Object.fromEntries(Array.from({ length: 300_001 }, (_, i) => [`flag-${i}`, { default: i }]));
    const set: FlagSet = { document: { flags }, revision: 'r.1' };
    const copy = cachedBy({ url: server.url, project: randomUUID() }, { name: 'origin', read: async () => set });
    cleanup.push(() => copy.close?.());
    const read = await copy.read();
    expect([read.revision, read.stale]).toEqual(['r.1', undefined]);
  });
});
