import type { JsonValue, ResolutionDetails, ResolvedType } from '@flagwright/core';
import { describe, expect, it } from 'vitest';
import { among, rollout, serving, variant } from './flags.ts';
import { started, warnings } from './support.ts';

const FALLBACKS: Readonly<Record<ResolvedType, JsonValue>> = {
  boolean: false,
  string: 'fallback',
  number: -1,
  object: { fallback: true },
};

const USER = { targetingKey: 'u1' };

/** Asks one flag of a server that has it. */
async function ask(feature: object, type: ResolvedType, context: object = USER): Promise<ResolutionDetails> {
  const { resolver } = await started([{ name: 'flag', ...feature }]);
  return (await resolver.resolve(type, 'flag', FALLBACKS[type], context as never)) as ResolutionDetails;
}

describe('a boolean', () => {
  const cases: readonly [string, object, object, unknown, string, string][] = [
    ['everybody', {}, USER, true, 'STATIC', 'FALLTHROUGH'],
    ['no strategies', { strategies: [] }, USER, true, 'STATIC', 'FALLTHROUGH'],
    ['a rollout to all', { strategies: [rollout(100)] }, {}, true, 'STATIC', 'FALLTHROUGH'],
    ['off', { enabled: false }, USER, false, 'DISABLED', 'OFF'],
    [
      'a constraint met',
      { strategies: [{ name: 'default', parameters: {}, constraints: [among('userId', 'u1')] }] },
      USER,
      true,
      'TARGETING_MATCH',
      'RULE_MATCH',
    ],
    [
      'a constraint not met',
      { strategies: [{ name: 'default', parameters: {}, constraints: [among('userId', 'u2')] }] },
      USER,
      false,
      'DEFAULT',
      'FALLTHROUGH',
    ],
    [
      'a list',
      { strategies: [{ name: 'userWithId', parameters: { userIds: 'u0,u1' }, constraints: [] }] },
      USER,
      true,
      'TARGETING_MATCH',
      'RULE_MATCH',
    ],
    ['a share, in', { strategies: [rollout(99, { parameters: { groupId: 'a' } })] }, USER, true, 'SPLIT', 'RULE_MATCH'],
    [
      'a share, out',
      { strategies: [rollout(1, { parameters: { groupId: 'a' } })] },
      USER,
      false,
      'SPLIT',
      'RULE_MATCH',
    ],
    [
      'a share or a list',
      { strategies: [rollout(99), { name: 'userWithId', parameters: { userIds: 'x' } }] },
      USER,
      true,
      'TARGETING_MATCH',
      'RULE_MATCH',
    ],
    [
      'a strategy that is not known',
      { strategies: [{ name: 'own', parameters: {} }] },
      USER,
      false,
      'DEFAULT',
      'FALLTHROUGH',
    ],
    [
      'a parent that is not there',
      { dependencies: [{ feature: 'parent' }] },
      USER,
      false,
      'PREREQUISITE_FAILED',
      'PREREQUISITE_FAILED',
    ],
    ['variants beside', { variants: [variant('a', 1000)] }, USER, true, 'STATIC', 'FALLTHROUGH'],
  ];
  it.each(cases)('%s', async (_what, feature, context, value, reason, engineReason) => {
    const answer = await ask(feature, 'boolean', context);
    expect(answer).toEqual({ value, reason, flagMetadata: { engineReason, featureEnabled: value, project: 'shop' } });
  });
});

describe('a payload', () => {
  const good: readonly [string, string, ResolvedType, JsonValue][] = [
    ['string', 'text', 'string', 'text'],
    ['string', '', 'string', ''],
    ['string', '42', 'string', '42'],
    ['number', '42', 'number', 42],
    ['number', '-0.5e3', 'number', -500],
    ['json', '{"a":[1,{"b":null}]}', 'object', { a: [1, { b: null }] }],
    ['json', '[1,2]', 'object', [1, 2]],
    ['json', 'null', 'object', null],
    ['json', '42', 'number', 42],
    ['json', '"text"', 'string', 'text'],
    ['csv', 'a, b,,c', 'object', ['a', 'b', '', 'c']],
    ['csv', '', 'object', []],
    ['csv', 'a, b', 'string', 'a, b'],
  ];
  it.each(good)('%s %j is a %s', async (type, text, asked, value) => {
    const answer = await ask(serving('flag', type, text), asked);
    expect(answer).toMatchObject({ variant: 'only', reason: 'STATIC' });
    expect(answer.value).toStrictEqual(value);
    expect(answer.errorCode).toBeUndefined();
  });

  const bad: readonly [string, string, ResolvedType, string][] = [
    ['number', 'secret', 'number', 'PARSE_ERROR'],
    ['number', '', 'number', 'PARSE_ERROR'],
    ['number', 'Infinity', 'number', 'PARSE_ERROR'],
    ['json', '{"secret":', 'object', 'PARSE_ERROR'],
    ['json', '{"secret":', 'string', 'PARSE_ERROR'],
    ['json', '[secret]', 'number', 'PARSE_ERROR'],
    ['json', `${'['.repeat(5_000)}${']'.repeat(5_000)}`, 'object', 'PARSE_ERROR'],
    ['xml', '<secret/>', 'string', 'PARSE_ERROR'],
    ['string', 'secret', 'number', 'TYPE_MISMATCH'],
    ['string', '{"secret":1}', 'object', 'TYPE_MISMATCH'],
    ['number', '42', 'string', 'TYPE_MISMATCH'],
    ['number', '42', 'object', 'TYPE_MISMATCH'],
    ['json', '{"secret":1}', 'string', 'TYPE_MISMATCH'],
    ['json', '42', 'object', 'TYPE_MISMATCH'],
    ['csv', 'secret', 'number', 'TYPE_MISMATCH'],
  ];
  it.each(bad)('%s %.20s as a %s is a %s', async (type, text, asked, errorCode) => {
    const answer = await ask(serving('flag', type, text), asked);
    expect(answer).toMatchObject({ value: FALLBACKS[asked], reason: 'ERROR', errorCode });
    expect(answer.errorMessage).toMatch(/variant only of flag flag/);
    expect(answer.errorMessage).not.toContain('secret');
  });

  it('is one frozen object for all who ask', async () => {
    const { resolver } = await started([serving('flag', 'json', '{"__proto__":{"polluted":1},"a":[1]}')]);
    const [first, second] = [resolver.resolve('object', 'flag', {}, USER), resolver.resolve('object', 'flag', {}, {})];
    const { value } = first as ResolutionDetails<{ a: number[] }>;
    expect((second as ResolutionDetails).value).toBe(value);
    expect([Object.isFrozen(value), Object.isFrozen(value.a), Object.hasOwn(value, '__proto__')]).toEqual([
      true,
      true,
      true,
    ]);
    expect('polluted' in {}).toBe(false);
  });

  it('that is missing leaves the name of the variant', async () => {
    const flag = { variants: [variant('blue', 1000)] };
    expect(await ask(flag, 'string')).toMatchObject({ value: 'blue', variant: 'blue', reason: 'STATIC' });
    expect(await ask(flag, 'number')).toMatchObject({ value: -1, errorCode: 'TYPE_MISMATCH' });
  });
});

describe('a variant', () => {
  const two = [variant('a', 500, { type: 'string', value: 'A' }), variant('b', 500, { type: 'string', value: 'B' })];

  it('by weight is a split', async () => {
    const answer = await ask({ variants: two }, 'string');
    expect(answer).toMatchObject({
      reason: 'SPLIT',
      flagMetadata: { engineReason: 'RULE_MATCH', featureEnabled: true },
    });
    expect(['A', 'B']).toContain(answer.value);
    expect(answer.variant).toBe(String(answer.value).toLowerCase());
  });

  it('of a strategy goes before those of the flag', async () => {
    const own = variant('own', 1000, { type: 'string', value: 'own' });
    expect(await ask({ variants: two, strategies: [rollout(100, { variants: [own] })] }, 'string')).toMatchObject({
      value: 'own',
      variant: 'own',
      reason: 'STATIC',
    });
  });

  const gold = [variant('gold', 1000, { type: 'string', value: 'G' })];
  const vip = { name: 'userWithId', parameters: { userIds: 'vip' }, variants: gold };
  const everybody = { name: 'default', parameters: {} };
  it.each<[string, readonly object[], object, string, string]>([
    ['of the vip, in', [vip, everybody], { targetingKey: 'vip' }, 'G', 'TARGETING_MATCH'],
    ['of the vip, out', [vip, everybody], USER, 'fallback', 'DEFAULT'],
    ['of everybody, before the vip', [{ ...everybody, variants: gold }, vip], USER, 'G', 'STATIC'],
    ['of a share', [rollout(99, { variants: gold }), rollout(99, { variants: gold })], USER, 'G', 'SPLIT'],
    ['of everybody else', [vip, { ...everybody, variants: gold }], USER, 'G', 'TARGETING_MATCH'],
  ])('%s is no more than it is', async (_what, strategies, context, value, reason) => {
    expect(await ask({ strategies }, 'string', context)).toMatchObject({ value, reason });
  });

  it('by override is targeted', async () => {
    const overrides = [{ contextName: 'userId', values: ['u1'] }];
    const variants = [two[0], variant('b', 500, { type: 'string', value: 'B' }, { overrides })];
    expect(await ask({ variants }, 'string')).toMatchObject({ value: 'B', reason: 'TARGETING_MATCH' });
  });

  it('of a flag that is off leaves the value to the caller: DISABLED by its switch, DEFAULT by its strategies', async () => {
    const off = await ask({ variants: two, enabled: false }, 'string');
    expect(off).toEqual({
      value: 'fallback',
      reason: 'DISABLED',
      flagMetadata: { engineReason: 'OFF', featureEnabled: false, project: 'shop' },
    });
    for (const percent of [0, 1]) {
      const out = await ask(
        { variants: two, strategies: [rollout(percent, { parameters: { groupId: 'a' } })] },
        'string',
      );
      expect(out).toMatchObject({ value: 'fallback', reason: 'DEFAULT', flagMetadata: { featureEnabled: false } });
      expect(out.errorCode).toBeUndefined();
    }
  });

  it('that nobody can get leaves the value to the caller: the flag is on, so DEFAULT', async () => {
    const answer = await ask({ variants: [variant('a', 0)] }, 'string');
    expect(answer).toMatchObject({ value: 'fallback', reason: 'DEFAULT', flagMetadata: { featureEnabled: true } });
    expect(answer.variant).toBeUndefined();
  });

  it('asked of a flag that has none is a TYPE_MISMATCH, on or off', async () => {
    for (const enabled of [true, false]) {
      for (const type of ['string', 'number', 'object'] as const) {
        const answer = await ask({ enabled }, type);
        expect(answer).toMatchObject({ value: FALLBACKS[type], errorCode: 'TYPE_MISMATCH' });
        expect(answer.errorMessage).toMatch(/flag flag has no variants/);
      }
    }
  });
});

describe('a definition that cannot be used', () => {
  it.each([
    ['strategies', { strategies: 'all' }],
    ['strategies', { strategies: [null] }],
    ['variants', { variants: [7] }],
    ['variants', { strategies: [rollout(100, { variants: 'a' })] }],
    ['enabled', { enabled: 'yes' }],
    ['dependencies', { dependencies: 'all' }],
    ['dependencies', { dependencies: [null] }],
  ])('by its %s is a PARSE_ERROR, told once', async (field, feature) => {
    const warned = warnings();
    const { resolver, told } = await started([{ name: 'flag', ...feature }, { name: 'other' }]);
    const answer = resolver.resolve('boolean', 'flag', true, USER);
    expect(answer).toMatchObject({ value: true, errorCode: 'PARSE_ERROR' });
    expect((answer as ResolutionDetails).errorMessage).toContain(field);
    expect(resolver.resolve('boolean', 'other', false, USER)).toMatchObject({ value: true });
    expect(warned.filter((text) => text.includes(`flag flag: \`${field}\``))).toHaveLength(1);
    expect(told.said).toEqual([]);
    expect((await resolver.all?.(USER))?.get('flag')).toMatchObject({ value: undefined, errorCode: 'PARSE_ERROR' });
  });
});

it('a client that throws is a GENERAL error', async () => {
  const strategies = [{ name: 'flexibleRollout', constraints: [] }];
  const { resolver } = await started([{ name: 'flag', strategies }]);
  expect(resolver.resolve('boolean', 'flag', true, USER)).toMatchObject({ value: true, errorCode: 'GENERAL' });
  expect((await resolver.all?.(USER))?.get('flag')).toMatchObject({ errorCode: 'GENERAL' });
});

it('a flag of a shape that nobody expects is a PARSE_ERROR', async () => {
  const warned = warnings();
  const odd = [variant('a', 1, undefined, { stickiness: { toString: 1 } }), variant('b', 1)];
  const { resolver } = await started([{ name: 'flag', variants: odd }]);
  expect(resolver.resolve('string', 'flag', 'x', USER)).toMatchObject({ value: 'x', errorCode: 'PARSE_ERROR' });
  expect(warned).toEqual([expect.stringContaining('flag flag')]);
});

it('a strategy of the application may say on in its own words', async () => {
  const own = { name: 'own', isEnabled: () => 'yes', getResult: () => ({ enabled: 'yes' }) };
  const { resolver } = await started([{ name: 'flag', strategies: [{ name: 'own' }] }], {
    options: { strategies: [own] },
  });
  const on = { value: true, reason: 'TARGETING_MATCH', flagMetadata: { featureEnabled: true } };
  expect(resolver.resolve('boolean', 'flag', false, USER)).toMatchObject(on);
  expect((await resolver.all?.(USER))?.get('flag')).toMatchObject(on);
});

it('a list has every flag in the type of what it serves', async () => {
  const { resolver } = await started([
    { name: 'boolean' },
    { name: 'off', enabled: false, variants: [variant('a', 1000)] },
    serving('csv', 'csv', 'a,b'),
    serving('bad', 'json', '{'),
    { name: 'name', variants: [variant('blue', 1000)] },
  ]);
  const all = await resolver.all?.(USER);
  expect(resolver.keys?.()).toEqual(['boolean', 'off', 'csv', 'bad', 'name']);
  expect([...all!].map(([key, { value, reason, errorCode }]) => [key, value, errorCode ?? reason])).toEqual([
    ['boolean', true, 'STATIC'],
    ['off', undefined, 'DISABLED'],
    ['csv', ['a', 'b'], 'STATIC'],
    ['bad', undefined, 'PARSE_ERROR'],
    ['name', 'blue', 'STATIC'],
  ]);
});
