import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { type GrafanaPanel, grafanaDashboard, prometheusRules } from '@flagwright/telemetry/dashboards';
import {
  freePort,
  type PrometheusServer,
  type RedisServer,
  startPrometheus,
  startRedis,
  until,
} from '@flagwright/test-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

// The example, as a reader would run it; and its dashboard and an alert, by a real Prometheus that reads it while its
// Redis is killed and comes back.

const run = promisify(execFile);
const root = new URL('..', import.meta.url).pathname;
const NAMESPACE = 'myapp_feature_flags';

beforeAll(async () => {
  await run('node', ['node_modules/typescript/bin/tsc', '-b'], { cwd: root });
}, 120_000);

it('telemetry: shows its metrics, its health, a span and what Prometheus makes of it', async () => {
  const { FEATURE_REDIS_URL: _, ...env } = process.env;
  const { stdout, stderr } = await run('node', ['examples/dist/run.js', 'telemetry'], {
    cwd: root,
    env: { ...env, PORT: String(await freePort()), EXAMPLE_SECONDS: '1' },
    timeout: 100_000,
  });
  expect(stderr).toBe('');
  const [, metrics, health, prometheus] = stdout.split(/^(?:curl .*|Prometheus: .*)$/m);
  expect(metrics).toMatch(
    /^myapp_feature_flags_evaluation_total\{flag_key="page-size",reason="RULE_MATCH",value="large"\} \d/m,
  );
  expect(metrics).toMatch(/^myapp_feature_flags_total 4$/m);
  expect(metrics).toMatch(/^myapp_feature_flags_active_total 3$/m);
  expect(JSON.parse(health!)).toMatchObject({
    status: 'healthy',
    provider: { connected: true },
    cache: { enabled: true, hit_rate: 1, size: 4 },
    flags_loaded: 4,
  });
  expect(prometheus).toMatch(/^new-checkout \d+\.\d$/m);
  // a span of its own, and an event in that of the request
  expect(stdout).toMatch(/^feature_flag\.evaluation \{"feature_flag\.key":"new-checkout"/m);
  expect(stdout).toMatch(/^GET \/checkout .*\n {2}feature_flag\.evaluation \{.*"feature_flag\.result\.value":true/m);
}, 120_000);

describe('telemetry, watched', () => {
  let redis: RedisServer;
  let app: ChildProcess;
  let url: string;
  let prometheus: PrometheusServer;

  beforeAll(async () => {
    redis = await startRedis({ durable: true });
    app = spawn('node', ['examples/dist/run.js', 'telemetry'], {
      cwd: root,
      env: {
        ...process.env,
        FEATURE_REDIS_URL: redis.url,
        PORT: String(await freePort()),
        EXAMPLE_SECONDS: undefined,
        CI: undefined,
        EXAMPLE_PROMETHEUS: 'off',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface(app.stdout!), 'line')) as [string];
    url = line.match(/http\S+(?=\/metrics)/)![0];
    prometheus = await startPrometheus({
      targets: [new URL(url).host],
      rules: prometheusRules({ namespace: NAMESPACE, window: '10s', hold: { FeatureFlagProviderDown: '2s' } }),
    });
  });
  afterAll(async () => {
    app?.kill('SIGKILL');
    await Promise.all([prometheus?.stop(), redis?.stop()]);
  });

  const ask = async (path: string): Promise<string> => (await fetch(`${url}/${path}`)).text();
  const statusOf = async (): Promise<string> => (JSON.parse(await ask('health')) as { status: string }).status;

  const panels = grafanaDashboard({ namespace: NAMESPACE }).panels.filter(
    (panel): panel is GrafanaPanel => panel.type !== 'row',
  );
  const queries = panels.flatMap(({ title, targets }) =>
    targets.map(({ expr, legendFormat }) => ({
      title,
      legendFormat,
      expr: expr.replaceAll('$__rate_interval', '30s'),
    })),
  );

  it('shows every metric that the dashboard asks for', async () => {
    const text = await until('there were evaluations', async () => {
      const said = await ask('metrics');
      return said.includes('reason="RULE_MATCH"') && said;
    });
    const shown = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1]!));
    const asked = new Set(queries.flatMap(({ expr }) => expr.match(/\bmyapp_feature_flags_\w+/g) ?? []));
    expect(asked.size).toBe(13);
    for (const name of asked) expect(shown).toContain(name.replace(/_(?:bucket|count)$/, ''));
  });

  it('raises FeatureFlagProviderDown while Redis is away, and no longer', async () => {
    const down = async () =>
      (await prometheus.alerts()).find(({ labels }) => labels.alertname === 'FeatureFlagProviderDown');
    await until('Prometheus has read that all is well', async () => {
      const up = await prometheus.query(`${NAMESPACE}_provider_up == 1`);
      return up.length > 0;
    });
    expect(await down()).toBeUndefined();
    expect(await statusOf()).toBe('healthy');

    await redis.kill();
    expect(await until('the alert waits', down)).toBeDefined();
    const alert = await until('the alert fires', async () => {
      const said = await down();
      return said?.state === 'firing' && said;
    });
    expect(alert).toMatchObject({
      labels: { severity: 'critical', provider: 'redis', job: 'flags', instance: new URL(url).host },
      annotations: { summary: 'Feature flag provider experiencing errors' },
    });
    expect(await statusOf()).toBe('degraded');
    await until('evaluations from old flags were counted', async () => {
      const misses = await prometheus.query(`sum(${NAMESPACE}_cache_misses_total) > 0`);
      return misses.length > 0;
    });

    await redis.start();
    await until('the alert is resolved', async () => (await down()) === undefined, 60_000);
    expect(await prometheus.query(`${NAMESPACE}_provider_up == 1`)).toHaveLength(1);
    // the counter of errors stays where it is: an alert on that would never end
    expect(await prometheus.query(`sum(${NAMESPACE}_provider_errors_total) > 0`)).toHaveLength(1);
    expect(await statusOf()).toBe('healthy');
  }, 120_000);

  it.each(queries)('has data for "$title": $legendFormat', async ({ expr, legendFormat }) => {
    const samples = await until(`there is an answer to ${expr}`, async () => {
      const found = await prometheus.query(expr);
      return found.length > 0 && found;
    });
    for (const { labels, value } of samples) {
      expect(value).toBeGreaterThanOrEqual(0);
      expect(Number.isFinite(value)).toBe(true);
      for (const [, label] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) expect(labels[label!]).toMatch(/./);
    }
    if (legendFormat === '{{flag_key}}') {
      const keys = samples.map(({ labels }) => labels.flag_key);
      expect(keys).toEqual(expect.arrayContaining(['new-checkout', 'button-color', 'page-size', 'winter-sale']));
    }
  });

  it('has seen misses of each flag, and errors of the provider', async () => {
    const exprOf = (title: string): string => queries.find((query) => query.title === title)!.expr;
    const misses = await prometheus.query(exprOf('Miss rate by flag').replace('[30s]', '[5m]'));
    expect(misses.filter(({ value }) => value > 0).length).toBeGreaterThanOrEqual(4);
    const [errors] = await prometheus.query(exprOf('Provider error rate'));
    expect(errors).toMatchObject({ labels: { provider: 'redis' } });
    expect(errors!.value).toBeGreaterThan(0);
    const [ratio] = await prometheus.query(exprOf('Cache hit ratio over time'));
    expect(ratio!.value).toBeLessThan(100);
  });

  it('ends by Ctrl-C, and well', async () => {
    const exit = once(app, 'exit');
    app.kill('SIGINT');
    expect(await exit).toEqual([0, null]);
    await expect(fetch(`${url}/health`)).rejects.toThrow();
  });
});
