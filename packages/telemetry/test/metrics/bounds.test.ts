import type { FlagError } from '@flagwright/core';
import { describe, expect, it } from 'vitest';
import { type EventOutcome, type Family, tally } from '../../src/index.ts';
import { chance } from './chance.ts';
import { distributions, evaluated, seriesCount, shown } from './support.ts';

/** Every time series is there once, with all labels, which are short texts that no reader stumbles over. */
function checkSeries(family: Family): void {
  const series = family.type === 'histogram' ? family.distributions() : family.samples();
  for (const { labels } of series) {
    expect(Object.keys(labels).sort()).toEqual([...family.labelNames].sort());
    for (const value of Object.values(labels)) {
      expect(value).toBeTypeOf('string');
      expect(value.length).toBeLessThanOrEqual(200);
      expect(value).not.toMatch(/[\p{Cc}\p{Cs}\u2028\u2029]/u);
    }
  }
  expect(new Set(series.map(({ labels }) => JSON.stringify(labels))).size).toBe(series.length);
}

describe('time series are bounded', () => {
  it('keys that are no flags make none, however many are asked for', () => {
    const metrics = tally({ perFlag: true });
    evaluated(metrics, { key: 'served' });
    const before = seriesCount(metrics);
    for (let i = 0; i < 100_000; i++) {
      const code = (['FLAG_NOT_FOUND', 'PROVIDER_NOT_READY', 'GENERAL'] as const)[i % 3];
      evaluated(metrics, { key: `attack-${i}`, value: false, code });
      metrics.recordCacheMiss(`attack-${i}`);
    }
    // __unknown__: evaluations, durations, two more types of errors, hits and misses
    expect(seriesCount(metrics) - before).toBe(6);
    expect(shown(metrics, 'evaluation_total')).toEqual({
      'served,FALLTHROUGH,true': 1,
      '__unknown__,ERROR,false': 100_000,
    });
    expect(shown(metrics, 'cache_misses_total')).toEqual({ __unknown__: 100_000 });
  });

  it('errors of a flag that was served are its own', () => {
    const metrics = tally({ perFlag: true });
    evaluated(metrics, { key: 'served' });
    evaluated(metrics, { key: 'served', code: 'GENERAL' });
    evaluated(metrics, { key: 'asked', code: 'FLAG_NOT_FOUND' });
    evaluated(metrics, { key: 'asked' });
    expect(shown(metrics, 'evaluation_errors_total')).toEqual({
      '__unknown__,flag_not_found': 1,
      'served,general': 1,
    });
    expect(shown(metrics, 'evaluation_total')).toMatchObject({ 'asked,FALLTHROUGH,true': 1 });
  });

  it('so are flags that are served: those for which there is no room share one key', () => {
    const metrics = tally({ perFlag: true, maxFlags: 10 });
    for (let i = 0; i < 100_000; i++) {
      evaluated(metrics, { key: `flag-${i}` });
      metrics.recordCacheHit(`flag-${i}`);
    }
    const counts = shown(metrics, 'evaluation_total');
    expect(Object.keys(counts)).toHaveLength(11);
    expect(counts).toMatchObject({ 'flag-9,FALLTHROUGH,true': 1, '__overflow__,FALLTHROUGH,true': 99_990 });
    expect(shown(metrics, 'cache_hits_total')).toMatchObject({ __overflow__: 99_990 });
    // those that have room are still counted by themselves, and unknown ones are still unknown
    evaluated(metrics, { key: 'flag-3' });
    evaluated(metrics, { key: 'nowhere', code: 'FLAG_NOT_FOUND' });
    expect(shown(metrics, 'evaluation_total')).toMatchObject({
      'flag-3,FALLTHROUGH,true': 2,
      '__unknown__,ERROR,true': 1,
    });
  });

  it('by default, 1,000 flags have room', () => {
    const metrics = tally({ perFlag: true });
    for (let i = 0; i < 1_500; i++) evaluated(metrics, { key: `flag-${i}` });
    expect(shown(metrics, 'evaluation_total')).toMatchObject({ '__overflow__,FALLTHROUGH,true': 500 });
  });

  it('so are values: 100 of a flag, and those that are too long are not among them', () => {
    const metrics = tally({ perFlag: true });
    for (let i = 0; i < 1_000; i++) evaluated(metrics, { key: 'a', value: i, variant: `v${i}` });
    evaluated(metrics, { key: 'b', value: 0, variant: 'x'.repeat(10_000_000) });
    evaluated(metrics, { key: 'b', value: 0, variant: 'x'.repeat(10_000_000) });
    evaluated(metrics, { key: 'b', value: 0, variant: 7 as unknown as string });
    const counts = shown(metrics, 'evaluation_total');
    // 100 with true and false, which a flag may always serve
    expect(Object.keys(counts).filter((series) => series.startsWith('a,'))).toHaveLength(99);
    expect(counts).toMatchObject({ 'a,FALLTHROUGH,other': 902, 'b,FALLTHROUGH,other': 3 });
    for (let i = 0; i < 1_000; i++) evaluated(metrics, { key: 'a', value: i, variant: `v${i}` });
    expect(shown(metrics, 'evaluation_total')).toMatchObject({ 'a,FALLTHROUGH,v97': 2, 'a,FALLTHROUGH,other': 1_804 });
  });

  it('so are providers, operations, types of errors and exporters', () => {
    const metrics = tally();
    const errorOf = (code: unknown): FlagError => ({ code }) as FlagError;
    for (let i = 0; i < 200; i++) {
      metrics.recordProviderLatency(`p${i}`, 'read', 1);
      metrics.recordProviderLatency('p0', `o${i}`, 1);
      metrics.recordProviderError('p0', 'read', errorOf(`E${i}`));
      metrics.setProviderState({ provider: `p${i}`, up: true, lastRefresh: 1, cacheSize: 1, cacheMaxSize: 1 });
      metrics.recordEvents(`e${i}`, 'sent', 1);
      metrics.setEventQueue(`e${i}`, 1);
    }
    const latencies = Object.entries(distributions(metrics, 'provider_latency_seconds'));
    expect(latencies).toHaveLength(20 + 1 + 9 + 1);
    expect(latencies.reduce((sum, [, cumulative]) => sum + cumulative.at(-1)!, 0)).toBe(400);
    const errors = shown(metrics, 'provider_errors_total');
    expect(Object.keys(errors).filter((series) => series.startsWith('p0,read,'))).toHaveLength(20 + 2);
    expect(errors).toMatchObject({ 'p0,read,e0': 1, 'p0,read,other': 180 });
    expect(Object.keys(shown(metrics, 'provider_up'))).toHaveLength(20);
    const events = shown(metrics, 'events_total');
    expect(events).toMatchObject({ 'e49,sent': 1, 'other,sent': 150 });
    expect(Object.keys(events)).toHaveLength(51 * 3);
    expect(shown(metrics, 'events_queue_size')).not.toHaveProperty('other');
  });

  it('whatever is brought as a label, the parts stay few, short and without what breaks a line', () => {
    const odd: readonly unknown[] = [undefined, null, 7, 7n, Symbol('s'), {}, []];
    for (let seed = 0; seed < 100; seed++) {
      const { below, pick, list } = chance(seed);
      const code = (): string => String.fromCharCode(pick([below(0x100), below(0x3000), 0xd700 + below(0x900)]));
      const text = (): string =>
        pick<() => unknown>([
          () => list(pick([3, 300]), code).join(''),
          () => pick(['\u0000', 'a\nb', 'a\rb', '"', '\\', '\ud800', 'x\udc00', '\u2028', '__proto__', 'toString', '']),
          () => pick(odd),
        ])() as string;
      const metrics = tally({ perFlag: true, maxFlags: 5 });
      for (const [a, b, c] of list(40, () => [text(), text(), text()] as const)) {
        evaluated(metrics, { key: a, value: 0, variant: b });
        evaluated(metrics, { key: c, code: 'FLAG_NOT_FOUND' });
        metrics.recordCacheHit(a);
        metrics.recordProviderLatency(a, b, 1);
        metrics.recordProviderError(a, b, { code: c } as unknown as FlagError);
        metrics.setProviderState({ provider: c, up: true, lastRefresh: 0, cacheSize: 0, cacheMaxSize: 0 });
        metrics.recordEvents(a, c as EventOutcome, 1);
        metrics.setEventQueue(b, 1);
      }
      metrics.families.forEach(checkSeries);
      expect(Object.keys(shown(metrics, 'cache_hits_total')).length).toBeLessThanOrEqual(7);
    }
  });

  it('keys that are too long share a key, and are not kept', () => {
    const metrics = tally({ perFlag: true });
    const long = 'k'.repeat(10_000_000);
    evaluated(metrics, { key: long });
    evaluated(metrics, { key: long, code: 'PARSE_ERROR' });
    metrics.recordCacheHit(long);
    evaluated(metrics, { key: 'k'.repeat(200) });
    expect(shown(metrics, 'evaluation_total')).toEqual({
      '__overflow__,FALLTHROUGH,true': 1,
      '__overflow__,ERROR,true': 1,
      [`${'k'.repeat(200)},FALLTHROUGH,true`]: 1,
    });
    expect(shown(metrics, 'cache_hits_total')).toEqual({ __overflow__: 1 });
  });
});
