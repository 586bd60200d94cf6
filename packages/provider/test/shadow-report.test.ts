import type { JsonValue, ResolutionDetails, Resolver } from '@flagwright/core';
import { FlagError } from '@flagwright/core';
import { expect, it } from 'vitest';
import { formatShadow, type ShadowOptions, type ShadowReport, type ShadowResolver, shadow } from '../src/index.ts';
import { answer, answering, failing, flagOf, reported, serving, started } from './shadow-support.ts';

const NOON = Date.UTC(2026, 7, 8, 12);
const ALL: ShadowOptions = { sample: 1, settle: 0, enough: 3, queue: 100_000, clock: () => NOON };

/** Asks for flags so often, and waits until all of it was looked at. */
async function ask(tried: ShadowResolver, keys: readonly string[], times: number): Promise<ShadowReport> {
  const before = seen(tried.report());
  for (let i = 0; i < times; i++) {
    for (const key of keys) tried.resolve('boolean', key, false, { targetingKey: 'ada' });
  }
  return reported(tried, (report) => seen(report) === before + keys.length * times);
}

function seen({ compared, candidateErrors, skipped, unknown }: ShadowReport): number {
  return compared + candidateErrors + skipped + unknown;
}

/** A shadow of two that serve these answers by key. */
function pair(
  answers: Readonly<Record<string, readonly [unknown, unknown]>>,
  more: readonly Partial<Resolver>[] = [],
): Promise<ShadowResolver> {
  const by = (i: 0 | 1) =>
    answering((key, fallback) => {
      const given = Object.hasOwn(answers, key) ? answers[key]![i] : undefined;
      return given ?? failing(fallback, 'FLAG_NOT_FOUND');
    });
  const primary = { ...by(0), name: 'vendor', keys: () => Object.keys(answers), ...more[0] };
  return started(shadow(primary, { ...by(1), name: 'file', ...more[1] }, ALL));
}

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

it('nothing of whom it was asked for is in it: no context, no default of a caller, no message', async () => {
  const secret = 'ada@example.com';
  const answers: Record<string, readonly [unknown, unknown]> = {
    text: [answer('fine'), answer(secret)],
    failed: [failing(secret, 'GENERAL'), answer('fine')],
    odd: [failing(`to ${secret}`, 'GENERAL'), answer('fine')],
    message: [answer('fine'), { ...failing(secret, 'GENERAL'), errorMessage: secret }],
  };
  const tried = await pair(answers);
  const throws = await started(
    shadow(
      answering(() => answer('fine')),
      answering(() => {
        throw new Error(secret);
      }),
      ALL,
    ),
  );
  const ask = (one: ShadowResolver, key: string) => one.resolve('string', key, secret, { targetingKey: secret });
  for (const key of Object.keys(answers)) ask(tried, key);
  ask(throws, 'text');
  for (const [one, count] of [
    [tried, 4],
    [throws, 1],
  ] as const) {
    const report = await reported(one, (found) => seen(found) === count);
    const text = JSON.stringify(report);
    expect(text).not.toContain(secret);
    expect(formatShadow(report)).not.toContain(secret);
  }
  expect(formatShadow(tried.report())).toContain('a value (STATIC) → a value (STATIC)');
});

it.each<[string, ResolutionDetails | ((fallback: JsonValue) => unknown)]>([
  [
    'a copy of the default',
    (fallback) => answer(JSON.parse(JSON.stringify(fallback)) as JsonValue, { variant: 'off' }),
  ],
  ['the default as a variant', (fallback) => answer(fallback, { variant: 'disabled', reason: 'DISABLED' })],
  ['a value without a variant', answer('of ada@example.com')],
  ['a reason of its own', answer('y', { variant: 'v', reason: 'matched ada@example.com' })],
  ['a code of its own', answer('y', { reason: 'ERROR', errorCode: 'no ada@example.com' as never })],
])('nothing of whom it was asked for is in it: the candidate answers %s', async (_what, given) => {
  const other = answering((_key, fallback) => (typeof given === 'function' ? given(fallback) : given));
  const tried = await started(
    shadow(
      answering(() => answer('x')),
      other,
      ALL,
    ),
  );
  const fallback = { email: 'ada@example.com', name: undefined };
  tried.resolve('object', 'flag', fallback as never, { email: 'ada@example.com' });
  const report = await reported(tried, (found) => seen(found) === 1);
  expect(flagOf(report, 'flag')?.last).toBeDefined();
  expect(JSON.stringify(report) + formatShadow(report)).not.toContain('ada@');
});

it('what callers do with an answer that is theirs changes nothing that is compared or shown', async () => {
  for (const later of [false, true]) {
    const primary = answering((key, fallback) => {
      const given = answer(key === 'own' ? { a: 1 } : fallback, { variant: 'v' });
      return later ? Promise.resolve(given) : given;
    });
    const tried = await started(
      shadow(
        primary,
        answering((key) => answer({ a: key === 'own' ? 1 : 2 }, { variant: 'v' })),
        ALL,
      ),
    );
    for (const key of ['own', 'default']) {
      const fallback: Record<string, JsonValue> = { a: 1 };
      const given = tried.resolve('object', key, fallback, {});
      const { value } = later ? await given : (given as ResolutionDetails<Record<string, JsonValue>>);
      (value as Record<string, JsonValue>).email = 'ada@example.com';
    }
    const report = await reported(tried, ({ compared }) => compared === 2);
    expect(report).toMatchObject({ mismatched: 1 });
    expect(flagOf(report, 'default')?.last?.candidate.value).toBe('{"a":2}');
    expect(JSON.stringify(report)).not.toContain('ada@');
  }
});

it('a report is plain JSON', async () => {
  const tried = await pair({ __proto__x: [answer(true), answer(false)], b: [answer(true), undefined] });
  const report = await ask(tried, ['__proto__x', 'b', 'none'], 2);
  expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  expect(report.flags.map(({ key }) => key)).toEqual(['__proto__x', 'b']);
});

const escaped = (text: string): string => text.replace(/[^\n -~✗→…]/g, (c) => `<${c.codePointAt(0)!.toString(16)}>`);

it.each([
  '\u001b[31m',
  '\u009b2J',
  '\u009d0;t\u009c',
  '\u007f\u0085',
  '\u202egnp',
  '\u200b',
  '\u2028\u2029',
  '\ufeff',
  '\u3164',
])('no text of anybody moves the cursor or hides: %j', async (evil) => {
  const text = `a${evil}\nb`;
  const more = { variant: text, reason: text };
  const primary = answering(() => answer('x', more), { name: text });
  const other = answering((key) => answer(key === text ? text : { [text]: text }, more), {
    name: text,
    start: async ({ stale }) => stale(new FlagError('UNAVAILABLE', text)),
  });
  const tried = await started(shadow(primary, other, { ...ALL, enough: 9 }));
  const report = await ask(tried, [text, 'flag'], 1);
  const said = formatShadow(report);
  expect(escaped(said)).toBe(said);
  expect(said.split('\n')).toHaveLength(11);
  for (const reason of report.reasons) expect(escaped(reason)).toBe(reason);
});

it('long names, variants and values are cut, and huge values are not looked at whole', async () => {
  const long = 'x'.repeat(100_000);
  const huge = Array.from({ length: 1_000_000 }, () => 1);
  const answers: Record<string, JsonValue> = { text: long, list: Array.from({ length: 9_000 }, () => long), huge };
  const other = answering((key) => answer(answers[key]!, { variant: long }), { name: long });
  const tried = await started(
    shadow(
      answering((key) => answer(key === 'huge' ? huge : 'x', { variant: 'v' })),
      other,
      ALL,
    ),
  );
  const report = await ask(tried, ['text', 'list'], 1);
  expect(flagOf(report, 'text')?.last?.candidate.value).toBe(`"${'x'.repeat(58)}…`);
  expect(flagOf(report, 'list')?.last?.candidate.value).toBe(`["${'x'.repeat(57)}…`);
  expect(JSON.stringify(report).length).toBeLessThan(2_500);
  tried.resolve('object', 'huge', 'x', {});
  expect(await reported(tried, ({ undecided }) => undecided === 1)).toMatchObject({ compared: 2 });
});

it('a clock that is none harms nothing', async () => {
  for (const clock of [() => Number.NaN, () => 1e300, () => 'now' as never]) {
    const tried = await started(
      shadow(serving(new Map([['a', true]])), serving(new Map([['a', 1]])), { ...ALL, clock }),
    );
    expect(formatShadow(await ask(tried, ['a'], 1))).toMatch(/since 2\d{3}-/);
  }
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
