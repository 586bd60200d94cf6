import type { EvaluationContext, Resolver } from '@flagwright/core';
import { init as init9 } from '@launchdarkly/node-server-sdk';
import { TestData as TestData9 } from '@launchdarkly/node-server-sdk/integrations';
import { init as init7 } from 'launchdarkly-node-server-sdk';
import { TestData as TestData7 } from 'launchdarkly-node-server-sdk/integrations';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LDClient, type LDLogger, launchDarklyResolver } from '../../src/launchdarkly/index.ts';
import { wireFlag } from './stream-server.ts';
import { eventually, KEY, listener } from './support.ts';

/** A client over flags of its own test data. */
interface Bench {
  readonly client: (given: { logger: LDLogger }) => LDClient;
  put(flag: object): Promise<unknown>;
}

const BENCHES: readonly (readonly [version: string, make: () => Bench])[] = [
  [
    'version 9',
    () => {
      const data = new TestData9();
      const options = { updateProcessor: data.getFactory(), sendEvents: false };
      return {
        client: (given) => init9(KEY, { ...options, ...given }),
        put: (flag) => Promise.resolve(data.usePreconfiguredFlag(flag)),
      };
    },
  ],
  [
    'version 7',
    () => {
      const data = TestData7();
      const options = { updateProcessor: data, sendEvents: false };
      return {
        client: (given) => init7(KEY, { ...options, ...given }),
        put: (flag) => Promise.resolve(data.usePreconfiguredFlag(flag)),
      };
    },
  ],
];

const clause = (attribute: string, op: string, values: readonly unknown[], contextKind = 'user') => ({
  attribute,
  op,
  values,
  contextKind,
  negate: false,
});

const rule = (id: string | undefined, ...clauses: readonly object[]) => ({ ...(id && { id }), variation: 1, clauses });

const experiment = {
  kind: 'experiment',
  contextKind: 'user',
  seed: 1,
  variations: [{ variation: 1, weight: 100_000, untracked: false }],
};

const two = { variations: [false, true] };

const FLAGS = [
  wireFlag('fallthrough', true),
  wireFlag('off', true, { on: false }),
  wireFlag('off-with-value', undefined, { ...two, on: false, offVariation: 0 }),
  wireFlag('target', undefined, { ...two, targets: [{ variation: 1, values: ['ann'], contextKind: 'user' }] }),
  wireFlag('rule', undefined, { ...two, rules: [rule('r-1', clause('plan', 'in', ['pro']))] }),
  wireFlag('rule-without-id', undefined, { ...two, rules: [rule(undefined, clause('plan', 'in', ['pro']))] }),
  wireFlag('experiment', undefined, { ...two, fallthrough: { rollout: experiment } }),
  wireFlag('needs', true, { prerequisites: [{ key: 'off-with-value', variation: 1 }], offVariation: 0 }),
  wireFlag('malformed', true, { fallthrough: { variation: 7 } }),
  wireFlag('text', 'blue'),
  wireFlag('number', 3.5),
  wireFlag('object', { a: [1, { b: 'two' }] }),
  wireFlag('null', null),
  wireFlag('org', undefined, { ...two, rules: [rule('o', clause('tier', 'in', ['gold'], 'org'))] }),
  wireFlag('since', undefined, { ...two, rules: [rule('s', clause('since', 'before', ['2020-01-01T00:00:00.000Z']))] }),
  wireFlag('nested', undefined, { ...two, rules: [rule('n', clause('/account/plan', 'in', ['pro']))] }),
  wireFlag('nameless', undefined, { ...two, rules: [rule('a', clause('anonymous', 'in', [true]))] }),
];

describe.each(BENCHES)('answers of %s', (_version, make) => {
  let bench: Bench;
  let resolver: Resolver;
  const told = listener();

  beforeEach(async () => {
    bench = make();
    for (const flag of FLAGS) await bench.put(flag);
    resolver = launchDarklyResolver({ client: bench.client });
    await resolver.start?.(told.events);
  });
  afterEach(() => resolver.stop?.());

  const ask = (key: string, context: EvaluationContext = { targetingKey: 'ann' }) =>
    Promise.resolve(resolver.resolve('boolean', key, false, context));

  it.each([
    [
      'fallthrough',
      { value: true, variant: '0', reason: 'DEFAULT' },
      { engineReason: 'FALLTHROUGH', variationIndex: 0 },
    ],
    ['off', { value: false, reason: 'DISABLED' }, { engineReason: 'OFF' }],
    ['off-with-value', { value: false, variant: '0', reason: 'DISABLED' }, { engineReason: 'OFF', variationIndex: 0 }],
    [
      'target',
      { value: true, variant: '1', reason: 'TARGETING_MATCH' },
      { engineReason: 'TARGET_MATCH', variationIndex: 1 },
    ],
    [
      'experiment',
      { value: true, variant: '1', reason: 'SPLIT' },
      { engineReason: 'FALLTHROUGH', variationIndex: 1, inExperiment: true },
    ],
    [
      'needs',
      { value: true, variant: '0', reason: 'PREREQUISITE_FAILED' },
      { engineReason: 'PREREQUISITE_FAILED', variationIndex: 0, prerequisiteKey: 'off-with-value' },
    ],
  ])('tell why: %s', async (key, answer, flagMetadata) => {
    const details = await ask(key);
    expect(details).toStrictEqual({ ...answer, flagMetadata });
    expect(Object.isFrozen(details)).toBe(true);
    expect(Object.isFrozen(details.flagMetadata)).toBe(true);
  });

  it('name the rule that decided, by its place if it has no id', async () => {
    const context = { targetingKey: 'ann', plan: 'pro' };
    expect(await ask('rule', context)).toMatchObject({
      value: true,
      reason: 'TARGETING_MATCH',
      flagMetadata: { engineReason: 'RULE_MATCH', ruleId: 'r-1' },
    });
    expect((await ask('rule-without-id', context)).flagMetadata.ruleId).toBe('rule-0');
  });

  it.each([
    ['missing', {}, 'FLAG_NOT_FOUND'],
    ['__proto__', {}, 'FLAG_NOT_FOUND'],
    ['malformed', {}, 'PARSE_ERROR'],
    ['text', {}, 'TYPE_MISMATCH'],
    ['null', {}, 'TYPE_MISMATCH'],
    ['fallthrough', { targetingKey: undefined }, 'TARGETING_KEY_MISSING'],
    ['fallthrough', { targetingKey: '' }, 'TARGETING_KEY_MISSING'],
    ['fallthrough', { targetingKey: undefined, anonymous: true }, 'TARGETING_KEY_MISSING'],
    ['fallthrough', { kind: 'no kind' }, 'TARGETING_KEY_MISSING'],
    ['fallthrough', { kind: 'multi' }, 'TARGETING_KEY_MISSING'],
    ['fallthrough', { kind: 'multi', org: { tier: 'gold' } }, 'TARGETING_KEY_MISSING'],
  ])('fail with the fallback: %s %o %s', async (key, more, errorCode) => {
    const details = await ask(key, { targetingKey: 'ann', ...more });
    expect(details).toMatchObject({ value: false, reason: 'ERROR', errorCode, errorMessage: expect.any(String) });
    expect(details).not.toHaveProperty('variant');
  });

  it('serve each type, and objects that nobody can change', async () => {
    const context = { targetingKey: 'ann' };
    expect(await resolver.resolve('string', 'text', '', context)).toMatchObject({ value: 'blue' });
    expect(await resolver.resolve('number', 'number', 0, context)).toMatchObject({ value: 3.5 });
    expect(await resolver.resolve('object', 'null', {}, context)).toMatchObject({ value: null });
    const first = await resolver.resolve('object', 'object', {}, context);
    expect(first.value).toStrictEqual({ a: [1, { b: 'two' }] });
    expect(() => Object.assign((first.value as unknown as { a: object[] }).a[1]!, { b: 3 })).toThrow(TypeError);
    // one copy for all
    expect((await resolver.resolve('object', 'object', {}, context)).value).toBe(first.value);
  });

  it('go by what the context holds', async () => {
    const ann = { targetingKey: 'ann' };
    expect((await ask('org', { kind: 'org', key: 'acme', tier: 'gold' })).value).toBe(true);
    expect((await ask('org', { kind: 'multi', user: ann, org: { key: 'acme', tier: 'gold' } })).value).toBe(true);
    expect((await ask('org', { ...ann, tier: 'gold' })).value).toBe(false);
    expect((await ask('since', { ...ann, since: new Date('2019-05-05') })).value).toBe(true);
    expect((await ask('since', { ...ann, since: new Date('2021-05-05') })).value).toBe(false);
    expect((await ask('nested', { ...ann, account: { plan: 'pro', since: new Date(0) } })).value).toBe(true);
    expect((await ask('nameless', { ...ann, anonymous: true })).value).toBe(true);
    expect((await ask('nameless', { ...ann, anonymous: 'yes' })).value).toBe(false);
    expect((await ask('target', { targetingKey: 'ann', key: 'bob' })).value).toBe(true);
    expect((await ask('target', { key: 'ann' })).value).toBe(true);
  });

  it('list what every flag serves, with what fails', async () => {
    const all = await resolver.all!({ targetingKey: 'ann' });
    expect([...all.keys()].sort()).toEqual(FLAGS.map(({ key }) => key).sort());
    expect(all.get('target')).toStrictEqual(await ask('target'));
    expect(all.get('off')).toStrictEqual({
      value: undefined,
      reason: 'DISABLED',
      flagMetadata: { engineReason: 'OFF' },
    });
    expect(all.get('malformed')).toMatchObject({ value: undefined, errorCode: 'PARSE_ERROR' });
    expect(all.get('text')).toMatchObject({ value: 'blue' });
    for (const details of (await resolver.all!({})).values()) {
      expect(details).toMatchObject({ value: undefined, errorCode: 'TARGETING_KEY_MISSING' });
    }
    expect([...(await resolver.all!({})).keys()].sort()).toEqual([...resolver.keys!()!].sort());
  });

  it('are errors where a value is too deep', async () => {
    let deep: unknown = 1;
    for (let i = 0; i < 3_000; i++) deep = [deep];
    await bench.put(wireFlag('deep', deep));
    const fallback = {};
    const details = await resolver.resolve('object', 'deep', fallback, { targetingKey: 'ann' });
    expect(details).toMatchObject({ reason: 'ERROR', errorCode: 'PARSE_ERROR' });
    expect(details.value).toBe(fallback);
    expect((await resolver.all!({ targetingKey: 'ann' })).get('deep')?.errorCode).toBe('PARSE_ERROR');
  });

  it('refuse a list for what is no context', async () => {
    const throwing = new Proxy({}, { get: () => expect.fail('it was read') });
    for (const context of [null, throwing]) {
      await expect(resolver.all!(context as never)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
    for (const details of (await resolver.all!({ targetingKey: 'ann', kind: 'no kind' })).values()) {
      expect(details).toMatchObject({ errorCode: 'TARGETING_KEY_MISSING' });
    }
  });

  it('change with the flags', async () => {
    expect((await ask('target', { targetingKey: 'bob' })).value).toBe(false);
    await bench.put(wireFlag('target', true, { version: 2 }));
    await eventually(() => expect(told.changed.at(-1)).toEqual(['target']));
    expect((await ask('target', { targetingKey: 'bob' })).value).toBe(true);
  });
});
