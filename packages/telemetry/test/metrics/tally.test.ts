import type { EvaluationErrorCode, EvaluationRecord, FlagError, Reason } from '@flagwright/core';
import { FlagError as Failure } from '@flagwright/core';
import { describe, expect, it } from 'vitest';
import { type EventOutcome, tally } from '../../src/index.ts';
import { chance } from './chance.ts';
import { type Asked, distributions, evaluated, recordOf, shown } from './support.ts';

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
    metrics.recordError('e', { name: 'EvaluationError', code: 'PARSE_ERROR', message: '' });
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
    if ([undefined, 'TYPE_MISMATCH', 'PARSE_ERROR'].includes(errorCode)) known.add(key);
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
  // those of gates are asked for, and not told
  const families = metrics.families.filter(({ metric }) => !metric.startsWith('gate'));
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
  const first = families.map(sumOf);
  expect(first.every((sum) => sum > 0)).toBe(true);
  families.forEach((family, i) => {
    // an alias shows what its metric shows
    const alias = i > 14;
    if (alias) tell();
    family.reset();
    expect(sumOf(family)).toBe(0);
    for (const other of families.slice(i + 1, 15)) expect(sumOf(other)).toBeGreaterThan(0);
  });
  for (const family of families) family.reset();
  tell();
  expect(families.map(sumOf)).toEqual(first);
});
