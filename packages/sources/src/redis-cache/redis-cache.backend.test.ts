import {
  type FlagDocument,
  FlagError,
  type FlagSource,
  type FollowEvent,
  type Follower,
  follow,
} from '@flagwright/core';
import { type RedisServer, startRedis } from '@flagwright/test-servers';
import { sourceContract } from '@flagwright/testing';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { type MemoryStore, memoryStore } from '../memory.ts';
import { redisStore } from '../redis/index.ts';
import { type CachedByOptions, cachedBy } from './index.ts';

const DOCUMENT: FlagDocument = {
  bucketing: 'murmur3',
  flags: {
    checkout: { type: 'boolean', default: false },
    theme: { variants: { light: 'l', dark: 'd' }, defaultVariant: 'light' },
  },
  segments: { staff: { included: ['user-1'] } },
  attributes: { plan: 'string' },
  metadata: { team: 'shop' },
};

let sets = 0;
const place = (url: string): CachedByOptions => ({ url, project: `cache-${process.pid}-${++sets}`, timeout: 1_000 });

/** An origin that counts who asks it, and can be taken away. */
class Origin {
  readonly store: MemoryStore = memoryStore(DOCUMENT);
  reads = 0;
  subscriptions = 0;
  away: FlagError | undefined;

  /** As one process sees it: its end is not the end of the store. */
  source(): FlagSource {
    return {
      name: 'origin',
      read: async (previous, signal) => {
        this.reads++;
        if (this.away !== undefined) throw this.away;
        return this.store.read(previous, signal);
      },
      subscribe: async (observer) => {
        this.subscriptions++;
        const stop = await this.store.subscribe!(observer);
        return async () => {
          this.subscriptions--;
          await stop();
        };
      },
      close: async () => undefined,
    };
  }
}

sourceContract({
  name: 'a copy in Redis',
  hintWithin: 5_000,
  async open() {
    const origin = new Origin();
    const source = cachedBy({ ...place(inject('redisUrl')), maxAge: 50 }, origin.source());
    return {
      source,
      // what is read must be what was changed: wait until the copy has it
      async change(edits) {
        await origin.store.commit(edits);
        const { revision } = await origin.store.read();
        await vi.waitFor(async () => {
          await new Promise((resolve) => setTimeout(resolve, 60));
          await source.read();
          expect((await origin.store.read()).revision).toBe(revision);
        });
      },
      breakIt() {
        origin.away = new FlagError('UNAVAILABLE', 'away');
      },
      mend() {
        origin.away = undefined;
      },
      close: async () => source.close?.(),
    };
  },
  divergences: [
    {
      test: 'fails as a FlagError while its origin is away, and recovers',
      reason: 'the copy serves as fresh until it is maxAge old; tested below',
    },
  ],
});

describe('processes that share a copy', () => {
  let redis: RedisServer;
  const open: { close(): Promise<void> }[] = [];
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  afterEach(async () => {
    await Promise.all(open.splice(0).map((one) => one.close()));
  });

  interface Watched {
    readonly follower: Follower;
    readonly events: FollowEvent[];
  }

  async function processes(count: number, origin: Origin, options: Partial<CachedByOptions> = {}): Promise<Watched[]> {
    const at = { ...place(redis.url), maxAge: 400, ...options } as CachedByOptions;
    const all = Array.from({ length: count }, () => {
      const follower = follow(cachedBy(at, origin.source()), { refreshInterval: 60_000 });
      const events: FollowEvent[] = [];
      follower.on((event) => events.push(event));
      open.push(follower);
      return { follower, events };
    });
    await Promise.all(all.map(({ follower }) => follower.ready()));
    await vi.waitFor(() => expect(all.every(({ follower }) => follower.health().subscribed)).toBe(true), 3_000);
    return all;
  }

  const definition = ({ follower }: Watched, key: string): unknown => follower.snapshot?.flags.get(key)?.source;
  const flag = (value: boolean): { type: string; default: boolean } => ({ type: 'boolean', default: value });

  it('one of them asks the origin, and all hear of a change', async () => {
    const origin = new Origin();
    const all = await processes(10, origin, { maxAge: 60_000 });
    await vi.waitFor(() => expect(origin.subscriptions).toBe(1), 3_000);
    const { reads } = origin;
    expect(reads).toBeLessThan(4);
    for (const value of [true, false, true]) {
      await origin.store.commit([{ key: 'checkout', next: flag(value) }]);
      await vi.waitFor(() => {
        for (const one of all) expect(definition(one, 'checkout')).toEqual(flag(value));
      }, 3_000);
    }
    expect(origin.reads - reads).toBeLessThanOrEqual(6);
    expect(origin.subscriptions).toBe(1);
  });

  it('the copy has all of the document', async () => {
    const origin = new Origin();
    const [one] = await processes(2, origin);
    const copy = cachedBy(place(redis.url), origin.source());
    open.push({ close: async () => copy.close?.() });
    const { document } = await copy.read();
    const { flags, ...rest } = document;
    const { flags: _, ...expected } = DOCUMENT;
    expect(rest).toEqual(expected);
    expect((flags as ReadonlyMap<string, unknown>).get('theme')).toEqual({
      variants: [
        { name: 'light', value: 'l' },
        { name: 'dark', value: 'd' },
      ],
      defaultVariant: 'light',
    });
    expect(one!.follower.health().degraded).toEqual([]);
  });

  it('serves while the origin is away, says so, and is fresh again soon after', async () => {
    const origin = new Origin();
    const all = await processes(4, origin);
    origin.away = new FlagError('NOT_FOUND', 'the origin is empty');
    await vi.waitFor(() => {
      for (const { follower } of all) expect(follower.health().status).toBe('stale');
    }, 5_000);
    for (const { follower } of all) expect(follower.health().lastError).toMatchObject({ code: 'NOT_FOUND' });
    // a process that starts now has flags
    const late = cachedBy({ ...place(redis.url), project: `cache-${process.pid}-${sets - 1}` }, origin.source());
    open.push({ close: async () => late.close?.() });
    const set = await late.read();
    expect(set.stale).toMatchObject({ cause: { code: 'NOT_FOUND', message: 'the origin is empty' } });
    expect(set.stale!.since).toBeLessThanOrEqual(Date.now());
    expect((set.document.flags as ReadonlyMap<string, unknown>).size).toBe(2);
    origin.away = undefined;
    await vi.waitFor(() => {
      for (const { follower } of all) expect(follower.health().status).toBe('ready');
    }, 10_000);
    for (const { events } of all) expect(events.map(({ type }) => type)).toEqual(['ready', 'stale', 'recovered']);
  });

  it('when the one that asks is gone, another takes over', async () => {
    const origin = new Origin();
    const all = await processes(3, origin);
    await vi.waitFor(() => expect(origin.subscriptions).toBe(1), 3_000);
    for (let left = all.length - 1; left > 0; left--) {
      await all.shift()!.follower.close();
      await vi.waitFor(() => expect(origin.subscriptions).toBe(1), 5_000);
      const value = left % 2 === 0;
      await origin.store.commit([{ key: 'checkout', next: flag(value) }]);
      await vi.waitFor(() => {
        for (const one of all) expect(definition(one, 'checkout')).toEqual(flag(value));
      }, 5_000);
    }
  });

  it('without Redis each asks the origin, and no evaluation notices', async () => {
    const origin = new Origin();
    const all = await processes(3, origin);
    await redis.kill();
    await vi.waitFor(() => {
      for (const { follower } of all) expect(follower.health().subscribed).toBe(false);
    }, 5_000);
    await origin.store.commit([{ key: 'checkout', next: flag(true) }]);
    await Promise.all(all.map(({ follower }) => follower.refresh()));
    for (const one of all) expect(definition(one, 'checkout')).toEqual(flag(true));
    for (const { follower } of all) expect(follower.health().status).toBe('ready');
    await redis.start();
    await origin.store.commit([{ key: 'checkout', next: flag(false) }]);
    await vi.waitFor(() => {
      for (const one of all) expect(definition(one, 'checkout')).toEqual(flag(false));
    }, 10_000);
  });

  it('many changes at once end in the last one everywhere', async () => {
    const origin = new Origin();
    const all = await processes(4, origin);
    for (let i = 0; i < 200; i++) {
      await origin.store.commit([
        { key: 'checkout', next: { default: i } },
        { key: `more-${i % 7}`, next: i % 3 === 0 ? null : { default: i } },
      ]);
    }
    const { document } = await origin.store.read();
    const expected = [...(document.flags as ReadonlyMap<string, unknown>).keys()].sort();
    await vi.waitFor(() => {
      for (const one of all) {
        expect(definition(one, 'checkout')).toEqual({ default: 199 });
        expect([...one.follower.snapshot!.flags.keys()].sort()).toEqual(expected);
      }
    }, 5_000);
  });

  it('no store can be mistaken for a copy', async () => {
    const at = place(redis.url);
    const store = redisStore(at as { url: string });
    await store.commit([{ key: 'checkout', next: flag(true) }]);
    const copy = cachedBy(at, new Origin().source());
    await copy.read();
    const { document } = await store.read();
    expect([...(document.flags as ReadonlyMap<string, unknown>)]).toEqual([['checkout', flag(true)]]);
    await Promise.all([store.close?.(), copy.close?.()]);
  });

  it.each([
    { url: 'redis://x', maxAge: 0 },
    { url: 'nonsense' },
    {},
    undefined,
    null,
    { url: 'redis://x', project: '' },
  ])('refuses %j', (options) => {
    expect(() => cachedBy(options as CachedByOptions, new Origin().source())).toThrow(FlagError);
  });

  it.each([undefined, null, {}])('refuses %j for an origin', (source) => {
    expect(() => cachedBy({ url: 'redis://x' }, source as FlagSource)).toThrow(FlagError);
  });
});
