import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  type EvaluationContext,
  evaluate,
  explain,
  formatExplanation,
  type Path,
  type TargetingBucket,
  type TargetingStep,
} from '../src/index.ts';
import { load } from './support.ts';

const VARIANTS = { a: 1, b: 2, c: 3, true: 4, false: 5 };

function targetingOf(targeting: unknown, context: EvaluationContext = {}, rest: object = {}): TargetingStep {
  const flag = { variants: VARIANTS, defaultVariant: 'c', targeting };
  const [step] = explain(load({ flags: { flag }, ...rest }), 'flag', context, 0).steps;
  if (step?.kind !== 'targeting') throw new Error(`${step?.kind} is the first step`);
  return step;
}

const share = (operator: string, ...operands: readonly unknown[]) => ({
  [operator]: operands.map((operand) => (operand === 'KEY' ? { var: '$flagd.flagKey' } : operand)),
});
const isPro = { '==': [{ var: 'plan' }, 'pro'] };
const USER = { targetingKey: 'user-7' };

describe('conditions', () => {
  it('are told up to the one that holds, with their parts', () => {
    const targeting = {
      if: [
        { and: [{ '!': [{ var: 'blocked' }] }, isPro, { '>=': [{ var: 'age' }, 18] }] },
        'a',
        { or: [{ in: [{ var: 'country' }, ['DE', 'FR']] }, isPro] },
        'b',
        { '==': [{ var: 'other' }, 1] },
        'c',
      ],
    };
    const { conditions, seen, missing, buckets } = targetingOf(targeting, { plan: 'free', country: 'FR', age: null });
    expect(conditions).toEqual([
      {
        path: ['targeting', 'if', 0, 'and'],
        text: 'all of',
        held: false,
        reads: [],
        parts: [
          expect.objectContaining({ text: 'not blocked', held: true, reads: ['blocked'], parts: [] }),
          {
            path: ['targeting', 'if', 0, 'and', 1, '=='],
            text: 'plan == "pro"',
            held: false,
            reads: ['plan'],
            parts: [],
          },
        ],
      },
      {
        path: ['targeting', 'if', 2, 'or'],
        text: 'any of',
        held: true,
        reads: [],
        parts: [expect.objectContaining({ text: 'country in ["DE", "FR"]', held: true })],
      },
    ]);
    expect({ ...seen }).toEqual({ plan: 'free', country: 'FR' });
    expect(missing).toEqual(['blocked']);
    expect(buckets).toEqual([]);
  });

  it.each<
    [what: string, targeting: unknown, context: EvaluationContext, told: readonly (readonly [string, boolean])[]]
  >([
    ['a truth that is served', { '<': [{ var: 'age' }, 18] }, { age: 7 }, [['age < 18', true]]],
    ['an attribute alone', { if: [{ var: 'beta' }, 'a'] }, { beta: 0 }, [['beta', false]]],
    ['a value that is served is none', { if: [isPro, { var: 'v' }] }, { plan: 'pro' }, [['plan == "pro"', true]]],
    ['of a shared evaluator', { if: [{ $ref: 'pro' }, 'a'] }, { plan: 'pro' }, [['plan == "pro"', true]]],
    [
      'of an if within',
      { if: [isPro, 'a', { if: [{ '!': [isPro] }, { '?:': [{ var: 'x' }, 'a', 'b'] }] }] },
      {},
      [
        ['plan == "pro"', false],
        ['not (plan == "pro")', true],
        ['x', false],
      ],
    ],
    [
      'on lists, from without',
      { if: [{ some: [{ var: 'groups' }, { '==': [{ var: '' }, 'x'] }] }, 'a'] },
      { groups: ['x'] },
      [['some(groups, var("") == "x")', true]],
    ],
    [
      'in the variant of a split that is chosen',
      {
        fractional: [
          [{ if: [isPro, 'a', 'b'] }, 1],
          ['c', 0],
        ],
      },
      USER,
      [['plan == "pro"', false]],
    ],
    [
      'of versions',
      { if: [{ sem_ver: [{ var: 'v' }, '>=', '2.0.0'] }, 'a'] },
      { v: '2.1.0' },
      [['v sem_ver >= "2.0.0"', true]],
    ],
    ['known at load are none', { if: [{ '==': [1, 2] }, 'a', isPro, 'b'] }, {}, [['plan == "pro"', false]]],
  ])('%s', (_, targeting, context, told) => {
    const { conditions } = targetingOf(targeting, context, { $evaluators: { pro: isPro } });
    expect(conditions.map(({ text, held }) => [text, held])).toEqual(told);
  });

  it('attributes are read as `var` reads them', () => {
    const targeting = {
      if: [
        { var: 'targetingKey' },
        'a',
        { '!': [{ var: 'user.name' }] },
        'b',
        { missing: ['m', 'k'] },
        'c',
        { var: 'late' },
      ],
    };
    const { seen, missing } = targetingOf(targeting, { key: 'x', user: { name: 'ann' }, k: null, late: 1 });
    expect({ ...seen }).toEqual({ 'user.name': 'ann', k: null });
    expect(missing).toEqual(['targetingKey', 'm']);
  });
});

describe('buckets', () => {
  const ranges = ({ ranges }: TargetingBucket) =>
    ranges.map(({ from, to, variant }) => `${from}-${to - 1} ${variant ?? 'null'}`).join(', ');

  it('a share of targeting keys', () => {
    const { buckets, conditions } = targetingOf({ if: [share('<', 'KEY', 0.25), 'a', 'b'] }, USER);
    expect(buckets).toEqual([
      {
        path: ['targeting', 'if', 0, '<'],
        attribute: 'targetingKey',
        salt: 'flag',
        value: 'user-7',
        bucket: expect.any(Number),
        total: 100_000,
        ranges: [
          { from: 0, to: 25_000, variant: 'true' },
          { from: 25_000, to: 100_000, variant: 'false' },
        ],
      },
    ]);
    expect(conditions).toMatchObject([{ text: '$flagd.flagKey < 0.25', held: buckets[0]!.bucket! < 25_000 }]);
  });

  it.each<[targeting: unknown, total: number, told: string]>([
    [share('>=', 'KEY', 0.07), 100_000, '0-6999 false, 7000-99999 true'],
    [share('<', 0.2, 'KEY', 0.5), 100_000, '0-19999 false, 20000-49999 true, 50000-99999 false'],
    [
      share('<=', 0.25, 'KEY', 0.5),
      4_294_967_296,
      '0-1073741823 false, 1073741824-2147483648 true, 2147483649-4294967295 false',
    ],
    [share('>', 0.1, 'KEY'), 100_000, '0-9999 true, 10000-99999 false'],
    [share('<', 'KEY', 1 / 3), 4_294_967_296, '0-1431655765 true, 1431655766-4294967295 false'],
    [share('<=', 'KEY', 0), 4_294_967_296, '0-0 true, 1-4294967295 false'],
    [share('<', 'KEY', 1), 100_000, '0-99999 true'],
    [share('>', 'KEY', 1), 100_000, '0-99999 false'],
  ])('%j', (targeting, total, told) => {
    const [bucket] = targetingOf(targeting, USER).buckets;
    expect(ranges(bucket!)).toBe(told);
    expect(bucket!.total).toBe(total);
  });

  const AB = [
    ['a', 30],
    ['zero', 0],
    ['b', 50],
    [null, 20],
  ] as const;

  it.each<[what: string, operands: readonly unknown[], context: EvaluationContext, told: object]>([
    ['the targeting key', AB, USER, { attribute: 'targetingKey', salt: 'flag', value: 'user-7' }],
    ['an attribute', [{ var: 'email' }, ...AB], { email: 'x@y' }, { attribute: 'email', salt: '', value: 'x@y' }],
    [
      'flag key and attribute',
      [{ cat: [{ var: '$flagd.flagKey' }, '-', { var: ['email'] }] }, ...AB],
      { email: 'x@y' },
      { attribute: 'email', salt: 'flag-', value: 'x@y' },
    ],
    [
      'an expression',
      [{ cat: [{ var: 'org' }, { var: 'email' }] }, ...AB],
      { org: 7, email: 'x@y' },
      { attribute: 'cat(org, email)', salt: '', value: '7x@y' },
    ],
    ['no targeting key', AB, {}, { attribute: 'targetingKey', value: undefined, bucket: undefined }],
    ['no attribute', [{ var: 'email' }, ...AB], USER, { attribute: 'email', value: undefined, bucket: undefined }],
    ['a number for a key', [{ var: 'id' }, ...AB], { id: 7 }, { attribute: 'id', value: undefined, bucket: undefined }],
  ])('of %s', (_, fractional, context, told) => {
    const [bucket] = targetingOf({ fractional }, context).buckets;
    expect(bucket).toMatchObject({ path: ['targeting', 'fractional'], total: 100, ...told });
    expect(ranges(bucket!)).toBe('0-29 a, 30-79 b, 80-99 null');
  });

  it('of weights that are none', () => {
    const [bucket] = targetingOf(
      {
        fractional: [
          ['a', { var: 'weight' }],
          ['b', 1],
        ],
      },
      { ...USER, weight: 'x' },
    ).buckets;
    expect(bucket).toMatchObject({ value: 'user-7', bucket: undefined, total: 0, ranges: [] });
  });

  it('none that is not reached', () => {
    const split = { fractional: AB };
    const targeting = { if: [{ and: [isPro, share('<', 'KEY', 0.5)] }, split, { or: [true, split] }, 'a', split] };
    expect(targetingOf(targeting, USER).buckets).toEqual([]);
  });

  it('are bounded, and so are conditions, however much there is', () => {
    const long = 'x'.repeat(5_000);
    const many = Array.from({ length: 300 }, (_, i) => [{ '==': [{ var: 'plan' }, `${i}`] }, 'a']).flat();
    const wide = { fractional: Array.from({ length: 1_000 }, (_, i) => [`v${i}`, 1]) };
    const first = targetingOf({ if: [...many, wide] }, { targetingKey: long });
    expect(first.conditions).toHaveLength(100);
    expect(first).toMatchObject({ omitted: 200 });
    expect(first.conditions.at(-1)!.text).toBe('plan == "299"');
    const [bucket] = first.buckets;
    expect(bucket!.value!.length).toBe(1_001);
    expect(bucket!.ranges.filter(({ from, to }) => bucket!.bucket! >= from && bucket!.bucket! < to)).toHaveLength(1);
    expect(bucket!.ranges.length).toBeLessThanOrEqual(100);
    const or = {
      or: Array.from({ length: 90 }, () => ({ and: [true, { or: Array(30).fill(share('<', 'KEY', 0)) }] })),
    };
    const second = targetingOf(or, USER);
    expect(second.buckets).toHaveLength(100);
    expect(JSON.stringify(second).length).toBeLessThan(500_000);
  });
});

const COMPARED = fc.record({
  bound: fc.constantFrom(0, 0.07, 0.25, 1 / 3, 0.5, 1),
  operator: fc.constantFrom('<', '<=', '>', '>='),
});

const { expression } = fc.letrec<{ expression: unknown; condition: unknown; fractional: unknown }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom<unknown>('a', 'b', null),
    tie('fractional'),
    fc.record({ if: fc.tuple(tie('condition'), tie('expression'), tie('expression')) }),
    fc.record({
      if: fc.tuple(tie('condition'), tie('expression'), tie('condition'), tie('expression')),
    }),
    fc.constant({ $ref: 'split' }),
  ),
  condition: fc.oneof(
    { maxDepth: 4 },
    fc.constant(isPro),
    COMPARED.map(({ bound, operator }) => share(operator, 'KEY', bound)),
    COMPARED.map(({ bound }) => share('<', 0.1, 'KEY', bound)),
    fc.record({ and: fc.array(tie('condition'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ or: fc.array(tie('condition'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ '!': fc.tuple(tie('condition')) }),
    fc.constant({ $ref: 'half' }),
  ),
  fractional: fc
    .tuple(
      fc.constantFrom<readonly unknown[]>(
        [],
        [{ var: 'email' }],
        [{ cat: [{ var: '$flagd.flagKey' }, { var: 'email' }] }],
        ['fixed'],
      ),
      fc.array(fc.tuple(tie('expression'), fc.constantFrom<unknown>(0, 1, 7, 50, { var: 'weight' })), {
        minLength: 1,
        maxLength: 4,
      }),
    )
    .map(([key, buckets]) => ({ fractional: [...key, ...buckets] })),
}));

const EVALUATORS = {
  half: share('<', 'KEY', 0.5),
  split: {
    fractional: [
      ['a', 1],
      ['b', 1],
    ],
  },
};

/** What an expression yields if every split falls as the buckets say, which are counted as they are come by. */
function replay(raw: unknown, path: Path, step: TargetingStep, plan: unknown, used: Set<TargetingBucket>): unknown {
  const again = (part: unknown, ...more: Path): unknown => replay(part, [...path, ...more], step, plan, used);
  if (typeof raw !== 'object' || raw === null) return raw;
  const [[name, args]] = Object.entries(raw) as [[string, never[]]];
  if (name === '$ref') return again(EVALUATORS[args as unknown as 'half'], '$ref');
  if (name === 'if') {
    for (let i = 0; i + 1 < args.length; i += 2) {
      if (again(args[i], name, i) === true) return again(args[i + 1], name, i + 1);
    }
    return args.length % 2 === 1 ? again(args.at(-1), name, args.length - 1) : null;
  }
  if (name === 'and') return args.every((arg, i) => again(arg, name, i) === true);
  if (name === 'or') return args.some((arg, i) => again(arg, name, i) === true);
  if (name === '!') return again(args[0], name, 0) !== true;
  if (name === '==') return plan === 'pro';
  const bucket = step.buckets.find((one) => String(one.path) === String([...path, name]));
  expect(bucket).toBeDefined();
  used.add(bucket!);
  const range = bucket!.ranges.find(({ from, to }) => bucket!.bucket! >= from && bucket!.bucket! < to);
  if (name !== 'fractional') return range?.variant === 'true';
  if (range === undefined) return null;
  const parts = args as readonly unknown[];
  const found = parts.findIndex((part, i) => {
    if (!Array.isArray(part)) return false;
    const weight = (one: unknown): number => {
      if (!Array.isArray(one)) return 0;
      return typeof one[1] === 'number' ? one[1] : 3;
    };
    const from = parts.slice(0, i).reduce<number>((sum, one) => sum + weight(one), 0);
    return from === range.from && weight(part) > 0;
  });
  const yielded = again((parts[found] as readonly unknown[])[0], name, found, 0);
  expect(range.variant).toBe(yielded === null ? undefined : yielded);
  return yielded;
}

test('buckets are those that evaluation used: what they say is what is served, and no others are told', () => {
  const context = fc.record(
    {
      targetingKey: fc.oneof(
        fc.string(),
        fc.integer({ max: 1000, min: 0 }).map((i) => `user-${i}`),
      ),
      email: fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constant(7)),
      plan: fc.constantFrom('pro', 'free'),
      weight: fc.constant(3),
    },
    { requiredKeys: ['weight'] },
  );
  const tally = { split: 0, shares: 0, nothing: 0 };
  fc.assert(
    fc.property(expression, fc.array(context, { minLength: 1, maxLength: 5 }), (targeting, contexts) => {
      if (typeof targeting !== 'object' || targeting === null) return;
      const flag = { variants: VARIANTS, defaultVariant: 'c', targeting };
      const snapshot = load({ flags: { flag }, $evaluators: EVALUATORS });
      for (const one of contexts) {
        const explanation = explain(snapshot, 'flag', one);
        const step = explanation.steps[0] as TargetingStep;
        const served = evaluate(snapshot, 'flag', undefined, one);
        const used = new Set<TargetingBucket>();
        const yielded = replay(targeting, ['targeting'], step, one.plan, used);
        expect(served.variant).toBe(yielded ?? 'c');
        expect(step.result).toBe(yielded);
        expect(used.size).toBe(step.buckets.length);
        expect(JSON.parse(JSON.stringify(step)).missing).toEqual(step.missing);
        for (const { attribute } of used) tally[attribute === 'targetingKey' ? 'shares' : 'split'] += 1;
        if (used.size === 0) tally.nothing += 1;
      }
    }),
    { numRuns: 300 },
  );
  for (const count of Object.values(tally)) expect(count).toBeGreaterThan(0);
});

describe('as text', () => {
  const text = (targeting: unknown, context: EvaluationContext): string =>
    formatExplanation(
      explain(load({ flags: { flag: { variants: VARIANTS, defaultVariant: 'c', targeting } } }), 'flag', context),
    );

  it('tells each condition with what it saw, and its bucket', () => {
    const targeting = {
      if: [
        { and: [isPro, share('<', 'KEY', 0.25)] },
        'a',
        { '>': [{ '+': [{ var: 'x' }, { var: 'y' }] }, 1] },
        'b',
        {
          fractional: [
            ['a', 1],
            [null, 3],
          ],
        },
      ],
    };
    expect(text(targeting, { ...USER, plan: 'pro', x: 1 })).toBe(
      `flag = 3 (c), because FALLTHROUGH
  targeting yields null
    ✗ all of
      ✓ plan == "pro", saw "pro"
      ✗ $flagd.flagKey < 0.25
        targetingKey "user-7" falls into bucket 32410 of 100000 (0–24999 true, 25000–99999 false)
    ✗ (x + y) > 1, saw x = 1, y = nothing
    targetingKey "user-7" falls into bucket 1 of 4 (0–0 a, 1–3 null)
  nothing more specific decides`,
    );
  });

  it('tells what no condition read, and splits that had nothing to hash', () => {
    expect(text({ if: [{ var: 'beta' }, { var: 'v' }, { fractional: [{ var: 'id' }, ['a', 1]] }] }, { v: 'b' })).toBe(
      `flag = 3 (c), because FALLTHROUGH
  targeting yields null, seeing no id
    ✗ beta, saw nothing
    no bucket: the context has no text in id to hash
  nothing more specific decides`,
    );
  });
});
