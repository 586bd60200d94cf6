import { FlagError, type FlagSource, follow } from '@flagwright/core';
import { memoryStore } from '@flagwright/sources/memory';
import { describe, expect, it } from 'vitest';
import {
  type EvaluationFigures,
  evaluationStats,
  type HealthCheck,
  healthCheck,
  healthReport,
} from '../../src/health/index.ts';
import { evaluated, good } from './support.ts';

const FIGURES: EvaluationFigures = {
  total: 5_000,
  window: 300_000,
  evaluations: 1_000,
  errors: 4,
  hits: 750,
  misses: 250,
  average: 0.0012345678,
  p50: 0.001,
  p99: 0.25,
};

it('has the fields of the Go package, named and nested as there, and more', () => {
  const lastError = new FlagError('UNAVAILABLE', 'the server could not be reached');
  const lastErrorAt = Date.UTC(2026, 0, 31, 11, 59, 58, 7);
  const health = good({ lastError, lastErrorAt, degraded: ['beta'] });
  expect(JSON.parse(JSON.stringify(healthCheck({ health, figures: FIGURES })))).toEqual({
    status: 'degraded',
    reasons: [expect.stringContaining('1 flag has a definition that cannot be used')],
    provider: {
      connected: true,
      latency_ms: 2.5,
      last_error: 'UNAVAILABLE: the server could not be reached',
      last_error_at: '2026-01-31T11:59:58.007Z',
    },
    cache: { enabled: true, hit_rate: 0.75, size: 12, max_size: 0 },
    last_refresh: '2026-01-31T12:00:00.000Z',
    snapshot_age_ms: 1_000,
    flags_loaded: 12,
    broken_flag_count: 1,
    broken_flags: ['beta'],
    source: {
      name: 'postgres',
      state: 'ready',
      revision: 'r.1',
      refresh_interval_ms: 30_000,
      reads: 3,
      failures: 0,
      reconnects: 0,
      subscribed: true,
    },
    evaluation_stats: {
      total_evaluations: 5_000,
      error_rate: 0.004,
      avg_latency_ms: 0.001235,
      p50_latency_ms: 0.001,
      p99_latency_ms: 0.25,
    },
  });
});

it('says null for what never happened, and leaves out errors that never were', () => {
  const check = healthCheck({ health: undefined });
  expect(check).toMatchObject({
    status: 'unhealthy',
    provider: { connected: false, latency_ms: null },
    cache: { enabled: false, hit_rate: 0, size: 0, max_size: 0 },
    last_refresh: null,
    snapshot_age_ms: null,
    flags_loaded: 0,
    source: { name: 'none', state: 'none', revision: null },
    evaluation_stats: { total_evaluations: 0, error_rate: 0, avg_latency_ms: 0, p50_latency_ms: 0, p99_latency_ms: 0 },
  });
  expect(Object.keys(check.provider)).toEqual(['connected', 'latency_ms']);
  expect(JSON.stringify(check)).not.toContain('undefined');
});

describe('the status', () => {
  const away = new FlagError('UNAVAILABLE', 'hunter2 is away');
  const failing = (errors: number, evaluations: number) => ({ ...FIGURES, errors, evaluations });
  const cases: readonly (readonly [
    string,
    Parameters<typeof healthCheck>[0],
    HealthCheck['status'],
    readonly RegExp[],
  ])[] = [
    ['of what is well', { health: good(), figures: FIGURES }, 'healthy', []],
    ['of what is well, uncounted', { health: good() }, 'healthy', []],
    ['of nothing', { health: undefined, figures: FIGURES }, 'unhealthy', [/^no flags are read: not started yet/]],
    [
      'before the first read',
      { health: good({ status: 'starting', revision: undefined, freshAt: undefined, age: undefined, flags: 0 }) },
      'unhealthy',
      [/^no flags have been read yet$/],
    ],
    [
      'while no read succeeds',
      { health: good({ status: 'starting', revision: undefined, age: undefined, lastError: away }) },
      'unhealthy',
      [/^no flags have been read yet: the last read failed \(UNAVAILABLE\)$/],
    ],
    ['after close', { health: good({ status: 'closed' }) }, 'unhealthy', [/^closed/]],
    [
      'of stale flags',
      { health: good({ status: 'stale', lastError: away }) },
      'degraded',
      [/out of date.*UNAVAILABLE/],
    ],
    ['of flags that are just not too old', { health: good({ age: 90_000 }) }, 'healthy', []],
    ['of flags that are too old', { health: good({ age: 90_001 }) }, 'degraded', [/90 s ago.*every 30 s$/]],
    ['of broken flags', { health: good({ degraded: ['a', 'b'] }) }, 'degraded', [/^2 flags have a definition/]],
    ['at an error rate of 1 %', { health: good(), figures: failing(10, 1_000) }, 'healthy', []],
    [
      'at more',
      { health: good(), figures: failing(11, 1_000) },
      'degraded',
      [/^1\.1 % of evaluations failed in the last 300 s \(11 of 1000\)$/],
    ],
    ['of one error of two', { health: good(), figures: failing(1, 2) }, 'healthy', []],
    ['of four errors of four', { health: good(), figures: failing(4, 4) }, 'healthy', []],
    ['of five errors of five', { health: good(), figures: failing(5, 5) }, 'degraded', [/^100\.0 %/]],
    [
      'of all at once',
      { health: good({ status: 'stale', age: 1e9, degraded: ['a'] }), figures: failing(9, 9) },
      'degraded',
      [/out of date/, /ago/, /1 flag/, /100\.0 %/],
    ],
  ];

  it.each(cases)('%s', (_, parts, status, reasons) => {
    const check = healthCheck(parts);
    expect(check.status).toBe(status);
    expect(check.reasons).toEqual(reasons.map((reason) => expect.stringMatching(reason)));
    expect(check.reasons.join()).not.toContain('hunter2');
  });
});

describe('the cache', () => {
  it.each(['memory', 'file', 'env'])('is none over %s', (source) => {
    const { cache } = healthCheck({ health: good({ source }), figures: FIGURES });
    expect(cache).toEqual({ enabled: false, hit_rate: 0, size: 0, max_size: 0 });
  });

  it('is what is said', () => {
    expect(healthCheck({ health: good({ source: 'file' }), cached: true }).cache.enabled).toBe(true);
    expect(healthCheck({ health: good(), cached: false }).cache.enabled).toBe(false);
  });

  it('has no rate while nothing was evaluated', () => {
    expect(healthCheck({ health: good(), figures: evaluationStats().read() }).cache.hit_rate).toBe(0);
  });
});

it('names a hundred broken flags, and counts them all; names are no keys', () => {
  const degraded = ['__proto__', 'constructor', 'x'.repeat(10_000), ...Array.from({ length: 500 }, (_, i) => `f${i}`)];
  const { broken_flag_count, broken_flags } = healthCheck({ health: good({ degraded }) });
  expect(broken_flag_count).toBe(503);
  expect(broken_flags).toHaveLength(100);
  expect(broken_flags.slice(0, 2)).toEqual(['__proto__', 'constructor']);
  expect(broken_flags[2]).toHaveLength(200);
});

it.each([Number.NaN, Number.POSITIVE_INFINITY, -1, 8.64e15, 1e300])('a clock that says %d makes no time', (at) => {
  const health = good({ freshAt: at, lastErrorAt: at, age: Number.NaN, latency: Number.NaN });
  const check = healthCheck({ health });
  expect(check).toMatchObject({ last_refresh: null, snapshot_age_ms: null, provider: { latency_ms: null } });
  expect(check.provider).not.toHaveProperty('last_error_at');
});

it('leaks nothing of errors, hints, or a name that is an address', () => {
  const dsn = 'postgres://app:hunter2@db/flags?password=hunter2';
  const lastError = new FlagError('UNAVAILABLE', `cannot reach ${dsn}`, { cause: new Error(dsn) });
  const hintError = FlagError.from(new Error(`${dsn} refused LISTEN`), 'UNSUPPORTED');
  const text = JSON.stringify(healthCheck({ health: good({ source: dsn, status: 'stale', lastError, hintError }) }));
  expect(text).not.toContain('hunter2');
  expect(JSON.parse(text)).toMatchObject({
    provider: { last_error: 'UNAVAILABLE: cannot reach postgres://…' },
    source: { name: 'postgres://…', hint_error: 'UNSUPPORTED' },
  });
});

describe('the report of a follower', () => {
  it('goes from unhealthy to healthy, stale and closed', async () => {
    let failure: unknown = new Error('postgres://app:hunter2@db is away');
    const store = memoryStore({ flags: { a: { type: 'boolean', default: true } } }, { name: 'db' });
    const source: FlagSource = {
      ...store,
      read: (previous, signal) => (failure === undefined ? store.read(previous, signal) : Promise.reject(failure)),
    };
    const stats = evaluationStats();
    const follower = follow(source, { onRead: stats.onRead, subscribe: false });
    const report = healthReport({ health: () => follower.health(), stats });
    expect(report.health()).toMatchObject({ status: 'unhealthy', provider: { connected: false, latency_ms: null } });

    await follower.ready().catch(() => undefined);
    expect(report.health()).toMatchObject({ status: 'unhealthy', provider: { last_error: 'UNAVAILABLE' } });

    failure = undefined;
    await follower.refresh();
    stats(evaluated(0.001));
    const well = report.health();
    expect(well).toMatchObject({
      status: 'healthy',
      reasons: [],
      flags_loaded: 1,
      cache: { enabled: true, hit_rate: 1 },
    });
    expect(well.provider).toMatchObject({ connected: true, last_error: 'UNAVAILABLE' });
    expect(Date.now() - Date.parse(well.last_refresh!)).toBeGreaterThanOrEqual(0);

    failure = new Error('again');
    await follower.refresh();
    stats(evaluated(0.001));
    expect(report.health()).toMatchObject({
      status: 'degraded',
      flags_loaded: 1,
      provider: { connected: false },
      cache: { hit_rate: 0.5 },
      source: { state: 'stale', name: 'db' },
    });

    await follower.close();
    expect(report.health()).toMatchObject({ status: 'unhealthy', source: { state: 'closed' } });
  });

  it('offline it is degraded, and not connected, even without a flag', async () => {
    const cause = new FlagError('UNAVAILABLE', 'offline: no network is used', { retryAfter: 300_000 });
    const set = { document: { flags: {} }, revision: 'offline.none', stale: { since: Date.now(), cause } };
    const follower = follow({ name: 'offline', read: async () => set });
    await follower.ready();
    expect(healthReport({ health: () => follower.health() }).health()).toMatchObject({
      status: 'degraded',
      flags_loaded: 0,
      provider: { connected: false, last_error: 'UNAVAILABLE: offline: no network is used' },
    });
    await follower.close();
  });

  it('names a flag that was broken by an edit, and forgets it when it is mended', async () => {
    const store = memoryStore({ flags: { a: { type: 'boolean', default: true } } });
    const follower = follow(store, { onIssues: () => undefined });
    const report = healthReport({ health: () => follower.health() });
    await follower.ready();
    const edit = async (next: unknown) => {
      await store.commit([{ key: 'a', next: next as never }]);
      await follower.refresh();
    };
    await edit({ type: 'boolean', default: true, rules: [{ clauses: [{ attribute: 'x', operator: 'eqq' }] }] });
    expect(report.health()).toMatchObject({ status: 'degraded', broken_flags: ['a'], broken_flag_count: 1 });
    await edit({ type: 'boolean', default: false });
    expect(report.health()).toMatchObject({ status: 'healthy', broken_flags: [] });
    await follower.close();
  });
});
