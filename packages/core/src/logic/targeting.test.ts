import { describe, expect, test } from 'vitest';
import { bucketOf, hash, hashState } from '../bucket.ts';
import type { Issue } from '../issue.ts';
import type { EvaluationContext, Scope } from '../scope.ts';
import { compileExpression, compileLogic, compileTargeting, type LogicEnv } from './index.ts';

const scope: Scope = { flags: new Map(), segments: new Map(), now: 0, memo: undefined };

function environment(overrides: Partial<LogicEnv> = {}): LogicEnv & { issues: Issue[] } {
  const issues: Issue[] = [];
  return {
    flagKey: 'my-flag',
    evaluator: () => undefined,
    attributeType: () => undefined,
    hasSegment: () => false,
    use: () => {},
    report: (issue) => issues.push(issue),
    issues,
    ...overrides,
  };
}

interface Outcome {
  readonly value: unknown;
  readonly split: boolean;
}

function compile(logic: unknown, overrides: Partial<LogicEnv> = {}) {
  const served: Outcome[] = [];
  const env = environment(overrides);
  const decide = compileTargeting<Outcome>(logic, env, [], (value, split) => {
    const outcome = { value, split };
    served.push(outcome);
    return outcome;
  });
  const atLoad = [...served];
  return { atLoad, served, issues: env.issues, run: (context: EvaluationContext) => decide(context, scope) };
}

describe('leaves', () => {
  test('literal leaves are served once, at load', () => {
    const { atLoad, served, run } = compile({
      if: [{ '==': [{ var: 'a' }, 1] }, 'on', { if: [{ var: 'b' }, 'maybe'] }],
    });
    expect(atLoad).toEqual([
      { value: 'on', split: false },
      { value: 'maybe', split: false },
      { value: null, split: false },
    ]);
    expect(run({ a: 1 })).toBe(atLoad[0]);
    expect(run({ b: true })).toBe(atLoad[1]);
    expect(run({})).toBe(atLoad[2]);
    expect(served).toHaveLength(3);
  });

  test('buckets are served once, at load, as split', () => {
    const { atLoad, served, run } = compile({
      if: [
        { var: 'beta' },
        'on',
        {
          fractional: [
            ['on', 1],
            ['off', 1],
          ],
        },
      ],
    });
    expect(atLoad).toContainEqual({ value: 'on', split: true });
    expect(atLoad).toContainEqual({ value: 'off', split: true });
    const before = served.length;
    const seen = new Set(Array.from({ length: 50 }, (_, i) => run({ targetingKey: `u${i}` })));
    expect([...seen].map(({ value }) => value).sort()).toEqual(['off', 'on']);
    expect([...seen].every(({ split }) => split)).toBe(true);
    expect(run({})).toEqual({ value: null, split: false });
    expect(run({ beta: true })).toEqual({ value: 'on', split: false });
    expect(served).toHaveLength(before);
  });

  test('a weight that is an expression still serves its variants at load', () => {
    const { served, run } = compile({
      fractional: [
        ['on', { var: '$flagd.timestamp' }],
        ['off', 1],
      ],
    });
    const before = served.length;
    expect(run({ targetingKey: 'u' })).toEqual({ value: 'off', split: true });
    expect(served).toHaveLength(before);
  });

  test('a computed leaf is served at evaluation', () => {
    const { atLoad, run } = compile({ if: [{ var: 'a' }, { var: 'colour' }, { '==': [{ var: 'b' }, 1] }] });
    expect(atLoad).toEqual([]);
    expect(run({ a: 1, colour: 'red' })).toEqual({ value: 'red', split: false });
    expect(run({ b: 2 })).toEqual({ value: false, split: false });
  });

  test('a computed variant is served at evaluation, as split', () => {
    const { run } = compile({ fractional: [[{ var: 'colour' }, 1]] });
    expect(run({ targetingKey: 'u', colour: 'red' })).toEqual({ value: 'red', split: true });
    expect(run({ colour: 'red' })).toEqual({ value: null, split: false });
  });

  test('conditions that draw mark every leaf after them', () => {
    const below: unknown = { '<': [{ var: '$flagd.flagKey' }, 0.5] };
    const { run } = compile({ if: [{ var: 'a' }, 'first', { and: [{ var: 'b' }, below] }, 'on', 'off'] });
    expect(run({ a: 1 }).split).toBe(false);
    expect(run({}).split).toBe(true);
    expect(compile(below).run({ targetingKey: 'u' }).split).toBe(true);
    expect(compile({ if: [{ '==': [{ fractional: [['x', 1]] }, 'x'] }, 'on'] }).run({ targetingKey: 'u' })).toEqual({
      value: 'on',
      split: true,
    });
  });

  test('a shared evaluator may be the whole targeting', () => {
    const evaluators: Record<string, unknown> = {
      all: { if: [{ var: 'a' }, { $ref: 'split' }, 'off'] },
      split: { fractional: [['on', 1]] },
    };
    const { served, run } = compile({ $ref: 'all' }, { evaluator: (name) => evaluators[name] });
    const before = served.length;
    expect(run({ a: 1, targetingKey: 'u' })).toEqual({ value: 'on', split: true });
    expect(run({}).value).toBe('off');
    expect(served).toHaveLength(before);
  });

  test('with an error, null is served whatever the context', () => {
    const { run, issues } = compile({ if: [{ var: 'a' }, 'on', { nope: 1 }] });
    expect(issues).toMatchObject([{ severity: 'error', code: 'unknown-operator', path: ['if', 2, 'nope'] }]);
    expect(run({ a: 1 })).toEqual({ value: null, split: false });
    expect(compileExpression({ nope: 1 }, environment(), [])({}, scope)).toBeNull();
  });

  test('many arms are searched in order', () => {
    const arms = Array.from({ length: 20 }, (_, i) => [{ '==': [{ var: 'n' }, i] }, `r${i}`]).flat();
    const { run } = compile({ if: [...arms, 'none'] });
    for (const n of [0, 7, 19]) expect(run({ n }).value).toBe(`r${n}`);
    expect(run({ n: 20 }).value).toBe('none');
  });
});

describe('fractional', () => {
  const buckets = [
    ['a', 1],
    ['b', 1],
    ['c', 2],
  ];
  const variantOf = (h: number): string => ['a', 'b', 'c', 'c'][bucketOf(h, 4)]!;

  test('hashes flag key and targeting key as UTF-8', () => {
    expect(hash(hashState(''), 'é')).toBe(269551495);
    const run = compileLogic({ fractional: buckets }, { flagKey: 'é' });
    for (const key of ['é', 'ü-1', '日本', '😀']) {
      expect(run({ targetingKey: key })).toBe(variantOf(hash(hashState(''), `é${key}`)));
    }
  });

  test('hashes an explicit key alone, whether or not it is put together at load', () => {
    const email = { var: 'email' };
    const keys = [email, { cat: [email] }, { cat: ['', email] }, { cat: [{ var: 'none' }, email] }];
    for (const key of keys) {
      const run = compileLogic({ fractional: [key, ...buckets] }, { flagKey: 'f' });
      for (const value of ['me@example.com', 'é@example.com', '']) {
        expect(run({ email: value })).toBe(variantOf(hash(hashState(''), value)));
      }
    }
    const salted = compileLogic(
      { fractional: [{ cat: ['x', { var: '$flagd.flagKey' }, email] }, ...buckets] },
      { flagKey: 'f' },
    );
    expect(salted({ email: 'me' })).toBe(variantOf(hash(hashState(''), 'xfme')));
    expect(salted({ email: 5 })).toBe(variantOf(hash(hashState(''), 'xf5')));
    expect(salted({})).toBe(variantOf(hash(hashState(''), 'xf')));
  });

  test('is null without a key', () => {
    for (const context of [{}, { targetingKey: '' }, { targetingKey: 5 }, { targetingKey: null }]) {
      expect(compileLogic({ fractional: buckets })(context)).toBeNull();
    }
    expect(compileLogic({ fractional: [{ var: 'email' }, ...buckets] })({ targetingKey: 'u' })).toBeNull();
  });

  test('raising a share keeps those who had it', () => {
    const share = (percent: number) =>
      compileLogic(
        {
          fractional: [
            ['on', percent],
            ['off', 100 - percent],
          ],
        },
        { flagKey: 'f' },
      );
    const small = share(10);
    const large = share(25);
    const on = Array.from({ length: 5_000 }, (_, i) => ({ targetingKey: `u${i}` })).filter(
      (context) => small(context) === 'on',
    );
    expect(on.length).toBeGreaterThan(400);
    expect(on.every((context) => large(context) === 'on')).toBe(true);
  });
});

describe('the flag key as a share of users (T30)', () => {
  const key = { var: '$flagd.flagKey' };
  const users = Array.from({ length: 3_000 }, (_, i) => ({ targetingKey: `user-${i}` }));

  test.each([
    [
      { '<': [key, 0.25] },
      [
        ['on', 25],
        ['off', 75],
      ],
    ],
    [
      { '<=': [key, 0.25] },
      [
        ['on', 25],
        ['off', 75],
      ],
    ],
    [
      { '>': [0.25, key] },
      [
        ['on', 25],
        ['off', 75],
      ],
    ],
    [
      { '>=': [key, 0.25] },
      [
        ['off', 25],
        ['on', 75],
      ],
    ],
    [
      { '>': [key, 0.25] },
      [
        ['off', 25],
        ['on', 75],
      ],
    ],
    [
      { '<': [0.25, key] },
      [
        ['off', 25],
        ['on', 75],
      ],
    ],
    [
      { '<=': [0.25, key, 0.75] },
      [
        ['off', 25],
        ['on', 50],
        ['off', 25],
      ],
    ],
    [
      { '<': [key, 0.125] },
      [
        ['on', 125],
        ['off', 875],
      ],
    ],
    [{ '<': [key, 1] }, [['on', 100]]],
  ])('%j is the split it is said to be', (condition, buckets) => {
    const { run, issues } = compile({ if: [condition, 'on', 'off'] });
    const fractional = compileLogic({ fractional: buckets }, { flagKey: 'my-flag' });
    for (const context of users) expect(run(context).value).toBe(fractional(context));
    expect(issues).toMatchObject([{ severity: 'warning', code: 'bucket-comparison' }]);
    expect(issues[0]!.hint).toBe(`write ${JSON.stringify({ fractional: buckets })}`);
  });

  test('nested comparisons share one bucket', () => {
    const { run } = compile({ if: [{ '<': [key, 0.33] }, 'a', { if: [{ '<': [key, 0.66] }, 'b', 'c'] }] });
    const fractional = compileLogic(
      {
        fractional: [
          ['a', 33],
          ['b', 33],
          ['c', 34],
        ],
      },
      { flagKey: 'my-flag' },
    );
    const seen = { a: 0, b: 0, c: 0 };
    for (const context of users) {
      const { value } = run(context);
      expect(value).toBe(fractional(context));
      seen[value as 'a'] += 1;
    }
    expect(Math.min(seen.a, seen.b, seen.c)).toBeGreaterThan(850);
  });

  test('without a targeting key it is false', () => {
    for (const condition of [{ '<': [key, 1] }, { '>=': [key, 0] }])
      expect(compile(condition).run({}).value).toBe(false);
  });

  test('other comparisons of the flag key stay comparisons of a text', () => {
    expect(compile({ '==': [key, 'my-flag'] }).run({}).value).toBe(true);
    const percent = compile({ '<': [key, 25] });
    expect(percent.run({ targetingKey: 'u' }).value).toBe(false);
    expect(percent.issues).toMatchObject([{ severity: 'warning', code: 'flag-key-comparison' }]);
    expect(compile({ '<': [{ var: 'share' }, 0.25] }).issues).toEqual([]);
  });
});

describe('segments', () => {
  const beta: Scope = {
    ...scope,
    segments: new Map([['beta', (context) => context.tier === 'beta']]),
  };

  test('in_segment asks the snapshot being evaluated', () => {
    const used: string[] = [];
    const env = environment({ hasSegment: () => true, use: (dependency) => used.push(dependency) });
    const one = compileExpression({ in_segment: ['beta'] }, env, []);
    const any = compileExpression({ in_segment: ['gone', 'beta'] }, env, []);
    const bare = compileExpression({ in_segment: 'beta' }, env, []);
    for (const run of [one, any, bare]) {
      expect(run({ tier: 'beta' }, beta)).toBe(true);
      expect(run({ tier: 'x' }, beta)).toBe(false);
      expect(run({ tier: 'beta' }, scope)).toBe(false);
    }
    expect(used).toEqual(['segment:beta', 'segment:gone', 'segment:beta', 'segment:beta']);
  });

  test('an unknown, computed or misplaced segment is an error', () => {
    for (const [logic, code] of [
      [{ in_segment: ['nope'] }, 'unknown-segment'],
      [{ in_segment: [{ var: 'x' }] }, 'invalid-segment'],
      [{ some: [{ var: 'xs' }, { in_segment: ['beta'] }] }, 'misplaced-operator'],
    ] as const) {
      const env = environment({ hasSegment: (name) => name === 'beta' });
      compileExpression(logic, env, []);
      expect(env.issues).toMatchObject([{ severity: 'error', code }]);
    }
  });
});

describe('a hot evaluation allocates nothing', () => {
  /** The bytes one call leaves on the heap: the median of some rounds, as a collection in between spoils a round. */
  function bytesPerCall(call: (i: number) => unknown): number {
    const calls = 50_000;
    let sink: unknown;
    for (let i = 0; i < calls; i++) sink = call(i);
    const rounds = Array.from({ length: 9 }, () => {
      const before = process.memoryUsage().heapUsed;
      for (let i = 0; i < calls; i++) sink = call(i);
      return (process.memoryUsage().heapUsed - before) / calls;
    });
    expect(sink).not.toBe(rounds);
    return rounds.sort((a, b) => a - b)[4]!;
  }

  const contexts = Array.from({ length: 64 }, (_, i) => ({
    targetingKey: `user-${i}`,
    country: ['US', 'DE', 'FR', 'JP'][i % 4],
    email: `u${i}@example.${i % 2 ? 'com' : 'org'}`,
    age: i,
    plan: i % 3 === 0 ? 'free' : 'paid',
  }));
  const logic = {
    if: [
      { and: [{ '==': [{ var: 'plan' }, 'paid'] }, { in: [{ var: 'country' }, ['US', 'CA', 'MX', 'BR', 'AR']] }] },
      'on',
      { or: [{ '<': [{ var: 'age' }, 18] }, { '!': [{ ends_with: [{ var: 'email' }, '.com'] }] }] },
      {
        fractional: [
          ['on', 25],
          ['off', 75],
        ],
      },
      {
        if: [
          { '<': [{ var: '$flagd.flagKey' }, 0.5] },
          'off',
          { fractional: [{ cat: ['salt', { var: 'email' }] }, ['on', 1], ['off', 1]] },
        ],
      },
    ],
  };

  test('if, and, or, ==, <, in, ends_with', () => {
    expect(bytesPerCall((i) => ({ i }))).toBeGreaterThan(8);
    const condition = (logic.if as unknown[])[0];
    const { run } = compile({
      if: [condition, 'on', { or: [logic.if[2], { '<': [1, { var: 'age' }, 9] }] }, 'maybe', 'off'],
    });
    expect(bytesPerCall((i) => run(contexts[i & 63]!))).toBeLessThan(1);
  });

  test('and fractional', () => {
    const { run } = compile(logic);
    expect(bytesPerCall((i) => run(contexts[i & 63]!))).toBeLessThan(1);
  });
});
