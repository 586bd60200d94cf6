import { randomUUID } from 'node:crypto';
import type { Edit, FlagSet, FlagStore } from '@flagwright/core';
import { startRedis } from '@flagwright/test-servers';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { redisStore } from './index.ts';
import { type SetKeys, setKeys } from './keys.ts';

/** What Redis holds, found out by other means than the store's. */
async function truth(raw: Redis, { entries }: SetKeys): Promise<Record<string, unknown>> {
  const all = Object.entries(await raw.hgetall(entries)).filter(([field]) => field.startsWith('flag:'));
  return Object.fromEntries(all.map(([field, text]) => [field.slice('flag:'.length), JSON.parse(text) as unknown]));
}

const contentOf = ({ document }: FlagSet): Record<string, unknown> =>
  Object.fromEntries(document.flags as ReadonlyMap<string, unknown>);

const flag = (salt: string | number): Record<string, unknown> => ({ type: 'boolean', default: false, salt: `${salt}` });
const put = (key: string, salt: string | number): Edit => ({ key, next: flag(salt) });

let raw: Redis;
let store: FlagStore;
let keys: SetKeys;
/** Every set that was ever read: whoever comes back with one of them must get what is there now. */
let seen: FlagSet[];

beforeAll(() => {
  raw = new Redis(inject('redisUrl'));
});

afterAll(() => {
  raw.disconnect();
});

function open(name = { prefix: 'identity', project: randomUUID(), stage: 'default' }): void {
  keys = setKeys(name);
  store = redisStore({ client: raw, ...name });
  seen = [];
}

afterEach(async () => {
  await store.close?.();
});

async function commit(...edits: readonly Edit[]): Promise<FlagSet> {
  const revision = await store.commit(edits);
  const set = await store.read(seen.at(-1));
  expect(set.revision).toBe(revision);
  seen.push(set);
  return set;
}

async function expectTruth(sets: readonly FlagSet[] = seen): Promise<void> {
  const expected = await truth(raw, keys);
  const whole = await store.read();
  expect(contentOf(whole)).toEqual(expected);
  for (const previous of sets) {
    const before = contentOf(previous);
    const set = await store.read(previous);
    expect(contentOf(set)).toEqual(expected);
    expect(set.revision).toBe(whole.revision);
    expect(contentOf(previous)).toEqual(before);
  }
}

type Dump = readonly [entries: Buffer | null, changes: Buffer | null];

const dump = async (from: SetKeys = keys): Promise<Dump> => [
  await raw.dumpBuffer(from.entries),
  await raw.dumpBuffer(from.changes),
];

async function restore([entries, changes]: Dump, which: 'both' | 'entries' | 'changes' = 'both'): Promise<void> {
  const parts = [
    [keys.entries, entries, which !== 'changes'],
    [keys.changes, changes, which !== 'entries'],
  ] as const;
  for (const [key, content, wanted] of parts) {
    if (!wanted) continue;
    if (content === null) await raw.del(key);
    else await raw.restore(key, 0, content, 'REPLACE');
  }
}

/** Ten commits, each of a flag of its own and of one that all change; every second deletes an older one. */
async function history(salt = ''): Promise<void> {
  for (let n = 1; n <= 10; n++) {
    await commit(
      put(`flag-${n}`, n + salt),
      put('shared', n + salt),
      ...(n % 2 ? [] : [{ key: `flag-${n - 1}`, next: null }]),
    );
  }
}

/** Another set with as many commits, but of other content: what a restore may bring under the same numbers. */
async function twin(): Promise<Dump> {
  const [mine, others] = [keys, { prefix: 'identity', project: randomUUID(), stage: 'default' }];
  const other = redisStore({ client: raw, ...others });
  for (let n = 1; n <= 10; n++) await other.commit([put(`twin-${n}`, n), put('shared', `twin-${n}`)]);
  await other.close?.();
  keys = mine;
  return dump(setKeys(others));
}

describe('a set read before', () => {
  it('gives the right flags when nothing went wrong, and after another thousand commits', {
    timeout: 60_000,
  }, async () => {
    open();
    await history();
    await expectTruth();
    for (let n = 0; n < 1_250; n++) await store.commit([put(`later-${n % 7}`, n)]);
    await expectTruth();
    for (let n = 0; n < 5; n++) await commit(put(`last-${n}`, n));
    await expectTruth();
    // what is older than the last thousand commits, and not changed since, is forgotten
    expect(await raw.zcard(keys.changes)).toBeLessThan(1_150);
    expect(await raw.zcard(keys.changes)).toBeGreaterThan(1_000);
  });

  it('gives the right flags after the changes were lost', async () => {
    open();
    await history();
    await raw.del(keys.changes);
    await expectTruth();
    await commit(put('flag-11', 1));
    await expectTruth();
    await history('again');
    await expectTruth();
  });

  it('is not found after its entries were lost, and gives the right flags once they are loaded anew', async () => {
    for (const remove of [['entries'], ['entries', 'changes']] as const) {
      const name = { prefix: 'identity', project: randomUUID(), stage: 'default' };
      open(name);
      await history();
      await raw.del(...remove.map((which) => keys[which]));
      for (const previous of [undefined, ...seen]) {
        await expect(store.read(previous)).rejects.toMatchObject({ name: 'FlagError', code: 'NOT_FOUND' });
      }
      const before = seen;
      await store.close?.();
      open(name);
      await history('anew');
      expect(seen.map(({ revision }) => revision.split('.')[1])).toEqual(
        before.map(({ revision }) => revision.split('.')[1]),
      );
      await expectTruth([...before, ...seen]);
    }
  });

  it.each(['both', 'entries', 'changes'] as const)(
    'gives the right flags after %s were restored from a backup',
    async (which) => {
      open();
      await history();
      const backup = await dump();
      await history('more');
      await restore(backup, which);
      await expectTruth();
      for (let n = 0; n < 15; n++) {
        await commit(put(`flag-${n}`, `after ${which}`), { key: `flag-${n + 1}`, next: null });
        await expectTruth();
      }
    },
  );

  it.each(['both', 'entries', 'changes'] as const)(
    'gives the right flags after %s of another history took their place',
    async (which) => {
      open();
      await history();
      await restore(await twin(), which);
      await expectTruth();
      await commit(put('flag-11', 1));
      await expectTruth();
    },
  );

  it('gives the right flags after an empty backup', async () => {
    open();
    await commit();
    const empty = await dump();
    await history();
    await restore(empty);
    await expectTruth();
    await history('once more');
    await expectTruth();
  });

  it('gives the right flags after any sequence of commits, losses and restores', { timeout: 120_000 }, async () => {
    const random = generator(20_260_801);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
    for (let round = 0; round < 12; round++) {
      open();
      await commit();
      const dumps: Dump[] = [await dump(), await twin()];
      for (let step = 0; step < 40; step++) {
        const dice = random();
        if (dice < 0.6) {
          const edits = ['a', 'b', 'c', 'd']
            .filter(() => random() < 0.4)
            .map((key) => (random() < 0.3 ? { key, next: null } : put(key, step)));
          const revision = await store.commit(edits);
          expect((await store.read()).revision).toBe(revision);
        } else if (dice < 0.75) dumps.push(await dump());
        else if (dice < 0.9) await restore(pick(dumps), pick(['both', 'entries', 'changes'] as const));
        else await raw.del(pick([keys.changes, keys.changes, keys.entries]));
        if ((await raw.exists(keys.entries)) === 0) await store.commit([{ ...put('a', `anew ${step}`), was: null }]);
        await expectTruth(seen.filter(() => random() < 0.5));
        seen.push(await store.read(pick([undefined, ...seen])));
      }
    }
  });

  it('gives the right flags after a failover to a replica that had missed the last commits', async () => {
    const [master, replica] = await Promise.all([startRedis(), startRedis()]);
    try {
      const set = { project: 'failover' };
      const [old, next] = [redisStore({ url: master.url, ...set }), redisStore({ url: replica.url, ...set })];
      await replica.cli('REPLICAOF', '127.0.0.1', String(master.port));
      const sets: FlagSet[] = [];
      for (let n = 1; n <= 5; n++) {
        await old.commit([put(`flag-${n}`, n), put('shared', n)]);
        sets.push(await old.read(sets.at(-1)));
      }
      await expect.poll(() => next.read().then(({ revision }) => revision, String)).toBe(sets.at(-1)!.revision);
      await replica.cli('REPLICAOF', 'NO', 'ONE');
      for (let n = 6; n <= 8; n++) {
        await old.commit([put(`lost-${n}`, n), put('shared', `lost ${n}`)]);
        sets.push(await old.read(sets.at(-1)));
      }
      for (let n = 6; n <= 10; n++) {
        const kept = await next.read();
        for (const previous of sets) {
          const set = await next.read(previous);
          expect(contentOf(set)).toEqual(contentOf(kept));
          expect(set.revision).toBe(kept.revision);
        }
        await next.commit([put(`new-${n}`, n), put('shared', `new ${n}`)]);
      }
      await Promise.all([old.close?.(), next.close?.()]);
    } finally {
      await Promise.all([master.stop(), replica.stop()]);
    }
  });
});

/** Random numbers, 0 ≤ n < 1, that are the same in every run: Mulberry32 (T. Ettinger, 2017). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
