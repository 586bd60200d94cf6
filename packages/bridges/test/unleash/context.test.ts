import { describe, expect, it } from 'vitest';
import { unleashContext } from '../../src/unleash/context.ts';
import { among, rollout, variant } from './flags.ts';
import { started, warnings } from './support.ts';

describe('a context', () => {
  it('has its known fields by name, and everything else as text', () => {
    const at = new Date('2026-01-02T03:04:05Z');
    const context = Object.freeze({
      targetingKey: 'u1',
      userId: 'other',
      sessionId: 's1',
      remoteAddress: '10.0.0.1',
      environment: 'production',
      appName: 'shop',
      currentTime: at,
      plan: 'gold',
      age: 42,
      beta: true,
      big: 7n,
      since: at,
      nothing: null,
      missing: undefined,
      list: ['a'],
      account: { plan: 'gold' },
      never: new Date(Number.NaN),
    });
    const mapped = unleashContext(context);
    expect({ ...mapped, properties: { ...mapped.properties } }).toEqual({
      userId: 'u1',
      sessionId: 's1',
      remoteAddress: '10.0.0.1',
      environment: 'production',
      appName: 'shop',
      currentTime: at,
      properties: { plan: 'gold', age: '42', beta: 'true', big: '7', since: at.toISOString() },
    });
  });

  it.each([
    [{ userId: 'u1' }, 'u1'],
    [{ targetingKey: '', userId: 'u1' }, 'u1'],
    [{ targetingKey: 7 }, '7'],
    [{ targetingKey: { id: 1 } }, undefined],
    [{}, undefined],
  ])('%j is user %s', (context, userId) => {
    expect(unleashContext(context).userId).toBe(userId);
  });

  it.each([
    ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05.000Z'],
    [0, '1970-01-01T00:00:00.000Z'],
    ['soon', undefined],
    [null, undefined],
  ])('with the time %j is of %s', (currentTime, at) => {
    expect(unleashContext({ currentTime }).currentTime?.toISOString()).toBe(at);
  });

  it('keeps names of Object harmless', () => {
    const { properties } = unleashContext(JSON.parse('{"__proto__":"x","constructor":"y"}') as never);
    expect(Object.entries(properties!)).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
    expect(
      ['constructor', 'toString', 'hasOwnProperty'].filter((name) => name in unleashContext({ a: 1 }).properties!),
    ).toEqual([]);
  });

  it('may have properties of its own', async () => {
    const byProperties = [{ name: 'default', parameters: {}, constraints: [among('properties', 'x')] }];
    const { resolver } = await started([{ name: 'flag', strategies: byProperties }]);
    const cases: readonly [object, boolean][] = [
      [{ properties: 'x' }, true],
      [{ properties: 'y' }, false],
      [{ properties: { x: 1 } }, false],
      [{ toString: 'x', valueOf: 'x' }, false],
    ];
    for (const [context, value] of cases) {
      const answer = resolver.resolve('boolean', 'flag', false, context as never);
      expect(answer).toMatchObject({ value, reason: value ? 'TARGETING_MATCH' : 'DEFAULT' });
    }
  });

  it.each([
    ['null', null],
    [
      'one that throws',
      {
        get plan(): string {
          throw new Error('secret');
        },
      },
    ],
  ])('%s is a GENERAL error, in a list, too', async (_what, context) => {
    const { resolver } = await started([{ name: 'flag' }]);
    const failure = { errorCode: 'GENERAL', errorMessage: expect.not.stringContaining('secret') };
    expect(resolver.resolve('boolean', 'flag', true, context as never)).toMatchObject({ value: true, ...failure });
    expect((await resolver.all?.(context as never))?.get('flag')).toMatchObject(failure);
  });

  it('is what constraints see', async () => {
    const by = (name: string, ...values: string[]): object => ({
      name,
      strategies: [{ name: 'default', parameters: {}, constraints: [among(name, ...values)] }],
    });
    const { resolver } = await started([
      by('plan', 'gold'),
      by('age', '42'),
      by('beta', 'true'),
      by('constructor2', 'x'),
    ]);
    const context = { plan: 'gold', age: 42, beta: true };
    for (const key of ['plan', 'age', 'beta']) {
      expect(resolver.resolve('boolean', key, false, context)).toMatchObject({ value: true });
      expect(resolver.resolve('boolean', key, false, {})).toMatchObject({ value: false });
    }
  });
});

describe('a split by what the context lacks', () => {
  const two = [variant('a', 500), variant('b', 500)];
  const bySession = { parameters: { stickiness: 'sessionId' } };
  const cases: readonly [string, object, 'boolean' | 'string', object, boolean][] = [
    ['a rollout, nobody', { strategies: [rollout(50)] }, 'boolean', {}, true],
    ['a rollout, a user', { strategies: [rollout(50)] }, 'boolean', { targetingKey: 'u' }, false],
    ['a rollout, a session', { strategies: [rollout(50)] }, 'boolean', { sessionId: 's' }, false],
    ['a rollout to all, nobody', { strategies: [rollout(100)] }, 'boolean', {}, false],
    ['a rollout to none, nobody', { strategies: [rollout(0)] }, 'boolean', {}, false],
    ['a rollout that is off, nobody', { enabled: false, strategies: [rollout(50)] }, 'boolean', {}, false],
    ['a rollout by session, a user', { strategies: [rollout(50, bySession)] }, 'boolean', { targetingKey: 'u' }, true],
    ['all by session, a user', { strategies: [rollout(100, bySession)] }, 'boolean', { targetingKey: 'u' }, true],
    [
      'a rollout at random, nobody',
      { strategies: [rollout(50, { parameters: { stickiness: 'random' } })] },
      'boolean',
      {},
      false,
    ],
    [
      'by an attribute, without it',
      { strategies: [rollout(50, { parameters: { stickiness: 'tenant' } })] },
      'boolean',
      { targetingKey: 'u' },
      true,
    ],
    [
      'by an attribute, with it',
      { strategies: [rollout(50, { parameters: { stickiness: 'tenant' } })] },
      'boolean',
      { tenant: 7 },
      false,
    ],
    [
      'the old one by user, nobody',
      { strategies: [{ name: 'gradualRolloutUserId', parameters: { percentage: '50', groupId: 'g' } }] },
      'boolean',
      {},
      true,
    ],
    [
      'the old one at random, nobody',
      { strategies: [{ name: 'gradualRolloutRandom', parameters: { percentage: '50' } }] },
      'boolean',
      {},
      false,
    ],
    ['variants, nobody, asked as a boolean', { variants: two }, 'boolean', {}, false],
    ['variants, nobody', { variants: two }, 'string', {}, true],
    ['variants, an address', { variants: two }, 'string', { remoteAddress: '10.0.0.1' }, false],
    ['one variant, nobody', { variants: [variant('a', 1000), variant('b', 0)] }, 'string', {}, false],
    [
      'variants of a strategy by session, a user',
      {
        strategies: [
          rollout(100, { variants: [variant('a', 1, undefined, { stickiness: 'sessionId' }), variant('b', 1)] }),
        ],
      },
      'string',
      { targetingKey: 'u' },
      true,
    ],
    [
      'a rollout everybody passes anyhow, nobody',
      { strategies: [rollout(50), { name: 'default', parameters: {} }] },
      'boolean',
      {},
      false,
    ],
  ];
  it.each(cases)('%s', async (_what, feature, type, context, missing) => {
    const warned = warnings();
    const { resolver } = await started([{ name: 'flag', ...feature }]);
    for (let i = 0; i < 3; i++) {
      const { flagMetadata } = await resolver.resolve(
        type,
        'flag',
        (type === 'boolean' ? false : '') as never,
        context as never,
      );
      expect(flagMetadata.bucketingKeyMissing).toBe(missing ? true : undefined);
    }
    expect(warned.filter((text) => text.includes('flag flag splits users by'))).toHaveLength(missing ? 1 : 0);
  });

  it.each<[string, object, object, boolean]>([
    ['that has none', { name: 'parent', strategies: [rollout(50)] }, {}, true],
    ['that has it', { name: 'parent', strategies: [rollout(50)] }, { targetingKey: 'u' }, false],
    ['that is off', { name: 'parent', enabled: false, strategies: [rollout(50)] }, {}, false],
    [
      'that depends on another, which makes the flag off',
      { name: 'parent', strategies: [rollout(50)], dependencies: [{ feature: 'other' }] },
      {},
      false,
    ],
  ])('is that of a flag that depends on one, for a context %s', async (_what, parent, context, missing) => {
    warnings();
    const child = { name: 'child', dependencies: [{ feature: 'parent' }] };
    const { resolver } = await started([parent, { name: 'other' }, child], { requireBucketingKey: true });
    const { errorCode } = await resolver.resolve('boolean', 'child', false, context as never);
    expect(errorCode).toBe(missing ? 'TARGETING_KEY_MISSING' : undefined);
  });

  it('is that of a flag that depends on a variant', async () => {
    warnings();
    const child = { name: 'child', dependencies: [{ feature: 'parent', variants: ['a'] }] };
    const { resolver } = await started([{ name: 'parent', variants: two }, child], { requireBucketingKey: true });
    expect(resolver.resolve('boolean', 'child', false, {})).toMatchObject({ errorCode: 'TARGETING_KEY_MISSING' });
    expect(resolver.resolve('boolean', 'parent', false, {})).toMatchObject({ value: true });
  });

  it.each(['appName', 'environment'])('is none where it is by %s, as the client has one', async (stickiness) => {
    const strategies = [rollout(100, { parameters: { stickiness } })];
    const variants = ['a', 'b'].map((name) => variant(name, 500, undefined, { stickiness }));
    const { resolver } = await started([{ name: 'flag', strategies, variants }]);
    for (const type of ['boolean', 'string'] as const) {
      const { flagMetadata } = await resolver.resolve(type, 'flag', '' as never, {});
      expect(flagMetadata).not.toHaveProperty('bucketingKeyMissing');
    }
  });

  it('is that of variants by an attribute without a name', async () => {
    const warned = warnings();
    const variants = [variant('a', 500, undefined, { stickiness: '' }), variant('b', 500)];
    const { resolver } = await started([{ name: 'flag', variants }]);
    const { flagMetadata } = await resolver.resolve('string', 'flag', '', { targetingKey: 'u' });
    expect(flagMetadata).toHaveProperty('bucketingKeyMissing', true);
    expect(warned.join()).toContain('by an attribute without a name, of which');
    // for a strategy, what is empty is what the strategy goes by
    const own = await started([{ name: 'flag', strategies: [rollout(100, { variants })] }]);
    const answer = await own.resolver.resolve('string', 'flag', '', { targetingKey: 'u' });
    expect(answer.flagMetadata).not.toHaveProperty('bucketingKeyMissing');
  });

  it('is refused with requireBucketingKey', async () => {
    warnings();
    const { resolver } = await started([{ name: 'flag', strategies: [rollout(50)], variants: two }], {
      requireBucketingKey: true,
    });
    const refused = { errorCode: 'TARGETING_KEY_MISSING', reason: 'ERROR' };
    expect(resolver.resolve('boolean', 'flag', true, {})).toMatchObject({ value: true, ...refused });
    expect(resolver.resolve('string', 'flag', 'x', {})).toMatchObject({ value: 'x', ...refused });
    expect((await resolver.all?.({}))?.get('flag')).toMatchObject(refused);
    expect(await resolver.resolve('boolean', 'flag', true, { targetingKey: 'u' })).not.toHaveProperty('errorCode');
  });
});
