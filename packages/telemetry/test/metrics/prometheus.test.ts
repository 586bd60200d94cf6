import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClient } from '@flagwright/core';
import { memoryStore } from '@flagwright/sources/memory';
import { AggregatorRegistry, Counter, Histogram, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { recorder } from '../../src/index.ts';
import { prometheusMetrics } from '../../src/prometheus/index.ts';
import { chance } from './chance.ts';
import { parseExposition, seriesIn, seriesOf } from './exposition.ts';
import { evaluated } from './support.ts';

const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

it('a namespace, each flag by itself, a client, and a registry that is scraped', async () => {
  const metrics = prometheusMetrics({ namespace: 'myapp_feature_flags', perFlag: true });
  const registry = new Registry();
  metrics.register(registry);
  const store = memoryStore({
    flags: {
      'new-feature': { type: 'boolean', default: true },
      theme: { type: 'string', variants: [{ name: 'd', value: 'dark' }], defaultVariant: 'd', enabled: false },
    },
  });
  const client = createClient(store, recorder(metrics));
  await client.ready();
  client.boolean('new-feature', false);
  client.boolean('new-feature', false);
  client.string('theme', 'light');
  client.boolean('no-feature', false);
  client.string('new-feature', 'x');
  await client.close();

  const server = createServer(async (_, response) => {
    response.setHeader('content-type', registry.contentType).end(await registry.metrics());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  server.close();

  const { types, helps } = parseExposition(text);
  expect(types.size).toBe(21);
  expect([...helps.values()].every((help) => /^[A-Z].*\.$/.test(help))).toBe(true);
  const name = (rest: string): string => `myapp_feature_flags_${rest}`;
  expect(types.get(name('evaluation_duration_seconds'))).toBe('histogram');
  expect(types.get(name('evaluation_total'))).toBe('counter');
  expect(types.get(name('active_total'))).toBe('gauge');
  const series = seriesIn(text);
  const value = (rest: string, labels: Record<string, string> = {}): number | undefined =>
    series.get(seriesOf(name(rest), labels));
  expect(value('evaluation_total', { flag_key: 'new-feature', reason: 'FALLTHROUGH', value: 'true' })).toBe(2);
  expect(value('evaluation_total', { flag_key: 'theme', reason: 'OFF', value: 'other' })).toBe(1);
  expect(value('evaluation_total', { flag_key: '__unknown__', reason: 'ERROR', value: 'false' })).toBe(1);
  expect(value('evaluation_errors_total', { flag_key: '__unknown__', error_type: 'flag_not_found' })).toBe(1);
  expect(value('evaluation_errors_total', { flag_key: 'new-feature', error_type: 'type_mismatch' })).toBe(1);
  const durations = { flag_key: 'new-feature', reason: 'FALLTHROUGH' };
  expect(value('evaluation_duration_seconds_count', durations)).toBe(2);
  expect(value('evaluation_duration_seconds_bucket', { ...durations, le: '+Inf' })).toBe(2);
  expect(value('evaluation_duration_seconds_sum', durations)).toBeGreaterThan(0);
  expect(value('provider_latency_seconds_count', { provider: 'memory', operation: 'read' })).toBe(1);
  expect(value('total')).toBe(2);
  expect(value('active_total')).toBe(1);
  expect(value('provider_up', { provider: 'memory' })).toBe(1);
  // what is in memory is no copy of anything
  expect(text).not.toMatch(/cache_(hits|misses)_total\{|cache_size \d/);
});

/** The same told to ours and to prom-client's own classes. */
function both(seed: number) {
  const buckets = [0.001, 0.01, 0.5];
  const ours = new Registry();
  const metrics = prometheusMetrics({ perFlag: true, buckets });
  metrics.register(ours);
  const theirs = new Registry();
  const common = { registers: [theirs], help: 'x' };
  const total = new Counter({
    ...common,
    name: 'feature_flags_evaluation_total',
    labelNames: ['flag_key', 'reason', 'value'],
  });
  const durations = new Histogram({
    ...common,
    name: 'feature_flags_evaluation_duration_seconds',
    labelNames: ['flag_key', 'reason'],
    buckets,
  });
  const { pick, below } = chance(seed);
  for (let i = 0; i < 200; i++) {
    const key = pick(['a', 'b "quoted"', 'c\\n', 'd\\', 'ключ', '\\"}', '__proto__']);
    const variant = pick(['v', 'w{x="1"}', '__proto__']);
    const reason = pick(['FALLTHROUGH', 'RULE_MATCH'] as const);
    const duration = below(1_000);
    evaluated(metrics, { key, value: 1, variant, reason, duration });
    total.inc({ flag_key: key, reason, value: variant });
    durations.observe({ flag_key: key, reason }, duration / 1_000);
  }
  return { ours, theirs, metrics };
}

const NAMES = ['feature_flags_evaluation_total', 'feature_flags_evaluation_duration_seconds'];

describe('a registry shows what it would show of its own classes', () => {
  it.each([1, 2, 3])('as text (%d)', async (seed) => {
    const { ours, theirs } = both(seed);
    for (const name of NAMES) {
      const [mine, their] = await Promise.all([ours, theirs].map((one) => one.getSingleMetricAsString(name)));
      const [a, b] = [seriesIn(mine!), seriesIn(their!)];
      expect([...a.keys()].sort()).toEqual([...b.keys()].sort());
      for (const [series, value] of a) expect(value).toBeCloseTo(b.get(series)!, 9);
    }
  });

  it('as JSON, with labels by default', async () => {
    const { ours, theirs } = both(4);
    for (const one of [ours, theirs]) one.setDefaultLabels({ app: 'shop', reason: 'never' });
    const jsonOf = async (registry: Registry): Promise<unknown[]> => {
      const metrics = await registry.getMetricsAsJSON();
      return metrics
        .filter(({ name }) => NAMES.includes(name))
        .flatMap(({ values, name, type, aggregator }) =>
          values.map(({ value, labels, metricName }: Value) =>
            JSON.stringify([name, type, aggregator, value.toFixed(6), metricName, Object.entries(labels).sort()]),
          ),
        )
        .sort();
    };
    const mine = await jsonOf(ours);
    expect(mine.length).toBeGreaterThan(50);
    expect(mine).toEqual(await jsonOf(theirs));
    expect(seriesIn(await ours.metrics()).size).toBeGreaterThan(50);
  });

  it('as OpenMetrics, at every scrape, while another registry shows the plain text', async () => {
    const { ours, theirs, metrics } = both(5);
    const open = new Registry();
    open.setContentType(OPEN_METRICS as never);
    metrics.register(open);
    theirs.setContentType(OPEN_METRICS as never);
    const theirText = await theirs.metrics();
    for (let i = 0; i < 2; i++) {
      const text = await open.metrics();
      expect(text.endsWith('\n# EOF\n')).toBe(true);
      expect([...seriesIn(text).keys()]).toEqual(expect.arrayContaining([...seriesIn(theirText).keys()]));
      expect(parseExposition(text).types.get('feature_flags_evaluation')).toBe('counter');
      expect(text).not.toContain('_total_total');
      const plain = await ours.metrics();
      expect(parseExposition(plain).types.get('feature_flags_evaluation_total')).toBe('counter');
      expect(plain).toContain('\nfeature_flags_evaluation_total{');
    }
  });
});

interface Value {
  readonly value: number;
  readonly labels: object;
  readonly metricName?: string;
}

it('the workers of a cluster are made one: counts are added, the worst state is shown', async () => {
  const workers = [true, false].map((up, i) => {
    const metrics = prometheusMetrics();
    const registry = new Registry();
    metrics.register(registry);
    evaluated(metrics, { duration: 0.5 + i });
    metrics.setFlagCounts(7, 5);
    metrics.setProviderState({ provider: 'redis', up, lastRefresh: 1_000 * i, cacheSize: 7, cacheMaxSize: 0 });
    metrics.setEventQueue('file', 10);
    return registry;
  });
  // as they are sent between processes
  const sent = JSON.parse(JSON.stringify(await Promise.all(workers.map((one) => one.getMetricsAsJSON()))));
  const series = seriesIn(await AggregatorRegistry.aggregate(sent).metrics());
  const value = (name: string, labels: Record<string, string> = {}) =>
    series.get(seriesOf(`feature_flags_${name}`, labels));
  const labels = { flag_key: '', reason: 'FALLTHROUGH' };
  expect(value('evaluation_total', { ...labels, value: 'true' })).toBe(2);
  expect(value('evaluation_duration_seconds_bucket', { ...labels, le: '0.001' })).toBe(1);
  expect(value('evaluation_duration_seconds_bucket', { ...labels, le: '0.005' })).toBe(2);
  expect(value('evaluation_duration_seconds_count', labels)).toBe(2);
  expect(value('total')).toBe(7);
  expect(value('provider_up', { provider: 'redis' })).toBe(0);
  expect(value('last_refresh_timestamp_seconds', { provider: 'redis' })).toBe(0);
  expect(value('events_queue_size', { exporter: 'file' })).toBe(20);
});

describe('registering', () => {
  it('takes each collector by itself, too', async () => {
    const metrics = prometheusMetrics({ aliases: true });
    const registry = new Registry();
    for (const collector of metrics.collectors) registry.registerMetric(collector);
    metrics.setFlagCounts(3, 2);
    expect(await registry.getSingleMetricAsString('feature_flags_flags_active')).toContain(
      '\nfeature_flags_flags_active 2',
    );
    const all = registry.getMetricsAsArray().map(({ name }) => name);
    expect(all).toHaveLength(23);
  });

  it('again changes nothing, and in a second registry shows the same', async () => {
    const metrics = prometheusMetrics();
    const [one, two] = [new Registry(), new Registry()];
    for (const registry of [one, one, two]) metrics.register(registry);
    evaluated(metrics, {});
    expect(await one.metrics()).toBe(await two.metrics());
    one.clear();
    expect(await one.metrics()).toBe('\n');
    metrics.register(one);
    expect(await one.metrics()).toBe(await two.metrics());
  });

  it('is refused as a whole if a name is taken', () => {
    const registry = new Registry();
    prometheusMetrics().register(registry);
    const refused = expect.objectContaining({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(/feature_flags_evaluation_duration_seconds.*namespace/),
    });
    expect(() => prometheusMetrics().register(registry)).toThrow(refused);
    const other = new Registry();
    new Counter({ name: 'feature_flags_events_total', help: 'x', registers: [other] });
    expect(() => prometheusMetrics().register(other)).toThrow(/feature_flags_events_total/);
    expect(other.getMetricsAsArray()).toHaveLength(1);
    prometheusMetrics({ namespace: 'other' }).register(registry);
    expect(registry.getMetricsAsArray()).toHaveLength(42);
  });

  it.each([undefined, null, {}, 'registry', new Map()])('%s is no registry', (registry) => {
    expect(() => prometheusMetrics().register(registry as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringMatching(/no registry.*prom-client/) }),
    );
  });
});

it('resetMetrics begins again, and merge shows what both have', async () => {
  const metrics = prometheusMetrics();
  const registry = new Registry();
  metrics.register(registry);
  evaluated(metrics, {});
  const other = new Registry();
  new Counter({ name: 'requests_total', help: 'x', registers: [other] }).inc(3);
  expect(await Registry.merge([registry, other]).metrics()).toMatch(
    /evaluation_total\{.*\} 1\n(?:.*\n)*requests_total 3\n/,
  );
  registry.resetMetrics();
  expect(await registry.metrics()).not.toMatch(/evaluation_total\{/);
  evaluated(metrics, {});
  expect(await registry.metrics()).toMatch(/evaluation_total\{.*\} 1\n/);
});
