import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryStore } from '@flagwright/sources/memory';
import { prometheusMetrics } from '@flagwright/telemetry/prometheus';
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { defineGates } from './gates.ts';
import { layer } from './layer.ts';
import { liveGates } from './live.ts';
import { syncGates } from './sync/sync.ts';

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

it('so is their sync', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'flagwright-gate-metrics-'));
  const path = join(folder, 'gates.yaml');
  writeFileSync(path, 'features:\n  EventsProxy: true\n');
  const metrics = prometheusMetrics();
  const registry = new Registry();
  metrics.register(registry);
  const store = memoryStore({ flags: { 'feature.storage.ceph': { type: 'bool', default: true } } });
  const sync = syncGates({ local: path, store, clock: () => 1_500 });
  metrics.showGateSync(sync);
  await sync.forceSync();
  await sync.close();
  const lines = (await registry.metrics()).split('\n').filter((line) => line.startsWith('feature_flags_gate_sync'));
  expect(lines.sort()).toEqual([
    'feature_flags_gate_sync_conflicts_total 0',
    'feature_flags_gate_sync_failures_total 0',
    'feature_flags_gate_sync_last_success_timestamp_seconds 1.5',
    'feature_flags_gate_sync_pending 0',
    'feature_flags_gate_sync_total{direction="pull"} 1',
    'feature_flags_gate_sync_total{direction="push"} 1',
  ]);
  rmSync(folder, { recursive: true });
});
