import {
  type FlagDefinition,
  FlagError,
  type FlagSet,
  type FlagSource,
  type FlagStore,
  type Observer,
} from '@flagwright/core';
import { memoryStore } from '@flagwright/sources/memory';
import { overlay } from '@flagwright/sources/overlay';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { clusterDefinition } from './cluster.ts';
import { defineGates, type Gates } from './gates.ts';
import { layer } from './layer.ts';
import { type ClusteredGates, type LiveGates, liveGates } from './live.ts';
import { gateSource } from './source.ts';

const gate = { owner: '@platform', description: 'What it does.', since: '0.1.0' } as const;

function gatesOf(warnings: string[] = [], more: { allowUnknown?: boolean } = {}) {
  return defineGates(
    { program: 'sunbeam', version: '1.0.0', onWarning: (message) => warnings.push(message), ...more },
    {
      EventsProxy: { ...gate, stage: 'beta' },
      'multi-region': { ...gate, stage: 'alpha' },
      'storage.ceph': { ...gate, stage: 'alpha', requires: ['multi-region'] },
      Sessions: { ...gate, stage: 'ga', locked: true },
      OldApi: { ...gate, stage: 'deprecated', default: true, until: '2.0.0' },
    },
  );
}

const flag = (value: unknown): FlagDefinition => ({
  type: typeof value === 'boolean' ? 'bool' : 'string',
  default: value,
});

const open: ClusteredGates[] = [];
afterEach(async () => {
  for (const live of open.splice(0)) await live.close();
});
function opened<N extends string>(live: ClusteredGates<N>): ClusteredGates<N> {
  open.push(live as unknown as ClusteredGates);
  return live;
}

/** Resolves at the next swap after `act`. */
async function afterSwap<N extends string>(live: LiveGates<N>, act: () => unknown): Promise<void> {
  const swapped = new Promise<void>((resolve) => {
    const stop = live.on(() => {
      stop();
      resolve();
    });
  });
  await act();
  await swapped;
}

const set = (store: FlagStore, values: Readonly<Record<string, unknown>>) =>
  store.commit(Object.entries(values).map(([key, next]) => ({ key, next })));

/** A source that reads what the test says, and hints when it says so. */
function sourceOf(read: (signal?: AbortSignal) => Promise<FlagSet>): FlagSource & { hint(): void } {
  let ear: Observer | undefined;
  return {
    name: 'test',
    read: (_, signal) => read(signal),
    subscribe(observer) {
      ear = observer;
      return () => undefined;
    },
    hint: () => ear?.changed(),
  };
}

describe('without a source', () => {
  it('answers as the gates it holds, and swaps them whole', () => {
    const live = liveGates(gatesOf());
    const before = live.current;
    const heard: [Gates, Gates][] = [];
    const stop = live.on((now, then) => heard.push([now, then] as never));
    expect(live.enabled('EventsProxy')).toBe(true);
    live.apply(layer('override', { EventsProxy: false }), layer('env', { 'multi-region': true }));
    expect([live.enabled('EventsProxy'), live.enabled('multi-region')]).toEqual([false, true]);
    expect(before.enabled('EventsProxy')).toBe(true);
    live.drop('override');
    expect([live.enabled('EventsProxy'), live.enabled('multi-region')]).toEqual([true, true]);
    expect(heard).toHaveLength(2);
    expect(heard[0]![1]).toBe(before);
    expect(heard[1]![0]).toBe(live.current);
    stop();
    live.drop('env');
    expect(heard).toHaveLength(2);
  });

  it('a layer that cannot be laid changes nothing', () => {
    const live = liveGates(gatesOf());
    const before = live.current;
    expect(() => live.apply(layer('override', { EventsProxy: false }), layer('env', { Sessions: false }))).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
    expect(live.current).toBe(before);
    expect(live.enabled('EventsProxy')).toBe(true);
  });

  it('refuses a name that is not declared, before and after a swap', () => {
    const live = liveGates(gatesOf());
    for (const act of [() => undefined, () => live.apply(layer('env', { EventsProxy: false }))]) {
      act();
      expect(() => live.enabled('EvnetsProxy' as never)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
      expect(() => live.enabled('__proto__' as never)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
    }
  });

  it('a deprecated gate warns at its first use, through the holder too', () => {
    const warnings: string[] = [];
    const live = liveGates(gatesOf(warnings));
    expect([live.enabled('OldApi'), live.enabled('OldApi')]).toEqual([true, true]);
    expect(warnings).toEqual([expect.stringContaining('OldApi is deprecated')]);
  });

  it.each([
    ['nothing', () => undefined, 'nothing is no gates; expected what defineGates returns'],
    ['declarations', () => ({ EventsProxy: {} }), 'expected what defineGates returns'],
    ['live gates', () => liveGates(gatesOf()), 'these are live gates; expected the gates in them: live.current'],
  ])('holds no %s', (_what, make, message) => {
    const error = expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(message) });
    expect(() => liveGates(make() as never)).toThrow(error);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no'))],
  ])('a listener that %s keeps nobody from hearing, and is a warning', async (_how, fails: () => void) => {
    const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const live = liveGates(gatesOf());
    live.on(fails);
    const heard = vi.fn();
    live.on(heard);
    live.apply(layer('env', { EventsProxy: false }));
    expect(heard).toHaveBeenCalledOnce();
    await new Promise(setImmediate);
    expect(emitWarning.mock.calls).toEqual([['a listener of the feature gates threw: no', 'FlagwrightWarning']]);
    emitWarning.mockRestore();
  });
});

describe('with a source', () => {
  it('lays what the cluster says over the gates, true and false alike, and follows it', async () => {
    const store = memoryStore({ flags: { 'feature.EventsProxy': flag(false), other: flag(true) } });
    const live = opened(liveGates(gatesOf(), store));
    expect(live.enabled('EventsProxy')).toBe(true);
    await live.ready();
    expect(live.enabled('EventsProxy')).toBe(false);
    expect(live.current.state('EventsProxy')).toMatchObject({
      layer: 'cluster',
      from: 'feature.EventsProxy in memory',
      why: 'set by feature.EventsProxy in memory',
    });
    await afterSwap(live, () => set(store, { 'feature.multi-region': flag(true) }));
    expect(live.enabled('multi-region')).toBe(true);
    // unset by a tombstone, and by taking the key away
    await afterSwap(live, () => set(store, { 'feature.multi-region': clusterDefinition(undefined, 'w', undefined) }));
    expect(live.current.state('multi-region')).toMatchObject({ enabled: false, layer: 'default' });
    expect(live.health().issues).toEqual([]);
    await afterSwap(live, () => set(store, { 'feature.EventsProxy': null }));
    expect(live.current.state('EventsProxy')).toMatchObject({ enabled: true, layer: 'default' });
  });

  it('stands below a file of its own, and above the local file', async () => {
    const store = memoryStore({ flags: { 'feature.EventsProxy': flag(false), 'feature.multi-region': flag(false) } });
    const base = gatesOf().with(layer('file', { EventsProxy: true }), layer('local', { 'multi-region': true }));
    const live = opened(liveGates(base, store));
    await live.ready();
    expect(live.current.state('EventsProxy')).toMatchObject({ enabled: true, layer: 'file' });
    expect(live.current.state('multi-region')).toMatchObject({ enabled: false, layer: 'cluster' });
  });

  it('swaps only when the layer has changed', async () => {
    const store = memoryStore({ flags: { 'feature.EventsProxy': flag(false) } });
    const live = opened(liveGates(gatesOf(), store));
    const heard = vi.fn();
    live.on(heard);
    await live.ready();
    const { current } = live;
    expect(heard).toHaveBeenCalledOnce();
    await live.refresh();
    await set(store, { other: flag(true) });
    await live.refresh();
    // the same value, by another write
    await set(store, { 'feature.EventsProxy': clusterDefinition(false, 'w', undefined) });
    await live.refresh();
    expect(live.current).toBe(current);
    expect(heard).toHaveBeenCalledOnce();
  });

  it('a cluster without gates makes no swap', async () => {
    const base = gatesOf();
    const live = opened(liveGates(base, memoryStore()));
    await live.ready();
    expect(live.current).toBe(base);
  });

  it('what was laid before, as from a copy, is replaced at the first read', async () => {
    const live = opened(liveGates(gatesOf().with(layer('cluster', { EventsProxy: false })), memoryStore()));
    expect(live.enabled('EventsProxy')).toBe(false);
    await live.ready();
    expect(live.enabled('EventsProxy')).toBe(true);
  });

  it('tells what cannot be followed, in health always and in a warning once', async () => {
    const warnings: string[] = [];
    const store = memoryStore({
      flags: {
        'feature.EvnetsProxy': flag(true),
        'feature.Sessions': flag(false),
        'feature.storage.ceph': flag(true),
        'feature.multi-region': flag('true'),
      },
    });
    const live = opened(liveGates(gatesOf(warnings), store, { onIssues: () => undefined }));
    await live.ready();
    expect(warnings).toHaveLength(1);
    const codes = () => live.health().issues.map(({ code, path }) => [code, path.at(-1)]);
    expect(codes()).toEqual([
      ['unknown-gate', 'EvnetsProxy'],
      ['locked', 'Sessions'],
      ['unmet-requirement', 'storage.ceph'],
      ['strange-key', 'feature.multi-region'],
    ]);
    for (const name of ['EvnetsProxy', 'EventsProxy', 'Sessions', 'storage.ceph', 'feature.multi-region']) {
      expect(warnings[0]).toContain(name);
    }
    expect(live.enabled('storage.ceph')).toBe(false);
    await afterSwap(live, () => set(store, { 'feature.EventsProxy': flag(false) }));
    expect(warnings).toHaveLength(1);
    await afterSwap(live, () => set(store, { 'feature.multi-region': flag(true), 'feature.nobody': flag(true) }));
    expect(warnings).toHaveLength(2);
    expect(warnings[1]).toContain('nobody');
    expect(warnings[1]).not.toContain('Sessions');
    expect(live.enabled('storage.ceph')).toBe(true);
    expect(codes()).toEqual([
      ['unknown-gate', 'EvnetsProxy'],
      ['locked', 'Sessions'],
      ['unknown-gate', 'nobody'],
    ]);
  });

  it('whoever fails to be told a warning keeps nobody from being told of the read', async () => {
    const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const fails = (): void => {
      throw new Error('no');
    };
    const base = defineGates({ program: 'sunbeam', version: '1.0.0', onWarning: fails }, {});
    const onRead = vi.fn();
    const live = opened(liveGates(base, memoryStore({ flags: { 'feature.of-another': flag(true) } }), { onRead }));
    await live.ready();
    expect(onRead).toHaveBeenCalledOnce();
    expect(emitWarning.mock.calls).toEqual([['onWarning of sunbeam threw: no', 'FlagwrightWarning']]);
    emitWarning.mockRestore();
  });

  it.each([null, {}, 'store'])('%j is no source, and null no options', (source) => {
    expect(() => liveGates(gatesOf(), source as never)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    expect(() => liveGates(gatesOf(), memoryStore(), null as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });

  it('programs that share a cluster need not know all of it', async () => {
    const warnings: string[] = [];
    const store = memoryStore({ flags: { 'feature.of-another': flag(true) } });
    const live = opened(liveGates(gatesOf(warnings, { allowUnknown: true }), store));
    await live.ready();
    expect([warnings, live.health().issues]).toEqual([[], []]);
  });

  it('without the cluster at the start the other layers decide, and that is told once', async () => {
    const warnings: string[] = [];
    let away = true;
    const store = memoryStore({ flags: { 'feature.EventsProxy': flag(false) } });
    const source = sourceOf(async (signal) => {
      if (away) throw new FlagError('UNAVAILABLE', 'nobody answers');
      return store.read(undefined, signal);
    });
    const base = gatesOf(warnings).with(layer('local', { 'multi-region': true }));
    const live = opened(liveGates(base, source));
    await expect(live.ready()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect([live.enabled('EventsProxy'), live.enabled('multi-region')]).toEqual([true, true]);
    expect(live.health()).toMatchObject({ status: 'starting', lastError: { code: 'UNAVAILABLE' }, issues: [] });
    await live.refresh();
    await live.refresh();
    expect(warnings).toEqual([
      'the feature gates of sunbeam do without the cluster until it is there: test cannot be read: nobody answers',
    ]);
    away = false;
    await live.refresh();
    expect(live.enabled('EventsProxy')).toBe(false);
    expect(live.health().status).toBe('ready');
    expect(warnings).toHaveLength(1);
  });

  it('keeps the last gates while the cluster is away, and says so once for each time', async () => {
    const warnings: string[] = [];
    let answer: 'good' | 'away' | 'nonsense' = 'good';
    const store = memoryStore({ flags: { 'feature.EventsProxy': flag(false) } });
    const source = sourceOf(async (signal) => {
      if (answer === 'away') throw new FlagError('UNAVAILABLE', 'nobody answers');
      if (answer === 'nonsense') return { document: [] as never, revision: 'x' };
      return store.read(undefined, signal);
    });
    const live = opened(liveGates(gatesOf(warnings), source));
    await live.ready();
    const { current } = live;
    for (const bad of ['away', 'nonsense'] as const) {
      answer = bad;
      await live.refresh();
      await live.refresh();
      expect(live.current).toBe(current);
      expect(live.health().status).toBe('stale');
      answer = 'good';
      await live.refresh();
      expect(live.health().status).toBe('ready');
    }
    expect(warnings).toEqual([
      'the feature gates of sunbeam may be out of date: test cannot be read: nobody answers',
      expect.stringMatching(/^the feature gates of sunbeam may be out of date: test cannot be read: /),
    ]);
  });

  it('a definition that went bad keeps its gate as it was, and the others go on', async () => {
    const store = memoryStore({ flags: { 'feature.EventsProxy': flag(false) } });
    const live = opened(liveGates(gatesOf(), store, { onIssues: () => undefined }));
    await live.ready();
    const bad = { type: 'bool', rules: 7 };
    await afterSwap(live, () => set(store, { 'feature.EventsProxy': bad, 'feature.multi-region': flag(true) }));
    expect([live.enabled('EventsProxy'), live.enabled('multi-region')]).toEqual([false, true]);
    expect(live.health().degraded).toEqual(['feature.EventsProxy']);
  });

  it('what the cluster takes away switches off what needs it, and stops nothing', async () => {
    const warnings: string[] = [];
    const store = memoryStore({ flags: { 'feature.multi-region': flag(true) } });
    const live = opened(liveGates(gatesOf(warnings), store));
    await live.ready();
    live.apply(layer('flag', { 'storage.ceph': true }));
    expect(live.enabled('storage.ceph')).toBe(true);
    await afterSwap(live, () => set(store, { 'feature.multi-region': null, 'feature.EventsProxy': flag(false) }));
    expect([live.enabled('storage.ceph'), live.enabled('EventsProxy')]).toEqual([false, false]);
    expect(live.health().issues.map(({ code }) => code)).toEqual(['unmet-requirement']);
    expect(warnings).toEqual([expect.stringContaining('storage.ceph')]);
    await afterSwap(live, () => set(store, { 'feature.multi-region': flag(true) }));
    expect(live.enabled('storage.ceph')).toBe(true);
    expect(live.health().issues).toEqual([]);
  });

  it('its cluster layer is nobody else’s', async () => {
    const live = opened(liveGates(gatesOf(), memoryStore()));
    for (const act of [() => live.apply(layer('cluster', { EventsProxy: false })), () => live.drop('cluster')]) {
      expect(act).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    }
    expect(live.enabled('EventsProxy')).toBe(true);
  });

  it('a gate that depends on the time is looked at again at each read', async () => {
    let time = Date.UTC(2026, 0, 1);
    const store = memoryStore({
      flags: {
        'feature.multi-region': {
          variants: { on: true, off: false },
          defaultVariant: 'off',
          targeting: { if: [{ '>=': [{ var: '$flagd.timestamp' }, 1_775_000_000] }, 'on', 'off'] },
        },
      },
    });
    const live = opened(liveGates(gatesOf(), store, { clock: () => time }));
    await live.ready();
    expect(live.enabled('multi-region')).toBe(false);
    time = Date.UTC(2026, 11, 1);
    await live.refresh();
    expect(live.enabled('multi-region')).toBe(true);
  });

  it('takes the options of follow, and asks in less than five seconds by default', async () => {
    const reads: unknown[] = [];
    const live = opened(
      liveGates(gatesOf(), memoryStore(), { refreshInterval: undefined, onRead: (r) => reads.push(r) }),
    );
    await live.ready();
    expect(live.health()).toMatchObject({ source: 'memory', refreshInterval: 4_500, subscribed: true });
    expect(reads).toHaveLength(1);
    const slow = opened(liveGates(gatesOf(), memoryStore(), { refreshInterval: 60_000, subscribe: false }));
    await slow.ready();
    expect(slow.health()).toMatchObject({ refreshInterval: 60_000, subscribed: false });
    expect(() => liveGates(gatesOf(), memoryStore(), { refreshInterval: 0 })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
    expect(() => liveGates(gatesOf(), {} as FlagSource)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });

  it('closes its source, and keeps its gates', async () => {
    const store = memoryStore({ flags: { 'feature.EventsProxy': flag(false) } });
    const live = liveGates(gatesOf(), store);
    await live.ready();
    await live.close();
    await live.close();
    await expect(store.read()).rejects.toMatchObject({ code: 'NOT_READY' });
    expect(live.enabled('EventsProxy')).toBe(false);
    expect(live.health().status).toBe('closed');
    live.apply(layer('override', { EventsProxy: true }));
    expect(live.enabled('EventsProxy')).toBe(true);
  });
});

describe('a source that holds the gates themselves', () => {
  const around = (source: FlagSource): FlagSource => ({ ...source, close: async () => undefined });

  it.each([
    ['below the store', true],
    ['above the store', false],
  ])('%s it sets nothing, goes round in no circle, and is told', async (_, below) => {
    const warnings: string[] = [];
    const store = memoryStore({ flags: { 'feature.EventsProxy': flag(false) } });
    const bare = liveGates(gatesOf());
    const shown = gateSource(bare);
    const both = below ? overlay(shown, store) : overlay(store, shown);
    const live = opened(liveGates(gatesOf(warnings), around(both), { onIssues: () => undefined }));
    const swaps = vi.fn();
    live.on(swaps);
    await live.ready();
    // above, it hides what the store has
    expect(live.enabled('EventsProxy')).toBe(!below);
    expect(live.health().issues.map(({ code }) => code)).toEqual(['own-gates']);
    expect(warnings).toHaveLength(1);
    bare.apply(layer('override', { 'multi-region': true }));
    await live.refresh();
    expect(live.enabled('multi-region')).toBe(false);
    expect(swaps).toHaveBeenCalledTimes(below ? 1 : 0);
  });

  it('the very holder in its own source comes to rest', async () => {
    const store = memoryStore({ flags: { 'feature.EventsProxy': flag(true) } });
    const later: { source?: FlagSource } = {};
    const own: FlagSource = {
      name: 'own',
      read: (previous, signal) => later.source!.read(previous, signal),
      subscribe: (observer) => later.source!.subscribe!(observer),
    };
    let reads = 0;
    const live = opened(
      liveGates(gatesOf([]), around(overlay(own, store)), { onIssues: () => undefined, onRead: () => void reads++ }),
    );
    later.source = gateSource(live);
    await live.ready();
    await afterSwap(live, () => set(store, { 'feature.EventsProxy': flag(false) }));
    expect(live.enabled('EventsProxy')).toBe(false);
    // the swap hints at itself; what is read then is what is there
    for (let i = 0; i < 3; i++) await live.refresh();
    const before = reads;
    await live.refresh();
    expect(reads).toBe(before + 1);
    expect(live.enabled('EventsProxy')).toBe(false);
  });
});
