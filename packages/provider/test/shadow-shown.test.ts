import type { JsonValue, ResolutionDetails } from '@flagwright/core';
import { FlagError } from '@flagwright/core';
import { expect, it } from 'vitest';
import { formatShadow, type ShadowResolver, shadow } from '../src/index.ts';
import { ALL, ask, pair, seen } from './shadow-report-support.ts';
import { answer, answering, failing, flagOf, reported, serving, started } from './shadow-support.ts';

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
  [
    'more than the default',
    (fallback) => answer({ ...(fallback as Record<string, JsonValue>), limit: 1 }, { variant: 'v' }),
  ],
  ['a list of the default', (fallback) => answer([fallback], { variant: 'v' })],
  [
    'a part of the default',
    (fallback) => answer((fallback as Record<string, JsonValue>).email!, { variant: 'v', reason: 'DEFAULT' }),
  ],
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
    expect(flagOf(report, 'default')?.last?.candidate.value).toBe('an object');
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
  const report = await ask(tried, [text, `a${evil}`], 1);
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
  expect(flagOf(report, 'list')?.last?.candidate.value).toBe('a list');
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
