import { describe, expect, it } from 'vitest';
import { type MetricOptions, metricsRegistry } from './metrics.ts';
import { requestMetrics } from './server-metrics.ts';

describe('metrics', () => {
  it('are written as Prometheus reads them', () => {
    const metrics = metricsRegistry();
    const counter = metrics.counter({ name: 'a_total', help: 'A \\ and\na line.', labels: ['what', 'why'] });
    counter.add({ what: 'x"\\\n', why: 'y' });
    counter.add({ why: 'y', what: 'x"\\\n' }, 2.5);
    counter.add({ what: 'x' }, -1);
    const gauge = metrics.gauge({ name: 'b', help: 'B' });
    gauge.set(-Infinity);
    gauge.add(Infinity);
    const histogram = metrics.histogram({ name: 'c_seconds', help: 'C', labels: ['of'], buckets: [0.1, 1] });
    for (const value of [0.05, 0.1, 0.5, 7]) histogram.observe(value, { of: 'x' });
    expect(metrics.text().split('\n')).toEqual([
      '# HELP a_total A \\\\ and\\na line.',
      '# TYPE a_total counter',
      'a_total{what="x\\"\\\\\\n",why="y"} 3.5',
      '# HELP b B',
      '# TYPE b gauge',
      'b NaN',
      '# HELP c_seconds C',
      '# TYPE c_seconds histogram',
      'c_seconds_bucket{of="x",le="0.1"} 2',
      'c_seconds_bucket{of="x",le="1"} 3',
      'c_seconds_bucket{of="x",le="+Inf"} 4',
      'c_seconds_sum{of="x"} 7.65',
      'c_seconds_count{of="x"} 4',
      '',
    ]);
  });

  it('are there from the start if they have no labels', () => {
    const metrics = metricsRegistry();
    metrics.counter({ name: 'a_total', help: 'A' });
    metrics.histogram({ name: 'b', help: 'B', buckets: [1] });
    expect(metrics.text()).toContain('a_total 0\n');
    expect(metrics.text()).toContain('b_bucket{le="1"} 0\nb_bucket{le="+Inf"} 0\nb_sum 0\nb_count 0\n');
  });

  it('have a bounded number of series, and lose no count', () => {
    const metrics = metricsRegistry();
    const counter = metrics.counter({ name: 'a_total', help: 'A', labels: ['id'] });
    for (let i = 0; i < 1_500; i++) counter.add({ id: String(i) });
    counter.add({ id: '3' });
    const lines = metrics.text().trim().split('\n').slice(2);
    expect(lines).toHaveLength(1_001);
    expect(lines).toContain('a_total{id="3"} 2');
    expect(lines.at(-1)).toBe('a_total{id="__overflow__"} 500');
  });

  it('are looked for when they are read, also if one cannot be told', () => {
    const metrics = metricsRegistry();
    const gauge = metrics.gauge({ name: 'a', help: 'A' });
    let value = 0;
    metrics.collect(() => {
      throw new Error('away');
    });
    metrics.collect(() => gauge.set(++value));
    expect([metrics.text(), metrics.text()].map((text) => text.split('\n')[2])).toEqual(['a 1', 'a 2']);
  });

  it.each<[string, MetricOptions]>([
    ['a counter that does not say so', { name: 'a', help: '' }],
    ['one that is there', { name: 'there_total', help: '' }],
    ['no name', { name: 'A-total', help: '' }],
    ['no label', { name: 'a_total', help: '', labels: ['a b'] }],
    ['the label of buckets', { name: 'a_total', help: '', labels: ['le'] }],
  ])('are named as Prometheus has it, unlike %s', (_, options) => {
    const metrics = metricsRegistry();
    metrics.counter({ name: 'there_total', help: '' });
    expect(() => metrics.counter(options)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});

it('requests are counted by method, operation and status, and while they last', () => {
  const metrics = metricsRegistry();
  const { started, ended } = requestMetrics(metrics);
  for (let i = 0; i < 3; i++) started();
  ended('GET', 'getFlag', 200, 0.002);
  ended('BREW', 'unknown', 405, 20);
  const lines = metrics.text().split('\n');
  expect(lines).toContain('flagwright_http_requests_total{method="GET",operation="getFlag",status="200"} 1');
  expect(lines).toContain('flagwright_http_requests_total{method="other",operation="unknown",status="405"} 1');
  expect(lines).toContain('flagwright_http_request_duration_seconds_bucket{operation="getFlag",le="0.0025"} 1');
  expect(lines).toContain('flagwright_http_request_duration_seconds_bucket{operation="unknown",le="10"} 0');
  expect(lines).toContain('flagwright_http_requests_in_flight 1');
});
