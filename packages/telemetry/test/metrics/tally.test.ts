import type { EvaluationErrorCode, EvaluationRecord, FlagError, Reason } from '@flagwright/core';
import { FlagError as Failure } from '@flagwright/core';
import { describe, expect, it } from 'vitest';
import { type EventOutcome, type Family, tally } from '../../src/index.ts';
import { chance } from './chance.ts';
import { type Asked, distributions, evaluated, recordOf, seriesCount, shown } from './support.ts';

const REASONS: readonly Reason[] = ['FALLTHROUGH', 'TARGET_MATCH', 'RULE_MATCH', 'PREREQUISITE_FAILED', 'OFF'];
const CODES: readonly EvaluationErrorCode[] = [
  'FLAG_NOT_FOUND',
  'TYPE_MISMATCH',
  'PARSE_ERROR',
  'TARGETING_KEY_MISSING',
  'PROVIDER_NOT_READY',
  'GENERAL',
];

describe('evaluations', () => {
  it('are counted by reason and value, all flags as one', () => {
    const metrics = tally();
    evaluated(metrics, { key: 'a', value: true, variant: 'on' });
    evaluated(metrics, { key: 'b', value: true, variant: 'enabled' });
    evaluated(metrics, { key: 'b', value: false, reason: 'OFF' });
    evaluated(metrics, { key: 'c', value: 'A', variant: 'a', reason: 'RULE_MATCH' });
    evaluated(metrics, { key: 'c', value: { secret: 1 }, reason: 'RULE_MATCH' });
    evaluated(metrics, { key: 'd', value: 'secret', reason: 'RULE_MATCH' });
    evaluated(metrics, { key: 'd', value: false, code: 'FLAG_NOT_FOUND' });
    expect(shown(metrics, 'evaluation_total')).toEqual({
      ',FALLTHROUGH,true': 2,
      ',OFF,false': 1,
      ',RULE_MATCH,a': 1,
      ',RULE_MATCH,other': 2,
      ',ERROR,false': 1,
    });
  });

  it('are counted by flag where that is wanted', () => {
    const metrics = tally({ perFlag: true });
    evaluated(metrics, { key: 'a' });
    evaluated(metrics, { key: 'b', value: 'B', variant: 'b' });
    evaluated(metrics, { key: 'a' });
    expect(shown(metrics, 'evaluation_total')).toEqual({ 'a,FALLTHROUGH,true': 2, 'b,FALLTHROUGH,b': 1 });
  });

  it('variants that are called like values share their time series', () => {
    const metrics = tally();
    evaluated(metrics, { value: 'x', variant: 'true' });
    evaluated(metrics, { value: true });
    evaluated(metrics, { value: 'x', variant: 'other' });
    evaluated(metrics, { value: 'x' });
    expect(shown(metrics, 'evaluation_total')).toEqual({ ',FALLTHROUGH,true': 2, ',FALLTHROUGH,other': 2 });
  });

  it('may be told by others, without a record or with a reason of their own', () => {
    const metrics = tally({ perFlag: true });
    const record = undefined as unknown as EvaluationRecord;
    metrics.recordEvaluation('a', 1, 'FALLTHROUGH', record);
    metrics.recordEvaluation('a', 1, 'STATIC' as Reason, record);
    metrics.recordEvaluation('a', 1, 'constructor' as Reason, {} as EvaluationRecord);
    metrics.recordEvaluation('b', 1, 'ERROR', record);
    metrics.recordError('c', new TypeError('no code') as never);
    metrics.recordError('d', undefined as never);
    metrics.recordError('e', { code: 'PARSE_ERROR', message: '' });
    expect(shown(metrics, 'evaluation_total')).toEqual({
      'a,FALLTHROUGH,other': 1,
      'a,other,other': 2,
      '__unknown__,ERROR,other': 1,
    });
    // an error without a code has the code `GENERAL` in OpenFeature
    expect(shown(metrics, 'evaluation_errors_total')).toMatchObject({ 'e,parse_error': 1 });
  });

  it('match a model, whatever is evaluated', () => {
    for (let seed = 0; seed < 200; seed++) {
      const { pick, list } = chance(seed);
      const perFlag = seed % 2 === 0;
      const all = list(
        60,
        (): Asked => ({
          key: pick(['a', 'b', '__proto__', 'constructor', '__unknown__', '']),
          value: pick<unknown>([true, false, 'x', 3, null]),
          variant: pick(['v', 'w', '__proto__', 'true', undefined]),
          reason: pick(REASONS),
          code: pick([undefined, undefined, ...CODES]),
          duration: pick([0, 0.5, 1, 1.0001, 5, 999, 1_000, 1_001, 1e9]),
        }),
      );
      const metrics = tally({ perFlag });
      for (const one of all) evaluated(metrics, one);
      const model = modelOf(all, perFlag);
      expect(shown(metrics, 'evaluation_total')).toEqual(model.evaluations);
      expect(withoutZeros(shown(metrics, 'evaluation_errors_total'))).toEqual(model.errors);
      expect(distributions(metrics, 'evaluation_duration_seconds')).toEqual(model.durations);
    }
  });
});

const BOUNDS_MS = [1, 5, 10, 25, 50, 100, 250, 500, 1_000, Number.POSITIVE_INFINITY];

/** What should be counted, the slow and plain way. */
function modelOf(all: readonly Asked[], perFlag: boolean) {
  const evaluations: Record<string, number> = {};
  const errors: Record<string, number> = {};
  const durations: Record<string, number[]> = {};
  const known = new Set(['__unknown__']);
  for (const asked of all) {
    const { key, value, evaluation, duration } = recordOf(asked);
    const { errorCode, variant } = evaluation;
    if (!['FLAG_NOT_FOUND', 'PROVIDER_NOT_READY', 'GENERAL'].includes(errorCode ?? '')) known.add(key);
    const flag = perFlag ? (known.has(key) ? key : '__unknown__') : '';
    const label = typeof value === 'boolean' ? String(value) : (variant ?? 'other');
    const add = (counts: Record<string, number>, series: string): void => {
      counts[series] = (counts[series] ?? 0) + 1;
    };
    add(evaluations, `${flag},${evaluation.reason},${label}`);
    if (errorCode !== undefined) add(errors, `${flag},${errorCode.toLowerCase()}`);
    durations[`${flag},${evaluation.reason}`] ??= BOUNDS_MS.map(() => 0);
    BOUNDS_MS.forEach((bound, i) => {
      if (duration <= bound) durations[`${flag},${evaluation.reason}`]![i]! += 1;
    });
  }
  return { evaluations, errors, durations };
}

function withoutZeros(counts: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0));
}

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

describe('durations', () => {
  it('come in ms and are shown in seconds, a bound among what is at most it', () => {
    const metrics = tally({ buckets: [0.001, 0.01] });
    for (const duration of [0, 1, 1.5, 10, 10.5, 2_000]) evaluated(metrics, { duration });
    expect(distributions(metrics, 'evaluation_duration_seconds')).toEqual({ ',FALLTHROUGH': [2, 4, 6] });
    const [family] = metrics.families;
    expect(family?.type === 'histogram' && family.distributions()[0]?.sum).toBeCloseTo(2.023, 9);
  });

  it.each([Number.NaN, -1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('%d is none, and is harmless', (ms) => {
    const metrics = tally();
    evaluated(metrics, { duration: ms });
    metrics.recordProviderLatency('p', 'read', ms);
    expect(shown(metrics, 'evaluation_total')).toEqual({ ',FALLTHROUGH,true': 1 });
    expect(distributions(metrics, 'evaluation_duration_seconds')).toEqual({});
    expect(distributions(metrics, 'provider_latency_seconds')).toEqual({});
  });

  it('may have 50 buckets', () => {
    const buckets = Array.from({ length: 50 }, (_, i) => (i + 1) / 1_000);
    const metrics = tally({ buckets, perFlag: true });
    for (let i = 0; i < 50; i++) evaluated(metrics, { duration: i + 1, value: i, variant: `v${i}` });
    const expected = [...buckets.keys()].map((i) => i + 1);
    expect(distributions(metrics, 'evaluation_duration_seconds')).toEqual({ 'a,FALLTHROUGH': [...expected, 50] });
  });
});

describe('backends', () => {
  it('have latencies, errors and a state', () => {
    const metrics = tally();
    metrics.recordProviderLatency('postgres', 'read', 3);
    metrics.recordProviderError('postgres', 'read', new Failure('UNAUTHORIZED', 'no'));
    metrics.recordProviderError('postgres', 'read', new Error('no code') as FlagError);
    metrics.recordProviderError('postgres', 'read', undefined as unknown as FlagError);
    metrics.setProviderState({ provider: 'postgres', up: false, lastRefresh: 1_500, cacheSize: 7, cacheMaxSize: 10 });
    expect(distributions(metrics, 'provider_latency_seconds')).toEqual({
      'postgres,read': [0, 1, 1, 1, 1, 1, 1, 1, 1, 1],
    });
    expect(shown(metrics, 'provider_errors_total')).toEqual({
      // shown before there is one, so that a rate can be taken of the first
      'postgres,read,unavailable': 0,
      'postgres,read,unauthorized': 1,
      'postgres,read,unknown': 2,
    });
    expect(shown(metrics, 'provider_up')).toEqual({ postgres: 0 });
    expect(shown(metrics, 'last_refresh_timestamp_seconds')).toEqual({ postgres: 1.5 });
    expect(shown(metrics, 'cache_size')).toEqual({ '': 7 });
    expect(shown(metrics, 'cache_max_size')).toEqual({ '': 10 });
  });

  it('of several caches the sizes are added, and one without limit means none', () => {
    const metrics = tally();
    const state = { up: true, lastRefresh: undefined };
    expect(shown(metrics, 'cache_size')).toEqual({});
    metrics.setProviderState({ ...state, provider: 'file', cacheSize: undefined, cacheMaxSize: undefined });
    expect(shown(metrics, 'cache_size')).toEqual({});
    metrics.setProviderState({ ...state, provider: 'a', cacheSize: 7, cacheMaxSize: 10 });
    metrics.setProviderState({ ...state, provider: 'b', cacheSize: 2, cacheMaxSize: 5 });
    expect([shown(metrics, 'cache_size'), shown(metrics, 'cache_max_size')]).toEqual([{ '': 9 }, { '': 15 }]);
    metrics.setProviderState({ ...state, provider: 'b', cacheSize: 2, cacheMaxSize: 0 });
    expect(shown(metrics, 'cache_max_size')).toEqual({ '': 0 });
    expect(shown(metrics, 'last_refresh_timestamp_seconds')).toEqual({});
  });
});

it('of a provider that is in use no more, the state is forgotten and the counts stay', () => {
  const metrics = tally();
  for (const provider of ['a', 'b']) {
    metrics.recordProviderLatency(provider, 'read', 1);
    metrics.setProviderState({ provider, up: true, lastRefresh: 1_000, cacheSize: 2, cacheMaxSize: 3 });
  }
  metrics.forgetProvider('a');
  expect(shown(metrics, 'provider_up')).toEqual({ b: 1 });
  expect(shown(metrics, 'last_refresh_timestamp_seconds')).toEqual({ b: 1 });
  expect([shown(metrics, 'cache_size'), shown(metrics, 'cache_max_size')]).toEqual([{ '': 2 }, { '': 3 }]);
  expect(Object.keys(distributions(metrics, 'provider_latency_seconds'))).toEqual(['a,read', 'b,read']);
  metrics.forgetProvider('never heard of');
});

it('hits and misses are shown together, so that a ratio can be taken', () => {
  const metrics = tally();
  expect(shown(metrics, 'cache_hits_total')).toEqual({});
  metrics.recordCacheHit('a');
  expect([shown(metrics, 'cache_hits_total'), shown(metrics, 'cache_misses_total')]).toEqual([{ '': 1 }, { '': 0 }]);
  const each = tally({ perFlag: true });
  each.recordCacheMiss('a');
  expect([shown(each, 'cache_hits_total'), shown(each, 'cache_misses_total')]).toEqual([{ a: 0 }, { a: 1 }]);
});

it('events and queues are counted by exporter; what is no number is not', () => {
  const metrics = tally();
  metrics.recordEvents('file', 'sent', 5);
  metrics.recordEvents('file', 'sent', 2);
  metrics.recordEvents('kafka', 'dropped', 1);
  for (const count of [Number.NaN, -1, Number.POSITIVE_INFINITY]) metrics.recordEvents('file', 'sent', count);
  metrics.recordEvents('file', 'constructor' as EventOutcome, 1);
  metrics.setEventQueue('file', 3);
  metrics.setEventQueue('kafka', Number.NaN);
  expect(shown(metrics, 'events_total')).toEqual({
    'file,sent': 7,
    'file,dropped': 0,
    'file,rejected': 0,
    'kafka,sent': 0,
    'kafka,dropped': 1,
    'kafka,rejected': 0,
  });
  expect(shown(metrics, 'events_queue_size')).toEqual({ file: 3 });
});

it('each metric begins again by itself', () => {
  const metrics = tally({ perFlag: true, aliases: true });
  const tell = (): void => {
    evaluated(metrics, { key: 'a' });
    evaluated(metrics, { key: 'a', value: 'x', variant: 'v', code: 'PARSE_ERROR' });
    metrics.recordCacheHit('a');
    metrics.recordCacheMiss('a');
    metrics.recordProviderLatency('p', 'read', 1);
    metrics.recordProviderError('p', 'read', new Failure('UNAVAILABLE', 'away'));
    metrics.setFlagCounts(2, 1);
    metrics.setProviderState({ provider: 'p', up: true, lastRefresh: 1, cacheSize: 1, cacheMaxSize: 1 });
    metrics.recordEvents('e', 'sent', 1);
    metrics.setEventQueue('e', 1);
  };
  const sumOf = (family: (typeof metrics.families)[number]): number =>
    family.type === 'histogram'
      ? family.distributions().reduce((sum, { cumulative }) => sum + cumulative.at(-1)!, 0)
      : family.samples().reduce((sum, { value }) => sum + value, 0);
  tell();
  const first = metrics.families.map(sumOf);
  expect(first.every((sum) => sum > 0)).toBe(true);
  metrics.families.forEach((family, i) => {
    // an alias shows what its metric shows
    const alias = i > 14;
    if (alias) tell();
    family.reset();
    expect(sumOf(family)).toBe(0);
    for (const other of metrics.families.slice(i + 1, 15)) expect(sumOf(other)).toBeGreaterThan(0);
  });
  for (const family of metrics.families) family.reset();
  tell();
  expect(metrics.families.map(sumOf)).toEqual(first);
});
