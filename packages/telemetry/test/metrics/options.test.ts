import { describe, expect, it } from 'vitest';
import { DEFAULT_BUCKETS, METRICS, type MetricsOptions, tally } from '../../src/index.ts';
import { openTelemetryMetrics } from '../../src/opentelemetry/index.ts';
import { prometheusMetrics } from '../../src/prometheus/index.ts';
import { evaluated, seriesCount } from './support.ts';

const meter = {
  createHistogram: () => ({}),
  createObservableCounter: () => ({ addCallback() {} }),
  createObservableGauge: () => ({ addCallback() {} }),
} as unknown as Parameters<typeof openTelemetryMetrics>[0];

const bad: readonly [what: string, options: unknown, said: RegExp][] = [
  ['nothing', null, /options of metrics.*null.*expected an object/],
  ['a list', [], /options of metrics/],
  ['a text', 'feature_flags', /options of metrics.*"feature_flags"/],
  ['a slip of the finger', { perflag: true }, /no option "perflag".*did you mean perFlag/],
  ['an option of a prototype', { constructor: 1 }, /no option "constructor"/],
  ['enabled as text', { enabled: 'false' }, /enabled.*"false".*true or false/],
  ['perFlag as number', { perFlag: 1 }, /perFlag.*1.*true or false/],
  ['aliases as null', { aliases: null }, /aliases.*null/],
  ['an empty namespace', { namespace: '' }, /namespace.*"".*such as "feature_flags"/],
  ['a namespace with a dash', { namespace: 'my-app' }, /namespace.*"my-app"/],
  ['a namespace that begins with a digit', { namespace: '1app' }, /namespace/],
  ['a namespace with a line break', { namespace: 'app\n' }, /namespace/],
  ['a namespace in letters of another script', { namespace: 'флаги' }, /namespace/],
  ['a long namespace', { namespace: 'a'.repeat(201) }, /namespace/],
  ['a namespace that is none', { namespace: 7 }, /namespace.*7/],
  ['no buckets', { buckets: [] }, /buckets.*\[\].*1 to 50 numbers/],
  ['too many buckets', { buckets: Array.from({ length: 51 }, (_, i) => i + 1) }, /buckets/],
  ['buckets in no order', { buckets: [0.1, 0.01] }, /buckets\[1\].*0\.01.*ascending/],
  ['a bucket twice', { buckets: [0.1, 0.1] }, /buckets\[1\]/],
  ['a bucket of nothing', { buckets: [0, 1] }, /buckets\[0\].*got 0;/],
  ['a negative bucket', { buckets: [-1] }, /buckets\[0\].*-1/],
  ['a bucket that is no number', { buckets: [Number.NaN] }, /buckets\[0\].*NaN/],
  ['a bucket without end', { buckets: [1, Number.POSITIVE_INFINITY] }, /buckets\[1\].*Infinity/],
  ['a bucket as text', { buckets: ['1'] }, /buckets\[0\].*"1"/],
  ['buckets with holes', { buckets: new Array(3) }, /buckets\[0\]/],
  ['buckets as text', { buckets: '0.1,1' }, /buckets.*"0\.1,1"/],
  ['no flags', { maxFlags: 0 }, /maxFlags.*got 0; expected a whole number from 1 to 100000/],
  ['half a flag', { maxFlags: 1.5 }, /maxFlags.*1\.5/],
  ['more flags than memory', { maxFlags: 1e9 }, /maxFlags/],
];

const factories: readonly [string, (options: MetricsOptions) => unknown][] = [
  ['tally', (options) => tally(options)],
  ['prometheusMetrics', prometheusMetrics],
  ['openTelemetryMetrics', (options) => openTelemetryMetrics(meter, options)],
];

describe.each(factories)('%s', (_, make) => {
  it.each(bad)('refuses %s', (_, options, said) => {
    expect(() => make(options as MetricsOptions)).toThrow(
      expect.objectContaining({ name: 'FlagError', code: 'INVALID_ARGUMENT', message: expect.stringMatching(said) }),
    );
  });
});

it('an option that is undefined has its default', () => {
  const options = { enabled: undefined, namespace: undefined, buckets: undefined, perFlag: undefined };
  const { families } = tally({ ...options, maxFlags: undefined, aliases: undefined });
  expect(families.map(({ name }) => name)).toEqual(Object.values(METRICS).map(({ name }) => `feature_flags_${name}`));
  for (const family of families) if (family.type === 'histogram') expect(family.bounds).toEqual(DEFAULT_BUCKETS);
});

it('buckets are copied', () => {
  const buckets = [0.1, 1];
  const metrics = tally({ buckets });
  buckets[0] = 5;
  expect(metrics.families[0]).toMatchObject({ bounds: [0.1, 1] });
});

it('the names are those of the list, and aliases are shown besides if they are wanted', () => {
  expect(tally({ namespace: 'myapp_feature_flags' }).families.map(({ name, type }) => `${name} ${type}`)).toEqual([
    'myapp_feature_flags_evaluation_duration_seconds histogram',
    'myapp_feature_flags_evaluation_total counter',
    'myapp_feature_flags_evaluation_errors_total counter',
    'myapp_feature_flags_cache_hits_total counter',
    'myapp_feature_flags_cache_misses_total counter',
    'myapp_feature_flags_provider_latency_seconds histogram',
    'myapp_feature_flags_provider_errors_total counter',
    'myapp_feature_flags_total gauge',
    'myapp_feature_flags_active_total gauge',
    'myapp_feature_flags_cache_size gauge',
    'myapp_feature_flags_cache_max_size gauge',
    'myapp_feature_flags_provider_up gauge',
    'myapp_feature_flags_last_refresh_timestamp_seconds gauge',
    'myapp_feature_flags_events_total counter',
    'myapp_feature_flags_events_queue_size gauge',
    'myapp_feature_flags_gate_enabled gauge',
    'myapp_feature_flags_gate_sync_total counter',
    'myapp_feature_flags_gate_sync_conflicts_total counter',
    'myapp_feature_flags_gate_sync_failures_total counter',
    'myapp_feature_flags_gate_sync_pending gauge',
    'myapp_feature_flags_gate_sync_last_success_timestamp_seconds gauge',
  ]);
  const metrics = tally({ aliases: true });
  metrics.setFlagCounts(5, 3);
  const values = Object.fromEntries(
    metrics.families.flatMap((family) =>
      family.type === 'gauge' ? family.samples().map(({ value }) => [family.name, value]) : [],
    ),
  );
  expect(values).toEqual({
    feature_flags_total: 5,
    feature_flags_active_total: 3,
    feature_flags_flags: 5,
    feature_flags_flags_active: 3,
  });
});

it('switched off, nothing is counted and nothing is shown', () => {
  const metrics = tally({ enabled: false });
  evaluated(metrics, { code: 'GENERAL' });
  metrics.recordCacheHit('a');
  metrics.recordCacheMiss('a');
  metrics.recordProviderLatency('p', 'read', 1);
  metrics.setFlagCounts(1, 1);
  metrics.recordEvents('e', 'sent', 1);
  metrics.setEventQueue('e', 1);
  expect(metrics.families).toEqual([]);
  expect(seriesCount(metrics)).toBe(0);
  expect(prometheusMetrics({ enabled: false }).collectors).toEqual([]);
});
