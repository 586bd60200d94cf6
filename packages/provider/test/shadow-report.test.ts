import type { JsonValue, ResolutionDetails } from '@flagwright/core';
import { FlagError } from '@flagwright/core';
import { expect, it } from 'vitest';
import { formatShadow, shadow } from '../src/index.ts';
import { ALL, ask, NOON, pair } from './shadow-report-support.ts';
import { answer, answering, flagOf, serving, started } from './shadow-support.ts';

it('it is safe to switch once every flag that was seen agreed often enough', async () => {
  const tried = await pair({ a: [answer(true), answer(true)], b: [answer(1), answer(1)] });
  expect(tried.report()).toMatchObject({
    safe: false,
    reasons: ['nothing was compared'],
    warnings: ['not seen: a, b'],
    notSeen: ['a', 'b'],
  });
  expect(await ask(tried, ['a'], 2)).toMatchObject({ safe: false, reasons: ['compared less than 3 times: a'] });
  expect(await ask(tried, ['a'], 1)).toMatchObject({ safe: true, reasons: [], warnings: ['not seen: b'] });
  expect(await ask(tried, ['b'], 3)).toMatchObject({
    safe: true,
    warnings: [],
    notSeen: [],
    evaluations: 6,
    compared: 6,
    mismatched: 0,
    since: NOON,
  });
  await tried.stop();
  expect(tried.report()).toMatchObject({ safe: false, reasons: ['the candidate is stopped'], compared: 6 });
});

it('values that differ and errors are reasons against it, variants and reasons only warnings', async () => {
  const tried = await pair({
    value: [answer(true, { variant: 'on' }), answer(false, { variant: 'off', reason: 'DISABLED' })],
    variant: [answer(true, { variant: 'a' }), answer(true, { variant: 'b' })],
    reason: [answer(true), answer(true, { reason: 'TARGETING_MATCH' })],
    error: [answer(true), undefined],
    fine: [answer(true), answer(true)],
  });
  const report = await ask(tried, ['value', 'variant', 'reason', 'error', 'fine'], 4);
  expect(report).toMatchObject({
    safe: false,
    compared: 16,
    mismatched: 12,
    candidateErrors: 4,
    reasons: ['values differ: value', 'the candidate fails: error', 'compared less than 3 times: error'],
    warnings: ['variants differ: value, variant', 'reasons differ: value, reason'],
  });
  expect(flagOf(report, 'value')).toEqual({
    key: 'value',
    compared: 4,
    counted: 4,
    mismatches: { value: 4, variant: 4, reason: 4 },
    settled: 0,
    primaryErrors: 0,
    skipped: 0,
    undecided: 0,
    errors: 0,
    last: {
      at: NOON,
      differences: ['value', 'variant', 'reason'],
      primary: { value: 'true', variant: 'on', reason: 'STATIC', errorCode: undefined },
      candidate: { value: 'false', variant: 'off', reason: 'DISABLED', errorCode: undefined },
    },
  });
  expect(flagOf(report, 'fine')).toMatchObject({ compared: 4, errors: 0, last: undefined });
});

it('what is compared can be chosen', async () => {
  const one = answering(() => answer(true, { variant: 'a' }));
  const other = answering(() => answer(true, { variant: 'b', reason: 'DISABLED' }));
  const tried = await started(shadow(one, other, { ...ALL, compare: ['value'] }));
  expect(await ask(tried, ['a'], 3)).toMatchObject({ safe: true, mismatched: 0, warnings: [] });
});

it('flags the candidate does not list are told before anybody asks for them', async () => {
  const answers = { a: [answer(true), answer(true)], b: [answer(true), undefined] } as const;
  const tried = await pair(answers, [{}, { keys: () => ['a', 'c'] }]);
  expect(await ask(tried, ['a'], 3)).toMatchObject({
    missing: ['b'],
    safe: true,
    warnings: ['not seen: b', 'not listed by the candidate: b'],
  });
  for (const keys of [
    () => undefined,
    () => {
      throw new FlagError('NOT_READY', 'no');
    },
  ]) {
    const other = await pair(answers, [{ keys }, { keys }]);
    expect(other.report()).toMatchObject({ missing: [], notSeen: [] });
  }
});

it('a report is as it was, and can be begun anew', async () => {
  const tried = await pair({ a: [answer(true), answer(false)] });
  const before = await ask(tried, ['a'], 1);
  await ask(tried, ['a'], 1);
  expect(before).toMatchObject({ compared: 1 });
  expect(flagOf(before, 'a')).toMatchObject({ compared: 1, mismatches: { value: 1 } });
  tried.reset();
  expect(tried.report()).toMatchObject({ compared: 0, mismatched: 0, evaluations: 0 });
  expect(tried.report().flags.length).toBe(0);
  expect(before.flags.length).toBe(1);
});

it('keys that are no flags leave nothing behind, whatever the candidate does with them', async () => {
  const tried = await pair({});
  const keys = Array.from({ length: 2_000 }, (_, i) => `nonsense-${i}`);
  const report = await ask(tried, [...keys, '__proto__', 'constructor'], 1);
  expect(report).toMatchObject({ unknown: 2_002, compared: 0, candidateErrors: 0 });
  expect(report.flags.length).toBe(0);
  const failingOver = answering(() => {
    throw new Error('boom');
  });
  const other = await started(shadow(serving(new Map()), failingOver, ALL));
  const told = await ask(other, keys, 1);
  expect(told).toMatchObject({ candidateErrors: 2_000, safe: false });
  expect(told.reasons).toContain('the candidate fails for keys that are no flags of the primary');
  expect(told.flags.length).toBe(0);
});

it('flags may be called anything', async () => {
  const keys = ['__proto__', 'constructor', 'toString', '', 'a\nb', 'k'.repeat(1_000)];
  const both = answering(() => answer(true));
  const tried = await started(shadow({ ...both, keys: () => keys }, { ...both }, ALL));
  const report = await ask(tried, keys, 3);
  expect(report.flags.map(({ key }) => key)).toEqual(keys);
  expect(report).toMatchObject({ safe: true, notSeen: [] });
  for (const line of formatShadow(report).split('\n')) expect(line.length).toBeLessThan(150);
});

it('ten thousand flags have an entry of their own; more than that are never safe, for they are not told apart', async () => {
  const keys = Array.from({ length: 10_051 }, (_, i) => `flag-${i}`);
  const primary = answering((key) => answer(key), { keys: () => [...keys, 'quiet'] });
  const other = answering((key) => answer(key === 'flag-10050' ? 'other' : key));
  const tried = await started(shadow(primary, other, { ...ALL, enough: 1 }));
  const few = await ask(tried, keys.slice(0, 10_000), 1);
  expect(few).toMatchObject({ safe: true, others: undefined });
  expect(few.notSeen).toHaveLength(52);
  const some = await ask(tried, keys.slice(10_000, -1), 1);
  expect(some.flags).toHaveLength(10_000);
  expect(some).toMatchObject({ safe: false, reasons: ['more flags than are told apart'], notSeen: [] });
  expect(some.others).toMatchObject({ key: '(further flags)', compared: 50 });
  const all = await ask(tried, keys.slice(-1), 1);
  expect(all.reasons).toEqual(['values differ: (further flags)', 'more flags than are told apart']);
  const text = formatShadow(all).split('\n');
  expect(text).toContain('and 9900 more');
  expect(text.length).toBeLessThan(120);
  expect(text.some((line) => line.startsWith('(further flags)  '))).toBe(true);
});

it('a key that no flag has is not kept, however long', async () => {
  const both = () => answering(() => answer(true));
  const tried = await started(shadow(both(), both(), ALL));
  const report = await ask(tried, ['k'.repeat(1_001)], 3);
  expect(report).toMatchObject({ flags: [], others: { compared: 3 }, safe: false });
  expect(JSON.stringify(report).length).toBeLessThan(2_000);
});

it('a report for people', async () => {
  const json = (value: JsonValue, more?: Partial<ResolutionDetails>) => answer(value, more);
  const tried = await pair(
    {
      'new-checkout': [json(true, { variant: 'on', reason: 'TARGETING_MATCH' }), json(false, { variant: 'off' })],
      theme: [json('dark', { variant: '1' }), json('dark', { variant: 'light' })],
      limits: [json({ a: [1, 2] }), json({ a: [1, 2] })],
      'only-there': [json(true), undefined],
      quiet: [json(true), json(true)],
    },
    [{}, { start: (events) => Promise.resolve(events.stale(new FlagError('UNAVAILABLE', 'connection\n refused'))) }],
  );
  await ask(tried, ['new-checkout', 'theme', 'only-there', 'nonsense'], 3);
  expect(formatShadow(await ask(tried, ['limits'], 112))).toMatchInlineSnapshot(`
    "vendor, shadowed by file (stale: connection refused) since 2026-08-08T12:00:00.000Z
    124 evaluations, 118 compared, 6 differ, 3 candidate errors, 0 settled, 0 skipped, 3 of unknown flags

    not safe to switch
      ✗ the candidate is stale
      ✗ values differ: new-checkout
      ✗ the candidate fails: only-there
      ✗ compared less than 3 times: only-there
      ! variants differ: new-checkout, theme
      ! reasons differ: new-checkout
      ! not seen: quiet

    flag          compared  value  variant  reason  errors  last mismatch
    new-checkout         3      3        3       3       0  2026-08-08T12:00:00.000Z value, variant, reason: true (on, TARGETING_MATCH) → false (off, STATIC)
    only-there           0      0        0       0       3  2026-08-08T12:00:00.000Z error: true (STATIC) → FLAG_NOT_FOUND
    theme                3      0        3       0       0  2026-08-08T12:00:00.000Z variant: "dark" (1, STATIC) → "dark" (light, STATIC)
    limits             112      0        0       0       0"
  `);
});

it('a report that says switch', async () => {
  const tried = await pair({ a: [answer(true), answer(true)] });
  expect(formatShadow(await ask(tried, ['a'], 3))).toMatchInlineSnapshot(`
    "vendor, shadowed by file (ready) since 2026-08-08T12:00:00.000Z
    3 evaluations, 3 compared, 0 differ, 0 candidate errors, 0 settled, 0 skipped

    safe to switch

    flag  compared  value  variant  reason  errors  last mismatch
    a            3      0        0       0       0"
  `);
  tried.reset();
  expect(formatShadow(tried.report())).toMatchInlineSnapshot(`
    "vendor, shadowed by file (ready) since 2026-08-08T12:00:00.000Z
    0 evaluations, 0 compared, 0 differ, 0 candidate errors, 0 settled, 0 skipped

    not safe to switch
      ✗ nothing was compared
      ! not seen: a"
  `);
});
