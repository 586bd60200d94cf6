import { createClient, FlagError, type TrackRecord } from '@flagwright/core';
import { memoryStore } from '@flagwright/sources/memory';
import { describe, expect, it } from 'vitest';
import { evaluationStats } from '../../src/health/index.ts';
import { LONGEST } from '../../src/health/sketch.ts';
import { evaluated } from './support.ts';

/** Statistics with a clock in the hand of the test. */
function held(window = 5_000) {
  const time = { now: 1_000 };
  return { time, stats: evaluationStats({ window, clock: () => time.now }) };
}

it('nothing was evaluated: all is 0', () => {
  expect(evaluationStats().read()).toEqual({
    total: 0,
    window: 300_000,
    evaluations: 0,
    errors: 0,
    hits: 0,
    misses: 0,
    average: 0,
    p50: 0,
    p99: 0,
  });
});

it('every error code is an error; what is tracked is no evaluation', () => {
  const stats = evaluationStats();
  const codes = ['FLAG_NOT_FOUND', 'TYPE_MISMATCH', 'PARSE_ERROR', 'PROVIDER_NOT_READY', 'GENERAL'] as const;
  for (const code of codes) stats(evaluated(1, 0, code));
  stats(evaluated(1));
  const tracked: TrackRecord = { kind: 'track', event: 'bought', context: {}, data: {}, at: 0 };
  stats(tracked);
  expect(stats.read()).toMatchObject({ total: 6, evaluations: 6, errors: 5 });
});

it.each([
  ['zero', 0, 0],
  ['negative', -5, 0],
  ['minus zero', -0, 0],
  ['not a number', Number.NaN, 0],
  ['endless', Number.POSITIVE_INFINITY, LONGEST],
  ['minus endless', Number.NEGATIVE_INFINITY, 0],
  ['a year', 31_536_000_000, LONGEST],
  ['the least there is', Number.MIN_VALUE, 0],
  ['the most there is', Number.MAX_VALUE, LONGEST],
])('a duration that is %s spoils nothing', (_, duration, told) => {
  const stats = evaluationStats();
  stats(evaluated(duration));
  const { p50, p99, average } = stats.read();
  expect([p50, p99]).toEqual([told, told]);
  expect(average).toBeCloseTo(told);
  for (let i = 0; i < 999; i++) stats(evaluated(0.5));
  expect(stats.read().p50).toBeCloseTo(0.5, 1);
  expect(stats.read().average).toBeLessThanOrEqual(LONGEST);
});

describe('the window', () => {
  it('forgets by parts, so that recovery shows, and the total stays', () => {
    const { time, stats } = held();
    const seen: number[] = [];
    for (let i = 0; i < 10; i++) stats(evaluated(80, time.now, 'GENERAL'));
    for (let second = 0; second < 8; second++) {
      stats(evaluated(0.001, time.now));
      seen.push(stats.read().errors);
      time.now += 1_000;
    }
    expect(seen).toEqual([10, 10, 10, 10, 10, 0, 0, 0]);
    expect(stats.read()).toMatchObject({ total: 18, errors: 0 });
    expect(stats.read().p99).toBeLessThan(0.01);
  });

  it('forgets although nothing is evaluated any more', () => {
    const { time, stats } = held();
    stats(evaluated(1, time.now, 'GENERAL'));
    time.now += 4_999;
    expect(stats.read()).toMatchObject({ evaluations: 1, errors: 1 });
    time.now += 1;
    expect(stats.read()).toMatchObject({ total: 1, evaluations: 0, errors: 0, p99: 0 });
    time.now += 1e12;
    expect(stats.read()).toMatchObject({ total: 1, evaluations: 0 });
  });

  it('never counts twice or loses one of the total, however time passes', () => {
    const { time, stats } = held();
    let total = 0;
    for (let i = 0; i < 5_000; i++) {
      stats(evaluated(1, time.now + (i % 7) * 997 - 3_000));
      total++;
      time.now += (i * 7_919) % 700;
      if (i % 50 === 0) expect(stats.read().total).toBe(total);
    }
    expect(stats.read().total).toBe(total);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, '5m' as never])('of %s is refused', (window) => {
    expect(() => evaluationStats({ window })).toThrowError(
      expect.objectContaining({ name: 'FlagError', code: 'INVALID_ARGUMENT' }),
    );
  });
});

describe('a wall clock', () => {
  it('that jumps, either way, makes nothing forgotten', () => {
    const { time, stats } = held();
    for (const at of [1e12, 1e12 - 3_600_000, 1e12 + 86_400_000, 0, 1e15]) stats(evaluated(1, at, 'GENERAL'));
    expect(stats.read()).toMatchObject({ evaluations: 5, errors: 5 });
    time.now += 5_000;
    expect(stats.read().evaluations).toBe(0);
  });

  it('that jumps back does not make the past stay', () => {
    const { time, stats } = held();
    stats(evaluated(80, 1e12, 'GENERAL'));
    for (let i = 0; i < 6; i++) {
      time.now += 1_000;
      stats(evaluated(1, 1e12 - 3_600_000 + i * 1_000));
    }
    expect(stats.read()).toMatchObject({ total: 7, evaluations: 5, errors: 0 });
  });

  it.each([
    ['stands still', 1e12],
    ['tells no time', Number.NaN],
  ])('that %s stops nothing', (_, at) => {
    const { time, stats } = held();
    for (let i = 0; i < 3_000; i++) stats(evaluated(80, at, 'GENERAL'));
    time.now += 5_000;
    for (let i = 0; i < 3_000; i++) stats(evaluated(1, at));
    const { total, evaluations, errors } = stats.read();
    expect(total).toBe(6_000);
    expect(errors).toBe(0);
    // those before the clock was looked at count as of the time before
    expect(evaluations).toBeGreaterThan(3_000 - 1_025);
  });
});

it('hits and misses count as soon as it is told of reads', () => {
  const stats = evaluationStats();
  const away = new FlagError('UNAVAILABLE', 'away');
  stats(evaluated(1));
  stats.onRead({ error: undefined, stale: undefined });
  for (let i = 0; i < 3; i++) stats(evaluated(1));
  stats.onRead({ error: away, stale: undefined });
  stats(evaluated(1));
  stats.onRead({ error: undefined, stale: away });
  stats(evaluated(1));
  expect(stats.read()).toMatchObject({ evaluations: 6, hits: 3, misses: 2 });
});

it('is a sink of a client', async () => {
  const stats = evaluationStats();
  const store = memoryStore({ flags: { on: { type: 'boolean', default: true } } });
  const client = createClient(store, { sinks: [stats], onRead: stats.onRead });
  await client.ready();
  client.boolean('on', false);
  client.boolean('off', false);
  client.string('on', 'x');
  client.track('bought');
  await client.close();
  const figures = stats.read();
  expect(figures).toMatchObject({ total: 3, errors: 2, hits: 3, misses: 0 });
  expect(figures.average).toBeGreaterThan(0);
});
