import { randomUUID } from 'node:crypto';
import type { Edit, FlagError, FlagSet, FlagStore } from '@flagwright/core';
import { startProxy, startRedis, startSentinel } from '@flagwright/test-servers';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { writeFields } from './commit.ts';
import { redisStore } from './index.ts';
import { setKeys } from './keys.ts';
import type { Link } from './link.ts';
import { COMMIT, run } from './scripts.ts';
import { redisSet } from './set.ts';

let raw: Redis;
const cleanup: (() => unknown)[] = [];

beforeAll(() => {
  raw = new Redis(inject('redisUrl'));
});

afterAll(() => raw.disconnect());

afterEach(async () => {
  for (const undo of cleanup.splice(0).reverse()) await undo();
});

const fresh = (): { prefix: string; project: string; stage: string } => ({
  prefix: 'commit',
  project: randomUUID(),
  stage: 'default',
});

function open(options: Parameters<typeof redisStore>[0]): FlagStore {
  const store = redisStore(options);
  cleanup.push(() => store.close?.());
  return store;
}

const flagOf = ({ document }: FlagSet, key: string): unknown =>
  (document.flags as ReadonlyMap<string, unknown>).get(key);
const numberOf = (revision: string): number => Number(revision.split('.')[1]);
const counter = (count: number): Record<string, unknown> => ({ type: 'integer', default: count });
const failure = (promise: Promise<unknown>): Promise<FlagError> =>
  promise.then(
    (value) => Promise.reject(new Error(`resolved to ${String(value)}`)),
    (error: FlagError) => error,
  );

describe('commits', () => {
  it('lose no update among 8 clients that count to 200 each', { timeout: 120_000 }, async () => {
    const set = fresh();
    const writers = Array.from({ length: 8 }, () => {
      const client = new Redis(inject('redisUrl'));
      cleanup.push(() => client.disconnect());
      return open({ client, ...set });
    });
    await writers[0]!.commit([{ key: 'count', next: counter(0) }]);
    let conflicts = 0;
    const revisions = new Set<string>();
    await Promise.all(
      writers.map(async (store) => {
        let known = await store.read();
        for (let done = 0; done < 200; ) {
          const was = flagOf(known, 'count') as { readonly default: number };
          try {
            revisions.add(await store.commit([{ key: 'count', was, next: counter(was.default + 1) }]));
            done++;
          } catch (error) {
            expect(error).toMatchObject({ code: 'CONFLICT' });
            conflicts++;
          }
          known = await store.read(known);
        }
      }),
    );
    expect(flagOf(await writers[0]!.read(), 'count')).toEqual(counter(1_600));
    expect(revisions.size).toBe(1_600);
    expect(conflicts).toBeGreaterThan(0);
  });

  it('take 30,000 edits at once, and take them back', { timeout: 60_000 }, async () => {
    const store = open({ url: inject('redisUrl'), ...fresh() });
    const keys = Array.from({ length: 30_000 }, (_, i) => `flag-${i}`);
    const definition = (key: string): Record<string, unknown> => ({
      type: 'string',
      default: key,
      salt: 'x'.repeat(200),
    });
    const empty = await store.commit([]).then(() => store.read());
    await store.commit(keys.map((key) => ({ key, was: null, next: definition(key) })));
    const full = await store.read(empty);
    expect((full.document.flags as ReadonlyMap<string, unknown>).size).toBe(30_000);
    for (const key of ['flag-0', 'flag-999', 'flag-1000', 'flag-1001', 'flag-29999']) {
      expect(flagOf(full, key)).toEqual(definition(key));
    }
    const wrong = keys.map((key, i): Edit => ({ key, next: null, was: i === 29_999 ? null : definition(key) }));
    expect(await failure(store.commit(wrong))).toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('flag-29999'),
    });
    expect((await store.read(full)).revision).toBe(full.revision);
    await store.commit(keys.map((key) => ({ key, next: null, was: definition(key) })));
    expect((await store.read(full)).document).toEqual((await store.read()).document);
    expect(((await store.read()).document.flags as ReadonlyMap<string, unknown>).size).toBe(0);
  });

  it('of too many edits are refused before they are sent', async () => {
    const store = open({ url: inject('redisUrl'), ...fresh() });
    const edits = Array.from({ length: 300_001 }, (_, i): Edit => ({ key: `flag-${i}`, next: null }));
    expect(await failure(store.commit(edits))).toMatchObject({ code: 'TOO_LARGE' });
    expect(await failure(store.read())).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('of no edits make an empty set exist, and change none that does', async () => {
    const store = open({ url: inject('redisUrl'), ...fresh() });
    expect(await failure(store.read())).toMatchObject({ code: 'NOT_FOUND' });
    const revision = await store.commit([]);
    expect(await store.read()).toMatchObject({ revision });
    expect(await store.commit([])).toBe(revision);
    const next = await store.commit([{ key: 'a', next: counter(1) }]);
    expect(await store.commit([])).toBe(next);
    expect(numberOf(next)).toBe(2);
  });

  it('of as much text as Redis does not take are refused before they are sent', async () => {
    const link = { ready: () => Promise.reject(new Error('asked')) } as unknown as Link;
    const next = JSON.stringify('x'.repeat(2 ** 26));
    const edits = Array.from({ length: 8 }, (_, i) => ({ field: `flag:${i}`, was: undefined, next }));
    const terms = { timeout: 1_000 };
    expect(await failure(writeFields(link, redisSet(fresh()), edits, terms))).toMatchObject({ code: 'TOO_LARGE' });
  });

  it('of a set that is gone are refused, but those that make a new one', async () => {
    const set = fresh();
    const { entries, changes } = setKeys(set);
    const writer = open({ client: raw, ...set });
    const reader = open({ client: raw, ...set });
    await writer.commit([
      { key: 'a', next: counter(1) },
      { key: 'b', next: counter(1) },
    ]);
    await reader.read();
    const stranger = (): FlagStore => open({ client: raw, ...set });
    const [change, deletion, bound, mixed]: Edit[][] = [
      [{ key: 'a', next: counter(2) }],
      [{ key: 'a', next: null }],
      [{ key: 'a', next: counter(2), was: counter(1) }],
      [
        { key: 'c', next: counter(2), was: null },
        { key: 'a', next: counter(2) },
      ],
    ];
    for (const lost of [[entries], [entries, changes]]) {
      await raw.del(lost);
      for (const edits of [change, deletion, bound, mixed]) {
        for (const store of [writer, reader]) {
          expect(await failure(store.commit(edits!))).toMatchObject({ code: 'NOT_FOUND' });
        }
      }
      for (const edits of [deletion, bound]) {
        expect(await failure(stranger().commit(edits!))).toMatchObject({ code: 'NOT_FOUND' });
      }
      expect(await raw.exists(entries)).toBe(0);
      await writer.commit([{ key: 'a', next: counter(3), was: null }]);
      expect([...((await reader.read()).document.flags as ReadonlyMap<string, unknown>).keys()]).toEqual(['a']);
    }
    await raw.del(entries, changes);
    await reader.commit([]);
    await writer.commit([{ key: 'a', next: counter(4) }]);
    await raw.del(entries, changes);
    await stranger().commit([{ key: 'a', next: counter(5) }]);
    expect(flagOf(await reader.read(), 'a')).toEqual(counter(5));
  });

  it('that change nothing keep the revision, and hint at nothing', async () => {
    const store = open({ url: inject('redisUrl'), ...fresh() });
    const definition = { type: 'boolean', default: true, variants: { on: true, off: false } };
    const revision = await store.commit([{ key: 'a', next: definition }]);
    let hints = 0;
    await store.subscribe!({ changed: () => hints++, failed: () => undefined });
    const sameInOtherOrder = { variants: { on: true, off: false }, default: true, type: 'boolean' };
    expect(await store.commit([{ key: 'a', next: sameInOtherOrder, was: definition }])).toBe(revision);
    expect(await store.commit([{ key: 'never', next: null }])).toBe(revision);
    expect(hints).toBe(0);
    // the order of variants means something
    const other = await store.commit([{ key: 'a', next: { ...definition, variants: { off: false, on: true } } }]);
    expect(other).not.toBe(revision);
    await expect.poll(() => hints).toBe(1);
  });

  it('of a managed set are for its manager', async () => {
    const set = fresh();
    const anybody = open({ url: inject('redisUrl'), ...set });
    const manager = open({ url: inject('redisUrl'), ...set, manager: 'control' });
    const other = open({ url: inject('redisUrl'), ...set, manager: 'another' });
    const before = await anybody.commit([{ key: 'a', next: counter(1) }]);
    expect(await manager.commit([])).toBe(before);
    for (const store of [anybody, other]) {
      expect(await failure(store.commit([{ key: 'a', next: counter(2) }]))).toMatchObject({
        code: 'MANAGED',
        message: expect.stringContaining('"control"'),
      });
      expect(await failure(store.commit([]))).toMatchObject({ code: 'MANAGED' });
    }
    const after = await manager.commit([{ key: 'a', next: counter(3), was: counter(1) }]);
    const read = await anybody.read();
    expect([read.revision, flagOf(read, 'a')]).toEqual([after, counter(3)]);
    expect(Object.keys(read.document)).toEqual(['flags']);
  });

  it('of two sets never meet, whatever their names', async () => {
    const names = [
      'a',
      'a:b',
      'b',
      ':',
      '}',
      '{',
      '{a}',
      'a}b',
      '%',
      '%3A',
      '%7D',
      'é',
      'e\u0301',
      '😀',
      ' ',
      '*',
      '\n',
      'x'.repeat(200),
    ];
    const id = randomUUID();
    const sets = names.flatMap((name) => [
      { prefix: id, project: name, stage: 'a' },
      { prefix: id, project: 'a', stage: name === 'a' ? 'b:a' : name },
      { prefix: `${id}${name}`.slice(0, 200), project: 'a', stage: 'a' },
    ]);
    const stores = sets.map((set) => open({ client: raw, ...set }));
    const hints = stores.map(() => 0);
    for (const [i, store] of stores.entries()) {
      await store.subscribe!({ changed: () => hints[i]!++, failed: () => undefined });
      await store.commit([{ key: 'which', next: counter(i), was: null }]);
    }
    for (const [i, store] of stores.entries()) expect(flagOf(await store.read(), 'which')).toEqual(counter(i));
    await expect.poll(() => hints).toEqual(stores.map(() => 1));
    expect(new Set(sets.map((set) => setKeys(set).entries)).size).toBe(sets.length);
  });

  it('refuse keys that UTF-8 cannot hold', async () => {
    const store = open({ url: inject('redisUrl'), ...fresh() });
    expect(await failure(store.commit([{ key: 'a\ud800', next: counter(1) }]))).toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    const text = { type: 'string', default: 'half \ud800' };
    await store.commit([{ key: 'a', next: text }]);
    expect(flagOf(await store.read(), 'a')).toEqual(text);
  });
});

describe('a commit that the driver sends twice', () => {
  it('happens once', async () => {
    const set = fresh();
    const { entries, changes, channel } = setKeys(set);
    const store = open({ client: raw, ...set });
    await store.commit([{ key: 'a', next: counter(0) }]);
    const args = ['00000000deadbeef', '', String(Date.now() + 60_000), channel, '', '', 'flag:a', '', '{"default":1}'];
    const send = (): Promise<unknown> => run(raw, COMMIT, [entries, changes], args);
    expect(await send()).toEqual(['ok', '00000000deadbeef.2']);
    await store.commit([{ key: 'a', next: counter(2) }]);
    expect(await send()).toEqual(['ok', '00000000deadbeef.2']);
    expect(flagOf(await store.read(), 'a')).toEqual(counter(2));
  });

  it('is refused when its time is up', async () => {
    const set = fresh();
    const { entries, changes, channel } = setKeys(set);
    const args = ['00000000deadbeef', '', String(Date.now() - 60_000), channel, '', '', 'flag:a', '', '{"default":1}'];
    expect(await run(raw, COMMIT, [entries, changes], args)).toEqual(['late']);
    expect(await raw.exists(entries)).toBe(0);
  });

  it('happens once when connections are cut while answers are under way', { timeout: 120_000 }, async () => {
    const server = await startRedis();
    cleanup.push(() => server.stop());
    const proxy = await startProxy(server);
    cleanup.push(() => proxy.close());
    const client = new Redis(proxy.through(server.url), { retryStrategy: () => 5, maxRetriesPerRequest: null });
    client.on('error', () => undefined);
    cleanup.push(() => client.disconnect());
    const store = open({ client, ...fresh() });
    let commits = numberOf(await store.commit([]));
    let asked = 0;
    for (let round = 0; round < 80; round++) {
      // slow enough that answers are still on their way when the connection goes
      proxy.latency(10);
      // each undoes the one before: a second time would undo a later one, and count
      const pending = Array.from({ length: 10 }, () => store.commit([{ key: 'flag', next: counter(++asked) }]));
      // the time, and then the commits, need 20 ms each
      await new Promise((resolve) => setTimeout(resolve, 22 + (round % 15)));
      if (round % 2 === 0) proxy.dropAll();
      else await server.cli('CLIENT', 'KILL', 'TYPE', 'normal');
      proxy.latency(0);
      const outcomes = await Promise.allSettled(pending);
      const revisions = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []));
      for (const outcome of outcomes) {
        // cut off once more before it was sent
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'UNAVAILABLE' });
      }
      expect(new Set(revisions).size).toBe(revisions.length);
      commits += revisions.length;
      await expect.poll(() => store.read().then(({ revision }) => numberOf(revision), String)).toBe(commits);
    }
    expect(commits).toBeGreaterThan(600);
    // it was the scripts that made this right: the server ran more of them than were asked for
    const [, calls] = /cmdstat_evalsha:calls=(\d+)/.exec(await server.cli('INFO', 'commandstats'))!;
    expect(Number(calls)).toBeGreaterThan(2 * commits + 30);
  });

  it('is counted once or never when the store has its own client, which sends nothing twice', {
    timeout: 120_000,
  }, async () => {
    const set = fresh();
    const proxy = await startProxy({ port: Number(new URL(inject('redisUrl')).port) });
    cleanup.push(() => proxy.close());
    const store = open({ url: proxy.through(inject('redisUrl')), ...set });
    const truth = open({ client: raw, ...set });
    await store.commit([]);
    const codes = new Set<string>();
    let landed = 0;
    for (let round = 0; round < 60; round++) {
      proxy.latency(5);
      const before = numberOf((await truth.read()).revision);
      const pending = store.commit([{ key: `flag-${round}`, next: counter(round) }]).then(
        () => 'done',
        ({ code }: FlagError) => code,
      );
      // the longer ones for machines that are busy
      await new Promise((resolve) => setTimeout(resolve, (round % 15) * (1 + 3 * (round % 4))));
      proxy.dropAll();
      proxy.latency(0);
      const outcome = await pending;
      codes.add(outcome);
      const count = numberOf((await truth.read()).revision) - before;
      if (outcome === 'done') expect(count).toBe(1);
      else if (outcome === 'UNAVAILABLE') expect(count).toBe(0);
      else expect([0, 1]).toContain(count);
      if (outcome === 'UNKNOWN') landed += count;
      // until the store has found out that its connection is gone
      const outdated: Edit = { key: 'x', next: counter(1), was: counter(2) };
      await expect.poll(async () => (await failure(store.commit([outdated]))).code).toBe('CONFLICT');
    }
    expect([...codes].sort()).toEqual(['UNAVAILABLE', 'UNKNOWN', 'done']);
    expect(landed).toBeGreaterThan(0);
  });

  it('does not happen long after it was given up', { timeout: 60_000 }, async () => {
    const server = await startRedis();
    cleanup.push(() => server.stop());
    const proxy = await startProxy(server);
    cleanup.push(() => proxy.close());
    const client = new Redis(proxy.through(server.url), { maxRetriesPerRequest: null });
    cleanup.push(() => client.disconnect());
    const store = open({ client, ...fresh(), timeout: 600 });
    const before = await store.commit([{ key: 'a', next: counter(0) }]);
    const scripts = async (): Promise<number> =>
      Number(/cmdstat_evalsha:calls=(\d+)/.exec(await server.cli('INFO', 'commandstats'))![1]);
    for (let round = 1; ; round++) {
      expect(round).toBeLessThan(10);
      const ran = await scripts();
      const started = performance.now();
      proxy.latency(100);
      const outcome = failure(store.commit([{ key: 'a', next: counter(round) }]));
      // the answer with the time takes 200 ms, and then the commit is 100 ms on its way: there it stays
      await new Promise((resolve) => setTimeout(resolve, 250));
      proxy.freeze();
      const { code } = await outcome;
      await new Promise((resolve) => setTimeout(resolve, started + 2_000 - performance.now()));
      proxy.latency(0);
      proxy.thaw();
      await client.ping();
      expect((await store.read()).revision).toBe(before);
      if (code !== 'UNKNOWN') continue;
      // it did arrive
      expect(await scripts()).toBe(ran + 2);
      break;
    }
  });
});

describe('with Sentinels', () => {
  it('reads and commits go on after a failover, and hints come again', { timeout: 120_000 }, async () => {
    const sentinel = await startSentinel();
    cleanup.push(() => sentinel.stop());
    const client = new Redis({ sentinels: [...sentinel.sentinels], name: sentinel.name });
    client.on('error', () => undefined);
    cleanup.push(() => client.disconnect());
    const store = open({ client, ...fresh() });
    await store.commit([{ key: 'a', next: counter(1) }]);
    const set = await store.read();
    let armed: Promise<unknown> | undefined;
    const lost = new Promise((failed) => {
      armed = Promise.resolve(store.subscribe!({ changed: () => undefined, failed }));
    });
    await armed;
    await sentinel.master().kill();
    await lost;
    await sentinel.failover();
    await expect
      .poll(() => store.read(set).then(({ revision }) => revision, String), { timeout: 30_000 })
      .toBe(set.revision);
    let hints = 0;
    const subscribe = (): Promise<unknown> =>
      Promise.resolve(store.subscribe!({ changed: () => hints++, failed: () => undefined }));
    await expect.poll(() => subscribe().then(() => 'armed', String), { timeout: 30_000 }).toBe('armed');
    await store.commit([{ key: 'a', next: counter(2) }]);
    await expect.poll(() => hints).toBeGreaterThan(0);
    expect(flagOf(await store.read(set), 'a')).toEqual(counter(2));
  });
});
