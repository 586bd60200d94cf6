import type { ClauseDefinition, FlagDefinition, RolloutDefinition, RuleDefinition } from '@flagwright/core';
import * as fc from 'fast-check';

/** Small definitions of the flag `flag`, that share what they ask for, and contexts that meet it. */

const VARIANT = fc.constantFrom('a', 'b', 'c');
const SALT = fc.constantFrom('flag', 'one', 'two');
const SHARE = fc.constantFrom(0, 0.1, 0.25, 1 / 3, 0.5, 0.66, 1);
const TEXTS = ['p', 'q', 'r'];

const CLAUSE: fc.Arbitrary<ClauseDefinition> = fc.oneof(
  fc.record(
    {
      attribute: fc.constantFrom('tier', 'tags', 'key'),
      operator: fc.constantFrom('eq', 'in', 'neq', 'notIn', 'contains', 'startsWith'),
      values: fc.uniqueArray(fc.constantFrom(...TEXTS, 'u1'), { minLength: 1, maxLength: 2 }),
      negate: fc.boolean(),
    },
    { requiredKeys: ['attribute', 'operator', 'values'] },
  ),
  fc.record(
    {
      attribute: fc.constantFrom('age', 'tags'),
      operator: fc.constantFrom('gt', 'gte', 'lt', 'lte', 'eq'),
      values: fc.uniqueArray(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 2 }),
      negate: fc.boolean(),
    },
    { requiredKeys: ['attribute', 'operator', 'values'] },
  ),
  fc.record(
    {
      attribute: fc.constantFrom('tier', 'age', 'company'),
      operator: fc.constant('exists'),
      values: fc.subarray([true, false]),
      negate: fc.boolean(),
    },
    { requiredKeys: ['attribute', 'operator'] },
  ),
  fc.record(
    {
      operator: fc.constant('inSegment'),
      values: fc.subarray(['old', 'pro'], { minLength: 1 }),
      negate: fc.boolean(),
    },
    { requiredKeys: ['operator', 'values'] },
  ),
);

export const ROLLOUT: fc.Arbitrary<RolloutDefinition> = fc.record(
  {
    variations: fc.array(
      fc.record({ variation: VARIANT, weight: fc.constantFrom(0, 10_000, 33_333, 50_000, 100_000) }),
      { minLength: 1, maxLength: 3 },
    ),
    bucketBy: fc.constantFrom('key', 'targetingKey', 'company'),
    salt: SALT,
  },
  { requiredKeys: ['variations'] },
);

const RULE: fc.Arbitrary<RuleDefinition> = fc
  .tuple(
    fc.array(CLAUSE, { maxLength: 2 }),
    fc.oneof(
      fc.record({ variation: VARIANT }),
      fc.record({ variation: VARIANT, percentage: fc.constantFrom(0, 10, 25, 33.3, 100) }),
      fc.record({ rollout: ROLLOUT }),
    ),
  )
  .map(([clauses, served]) => ({ clauses, ...served }));

const NAME = fc.constantFrom('tier', 'age', 'tags', 'company', 'targetingKey');

/** Conditions and outcomes of JSON Logic. */
export const LOGIC: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown; test: unknown; key: unknown; split: unknown }>(
  (tie) => ({
    key: fc.oneof(
      fc.record({ cat: fc.tuple(fc.constant({ var: '$flagd.flagKey' }), fc.record({ var: NAME })) }),
      fc.record({ cat: fc.tuple(fc.constant('one'), fc.record({ var: NAME })) }),
      fc.record({ var: NAME }),
      fc.constantFrom('literal', 5),
    ),
    split: fc
      .tuple(
        fc.option(tie('key'), { nil: undefined, freq: 2 }),
        fc.array(fc.tuple(fc.oneof(VARIANT, fc.constant(null)), fc.constantFrom(0, 1, 2, 25, -1)), {
          minLength: 1,
          maxLength: 3,
        }),
      )
      .map(([key, buckets]) => ({ fractional: key === undefined ? buckets : [key, ...buckets] })),
    value: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      fc.oneof(VARIANT, fc.constantFrom(null, true, 'nope')),
      tie('split'),
      fc.record({ var: NAME }),
      tie('test'),
      fc.array(fc.oneof(tie('test'), tie('value')), { minLength: 1, maxLength: 5 }).map((args) => ({ if: args })),
      fc.record({ or: fc.array(tie('value'), { minLength: 1, maxLength: 2 }) }),
      fc.record({ and: fc.array(tie('value'), { minLength: 1, maxLength: 2 }) }),
    ),
    test: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      fc
        .tuple(fc.constantFrom('<', '<=', '>', '>='), SHARE)
        .map(([operator, share]) => ({ [operator]: [{ var: '$flagd.flagKey' }, share] })),
      fc
        .tuple(
          fc.constantFrom('==', '===', '!=', '!=='),
          NAME,
          fc.constantFrom<unknown>(...TEXTS, 1, 2, '1', true, null),
        )
        .map(([operator, name, value]) => ({ [operator]: [{ var: name }, value] })),
      fc
        .tuple(fc.constantFrom('<', '>='), NAME, fc.integer({ min: 0, max: 3 }))
        .map(([operator, name, value]) => ({ [operator]: [{ var: name }, value] })),
      fc
        .tuple(NAME, fc.uniqueArray(fc.constantFrom<unknown>(...TEXTS, 1, 2), { minLength: 1, maxLength: 3 }))
        .map(([name, values]) => ({ in: [{ var: name }, values] })),
      fc.record({ in_segment: fc.subarray(['old', 'pro'], { minLength: 1 }) }),
      fc.record({ var: NAME }),
      fc.constant({ $ref: 'shared' }),
      fc.record({ '<=': fc.tuple(fc.constant(0.2), fc.constant({ var: '$flagd.flagKey' }), fc.constant(0.8)) }),
      fc.record({ '>': fc.tuple(fc.constant({ var: '$flagd.timestamp' }), fc.constantFrom(10, 100)) }),
      fc.record({ '!': tie('test') }),
      fc.record({ and: fc.array(tie('test'), { minLength: 1, maxLength: 3 }) }),
      fc.record({ or: fc.array(tie('test'), { minLength: 1, maxLength: 3 }) }),
      fc.record({ if: fc.tuple(tie('test'), tie('test'), tie('test')) }),
    ),
  }),
).value;

const BASE: fc.Arbitrary<FlagDefinition> = fc.record(
  {
    enabled: fc.constantFrom(true, true, true, false),
    defaultVariant: fc.oneof(VARIANT, fc.constant(null)),
    offVariant: VARIANT,
    default: fc.constantFrom('A', 'other'),
    salt: SALT,
    fallthrough: fc.oneof(VARIANT, fc.integer({ min: 0, max: 2 }), fc.record({ rollout: ROLLOUT })),
    prerequisites: fc.array(
      fc.record({ key: fc.constantFrom('other', 'gone'), variation: fc.constantFrom('x', 'y', 0) }),
      {
        maxLength: 2,
      },
    ),
    targets: fc.array(
      fc.record({
        variation: VARIANT,
        values: fc.uniqueArray(fc.constantFrom('u1', 'u2', 'u3', 'p'), { maxLength: 3 }),
      }),
      { maxLength: 2 },
    ),
  },
  { requiredKeys: [] },
);

const VARIANTS = fc.oneof(
  fc.constant({ a: 'A', b: 'B', c: 'C' }),
  fc
    .array(fc.constantFrom(0, 1, 3), { minLength: 3, maxLength: 3 })
    .map((weights) => ['a', 'b', 'c'].map((name, i) => ({ name, value: name.toUpperCase(), weight: weights[i]! }))),
);

const DECIDING: fc.Arbitrary<FlagDefinition> = fc.oneof(
  fc.record({ rules: fc.array(RULE, { maxLength: 3 }) }),
  fc.record({ targeting: LOGIC.map((logic) => ({ if: [true, logic] })) }),
);

/** A definition of any kind. */
export const DEFINITION: fc.Arbitrary<FlagDefinition> = fc
  .tuple(BASE, VARIANTS, DECIDING)
  .map(([base, variants, deciding]) => ({ type: 'string', ...base, variants, ...deciding }));

/** Two definitions, often with something in common. */
export const CHANGE: fc.Arbitrary<readonly [FlagDefinition, FlagDefinition]> = fc.oneof(
  fc.tuple(DEFINITION, DEFINITION),
  fc.tuple(DEFINITION, BASE).map(([before, more]) => [before, { ...before, ...more }] as const),
  fc.tuple(DEFINITION, RULE).map(([before, rule]) => {
    const { targeting: _, rules = [], ...rest } = before;
    return [
      { ...rest, rules },
      { ...rest, rules: [rule, ...rules] },
    ] as const;
  }),
);

const KEY = fc.oneof(
  fc.constantFrom('u1', 'u2', 'u3', 'p'),
  fc.integer({ min: 0, max: 10_000 }).map((n) => `user-${n}`),
  fc.constantFrom<unknown>('', 7, true, null),
);

/** A context with any of what definitions ask for, of the right type and of others. */
export const CONTEXT: fc.Arbitrary<Readonly<Record<string, unknown>>> = fc.record(
  {
    targetingKey: KEY,
    key: KEY,
    tier: fc.oneof(fc.constantFrom<unknown>(...TEXTS, null, '', 1, '1'), fc.subarray(TEXTS)),
    tags: fc.oneof(fc.subarray([...TEXTS, 1, 2]), fc.constantFrom<unknown>('p', 1)),
    age: fc.constantFrom<unknown>(0, 1, 2, 3, '1', '2', null, true),
    company: fc.oneof(fc.constantFrom<unknown>('p', '', 3, null), fc.string({ maxLength: 3 })),
    other: fc.constantFrom('x', 'y'),
  },
  { requiredKeys: [] },
);
