import type { EvaluationRecord, Sink, TrackRecord } from '@flagwright/core';
import { describe, expect, it } from 'vitest';
import { type Analytics, analytics } from '../../src/analytics/analytics.ts';
import { type ExposuresOptions, exposures } from '../../src/analytics/exposures.ts';
import { lastSeen } from '../../src/analytics/last-seen.ts';
import { eventMetrics, heldExporter, record } from './support.ts';

/** What is passed on of records. */
function passed(
  records: readonly (EvaluationRecord | TrackRecord)[],
  options?: ExposuresOptions,
): readonly (EvaluationRecord | TrackRecord)[] {
  const got: (EvaluationRecord | TrackRecord)[] = [];
  const sink = exposures((one) => void got.push(one), options);
  for (const one of records) sink(one);
  return got;
}

const seen = (key: string, user: string, at = 0, more: Partial<EvaluationRecord> = {}): EvaluationRecord =>
  record(key, { targetingKey: user }, { at, ...more });

describe('an exposure is passed on', () => {
  it('once for each user, flag and variant', () => {
    const pro = record('ruled', { targetingKey: 'a', plan: 'pro' });
    const all = [seen('ruled', 'a'), pro, seen('ruled', 'b'), seen('on', 'a')];
    expect(passed([...all, ...all, ...all])).toEqual(all);
  });

  it('once for each value that is no variant, whatever its type', () => {
    const values = [true, 'true', 1, '1', null, { a: 1 }, { a: 2 }, [], 'x'.repeat(1_000), 'x'.repeat(1_001)];
    const all = values.map((value) => seen('nowhere', 'a', 0, { value }));
    expect(passed([...all, ...all])).toEqual(all);
  });

  it('once for values that are too long to be told apart', () => {
    let read = 0;
    const huge = (end: string): object => ({
      // as JSON.stringify would read it, and no more of it than is needed
      list: Array.from({ length: 100_000 }, () => ({ toJSON: () => ++read })),
      text: `${'x'.repeat(100_000)}${end}`,
    });
    const all = [huge('a'), huge('b'), { list: [] }].map((value) => seen('nowhere', 'a', 0, { value }));
    expect(passed([...all, ...all])).toEqual([all[0], all[2]]);
    expect(read).toBe(0);
  });

  it('for names that look like others’', () => {
    const all = ['__proto__', 'constructor', '', ' ', '\0', 'a b', 'x'.repeat(1_000)].map((user) => seen('on', user));
    expect(passed([...all, ...all])).toEqual(all);
    expect(passed([record('on', {}, { key: undefined as never }), record('on', {}, { key: 5 as never })])).toHaveLength(
      2,
    );
  });

  it('again when the window is over, counted from when it was last passed on', () => {
    const at = [0, 500, 999, 1_000, 1_500, 2_001];
    expect(
      passed(
        at.map((ms) => seen('on', 'a', ms)),
        { window: 1_000 },
      ).map((one) => one.at),
    ).toEqual([0, 1_000, 2_001]);
  });

  it('again when the clock has jumped back by more than the window, and not for less', () => {
    const at = [10_000, 9_500, 5_000, 5_400, Number.NaN];
    expect(
      passed(
        at.map((ms) => seen('on', 'a', ms)),
        { window: 1_000 },
      ).map((one) => one.at),
    ).toEqual([10_000, 5_000, Number.NaN]);
  });

  it('only of experiments, if so wanted', () => {
    const color = record('color', { targetingKey: 'a' });
    expect(color.evaluation.inExperiment).toBe(true);
    expect(passed([seen('on', 'a'), color, color], { experimentsOnly: true })).toEqual([color]);
  });

  it('whatever is tracked always', () => {
    const tracked: TrackRecord = { kind: 'track', event: 'x', context: {}, data: {}, at: 0 };
    expect(passed([tracked, tracked], { experimentsOnly: true })).toHaveLength(2);
  });
});

it('no more is remembered than allowed, and those who come again stay', () => {
  const memory = lastSeen(1_000);
  for (let i = 0; i < 100_000; i++) {
    memory.set('flag', 'on', `user ${i}`, i);
  }
  // the newest first: whoever is asked for is kept in the place of others
  const known = Array.from(
    { length: 100_000 },
    (_, i) => memory.get('flag', 'on', `user ${99_999 - i}`) === 99_999 - i,
  );
  expect(known.slice(0, 400).every(Boolean)).toBe(true);
  expect(known.slice(1_000, 99_999).some(Boolean)).toBe(false);
  const again = lastSeen(1_000);
  for (let i = 0; i < 100_000; i++) {
    again.set('flag', 'on', `user ${i}`, i);
    if (i % 100 === 0) again.get('flag', 'on', 'user 0');
  }
  expect(again.get('flag', 'on', 'user 0')).toBe(0);
});

it('the older half outlives the beginning of a younger one', () => {
  const memory = lastSeen(2);
  for (const [at, user] of ['a', 'b', 'c'].entries()) memory.set('flag', 'on', user, at);
  expect(memory.get('flag', 'on', 'c')).toBe(2);
  expect(memory.get('flag', 'on', 'b')).toBe(1);
  expect(memory.get('flag', 'on', 'a')).toBeUndefined();
});

describe('the other sink', () => {
  it('is flushed, if it can be', async () => {
    let flushed = 0;
    const inner: Sink = Object.assign((): void => undefined, {
      async flush() {
        flushed++;
      },
    });
    await exposures(inner).flush?.();
    expect(flushed).toBe(1);
    expect(exposures(() => undefined).flush).toBeUndefined();
  });

  it('is counted by whoever counts this one, if it can be', async () => {
    const sink = exposures(analytics({ exporters: [heldExporter(() => undefined)] }));
    const metrics = eventMetrics();
    const end = (sink as Partial<Pick<Analytics, 'countInto'>>).countInto!(metrics);
    for (const one of [seen('on', 'a'), seen('on', 'a'), seen('on', 'b')]) sink(one);
    await sink.flush!();
    end();
    expect(metrics.events).toEqual({ 'held sent': 2 });
    expect(exposures(() => undefined)).not.toHaveProperty('countInto');
  });

  it('may be asynchronous, or throw', async () => {
    const failing = exposures((async () => {
      throw new Error('no');
    }) as Sink);
    await expect(failing(seen('on', 'a')) as unknown).rejects.toThrow('no');
    const throwing = exposures(() => {
      throw new Error('no');
    });
    expect(() => throwing(seen('on', 'a'))).toThrow('no');
    // not again at each evaluation
    expect(() => throwing(seen('on', 'a'))).not.toThrow();
  });
});

it.each([
  [undefined, {}],
  [{}, {}],
  [() => undefined, { window: 0 }],
  [() => undefined, { window: Number.NaN }],
  [() => undefined, { maxEntries: 1 }],
  [() => undefined, { maxEntries: 1e9 }],
  [() => undefined, { maxEntries: '5' }],
])('refuses %o with %o', (sink, options) => {
  expect(() => exposures(sink as Sink, options as never)).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
  );
});
