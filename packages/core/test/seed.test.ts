import { describe, expect, test } from 'vitest';
import { evaluate, evaluateAll, fromContext, newContext, toContext, validate } from '../src/index.ts';
import { codes, load } from './support.ts';

/** The examples of seed 3 (S3.111–S3.118), word by word, as a YAML 1.2 reader gives them. */
const CHECKOUT = {
  'new-checkout': {
    type: 'bool',
    default: false,
    enabled: true,
    rules: [
      {
        rollout: {
          bucketBy: 'key',
          variations: [
            { variation: 0, weight: 80000 },
            { variation: 1, weight: 20000 },
          ],
        },
      },
    ],
    variants: [
      { name: 'off', value: false },
      { name: 'on', value: true },
    ],
  },
};
const PREMIUM = {
  'premium-features': {
    type: 'bool',
    default: false,
    enabled: true,
    rules: [
      { clauses: [{ attribute: 'groups', operator: 'contains', values: ['beta-testers'] }], variation: 1 },
      { clauses: [{ attribute: 'plan', operator: 'in', values: ['pro', 'enterprise'] }], variation: 1 },
      {
        clauses: [{ attribute: 'country', operator: 'eq', values: ['US'] }],
        rollout: {
          bucketBy: 'key',
          variations: [
            { variation: 0, weight: 50000 },
            { variation: 1, weight: 50000 },
          ],
        },
      },
    ],
  },
};
const ANALYTICS = {
  'advanced-analytics': {
    type: 'bool',
    default: false,
    enabled: true,
    prerequisites: [{ key: 'basic-analytics', variation: 1 }],
    rules: [{ variation: 1 }],
  },
};
const user = newContext('user-123')
  .withAttribute('email', 'john@example.com')
  .withAttribute('plan', 'pro')
  .withAttribute('country', 'US')
  .withGroup('beta-testers')
  .build();

describe('the examples of seed 3', () => {
  test('S3.111 basic', () => {
    const snapshot = load({
      flags: {
        'new-dashboard': { type: 'bool', default: true, enabled: true },
        theme: { type: 'string', default: 'light', enabled: true },
      },
    });
    expect(snapshot.issues).toEqual([]);
    expect(evaluate(snapshot, 'new-dashboard', 'boolean').value).toBe(true);
    expect(evaluate(snapshot, 'theme', 'string').value).toBe('light');
  });

  test('S3.112 with user context', () => {
    const flags = {
      'advanced-features': {
        type: 'bool',
        default: false,
        rules: [
          {
            clauses: [
              { attribute: 'email', operator: 'endsWith', values: ['@example.com'] },
              { attribute: 'plan', operator: 'eq', values: ['pro'] },
              { attribute: 'country', operator: 'in', values: ['US', 'CA'] },
              { attribute: 'groups', operator: 'contains', values: ['beta-testers'] },
              { attribute: 'key', operator: 'startsWith', values: ['user-'] },
            ],
            variation: 1,
          },
        ],
      },
    };
    const snapshot = load({ flags });
    expect(snapshot.issues).toEqual([]);
    expect(evaluate(snapshot, 'advanced-features', 'boolean', user).value).toBe(true);
    for (const lack of ['email', 'plan', 'country', 'groups', 'targetingKey']) {
      const { [lack]: _, ...rest } = user;
      expect(evaluate(snapshot, 'advanced-features', 'boolean', rest).value, lack).toBe(false);
    }
  });

  test('S3.113 percentage rollout', () => {
    const snapshot = load({ flags: CHECKOUT });
    expect(snapshot.issues).toEqual([]);
    let on = 0;
    for (let i = 0; i < 20_000; i++) {
      const found = evaluate(snapshot, 'new-checkout', 'boolean', { targetingKey: `user-${i}` });
      expect(found.variationIndex).toBe(found.value === true ? 1 : 0);
      if (found.value === true) on += 1;
    }
    // 5 standard deviations of a binomial
    expect(Math.abs(on - 4_000)).toBeLessThan(5 * Math.sqrt(20_000 * 0.2 * 0.8));
    const one = evaluate(snapshot, 'new-checkout', 'boolean', { targetingKey: 'user-123' });
    expect(one).toMatchObject({ reason: 'RULE_MATCH', ruleId: 'rule-0', split: true, inExperiment: true });
    expect(one.details.reason).toBe('SPLIT');
  });

  test.each([
    [{ groups: ['x', 'beta-testers'] }, true, 'rule-0', 'TARGETING_MATCH'],
    [{ groups: ['beta-testers'], plan: 'pro', country: 'US' }, true, 'rule-0', 'TARGETING_MATCH'],
    [{ plan: 'pro' }, true, 'rule-1', 'TARGETING_MATCH'],
    [{ plan: 'enterprise', country: 'DE' }, true, 'rule-1', 'TARGETING_MATCH'],
    [{ plan: 'free', country: 'DE' }, false, undefined, 'DEFAULT'],
    [{ groups: ['beta'] }, false, undefined, 'DEFAULT'],
  ])('S3.114 targeting rules: %j', (attributes, value, ruleId, standard) => {
    const snapshot = load({ flags: PREMIUM });
    expect(snapshot.issues).toEqual([]);
    const found = evaluate(snapshot, 'premium-features', 'boolean', { targetingKey: 'u', ...attributes });
    expect(found).toMatchObject({ value, ruleId });
    expect(found.details.reason).toBe(standard);
  });

  test('S3.114 the third rule halves US users', () => {
    const snapshot = load({ flags: PREMIUM });
    const ask = (key: string) =>
      evaluate(snapshot, 'premium-features', 'boolean', { targetingKey: key, country: 'US' });
    const on = Array.from({ length: 10_000 }, (_, i) => ask(`u${i}`)).filter(({ value }) => value === true);
    expect(Math.abs(on.length - 5_000)).toBeLessThan(5 * Math.sqrt(2_500));
    for (const found of on) expect(found).toMatchObject({ ruleId: 'rule-2', split: true });
  });

  test('S3.115 A/B testing', () => {
    const flags = {
      'checkout-button-color': {
        type: 'string',
        default: 'blue',
        variants: [
          { name: 'blue', value: 'blue', weight: 1 },
          { name: 'green', value: 'green', weight: 1 },
          { name: 'red', value: 'red', weight: 2 },
        ],
      },
    };
    const snapshot = load({ flags });
    expect(snapshot.issues).toEqual([]);
    const seen = [0, 0, 0];
    for (let i = 0; i < 8_000; i++) {
      const found = evaluate(snapshot, 'checkout-button-color', undefined, { targetingKey: `user-${i}` });
      expect(found.inExperiment).toBe(true);
      expect(found.value).toBe(['blue', 'green', 'red'][found.variationIndex]);
      seen[found.variationIndex]! += 1;
    }
    for (const [i, expected] of [2_000, 2_000, 4_000].entries())
      expect(Math.abs(seen[i]! - expected)).toBeLessThan(225);
  });

  test('S3.116 local overrides', () => {
    const flags = {
      'new-feature': { type: 'bool', default: false, enabled: false },
      'experiment-mode': { type: 'string', default: 'variant-a' },
    };
    const snapshot = load({ flags, overrides: { 'new-feature': true, 'experiment-mode': 'variant-b' } });
    expect(snapshot.issues).toEqual([]);
    expect(evaluate(snapshot, 'new-feature', 'boolean')).toMatchObject({
      value: true,
      override: true,
      reason: 'TARGET_MATCH',
      variant: 'on',
      variationIndex: 1,
      inExperiment: false,
    });
    expect(evaluate(snapshot, 'experiment-mode', 'string').value).toBe('variant-b');
  });

  test('S3.118 prerequisites', () => {
    const on = { 'basic-analytics': { type: 'bool', default: false, rules: [{ variation: 1 }] } };
    expect(evaluate(load({ flags: { ...ANALYTICS, ...on } }), 'advanced-analytics', 'boolean')).toMatchObject({
      value: true,
      ruleId: 'rule-0',
    });
    const off = { 'basic-analytics': { type: 'bool', default: false } };
    expect(evaluate(load({ flags: { ...ANALYTICS, ...off } }), 'advanced-analytics', 'boolean')).toMatchObject({
      value: false,
      reason: 'PREREQUISITE_FAILED',
      prerequisiteKey: 'basic-analytics',
      prerequisiteFailed: true,
    });
    expect(evaluate(load({ flags: ANALYTICS }), 'advanced-analytics', 'boolean')).toMatchObject({
      value: false,
      reason: 'PREREQUISITE_FAILED',
    });
  });

  test('all examples in one document are without fault', () => {
    expect(
      codes(
        validate({
          flags: { ...CHECKOUT, ...PREMIUM, ...ANALYTICS, 'basic-analytics': { type: 'bool', default: true } },
        }),
      ),
    ).toEqual([]);
  });

  test('every type (S3.36–S3.40) and every field of a flag (S3.25–S3.35)', () => {
    const full = {
      key: 'full',
      name: 'Full',
      description: 'All fields',
      type: 'int',
      default: 1,
      enabled: true,
      owner: 'me',
      tags: ['a'],
      rules: [{ id: 'r', name: 'n', description: 'd', clauses: [], variation: 0 }],
      variants: [{ name: 'one', value: 1, weight: 0, description: 'x' }],
      prerequisites: [],
      createdAt: '2026-01-02T03:04:05Z',
      updatedAt: '2026-01-02T03:04:05+01:00',
    };
    const snapshot = load({
      flags: {
        full,
        b: { type: 'bool', default: true },
        s: { type: 'string', default: '' },
        i: { type: 'int', default: 0 },
        f: { type: 'float', default: 0.5 },
        j: { type: 'json', default: [] },
      },
    });
    expect(snapshot.issues).toEqual([]);
    expect([...evaluateAll(snapshot)].map(([key, { value }]) => [key, value])).toEqual([
      ['full', 1],
      ['b', true],
      ['s', ''],
      ['i', 0],
      ['f', 0.5],
      ['j', []],
    ]);
  });
});

describe('contexts (S3.82–S3.92, T24)', () => {
  const full = {
    key: 'u',
    name: 'N',
    email: 'e@x',
    ip: '10.0.0.1',
    country: 'US',
    anonymous: false,
    groups: ['a', 'b'],
    custom: { plan: 'pro', age: 3 },
  };

  test('toContext lays the user flat and fromContext takes it back', () => {
    const context = toContext(full);
    expect(context).toEqual({
      targetingKey: 'u',
      name: 'N',
      email: 'e@x',
      ip: '10.0.0.1',
      country: 'US',
      anonymous: false,
      groups: ['a', 'b'],
      plan: 'pro',
      age: 3,
    });
    expect(fromContext(context)).toEqual(full);
    expect(Object.isFrozen(context)).toBe(true);
  });

  test('usual attributes win over custom ones; custom cannot smuggle in a key', () => {
    expect(toContext({ key: 'u', email: 'a', custom: { email: 'b', key: 'k', targetingKey: 't' } })).toEqual({
      targetingKey: 'u',
      email: 'a',
    });
  });

  test('fromContext: `key` alone is a targeting key, none is none, odd types stay custom', () => {
    expect(fromContext({ key: 'k' })).toEqual({ key: 'k' });
    expect(fromContext({ key: 'k', targetingKey: 't' })).toEqual({ key: 't' });
    expect(fromContext({ plan: 'pro' })).toBeUndefined();
    expect(fromContext({ targetingKey: '' })).toBeUndefined();
    expect(fromContext({ targetingKey: 'u', anonymous: 'yes', groups: [1], name: 5 })).toEqual({
      key: 'u',
      custom: { anonymous: 'yes', groups: [1], name: 5 },
    });
  });

  test('the builder is immutable, adds a group once, and setters write the same attributes', () => {
    const one = newContext('u').withGroup('a');
    const two = one
      .withGroup('a')
      .withGroup('b')
      .withName('N')
      .withEmail('e')
      .withIp('i')
      .withCountry('C')
      .withAnonymous()
      .withAttribute('key', 'v');
    expect(one.build()).toEqual({ targetingKey: 'u', groups: ['a'] });
    expect(two.build()).toEqual({
      targetingKey: 'v',
      groups: ['a', 'b'],
      name: 'N',
      email: 'e',
      ip: 'i',
      country: 'C',
      anonymous: true,
    });
    expect(newContext('u').withEmail('a').withAttribute('email', 'b').build()).toEqual({
      targetingKey: 'u',
      email: 'b',
    });
  });

  test('names like __proto__ are ordinary', () => {
    const context = newContext('u').withAttribute('__proto__', { admin: true }).withAttribute('constructor', 1).build();
    expect(Object.keys(context)).toEqual(['targetingKey', '__proto__', 'constructor']);
    expect((context as { admin?: unknown }).admin).toBeUndefined();
    expect(fromContext(toContext({ key: 'u', custom: JSON.parse('{"__proto__":1}') }))?.custom).toEqual(
      JSON.parse('{"__proto__":1}'),
    );
  });

  test.each([[''], [undefined], [null], [5], [{}]])('a targeting key of %j is refused', (key) => {
    expect(() => newContext(key as string)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    expect(() => toContext({ key: key as string })).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});
