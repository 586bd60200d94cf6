import { promtool, startPrometheus, until } from '@flagwright/test-servers';
import { afterEach, expect, it } from 'vitest';
import { healthOperations, metricsOperation } from '../../src/http/health.ts';
import { listen } from '../../src/http/listen.ts';
import { type Metrics, metricsRegistry } from '../../src/http/metrics.ts';
import { Problem } from '../../src/http/problem.ts';
import { router } from '../../src/http/router.ts';
import { processMetrics, requestMetrics } from '../../src/http/server-metrics.ts';

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** A server with its metrics, one of another part among them. */
async function serve(): Promise<{ readonly metrics: Metrics; readonly url: string; readonly port: number }> {
  const metrics = metricsRegistry();
  open.push(processMetrics(metrics, '1.2.3').close);
  metrics.counter({ name: 'flagwright_changes_total', help: 'Changes.', labels: ['kind'] }).add({ kind: 'a "b"\\\n' });
  const operations = [...healthOperations({ probe: async () => undefined }), metricsOperation(metrics, true)];
  const handler = router(operations, {
    authenticate: () => Promise.reject(new Problem('UNAUTHORIZED', 'there is no token')),
    metrics: requestMetrics(metrics),
  });
  const server = await listen(handler);
  open.push(() => server.close(0));
  return { metrics, url: server.url, port: server.port };
}

it('what a server says of itself is as Prometheus has it', async () => {
  const { url } = await serve();
  for (const path of ['/healthz', '/readyz', '/none', '/metrics']) await fetch(url + path);
  const text = await (await fetch(`${url}/metrics`)).text();
  expect(text).toContain('flagwright_http_requests_total{method="GET",operation="unknown",status="404"} 1\n');
  expect(text).toContain(`flagwright_build_info{version="1.2.3",node="${process.version}"} 1\n`);
  expect(await promtoolCheck(text)).toBe('');
});

it('is read by a Prometheus', async () => {
  const { url, port } = await serve();
  await fetch(`${url}/healthz`);
  const prometheus = await startPrometheus({ targets: [`127.0.0.1:${port}`] });
  open.push(() => prometheus.stop());
  const value = async (expression: string): Promise<number | undefined> =>
    (await prometheus.query(expression))[0]?.value;
  await until('it has read twice', async () => {
    const read = await value('flagwright_http_requests_total{operation="getMetrics",status="200"}');
    return read !== undefined && read >= 1;
  });
  expect(await value('flagwright_http_requests_total{operation="getHealth"}')).toBe(1);
  expect(await value('flagwright_http_request_duration_seconds_count{operation="getHealth"}')).toBe(1);
  expect(await value('flagwright_process_resident_memory_bytes')).toBeGreaterThan(1e6);
  expect(await prometheus.query('flagwright_changes_total')).toEqual([
    { labels: expect.objectContaining({ kind: 'a "b"\\\n' }), value: 1 },
  ]);
});

/** What `promtool check metrics` finds wrong; it reads standard input. */
async function promtoolCheck(text: string): Promise<string> {
  return (await promtool(['check', 'metrics'], {}, text)).trim();
}
