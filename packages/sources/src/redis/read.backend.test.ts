import { randomUUID } from 'node:crypto';
import type { FlagDefinition, FlagSet, FlagStore, Snapshot } from '@flagwright/core';
import { compile, evaluate, follow } from '@flagwright/core';
import { startProxy, type TcpProxy } from '@flagwright/test-servers';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { redisStore } from './index.ts';
import { type SetKeys, setKeys } from './keys.ts';

let raw: Redis;
let proxy: TcpProxy;
let store: FlagStore;
let keys: SetKeys;

beforeAll(async () => {
  raw = new Redis(inject('redisUrl'));
  proxy = await startProxy({ port: Number(new URL(inject('redisUrl')).port) });
});

afterAll(async () => {
  raw.disconnect();
  await proxy.close();
});

beforeEach(() => {
  const set = { prefix: 'read', project: randomUUID(), stage: 'default' };
  keys = setKeys(set);
  store = redisStore({ url: proxy.through(inject('redisUrl')), ...set });
});

afterEach(() => store.close?.());

const flagsOf = ({ document }: FlagSet): ReadonlyMap<string, FlagDefinition> =>
  document.flags as ReadonlyMap<string, FlagDefinition>;

/** What a read brings, and how many bytes of answers that took. */
async function measured(previous?: FlagSet): Promise<{ set: FlagSet; bytes: number }> {
  const before = proxy.bytesToClient;
  const set = await store.read(previous);
  return { set, bytes: proxy.bytesToClient - before };
}

describe('a read', () => {
  it('of 10,000 flags fetches what changed, and shares the rest', async () => {
    const definition = (salt: string): FlagDefinition => ({
      type: 'boolean',
      default: false,
      description: 'x'.repeat(300),
      salt,
    });
    await store.commit(Array.from({ length: 10_000 }, (_, i) => ({ key: `flag-${i}`, next: definition(`${i}`) })));
    const whole = await measured();
    expect(whole.bytes).toBeGreaterThan(3_000_000);

    const unchanged = await measured(whole.set);
    expect(unchanged.set).toBe(whole.set);
    expect(unchanged.bytes).toBeLessThan(100);

    await store.commit([{ key: 'flag-7', next: definition('changed') }]);
    const changed = await measured(whole.set);
    expect(changed.bytes).toBeLessThan(1_000);
    expect(flagsOf(changed.set).get('flag-7')).toEqual(definition('changed'));
    expect(flagsOf(changed.set).get('flag-8')).toBe(flagsOf(whole.set).get('flag-8'));
    expect(flagsOf(changed.set).size).toBe(10_000);

    await store.commit([
      { key: 'flag-7', next: null },
      { kind: 'segment', key: 'staff', next: { included: ['a'] } },
    ]);
    for (const previous of [whole.set, changed.set]) {
      const { set, bytes } = await measured(previous);
      expect(bytes).toBeLessThan(1_000);
      expect(flagsOf(set).has('flag-7')).toBe(false);
      expect(set.document.segments).toEqual({ staff: { included: ['a'] } });
    }
  });

  it('fetches in parts what thousands of edits have changed', async () => {
    await store.commit([]);
    const empty = await store.read();
    await store.commit(Array.from({ length: 3_001 }, (_, i) => ({ key: `flag-${i}`, next: { default: i } })));
    const set = await store.read(empty);
    expect(flagsOf(set).size).toBe(3_001);
    for (const i of [0, 999, 1_000, 1_001, 2_999, 3_000]) expect(flagsOf(set).get(`flag-${i}`)).toEqual({ default: i });
  });

  it('of a copy that was stale gives it back fresh', async () => {
    await store.commit([{ key: 'a', next: { default: true } }]);
    const set = await store.read();
    const copy = { ...set, stale: { since: 1, cause: undefined } };
    const fresh = await store.read(copy);
    expect(fresh.stale).toBeUndefined();
    expect(fresh.document).toBe(set.document);
  });

  it('keeps the order of variants', async () => {
    const variants = { zebra: 'z', apple: 'a', middle: 'm' };
    await store.commit([{ key: 'a', next: { type: 'string', default: 'z', variants } }]);
    const snapshot = compile(await store.read());
    expect(snapshot.issues).toEqual([]);
    expect(flagsOf(await store.read()).get('a')?.variants).toEqual(
      Object.entries(variants).map(([name, value]) => ({ name, value })),
    );
  });
});

describe('a text in Redis that is no JSON', () => {
  /** As somebody would do it by hand. */
  async function spoil(field: string): Promise<void> {
    await raw.hset(keys.entries, field, '{"default": tru');
    await raw.zincrby(keys.changes, 0, field);
  }

  const answer = (snapshot: Snapshot, key: string): unknown => {
    const { value, errorCode } = evaluate(snapshot, key, 'boolean', {}) as { value?: unknown; errorCode?: string };
    return errorCode ?? value;
  };

  it('spoils that flag alone', async () => {
    await store.commit([
      { key: 'bad', next: { default: true } },
      { key: 'good', next: { default: true } },
    ]);
    const before = await store.read();
    await spoil('flag:bad');
    // as a whole, and as a difference: the number of another commit makes it one
    const first = compile(await store.read());
    expect([answer(first, 'bad'), answer(first, 'good')]).toEqual(['PARSE_ERROR', true]);
    await raw.zadd(
      keys.changes,
      Number(await store.commit([{ key: 'other', next: { default: true } }]).then((r) => r.split('.')[1])),
      'flag:bad',
    );
    const second = compile(await store.read(before), compile(before));
    expect([answer(second, 'bad'), answer(second, 'good'), answer(second, 'other')]).toEqual([true, true, true]);
    expect(second.flags.get('bad')?.lastGood).toBe(true);
  });

  it.each(['segment', 'evaluator', 'attribute', 'metadata', 'override'] as const)(
    'spoils that %s alone',
    async (kind) => {
      const usual = {
        segment: { included: ['a'] },
        evaluator: { '==': [1, 1] },
        attribute: { type: 'string' },
        metadata: 'shop',
        override: false,
      }[kind];
      await store.commit([
        { key: 'good', next: { type: 'boolean', default: true } },
        { kind, key: 'good', next: usual },
        { kind, key: 'bad', next: usual },
      ]);
      await spoil(`${kind}:bad`);
      const snapshot = compile(await store.read());
      expect(answer(snapshot, 'good')).toBe(kind !== 'override');
      const errors = snapshot.issues.filter(({ severity }) => severity === 'error');
      expect(errors.map(({ path }) => path[1])).toEqual(['metadata', 'override'].includes(kind) ? [] : ['bad']);
      expect(snapshot.metadata).toEqual(kind === 'metadata' ? { good: 'shop' } : {});
    },
  );

  it('leaves alone fields of kinds that are not known yet', async () => {
    await store.commit([{ key: 'good', next: { default: true } }]);
    for (const field of ['experiment:x', 'plain', ':', '$other', 'toString:x', 'flags:x'])
      await raw.hset(keys.entries, field, '{}');
    const set = await store.read();
    expect(Object.keys(set.document)).toEqual(['flags']);
    expect([...flagsOf(set).keys()]).toEqual(['good']);
  });
});

describe('a follower', () => {
  it('is told of what changed alone, also where everything had to be read', async () => {
    const definition = (salt: string): FlagDefinition => ({
      type: 'boolean',
      variants: { on: true, off: false },
      salt,
    });
    await store.commit(['a', 'b', 'c'].map((key) => ({ key, next: definition(key) })));
    const follower = follow(store, { subscribe: false });
    await follower.ready();
    const changes: (readonly string[])[] = [];
    follower.on((event) => {
      if (event.type === 'changed') changes.push(event.flagsChanged);
    });
    for (const salt of ['1', '2']) {
      // who has an older revision reads everything
      await raw.del(keys.changes);
      await store.commit([{ key: 'b', next: definition(salt) }]);
      await raw.del(keys.changes);
      await follower.refresh();
    }
    expect(changes).toEqual([['b'], ['b']]);
    await follower.close();
  });

  it('sees each change within a moment, while connections come and go', { timeout: 60_000 }, async () => {
    await store.commit([{ key: 'count', next: { type: 'integer', default: 0 } }]);
    const other = redisStore({ client: raw, ...setOf() });
    const follower = follow(store, { refreshInterval: 3_600_000 });
    await follower.ready();
    await expect.poll(() => follower.health().subscribed).toBe(true);
    for (let n = 1; n <= 30; n++) {
      if (n % 5 === 0) proxy.dropAll();
      await other.commit([{ key: 'count', next: { type: 'integer', default: n } }]);
      await expect
        .poll(() => (evaluate(follower.snapshot!, 'count', 'integer', {}) as { value?: unknown }).value, {
          timeout: 10_000,
        })
        .toBe(n);
    }
    expect(follower.health().reconnects).toBeGreaterThan(0);
    await follower.close();
    await other.close?.();

    function setOf(): { prefix: string; project: string; stage: string } {
      const [prefix, project, stage] = keys.channel.slice(1, -1).split(':');
      return { prefix: prefix!, project: project!, stage: stage! };
    }
  });
});
