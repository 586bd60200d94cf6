import { randomUUID } from 'node:crypto';
import { FlagError, type FlagSet, type FlagSource, follow, type Observer } from '@flagwright/core';
import { startProxy } from '@flagwright/test-servers';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { setKeys } from '../redis/keys.ts';
import { type CachedByOptions, cachedBy } from './index.ts';

const GOOD = { flags: { a: { type: 'boolean', default: false }, b: { type: 'boolean', default: false } } };

let raw: Redis;
const cleanup: (() => unknown)[] = [];

beforeAll(() => {
  raw = new Redis(inject('redisUrl'));
});

afterAll(() => raw.disconnect());

afterEach(async () => {
  vi.restoreAllMocks();
  for (const undo of cleanup.splice(0).reverse()) await undo();
});

const place = (more: Partial<CachedByOptions> = {}): CachedByOptions => {
  return { url: inject('redisUrl'), project: randomUUID(), timeout: 1_000, maxAge: 200, ...more } as CachedByOptions;
};
const hashOf = ({ project }: CachedByOptions): string =>
  `${setKeys({ prefix: 'flagwright', project: project!, stage: 'default' }, 'copy').channel}:origin`;

/** An origin whose answers are in the hand of the test. */
interface Origin extends FlagSource {
  document: unknown;
  reads: number;
  delay: number;
  error: FlagError | undefined;
  signal: AbortSignal | undefined;
}

function originOf(document: unknown = GOOD): Origin {
  let revisions = 0;
  const seen = new Map<unknown, string>();
  const origin: Origin = {
    name: 'origin',
    document,
    reads: 0,
    delay: 0,
    error: undefined,
    signal: undefined,
    async read(_previous, signal) {
      origin.reads++;
      origin.signal = signal;
      const { document: answer, error } = origin;
      await new Promise((resolve) => setTimeout(resolve, origin.delay));
      if (error !== undefined) throw error;
      if (!seen.has(answer)) seen.set(answer, `origin.${++revisions}`);
      return { document: answer as FlagSet['document'], revision: seen.get(answer)! };
    },
  };
  return origin;
}

function open(at: CachedByOptions, origin: FlagSource): FlagSource {
  const source = cachedBy(at, origin);
  cleanup.push(() => source.close?.());
  return source;
}

const flagsOf = ({ document }: FlagSet): Record<string, unknown> =>
  Object.fromEntries((document.flags as ReadonlyMap<string, unknown>).entries());
const keysOf = (set: FlagSet): readonly string[] => Object.keys(flagsOf(set)).sort();
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const warnings = (): ReturnType<typeof vi.spyOn> =>
  vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);

describe('an origin whose document is none', () => {
  it.each([
    { flags: null },
    { flags: 5 },
    { flags: true },
    { flags: 'abc' },
    { segments: 'x', flags: {} },
    [],
    5,
    'text',
    null,
    undefined,
  ])('%j changes no flag, and is told', async (broken) => {
    const [at, origin] = [place(), originOf()];
    const follower = follow(open(at, origin), { refreshInterval: 100 });
    cleanup.push(() => follower.close());
    await follower.ready();
    origin.document = broken;
    await expect
      .poll(() => follower.health(), { timeout: 5_000 })
      .toMatchObject({
        status: 'stale',
        lastError: { code: 'PARSE_ERROR' },
      });
    expect([...follower.snapshot!.flags.keys()].sort()).toEqual(['a', 'b']);
    const late = await open(at, origin).read();
    expect(keysOf(late)).toEqual(['a', 'b']);
    expect(late.stale).toMatchObject({ cause: { code: 'PARSE_ERROR' } });
    await expect(open(place(), origin).read()).rejects.toMatchObject({ code: 'PARSE_ERROR' });
  });

  it('loses what cannot be told from something else, and nothing more', async () => {
    const emitted = warnings();
    const half = String.fromCharCode(0xd800);
    const record = originOf({ flags: { a: { default: 1 }, [half]: { default: 2 }, '\ufffd': { default: 3 } } });
    expect(flagsOf(await open(place(), record).read())).toEqual({ a: { default: 1 }, '\ufffd': { default: 3 } });
    const list = originOf({ flags: [1, { default: 2 }, { key: 'a', default: 1 }] });
    expect(keysOf(await open(place(), list).read())).toEqual(['a']);
    const told = emitted.mock.calls.map(([message]: readonly unknown[]) => message);
    expect(told).toEqual([
      expect.stringContaining('half a character'),
      expect.stringContaining('flags[0]'),
      expect.stringContaining('flags[1]'),
    ]);
  });
});

describe('an origin that is away', () => {
  it('is told with its present cause, which may become another', async () => {
    const [at, origin] = [place(), originOf()];
    const [one, two] = [open(at, origin), open(at, origin)];
    await one.read();
    const changed = vi.fn();
    await two.subscribe!({ changed, failed: () => undefined });
    for (const code of ['UNAVAILABLE', 'NOT_FOUND'] as const) {
      origin.error = new FlagError(code, `it is ${code}`);
      const before = changed.mock.calls.length;
      await expect
        .poll(async () => (await two.read()).stale, { timeout: 5_000 })
        .toMatchObject({ cause: { code, message: `it is ${code}` } });
      expect(changed.mock.calls.length).toBeGreaterThan(before);
    }
  });

  it('is left alone for as long as it asks, by whoever leads', async () => {
    const [at, origin] = [place({ maxAge: 50 }), originOf()];
    const hinting: Observer[] = [];
    const subscribe: FlagSource['subscribe'] = (observer) => {
      hinting.push(observer);
      return () => void hinting.splice(hinting.indexOf(observer), 1);
    };
    const source = { ...origin, subscribe };
    const [one, two] = [open(at, source), open(at, source)];
    await one.read();
    origin.error = new FlagError('UNAVAILABLE', 'later', { retryAfter: 3_000 });
    for (const copy of [one, two]) await copy.subscribe!({ changed: () => undefined, failed: () => undefined });
    await expect.poll(async () => (await one.read()).stale).toBeDefined();
    await sleep(100);
    const { reads } = origin;
    for (const copy of [one, two]) {
      for (const observer of hinting) observer.changed();
      await sleep(200);
      // who has a copy may look at it any time, and hears when the origin is back
      const { cause } = (await copy.read()).stale!;
      expect(cause).toMatchObject({ message: 'later', retryAfter: undefined });
    }
    await one.close!();
    await sleep(500);
    await two.read();
    expect(origin.reads).toBe(reads);
    origin.error = undefined;
    await expect.poll(async () => (await two.read()).stale, { timeout: 6_000 }).toBeUndefined();
  });

  it('is left alone also where there is no copy', async () => {
    const [at, origin] = [place(), originOf()];
    const copies = [open(at, origin), open(at, origin)];
    origin.error = new FlagError('UNAVAILABLE', 'later', { retryAfter: 3_000 });
    await expect(copies[0]!.read()).rejects.toMatchObject({ retryAfter: 3_000 });
    for (const copy of copies) {
      await expect(copy.read()).rejects.toMatchObject({ message: 'later', retryAfter: expect.any(Number) });
    }
    expect(origin.reads).toBe(1);
  });

  it('is asked seldom if it refuses the credentials', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    const [at, origin] = [place({ maxAge: 50 }), originOf()];
    origin.error = new FlagError('UNAUTHORIZED', 'who?');
    const all = Array.from({ length: 5 }, () => open(at, origin));
    for (let n = 0; n < 5; n++) {
      for (const source of all) await expect(source.read()).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
      await sleep(100);
    }
    expect(origin.reads).toBe(1);
  });

  it('with no copy, is asked by one for all', async () => {
    const [at, origin] = [place(), originOf()];
    origin.error = new FlagError('UNAVAILABLE', 'down');
    for (let n = 0; n < 30; n++) {
      const follower = follow(open(at, origin));
      cleanup.push(() => follower.close());
    }
    await sleep(3_000);
    expect(origin.reads).toBeGreaterThan(2);
    expect(origin.reads).toBeLessThan(25);
    origin.error = undefined;
  });
});

describe('a slow origin', () => {
  it('is asked once by all who start, and they wait quietly', async () => {
    const commands = async (): Promise<number> =>
      Number(/total_commands_processed:(\d+)/.exec(await raw.info('stats'))![1]);
    const [at, origin] = [place({ maxAge: 5_000 }), originOf()];
    // longer than a lease
    origin.delay = 4_000;
    const all = Array.from({ length: 30 }, () => open(at, origin));
    const before = await commands();
    const sets = await Promise.all(all.map((source) => source.read()));
    expect(origin.reads).toBe(1);
    for (const set of sets) expect([keysOf(set), set.stale]).toEqual([['a', 'b'], undefined]);
    // those inside of scripts count
    expect(((await commands()) - before) / 4).toBeLessThan(1_000);
  });

  it('has answered what is written before it is said when', async () => {
    const [at, origin] = [place({ maxAge: 5_000 }), originOf()];
    const leader = open(at, origin);
    await leader.read();
    await leader.close!();
    await raw.hdel(hashOf(at), 'checked');
    await raw.hset(hashOf(at), { holder: 'another', held: Date.now() + 2_500 });
    const read = open(at, origin).read();
    await sleep(300);
    await raw.hset(hashOf(at), { checked: Date.now() });
    const set = await read;
    expect([keysOf(set), set.stale, origin.reads]).toEqual([['a', 'b'], undefined, 1]);
  });

  it('gives a copy that is as old as the question', async () => {
    const [at, origin] = [place({ maxAge: 500 }), originOf()];
    origin.delay = 400;
    const source = open(at, origin);
    await source.read();
    await sleep(150);
    await source.read();
    expect(origin.reads).toBe(2);
  });
});

describe('the end of a copy', () => {
  it('does not wait for a subscription to the origin', async () => {
    const at = place();
    const stopped = vi.fn();
    let arm: (stop: () => void) => void = () => undefined;
    const subscribe = vi.fn(() => new Promise<() => void>((resolve) => (arm = resolve)));
    const source = open(at, { ...originOf(), subscribe });
    await source.subscribe!({ changed: () => undefined, failed: () => undefined });
    await expect.poll(() => subscribe.mock.calls.length).toBe(1);
    await source.close!();
    arm(stopped);
    await expect.poll(() => stopped.mock.calls.length).toBe(1);
  });

  it.each([false, true])('ends what the origin is asked, also one without Redis: %s', async (without) => {
    const origin = originOf();
    origin.delay = 60_000;
    const source = open(without ? place({ url: 'redis://127.0.0.1:1' }) : place(), origin);
    const reading = source.read().catch((error: unknown) => error);
    await expect.poll(() => origin.reads).toBe(1);
    const started = performance.now();
    await source.close!();
    expect(await reading).toMatchObject({ code: 'NOT_READY' });
    expect(performance.now() - started).toBeLessThan(1_000);
    expect(origin.signal!.aborted).toBe(true);
  });

  it('does not wait for a Redis that is silent', async () => {
    const proxy = await startProxy({ port: Number(new URL(inject('redisUrl')).port) });
    cleanup.push(() => proxy.close());
    const source = open(place({ url: proxy.through(inject('redisUrl')), timeout: 20_000 }), originOf());
    await source.subscribe!({ changed: () => undefined, failed: () => undefined });
    await source.read();
    proxy.freeze();
    await sleep(200);
    const reading = Promise.resolve(source.read()).catch((error: unknown) => error);
    const started = performance.now();
    await source.close!();
    expect(await reading).toMatchObject({ code: 'NOT_READY' });
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  it('gives the lease back, whenever it comes', async () => {
    for (let turns = 0; turns < 40; turns += 4) {
      const at = place();
      const source = open(at, originOf());
      await source.subscribe!({ changed: () => undefined, failed: () => undefined });
      for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
      await source.close!();
      expect(await raw.hget(hashOf(at), 'holder')).toBeNull();
    }
  });

  it('makes subscribing NOT_READY', async () => {
    const source = open(place(), originOf());
    const subscribing = Promise.resolve(source.subscribe!({ changed: () => undefined, failed: () => undefined }));
    const outcome = subscribing.catch((error: unknown) => error);
    await source.close!();
    expect(await outcome).toMatchObject({ code: 'NOT_READY' });
  });
});
