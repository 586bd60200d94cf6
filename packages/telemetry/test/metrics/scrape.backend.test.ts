import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type PrometheusServer, startPrometheus, until } from '@flagwright/test-servers';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Metrics } from '../../src/index.ts';
import { openTelemetryMetrics } from '../../src/opentelemetry/index.ts';
import { prometheusMetrics } from '../../src/prometheus/index.ts';
import { evaluated } from './support.ts';

// What a real Prometheus reads: of labels that nobody would choose, in each of the formats.

const KEYS = ['plain', '"quoted"', '\\', 'a\nb', 'a\r\u0000b', '\ud800', 'ключ', 'x}{=","', '\u2028', '__proto__'];
const READ = ['plain', '"quoted"', '\\', 'a\ufffdb', 'a\ufffd\ufffdb', '\ufffd', 'ключ', 'x}{=","', '__proto__'];

function tellAll(metrics: Metrics): void {
  for (const key of KEYS) evaluated(metrics, { key, value: 'x', variant: key, duration: 3 });
  metrics.setFlagCounts?.(12, 7);
}

type Show = () => Promise<{ readonly type: string; readonly text: string }>;

function registered(contentType?: string): Show {
  const registry = new Registry();
  if (contentType !== undefined) registry.setContentType(contentType as never);
  const metrics = prometheusMetrics({ perFlag: true });
  metrics.register(registry);
  tellAll(metrics);
  return async () => ({ type: registry.contentType, text: await registry.metrics() });
}

function metered(): Parameters<typeof createServer>[1] {
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const provider = new MeterProvider({ readers: [exporter] });
  ending.push(() => provider.shutdown());
  tellAll(openTelemetryMetrics(provider.getMeter('flags'), { perFlag: true }));
  return (request, response) => exporter.getMetricsRequestHandler(request, response);
}

const served =
  (show: Show): Parameters<typeof createServer>[1] =>
  async (_, response) => {
    const { type, text } = await show();
    response.setHeader('content-type', type).end(text);
  };

const ending: (() => unknown)[] = [];
const formats: Record<string, Parameters<typeof createServer>[1]> = {
  'the text format': served(registered()),
  OpenMetrics: served(registered('application/openmetrics-text; version=1.0.0; charset=utf-8')),
  'the exporter of OpenTelemetry': metered(),
};
const instances = new Map<string, string>();
let prometheus: PrometheusServer;

beforeAll(async () => {
  for (const [format, handler] of Object.entries(formats)) {
    const server = createServer(handler).listen(0, '127.0.0.1');
    ending.push(() => server.close());
    await once(server, 'listening');
    instances.set(format, `127.0.0.1:${(server.address() as AddressInfo).port}`);
  }
  prometheus = await startPrometheus({ targets: [...instances.values()] });
  ending.push(() => prometheus.stop());
  await until('all formats are read', async () => (await prometheus.query('up == 1')).length === instances.size);
});

afterAll(async () => {
  for (const end of ending.reverse()) await end();
});

it.each(Object.keys(formats))('%s', async (format) => {
  const query = (name: string, more = '') =>
    prometheus.query(`feature_flags_${name}{instance="${instances.get(format)}"${more}}`);
  const total = await query('evaluation_total');
  expect(total.map(({ labels }) => labels.flag_key).sort()).toEqual([...READ].sort());
  expect(total.map(({ labels }) => labels.value).sort()).toEqual([...READ].sort());
  // two keys with one label share its time series
  expect(total.find(({ labels }) => labels.flag_key === '\ufffd')?.value).toBe(2);
  const [bucket] = await query('evaluation_duration_seconds_bucket', ',flag_key="plain",le="0.005"');
  expect(bucket?.value).toBe(1);
  expect((await query('total')).map(({ value }) => value)).toEqual([12]);
});
