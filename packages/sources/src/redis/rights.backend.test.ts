import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { FlagError, type FlagSource, type FlagStore } from '@flagwright/core';
import { type RedisServer, startRedis } from '@flagwright/test-servers';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { memoryStore } from '../memory.ts';
import { cachedBy } from '../redis-cache/index.ts';
import { redisStore } from './index.ts';

const OPERATE = readFileSync(new URL('../../../../docs/operate.md', import.meta.url), 'utf8');

/** The words of each `ACL SETUSER` that the documentation gives, by the name of the user. */
const DOCUMENTED = new Map(
  [...OPERATE.matchAll(/^ *ACL SETUSER (\S+) (.*)$/gm)].map(([, user, rights]) => [user!, rights!.split(' ')]),
);

const PASSWORD = 'secret';
const cleanup: (() => unknown)[] = [];
let server: RedisServer;

beforeAll(async () => {
  server = await startRedis();
  for (const [user, rights] of DOCUMENTED) {
    await server.cli('ACL', 'SETUSER', user, ...rights.map((word) => word.replace(/^>.*/, `>${PASSWORD}`)));
  }
});

afterAll(() => server.stop());

afterEach(async () => {
  for (const undo of cleanup.splice(0).reverse()) await undo();
  await server.cli('ACL', 'LOG', 'RESET');
});

const urlOf = (user: string): string => `redis://${user}:${PASSWORD}@127.0.0.1:${server.port}`;

function closing<S extends FlagSource>(source: S): S {
  cleanup.push(() => source.close?.());
  return source;
}

/** What users were refused since the last test. */
const refused = async (): Promise<string> => (await server.cli('ACL', 'LOG')).trim();

describe('the documented rights', () => {
  it('are of a reader, a writer, and a copy', () => {
    expect([...DOCUMENTED.keys()]).toEqual(['flags-reader', 'flags-writer', 'flags-copy']);
  });

  it.each(['a url', 'a client'])('are enough to read and write, over %s', async (over) => {
    const set = { project: randomUUID() };
    const open = (user: string): FlagStore => {
      if (over === 'a url') return closing(redisStore({ url: urlOf(user), ...set }));
      const client = new Redis(urlOf(user), { disableClientInfo: true });
      cleanup.push(() => client.disconnect());
      return closing(redisStore({ client, ...set }));
    };
    const [reader, writer] = [open('flags-reader'), open('flags-writer')];
    await writer.commit([
      { key: 'a', next: { default: 1 } },
      { key: 'b', next: { default: 1 } },
    ]);
    const before = await reader.read();
    const changed = vi.fn();
    await reader.subscribe!({ changed, failed: (cause) => expect.fail(String(cause)) });
    // a change, a deletion, and as many commits that the oldest are forgotten
    for (let n = 0; n < 120; n++) await writer.commit([{ key: 'a', next: { default: n } }]);
    await writer.commit([{ key: 'b', next: null }]);
    await expect.poll(() => changed.mock.calls.length).toBeGreaterThan(0);
    expect([...((await reader.read(before)).document.flags as ReadonlyMap<string, unknown>)]).toEqual([
      ['a', { default: 119 }],
    ]);
    expect(await refused()).toBe('');
    await expect(reader.commit([{ key: 'a', next: null }])).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
  });

  it('are enough for a copy', async () => {
    const store = memoryStore({ flags: { a: { default: 1 } } });
    let away: FlagError | undefined;
    const origin: FlagSource = {
      ...store,
      async read(previous, signal) {
        if (away !== undefined) throw away;
        return store.read(previous, signal);
      },
      close: async () => undefined,
    };
    const at = { url: urlOf('flags-copy'), project: randomUUID(), maxAge: 50 };
    const [one, two] = [closing(cachedBy(at, origin)), closing(cachedBy(at, origin))];
    const changed = vi.fn();
    for (const copy of [one, two]) await copy.subscribe!({ changed, failed: (cause) => expect.fail(String(cause)) });
    await one.read();
    await store.commit([
      { key: 'a', next: null },
      { key: 'b', next: { default: 2 } },
    ]);
    await expect
      .poll(async () => [...((await two.read()).document.flags as ReadonlyMap<string, unknown>).keys()])
      .toEqual(['b']);
    away = new FlagError('UNAVAILABLE', 'away');
    await expect.poll(async () => (await two.read()).stale).toBeDefined();
    away = undefined;
    await expect.poll(async () => (await two.read()).stale, { timeout: 5_000 }).toBeUndefined();
    await one.close?.();
    expect(await refused()).toBe('');
  });

  it('to forget old commits is not needed for a commit', async () => {
    await server.cli(
      'ACL',
      'SETUSER',
      'hoarder',
      'reset',
      'on',
      `>${PASSWORD}`,
      '+@all',
      '-zremrangebyscore',
      '~*',
      '&*',
    );
    const store = closing(redisStore({ url: urlOf('hoarder'), project: randomUUID() }));
    for (let n = 0; n < 110; n++) await store.commit([{ key: 'a', next: { default: n } }]);
    expect((await store.read()).revision).toMatch(/\.110$/);
  });
});
