import { AggregatorRegistry, Registry } from 'prom-client';
import { expect, it, vi } from 'vitest';
import { type GateSyncCounts, type ShownGate, tally } from '../../src/index.ts';
import { prometheusMetrics } from '../../src/prometheus/index.ts';
import { parseExposition } from './exposition.ts';
import { shown } from './support.ts';

const gate = (name: string, enabled: boolean, stage = 'beta'): ShownGate => ({ name, stage, enabled });
const list = (...gates: ShownGate[]) => ({ list: () => gates });

const COUNTS: GateSyncCounts = {
  pushed: 3,
  pulled: 5,
  conflicts: 1,
  failures: 2,
  pending: ['a', 'b', 'c', 'd'],
  lastSync: 1_500,
};

it('gates are shown as they stand when somebody looks', () => {
  const metrics = tally();
  expect(shown(metrics, 'gate_enabled')).toEqual({});
  const live = { current: list(gate('EventsProxy', true), gate('storage.ceph', false, 'alpha')) };
  const stop = metrics.showGates(live);
  expect(shown(metrics, 'gate_enabled')).toEqual({ 'EventsProxy,beta': 1, 'storage.ceph,alpha': 0 });
  live.current = list(gate('EventsProxy', false, 'ga'));
  expect(shown(metrics, 'gate_enabled')).toEqual({ 'EventsProxy,ga': 0 });
  stop();
  stop();
  expect(shown(metrics, 'gate_enabled')).toEqual({});
});

it('of several programs, the first has a name', () => {
  const metrics = tally();
  const stop = metrics.showGates(list(gate('a', true)));
  metrics.showGates(list(gate('a', false, 'alpha'), gate('b', true)));
  expect(shown(metrics, 'gate_enabled')).toEqual({ 'a,beta': 1, 'b,beta': 1 });
  stop();
  expect(shown(metrics, 'gate_enabled')).toEqual({ 'a,alpha': 0, 'b,beta': 1 });
});

it('there are never too many, and none breaks a scrape', async () => {
  const metrics = prometheusMetrics();
  const registry = new Registry();
  metrics.register(registry);
  const many = Array.from({ length: 3_000 }, (_, i) => gate(`g${i}`, true));
  const odd = [gate('a\0b', true), gate('a\ufffdb', false), gate('x'.repeat(300), true), gate(7 as never, true)];
  metrics.showGates(list(...odd, gate('__proto__', true, `s${'t'.repeat(300)}`), ...many));
  const { samples } = parseExposition(await registry.metrics());
  const gates = samples.filter(({ name }) => name === 'feature_flags_gate_enabled');
  expect(gates).toHaveLength(1_000);
  expect(gates[0]).toEqual({
    name: 'feature_flags_gate_enabled',
    labels: { name: 'a\ufffdb', stage: 'beta' },
    value: 1,
  });
  expect(gates[1]!.labels.name).toBe('__proto__');
  expect(gates[1]!.labels.stage).toHaveLength(200);
});

it('what a sync has done is shown, of several together', () => {
  const metrics = tally();
  const names = ['total', 'conflicts_total', 'failures_total', 'pending', 'last_success_timestamp_seconds'];
  const all = () => names.map((name) => shown(metrics, `gate_sync_${name}`));
  expect(all()).toEqual([{}, {}, {}, {}, {}]);
  let counts: GateSyncCounts = { ...COUNTS, lastSync: undefined };
  const stop = metrics.showGateSync({ health: () => counts });
  expect(all()).toEqual([{ push: 3, pull: 5 }, { '': 1 }, { '': 2 }, { '': 4 }, {}]);
  counts = { ...COUNTS, pushed: 4 };
  expect(all()).toEqual([{ push: 4, pull: 5 }, { '': 1 }, { '': 2 }, { '': 4 }, { '': 1.5 }]);
  const other = metrics.showGateSync({ health: () => ({ ...COUNTS, lastSync: 1_000 }) });
  expect(all()).toEqual([{ push: 7, pull: 10 }, { '': 2 }, { '': 4 }, { '': 8 }, { '': 1 }]);
  other();
  stop();
  expect(all()).toEqual([{}, {}, {}, {}, {}]);
});

it('counters begin again at nothing, gauges show what is', () => {
  const metrics = tally();
  let counts = COUNTS;
  metrics.showGateSync({ health: () => counts });
  metrics.showGates(list(gate('a', true)));
  for (const family of metrics.families) family.reset();
  expect(shown(metrics, 'gate_sync_total')).toEqual({ push: 0, pull: 0 });
  expect(shown(metrics, 'gate_sync_pending')).toEqual({ '': 4 });
  expect(shown(metrics, 'gate_enabled')).toEqual({ 'a,beta': 1 });
  counts = { ...counts, pushed: 5, failures: 3 };
  expect(shown(metrics, 'gate_sync_total')).toEqual({ push: 2, pull: 0 });
  expect(shown(metrics, 'gate_sync_failures_total')).toEqual({ '': 1 });
});

it('one that throws says nothing, is told of once, and keeps nobody from being shown', () => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  const metrics = tally();
  const throwing = (): never => {
    throw new Error('no');
  };
  metrics.showGates({ list: throwing });
  metrics.showGates(list(gate('a', true)));
  metrics.showGateSync({ health: throwing });
  for (let i = 0; i < 3; i++) {
    expect(shown(metrics, 'gate_enabled')).toEqual({ 'a,beta': 1 });
    expect(shown(metrics, 'gate_sync_total')).toEqual({});
  }
  expect(warn).toHaveBeenCalledTimes(2);
  warn.mockRestore();
});

it.each<[string, unknown]>([
  ['a gate that is null', [null]],
  ['a gate that is a text', ['a']],
  ['no list', null],
  ['an object for a list', { a: true }],
  ['a gate that throws', [Object.defineProperty({}, 'name', { get: () => fail() })]],
  ['a stage that throws', [{ name: 'b', stage: { toString: () => fail() }, enabled: true }]],
])('what list() should not say shows nothing, and breaks no scrape: %s', async (_, said) => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  const metrics = prometheusMetrics();
  const registry = new Registry();
  metrics.register(registry);
  metrics.showGates({ list: () => said as readonly ShownGate[] });
  metrics.showGates(list(gate('a', true)));
  for (let i = 0; i < 2; i++) {
    const { samples } = parseExposition(await registry.metrics());
    expect(samples.filter(({ name }) => name === 'feature_flags_gate_enabled')).toMatchObject([
      { labels: { name: 'a' }, value: 1 },
    ]);
  }
  expect(warn).toHaveBeenCalledOnce();
  warn.mockRestore();
});

it.each<[string, unknown]>([
  ['nothing in it', {}],
  ['nothing', undefined],
  ['a number for what is pending', { ...COUNTS, pending: 4 }],
])('what health() should not say shows nothing, and breaks no scrape: %s', async (_, said) => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  const metrics = prometheusMetrics();
  const registry = new Registry();
  metrics.register(registry);
  metrics.showGateSync({ health: () => said as GateSyncCounts });
  metrics.showGateSync({ health: () => ({ ...COUNTS, lastSync: 7n as never, failures: '1' as never }) });
  for (let i = 0; i < 2; i++) {
    const { samples } = parseExposition(await registry.metrics());
    const values = samples.filter(({ name }) => name.startsWith('feature_flags_gate_sync')).map(({ value }) => value);
    expect(values).toEqual([3, 5, 1, 0, 4]);
  }
  expect(warn).toHaveBeenCalledOnce();
  warn.mockRestore();
});

function fail(): never {
  throw new Error('no');
}

it('metrics that do not count show nothing', () => {
  const metrics = tally({ enabled: false });
  metrics.showGates(list(gate('a', true)))();
  metrics.showGateSync({ health: () => COUNTS })();
  expect(metrics.families).toEqual([]);
});

it('of the workers of a cluster, a gate is on where it is on in all', async () => {
  const registries = [true, false].map((enabled) => {
    const metrics = prometheusMetrics();
    const registry = new Registry();
    metrics.register(registry);
    metrics.showGates(list(gate('a', enabled), gate('b', true)));
    metrics.showGateSync({ health: () => ({ ...COUNTS, pending: enabled ? COUNTS.pending : [] }) });
    return registry;
  });
  const all = AggregatorRegistry.aggregate(
    await Promise.all(registries.map((registry) => registry.getMetricsAsJSON())),
  );
  const { samples } = parseExposition(await all.metrics());
  const value = (name: string, label?: string) =>
    samples.find((one) => one.name === `feature_flags_${name}` && (label === undefined || one.labels.name === label))
      ?.value;
  expect([value('gate_enabled', 'a'), value('gate_enabled', 'b')]).toEqual([0, 1]);
  expect([value('gate_sync_pending'), value('gate_sync_conflicts_total')]).toEqual([4, 2]);
});
