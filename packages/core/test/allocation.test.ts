import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { createClient, evaluate } from '../src/index.ts';
import { load, setOf } from './support.ts';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

const CALLS = 1_000_000;
const VARIANTS = [
  { name: 'a', value: 'A' },
  { name: 'b', value: 'B' },
];
const clause = (attribute: string, operator: string, ...values: unknown[]) => ({ attribute, operator, values });
const flags = {
  static: { type: 'boolean', default: true },
  json: { type: 'json', default: { a: [1, 2, 3] } },
  off: { type: 'boolean', enabled: false, default: true },
  rule: {
    type: 'boolean',
    default: false,
    rules: [
      { clauses: [clause('plan', 'eq', 'free')], variation: 1 },
      { clauses: [clause('plan', 'in', 'pro', 'max'), clause('country', 'notIn', 'DE', 'FR')], variation: 1 },
    ],
  },
  many: {
    type: 'boolean',
    default: false,
    rules: Array.from({ length: 10 }, (_, i) => ({
      clauses: [clause('age', 'gt', 100 + i), clause('groups', 'contains', 'x')],
      variation: 1,
    })),
  },
  list: {
    type: 'boolean',
    default: false,
    rules: [{ clauses: [clause('groups', 'contains', 'beta'), clause('email', 'endsWith', '@x.com')], variation: 1 }],
  },
  rollout: {
    type: 'string',
    variants: VARIANTS,
    rules: [
      {
        rollout: {
          variations: [
            { variation: 'a', weight: 50_000 },
            { variation: 'b', weight: 50_000 },
          ],
        },
      },
    ],
  },
  weighted: { type: 'string', variants: VARIANTS.map((variant) => ({ ...variant, weight: 1 })) },
  target: { type: 'boolean', default: false, targets: [{ variation: 1, values: ['user-1', 'user-2'] }] },
  segment: {
    type: 'boolean',
    default: false,
    rules: [{ clauses: [{ operator: 'inSegment', values: ['s'] }], variation: 1 }],
  },
  needs: {
    type: 'boolean',
    default: false,
    prerequisites: [{ key: 'static', variation: 'on' }],
    rules: [{ variation: 1 }],
  },
  logic: {
    type: 'string',
    variants: VARIANTS,
    targeting: {
      if: [
        {
          and: [
            { '==': [{ var: 'plan' }, 'pro'] },
            { '>=': [{ var: 'age' }, 18] },
            { in: [{ var: 'country' }, ['US', 'CA']] },
          ],
        },
        'a',
        'b',
      ],
    },
  },
  fractional: {
    type: 'string',
    variants: VARIANTS,
    targeting: {
      fractional: [
        ['a', 50],
        ['b', 50],
      ],
    },
  },
  missing: {
    type: 'string',
    variants: VARIANTS.map((variant) => ({ ...variant, weight: 1 })),
    salt: 'x',
    defaultVariant: 'a',
  },
};
const context = Object.freeze({
  targetingKey: 'user-1',
  plan: 'pro',
  country: 'US',
  age: 40,
  email: 'a@x.com',
  groups: Object.freeze(['alpha', 'beta']),
});
const snapshot = load({
  flags,
  segments: { s: { included: ['nobody'], rules: [{ clauses: [clause('plan', 'eq', 'pro')] }] } },
});

/** Bytes of young and old heap that a loop of calls leaves behind, per call: what is allocated at all, for no collection runs meanwhile or it is measured before and after. */
function bytesPerCall(call: () => unknown): number {
  let sink: unknown;
  for (let i = 0; i < 50_000; i++) sink = call();
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5; round++) {
    gc();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < CALLS / 5; i++) sink = call();
    const after = process.memoryUsage().heapUsed;
    least = Math.min(least, (after - before) / (CALLS / 5));
  }
  expect(sink).toBeDefined();
  return least;
}

test('the measure sees an allocation', () => {
  expect(bytesPerCall(() => ({ a: Math.random() }))).toBeGreaterThan(1);
});

test.each(Object.keys(flags))('a hot evaluation of %s allocates nothing (law 2)', (key) => {
  expect(snapshot.issues).toEqual([]);
  expect(evaluate(snapshot, key, undefined, context).errorCode).toBeUndefined();
  const who = key === 'missing' ? {} : context;
  expect(bytesPerCall(() => evaluate(snapshot, key, undefined, who))).toBeLessThan(1);
});

test.each(['static', 'rule', 'rollout', 'logic'])('nor does the client asked for %s', async (key) => {
  const client = createClient({ name: 'test', read: async () => setOf({ flags }) });
  await client.ready();
  try {
    const call =
      key === 'static' || key === 'rule'
        ? () => client.boolean(key, false, context)
        : () => client.string(key, 'x', context);
    expect(bytesPerCall(call)).toBeLessThan(1);
  } finally {
    await client.close();
  }
});
