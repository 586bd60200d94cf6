import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FlagError as Failure, type FlagError } from '@flagwright/core';
import { createNoopMeter, type Meter } from '@opentelemetry/api';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import {
  AggregationTemporality,
  DataPointType,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import type { GateMetrics, Metrics } from '../../src/index.ts';
import { type OpenTelemetryMetrics, openTelemetryMetrics } from '../../src/opentelemetry/index.ts';
import { prometheusMetrics } from '../../src/prometheus/index.ts';
import { chance } from './chance.ts';
import { parseExposition, seriesIn } from './exposition.ts';
import { evaluated } from './support.ts';

const ending: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0)) await end();
});

/** A meter whose metrics are scraped from the exporter of the SDK, over HTTP. */
async function scraped(): Promise<{ meter: Meter; scrape: () => Promise<string> }> {
  const exporter = new PrometheusExporter({
    preventServerStart: true,
    withoutScopeInfo: true,
    withoutTargetInfo: true,
  });
  const provider = new MeterProvider({ readers: [exporter] });
  const server = createServer((request, response) => exporter.getMetricsRequestHandler(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ending.push(
    () => server.close(),
    () => provider.shutdown(),
  );
  const { port } = server.address() as AddressInfo;
  const scrape = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return { meter: provider.getMeter('flags'), scrape };
}

/** Tells everything that there is to tell. */
function tellAll(metrics: Required<Metrics> & GateMetrics, seed: number): void {
  const { pick, below } = chance(seed);
  for (let i = 0; i < 300; i++) {
    const key = pick(['a', 'b "quoted"', 'c\\n', 'line\nbreak', 'ключ', '__proto__']);
    const value = pick<unknown>([true, false, 'x', 1]);
    const code = pick([undefined, undefined, 'FLAG_NOT_FOUND', 'TYPE_MISMATCH'] as const);
    evaluated(metrics, { key, value, variant: pick(['v', 'w', undefined]), code, duration: below(3_000) });
    if (below(2) === 0) metrics.recordCacheHit(key);
    else metrics.recordCacheMiss(key);
  }
  metrics.recordProviderLatency('postgres', 'read', 3);
  metrics.showGates({
    list: () => [
      { name: 'EventsProxy', stage: 'beta', enabled: true },
      { name: 'storage.ceph', stage: 'alpha', enabled: false },
    ],
  });
  const counts = { pushed: below(9), pulled: below(9), conflicts: 1, failures: 2, pending: ['a'], lastSync: 1_500 };
  metrics.showGateSync({ health: () => counts });
  metrics.recordProviderError('postgres', 'read', new Failure('UNAUTHORIZED', 'no'));
  metrics.setFlagCounts(12, 7);
  metrics.setProviderState({ provider: 'postgres', up: true, lastRefresh: 1_234_567, cacheSize: 12, cacheMaxSize: 0 });
  metrics.recordEvents('file', 'sent', 3);
  metrics.setEventQueue('file', 4);
}

it.each([
  { seed: 1, perFlag: false },
  { seed: 2, perFlag: true },
])(
  'the exporter shows the same names, labels, types and numbers as prom-client ($perFlag)',
  async ({ seed, perFlag }) => {
    const options = { namespace: 'myapp_feature_flags', perFlag, aliases: true };
    const { meter, scrape } = await scraped();
    tellAll(openTelemetryMetrics(meter, options), seed);
    const registry = new Registry();
    const metrics = prometheusMetrics(options);
    metrics.register(registry);
    tellAll(metrics, seed);

    const [theirs, ours] = [await scrape(), await registry.metrics()];
    const [a, b] = [seriesIn(theirs), seriesIn(ours)];
    expect([...a.keys()].sort()).toEqual([...b.keys()].sort());
    expect(a.size).toBeGreaterThan(60);
    for (const [series, value] of a) expect(value, series).toBeCloseTo(b.get(series)!, 6);
    const [c, d] = [parseExposition(theirs), parseExposition(ours)];
    expect(sorted(c.types)).toEqual(sorted(d.types));
    expect(sorted(c.helps)).toEqual(sorted(d.helps));
  },
);

function sorted(table: ReadonlyMap<string, string>): unknown {
  return [...table].sort();
}

/** What is exported by OTLP and the like. */
function exported(temporality: AggregationTemporality) {
  const exporter = new InMemoryMetricExporter(temporality);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({ readers: [reader] });
  ending.push(() => provider.shutdown());
  return {
    meter: provider.getMeter('flags'),
    async collect() {
      exporter.reset();
      await reader.forceFlush();
      const all = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics));
      return new Map(all.map((metric) => [metric.descriptor.name, metric]));
    },
  };
}

it('instruments have units, kinds of numbers and the buckets', async () => {
  const { meter, collect } = exported(AggregationTemporality.CUMULATIVE);
  const metrics = openTelemetryMetrics(meter, { buckets: [0.01, 0.1] });
  evaluated(metrics, { duration: 50 });
  metrics.recordProviderLatency('p', 'read', 5);
  metrics.setFlagCounts(1, 1);
  metrics.setProviderState({ provider: 'p', up: true, lastRefresh: 1_500, cacheSize: 1, cacheMaxSize: 0 });
  const all = await collect();
  const duration = all.get('feature_flags_evaluation_duration_seconds');
  expect(duration).toMatchObject({
    descriptor: { unit: 's', description: 'How long evaluations took.' },
    dataPointType: DataPointType.HISTOGRAM,
    dataPoints: [
      {
        attributes: { flag_key: '', reason: 'FALLTHROUGH' },
        value: { count: 1, sum: 0.05, buckets: { boundaries: [0.01, 0.1], counts: [0, 1, 0] } },
      },
    ],
  });
  expect(all.get('feature_flags_provider_latency_seconds')?.descriptor.unit).toBe('s');
  expect(all.get('feature_flags_evaluation_total')).toMatchObject({
    // ValueType.INT
    descriptor: { unit: '', valueType: 0 },
    dataPointType: DataPointType.SUM,
    isMonotonic: true,
  });
  expect(all.get('feature_flags_active_total')?.dataPointType).toBe(DataPointType.GAUGE);
  expect(all.get('feature_flags_last_refresh_timestamp_seconds')).toMatchObject({
    descriptor: { unit: 's', valueType: 1 },
    dataPoints: [{ value: 1.5 }],
  });
});

it('where only what is new is exported, it is', async () => {
  const { meter, collect } = exported(AggregationTemporality.DELTA);
  const metrics = openTelemetryMetrics(meter);
  const count = async (): Promise<unknown> =>
    (await collect()).get('feature_flags_evaluation_total')?.dataPoints.map(({ value }) => value);
  for (let i = 0; i < 3; i++) evaluated(metrics, {});
  expect(await count()).toEqual([3]);
  evaluated(metrics, {});
  expect(await count()).toEqual([1]);
});

it('labels are bounded as they are for Prometheus', async () => {
  const { meter, collect } = exported(AggregationTemporality.CUMULATIVE);
  const metrics = openTelemetryMetrics(meter, { perFlag: true, maxFlags: 3 });
  for (let i = 0; i < 10_000; i++) {
    evaluated(metrics, { key: `flag-${i}` });
    evaluated(metrics, { key: `attack-${i}`, code: 'FLAG_NOT_FOUND' });
  }
  const all = await collect();
  for (const name of ['evaluation_total', 'evaluation_duration_seconds']) {
    const points = all.get(`feature_flags_${name}`)!.dataPoints;
    expect(points.map(({ attributes }) => attributes.flag_key).sort()).toEqual([
      '__overflow__',
      '__unknown__',
      'flag-0',
      'flag-1',
      'flag-2',
    ]);
  }
});

it.each([Number.NaN, -1, Number.POSITIVE_INFINITY])('a duration of %d is not recorded', async (duration) => {
  const { meter, collect } = exported(AggregationTemporality.CUMULATIVE);
  const metrics = openTelemetryMetrics(meter);
  evaluated(metrics, { duration });
  metrics.recordProviderLatency('p', 'read', duration);
  const all = await collect();
  expect(all.get('feature_flags_evaluation_total')?.dataPoints[0]?.value).toBe(1);
  expect(all.get('feature_flags_evaluation_duration_seconds')?.dataPoints ?? []).toEqual([]);
  expect(all.get('feature_flags_provider_latency_seconds')?.dataPoints ?? []).toEqual([]);
});

describe('once it is closed', () => {
  it('nothing is told any more', async () => {
    const { meter, collect } = exported(AggregationTemporality.DELTA);
    const metrics = openTelemetryMetrics(meter);
    evaluated(metrics, {});
    expect((await collect()).get('feature_flags_evaluation_total')?.dataPoints).toHaveLength(1);
    metrics.close();
    metrics.close();
    evaluated(metrics, {});
    metrics.recordProviderLatency('p', 'read', 1);
    const points = [...(await collect()).values()].flatMap(({ dataPoints }) => dataPoints as readonly unknown[]);
    expect(points).toEqual([]);
  });

  it('its names are free for others, which begin at nothing', async () => {
    const { meter, collect } = exported(AggregationTemporality.CUMULATIVE);
    const first = openTelemetryMetrics(meter);
    for (let i = 0; i < 3; i++) evaluated(first, {});
    await collect();
    first.close();
    const next = openTelemetryMetrics(meter);
    first.close();
    evaluated(next, {});
    expect((await collect()).get('feature_flags_evaluation_total')?.dataPoints[0]?.value).toBe(1);
    expect(() => openTelemetryMetrics(meter)).toThrow(/already/);
  });
});

const refused = (said: RegExp) =>
  expect.objectContaining({ name: 'FlagError', code: 'INVALID_ARGUMENT', message: expect.stringMatching(said) });

describe('it is refused', () => {
  it.each([undefined, null, {}, 'meter', new Map()])('%s is no meter', (meter) => {
    expect(() => openTelemetryMetrics(meter as never)).toThrow(refused(/no meter.*createHistogram.*getMeter/));
  });

  it.each(['_private', 'a:b'])('the namespace %s, which OpenTelemetry does not know', (namespace) => {
    expect(() => openTelemetryMetrics(createNoopMeter(), { namespace })).toThrow(refused(/namespace.*letter/));
  });

  it('a second set of the same names on one meter', () => {
    const { meter } = exported(AggregationTemporality.CUMULATIVE);
    const first = openTelemetryMetrics(meter);
    expect(() => openTelemetryMetrics(meter, { namespace: 'Feature_Flags' })).toThrow(refused(/already.*close/));
    openTelemetryMetrics(meter, { namespace: 'other' }).close();
    first.close();
    openTelemetryMetrics(meter).close();
  });

  it.each(['createHistogram', 'createObservableCounter', 'createObservableGauge'] as const)(
    'a meter whose %s throws, with the cause, and may be tried again',
    (maker) => {
      const cause = new Error('out of instruments');
      const meter = createNoopMeter();
      const broken = Object.assign(Object.create(meter) as Meter, {
        [maker]: () => {
          throw cause;
        },
      });
      const making = (): OpenTelemetryMetrics => openTelemetryMetrics(broken);
      for (let i = 0; i < 2; i++) expect(making).toThrow(refused(/makes no instruments: out of instruments/));
      let thrown: unknown;
      try {
        making();
      } catch (error) {
        thrown = error;
      }
      expect((thrown as FlagError).cause).toBe(cause);
    },
  );
});

it('without an SDK, any number of sets is told to nobody', () => {
  for (let i = 0; i < 3; i++) tellAll(openTelemetryMetrics(createNoopMeter()), i);
});

it('switched off, no instrument is made', async () => {
  const { meter, collect } = exported(AggregationTemporality.CUMULATIVE);
  const metrics = openTelemetryMetrics(meter, { enabled: false });
  tellAll(metrics, 1);
  expect(await collect()).toEqual(new Map());
  metrics.close();
  openTelemetryMetrics(undefined as never, { enabled: false });
});
