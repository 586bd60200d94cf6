import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClient } from '@flagwright/core';
import { memoryStore } from '@flagwright/sources/memory';
import { type PrometheusServer, startPrometheus, until } from '@flagwright/test-servers';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type GrafanaPanel, grafanaDashboard, prometheusRules } from '../../src/dashboards/index.ts';
import { recorder } from '../../src/index.ts';
import { prometheusMetrics } from '../../src/prometheus/index.ts';

// The dashboard of an application that keeps its flags in memory and does not count them one by one, by a real Prometheus.

const registry = new Registry();
const metrics = prometheusMetrics();
metrics.register(registry);
const flags = { on: { type: 'boolean', default: true }, off: { type: 'boolean', default: false } } as const;
const client = createClient(memoryStore({ flags }), recorder(metrics));
const server = createServer(async (_, response) => response.end(await registry.metrics()));
let prometheus: PrometheusServer;
let evaluating: NodeJS.Timeout;

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  await client.ready();
  prometheus = await startPrometheus({
    targets: [`127.0.0.1:${(server.address() as AddressInfo).port}`],
    interval: 200,
    rules: prometheusRules({
      window: '1s',
      hold: { FeatureFlagLowCacheHitRate: '0s', FeatureFlagHighErrorRate: '0s' },
    }),
  });
});
afterAll(async () => {
  clearInterval(evaluating);
  await prometheus?.stop();
  await client.close();
  server.closeAllConnections();
  server.close();
});

const panels = grafanaDashboard().panels.filter((panel): panel is GrafanaPanel => panel.type !== 'row');

/** What the queries of a panel yield. */
async function answersOf({ targets }: GrafanaPanel) {
  const found = await Promise.all(
    targets.map(({ expr }) => prometheus.query(expr.replaceAll('$__rate_interval', '10s').replaceAll('[5m]', '[10s]'))),
  );
  return found.flat();
}

it('shows no nonsense before anything is evaluated', async () => {
  await until('the application was read a few times', async () => {
    const [reads] = await prometheus.query('count_over_time(feature_flags_total[1m])');
    return reads !== undefined && reads.value >= 5;
  });
  for (const panel of panels) {
    for (const { value } of await answersOf(panel)) expect(value, panel.title).toBeGreaterThanOrEqual(0);
  }
  expect(await prometheus.alerts()).toEqual([]);
});

it('has one nameless entry where panels are by flag, and nothing where flags are no copy', async () => {
  evaluating = setInterval(() => {
    for (let i = 0; i < 10; i++) client.boolean(i % 2 === 0 ? 'on' : 'off', false);
  }, 20);
  const named = (title: string): GrafanaPanel => panels.find((panel) => panel.title === title)!;
  await until('evaluations are seen', async () => {
    const [rate] = await answersOf(named('Evaluations per second by flag'));
    return rate !== undefined && rate.value > 0;
  });
  for (const panel of panels) {
    const answers = await answersOf(panel);
    if (/^Cache|^Miss/.test(panel.title)) expect(answers, panel.title).toEqual([]);
    // memory is hardly ever read
    else if (panel.title !== 'Provider error rate') expect(answers.length, panel.title).toBeGreaterThan(0);
    for (const { value } of answers) expect(value, panel.title).toBeGreaterThanOrEqual(0);
  }
  for (const title of ['Evaluations per second by flag', 'Most evaluated flags (top 10)']) {
    expect((await answersOf(named(title))).map(({ labels }) => labels)).toEqual([{}]);
  }
  expect(await prometheus.query('feature_flags_evaluation_errors_total > 0')).toEqual([]);
  expect((await answersOf(named('Error rate trend'))).map(({ value }) => value)).toEqual([0]);
  expect(await prometheus.alerts()).toEqual([]);
});
