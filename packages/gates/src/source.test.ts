import { compile, createClient, evaluate, type Follower, follow } from '@flagwright/core';
import { createProvider, sourceResolver } from '@flagwright/provider';
import { memoryStore } from '@flagwright/sources/memory';
import { sourceContract } from '@flagwright/testing';
import { OpenFeature, ProviderEvents } from '@openfeature/server-sdk';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { defineGates } from './gates.ts';
import { layer } from './layer.ts';
import { liveGates } from './live.ts';
import { gateSource } from './source.ts';

const gate = { owner: '@platform', description: 'What it does.', since: '0.1.0' } as const;

const gatesOf = () =>
  defineGates(
    { program: 'sunbeam', version: '1.0.0', onWarning: () => undefined },
    {
      EventsProxy: { ...gate, stage: 'beta' },
      'storage.ceph': { ...gate, stage: 'alpha' },
      Sessions: { ...gate, stage: 'ga', locked: true },
      OldApi: { ...gate, stage: 'deprecated', default: true, until: 'v0.9' },
      constructor: { ...gate, stage: 'alpha' },
    },
  );

sourceContract({
  name: 'gateSource of gates',
  open: async () => {
    const source = gateSource(gatesOf());
    return { source, close: async () => source.close?.() };
  },
});

sourceContract({
  name: 'gateSource of live gates',
  open: async () => {
    const source = gateSource(liveGates(gatesOf()));
    return { source, close: async () => source.close?.() };
  },
});

let followers: Follower[] = [];
afterEach(async () => {
  for (const follower of followers) await follower.close();
  followers = [];
});

describe('what is read', () => {
  it('is a boolean flag for each gate, with what is known of it', async () => {
    const set = await gateSource(gatesOf().with(layer('env', { 'storage.ceph': true }))).read();
    const snapshot = compile(set);
    expect(snapshot.issues).toEqual([]);
    expect([...snapshot.flags.keys()].sort()).toEqual([
      'feature.EventsProxy',
      'feature.OldApi',
      'feature.Sessions',
      'feature.constructor',
      'feature.storage.ceph',
    ]);
    const { flags } = set.document as { flags: ReadonlyMap<string, unknown> };
    expect(flags.get('feature.storage.ceph')).toEqual({
      type: 'bool',
      description: 'What it does.',
      owner: '@platform',
      default: true,
      metadata: { stage: 'alpha', layer: 'env', owner: '@platform', since: '0.1.0', 'gate.shown': 'sunbeam' },
    });
    expect(flags.get('feature.OldApi')).toMatchObject({
      default: true,
      metadata: { stage: 'deprecated', layer: 'default', until: 'v0.9', overdue: true },
    });
    expect(flags.get('feature.Sessions')).toMatchObject({ metadata: { stage: 'ga', layer: 'locked', locked: true } });
    for (const { name, enabled } of gatesOf()
      .with(layer('env', { 'storage.ceph': true }))
      .list()) {
      expect(evaluate(snapshot, `feature.${name}`, 'boolean', {}).value).toBe(enabled);
    }
  });

  it('has the keys that were asked for, which must differ', async () => {
    const source = gateSource(gatesOf(), { key: (name) => `sunbeam/${name.toLowerCase()}`, name: 'sunbeam' });
    expect(source.name).toBe('sunbeam');
    const snapshot = compile(await source.read());
    expect(snapshot.flags.get('sunbeam/eventsproxy')).toBeDefined();
    for (const key of [() => 'same', () => '', () => undefined as never]) {
      expect(() => gateSource(gatesOf(), { key })).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    }
  });

  it('has a revision of its content: the same for the same, another for anything else', async () => {
    const revision = async (gates: ReturnType<typeof gatesOf>) => (await gateSource(gates).read()).revision;
    const base = await revision(gatesOf());
    expect(await revision(gatesOf())).toBe(base);
    const on = await revision(gatesOf().with(layer('env', { 'storage.ceph': true })));
    // set to what it is already: another layer decides
    const said = await revision(gatesOf().with(layer('env', { 'storage.ceph': false })));
    expect(new Set([base, on, said]).size).toBe(3);
  });
});

describe('of live gates', () => {
  it('hints at each swap that changes what is read, and at no other', async () => {
    const live = liveGates(gatesOf());
    const source = gateSource(live);
    const changed = vi.fn();
    const stop = await source.subscribe!({ changed, failed: vi.fn() });
    const before = await source.read();
    live.apply(layer('override', {}));
    expect(changed).not.toHaveBeenCalled();
    expect(await source.read()).toBe(before);
    live.apply(layer('override', { 'storage.ceph': true }));
    expect(changed).toHaveBeenCalledOnce();
    const after = await source.read();
    expect(after.revision).not.toBe(before.revision);
    live.drop('override');
    expect(changed).toHaveBeenCalledTimes(2);
    expect((await source.read()).revision).toBe(before.revision);
    await stop();
    live.apply(layer('override', { 'storage.ceph': true }));
    expect(changed).toHaveBeenCalledTimes(2);
  });

  it('hints to all, also when one of them throws; to none after it was closed, and the gates go on', async () => {
    const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const live = liveGates(gatesOf());
    const source = gateSource(live);
    const bad = vi.fn(() => {
      throw new Error('no');
    });
    const good = vi.fn();
    await source.subscribe!({ changed: bad, failed: vi.fn() });
    await source.subscribe!({ changed: good, failed: vi.fn() });
    live.apply(layer('override', { 'storage.ceph': true }));
    expect([bad, good].map((one) => one.mock.calls.length)).toEqual([1, 1]);
    expect(emitWarning).toHaveBeenCalledOnce();
    await source.close!();
    live.drop('override');
    expect([bad, good].map((one) => one.mock.calls.length)).toEqual([1, 1]);
    expect(live.enabled('storage.ceph')).toBe(false);
    await expect(source.subscribe!({ changed: good, failed: vi.fn() })).rejects.toMatchObject({ code: 'NOT_READY' });
    emitWarning.mockRestore();
  });

  it('is followed: a swap is seen, and only what changed is told', async () => {
    const live = liveGates(gatesOf());
    const follower = follow(gateSource(live), { refreshInterval: 60_000 });
    followers.push(follower);
    await follower.ready();
    const changed = new Promise<readonly string[]>((resolve) => {
      follower.on((event) => {
        if (event.type === 'changed') resolve(event.flagsChanged);
      });
    });
    live.apply(layer('override', { 'storage.ceph': true }));
    expect(await changed).toEqual(['feature.storage.ceph']);
  });

  it('shows the cluster layer of gates that follow a store', async () => {
    const store = memoryStore({ flags: { 'feature.EventsProxy': { default: false } } });
    const live = liveGates(gatesOf(), store);
    await live.ready();
    const client = createClient(gateSource(live));
    await client.ready();
    expect(client.details('feature.EventsProxy')).toMatchObject({
      value: false,
      details: { flagMetadata: { layer: 'cluster', stage: 'beta' } },
    });
    await client.close();
    await live.close();
  });
});

it.each([null, undefined, {}, { current: null }, 'gates'])('%j is no gates, and null no options', (given) => {
  expect(() => gateSource(given as never)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  expect(() => gateSource(gatesOf(), null as never)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
});

describe('through OpenFeature', () => {
  afterEach(async () => {
    await OpenFeature.clearProviders();
  });

  it('gates are boolean flags, and follow their swaps', async () => {
    const live = liveGates(gatesOf());
    await OpenFeature.setProviderAndWait('gates', createProvider(sourceResolver(gateSource(live))));
    const client = OpenFeature.getClient('gates');
    expect(await client.getBooleanDetails('feature.EventsProxy', false)).toMatchObject({
      value: true,
      reason: 'STATIC',
      flagMetadata: { stage: 'beta', layer: 'default', owner: '@platform', 'gate.shown': 'sunbeam' },
    });
    expect(await client.getBooleanValue('feature.storage.ceph', true)).toBe(false);
    expect(await client.getBooleanDetails('feature.Unknown', true)).toMatchObject({
      value: true,
      errorCode: 'FLAG_NOT_FOUND',
    });
    const changed = new Promise<readonly string[] | undefined>((resolve) => {
      client.addHandler(ProviderEvents.ConfigurationChanged, (event) => resolve(event?.flagsChanged));
    });
    live.apply(layer('override', { 'storage.ceph': true }));
    expect(await changed).toEqual(['feature.storage.ceph']);
    expect(await client.getBooleanValue('feature.storage.ceph', false)).toBe(true);
  });
});
