import { FlagError, type Resolver, type ResolverEvents } from '@flagwright/core';
import { sourceResolver } from '@flagwright/provider';
import { type BackendRecord, watchResolver } from '@flagwright/telemetry';
import { resolverContract } from '@flagwright/testing';
import { expect, it, vi } from 'vitest';
import { options, timing, world } from '../../provider/test/source-contract-world.ts';

// A resolver that cannot say how its flags are doing, as the clients of vendors: watched, it keeps all promises, and can.

const silent = (resolver: Resolver): Resolver => {
  const { health: _, snapshot: __, ...rest } = resolver;
  return rest;
};

resolverContract({
  name: 'a resolver that is watched',
  ...timing,
  async open() {
    const { open, ...means } = world();
    const resolver = watchResolver(silent(sourceResolver(open, options)), () => undefined);
    return { resolver, ...means, close: async () => resolver.stop?.() };
  },
});

const NOTHING: ResolverEvents = { ready() {}, changed() {}, stale() {}, error() {} };

/** A vendor's client that tells what it is told to. */
function vendor(start: (events: ResolverEvents) => Promise<void>) {
  let events = NOTHING;
  const records: BackendRecord[] = [];
  const resolver: Resolver = {
    name: 'vendor',
    start(to) {
      events = to;
      return start(to);
    },
    stop: async () => undefined,
    keys: () => ['a', 'b'],
    resolve: (_type, _key, value) => ({ value, reason: 'STATIC', flagMetadata: {} }),
  };
  const watched = watchResolver(resolver, (record) => void records.push(record));
  const told = () =>
    records.splice(0).map(({ operation, duration, error, flags }) => {
      const what = duration === undefined ? 'told' : 'done';
      return `${operation} ${what} ${error === undefined ? 'well' : error.code} ${flags}`;
    });
  return { watched, told, events: () => events };
}

const away = new FlagError('UNAVAILABLE', 'it is away');

it('tells its start, its losses and its returns', async () => {
  const { watched, told, events } = vendor(async () => undefined);
  await watched.start!(NOTHING);
  expect(told()).toEqual(['start done well 2']);
  events().stale(away);
  expect(watched.health!()).toMatchObject({ status: 'stale', lastError: away, failures: 1, flags: 2 });
  events().changed(['a']);
  events().ready();
  events().changed(['a']);
  expect(told()).toEqual(['run told UNAVAILABLE 2', 'run told well 2', 'run told well 2']);
  expect(watched.health!()).toMatchObject({ status: 'ready', age: 0, lastError: away });
  await watched.stop!();
  events().stale(away);
  expect([told(), watched.health!()]).toEqual([[], undefined]);
});

it('tells a start that failed, and one that succeeds only later', async () => {
  const { watched, told, events } = vendor(() => Promise.reject(away));
  const heard = vi.fn();
  await expect(watched.start!({ ...NOTHING, ready: heard })).rejects.toBe(away);
  expect([told(), watched.health!()?.status]).toEqual([['start done UNAVAILABLE 2'], 'starting']);
  events().ready();
  expect(heard).toHaveBeenCalledOnce();
  expect([told(), watched.health!()?.status]).toEqual([['run told well 2'], 'ready']);
});

it('that starts with a stale copy is stale, and told once', async () => {
  const { watched, told } = vendor(async (events) => events.stale(away));
  await watched.start!(NOTHING);
  expect([told(), watched.health!()?.status]).toEqual([['run told UNAVAILABLE 2'], 'stale']);
});
