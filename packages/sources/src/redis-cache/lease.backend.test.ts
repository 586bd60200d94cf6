import { randomUUID } from 'node:crypto';
import { FlagError, type FlagSet, type FlagSource } from '@flagwright/core';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { givenLink } from '../redis/given.ts';
import { setKeys } from '../redis/keys.ts';
import { type Copy, copyIn } from './copy.ts';
import { type CachedByOptions, cachedBy } from './index.ts';
import { type Keeper, keeperOf } from './keeper.ts';
import { troubleOf } from './trouble.ts';

let raw: Redis;
const cleanup: (() => unknown)[] = [];

beforeAll(() => {
  raw = new Redis(inject('redisUrl'));
});

afterAll(() => raw.disconnect());

afterEach(async () => {
  for (const undo of cleanup.splice(0).reverse()) await undo();
});

const keysOf = (project: string): ReturnType<typeof setKeys> =>
  setKeys({ prefix: 'flagwright', project, stage: 'default' }, 'copy');
const flags = (value: number): FlagSet => ({ document: { flags: { a: { default: value } } }, revision: `r.${value}` });
const valueIn = (set: FlagSet | undefined): unknown => (set!.document.flags as ReadonlyMap<string, unknown>).get('a');
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** An origin that is away from now on, and may be asked again at once. */
const NOW = { wait: 0, patient: false, since: undefined };

/** The copy as one process sees it. */
function copyOf(project: string): Copy {
  const { link, release } = givenLink(raw, 1_000);
  cleanup.push(release);
  const closing = new AbortController().signal;
  return copyIn(link, { keys: keysOf(project), title: 'the copy' }, { timeout: 1_000, closing });
}

function keeperFor(copy: Copy, read: FlagSource['read'], patience = 30_000): Keeper {
  const stopping = new AbortController();
  const terms = { maxAge: 1_000, patience, trouble: troubleOf('the copy'), closing: stopping.signal };
  const keeper = keeperOf(copy, { name: 'origin', read }, terms);
  cleanup.push(() => {
    stopping.abort(new FlagError('NOT_READY', 'closed'));
    return keeper.close();
  });
  return keeper;
}

/** Lets a lease run out, as it does while its holder is paused. */
const expire = (project: string): Promise<unknown> => raw.hset(`${keysOf(project).channel}:origin`, 'held', 0);

describe('an answer of the origin', () => {
  it('that was held up does not take the place of a later one, though the copy is as it was', async () => {
    const project = randomUUID();
    const [one, two] = [copyOf(project), copyOf(project)];
    let origin = flags(1);
    let held = Promise.resolve();
    const slow = keeperFor(one, async () => {
      const answer = origin;
      await held;
      return answer;
    });
    const quick = keeperFor(two, async () => origin);
    await slow.lead();
    await slow.refresh();
    // the change is answered, but not written
    let go: () => void = () => undefined;
    held = new Promise((resolve) => {
      go = resolve;
    });
    origin = flags(2);
    const paused = slow.refresh();
    await sleep(100);
    // then it is taken back
    origin = flags(1);
    await expire(project);
    expect(await quick.lead()).toBe(0);
    await quick.refresh();
    go();
    await paused;
    expect(valueIn(await one.read())).toEqual({ default: 1 });
  });

  it('does not count, good or bad, once somebody has asked again', async () => {
    const project = randomUUID();
    const [one, two] = [copyOf(project), copyOf(project)];
    await one.lease(1_000);
    const first = (await one.begin())!;
    await expire(project);
    await two.lease(1_000);
    const second = (await two.begin())!;
    await second.away(new FlagError('UNAUTHORIZED', 'no'), NOW);
    await first.answered();
    await first.away(new FlagError('UNAVAILABLE', 'gone'), NOW);
    expect(await one.look()).toMatchObject({ age: undefined, stale: { cause: { code: 'UNAUTHORIZED' } } });
    expect(await first.write(new Map([['flag:a', '{}']]), undefined)).toBeUndefined();
    expect(await one.read()).toBeUndefined();
    expect(await one.begin()).toBeUndefined();
    await second.answered();
    expect((await one.look()).stale).toBeUndefined();
  });

  it('never makes the copy older, whoever writes it, and however long that takes', async () => {
    const project = randomUUID();
    let now = 1;
    const late = async (): Promise<FlagSet> => {
      const answer = flags(now);
      await sleep(Math.random() * 30);
      return answer;
    };
    const keepers = Array.from({ length: 6 }, () => keeperFor(copyOf(project), late));
    const reader = copyOf(project);
    let last = 0;
    for (const end = performance.now() + 2_000; performance.now() < end; ) {
      now++;
      // whoever is asking may be paused at any moment
      if (Math.random() < 0.5) await expire(project);
      for (const keeper of keepers) if (Math.random() < 0.5) void keeper.lead().then(() => keeper.refresh());
      const set = await reader.read();
      const value = set === undefined ? 0 : (valueIn(set) as { readonly default: number }).default;
      expect(value).toBeGreaterThanOrEqual(last);
      last = value;
      await sleep(Math.random() * 5);
    }
    expect(last).toBeGreaterThan(1);
  });

  it('that never comes is waited for so long, and somebody else may try', async () => {
    const project = randomUUID();
    const [one, two] = [copyOf(project), copyOf(project)];
    let reads = 0;
    const stuck = keeperFor(
      one,
      () => {
        reads++;
        return new Promise(() => undefined);
      },
      300,
    );
    const well = keeperFor(two, async () => flags(1));
    expect(await stuck.lead()).toBe(0);
    expect(await stuck.refresh()).toMatchObject({ failure: { code: 'UNAVAILABLE' } });
    expect((await two.look()).stale).toMatchObject({ cause: { code: 'UNAVAILABLE' } });
    expect(await stuck.lead()).toBeGreaterThan(0);
    expect(await well.lead()).toBe(0);
    await well.refresh();
    expect(valueIn(await one.read())).toEqual({ default: 1 });
    expect((await one.look()).stale).toBeUndefined();
    expect(reads).toBe(1);
  });
});

describe('the lease', () => {
  it('is short, however old the copy may get, and lasts as long as an answer takes', async () => {
    const project = randomUUID();
    const url = inject('redisUrl');
    const source: FlagSource = {
      name: 'origin',
      async read() {
        await sleep(3_500);
        return flags(1);
      },
    };
    const copy = cachedBy({ url, project, maxAge: 60_000 }, source);
    cleanup.push(() => copy.close?.());
    const reading = copy.read();
    const stranger = copyOf(project);
    await expect.poll(() => raw.hget(`${keysOf(project).channel}:origin`, 'holder')).not.toBeNull();
    for (let n = 0; n < 30; n++) {
      const left = await stranger.lease(3_000);
      expect(left).toBeGreaterThan(0);
      expect(left).toBeLessThanOrEqual(3_000);
      await sleep(100);
    }
    await reading;
  });

  it('and the age of a copy that another clock has left in the future are none', async () => {
    const project = randomUUID();
    const [one, two] = [copyOf(project), copyOf(project)];
    const future = String(Date.now() + 3_600_000);
    await one.lease(1_000);
    await (await one.begin())!.answered();
    await raw.hset(`${keysOf(project).channel}:origin`, { checked: future, held: future, again: future });
    expect(await two.look()).toMatchObject({ age: undefined, wait: 0 });
    expect(await two.lease(1_000)).toBe(0);
    await (await two.begin())!.answered();
    expect((await one.look()).age).toBeLessThan(1_000);
  });

  it('is understood over a client that answers numbers as text', async () => {
    const client = new Redis(inject('redisUrl'), { stringNumbers: true });
    cleanup.push(() => client.disconnect());
    let reads = 0;
    const source: FlagSource = {
      name: 'origin',
      read: async () => {
        reads++;
        return flags(1);
      },
    };
    const at: CachedByOptions = { client, project: randomUUID() };
    const copies = [cachedBy(at, source), cachedBy(at, source)];
    for (const copy of copies) expect(valueIn(await copy.read())).toEqual({ default: 1 });
    expect(reads).toBe(1);
    for (const copy of copies) await copy.close?.();
  });
});
