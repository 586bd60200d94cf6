import { createHmac } from 'node:crypto';
import type { EvaluationRecord, TrackRecord } from '@flagwright/core';
import { createClient, FlagError } from '@flagwright/core';
import { memoryStore } from '@flagwright/sources/memory';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Analytics, analytics } from '../../src/analytics/analytics.ts';
import { batch } from '../../src/analytics/batch.ts';
import type { AnalyticsEvent, EvaluationEvent } from '../../src/analytics/event.ts';
import type { PrivacyOptions } from '../../src/analytics/event-of.ts';
import { toJson } from '../../src/analytics/json.ts';
import { eventMetrics, heldExporter, record, warnings } from './support.ts';

let said: readonly string[];
beforeEach(() => {
  said = warnings();
});
afterEach(() => {
  vi.restoreAllMocks();
});

const taken = (): undefined => undefined;
const throwing = (): never => {
  throw new Error('no');
};

/** The events that are made of records, and the sink that made them. */
async function made(
  records: readonly (EvaluationRecord | TrackRecord)[],
  options: PrivacyOptions = {},
): Promise<{ events: readonly AnalyticsEvent[]; sink: Analytics }> {
  const exporter = heldExporter<AnalyticsEvent>(taken);
  const sink = analytics({ exporters: [exporter], ...options });
  for (const one of records) sink(one);
  await sink.close();
  return { events: exporter.taken, sink };
}

const track = (more: Partial<TrackRecord> = {}): TrackRecord => ({
  kind: 'track',
  event: 'bought',
  context: { targetingKey: 'user' },
  data: {},
  at: 0,
  ...more,
});

describe('the event of an evaluation', () => {
  it('has the nine fields, by these names, and no context', async () => {
    const context = { targetingKey: 'user-1', plan: 'pro', email: 'a@example.com' };
    const { events } = await made([record('ruled', context, { at: Date.UTC(2026, 0, 31, 12) }), record('on')]);
    expect(events).toEqual([
      {
        kind: 'evaluation',
        timestamp: '2026-01-31T12:00:00.000Z',
        flag_key: 'ruled',
        user_key: 'user-1',
        value: 'red',
        variation_idx: 1,
        reason: 'RULE_MATCH',
        rule_id: 'pro',
        in_experiment: false,
      },
      {
        kind: 'evaluation',
        timestamp: '1970-01-01T00:00:00.000Z',
        flag_key: 'on',
        user_key: '',
        value: true,
        variation_idx: expect.any(Number),
        reason: 'FALLTHROUGH',
        in_experiment: false,
      },
    ]);
    expect(toJson(events)).not.toContain('example.com');
  });

  it('says that it is part of an experiment', async () => {
    const { events } = await made([record('color', { targetingKey: 'user' })]);
    expect(events[0]).toMatchObject({ in_experiment: true, variation_idx: expect.any(Number) });
  });

  it('of a flag that is not there has what the caller got', async () => {
    const { events } = await made([record('nowhere', {}, { value: 'fallback' }), record('nowhere')]);
    expect(events).toMatchObject([
      { flag_key: 'nowhere', value: 'fallback', reason: 'ERROR', variation_idx: -1 },
      { value: null },
    ]);
  });

  it('shares what our flags serve, and copies what is the caller’s own', async () => {
    const served = record('shape');
    const own = { deep: { list: [1] } };
    const { events } = await made([served, record('nowhere', {}, { value: own })]);
    own.deep.list.push(2);
    expect((events[0] as EvaluationEvent).value).toBe(served.value);
    expect((events[1] as EvaluationEvent).value).toEqual({ deep: { list: [1] } });
  });

  it.each([
    ['NaN', Number.NaN],
    ['a BigInt', 5n, '5'],
    ['a function', taken],
    ['a symbol', Symbol('x')],
    ['10 MB', 'x'.repeat(10_000_000)],
    ['a throwing proxy', new Proxy({}, { get: throwing, ownKeys: throwing })],
  ])('has null for a value of %s', async (_name, value, expected: unknown = null) => {
    const { events, sink } = await made([record('nowhere', {}, { value })]);
    expect(events[0]).toMatchObject({ value: expected });
    expect(sink.leftOut()).toBe(expected === null ? 1 : 0);
  });
});

describe('timestamps', () => {
  it.each([
    [0, '1970-01-01T00:00:00.000Z'],
    [-1, '1969-12-31T23:59:59.999Z'],
    [-1_000, '1969-12-31T23:59:59.000Z'],
    [1_700_000_000_123.9, '2023-11-14T22:13:20.123Z'],
    [-62_167_219_200_000, '0000-01-01T00:00:00.000Z'],
    [253_402_300_799_999, '9999-12-31T23:59:59.999Z'],
  ])('of %s ms', async (at, expected) => {
    const { events } = await made([record('on', {}, { at })]);
    expect(events[0]!.timestamp).toBe(expected);
  });

  it('are those of Date, whatever the order of times', async () => {
    const times = Array.from({ length: 2_000 }, (_, i) => (i % 3 === 0 ? -i * 999_983 : i * 7_919_003 + (i % 1_000)));
    const { events } = await made(times.map((at) => record('on', {}, { at })));
    expect(events.map(({ timestamp }) => timestamp)).toEqual(times.map((at) => new Date(at).toISOString()));
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, -1e15, 8.64e15, 253_402_300_800_000, undefined, 'x', 5n, null])(
    'of %s, which RFC 3339 cannot write, are the present',
    async (at) => {
      const before = Date.now();
      const { events } = await made([record('on', {}, { at: at as number })]);
      const time = Date.parse(events[0]!.timestamp);
      expect(time).toBeGreaterThanOrEqual(before);
      expect(time).toBeLessThanOrEqual(Date.now());
    },
  );
});

describe('the user key', () => {
  it.each([
    ['targetingKey', { targetingKey: 'a', key: 'b' }, 'a'],
    ['key', { key: 'b' }, 'b'],
    ['key beside null', { targetingKey: null, key: 'b' }, 'b'],
    ['a number', { key: 42 }, '42'],
    ['a BigInt', { key: 42n }, '42'],
    ['NaN', { key: Number.NaN }, ''],
    ['an object', { key: { a: 1 } }, ''],
    ['a symbol', { key: Symbol('x') }, ''],
    ['nothing', {}, ''],
    ['a getter that throws', Object.defineProperty({}, 'targetingKey', { get: throwing }), ''],
    ['a huge BigInt', { key: 1n << 1_000_000n }, ''],
    ['__proto__', { key: '__proto__' }, '__proto__'],
    ['10 MB', { key: 'x'.repeat(10_000_000) }, 'x'.repeat(1_024)],
  ])('of %s', async (_name, context, expected) => {
    const { events } = await made([record('on', {}, { context }), track({ context })]);
    expect(events.map(({ user_key }) => user_key)).toEqual([expected, expected]);
  });

  it.each([undefined, null, 5, 'text'])('of a context of %s', async (context) => {
    const { events } = await made([record('on', {}, { context: context as never })], { context: ['plan', 'length'] });
    expect(events[0]).toMatchObject({ user_key: '' });
    expect(events[0]).not.toHaveProperty('anonymous');
  });

  it('is kept, and flagged, of those who are anonymous', async () => {
    const { events } = await made([
      record('on', { targetingKey: 'a', anonymous: true }),
      record('on', { targetingKey: 'a', anonymous: 'yes' }),
      track({ context: { key: 'a', anonymous: true } }),
    ]);
    expect(events.map(({ user_key, anonymous }) => [user_key, anonymous])).toEqual([
      ['a', true],
      ['a', undefined],
      ['a', true],
    ]);
    expect(events[1]).not.toHaveProperty('anonymous');
  });

  it('is hashed with a secret, everywhere', async () => {
    const secret = 'a secret of enough length';
    const hash = createHmac('sha256', secret).update('anna').digest('hex');
    const context = { targetingKey: 'anna', plan: 'pro', user: 'anna', ids: { mine: ['anna', 'other'] } };
    const { events } = await made(
      [
        record('on', context),
        track({ context, data: { by: 'anna', anna: 1, amount: 5 } }),
        record('on', { key: 7, user: 7 }),
        record('on'),
      ],
      { context: ['plan', 'user', 'ids'], hashUserKeys: { secret } },
    );
    expect(events[0]).toMatchObject({
      user_key: hash,
      context: { plan: 'pro', user: hash, ids: { mine: [hash, 'other'] } },
    });
    expect(events[1]).toMatchObject({ user_key: hash, data: { by: hash, [hash]: 1, amount: 5 } });
    const seven = createHmac('sha256', secret).update('7').digest('hex');
    expect(events[2]).toMatchObject({ user_key: seven, context: { user: seven } });
    expect(events[3]).toMatchObject({ user_key: '' });
    expect(toJson(events)).not.toMatch(/anna|:7[,}]/);
  });

  it('is hashed in what is the caller’s own, too: defaults, names, and what is said of them', async () => {
    const secret = 'a secret of enough length';
    const hash = createHmac('sha256', secret).update('anna').digest('hex');
    const context = { targetingKey: 'anna' };
    const { events } = await made(
      [
        record('nowhere', context, { value: 'anna' }),
        record('nowhere', context, { value: { u: ['anna', 'anna 2'] } }),
        record('anna', context),
        track({ event: 'anna', context, data: { f: throwing } }),
        record('nowhere', { key: 42 }, { value: 42 }),
        // a flag's own value is nobody's key
        record('ruled', { targetingKey: 'blue' }),
      ],
      { hashUserKeys: { secret } },
    );
    expect(events).toMatchObject([
      { value: hash },
      { value: { u: [hash, 'anna 2'] } },
      { flag_key: hash },
      { event: hash, data: {} },
      { value: createHmac('sha256', secret).update('42').digest('hex') },
      { value: 'blue' },
    ]);
    expect(said).toHaveLength(1);
    expect(said[0]).not.toContain('anna');
  });

  it('is hashed wherever it stands, however long it is', async () => {
    const key = `anna${'x'.repeat(1_100)}`;
    const context = { targetingKey: key, user: key };
    const { events } = await made(
      [record('nowhere', context, { key, value: key }), track({ context, data: { key } })],
      {
        context: ['user'],
        hashUserKeys: { secret: 'a secret of enough length' },
      },
    );
    expect(events[0]).toMatchObject({ context: { user: events[0]!.user_key }, value: events[0]!.user_key });
    expect(events[1]).toMatchObject({ context: { user: events[0]!.user_key }, data: { key: events[0]!.user_key } });
    expect(toJson(events)).not.toContain('anna');
  });

  it('is hashed with the bytes as they were', async () => {
    const secret = new Uint8Array(32).fill(1);
    const sink = analytics({ exporters: [heldExporter(taken)], hashUserKeys: { secret } });
    const hash = createHmac('sha256', secret).update('a').digest('hex');
    secret.fill(2);
    await sink.close();
    const { events } = await made([record('on', { key: 'a' })], {
      hashUserKeys: { secret: new Uint8Array(32).fill(1) },
    });
    expect(events[0]!.user_key).toBe(hash);
  });

  it.each([
    { secret: 'hunter2' },
    { secret: '' },
    { secret: 5 },
    {},
    'a text of enough length',
    null,
    { secret: null },
  ])('is not hashed with %o', (hashUserKeys) => {
    expect(() => analytics({ exporters: [heldExporter()], hashUserKeys: hashUserKeys as never })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.not.stringContaining('hunter2') }),
    );
  });
});

describe('the context', () => {
  it('has what is listed, frozen, as it was', async () => {
    const groups = ['a'];
    const context = { plan: 'pro', groups, since: new Date(0), secret: 'x', big: 5n };
    const exporter = heldExporter<AnalyticsEvent>(taken);
    const sink = analytics({ exporters: [exporter], context: ['plan', 'groups', 'since', 'big', 'missing', 'plan'] });
    sink(record('on', context));
    groups.push('b');
    context.plan = 'free';
    await sink.close();
    const { context: copied } = exporter.taken[0]!;
    expect(copied).toEqual({ plan: 'pro', groups: ['a'], since: '1970-01-01T00:00:00.000Z', big: '5' });
    expect([copied, copied!.groups].every(Object.isFrozen)).toBe(true);
    expect([sink.leftOut(), said]).toEqual([0, []]);
  });

  it('is absent if nothing listed is there', async () => {
    const { events } = await made([record('on', { a: 1 })], {
      context: ['plan', 'constructor', 'toString', '__proto__'],
    });
    expect(events[0]).not.toHaveProperty('context');
  });

  it('leaves out what cannot be copied, counts it, and says so once', async () => {
    const cycle: Record<string, unknown> = { a: 1 };
    cycle.self = cycle;
    const context = Object.defineProperty(
      { cycle, f: throwing, huge: 'x'.repeat(10_000_000), ok: 1 } as Record<string, unknown>,
      'getter',
      { get: throwing, enumerable: true },
    );
    const names = ['cycle', 'f', 'huge', 'getter', 'ok'];
    const { events, sink } = await made([record('on', {}, { context }), record('on', {}, { context })], {
      context: names,
    });
    expect(events[0]!.context).toEqual({ cycle: { a: 1 }, ok: 1 });
    expect(sink.leftOut()).toBe(8);
    expect(said).toEqual([
      'analytics: something of on is no JSON, or too much, and is left out of its event; said once',
    ]);
  });

  it('of __proto__ and constructor is of these names', async () => {
    const context = JSON.parse('{"__proto__":{"polluted":1},"constructor":"x"}') as Record<string, unknown>;
    const { events } = await made([record('on', context)], { context: ['__proto__', 'constructor'] });
    expect(toJson(events[0]!.context)).toBe('{"__proto__":{"polluted":1},"constructor":"x"}');
    expect(Object.getPrototypeOf(events[0]!.context)).toBe(Object.prototype);
  });

  it.each([['plan'], [[1]], [['']], [null], [{}]])('of %o is refused', (context) => {
    expect(() => analytics({ exporters: [heldExporter()], context: context as never })).toThrow(FlagError);
  });

  it('does not list the key that is hashed', () => {
    const hashUserKeys = { secret: 'a secret of enough length' };
    for (const name of ['key', 'targetingKey']) {
      expect(() => analytics({ exporters: [heldExporter()], context: [name], hashUserKeys })).toThrow(/hides/);
    }
  });
});

describe('what is tracked', () => {
  it('is a custom event with a copy of its data', async () => {
    const data = { amount: 5, items: [{ id: 1 }] };
    const exporter = heldExporter<AnalyticsEvent>(taken);
    const sink = analytics({ exporters: [exporter], context: ['plan'] });
    sink(track({ data, context: { key: 'u', plan: 'pro' } }));
    data.items.push({ id: 2 });
    await sink.close();
    expect(exporter.taken).toEqual([
      {
        kind: 'custom',
        timestamp: '1970-01-01T00:00:00.000Z',
        event: 'bought',
        user_key: 'u',
        data: { amount: 5, items: [{ id: 1 }] },
        context: { plan: 'pro' },
      },
    ]);
  });

  it('may say what it is as JSON, even that it is itself', async () => {
    const itself = {
      a: 1,
      toJSON() {
        return this;
      },
    };
    const { events, sink } = await made([track({ data: { itself, in: [itself] } })]);
    expect(events[0]).toMatchObject({ data: { itself: { a: 1 }, in: [{ a: 1 }] } });
    expect(sink.leftOut()).toBe(2);
  });

  it.each([undefined, null, 5, 'x', throwing])('may have data of %s', async (data) => {
    const { events } = await made([track({ data: data as never })]);
    expect(events[0]).toMatchObject({ data: {} });
  });

  it('may have a name that is none', async () => {
    const { events } = await made([
      track({ event: 'x'.repeat(10_000_000) }),
      track({ event: Symbol('x') as never }),
      record('on', {}, { key: { toString: throwing } as never }),
    ]);
    expect(events[0]).toMatchObject({ event: 'x'.repeat(1_024) });
    expect(events).toHaveLength(3);
  });
});

describe('exporters', () => {
  it('do not touch one another', async () => {
    const good = heldExporter<AnalyticsEvent>(taken);
    const bad = { ...heldExporter<AnalyticsEvent>(), name: 'bad', export: throwing };
    const hanging = { ...heldExporter<AnalyticsEvent>(), name: 'hanging' };
    const sink = analytics({ exporters: [bad, hanging, good], batch: { maxBatch: 10, closeTimeout: 100 } });
    const metrics = eventMetrics();
    sink.countInto(metrics);
    for (let i = 0; i < 100; i++) sink(record('on', {}, { at: i }));
    await sink.flush();
    expect(good.taken).toHaveLength(100);
    expect(sink.counts()).toMatchObject([
      { exporter: 'bad', sent: 0, queued: 100 },
      { exporter: 'hanging', sent: 0, queued: 100 },
      { exporter: 'held', sent: 100, queued: 0 },
    ]);
    await sink.close();
    expect(metrics.events).toEqual({ 'bad dropped': 100, 'hanging dropped': 100, 'held sent': 100 });
  });

  it('share events that none of them can change for the others', async () => {
    const good = heldExporter<AnalyticsEvent>(taken);
    const bad = heldExporter<AnalyticsEvent>((events) => {
      for (const event of events as unknown as { user_key?: string }[]) {
        event.user_key = 'mine';
        delete event.user_key;
      }
    });
    const sink = analytics({ exporters: [bad, good], batch: { closeTimeout: 100 } });
    sink(record('on', { key: 'user' }));
    sink(track({ context: { key: 'user' } }));
    await sink.close();
    expect(good.taken.map(({ user_key }) => user_key)).toEqual(['user', 'user']);
  });

  it('may be queues, which are flushed and not closed', async () => {
    const exporter = heldExporter<AnalyticsEvent>(taken);
    const queue = batch(exporter);
    const sink = analytics(queue, heldExporter(taken));
    sink(record('on'));
    await sink.close();
    expect([exporter.taken.length, exporter.closes]).toEqual([1, 0]);
    queue.add(exporter.taken[0]!);
    await queue.close();
    expect([exporter.taken.length, exporter.closes]).toEqual([2, 1]);
  });

  it.each([
    [() => analytics()],
    [() => analytics({ exporters: [] })],
    [() => analytics({ exporters: undefined as never })],
    [() => analytics(null as never)],
    [() => analytics({ name: 'x' } as never)],
    [() => analytics(heldExporter(), undefined as never)],
    [() => analytics({ exporters: [heldExporter()], batch: { maxBatch: 0 } })],
  ])('that are none are refused, and nothing is left open: %s', (make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    expect(process.listenerCount('beforeExit')).toBe(0);
  });
});

it('a client that is closed has sent its events', async () => {
  const exporter = heldExporter<AnalyticsEvent>(taken);
  const sink = analytics(exporter);
  const client = createClient(memoryStore({ flags: { on: { type: 'boolean', default: true } } }), { sinks: [sink] });
  await client.ready();
  expect(client.boolean('on', false, { targetingKey: 'user' })).toBe(true);
  client.track('bought', { amount: 5 }, { targetingKey: 'user' });
  await client.close();
  expect(exporter.taken).toMatchObject([
    { kind: 'evaluation', flag_key: 'on', user_key: 'user', value: true },
    { kind: 'custom', event: 'bought', user_key: 'user', data: { amount: 5 } },
  ]);
  expect(Math.abs(Date.parse(exporter.taken[0]!.timestamp) - Date.now())).toBeLessThan(60_000);
  await sink.close();
});
