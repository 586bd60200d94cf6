import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isFree } from '../src/free-port.ts';
import { processesIn } from '../src/guarded-folder.ts';
import { type PrometheusServer, promtool, startPrometheus } from '../src/prometheus.ts';
import { until } from '../src/until.ts';

const RULES = `
groups:
  - name: temperature
    rules:
      - alert: Hot
        expr: temperature > 30
        labels: { severity: warning }
        annotations: { summary: "{{ $value }} degrees" }
`;

let temperature = 20;
const target = createServer((_, response) => response.end(`temperature{room="hall"} ${temperature}\n`));
let prometheus: PrometheusServer;

beforeAll(async () => {
  target.listen(0, '127.0.0.1');
  await once(target, 'listening');
  const { port } = target.address() as AddressInfo;
  prometheus = await startPrometheus({ targets: [`127.0.0.1:${port}`], interval: 200, rules: RULES });
});
afterAll(async () => {
  await prometheus.stop();
  target.close();
});

describe('startPrometheus', () => {
  it('scrapes its targets and answers queries', async () => {
    const [sample] = await until('the target was scraped', async () => {
      const found = await prometheus.query('temperature');
      return found.length > 0 && found;
    });
    expect(sample).toMatchObject({ labels: { room: 'hall', job: 'flags' }, value: 20 });
    expect(await prometheus.query('scalar(temperature) / 0')).toEqual([
      { labels: {}, value: Number.POSITIVE_INFINITY },
    ]);
    expect(await prometheus.query('no_such_metric')).toEqual([]);
    await expect(prometheus.query('rate(')).rejects.toThrow(/parse error/);
  });

  it('tells of alerts while they last', async () => {
    expect(await prometheus.alerts()).toEqual([]);
    temperature = 35;
    const [alert] = await until('the alert fires', async () => {
      const found = await prometheus.alerts();
      return found.length > 0 && found;
    });
    expect(alert).toMatchObject({
      state: 'firing',
      labels: { alertname: 'Hot', severity: 'warning', room: 'hall' },
      annotations: { summary: '35 degrees' },
    });
    temperature = 20;
    await until('the alert is resolved', async () => (await prometheus.alerts()).length === 0);
  });

  it('says why it does not start, and leaves nothing behind', async () => {
    const failure = await startPrometheus({
      targets: [],
      rules: 'groups: [{ name: x, rules: [{ expr: "1 +" }] }]',
    }).catch(String);
    expect(failure).toMatch(/Prometheus .*rules\.yaml/s);
    const folder = /(\/\S*flagwright-prometheus-[^/"\s]+)\//.exec(failure as string)![1]!;
    expect(existsSync(folder)).toBe(false);
  });

  it('is gone with its data after stop', async () => {
    const other = await startPrometheus({ targets: ['127.0.0.1:1'] });
    const [flags] = await other.query('1');
    expect(flags?.value).toBe(1);
    const folder = await dataFolder(other);
    expect(processesIn(folder)).toHaveLength(1);
    await other.stop();
    expect(processesIn(folder)).toEqual([]);
    expect(existsSync(folder)).toBe(false);
    expect(await isFree(other.port)).toBe(true);
  });
});

async function dataFolder({ url }: PrometheusServer): Promise<string> {
  const answer = await fetch(`${url}/api/v1/status/flags`);
  const { data } = (await answer.json()) as { data: Record<string, string> };
  return data['storage.tsdb.path']!.replace(/\/data$/, '');
}

describe('promtool', () => {
  it('runs in a folder with the files it is given', async () => {
    expect(await promtool(['check', 'rules', 'rules.yaml'], { 'rules.yaml': RULES })).toContain('1 rules found');
    await expect(promtool(['check', 'rules', 'rules.yaml'], { 'rules.yaml': 'groups: 1' })).rejects.toThrow(
      /cannot unmarshal/,
    );
  });
});
