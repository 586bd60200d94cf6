import { type EvaluationRecord, evaluationOf, type FlagDocument, FlagError, type Sink } from '@flagwright/core';
import { flagProvider } from '@flagwright/provider';
import { memoryStore } from '@flagwright/sources/memory';
import {
  type Client,
  ComparisonStrategy,
  type EvaluationDetails,
  FirstMatchStrategy,
  type FlagValue,
  type Hook,
  MultiProvider,
  OpenFeature,
  type Provider,
  type ResolutionDetails,
  TypedInMemoryProvider,
} from '@openfeature/server-sdk';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { observe, recorder, tally } from '../src/index.ts';
import { shown } from './metrics/support.ts';

const document: FlagDocument = {
  flags: {
    on: { type: 'boolean', default: true },
    disabled: { type: 'boolean', enabled: false, default: true },
    text: { type: 'string', default: 'hello' },
    listed: { type: 'boolean', default: false, targets: [{ variation: 1, values: ['ann'] }] },
    ruled: {
      type: 'boolean',
      default: false,
      rules: [{ id: 'pro', clauses: [{ attribute: 'plan', operator: 'eq', values: ['pro'] }], variation: 1 }],
    },
    split: {
      type: 'string',
      variants: [
        { name: 'a', value: 'A', weight: 1 },
        { name: 'b', value: 'B', weight: 1 },
      ],
    },
    needs: {
      type: 'boolean',
      default: false,
      prerequisites: [{ key: 'disabled', variation: 'on' }],
      rules: [{ variation: 1 }],
    },
    broken: { type: 'boolean', default: 'no boolean' } as never,
  },
};

let n = 0;
afterAll(() => OpenFeature.close());
afterEach(() => vi.restoreAllMocks());

/** A client of a provider, and what a sink was told. */
async function watched(provider: Provider, ...hooks: readonly Hook[]): Promise<[Client, EvaluationRecord[]]> {
  const told: EvaluationRecord[] = [];
  const domain = `observe-${n++}`;
  await OpenFeature.setProviderAndWait(domain, provider);
  const client = OpenFeature.getClient(domain);
  client.setLogger({ error() {}, warn() {}, info() {}, debug() {} });
  client.addHooks(
    ...hooks,
    observe((record) => void (record.kind === 'evaluation' && told.push(record))),
  );
  return [client, told];
}

const ours = (): Provider => flagProvider(memoryStore(document), { onIssues: () => {} });

/** The last evaluation, as telemetry has it. */
function last(told: readonly EvaluationRecord[]) {
  const { key, type, value, duration, evaluation } = told.at(-1)!;
  expect(duration).toBeGreaterThan(0);
  const { reason, variant, errorCode } = evaluation;
  return { key, type, value, reason, variant, errorCode };
}

describe('with our provider', () => {
  it('the evaluation is our evaluator’s own', async () => {
    const [client, told] = await watched(ours());
    const context = { targetingKey: 'ann', plan: 'pro' };
    const details = await client.getBooleanDetails('ruled', false, context);
    expect(told).toHaveLength(1);
    const [record] = told;
    expect(record!.evaluation).toBe(evaluationOf(details.flagMetadata));
    expect(record).toMatchObject({ key: 'ruled', type: 'boolean', value: true, context });
    expect(record!.evaluation).toMatchObject({ reason: 'RULE_MATCH', ruleId: 'pro', variant: 'on', variationIndex: 1 });
    expect(Math.abs(record!.at - Date.now())).toBeLessThan(60_000);
    expect(record!.duration).toBeGreaterThan(0);
  });

  it.each([
    ['on', 'FALLTHROUGH', undefined],
    ['disabled', 'OFF', undefined],
    ['listed', 'TARGET_MATCH', undefined],
    ['ruled', 'RULE_MATCH', undefined],
    ['needs', 'PREREQUISITE_FAILED', undefined],
    ['nowhere', 'ERROR', 'FLAG_NOT_FOUND'],
    ['text', 'ERROR', 'TYPE_MISMATCH'],
    ['broken', 'ERROR', 'PARSE_ERROR'],
  ])('the reason of %s is %s', async (key, reason, errorCode) => {
    const [client, told] = await watched(ours());
    const value = await client.getBooleanValue(key, false, { targetingKey: 'ann', plan: 'pro' });
    expect(last(told)).toMatchObject({ key, value, reason, errorCode });
  });

  it('asked for a number or an object it says so', async () => {
    const [client, told] = await watched(ours());
    await client.getNumberValue('nowhere', 3);
    expect(last(told)).toMatchObject({ type: 'number', value: 3 });
    await client.getObjectValue('nowhere', { a: 1 });
    expect(last(told)).toMatchObject({ type: 'object', value: { a: 1 } });
    await client.getStringValue('split', 'x', { targetingKey: 'ann' });
    expect(last(told)).toMatchObject({ type: 'string', reason: 'FALLTHROUGH' });
    expect(told.at(-1)!.evaluation.split).toBe(true);
  });

  it('what fails after the answer is an error, and the caller’s default was served', async () => {
    const failing: Hook = {
      after() {
        throw new Error('an after hook of somebody');
      },
    };
    const [client, told] = await watched(ours(), failing);
    expect(await client.getBooleanValue('on', false)).toBe(false);
    expect(last(told)).toMatchObject({ value: false, reason: 'ERROR', errorCode: 'GENERAL', variant: undefined });
    expect(told[0]!.evaluation.errorMessage).toBe('an after hook of somebody');
  });

  it('what fails before is an error, too, whether our hook was asked already or not', async () => {
    const failing: Hook = {
      before() {
        throw Object.assign(new Error('a before hook of somebody'), { code: 'ECONNREFUSED' });
      },
    };
    const [client, told] = await watched(ours(), failing);
    expect(await client.getBooleanValue('on', false)).toBe(false);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ duration: 0, value: false });
    expect(told[0]!.evaluation).toMatchObject({ reason: 'ERROR', errorCode: 'GENERAL' });

    const [second, seen] = await watched(ours());
    second.addHooks(failing);
    expect(await second.getBooleanValue('on', false)).toBe(false);
    expect(last(seen)).toMatchObject({ value: false, reason: 'ERROR', errorCode: 'GENERAL' });
  });

  it('before there are flags, that is the error', async () => {
    const domain = `observe-${n++}`;
    const store = memoryStore(document);
    const asked = gate();
    const told: EvaluationRecord[] = [];
    OpenFeature.setProvider(
      domain,
      flagProvider({ ...store, read: () => asked.promise.then(() => store.read()) }, { onIssues: () => {} }),
    );
    const client = OpenFeature.getClient(domain);
    client.addHooks(observe((record) => void (record.kind === 'evaluation' && told.push(record))));
    expect(await client.getBooleanValue('on', false)).toBe(false);
    expect(last(told)).toMatchObject({ reason: 'ERROR', errorCode: 'PROVIDER_NOT_READY', value: false });
    asked.open();
    await vi.waitFor(async () => expect(await client.getBooleanValue('on', false)).toBe(true));
    expect(last(told)).toMatchObject({ reason: 'FALLTHROUGH', errorCode: undefined, value: true });
  });
});

describe('with other providers', () => {
  it('one in memory, in its words', async () => {
    const provider = new TypedInMemoryProvider({
      plain: { variants: { a: 'A', b: 'B' }, defaultVariant: 'a', disabled: false },
      asked: { variants: { a: 'A', b: 'B' }, defaultVariant: 'a', disabled: false, contextEvaluator: () => 'b' },
      off: { variants: { a: 'A' }, defaultVariant: 'a', disabled: true },
    });
    const [client, told] = await watched(provider);
    await client.getStringValue('plain', 'x');
    expect(last(told)).toMatchObject({ value: 'A', variant: 'a', reason: 'FALLTHROUGH' });
    await client.getStringValue('asked', 'x');
    expect(last(told)).toMatchObject({ value: 'B', variant: 'b', reason: 'RULE_MATCH' });
    await client.getStringValue('off', 'x');
    expect(last(told)).toMatchObject({ value: 'x', reason: 'OFF' });
    await client.getStringValue('nowhere', 'x');
    expect(last(told)).toMatchObject({ value: 'x', reason: 'ERROR', errorCode: 'FLAG_NOT_FOUND' });
    await client.getBooleanValue('plain', true);
    expect(last(told)).toMatchObject({ value: true, reason: 'ERROR', errorCode: 'TYPE_MISMATCH' });
  });

  it('several behind one: the first that has the flag', async () => {
    const memory = new TypedInMemoryProvider({
      theirs: { variants: { yes: true }, defaultVariant: 'yes', disabled: false },
    });
    const children = [
      { provider: memory, name: 'memory' },
      { provider: ours(), name: 'ours' },
    ];
    const [client, told] = await watched(new MultiProvider(children, new FirstMatchStrategy()));
    await client.getBooleanValue('theirs', false);
    expect(last(told)).toMatchObject({ value: true, variant: 'yes', reason: 'FALLTHROUGH' });
    await client.getBooleanValue('listed', false, { targetingKey: 'ann' });
    expect(last(told)).toMatchObject({ value: true, reason: 'TARGET_MATCH' });
    expect(told).toHaveLength(2);
    await client.getBooleanValue('nowhere', false);
    expect(last(told)).toMatchObject({ value: false, reason: 'ERROR' });
  });

  it('below one that asks several at once, each hook has its own time', async () => {
    const told: EvaluationRecord[] = [];
    const [asked, answered] = [gate(), gate()];
    const seen = (): Hook => observe((record) => void (record.kind === 'evaluation' && told.push(record)));
    const long: Provider = {
      ...foreign(async () => {
        asked.open();
        await answered.promise;
        return { value: true, reason: 'STATIC' };
      }),
      hooks: [seen()],
    };
    const late: Hook = {
      async before() {
        await asked.promise;
        await new Promise((resolve) => setTimeout(resolve, 30));
      },
      finally: answered.open,
    };
    const short: Provider = {
      ...foreign(async () => ({ value: true, reason: 'STATIC' })),
      hooks: [late, seen()],
    };
    const children = [
      { provider: long, name: 'long' },
      { provider: short, name: 'short' },
    ];
    const [client] = await watched(new MultiProvider(children, new ComparisonStrategy(long)));
    expect(await client.getBooleanValue('x', false)).toBe(true);
    expect(told).toHaveLength(2);
    const durations = told.map(({ duration }) => duration).sort((a, b) => a - b);
    // it had begun before the other waited
    expect(durations[1]! - durations[0]!).toBeGreaterThan(20);
  });

  it.each<[string | undefined, Partial<ResolutionDetails<boolean>>, string, string | undefined]>([
    ['STATIC', {}, 'FALLTHROUGH', undefined],
    ['DEFAULT', {}, 'FALLTHROUGH', undefined],
    ['CACHED', {}, 'FALLTHROUGH', undefined],
    ['STALE', {}, 'FALLTHROUGH', undefined],
    ['UNKNOWN', {}, 'FALLTHROUGH', undefined],
    [undefined, {}, 'FALLTHROUGH', undefined],
    ['TARGETING_MATCH', {}, 'RULE_MATCH', undefined],
    ['SPLIT', {}, 'RULE_MATCH', undefined],
    ['DISABLED', {}, 'OFF', undefined],
    // as vendors' providers hand them through
    ['TARGET_MATCH', {}, 'TARGET_MATCH', undefined],
    ['RULE_MATCH', {}, 'RULE_MATCH', undefined],
    ['FALLTHROUGH', {}, 'FALLTHROUGH', undefined],
    ['OFF', {}, 'OFF', undefined],
    ['PREREQUISITE_FAILED', {}, 'PREREQUISITE_FAILED', undefined],
    ['ERROR', {}, 'ERROR', 'GENERAL'],
    ['constructor', {}, 'FALLTHROUGH', undefined],
    ['__proto__', {}, 'FALLTHROUGH', undefined],
    ['something of theirs', {}, 'FALLTHROUGH', undefined],
    ['STATIC', { flagMetadata: { engineReason: 'TARGET_MATCH' } }, 'TARGET_MATCH', undefined],
    ['STATIC', { flagMetadata: { engineReason: 'constructor' } }, 'FALLTHROUGH', undefined],
    ['ERROR', { errorCode: 'FLAG_NOT_FOUND' as never }, 'ERROR', 'FLAG_NOT_FOUND'],
    ['ERROR', { errorCode: 'INVALID_CONTEXT' as never }, 'ERROR', 'GENERAL'],
    ['ERROR', { errorCode: 'PROVIDER_FATAL' as never }, 'ERROR', 'GENERAL'],
    ['ERROR', { errorCode: 'ECONNREFUSED' as never }, 'ERROR', 'GENERAL'],
  ])('the reason %s with %j is %s', async (reason, rest, expected, errorCode) => {
    const provider = foreign(async () => ({ value: true, ...(reason === undefined ? {} : { reason }), ...rest }));
    const [client, told] = await watched(provider);
    await client.getBooleanValue('x', false);
    expect(last(told)).toMatchObject({ reason: expected, errorCode });
  });

  it('one that splits users, in an experiment', async () => {
    const flagMetadata = { ruleId: 'r', variationIndex: 2, inExperiment: false };
    const provider = foreign(async () => ({ value: true, variant: 'v', reason: 'SPLIT', flagMetadata }));
    const [client, told] = await watched(provider);
    await client.getBooleanValue('x', false);
    expect(told[0]!.evaluation).toMatchObject({ split: true, inExperiment: false, ruleId: 'r', variationIndex: 2 });
    const [plain, seen] = await watched(foreign(async () => ({ value: true, reason: 'SPLIT' })));
    await plain.getBooleanValue('x', false);
    expect(seen[0]!.evaluation).toMatchObject({
      split: true,
      inExperiment: true,
      variationIndex: -1,
      ruleId: undefined,
    });
  });

  it('one that throws', async () => {
    const [client, told] = await watched(
      foreign(async () => {
        throw Object.assign(new Error('gone'), { code: 42 });
      }),
    );
    expect(await client.getBooleanValue('x', true)).toBe(true);
    expect(last(told)).toMatchObject({ value: true, reason: 'ERROR', errorCode: 'GENERAL' });
  });
});

/** A promise that a test keeps when it is time. */
function gate(): { readonly promise: Promise<void>; readonly open: () => void } {
  let open = (): void => {};
  const promise = new Promise<void>((resolve) => {
    open = () => resolve();
  });
  return { promise, open: () => open() };
}

/** A provider of somebody else. */
function foreign(resolve: () => Promise<ResolutionDetails<boolean>>): Provider {
  const other = async (): Promise<never> => {
    throw new Error('only booleans');
  };
  return {
    metadata: { name: 'foreign' },
    runsOn: 'server',
    resolveBooleanEvaluation: resolve,
    resolveStringEvaluation: other,
    resolveNumberEvaluation: other,
    resolveObjectEvaluation: other,
  };
}

it('a sink that throws or rejects never changes the value, nor stops the others', async () => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  const told: string[] = [];
  const sinks: readonly Sink[] = [
    () => {
      throw new Error('thrown');
    },
    async () => {
      throw new Error('rejected');
    },
    (record) => void told.push(record.kind),
  ];
  const domain = `observe-${n++}`;
  await OpenFeature.setProviderAndWait(domain, ours());
  const client = OpenFeature.getClient(domain);
  client.addHooks(observe(...sinks));
  expect(await client.getBooleanValue('on', false)).toBe(true);
  const details: EvaluationDetails<FlagValue> = await client.getBooleanDetails('on', false);
  expect(details).toMatchObject({ value: true, reason: 'STATIC' });
  expect(told).toEqual(['evaluation', 'evaluation']);
  await vi.waitFor(() => expect(warn).toHaveBeenCalledTimes(4));
});

it('what is no sink is refused at once', () => {
  expect(() => observe((() => {}) as Sink, 'sink' as never)).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringMatching(/"sink" is no sink/) }),
  );
  expect(() => observe(undefined as never)).toThrow(FlagError);
});

it('metrics count what OpenFeature served, whoever answered', async () => {
  const metrics = tally({ perFlag: true });
  const domain = `observe-${n++}`;
  const told = recorder(metrics);
  await OpenFeature.setProviderAndWait(domain, flagProvider(memoryStore(document), { ...told, onIssues: () => {} }));
  const client = OpenFeature.getClient(domain);
  client.addHooks(observe(...told.sinks));
  await client.getBooleanValue('on', false);
  await client.getBooleanValue('nowhere', false);
  await client.getStringValue('text', 'x');
  expect(shown(metrics, 'evaluation_total')).toEqual({
    '__unknown__,ERROR,false': 1,
    'on,FALLTHROUGH,true': 1,
    'text,FALLTHROUGH,other': 1,
  });
  expect(shown(metrics, 'total')).toEqual({ '': 8 });
});
