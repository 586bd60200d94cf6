import type { Resolver } from '@flagwright/core';
import { FlagError } from '@flagwright/core';
import { describe, expect, it } from 'vitest';
import { failedBy, openMutant } from '../test/mutant.ts';

const fail = (): never => {
  throw new Error('a fault');
};

/** A list that is read-only indeed. */
function readOnly<K, V>(map: ReadonlyMap<K, V>): ReadonlyMap<K, V> {
  const list: ReadonlyMap<K, V> = {
    size: map.size,
    get: (key) => map.get(key),
    has: (key) => map.has(key),
    keys: () => map.keys(),
    values: () => map.values(),
    entries: () => map.entries(),
    forEach(each) {
      for (const [key, value] of map) each(value, key, list);
    },
    [Symbol.iterator]: () => map[Symbol.iterator](),
  };
  return list;
}

describe('the contract', () => {
  it('passes a resolver that is right', async () => {
    expect(await failedBy({})).toEqual([]);
  });

  it('passes one that answers by promises', async () => {
    expect(await failedBy({ answer: async (answer) => answer })).toEqual([]);
  });

  it('passes one that has nothing to start, to track or to list', async () => {
    const nothing = { start: undefined, stop: undefined, track: undefined, all: undefined, keys: undefined };
    const resolver = ({ start }: Resolver) => {
      void start?.({ ready() {}, changed() {}, stale() {}, error() {} });
      return nothing as unknown as Partial<Resolver>;
    };
    // one that cannot listen cannot be told either: its fixture would have no such means
    expect(await failedBy({ resolver })).toEqual([
      'tells a change by its key, once the new value is served',
      'serves on while its backend is away: stale once, ready once it is back',
    ]);
  });

  it('passes one whose list is a map of its own', async () => {
    expect(
      await failedBy({ resolver: ({ all }) => ({ all: async (context) => readOnly(await all(context)) }) }),
    ).toEqual([]);
    const frozen = <K, V>(map: ReadonlyMap<K, V>): ReadonlyMap<K, V> => Object.assign(new Map(map), { clear: fail });
    expect(await failedBy({ resolver: ({ all }) => ({ all: async (context) => frozen(await all(context)) }) })).toEqual(
      [],
    );
  });

  it('passes one that stands for one that cannot list', async () => {
    const unsupported = (): never => {
      throw new FlagError('UNSUPPORTED', 'it cannot list');
    };
    const unknown = () => undefined;
    expect(await failedBy({ resolver: () => ({ all: unsupported, keys: unknown, snapshot: unknown }) })).toEqual([]);
    expect(await failedBy({ resolver: () => ({ all: undefined, keys: unknown }) as never })).toEqual([]);
  });

  it('passes one whose flags others evaluate', async () => {
    expect(await failedBy({ resolver: () => ({ snapshot: () => undefined }) })).toEqual([]);
  });

  it('closes what it opened', async () => {
    const { resolver, close } = openMutant({});
    await resolver.start?.({ ready() {}, changed() {}, stale() {}, error() {} });
    await close();
    expect(resolver.keys?.()).toBeUndefined();
  });
});
