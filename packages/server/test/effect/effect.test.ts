import type { ClauseDefinition, FlagDefinition } from '@flagwright/core';
import { describe, expect, test } from 'vitest';
import type { Effect, EffectOptions } from '../../src/effect/index.ts';
import { effectOf, formatEffect, formatOutcome } from '../../src/effect/index.ts';

const HASHES = 2 ** 32;
const BOOLEAN: FlagDefinition = { type: 'boolean', variants: { on: true, off: false }, defaultVariant: 'off' };
const LETTERS: FlagDefinition = { type: 'string', variants: { a: 'A', b: 'B', c: 'C' }, defaultVariant: 'a' };

const eq = (attribute: string, ...values: unknown[]) => ({ attribute, operator: 'eq', values }) as const;
const below = (share: number) => ({ '<': [{ var: '$flagd.flagKey' }, share] });
const rollout = (a: number, b: number, c: number, rest: object = {}): FlagDefinition => ({
  ...LETTERS,
  fallthrough: {
    rollout: {
      variations: [
        { variation: 'a', weight: a },
        { variation: 'b', weight: b },
        { variation: 'c', weight: c },
      ],
      ...rest,
    },
  },
});
const weighted = (...weights: number[]): FlagDefinition => ({
  type: 'string',
  variants: ['a', 'b', 'c'].map((name, i) => ({ name, value: name.toUpperCase(), weight: weights[i] ?? 0 })),
});
const premium = (share: number): FlagDefinition => ({
  ...BOOLEAN,
  targeting: { if: [{ '==': [{ var: 'user-tier' }, 'premium'] }, { if: [below(share), 'on', 'off'] }, 'off'] },
});
const rules = (...list: NonNullable<FlagDefinition['rules']>): FlagDefinition => ({ ...BOOLEAN, rules: list });
const logic = (targeting: FlagDefinition['targeting'] & {}): FlagDefinition => ({ ...LETTERS, targeting });

/** The least hash that falls into a bucket, by whole numbers of any size. */
function border(bucket: number, total: number): number {
  const [b, t] = [BigInt(bucket), BigInt(total)];
  return Number((b * BigInt(HASHES) + t - 1n) / t);
}

/** The moves of the first audience, those with a targeting key, as text to the number of hashes. */
function moves({ audiences }: Effect): Record<string, number> {
  return Object.fromEntries(
    audiences[0]!.moves.map(({ from, to, buckets }) => [`${formatOutcome(from)} → ${formatOutcome(to)}`, buckets]),
  );
}

const change = (before: FlagDefinition | undefined, after: FlagDefinition | undefined, options?: EffectOptions) =>
  effectOf('flag', before, after, options);

describe('shares are counted in hashes', () => {
  test.each<[string, FlagDefinition, FlagDefinition, Record<string, number>]>([
    [
      '10 % → 25 % by a comparison with the flag key',
      premium(0.1),
      premium(0.25),
      { 'off → on': Math.ceil(0.25 * HASHES) - Math.ceil(0.1 * HASHES) },
    ],
    [
      'fractional 10 → 25',
      logic({
        fractional: [
          ['b', 10],
          ['a', 90],
        ],
      }),
      logic({
        fractional: [
          ['b', 25],
          ['a', 75],
        ],
      }),
      { 'a → b': border(25, 100) - border(10, 100) },
    ],
    [
      'fractional with a key that says the same as none',
      logic({
        fractional: [
          ['b', 10],
          ['a', 90],
        ],
      }),
      logic({
        fractional: [{ cat: [{ var: '$flagd.flagKey' }, { var: 'targetingKey' }] }, ['b', 20], ['a', 80]],
      }),
      { 'a → b': border(20, 100) - border(10, 100) },
    ],
    [
      'the percentage of a rule',
      rules({ variation: 'on', percentage: 10 }),
      rules({ variation: 'on', percentage: 25.5 }),
      { 'off → on': border(25_500, 100_000) - border(10_000, 100_000) },
    ],
    [
      'a percentage becomes a fractional',
      rules({ variation: 'on', percentage: 10 }),
      {
        ...BOOLEAN,
        targeting: {
          fractional: [
            ['on', 1],
            ['off', 1],
          ],
        },
      },
      { 'off → on': border(1, 2) - border(10_000, 100_000) },
    ],
    [
      'the weights of a rollout',
      rollout(20_000, 30_000, 50_000),
      rollout(20_000, 50_001, 29_999),
      { 'c → b': border(70_001, 100_000) - border(50_000, 100_000) },
    ],
    [
      'a rollout whose rest goes to the last',
      rollout(33_333, 33_333, 33_334),
      rollout(33_333, 0, 1),
      { 'b → c': border(66_666, 100_000) - border(33_333, 100_000) },
    ],
    [
      'weighted variants',
      weighted(1, 1, 1),
      weighted(1, 2, 1),
      { 'a → b': border(1, 3) - border(1, 4), 'c → b': border(3, 4) - border(2, 3) },
    ],
  ])('%s', (_, before, after, expected) => {
    const effect = change(before, after);
    expect(moves(effect)).toEqual(expected);
    const [audience] = effect.audiences;
    const whole = [...audience!.moves, ...audience!.stays].reduce((sum, { buckets }) => sum + buckets, 0);
    expect(whole).toBe(HASHES);
    expect(audience).toMatchObject({ exact: true });
    expect(audience!.moves.every(({ independent }) => !independent)).toBe(true);
  });

  test('whose targeting key is no text for JSON Logic is told apart, and nobody who cannot be', () => {
    const fractional = {
      ...BOOLEAN,
      targeting: {
        fractional: [
          ['on', 1],
          ['off', 1],
        ],
      },
    };
    const effect = change(rules({ variation: 'on', percentage: 10 }), fractional);
    expect(formatEffect(effect).split('\n')).toEqual([
      'everybody with a targeting key: 40 % move from off to on, 10 % stay on, 50 % stay off',
      'where targetingKey is not a text: 10 % move from on to off, 90 % stay off',
      'nobody else is affected',
    ]);
  });

  test('another salt: two hashes, a product', () => {
    const effect = change(rollout(50_000, 50_000, 0), { ...rollout(25_000, 75_000, 0), salt: 'other' });
    const [audience] = effect.audiences;
    expect(audience!.moves.map(({ share, independent }) => ({ share, independent }))).toEqual([
      { share: 0.375, independent: true },
      { share: 0.125, independent: true },
    ]);
    expect(audience!.stays.map(({ share }) => share)).toEqual([0.125, 0.375]);
  });

  test('another attribute to hash: independent too, and told of those who have both', () => {
    const effect = change(rollout(50_000, 50_000, 0), rollout(50_000, 50_000, 0, { bucketBy: 'company' }));
    expect(formatEffect(effect).split('\n')[0]).toBe(
      'where company is a text or a number: 25 % move from a to b, 25 % move from b to a, 25 % stay a, 25 % stay b',
    );
  });

  test('thirty shares that all differ are one audience', () => {
    const names = Array.from({ length: 30 }, (_, i) => `v${i}`);
    const flag = (salt: string): FlagDefinition => ({
      type: 'string',
      salt,
      variants: names.map((name) => ({ name, value: name, weight: 1 })),
    });
    const effect = change(flag('x'), flag('y'));
    expect(effect).toMatchObject({ complete: true });
    expect(effect.audiences).toHaveLength(1);
    expect(effect.audiences[0]!.moves).toHaveLength(870);
    expect(effect.audiences[0]!.moves[0]!.share).toBeCloseTo(1 / 900, 9);
  });
});

describe('as text', () => {
  const nested = (low: number, high: number): FlagDefinition =>
    logic({ if: [below(low), 'a', { if: [below(high), 'b', 'c'] }] });
  const gate = (variation: string | number = 'on') => ({ prerequisites: [{ key: 'other', variation }] });

  test.each<[string, FlagDefinition | undefined, FlagDefinition | undefined, string, EffectOptions?]>([
    ['nothing', premium(0.1), structuredClone(premium(0.1)), 'nothing changes'],
    ['what nobody is served', BOOLEAN, { ...BOOLEAN, description: 'x', salt: 'x' }, 'nothing changes'],
    [
      'a comparison with the flag key',
      premium(0.1),
      premium(0.25),
      'where user-tier is "premium": 15 % move from off to on, 10 % stay on, 75 % stay off\nnobody else is affected',
    ],
    [
      'nested shares of one hash',
      nested(0.33, 0.66),
      nested(0.33, 0.5),
      'everybody with a targeting key: 16 % move from b to c, 33 % stay a, 17 % stay b, 34 % stay c\nnobody else is affected',
    ],
    [
      'enabled → disabled',
      { ...rules({ clauses: [eq('beta', true)], variation: 'on' }), offVariant: 'off' },
      { ...rules({ clauses: [eq('beta', true)], variation: 'on' }), offVariant: 'off', enabled: false },
      'the flag is disabled\nwhere beta is true: 100 % move from on to off\nnobody else is affected',
    ],
    [
      'enabled → disabled, and the caller decides',
      BOOLEAN,
      { ...BOOLEAN, state: 'DISABLED' },
      "the flag is disabled\neverybody: 100 % move from off to the caller's default",
    ],
    [
      'another value in a clause',
      rules({ clauses: [eq('country', 'DE')], variation: 'on' }),
      rules({ clauses: [eq('country', 'FR')], variation: 'on' }),
      'where country is "DE": 100 % move from on to off\nwhere country is "FR": 100 % move from off to on\nnobody else is affected',
      { attributes: { country: 'string' } },
    ],
    [
      'one more value in a clause',
      rules({ clauses: [eq('country', 'DE')], variation: 'on' }),
      rules({ clauses: [{ attribute: 'country', operator: 'in', values: ['FR', 'DE'] }], variation: 'on' }),
      'where country is one of "DE", "FR" and country is not "DE": 100 % move from off to on\nnobody else is affected',
    ],
    [
      'a clause less',
      rules({ clauses: [eq('tier', 'pro'), { ...eq('country', 'DE'), negate: true }], variation: 'on' }),
      rules({ clauses: [eq('tier', 'pro')], variation: 'on' }),
      'where tier is "pro" and (country is not set or country is "DE"): 100 % move from off to on\nnobody else is affected',
    ],
    [
      'a rule in front',
      rules({ clauses: [eq('country', 'DE')], variation: 'on' }),
      rules(
        { clauses: [{ attribute: 'age', operator: 'lt', values: [18] }], variation: 'off' },
        { clauses: [eq('country', 'DE')], variation: 'on' },
      ),
      'where country is "DE" and age is less than 18: 100 % move from on to off\nnobody else is affected',
    ],
    [
      'the same rules in another order',
      rules({ clauses: [eq('a', 1)], variation: 'on' }, { clauses: [eq('b', 1)], variation: 'off' }),
      rules({ clauses: [eq('b', 1)], variation: 'off' }, { clauses: [eq('a', 1)], variation: 'on' }),
      'where a is 1 and b is 1: 100 % move from on to off\nnobody else is affected',
    ],
    [
      'targets',
      { ...BOOLEAN, targets: [{ variation: 'on', values: ['ann', 'bob'] }] },
      { ...BOOLEAN, targets: [{ variation: 'on', values: ['bob', 'eve'] }] },
      'where the targeting key is "ann": 100 % move from on to off\nwhere the targeting key is "eve": 100 % move from off to on\nnobody else is affected',
    ],
    [
      'a prerequisite',
      { ...BOOLEAN, defaultVariant: 'on', offVariant: 'off' },
      { ...BOOLEAN, defaultVariant: 'on', offVariant: 'off', ...gate() },
      'where flag "other" does not serve "on": 100 % move from on to off\nnobody else is affected',
    ],
    [
      'another variant of a prerequisite',
      { ...BOOLEAN, defaultVariant: 'on', offVariant: 'off', ...gate('x') },
      { ...BOOLEAN, defaultVariant: 'on', offVariant: 'off', ...gate('y') },
      'where flag "other" serves "x": 100 % move from on to off\nwhere flag "other" serves "y": 100 % move from off to on\nnobody else is affected',
    ],
    [
      'a segment, in either dialect',
      rules({ clauses: [{ operator: 'inSegment', values: ['beta'] }], variation: 'on' }),
      { ...BOOLEAN, targeting: { if: [{ in_segment: ['beta'] }, 'on', 'off'] } },
      'nothing changes',
    ],
    [
      'equality, in either dialect',
      { ...LETTERS, targeting: { if: [{ in: [{ var: 'x' }, ['p', 'q']] }, 'b'] } },
      { ...LETTERS, targeting: { if: [{ '!': { in: [{ var: ['x'] }, ['q', 'p', 'p']] } }, null, 'b'] } },
      'nothing changes',
    ],
    [
      'and, or and not',
      logic({ if: [{ and: [{ var: 'p' }, { or: [{ var: 'q' }, { '!': [{ var: 'r' }] }] }] }, 'b', 'a'] }),
      logic({ if: [{ var: 'p' }, 'b', 'a'] }),
      'where p is true and r is true and q is not true: 100 % move from a to b\nnobody else is affected',
    ],
    [
      'shared evaluators',
      logic({ if: [{ $ref: 'pro' }, 'b', 'a'] }),
      logic({ if: [{ $ref: 'pro' }, 'c', 'a'] }),
      'where tier is "pro": 100 % move from b to c\nnobody else is affected',
      { evaluators: { pro: { '==': [{ var: 'tier' }, 'pro'] } } },
    ],
    [
      'an expression for an outcome',
      logic({ cat: ['a', { var: 'x' }] }),
      { ...logic({ cat: ['a', { var: 'x' }] }), defaultVariant: 'b' },
      'the default changes from a to b\nwhere the expression {"cat":["a",{"var":["x"]}]} yields null: 100 % move from a to b\nnobody else is affected',
    ],
    [
      'a time that is given',
      logic({ if: [{ '>': [{ var: '$flagd.timestamp' }, 1_000] }, 'b', 'a'] }),
      LETTERS,
      'everybody: 100 % move from b to a\nas of 2001-09-09T01:46:40.000Z',
      { now: 1_000_000_000_000 },
    ],
    [
      'a time that is not',
      logic({ if: [{ '>': [{ var: '$flagd.timestamp' }, 1_000] }, 'b', 'a'] }),
      LETTERS,
      'where $flagd.timestamp is greater than 1000: 100 % move from b to a\nnobody else is affected',
    ],
    [
      'a new flag',
      undefined,
      BOOLEAN,
      "the flag is created\neverybody: 100 % move from the caller's default with the error FLAG_NOT_FOUND to off",
    ],
    [
      'a flag that goes',
      BOOLEAN,
      undefined,
      "the flag is removed\neverybody: 100 % move from off to the caller's default with the error FLAG_NOT_FOUND",
    ],
    [
      'another value',
      LETTERS,
      { ...LETTERS, variants: { a: 'AA', b: 'B', d: 'D' } },
      'variant d is added\nvariant c is removed\nthe value of variant a changes from "A" to "AA"\neverybody: 100 % move from a ("A") to a ("AA")',
    ],
    [
      'another type',
      { type: 'string', default: '1' },
      { type: 'integer', default: 1 },
      'the type changes from string to integer\nthe default changes from the value "1" to the value 1\nwhile the flag is off, the value 1 is served and no longer the value "1"\neverybody: 100 % move from the value "1" to the value 1',
    ],
    [
      'what is served while the flag is off',
      { ...BOOLEAN, offVariant: 'off' },
      { ...BOOLEAN, offVariant: 'on' },
      'while the flag is off, on is served and no longer off\nnobody is affected',
    ],
    [
      'a tiny share',
      rules({ variation: 'on', percentage: 0 }),
      logicOf({ if: [below(1e-9), 'on', 'off'] }),
      'everybody with a targeting key: less than 0.001 % move from off to on, more than 99.999 % stay off\nnobody else is affected',
    ],
  ])('%s', (_, before, after, text, options) => {
    expect(formatEffect(change(before, after, options))).toBe(text);
  });

  function logicOf(targeting: Record<string, unknown>): FlagDefinition {
    return { ...BOOLEAN, targeting };
  }
});

describe('what is taken for granted', () => {
  test('an attribute that is not declared has one value, and that is told', () => {
    const [before, after] = ['pro', 'free'].map((value) => rules({ clauses: [eq('tier', value)], variation: 'on' }));
    expect(change(before, after).singleValued).toEqual(['tier']);
    expect(formatEffect(change(before, after))).toContain('taking it that these have one value, and no list: tier');
  });

  test('one that is declared a list may have both', () => {
    const [before, after] = ['pro', 'free'].map((value) => rules({ clauses: [eq('tags', value)], variation: 'on' }));
    const effect = change(before, after, { attributes: { tags: 'list' } });
    expect(effect.singleValued).toEqual([]);
    expect(effect.audiences.map(({ conditions }) => conditions.map(({ text }) => text))).toEqual([
      ['tags is "pro"', 'tags is not "free"'],
      ['tags is "free"', 'tags is not "pro"'],
    ]);
  });

  test('an outcome that depends on an expression may be what it was', () => {
    const effect = change(logic({ cat: ['a', { var: 'x' }] }), LETTERS);
    expect(effect.audiences).toMatchObject([{ exact: false, moves: [{ from: { kind: 'expression' } }] }]);
    expect(formatEffect(effect)).toContain('may move');
  });

  test('a split hidden in a condition makes no exact share', () => {
    const hidden = {
      '==': [
        {
          fractional: [
            ['x', 1],
            ['y', 1],
          ],
        },
        'x',
      ],
    };
    const effect = change(logic({ if: [hidden, 'b', 'a'] }), LETTERS);
    expect(effect.audiences).toMatchObject([{ exact: false }]);
  });

  test('versions that cannot be read are neither equal nor unequal', () => {
    const flag = (operator: string) => logic({ if: [{ [operator]: [{ var: 'app' }, '1.0.0'] }, 'b', 'a'] });
    const effect = change(flag('=='), flag('!='), { attributes: { app: 'version' } });
    expect(effect.audiences).toHaveLength(2);
    expect(effect.others).toBe(true);
  });
});

describe('bounds', () => {
  test('a thousand rules, of which the last changes', () => {
    const flag = (last: string): FlagDefinition => ({
      ...LETTERS,
      rules: Array.from({ length: 1_000 }, (_, i) => ({
        clauses: [eq(`x${i}`, 1)],
        variation: i === 999 ? last : 'a',
      })),
    });
    const effect = change(flag('b'), flag('c'));
    expect(effect).toMatchObject({ complete: true, others: true });
    expect(effect.audiences).toHaveLength(1);
  });

  const many = <T>(count: number, make: (i: number) => T): readonly T[] =>
    Array.from({ length: count }, (_, i) => make(i));
  const texts = (operator: ClauseDefinition['operator'], step: number): FlagDefinition => ({
    type: 'string',
    variants: many(900, (i) => ({ name: `v${i}`, value: `${i}` })),
    rules: many(900, (i) => ({
      clauses: [{ attribute: 'email', operator, values: many(20, (j) => `x${i}.${j}`) }],
      variation: `v${(i * step) % 900}`,
    })),
  });
  const apart = (name: string, step: number): FlagDefinition => ({
    type: 'string',
    variants: many(900, (i) => ({ name: `v${i}`, value: `${i}` })),
    rules: many(900, (i) => ({ clauses: [eq(`${name}${i}`, 1)], variation: `v${(i * step) % 900}` })),
  });
  const long = (letter: string): FlagDefinition => ({
    type: 'string',
    variants: many(1_000, (i) => ({ name: `v${i}`, value: i === 0 ? letter.repeat(200_000) : `${i}`, weight: 1 })),
    rules: many(100, (i) => ({ clauses: [eq(`${letter}${i}`, 1)], variation: 'v0' })),
  });

  test.each<[string, FlagDefinition, FlagDefinition]>([
    ['conditions of one attribute', texts('eq', 1), texts('startsWith', 7)],
    ['conditions that have nothing to do with each other', apart('a', 1), apart('b', 7)],
    ['long values', long('x'), long('y')],
  ])('thousands of %s are looked at for a while, and a part of them is told', (_, before, after) => {
    const effect = change(before, after);
    expect(effect.complete).toBe(false);
    expect(effect.audiences.length).toBeLessThanOrEqual(100);
    expect(JSON.stringify(effect.audiences).length).toBeLessThan(300_000);
    expect(formatEffect(effect)).toContain('there may be more');
  });

  test('what is told first is the same each time', () => {
    const [before, after] = [apart('a', 1), apart('b', 7)];
    const effect = change(before, after);
    expect(effect.audiences.length).toBeGreaterThan(10);
    expect(change(before, after)).toEqual(effect);
  });

  test('conditions that multiply end the search, and are no error', () => {
    const flag = (salt: string): FlagDefinition => ({
      ...LETTERS,
      rules: Array.from({ length: 40 }, (_, i) => ({
        clauses: [eq(`x${i}`, 1)],
        rollout: { salt: `${salt}${i % 20}`, bucketBy: `y${i}`, variations: [{ variation: i % 3, weight: 100_000 }] },
      })),
    });
    const effect = change(flag('x'), { ...flag('x'), defaultVariant: 'b', rules: [...flag('x').rules!].reverse() });
    expect(effect.complete).toBe(false);
    expect(effect.reason).toMatch(/^(more than|there is too much|it takes too long)/);
    expect(formatEffect(effect)).toContain('there may be more');
  });

  test.each<[string, unknown]>([
    ['null', null],
    ['a number', 5],
    ['a list', []],
    ['an empty object', {}],
    ['an unknown variant', { ...BOOLEAN, defaultVariant: 'x' }],
    ['broken JSON', { ...BOOLEAN, targeting: '{' }],
    ['an unknown operator', { ...BOOLEAN, targeting: { nope: [1] } }],
    ['an unknown evaluator', { ...BOOLEAN, targeting: { $ref: 'nope' } }],
    ['its own prerequisite', { ...BOOLEAN, prerequisites: [{ key: 'flag', variation: 'on' }] }],
    [
      'a getter that throws',
      Object.defineProperty({ type: 'boolean' }, 'variants', {
        enumerable: true,
        get() {
          throw new Error('no');
        },
      }),
    ],
  ])('a definition that cannot be used (%s) answers nothing', (_, definition) => {
    const effect = change(BOOLEAN, definition as FlagDefinition);
    expect(effect.audiences).toMatchObject([
      { conditions: [], moves: [{ from: { variant: 'off' }, to: { kind: 'error', code: 'PARSE_ERROR' }, share: 1 }] },
    ]);
    expect(effect.summary.unusable?.after).toEqual(expect.any(String));
    expect(formatEffect(effect)).toContain('the definition after cannot be used');
  });

  test('a definition that contains itself', () => {
    const targeting: Record<string, unknown> = {};
    targeting.if = [targeting, 'on', 'off'];
    expect(change(BOOLEAN, { ...BOOLEAN, targeting }).summary.unusable?.after).toContain('contains itself');
  });

  test('an expression of thousands of parts is one condition less, not an error', () => {
    const or = (i: number): unknown => ({
      or: [{ if: [{ var: `x${i}` }, 'a', null] }, { if: [{ var: `y${i}` }, 'b', null] }],
    });
    const targeting = { or: Array.from({ length: 300 }, (_, i) => or(i)) };
    const effect = change(logic(targeting), { ...logic(targeting), defaultVariant: 'c' });
    expect(effect.summary.default).toBeDefined();
    expect(effect.audiences.length + (effect.complete ? 0 : 1)).toBeGreaterThan(0);
  });

  test('names that read like words of ours', () => {
    const flag = (variation: string): FlagDefinition => ({
      type: 'string',
      variants: [
        { name: 'on, and nobody else', value: 'x' },
        { name: 'two\nlines', value: 'y' },
      ],
      rules: [{ clauses: [eq('plan is set', 'pro')], variation }],
    });
    expect(formatEffect(effectOf('f', flag('on, and nobody else'), flag('two\nlines')))).toBe(
      'where "plan is set" is "pro": 100 % move from "on, and nobody else" to "two\\nlines"\nnobody else is affected',
    );
  });

  test('names that every object inherits', () => {
    const flag = (variation: string): FlagDefinition => ({
      type: 'string',
      variants: [
        { name: 'constructor', value: 'x' },
        { name: '__proto__', value: 'y' },
      ],
      rules: [{ clauses: [eq('__proto__', 'constructor')], variation }],
    });
    const effect = effectOf('__proto__', flag('constructor'), flag('__proto__'));
    expect(formatEffect(effect)).toBe(
      'where __proto__ is "constructor": 100 % move from constructor to __proto__\nnobody else is affected',
    );
  });
});

test('an effect is plain JSON', () => {
  const effect = change(rollout(50_000, 50_000, 0), { ...rollout(25_000, 75_000, 0), salt: 'other' });
  expect(JSON.parse(JSON.stringify(effect))).toEqual(effect);
});
