import { createClient, FlagError, type FlagSource, follow } from '@flagwright/core';
import { memoryStore } from '@flagwright/sources/memory';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Metrics, type ProviderState, recorder, tally } from '../../src/index.ts';
import { shown } from './support.ts';

/** A source that a test has in its hand: it is a copy of something, may be away, and may serve a copy itself. */
function hand() {
  let failure: FlagError | undefined;
  let stale: { since: number; cause: FlagError } | undefined;
  let n = 0;
  const source: FlagSource = {
    name: 'hand',
    async read() {
      if (failure !== undefined) throw failure;
      const document = {
        flags: { a: { type: 'boolean', default: true }, b: { type: 'boolean', enabled: false } },
      } as const;
      return { document, revision: `hand.${++n}`, ...(stale === undefined ? {} : { stale }) };
    },
  };
  return {
    source,
    fail: (error: FlagError | undefined) => {
      failure = error;
    },
    copy: (since: number | undefined) => {
      stale = since === undefined ? undefined : { since, cause: new FlagError('UNAVAILABLE', 'the origin is away') };
    },
  };
}

const away = new FlagError('UNAVAILABLE', 'away');

/** The six methods of the seed, each call written down. */
function six(): { metrics: Metrics; calls: string[] } {
  const calls: string[] = [];
  const metrics: Metrics = {
    recordEvaluation: (key, duration, reason, { evaluation, value, type }) => {
      expect(duration).toBeGreaterThanOrEqual(0);
      calls.push(`evaluation ${key} ${reason} ${evaluation.variant} ${value} ${type}`);
    },
    recordError: (key, { code, message }) => void calls.push(`error ${key} ${code} ${message.length > 0}`),
    recordCacheHit: (key) => void calls.push(`hit ${key}`),
    recordCacheMiss: (key) => void calls.push(`miss ${key}`),
    recordProviderLatency: (provider, operation, duration) => {
      expect(duration).toBeGreaterThan(0);
      calls.push(`latency ${provider} ${operation}`);
    },
    recordProviderError: (provider, operation, { code }) => void calls.push(`failure ${provider} ${operation} ${code}`),
  };
  return { metrics, calls };
}

afterEach(() => vi.restoreAllMocks());

describe('metrics of one’s own', () => {
  it('need only the six methods', async () => {
    const { metrics, calls } = six();
    const { source, fail } = hand();
    const told = recorder(metrics);
    const client = createClient(source, told);
    await client.ready();
    client.boolean('a', false);
    client.string('a', 'x');
    client.boolean('nowhere', false);
    client.track('bought');
    await client.close();
    fail(away);
    const broken = createClient(source, told);
    await expect(broken.ready()).rejects.toBe(away);
    broken.boolean('a', false);
    await broken.close();
    expect(calls).toEqual([
      'latency hand read',
      'evaluation a FALLTHROUGH on true boolean',
      'hit a',
      'evaluation a ERROR undefined x string',
      'error a TYPE_MISMATCH true',
      'hit a',
      'evaluation nowhere ERROR undefined false boolean',
      'error nowhere FLAG_NOT_FOUND true',
      'hit nowhere',
      'latency hand read',
      'failure hand read UNAVAILABLE',
      'evaluation a ERROR undefined false boolean',
      'error a PROVIDER_NOT_READY true',
      'miss a',
    ]);
  });

  it.each([undefined, null, {}, 'metrics', { ...six().metrics, recordCacheMiss: undefined }])(
    'without them are refused',
    (metrics) => {
      expect(() => recorder(metrics as never)).toThrow(
        expect.objectContaining({
          code: 'INVALID_ARGUMENT',
          message: expect.stringMatching(/no metrics: it has no .*recordCacheMiss.*prometheusMetrics/),
        }),
      );
    },
  );

  it('disturb nobody when they throw or reject', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    const throwing = (): never => {
      throw new Error('thrown');
    };
    const rejecting = async (): Promise<void> => {
      throw new Error('rejected');
    };
    for (const method of [throwing, rejecting]) {
      const metrics: Required<Metrics> = {
        recordEvaluation: method,
        recordError: method,
        recordCacheHit: method,
        recordCacheMiss: method,
        recordProviderLatency: method,
        recordProviderError: method,
        setFlagCounts: method,
        setProviderState: method,
        forgetProvider: method,
        recordEvents: method,
        setEventQueue: method,
      };
      const seen: string[] = [];
      const { sinks, onRead } = recorder(metrics);
      const client = createClient(hand().source, {
        sinks: [...sinks, (record) => void seen.push(record.kind)],
        onRead,
      });
      await client.ready();
      expect(client.boolean('a', false)).toBe(true);
      expect(client.boolean('nowhere', true)).toBe(true);
      await client.close();
      expect(seen).toEqual(['evaluation', 'evaluation']);
    }
    await vi.waitFor(() => expect(warn.mock.calls.length).toBeGreaterThan(5));
    const messages = warn.mock.calls.map(([message]) => String(message));
    expect(messages.filter((message) => !/threw: (thrown|rejected)$/.test(message))).toEqual([]);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });
});

describe('a source', () => {
  it('is up while reads are good; a copy that is served because it is away is an error of it', async () => {
    const states: ProviderState[] = [];
    const counts: string[] = [];
    const { metrics, calls } = six();
    const watching: Metrics = {
      ...metrics,
      setProviderState: (state) => void states.push(state),
      setFlagCounts: (total, active) => void counts.push(`${active} of ${total}`),
    };
    const { source, fail, copy } = hand();
    const clock = vi.fn(() => 5_000);
    const follower = follow(source, { ...recorder(watching), clock, onIssues: () => {} });
    const latest = async (): Promise<ProviderState> => {
      await follower.refresh();
      return states.at(-1)!;
    };
    await follower.ready();
    const cache = { provider: 'hand', cacheSize: 2, cacheMaxSize: 0 };
    expect(await latest()).toEqual({ ...cache, up: true, lastRefresh: 5_000 });
    clock.mockReturnValue(6_000);
    fail(away);
    expect(await latest()).toEqual({ ...cache, up: false, lastRefresh: 5_000 });
    fail(undefined);
    copy(5_500);
    expect(await latest()).toEqual({ ...cache, up: false, lastRefresh: 5_500 });
    copy(1_000);
    expect(await latest()).toEqual({ ...cache, up: false, lastRefresh: 5_500 });
    copy(undefined);
    expect(await latest()).toEqual({ ...cache, up: true, lastRefresh: 6_000 });
    await follower.close();
    expect(calls.filter((call) => call.startsWith('failure'))).toEqual(Array(3).fill('failure hand read UNAVAILABLE'));
    expect(new Set(counts)).toEqual(new Set(['1 of 2']));
  });

  it('whose first read fails has no flags to count, and those evaluated meanwhile are misses', async () => {
    const metrics = tally();
    const { source, fail } = hand();
    fail(away);
    const client = createClient(source, recorder(metrics, { cached: true }));
    client.boolean('a', false);
    await expect(client.ready()).rejects.toBe(away);
    client.boolean('a', false);
    await client.close();
    expect(shown(metrics, 'total')).toEqual({});
    expect(shown(metrics, 'provider_up')).toEqual({ hand: 0 });
    expect(shown(metrics, 'last_refresh_timestamp_seconds')).toEqual({});
    expect(shown(metrics, 'cache_misses_total')).toEqual({ '': 2 });
    expect(shown(metrics, 'provider_errors_total')).toEqual({ 'hand,read,unavailable': 1 });
  });

  it('that is a vendor’s client has the number of flags that it tells', () => {
    const metrics = tally();
    const { onRead } = recorder(metrics);
    const news = { source: 'vendor', at: 1, error: undefined, stale: undefined, snapshot: undefined } as const;
    onRead({ ...news, operation: 'start', duration: 20, error: away, flags: 0 });
    expect(shown(metrics, 'total')).toEqual({});
    onRead({ ...news, operation: 'start', duration: 20, flags: 12 });
    expect(shown(metrics, 'total')).toEqual({ '': 12 });
    onRead({ ...news, operation: 'run', duration: undefined, flags: 13 });
    expect(shown(metrics, 'total')).toEqual({ '': 13 });
    expect(shown(metrics, 'active_total')).toEqual({});
    expect(shown(metrics, 'last_refresh_timestamp_seconds')).toEqual({});
    onRead({ ...news, operation: 'run', duration: undefined, flags: 0 });
    expect(shown(metrics, 'total')).toEqual({ '': 0 });
  });

  it('whose metrics throw, or reject, at every evaluation is told of once, and nothing is skipped', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const calls: string[] = [];
    const six = (method: string) => () => {
      calls.push(method);
      if (method === 'recordError') return Promise.reject(new Error('away'));
      throw new Error('away');
    };
    const METHODS = ['recordEvaluation', 'recordError', 'recordCacheHit', 'recordCacheMiss'] as const;
    const rest = { recordProviderLatency() {}, recordProviderError() {} };
    const metrics = Object.assign(
      rest,
      Object.fromEntries(METHODS.map((name) => [name, six(name)])),
    ) as unknown as Metrics;
    const client = createClient(memoryStore({ flags: {} }), recorder(metrics, { cached: true }));
    await client.ready();
    for (let i = 0; i < 3; i++) client.boolean('none', false);
    await new Promise((resolve) => setImmediate(resolve));
    expect(calls.slice(0, 3)).toEqual(['recordEvaluation', 'recordError', 'recordCacheHit']);
    expect(calls).toHaveLength(9);
    expect(warn).toHaveBeenCalledOnce();
    await client.close();
  });

  it('that is in use no more is unknown', async () => {
    const metrics = tally();
    const { onRead, close, sinks } = recorder(metrics, { cached: true });
    const client = createClient(memoryStore({ flags: { a: { type: 'boolean', default: true } } }), { sinks, onRead });
    await client.ready();
    expect([shown(metrics, 'total'), shown(metrics, 'provider_up')]).toEqual([{ '': 1 }, { memory: 1 }]);
    close();
    for (const name of ['total', 'active_total', 'provider_up', 'last_refresh_timestamp_seconds', 'cache_size']) {
      expect(shown(metrics, name), name).toEqual({});
    }
    await client.close();
  });

  it('whose metrics are reset is known again after the next read', async () => {
    const metrics = tally();
    const { onRead } = recorder(metrics);
    const follower = follow(memoryStore({ flags: { a: { type: 'boolean', default: true } } }), { onRead });
    await follower.ready();
    for (const family of metrics.families) family.reset();
    expect(shown(metrics, 'total')).toEqual({});
    await follower.refresh();
    expect(shown(metrics, 'total')).toEqual({ '': 1 });
    await follower.close();
  });

  it('that has the flags itself has no cache', async () => {
    const metrics = tally();
    const client = createClient(memoryStore({ flags: { a: { type: 'boolean', default: true } } }), recorder(metrics));
    client.boolean('a', false);
    await client.ready();
    client.boolean('a', false);
    await client.close();
    expect(shown(metrics, 'total')).toEqual({ '': 1 });
    expect(shown(metrics, 'provider_up')).toEqual({ memory: 1 });
    for (const name of ['cache_hits_total', 'cache_misses_total', 'cache_size', 'cache_max_size']) {
      expect(shown(metrics, name), name).toEqual({});
    }
    // unless it is said
    const said = tally();
    const other = createClient(memoryStore({}), recorder(said, { cached: true }));
    await other.ready();
    other.boolean('a', false);
    await other.close();
    expect(shown(said, 'cache_hits_total')).toEqual({ '': 1 });
    expect(shown(said, 'cache_size')).toEqual({ '': 0 });
  });
});
