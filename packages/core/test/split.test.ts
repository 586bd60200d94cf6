import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bucketOf, evaluate, hash, hashState, validate } from '../src/index.ts';
import { answer, codes, errorsOf, load } from './support.ts';

const VARIANTS = ['a', 'b', 'c'].map((name) => ({ name, value: name }));

function rollout(weights: readonly number[], more: object = {}): Record<string, unknown> {
  const variations = weights.map((weight, i) => ({ variation: VARIANTS[i]!.name, weight }));
  return { type: 'string', variants: VARIANTS, defaultVariant: 'c', rules: [{ rollout: { variations, ...more } }] };
}

function served(flag: unknown, keys: readonly string[], key = 'flag'): string[] {
  const snapshot = load({ flags: { [key]: flag } });
  return keys.map((targetingKey) => String(evaluate(snapshot, key, 'string', { targetingKey }).value));
}

const KEYS = Array.from({ length: 20_000 }, (_, i) => `user-${i}`);
const share = (list: readonly string[], value: string) => list.filter((one) => one === value).length / list.length;
/** Five standard deviations of a share over KEYS. */
const slack = (p: number) => 5 * Math.sqrt((p * (1 - p)) / KEYS.length) + 1e-9;

describe('the native bucket (T14)', () => {
  // MurmurHash3 x86 32, seed 0, of UTF-8: published vectors; "é" as the Go implementation of flagd has it
  test.each([
    ['', 0],
    ['a', 0x3c2569b2],
    ['hello', 0x248bfa47],
    ['hello, world', 0x149bbb7f],
    ['The quick brown fox jumps over the lazy dog', 0x2e4ff723],
    ['é', 269551495],
  ])('%j hashes to %i', (text, expected) => {
    expect(hash(hashState(''), text)).toBe(expected);
  });

  test('where salt ends and value begins does not matter, in any script', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 30 }),
        fc.string({ unit: 'grapheme', maxLength: 30 }),
        (salt, value) => {
          const whole = hash(hashState(''), salt + value);
          expect(hash(hashState(salt), value)).toBe(whole);
          expect(hash(hashState(salt + value), '')).toBe(whole);
          expect(whole >>> 0).toBe(whole);
        },
      ),
    );
  });

  test('bucketOf is floor(h × n / 2^32), exactly', () => {
    const H = fc.oneof(
      fc.integer({ min: 0, max: 0xffffffff }),
      fc.constantFrom(0, 1, 0x7fffffff, 0x80000000, 0xffffffff),
    );
    const SIZE = fc.oneof(
      fc.integer({ min: 1, max: 0x7fffffff }),
      fc.constantFrom(1, 2, 100_000, 0x200000, 0x200001, 0x7fffffff),
    );
    fc.assert(
      fc.property(H, SIZE, (h, n) => {
        expect(BigInt(bucketOf(h, n))).toBe((BigInt(h) * BigInt(n)) >> 32n);
      }),
      { numRuns: 5_000 },
    );
  });

  test('a rollout is exactly the bucket of flag key + targeting key', () => {
    const weights = [33_333, 33_333, 33_334];
    const snapshot = load({ flags: { 'my-flag': rollout(weights) } });
    for (const targetingKey of [...KEYS.slice(0, 3_000), 'é', '名前', '😀', 'a\u0000b', '\ud800']) {
      const bucket = bucketOf(hash(hashState('my-flag'), targetingKey), 100_000);
      const expected = bucket < 33_333 ? 'a' : bucket < 66_666 ? 'b' : 'c';
      expect(evaluate(snapshot, 'my-flag', 'string', { targetingKey }).value).toBe(expected);
    }
  });

  test('rules, percentages, weighted variants and fractional agree (T14)', () => {
    const key = 'one';
    const rule = rollout([25_000, 75_000]);
    const percentage = {
      type: 'string',
      variants: VARIANTS,
      defaultVariant: 'b',
      rules: [{ variation: 'a', percentage: 25 }],
    };
    const weighted = {
      type: 'string',
      variants: [
        { name: 'a', value: 'a', weight: 1 },
        { name: 'b', value: 'b', weight: 3 },
      ],
    };
    const fractional = {
      type: 'string',
      variants: VARIANTS,
      targeting: {
        fractional: [
          ['a', 25],
          ['b', 75],
        ],
      },
    };
    const compared = {
      type: 'string',
      variants: VARIANTS,
      targeting: { if: [{ '<': [{ var: '$flagd.flagKey' }, 0.25] }, 'a', 'b'] },
    };
    const expected = served(rule, KEYS, key);
    for (const flag of [percentage, weighted, fractional, compared]) expect(served(flag, KEYS, key)).toEqual(expected);
  });
});

describe('weights (T13)', () => {
  test.each([
    { weights: [20_000, 80_000], shares: [0.2, 0.8, 0] },
    { weights: [100_000, 0], shares: [1, 0, 0] },
    { weights: [0, 100_000], shares: [0, 1, 0] },
    { weights: [1, 99_999], shares: [0.00001, 0.99999, 0] },
    // what is left goes to the last that has weight
    { weights: [20_000, 30_000], shares: [0.2, 0.8, 0] },
    { weights: [20_000, 30_000, 0], shares: [0.2, 0.8, 0] },
    { weights: [50_000, 0, 10_000], shares: [0.5, 0, 0.5] },
    { weights: [0, 0, 0], shares: [0, 0, 1] },
    // those past 100000 are never served
    { weights: [60_000, 60_000, 60_000], shares: [0.6, 0.4, 0] },
    { weights: [100_000, 100_000], shares: [1, 0, 0] },
  ])('$weights', ({ weights, shares }) => {
    const list = served(rollout(weights), KEYS);
    for (const [i, p] of shares.entries())
      expect(Math.abs(share(list, VARIANTS[i]!.name) - p)).toBeLessThanOrEqual(slack(p));
    const sum = weights.reduce((a, b) => a + b, 0);
    expect(codes(validate({ flags: { flag: rollout(weights) } }))).toEqual(sum === 100_000 ? [] : ['weights-sum']);
  });

  test.each([[[-1, 100_001]], [[0.5, 99_999.5]], [[Number.NaN, 1]], [['1', 2]], [[100_001]]])(
    'weights %j are an error',
    (weights) => {
      expect(errorsOf(load({ flags: { flag: rollout(weights as number[]) } })).length).toBeGreaterThan(0);
      expect(answer(rollout(weights as number[])).errorCode).toBe('PARSE_ERROR');
    },
  );

  test('an empty rollout is an error', () => {
    expect(errorsOf(load({ flags: { flag: rollout([]) } }))).toEqual(['too-few']);
  });

  test.each([
    [
      [1, 1],
      [0.5, 0.5, 0],
    ],
    [
      [1, 3],
      [0.25, 0.75, 0],
    ],
    [
      [0, 5, 5],
      [0, 0.5, 0.5],
    ],
    [
      [7, 0, 0],
      [1, 0, 0],
    ],
    [
      [1_000_000, 1_000_000, 2_000_000],
      [0.25, 0.25, 0.5],
    ],
    [
      [2 ** 30, 2 ** 30 - 1],
      [0.5, 0.5, 0],
    ],
  ])('weights of variants are relative: %j', (weights, shares) => {
    const variants = weights.map((weight, i) => ({ ...VARIANTS[i], weight }));
    const list = served({ type: 'string', variants }, KEYS);
    for (const [i, p] of shares.entries())
      expect(Math.abs(share(list, VARIANTS[i]!.name) - p)).toBeLessThanOrEqual(slack(p));
  });

  test.each([[-1], [0.5], ['1'], [null]])('a variant weight of %j is an error', (weight) => {
    expect(answer({ type: 'string', variants: [{ name: 'a', value: 'a', weight }] }).errorCode).toBe('PARSE_ERROR');
  });

  test('variants of weight 0 have no say: default decides', () => {
    expect(
      answer({ type: 'string', variants: VARIANTS.map((v) => ({ ...v, weight: 0 })), defaultVariant: 'b' }),
    ).toMatchObject({ value: 'b', split: false });
  });
});

describe('stability', () => {
  test('raising a share keeps whoever was in it', () => {
    const PERCENT = fc.integer({ min: 0, max: 100_000 });
    fc.assert(
      fc.property(
        PERCENT,
        PERCENT,
        fc.string({ maxLength: 10 }),
        fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 40 }),
        (p, q, salt, keys) => {
          const low = Math.min(p, q);
          const high = Math.max(p, q);
          const flag = (weight: number) => ({ ...rollout([weight, 100_000 - weight]), salt });
          const first = served(flag(low), keys);
          const second = served(flag(high), keys);
          for (const [i, value] of first.entries()) if (value === 'a') expect(second[i]).toBe('a');
        },
      ),
      { numRuns: 100 },
    );
  });

  test('10 % → 25 % by percentage, and the shares are right', () => {
    const flag = (percentage: number) => ({
      type: 'string',
      variants: VARIANTS,
      defaultVariant: 'c',
      rules: [{ variation: 'a', percentage }],
    });
    const ten = served(flag(10), KEYS);
    const more = served(flag(25), KEYS);
    expect(Math.abs(share(ten, 'a') - 0.1)).toBeLessThan(slack(0.1));
    expect(Math.abs(share(more, 'a') - 0.25)).toBeLessThan(slack(0.25));
    for (const [i, value] of ten.entries()) if (value === 'a') expect(more[i]).toBe('a');
  });

  test.each([
    ['flag-a', 'flag-b'],
    ['new-checkout', 'new-search'],
    ['1', '2'],
    ['x', 'xx'],
    ['experiment-1', 'experiment-2'],
  ])('%s and %s bucket independently', (one, two) => {
    const a = served(rollout([50_000, 50_000]), KEYS, one);
    const b = served(rollout([50_000, 50_000]), KEYS, two);
    const both = a.filter((value, i) => value === 'a' && b[i] === 'a').length / KEYS.length;
    // χ² with one degree of freedom below 25 is five standard deviations
    const [pa, pb] = [share(a, 'a'), share(b, 'a')];
    const phi = (both - pa * pb) / Math.sqrt(pa * (1 - pa) * pb * (1 - pb));
    expect(KEYS.length * phi * phi).toBeLessThan(25);
  });

  test('the same user, the same result, whatever else is in the context', () => {
    const snapshot = load({ flags: { flag: rollout([50_000, 50_000]) } });
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.dictionary(fc.string(), fc.anything()), (targetingKey, rest) => {
        const one = evaluate(snapshot, 'flag', 'string', { targetingKey });
        expect(evaluate(snapshot, 'flag', 'string', { ...rest, targetingKey })).toBe(one);
      }),
    );
  });

  test('reordering rules moves nobody (T11 amended): the salt is the flag key, not the rule', () => {
    const rule = (id: string) => ({
      id,
      clauses: [{ attribute: 'p', operator: 'eq', values: [id] }],
      variation: 'a',
      percentage: 50,
    });
    const flag = (...ids: string[]) => ({
      type: 'string',
      variants: VARIANTS,
      defaultVariant: 'b',
      rules: ids.map(rule),
    });
    const ask = (flagged: unknown, p: string) =>
      KEYS.slice(0, 500).map((targetingKey) => answer(flagged, { targetingKey, p }).value);
    expect(ask(flag('x', 'y'), 'x')).toEqual(ask(flag('y', 'x'), 'x'));
    expect(ask(flag('x', 'y'), 'x')).toEqual(ask(flag('x', 'y'), 'y'));
  });

  test('salt: of the rollout, else of the flag, else the flag key', () => {
    const keys = KEYS.slice(0, 2_000);
    const halves = [50_000, 50_000];
    const own = served(rollout(halves), keys);
    expect(served({ ...rollout(halves), salt: 'flag' }, keys)).toEqual(own);
    expect(served({ ...rollout(halves), salt: 'other' }, keys)).not.toEqual(own);
    expect(served({ ...rollout(halves, { salt: 'flag' }), salt: 'other' }, keys)).toEqual(own);
    expect(served(rollout(halves), keys, 'other')).toEqual(served({ ...rollout(halves), salt: 'other' }, keys));
    const weighted = (salt: object) => ({
      type: 'string',
      variants: VARIANTS.map((v) => ({ ...v, weight: 1 })),
      ...salt,
    });
    expect(served(weighted({ salt: 'x' }), keys)).toEqual(served(weighted({}), keys, 'x'));
    expect(served(weighted({ salt: 'x' }), keys)).not.toEqual(served(weighted({}), keys));
  });

  test('an empty salt is a salt', () => {
    const snapshot = load({ flags: { flag: { ...rollout([50_000, 50_000]), salt: '' } } });
    for (const targetingKey of KEYS.slice(0, 500)) {
      const expected = bucketOf(hash(hashState(''), targetingKey), 100_000) < 50_000 ? 'a' : 'b';
      expect(evaluate(snapshot, 'flag', 'string', { targetingKey }).value).toBe(expected);
    }
  });
});

describe('what is hashed (T15)', () => {
  test('bucketBy another attribute', () => {
    const snapshot = load({ flags: { flag: rollout([50_000, 50_000], { bucketBy: 'company' }) } });
    for (let i = 0; i < 200; i++) {
      const one = evaluate(snapshot, 'flag', 'string', { targetingKey: 'u', company: `c${i}` });
      expect(evaluate(snapshot, 'flag', 'string', { targetingKey: 'v', company: `c${i}` })).toBe(one);
      expect(one.value).toBe(bucketOf(hash(hashState('flag'), `c${i}`), 100_000) < 50_000 ? 'a' : 'b');
    }
  });

  test('numbers hash as their text; `key` stands for the targeting key', () => {
    const snapshot = load({ flags: { n: rollout([50_000, 50_000], { bucketBy: 'n' }), k: rollout([50_000, 50_000]) } });
    for (let n = 0; n < 100; n++) {
      expect(evaluate(snapshot, 'n', 'string', { n })).toBe(evaluate(snapshot, 'n', 'string', { n: String(n) }));
      expect(evaluate(snapshot, 'k', 'string', { key: `u${n}` })).toBe(
        evaluate(snapshot, 'k', 'string', { targetingKey: `u${n}` }),
      );
    }
  });

  test.each([
    [undefined],
    [null],
    [''],
    [true],
    [{}],
    [['a']],
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    [Symbol('x')],
    [5n],
  ])('%s is no bucketing value: the rollout is passed over, marked', (value) => {
    const [rule] = rollout([50_000, 50_000], { bucketBy: 'company' }).rules as [object];
    const next = { clauses: [{ attribute: 'plan', operator: 'eq', values: ['pro'] }], variation: 'a' };
    const flag = { type: 'string', variants: VARIANTS, defaultVariant: 'c', rules: [rule, next] };
    const through = answer(flag, { targetingKey: 'u', company: value });
    expect(through).toMatchObject({
      value: 'c',
      reason: 'FALLTHROUGH',
      bucketingKeyMissing: true,
      inExperiment: false,
      split: false,
      errorCode: undefined,
    });
    expect(through.details.flagMetadata).toMatchObject({ bucketingKeyMissing: true });
    expect(through.details.reason).toBe('DEFAULT');
    const later = answer(flag, { targetingKey: 'u', company: value, plan: 'pro' });
    expect(later).toMatchObject({ value: 'a', ruleId: 'rule-1', bucketingKeyMissing: true });
  });

  test('weighted variants without a targeting key: what would be served without weights, marked', () => {
    const variants = VARIANTS.map((variant) => ({ ...variant, weight: 1 }));
    expect(answer({ type: 'string', variants, defaultVariant: 'b' }, {})).toMatchObject({
      value: 'b',
      bucketingKeyMissing: true,
      split: false,
      inExperiment: false,
    });
    expect(answer({ type: 'string', variants, default: 'd' }, {})).toMatchObject({
      value: 'd',
      bucketingKeyMissing: true,
    });
    expect(answer({ type: 'string', variants }, {})).toMatchObject({ value: undefined, bucketingKeyMissing: true });
    expect(answer({ type: 'string', variants, defaultVariant: 'b' }, { targetingKey: 'u' }).bucketingKeyMissing).toBe(
      false,
    );
  });

  test('a rule whose clauses do not match is not a missing key', () => {
    const rule = { clauses: [{ attribute: 'plan', operator: 'eq', values: ['pro'] }], variation: 'a', percentage: 50 };
    expect(
      answer({ type: 'string', variants: VARIANTS, defaultVariant: 'c', rules: [rule] }, {}).bucketingKeyMissing,
    ).toBe(false);
  });

  test('a missing key never makes a choice at random', () => {
    const snapshot = load({ flags: { flag: rollout([50_000, 50_000]) } });
    const answers = new Set(Array.from({ length: 50 }, () => evaluate(snapshot, 'flag', 'string', {})));
    expect(answers.size).toBe(1);
  });
});

describe('percentage (T11)', () => {
  const flag = (percentage: unknown, more: object = {}) => ({
    type: 'string',
    variants: VARIANTS,
    defaultVariant: 'c',
    rules: [
      { variation: 'a', percentage, ...more },
      { clauses: [{ attribute: 'plan', operator: 'eq', values: ['pro'] }], variation: 'b' },
    ],
  });

  test('the others go on to the next rule', () => {
    for (const targetingKey of KEYS.slice(0, 500)) {
      const inside = bucketOf(hash(hashState('flag'), targetingKey), 100_000) < 30_000;
      expect(answer(flag(30), { targetingKey, plan: 'pro' })).toMatchObject(
        inside ? { value: 'a', ruleId: 'rule-0', split: true } : { value: 'b', ruleId: 'rule-1', split: false },
      );
      expect(answer(flag(30), { targetingKey }).value).toBe(inside ? 'a' : 'c');
    }
  });

  test.each([
    [0, 0],
    [100, 1],
    [0.001, 0.00001],
    [33.333, 0.33333],
    [50.5, 0.505],
  ])('%s %%', (percentage, p) => {
    expect(Math.abs(share(served(flag(percentage), KEYS), 'a') - p)).toBeLessThanOrEqual(slack(p));
  });

  test.each([[-1], [100.5], ['50'], [Number.NaN], [null]])('%j is an error', (percentage) => {
    expect(answer(flag(percentage)).errorCode).toBe('PARSE_ERROR');
  });

  test('rule 0 with a percentage leaves the next rule reachable', () => {
    expect(codes(validate({ flags: { flag: flag(30) } }))).toEqual([]);
    expect(codes(validate({ flags: { flag: flag(100) } }))).toEqual(['unreachable-rule']);
  });

  const split = (bucketBy?: string) => ({ rollout: { bucketBy, variations: [{ variation: 'a', weight: 100_000 }] } });
  const keyless = { clauses: [{ attribute: 'key', operator: 'exists', negate: true }], variation: 'b' };
  test.each<[what: string, rules: readonly object[], told: readonly string[]]>([
    [
      'a rule for everybody',
      [{ variation: 'a' }, { variation: 'b' }],
      ['1 no one gets here: rule 0 matches everybody'],
    ],
    [
      'a percentage of 100',
      [{ variation: 'a', percentage: 100 }, { variation: 'b' }, { variation: 'c' }],
      [
        '1 only contexts without a targeting key get here: rule 0 serves all others',
        '2 no one gets here: rule 1 matches everybody',
      ],
    ],
    [
      'a rollout by the key',
      [split(), { variation: 'b' }],
      ['1 only contexts without a targeting key get here: rule 0 serves all others'],
    ],
    [
      'a rollout by the key before another',
      [split('targetingKey'), split()],
      ['1 no one is served by this: rule 0 serves everybody with a targeting key, and this splits by it, too'],
    ],
    ['a rollout by the key before a rule for those without', [split(), keyless], []],
    [
      'a rollout by the key before such a rule and another',
      [split(), keyless, { variation: 'c' }],
      ['2 only contexts without a targeting key get here: rule 0 serves all others'],
    ],
    ['a rollout by another attribute', [split('company.id'), { variation: 'b' }], []],
  ])('what comes after %s', (_what, rules, told) => {
    const found = validate({ flags: { flag: { ...flag(0), rules } } });
    expect(found.map(({ path, message }) => `${path[3]} ${message}`)).toEqual(told);
  });

  test.each([
    [{ variation: 0 }, [], 'silent beside variation 0'],
    [{ variation: 1 }, ['rollout-wins'], 'a warning beside another'],
    [{ variation: 'a' }, ['rollout-wins'], 'a warning beside a name'],
  ])('rollout wins: %j', (more, expected, _why) => {
    const both = {
      type: 'string',
      variants: VARIANTS,
      rules: [{ ...more, rollout: { variations: [{ variation: 'c', weight: 100_000 }] } }],
    };
    expect(codes(validate({ flags: { flag: both } }))).toEqual(expected);
    expect(answer(both, { targetingKey: 'u' }).value).toBe('c');
  });

  test('a rule that serves nothing is an error', () => {
    expect(errorsOf(load({ flags: { flag: { type: 'boolean', rules: [{}] } } }))).toEqual(['empty-rule']);
    expect(errorsOf(load({ flags: { flag: { type: 'boolean', rules: [{ percentage: 50 }] } } }))).toEqual([
      'empty-rule',
    ]);
  });
});

describe('experiments (T25)', () => {
  const context = { targetingKey: 'u' };
  const weighted = (...weights: number[]) => ({
    type: 'string',
    variants: weights.map((weight, i) => ({ ...VARIANTS[i], weight })),
  });
  test.each([
    ['a rollout of two', rollout([50_000, 50_000]), true],
    ['a rollout of one', rollout([100_000]), false],
    ['a rollout of one and a zero', rollout([100_000, 0]), false],
    ['weighted variants', weighted(1, 1), true],
    ['one weighted variant', weighted(1, 0), false],
    ['experiment: false', { ...rollout([50_000, 50_000]), experiment: false }, false],
    ['experiment: false, weighted', { ...weighted(1, 1), experiment: false }, false],
    ['kind: rollout', rollout([50_000, 50_000], { kind: 'rollout' }), false],
    ['kind: experiment', rollout([100_000], { kind: 'experiment' }), true],
    [
      'kind wins over experiment: false',
      { ...rollout([50_000, 50_000], { kind: 'experiment' }), experiment: false },
      true,
    ],
    [
      'untracked',
      {
        type: 'string',
        variants: VARIANTS,
        rules: [
          {
            rollout: {
              kind: 'experiment',
              variations: [
                { variation: 0, weight: 50_000, untracked: true },
                { variation: 1, weight: 50_000, untracked: true },
              ],
            },
          },
        ],
      },
      false,
    ],
    ['a plain rule', { type: 'string', variants: VARIANTS, experiment: true, rules: [{ variation: 'a' }] }, false],
    ['a plain default', { type: 'string', variants: VARIANTS, experiment: true, defaultVariant: 'a' }, false],
  ])('%s: %s', (_, flag, expected) => {
    expect(answer(flag, context).inExperiment).toBe(expected);
  });

  test('an override is no experiment', () => {
    expect(answer(weighted(1, 1), context, { overrides: { flag: 'a' } })).toMatchObject({
      value: 'a',
      inExperiment: false,
      split: false,
    });
  });

  test('a missing key is no experiment', () => {
    expect(answer({ ...weighted(1, 1), defaultVariant: 'a' }, {})).toMatchObject({ value: 'a', inExperiment: false });
  });
});
