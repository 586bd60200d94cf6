import { memoryStore } from '@flagwright/sources/memory';
import { prometheusMetrics } from '@flagwright/telemetry/prometheus';
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { defineGates } from './gates.ts';
import { layer } from './layer.ts';
import { liveGates } from './live.ts';

const gate = { owner: '@platform', description: 'What it does.', since: '0.1.0' } as const;

const gates = defineGates(
  { program: 'sunbeam', version: '1.0.0' },
  { EventsProxy: { ...gate, stage: 'beta' }, 'storage.ceph': { ...gate, stage: 'alpha' } },
);

it('gates are a metric as they are, and follow their swaps', async () => {
  const metrics = prometheusMetrics();
  const registry = new Registry();
  metrics.register(registry);
  const store = memoryStore();
  const live = liveGates(gates, store);
  await live.ready();
  const stop = metrics.showGates(live);
  const lines = async () =>
    (await registry.getSingleMetricAsString('feature_flags_gate_enabled'))
      .split('\n')
      .filter((line) => !/^#/.test(line));
  expect(await lines()).toEqual([
    'feature_flags_gate_enabled{name="EventsProxy",stage="beta"} 1',
    'feature_flags_gate_enabled{name="storage.ceph",stage="alpha"} 0',
  ]);
  await store.commit([{ key: 'feature.EventsProxy', next: { type: 'bool', default: false } }]);
  await live.refresh();
  live.apply(layer('override', { 'storage.ceph': true }));
  expect(await lines()).toEqual([
    'feature_flags_gate_enabled{name="EventsProxy",stage="beta"} 0',
    'feature_flags_gate_enabled{name="storage.ceph",stage="alpha"} 1',
  ]);
  stop();
  metrics.showGates(gates);
  expect((await lines())[0]).toBe('feature_flags_gate_enabled{name="EventsProxy",stage="beta"} 1');
  await live.close();
});
