import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EvaluationRecord, TrackRecord } from '@flagwright/core';
import { analytics, type Metrics } from '@flagwright/telemetry';
import { fileExporter } from '@flagwright/telemetry/exporters';
import { healthHandler } from '@flagwright/telemetry/health';
import { prometheusMetrics } from '@flagwright/telemetry/prometheus';
import { OpenFeature } from '@openfeature/server-sdk';
import { Registry } from 'prom-client';
import { describe, expect, it, vi } from 'vitest';
import { type Config, clientFromEnv, createClient, openProvider, providerFromEnv } from '../src/index.ts';
import { clientOf, workingFolder } from './support.ts';

// What a configuration says is measured, by whichever way flags are asked for.

const folder = workingFolder();

const FLAGS =
  'flags: { beta: { type: boolean, default: true }, size: { type: integer, default: 3, enabled: false } }\n';
const MEMORY: Config = { provider: 'memory', memory: { flags: { beta: { type: 'boolean', default: true } } } };

/** The samples of a registry whose names begin so, without their help. */
async function shown(registry: Registry, begin: string): Promise<readonly string[]> {
  const text = await registry.metrics();
  return text.split('\n').filter((line) => line.startsWith(begin) && !line.includes('_bucket'));
}

/** The six methods of the Go package, and nothing else. */
function six(): { readonly calls: string[]; readonly metrics: Metrics } {
  const calls: string[] = [];
  return {
    calls,
    metrics: {
      recordEvaluation: (key, _, reason) => void calls.push(`evaluation ${key} ${reason}`),
      recordError: (key, { code }) => void calls.push(`error ${key} ${code}`),
      recordCacheHit: (key) => void calls.push(`hit ${key}`),
      recordCacheMiss: (key) => void calls.push(`miss ${key}`),
      recordProviderLatency: (provider, operation) => void calls.push(`latency ${provider} ${operation}`),
      recordProviderError: (provider, operation, { code }) =>
        void calls.push(`failed ${provider} ${operation} ${code}`),
    },
  };
}

describe('metrics', () => {
  it('of the client, with a namespace and each flag by itself, by variables alone', async () => {
    const path = folder.write('flags.yaml', FLAGS);
    const registry = new Registry();
    const env = {
      FEATURE_PROVIDER: 'file',
      FEATURE_FILE_PATH: path,
      FEATURE_METRICS_NAMESPACE: 'myapp_feature_flags',
      FEATURE_METRICS_PER_FLAG: 'true',
    };
    const client = clientFromEnv(env, { registry });
    await client.ready();
    client.boolean('beta', false);
    client.withContext({ plan: 'pro' }).boolean('beta', false);
    client.string('beta', 'x');
    client.int('size', 9);
    expect(await shown(registry, 'myapp_feature_flags_evaluation_total')).toEqual([
      'myapp_feature_flags_evaluation_total{flag_key="beta",reason="FALLTHROUGH",value="true"} 2',
      'myapp_feature_flags_evaluation_total{flag_key="beta",reason="ERROR",value="other"} 1',
      'myapp_feature_flags_evaluation_total{flag_key="size",reason="OFF",value="other"} 1',
    ]);
    expect(await shown(registry, 'myapp_feature_flags_evaluation_errors_total{flag_key="beta"')).toEqual([
      'myapp_feature_flags_evaluation_errors_total{flag_key="beta",error_type="type_mismatch"} 1',
    ]);
    expect(await shown(registry, 'myapp_feature_flags_total')).toEqual(['myapp_feature_flags_total 2']);
    expect(await shown(registry, 'myapp_feature_flags_active_total')).toEqual(['myapp_feature_flags_active_total 1']);
    expect(await shown(registry, 'myapp_feature_flags_provider_up')).toEqual([
      'myapp_feature_flags_provider_up{provider="file"} 1',
    ]);
    expect(client.health()).toMatchObject({
      status: 'healthy',
      flags_loaded: 2,
      cache: { enabled: false },
      evaluation_stats: { total_evaluations: 4, error_rate: 0.25 },
    });
    await client.close();
    expect(client.health().status).toBe('unhealthy');
  });

  it('of the provider, through the SDK, by one hook of its own', async () => {
    const registry = new Registry();
    const provider = openProvider(MEMORY, { registry });
    expect(provider.hooks).toHaveLength(1);
    const client = await clientOf(provider);
    await client.getBooleanValue('beta', false);
    await client.getStringValue('none', '');
    expect(await shown(registry, 'feature_flags_evaluation_total')).toEqual([
      'feature_flags_evaluation_total{flag_key="",reason="FALLTHROUGH",value="true"} 1',
      'feature_flags_evaluation_total{flag_key="",reason="ERROR",value="other"} 1',
    ]);
    expect(provider.health()).toMatchObject({ flags_loaded: 1, evaluation_stats: { total_evaluations: 2 } });
    expect(await healthHandler(provider)(new Request('http://app/health')).json()).toMatchObject({ flags_loaded: 1 });
  });

  it('go to those of the application instead; six methods are enough', async () => {
    const { calls, metrics } = six();
    const client = createClient({ provider: 'file', file: { path: 'features.yaml' } }, { metrics });
    await client.ready().catch(() => undefined);
    client.boolean('beta', false);
    expect(client.metrics).toBe(metrics);
    expect(calls).toEqual([
      'latency file read',
      'failed file read NOT_FOUND',
      'evaluation beta ERROR',
      'error beta PROVIDER_NOT_READY',
    ]);
    await client.close();
  });

  it('are not made where they are not wanted; then nothing is measured, and there is no hook', async () => {
    const registry = new Registry();
    const { calls, metrics } = six();
    const off: Config = { ...MEMORY, metrics: { enabled: false } };
    const provider = openProvider(off, { registry });
    expect([provider.hooks, provider.metrics]).toEqual([undefined, undefined]);
    const client = createClient(off, { metrics });
    await client.ready();
    client.boolean('beta', false);
    expect([calls, await registry.metrics()]).toEqual([[], '\n']);
    expect(client.health()).toMatchObject({ status: 'healthy', evaluation_stats: { total_evaluations: 0 } });
    await client.close();
  });

  it('say what is wrong with them: their names, their buckets, two of them', () => {
    const registry = new Registry();
    expect(() => providerFromEnv({ FEATURE_METRICS_NAMESPACE: 'my-app' })).toThrow(
      /FEATURE_METRICS_NAMESPACE: this text cannot stand here; expected up to 200 letters|FEATURE_METRICS_NAMESPACE: .*my-app/,
    );
    expect(() => createClient({ metrics: { buckets: [1, 0.1] } })).toThrow(/metrics\.buckets/);
    expect(() => openProvider(MEMORY, { registry, metrics: six().metrics })).toThrow(/both metrics and registry/);
    expect(() => openProvider(MEMORY, { metrics: {} as Metrics })).toThrow(/recordEvaluation/);
    expect(() => openProvider(MEMORY, { registry: {} as Registry })).toThrow(/no registry/);
  });

  it('are registered once, and only if all else is good', async () => {
    const registry = new Registry();
    expect(() => createClient({ provider: 'launchdarkly', launchdarkly: { sdkKey: 'sdk-1' } }, { registry })).toThrow();
    const client = createClient(MEMORY, { registry });
    expect(() => createClient(MEMORY, { registry })).toThrow(/feature_flags_\w+/);
    createClient({ ...MEMORY, metrics: { namespace: 'other' } }, { registry });
    await client.close();
  });

  it('follow the backend that is in use: what is left behind is up no more, nor down', async () => {
    const path = folder.write('flags.yaml', FLAGS);
    const registry = new Registry();
    const provider = openProvider({ provider: 'file', file: { path } }, { registry });
    const client = await clientOf(provider);
    const state = async () => [
      ...(await shown(registry, 'feature_flags_provider_up')),
      ...(await shown(registry, 'feature_flags_total')),
    ];
    expect(await state()).toEqual(['feature_flags_provider_up{provider="file"} 1', 'feature_flags_total 2']);
    await expect(provider.configure({ provider: 'file', file: { path: 'none.yaml' } })).rejects.toThrow(/none\.yaml/);
    expect(await state()).toEqual(['feature_flags_provider_up{provider="file"} 1', 'feature_flags_total 2']);
    await provider.configure(MEMORY);
    expect(await state()).toEqual(['feature_flags_provider_up{provider="memory"} 1', 'feature_flags_total 1']);
    await client.getBooleanValue('beta', false);
    expect(provider.health()).toMatchObject({ source: { name: 'memory' }, evaluation_stats: { total_evaluations: 1 } });
  });

  it('a network that is not to be used is no failure of its backend', async () => {
    const { calls, metrics } = six();
    const offline: Config = { provider: 'postgres', offline: true, startTimeout: '5s' };
    const client = createClient(offline, { metrics });
    await client.ready();
    client.boolean('beta', false);
    expect(calls).toEqual(['evaluation beta ERROR', 'error beta FLAG_NOT_FOUND']);
    expect(client.health()).toMatchObject({ status: 'degraded', cache: { enabled: true, hit_rate: 0 } });
    await client.close();
  });
});

describe('the end', () => {
  const down = { name: 'down', export: () => Promise.reject(new Error('away')) };

  it('of a client is no end of the count of its events, which are dropped later', async () => {
    const registry = new Registry();
    const events = analytics({ exporters: [down], batch: { closeTimeout: 50 } });
    const client = createClient(MEMORY, { registry, sinks: [events] });
    await client.ready();
    client.boolean('beta', false);
    await client.close();
    await events.close();
    expect(await shown(registry, 'feature_flags_events')).toEqual(
      expect.arrayContaining([
        'feature_flags_events_total{exporter="down",outcome="dropped"} 1',
        'feature_flags_events_queue_size{exporter="down"} 0',
      ]),
    );
  });

  it('of one provider leaves the other what they share', async () => {
    const metrics = prometheusMetrics();
    const registry = new Registry();
    metrics.register(registry);
    const [one, other] = [openProvider(MEMORY, { metrics }), openProvider(MEMORY, { metrics })];
    await Promise.all([clientOf(one), clientOf(other)]);
    await one.onClose!();
    expect(await shown(registry, 'feature_flags_total')).toEqual(['feature_flags_total 1']);
    expect(await shown(registry, 'feature_flags_provider_up')).toEqual([
      'feature_flags_provider_up{provider="memory"} 1',
    ]);
    await other.onClose!();
    expect(await shown(registry, 'feature_flags_total')).toEqual([]);
    expect(await shown(registry, 'feature_flags_provider_up')).toEqual([]);
  });

  it('twice, and a beginning between, measures on', async () => {
    const registry = new Registry();
    let flushes = 0;
    const slow = Object.assign(() => undefined, {
      flush: () => (flushes++ === 0 ? new Promise((resolve) => setTimeout(resolve, 100)) : Promise.resolve()),
    });
    const provider = openProvider(MEMORY, { registry, sinks: [slow] });
    await clientOf(provider);
    const first = provider.onClose!();
    await provider.onClose!();
    await provider.initialize!({});
    await first;
    expect(await shown(registry, 'feature_flags_total')).toEqual(['feature_flags_total 1']);
    await provider.onClose!();
    expect(await shown(registry, 'feature_flags_total')).toEqual([]);
  });

  it('of what could not be opened leaves no names behind', async () => {
    const registry = new Registry();
    expect(() => createClient(MEMORY, { registry, readTimeout: -1 })).toThrow(/readTimeout/);
    expect(() => openProvider(MEMORY, { registry, hooks: 5 as never })).toThrow(/hooks: got 5; expected a list/);
    expect(() => openProvider(MEMORY, { registry, sinks: [5] as never })).toThrow(
      /sinks\[0\]: got 5; expected a function/,
    );
    expect(() => openProvider(MEMORY, { registry, sinks: null as never })).toThrow(/sinks: got null; expected a list/);
    expect(() => createClient(MEMORY, { registry, onRead: 5 as never })).toThrow(/onRead: got 5; expected a function/);
    expect(() => createClient(MEMORY, null as never)).toThrow(/options: got null/);
    const client = createClient(MEMORY, { registry });
    await client.close();
  });

  it('of the count of a sink that throws is a warning', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const broken = () => {
      throw new Error('broken');
    };
    const sink = Object.assign(() => undefined, { countInto: () => broken });
    const client = createClient(MEMORY, { sinks: [sink, Object.assign(() => undefined, { countInto: broken })] });
    await client.ready();
    await client.close();
    expect(warn.mock.calls.map(([warning]) => warning)).toEqual([
      'a flag sink that counts threw: broken',
      'a flag sink that counts threw: broken',
    ]);
  });
});

describe('events', () => {
  it('of evaluations and of what is tracked go to sinks, from the client and from the provider', async () => {
    const records: string[] = [];
    const sinks = [
      (record: EvaluationRecord | TrackRecord) =>
        void records.push(record.kind === 'track' ? record.event : `${record.key} ${record.value}`),
    ];
    const client = await clientOf(openProvider(MEMORY, { sinks }));
    await client.getBooleanValue('beta', false);
    client.track('bought');
    const flags = createClient(MEMORY, { sinks });
    await flags.ready();
    flags.boolean('beta', false);
    flags.track('seen');
    expect(records).toEqual(['beta true', 'bought', 'beta true', 'seen']);
    await flags.close();
  });

  it('are not sent where that is said, also while the application runs; metrics go on', async () => {
    const records: unknown[] = [];
    const registry = new Registry();
    const sinks = [(record: unknown) => void records.push(record)];
    const provider = openProvider({ ...MEMORY, sendEvents: false }, { sinks, registry });
    const client = await clientOf(provider);
    const ask = async () => {
      await client.getBooleanValue('beta', false);
      client.track('bought');
    };
    await ask();
    expect(records).toEqual([]);
    await provider.configure({ ...MEMORY, sendEvents: true });
    await ask();
    expect(records).toHaveLength(2);
    await provider.configure({ ...MEMORY, sendEvents: false });
    await ask();
    expect(records).toHaveLength(2);
    expect(await shown(registry, 'feature_flags_evaluation_total')).toEqual([
      'feature_flags_evaluation_total{flag_key="",reason="FALLTHROUGH",value="true"} 3',
    ]);
  });

  it('that variables forbid are not sent by any configuration in code', async () => {
    const records: unknown[] = [];
    const sinks = [(record: unknown) => void records.push(record)];
    const provider = providerFromEnv({ FEATURE_SEND_EVENTS: 'false' }, { sinks });
    const client = await clientOf(provider);
    await provider.configure({ ...MEMORY, sendEvents: true });
    await client.getBooleanValue('beta', false);
    client.track('bought');
    expect(records).toEqual([]);
  });

  it('are flushed when the provider is closed, and counted among the metrics', async () => {
    const path = join(folder.path, 'events.jsonl');
    const registry = new Registry();
    const events = analytics({ exporters: [fileExporter({ path })] });
    const client = await clientOf(openProvider(MEMORY, { sinks: [events], registry }));
    await client.getBooleanValue('beta', false, { targetingKey: 'ann', email: 'ann@example.com' });
    client.track('bought', { targetingKey: 'ann' }, { value: 3 });
    expect(existsSync(path)).toBe(false);
    await OpenFeature.clearProviders();
    const lines = readFileSync(path, 'utf8').trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { kind: 'evaluation', flag_key: 'beta', user_key: 'ann', value: true },
      { kind: 'custom', event: 'bought', user_key: 'ann', data: { value: 3 } },
    ]);
    expect(lines.join()).not.toContain('example.com');
    expect(await shown(registry, 'feature_flags_events_total')).toContain(
      'feature_flags_events_total{exporter="file",outcome="sent"} 2',
    );
    await events.close();
  });

  it('are flushed when the client is closed', async () => {
    const path = join(folder.path, 'events.jsonl');
    const events = analytics({ exporters: [fileExporter({ path })] });
    const flags = createClient(MEMORY, { sinks: [events] });
    await flags.ready();
    flags.boolean('beta', false, { targetingKey: 'ann' });
    await flags.close();
    expect(readFileSync(path, 'utf8').trim().split('\n')).toHaveLength(1);
    await events.close();
  });
});
