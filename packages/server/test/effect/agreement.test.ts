import type { Evaluation, FlagDefinition, Snapshot } from '@flagwright/core';
import { compile, evaluate } from '@flagwright/core';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { nameOf } from '../../src/effect/graph.ts';
import type { Condition, Effect, EffectOptions, Move, Outcome, Stay } from '../../src/effect/index.ts';
import { effectOf } from '../../src/effect/index.ts';
import { CHANGE, CONTEXT, ROLLOUT } from './definitions.ts';

/** The effect must say what the evaluator does, for whatever definitions and contexts. */

type Context = Readonly<Record<string, unknown>>;

const NOW = 50_000;
const OPTIONS: EffectOptions = {
  evaluators: {
    shared: { or: [{ '==': [{ var: 'tier' }, 'p'] }, { $ref: 'adult' }] },
    adult: { '>': [{ var: 'age' }, 1] },
  },
};
const SEGMENTS = {
  old: { rules: [{ clauses: [{ attribute: 'age', operator: 'gt', values: [1] }] }] },
  pro: { included: ['u1'], rules: [{ clauses: [{ attribute: 'tier', operator: 'in', values: ['q', 'r'] }] }] },
} as const;
const OTHER: FlagDefinition = {
  type: 'string',
  variants: { x: 'X', y: 'Y' },
  defaultVariant: 'x',
  rules: [{ clauses: [{ attribute: 'other', operator: 'eq', values: ['y'] }], variation: 'y' }],
};

function load(flag: FlagDefinition): Snapshot {
  const document = { flags: { flag, other: OTHER }, segments: SEGMENTS, $evaluators: OPTIONS.evaluators! };
  return compile({ document, revision: 'test' });
}

/** Whether a condition holds, found out by the evaluator, or by hand. */
function holds(condition: Condition, context: Context): boolean {
  return decided(condition, context) === condition.holds;
}

function decided({ predicate }: Condition, context: Context): boolean {
  const ask = (definition: object): boolean => {
    const snapshot = load({ type: 'boolean', defaultVariant: 'off', ...definition });
    const { value, errorMessage } = evaluate(snapshot, 'flag', undefined, context, NOW);
    expect(errorMessage).toBeUndefined();
    return value === true;
  };
  switch (predicate.kind) {
    case 'clause':
      return ask({ rules: [{ clauses: [predicate.clause], variation: 'on' }] });
    case 'logic':
      return ask({ targeting: { if: [predicate.expression, 'on', 'off'] } });
    case 'prerequisite':
      return ask({
        prerequisites: [{ key: predicate.key, variation: predicate.variation }],
        defaultVariant: 'on',
        offVariant: 'off',
      });
    case 'targeted':
      return ask({ targets: [{ values: predicate.keys, variation: 'on' }] });
    case 'all':
      return predicate.of.every((part) => holds(part, context));
    case 'bucketing': {
      const { attribute, form } = predicate;
      const value =
        form === 'value' && attribute === 'key' ? (context.targetingKey ?? context.key) : context[attribute];
      if (form === 'text') return String(value ?? '') !== '';
      return (typeof value === 'string' && value !== '') || (form === 'value' && typeof value === 'number');
    }
  }
}

function outcomeOf({ errorCode, errorMessage, value, variant }: Evaluation): Outcome {
  if (errorCode !== undefined) return { kind: 'error', code: errorCode, message: errorMessage };
  if (value === undefined) return { kind: 'caller' };
  return variant === undefined ? { kind: 'value', value } : { kind: 'variant', variant, value };
}

function isOutcome(told: Outcome, seen: Outcome): boolean {
  return told.kind === 'expression' || nameOf(told) === nameOf(seen);
}

function fits(
  { moves, stays }: { moves: readonly Move[]; stays: readonly Stay[] },
  from: Outcome,
  to: Outcome,
): boolean {
  if (moves.some((move) => isOutcome(move.from, from) && isOutcome(move.to, to))) return true;
  if (nameOf(from) !== nameOf(to)) return false;
  return stays.some(({ outcome }) => outcome === undefined || isOutcome(outcome, from));
}

/** Whether the effect speaks of such a context at all. */
function isMeant({ singleValued }: Effect, context: Context): boolean {
  return !singleValued.some((attribute) => {
    const value = attribute === 'key' ? (context.targetingKey ?? context.key) : context[attribute];
    return Array.isArray(value);
  });
}

function check(effect: Effect, before: Snapshot, after: Snapshot, context: Context): boolean {
  if (!isMeant(effect, context)) return false;
  const [from, to] = [before, after].map((snapshot) => outcomeOf(evaluate(snapshot, 'flag', undefined, context, NOW)));
  const audiences = effect.audiences.filter(({ conditions }) => conditions.every((part) => holds(part, context)));
  const [audience] = audiences;
  expect(audiences.length, 'a context is in one audience at most').toBeLessThan(2);
  if (audience === undefined) {
    expect(effect.others).toBe(true);
    expect(nameOf(to!)).toBe(nameOf(from!));
    return false;
  }
  expect(fits(audience, from!, to!), `${nameOf(from!)} → ${nameOf(to!)} is among the moves`).toBe(true);
  return true;
}

test.each([{ now: undefined }, { now: NOW }])(
  'whoever is evaluated, it is as the effect says ($now)',
  ({ now }) => {
    let affected = 0;
    fc.assert(
      fc.property(CHANGE, fc.array(CONTEXT, { minLength: 5, maxLength: 20 }), ([one, two], contexts) => {
        const effect = effectOf('flag', one, two, { ...OPTIONS, now });
        expect(effect.complete).toBe(true);
        const [before, after] = [load(one), load(two)];
        for (const context of contexts) if (check(effect, before, after, context)) affected += 1;
        for (const { moves, stays } of effect.audiences) {
          expect(moves.length).toBeGreaterThan(0);
          const parts = [...moves, ...stays];
          expect(parts.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12);
          for (const { buckets, share, independent } of parts) {
            expect(share).toBeGreaterThan(0);
            if (!independent) expect(Number.isInteger(buckets)).toBe(true);
          }
        }
      }),
      { numRuns: 300, seed: 20_240 },
    );
    // contexts and definitions do meet
    expect(affected).toBeGreaterThan(500);
  },
  120_000,
);

const logic = (targeting: Record<string, unknown>): FlagDefinition => ({
  type: 'string',
  variants: { a: 'A', b: 'B', c: 'C' },
  defaultVariant: 'c',
  targeting,
});
const VALUES = [undefined, null, '', 'p', 'q', 'user-1', 'user-2', 'user-5', 1, '1', '1.0', 0, true, false];

test.each<[string, Record<string, unknown>]>([
  ['a key of a text and an attribute', { fractional: [{ cat: ['seed', { var: 'x' }] }, ['a', 1], ['b', 1]] }],
  ['another text', { fractional: [{ cat: ['s', { var: 'x' }] }, ['a', 1], ['b', 1]] }],
  ['the targeting key after a text', { fractional: [{ cat: ['seed', { var: 'targetingKey' }] }, ['a', 1], ['b', 1]] }],
  ['an attribute as the key', { fractional: [{ var: 'x' }, ['a', 1], ['b', 1]] }],
  ['a literal key', { fractional: ['seed', ['a', 1], ['b', 1]] }],
  ['a number as the key', { fractional: [5, ['a', 1], ['b', 1]] }],
  [
    'a weight that is no whole number',
    {
      fractional: [
        ['a', 0.5],
        ['b', 1],
      ],
    },
  ],
  [
    'no weight at all',
    {
      fractional: [
        ['a', 0],
        ['b', -5],
      ],
    },
  ],
  ['a number of several spellings', { if: [{ '==': [{ var: 'x' }, '1'] }, 'a', 'b'] }],
  ['a number', { if: [{ '==': [1, { var: 'x' }] }, 'a', 'b'] }],
  ['null', { if: [{ '==': [{ var: 'x' }, null] }, 'a', 'b'] }],
  ['exactly null', { if: [{ '!==': [{ var: 'x' }, null] }, 'a', 'b'] }],
  ['true', { if: [{ '==': [{ var: 'x' }, true] }, 'a', 'b'] }],
  ['a text', { if: [{ '!=': [{ var: 'x' }, 'p'] }, 'a', 'b'] }],
  ['a default of a var', { if: [{ '==': [{ var: ['x', 'p'] }, 'p'] }, 'a', 'b'] }],
  ['the flag key as a text', { if: [{ '===': [{ var: '$flagd.flagKey' }, 'flag'] }, 'a', 'b'] }],
  ['a share between others', { if: [{ '<': [0.2, { var: '$flagd.flagKey' }, 0.7] }, 'a', 'b'] }],
  ['shares that exclude each other', { if: [{ '<': [0.7, { var: '$flagd.flagKey' }, 0.2] }, 'a', 'b'] }],
  ['an attribute for an outcome', { var: 'x' }],
  [
    'one of two outcomes',
    {
      or: [
        { var: 'x' },
        {
          fractional: [
            ['a', 1],
            [null, 1],
          ],
        },
      ],
    },
  ],
])(
  'every kind of value, against what it was and what it becomes: %s',
  (_, targeting) => {
    const plain = logic({ if: [true, 'c'] });
    const split = { ...logic({}), rules: [{ variation: 'a', percentage: 40 }] };
    const changed = logic(targeting);
    const renamed = { ...changed, variants: { a: 'AA', b: 'BB', c: 'C' } };
    for (const [one, two] of [
      [plain, changed],
      [changed, split],
      [split, changed],
      [changed, renamed],
    ] as const) {
      const effect = effectOf('flag', one, two, OPTIONS);
      const [before, after] = [load(one), load(two)];
      expect(effect.complete).toBe(true);
      for (const x of VALUES) {
        for (const targetingKey of VALUES) {
          check(effect, before, after, { x, targetingKey });
          check(effect, before, after, { x, key: targetingKey });
        }
      }
    }
  },
  60_000,
);

const SPLIT: fc.Arbitrary<FlagDefinition> = fc
  .tuple(
    ROLLOUT,
    fc.array(fc.constantFrom(1, 2, 50), { minLength: 3, maxLength: 3 }),
    fc.integer({ min: 0, max: 3 }),
    fc.nat(99),
  )
  .map(([rollout, weights, kind, share]) => {
    const flag: FlagDefinition = { type: 'string', variants: { a: 'A', b: 'B', c: 'C' }, defaultVariant: 'c' };
    const split = { ...rollout, bucketBy: 'key' };
    if (kind === 0) return { ...flag, fallthrough: { rollout: split } };
    if (kind === 1)
      return {
        ...flag,
        rules: [
          { variation: 'a', percentage: share },
          { variation: 'b', percentage: 60 },
        ],
      };
    if (kind === 2) return { ...flag, targeting: { fractional: weights.map((weight, i) => ['abc'[i], weight]) } };
    return { ...flag, targeting: { if: [{ '<': [{ var: '$flagd.flagKey' }, share / 100] }, 'a', 'b'] } };
  });

test('the shares are those of many keys', () => {
  const keys = Array.from({ length: 4_000 }, (_, i) => `user-${i}`);
  fc.assert(
    fc.property(SPLIT, SPLIT, (one, two) => {
      const effect = effectOf('flag', one, two);
      const [before, after] = [load(one), load(two)];
      const counts = new Map<string, number>();
      for (const targetingKey of keys) {
        const [from, to] = [before, after].map(
          (snapshot) => evaluate(snapshot, 'flag', undefined, { targetingKey }).variant,
        );
        counts.set(`${from} ${to}`, (counts.get(`${from} ${to}`) ?? 0) + 1);
      }
      const variant = (outcome: Outcome | undefined): string => (outcome?.kind === 'variant' ? outcome.variant : '');
      const audience = effect.audiences.find(({ conditions }) =>
        conditions.every((condition) => holds(condition, { targetingKey: keys[0] })),
      );
      if (audience === undefined) {
        for (const pair of counts.keys()) expect(pair.split(' ')[0]).toBe(pair.split(' ')[1]);
        return;
      }
      const shares = new Map<string, number>();
      for (const { from, to, share } of audience.moves) shares.set(`${variant(from)} ${variant(to)}`, share);
      for (const { outcome, share } of audience.stays) shares.set(`${variant(outcome)} ${variant(outcome)}`, share);
      for (const pair of counts.keys()) expect(shares.has(pair), pair).toBe(true);
      for (const [pair, share] of shares) {
        const deviation = Math.sqrt((share * (1 - share)) / keys.length);
        expect(Math.abs((counts.get(pair) ?? 0) / keys.length - share), pair).toBeLessThan(
          5 * deviation + 1 / keys.length,
        );
      }
    }),
    { numRuns: 100, seed: 7 },
  );
}, 120_000);
