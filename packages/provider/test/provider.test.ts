import type { FlagDocument, FlagSource, TrackRecord } from '@flagwright/core';
import { evaluationOf, FlagError, follow } from '@flagwright/core';
import { createProvider, flagProvider, sourceResolver } from '@flagwright/provider';
import type { EventDetails } from '@openfeature/server-sdk';
import {
  ErrorCode,
  MultiProvider,
  OpenFeature,
  type Provider,
  ProviderEvents,
  ProviderStatus,
  StandardResolutionReasons,
} from '@openfeature/server-sdk';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { handSource, refused } from './support.ts';

const document: FlagDocument = {
  metadata: { flagSetId: 'shop' },
  flags: {
    on: { type: 'bool', default: true },
    text: { type: 'string', default: 'hello' },
    number: { type: 'float', default: 3.7 },
    integer: { type: 'int', default: 42 },
    json: { type: 'json', default: { a: [1, { b: 2 }] } },
    list: { type: 'json', default: [1, 2] },
    zero: { type: 'int', default: 0 },
    empty: { type: 'string', default: '' },
    disabled: { type: 'bool', enabled: false, variants: { on: true, off: false }, defaultVariant: 'on' },
    none: { type: 'bool', variants: { on: true, off: false } },
    described: { type: 'bool', default: true, metadata: { version: '7', team: 'web', flagSetId: 'own' } },
    split: {
      type: 'bool',
      default: false,
      rules: [
        {
          id: 'half',
          rollout: {
            variations: [
              { variation: 0, weight: 50_000 },
              { variation: 1, weight: 50_000 },
            ],
          },
        },
      ],
    },
    targeted: {
      type: 'bool',
      default: false,
      rules: [{ clauses: [{ attribute: 'email', operator: 'eq', values: ['a@b.c'] }], variation: 1 }],
    },
    needs: {
      type: 'bool',
      default: false,
      prerequisites: [{ key: 'absent', variation: 1 }],
      rules: [{ variation: 1 }],
    },
    broken: { type: 'bool', default: 'not a boolean' },
  },
};

let n = 0;
/** A client on a domain of its own, so that tests do not see each other's providers. */
async function clientOf(provider: Provider): Promise<ReturnType<typeof OpenFeature.getClient>> {
  const domain = `test-${n++}`;
  await OpenFeature.setProviderAndWait(domain, provider);
  return OpenFeature.getClient(domain);
}

function collect(client: ReturnType<typeof OpenFeature.getClient>): [ProviderEvents, EventDetails | undefined][] {
  const seen: [ProviderEvents, EventDetails | undefined][] = [];
  for (const event of [
    ProviderEvents.Ready,
    ProviderEvents.Stale,
    ProviderEvents.Error,
    ProviderEvents.ConfigurationChanged,
  ] as const) {
    client.addHandler(event, (details) => void seen.push([event, details]));
  }
  return seen;
}

afterEach(async () => {
  await OpenFeature.clearProviders();
  OpenFeature.clearHooks();
});

it('starts nothing if it is closed in the turn in which it was initialised', async () => {
  let started = 0;
  const resolver = {
    name: 'late',
    start: async () => void started++,
    stop: async () => undefined,
    resolve: () => never,
  };
  const never = new Promise<never>(() => undefined);
  const provider = createProvider(resolver);
  const starting = provider.initialize!({}).catch((error: unknown) => error);
  await provider.onClose!();
  expect(await starting).toMatchObject({ message: 'the provider was closed' });
  expect(started).toBe(0);
  await provider.initialize!({});
  expect(started).toBe(1);
});

it.each([
  ['no value, and no code', { value: undefined, errorCode: null }, 'GENERAL'],
  ['an empty code', { value: undefined, errorCode: '' }, 'GENERAL'],
  ['null', { value: null }, 'TYPE_MISMATCH'],
  ['a number', { value: 5 }, 'TYPE_MISMATCH'],
])('a resolver that answers %s for a text gives the default', async (_, answer, errorCode) => {
  for (const later of [false, true]) {
    const resolver = {
      get name(): never {
        throw new Error('no name');
      },
      resolve: () => (later ? Promise.resolve(answer) : answer) as never,
    };
    const provider = createProvider(resolver);
    expect(await provider.resolveStringEvaluation('key', 'default', {}, console)).toMatchObject({
      value: 'default',
      reason: 'ERROR',
      errorCode,
    });
  }
});

describe('resolution', () => {
  it.each([
    ['boolean', 'on', true, StandardResolutionReasons.STATIC],
    ['string', 'text', 'hello', StandardResolutionReasons.STATIC],
    ['string', 'empty', '', StandardResolutionReasons.STATIC],
    ['number', 'number', 3.7, StandardResolutionReasons.STATIC],
    ['number', 'integer', 42, StandardResolutionReasons.STATIC],
    ['number', 'zero', 0, StandardResolutionReasons.STATIC],
    ['object', 'json', { a: [1, { b: 2 }] }, StandardResolutionReasons.STATIC],
    ['object', 'list', [1, 2], StandardResolutionReasons.STATIC],
  ] as const)('%s %s', async (type, key, value, reason) => {
    const client = await clientOf(flagProvider(handSource(document)));
    const details =
      type === 'boolean'
        ? await client.getBooleanDetails(key, false)
        : type === 'string'
          ? await client.getStringDetails(key, 'fallback')
          : type === 'number'
            ? await client.getNumberDetails(key, -1)
            : await client.getObjectDetails(key, { fallback: true });
    expect(details).toMatchObject({ flagKey: key, value, reason });
    expect(details.errorCode).toBeUndefined();
    expect(details.errorMessage).toBeUndefined();
  });

  it.each([
    ['boolean', 'text'],
    ['boolean', 'number'],
    ['boolean', 'json'],
    ['string', 'on'],
    ['string', 'number'],
    ['number', 'text'],
    ['number', 'json'],
    ['object', 'on'],
    ['object', 'text'],
  ] as const)('asking %s of %s answers TYPE_MISMATCH with the default', async (type, key) => {
    const client = await clientOf(flagProvider(handSource(document)));
    const fallback = { boolean: true, string: 'x', number: 9, object: { x: 1 } }[type];
    const details = await (type === 'boolean'
      ? client.getBooleanDetails(key, true)
      : type === 'string'
        ? client.getStringDetails(key, 'x')
        : type === 'number'
          ? client.getNumberDetails(key, 9)
          : client.getObjectDetails(key, { x: 1 }));
    expect(details).toMatchObject({
      value: fallback,
      errorCode: ErrorCode.TYPE_MISMATCH,
      reason: StandardResolutionReasons.ERROR,
    });
    expect(details.variant).toBeUndefined();
  });

  it('a flag that is not there, also under a name every object has', async () => {
    const client = await clientOf(flagProvider(handSource(document)));
    for (const key of ['absent', 'constructor', '__proto__', 'toString', '']) {
      const details = await client.getBooleanDetails(key, true);
      expect(details).toMatchObject({
        value: true,
        errorCode: ErrorCode.FLAG_NOT_FOUND,
        flagMetadata: { flagSetId: 'shop' },
      });
    }
  });

  it('a flag whose definition cannot be used takes down no other', async () => {
    const client = await clientOf(flagProvider(handSource(document)));
    expect(await client.getBooleanDetails('broken', true)).toMatchObject({
      value: true,
      errorCode: ErrorCode.PARSE_ERROR,
    });
    expect(await client.getBooleanValue('on', false)).toBe(true);
  });

  it('a disabled flag, and one without a default, leave it to the caller without an error', async () => {
    const client = await clientOf(flagProvider(handSource(document)));
    for (const fallback of [true, false]) {
      const disabled = await client.getBooleanDetails('disabled', fallback);
      expect(disabled).toMatchObject({ value: fallback, reason: StandardResolutionReasons.DISABLED });
      expect(disabled.errorCode).toBeUndefined();
      expect(disabled.variant).toBeUndefined();
      const none = await client.getBooleanDetails('none', fallback);
      expect(none).toMatchObject({ value: fallback, reason: StandardResolutionReasons.DEFAULT });
      expect(none.variant).toBeUndefined();
    }
  });

  it('a failed prerequisite keeps its value: it is no error', async () => {
    const client = await clientOf(flagProvider(handSource(document)));
    const details = await client.getBooleanDetails('needs', true);
    expect(details).toMatchObject({
      value: false,
      reason: 'PREREQUISITE_FAILED',
      flagMetadata: { prerequisiteKey: 'absent' },
    });
    expect(details.errorCode).toBeUndefined();
  });

  it("metadata is the author's, flag over set, and carries the complete evaluation to hooks", async () => {
    const client = await clientOf(flagProvider(handSource(document)));
    const plain = await client.getBooleanDetails('on', false);
    expect(plain.flagMetadata).toEqual({ flagSetId: 'shop' });
    const described = await client.getBooleanDetails('described', false);
    expect(described.flagMetadata).toEqual({ version: '7', team: 'web', flagSetId: 'own' });
    const targeted = await client.getBooleanDetails('targeted', false, { email: 'a@b.c' });
    expect(targeted.flagMetadata).toMatchObject({ ruleId: 'rule-0', variationIndex: 1, engineReason: 'RULE_MATCH' });
    const seen: unknown[] = [];
    await client.getBooleanDetails(
      'targeted',
      false,
      { email: 'a@b.c' },
      {
        hooks: [{ finally: (_, details) => void seen.push(evaluationOf(details.flagMetadata)?.ruleId) }],
      },
    );
    expect(seen).toEqual(['rule-0']);
  });

  it('values cannot be changed by the application that gets them', async () => {
    const client = await clientOf(flagProvider(handSource(document)));
    const value = (await client.getObjectValue('json', {})) as { a: [number, { b: number }] };
    expect(() => {
      value.a[1].b = 3;
    }).toThrow(TypeError);
    expect(await client.getObjectValue('json', {})).toEqual({ a: [1, { b: 2 }] });
  });

  it("reasons in flagd's words, and a missing bucketing key as an error, if asked", async () => {
    const usual = await clientOf(flagProvider(handSource(document)));
    expect((await usual.getBooleanDetails('split', false, { targetingKey: 'u' })).reason).toBe(
      StandardResolutionReasons.SPLIT,
    );
    expect(await usual.getBooleanDetails('split', true, {})).toMatchObject({
      value: false,
      reason: 'DEFAULT',
      flagMetadata: { bucketingKeyMissing: true },
    });
    const flagd = await clientOf(flagProvider(handSource(document), { reasons: 'flagd' }));
    expect((await flagd.getBooleanDetails('split', false, { targetingKey: 'u' })).reason).toBe(
      StandardResolutionReasons.TARGETING_MATCH,
    );
    const strict = await clientOf(flagProvider(handSource(document), { requireBucketingKey: true }));
    expect(await strict.getBooleanDetails('split', true, {})).toMatchObject({
      value: true,
      errorCode: ErrorCode.TARGETING_KEY_MISSING,
    });
    expect((await strict.getBooleanDetails('split', true, { targetingKey: 'u' })).errorCode).toBeUndefined();
  });

  it('works as a child of a MultiProvider', async () => {
    const first = flagProvider(handSource({ flags: { a: { type: 'bool', default: true } } }));
    const second = flagProvider(handSource({ flags: { b: { type: 'bool', default: true } } }));
    const client = await clientOf(
      new MultiProvider([
        { provider: first, name: 'first' },
        { provider: second, name: 'second' },
      ]),
    );
    expect(await client.getBooleanValue('a', false)).toBe(true);
    expect(await client.getBooleanValue('b', false)).toBe(true);
  });
});

describe('lifecycle', () => {
  it('READY once, after the first read, and never from initialize itself', async () => {
    const domain = `test-${n++}`;
    const client = OpenFeature.getClient(domain);
    const ready = vi.fn();
    client.addHandler(ProviderEvents.Ready, ready);
    ready.mockClear();
    await OpenFeature.setProviderAndWait(domain, flagProvider(handSource(document)));
    await vi.waitFor(() => expect(ready).toHaveBeenCalled());
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(ready).toHaveBeenCalledTimes(1);
    expect(client.providerStatus).toBe(ProviderStatus.READY);
  });

  it('a change is told with the flags it concerns, removed ones too, and is in use by then', async () => {
    const source = handSource(document);
    const client = await clientOf(flagProvider(source));
    const values: unknown[] = [];
    const changed = new Promise<EventDetails | undefined>((resolve) => {
      client.addHandler(ProviderEvents.ConfigurationChanged, async (details) => {
        values.push(await client.getStringValue('text', 'gone'));
        resolve(details);
      });
    });
    const { list, ...rest } = document.flags as Record<string, object>;
    source.set({
      ...document,
      flags: { ...rest, text: { type: 'string', default: 'changed' }, fresh: { type: 'bool', default: true } },
    });
    const told = (await changed) as { flagsChanged?: string[] } | undefined;
    expect([...(told?.flagsChanged ?? [])].sort()).toEqual(['fresh', 'list', 'text']);
    expect(values).toEqual(['changed']);
    expect(list).toBeDefined();
  });

  it('STALE once with the cause while the source is away, READY once when it is back; values stand', async () => {
    const source = handSource(document);
    const client = await clientOf(flagProvider(source, { random: () => 0 }));
    await new Promise((resolve) => setTimeout(resolve, 10));
    const seen = collect(client);
    seen.length = 0;
    source.fail(refused());
    await vi.waitFor(() => expect(client.providerStatus).toBe(ProviderStatus.STALE));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await client.getBooleanDetails('on', false)).toMatchObject({ value: true, reason: 'STATIC' });
    source.mend();
    await vi.waitFor(() => expect(client.providerStatus).toBe(ProviderStatus.READY));
    await new Promise((resolve) => setTimeout(resolve, 20));
    const told = seen.filter(([event], i) => !(i === 0 && event === ProviderEvents.Ready));
    expect(told.map(([event]) => event)).toEqual([ProviderEvents.Stale, ProviderEvents.Ready]);
    expect(told[0]![1]?.message).toContain('connection refused');
  });

  it('a document that is none keeps the last good one, STALE', async () => {
    const source = handSource(document);
    const client = await clientOf(flagProvider(source));
    source.set('rubbish' as never);
    await vi.waitFor(() => expect(client.providerStatus).toBe(ProviderStatus.STALE));
    expect(await client.getBooleanValue('on', false)).toBe(true);
  });

  it('a copy of a dead origin is STALE from the start, told after READY', async () => {
    const stale = { since: 1, cause: new Error('origin away') };
    const source: FlagSource = { name: 'copy', read: async () => ({ document, revision: 'c.1', stale }) };
    const client = await clientOf(flagProvider(source));
    await vi.waitFor(() => expect(client.providerStatus).toBe(ProviderStatus.STALE));
    expect(await client.getBooleanValue('on', false)).toBe(true);
  });

  it('a source that is away at the start rejects once, without its own error codes, and comes up later', async () => {
    const source = handSource(document);
    source.fail(refused());
    const domain = `test-${n++}`;
    const client = OpenFeature.getClient(domain);
    const rejected = await OpenFeature.setProviderAndWait(domain, flagProvider(source, { random: () => 0 })).catch(
      (thrown: unknown) => thrown,
    );
    expect(rejected).toMatchObject({ code: ErrorCode.GENERAL, cause: expect.any(FlagError) });
    expect(client.providerStatus).toBe(ProviderStatus.ERROR);
    expect(await client.getBooleanDetails('on', false)).toMatchObject({
      value: false,
      errorCode: ErrorCode.PROVIDER_NOT_READY,
    });
    source.mend();
    await vi.waitFor(() => expect(client.providerStatus).toBe(ProviderStatus.READY));
    expect(await client.getBooleanValue('on', false)).toBe(true);
  });

  it('closes its source once however often it is closed, and tells nothing after', async () => {
    const source = handSource(document);
    const provider = flagProvider(source);
    const client = await clientOf(provider);
    const seen = collect(client);
    await provider.onClose?.();
    await provider.onClose?.();
    const told = seen.length;
    source.set({ flags: {} });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(source.closed).toBe(1);
    expect(seen.length).toBe(told);
    expect(await client.getBooleanDetails('on', false)).toMatchObject({ errorCode: ErrorCode.PROVIDER_NOT_READY });
  });

  it('can be initialised again after it was closed, given a function that opens its source', async () => {
    const provider = flagProvider(() => handSource(document));
    const domain = `test-${n++}`;
    await OpenFeature.setProviderAndWait(domain, provider);
    await OpenFeature.clearProviders();
    await OpenFeature.setProviderAndWait(domain, provider);
    expect(await OpenFeature.getClient(domain).getBooleanValue('on', false)).toBe(true);
  });

  it('a follower that others use goes on when the provider is closed', async () => {
    const source = handSource(document);
    const flags = follow(source);
    const client = await clientOf(flagProvider(flags));
    expect(await client.getBooleanValue('on', false)).toBe(true);
    await OpenFeature.clearProviders();
    expect(source.closed).toBe(0);
    expect(flags.snapshot).toBeDefined();
    await flags.close();
    expect(source.closed).toBe(1);
  });

  it('serves many domains without a warning about listeners', async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error): void => void warnings.push(warning);
    process.on('warning', listen);
    const provider = flagProvider(handSource(document));
    for (let i = 0; i < 20; i++) await OpenFeature.setProviderAndWait(`many-${i}`, provider);
    await new Promise((resolve) => setTimeout(resolve, 10));
    process.off('warning', listen);
    expect(warnings.filter((warning) => warning.name === 'MaxListenersExceededWarning')).toEqual([]);
  });

  it('initialize never throws synchronously, and lifecycle events can be switched on', async () => {
    const away = createProvider({
      name: 'x',
      start: () => {
        throw new Error('at once');
      },
      resolve: () => {
        throw new Error('unused');
      },
    });
    await expect(away.initialize?.()).rejects.toMatchObject({ code: ErrorCode.GENERAL });
    const provider = flagProvider(handSource(document), { emitLifecycleEvents: true });
    const ready = vi.fn();
    provider.events?.addHandler(ProviderEvents.Ready, ready);
    await provider.initialize?.();
    expect(ready).toHaveBeenCalledTimes(1);
    await provider.onClose?.();
  });
});

describe('a resolver of somebody else', () => {
  const econnrefused = (): Error =>
    Object.assign(new Error('connect ECONNREFUSED postgres://u:secret@h'), { code: 'ECONNREFUSED' });
  const withThen = (then: unknown): object => Object.fromEntries([['then', then]]);
  const unreadable = {
    get value(): boolean {
      throw econnrefused();
    },
  };

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw econnrefused();
      },
    ],
    ['rejects', () => Promise.reject(econnrefused())],
    ['rejects by a promise of its own', () => withThen((_: unknown, no: (error: Error) => void) => no(econnrefused()))],
    ['throws a text', () => Promise.reject('postgres://u:secret@h')],
    ['gives what cannot be read', () => unreadable],
    ['promises what cannot be read', async () => unreadable],
  ])('that %s makes it the default with GENERAL, and is not quoted', async (_, answer) => {
    const client = await clientOf(createProvider({ name: 'x', resolve: answer as never }));
    const fallback = { a: 1 };
    const details = await client.getObjectDetails('any', fallback);
    expect(details).toMatchObject({ errorCode: ErrorCode.GENERAL, reason: 'ERROR' });
    expect(details.errorMessage).toBe('the resolver x threw');
    expect(details.value).toBe(fallback);
  });

  it('is quoted where it throws a FlagError', async () => {
    const resolve = () =>
      Promise.reject(new FlagError('UNAVAILABLE', 'the backend is away', { cause: econnrefused() }));
    const client = await clientOf(createProvider({ name: 'x', resolve }));
    expect(await client.getBooleanDetails('any', true)).toMatchObject({
      value: true,
      errorCode: ErrorCode.GENERAL,
      errorMessage: 'the backend is away',
    });
  });

  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['a number', 5],
    ['a text', 'abc'],
    ['a list', []],
    ['nothing in it', { reason: 'STATIC' }],
  ])('may answer %s, now or later: the default with GENERAL', async (_, nothing) => {
    for (const resolve of [() => nothing, async () => nothing]) {
      const provider = createProvider({ name: 'x', resolve: resolve as never });
      const answer = await provider.resolveBooleanEvaluation('any', true, {}, console);
      expect(answer).toEqual({
        value: true,
        reason: 'ERROR',
        flagMetadata: {},
        errorCode: ErrorCode.GENERAL,
        errorMessage: 'the resolver x gave no answer',
      });
    }
  });

  it('may answer what has a member named then', async () => {
    const answer = { value: true, reason: 'STATIC', flagMetadata: {}, ...withThen(5) };
    const provider = createProvider({ name: 'x', resolve: () => answer as never });
    expect(await provider.resolveBooleanEvaluation('any', false, {}, console)).toBe(answer);
  });

  it.each<[string, () => Promise<void>]>([
    ['rejects', () => Promise.reject(new Error('socket hang up'))],
    [
      'throws',
      () => {
        throw new Error('socket hang up');
      },
    ],
  ])('whose stop %s once can be initialised again, and closed', async (_, fail) => {
    const done: string[] = [];
    const provider = createProvider({
      name: 'x',
      resolve: () => ({}) as never,
      start: async () => void done.push('start'),
      stop() {
        done.push('stop');
        return done.length === 2 ? fail() : Promise.resolve();
      },
    });
    await provider.initialize?.();
    await expect(provider.onClose?.()).rejects.toThrow('socket hang up');
    await provider.initialize?.();
    await provider.onClose?.();
    await provider.initialize?.();
    expect(done).toEqual(['start', 'stop', 'start', 'stop', 'start']);
  });

  it('may answer now or later', async () => {
    const answer = { value: true, reason: 'STATIC', flagMetadata: {} } as never;
    for (const resolve of [() => answer, () => Promise.resolve(answer)]) {
      const details = await (await clientOf(createProvider({ name: 'x', resolve }))).getBooleanDetails('any', false);
      expect(details).toMatchObject({ value: true, reason: 'STATIC' });
      expect(details.errorCode).toBeUndefined();
    }
  });

  it('may change its name', () => {
    const resolver = { name: 'first', resolve: () => ({}) as never };
    const { metadata } = createProvider(resolver);
    expect(metadata).toEqual({ name: 'flagwright', resolver: 'first' });
    resolver.name = 'second';
    expect({ ...metadata }).toEqual({ name: 'flagwright', resolver: 'second' });
  });
});

describe('a function that opens a source', () => {
  it.each<[string, unknown, object]>([
    ['an error of its own', new Error('no such folder'), { code: 'UNAVAILABLE', message: 'no such folder' }],
    ['a FlagError', new FlagError('NOT_FOUND', 'no such file'), { code: 'NOT_FOUND' }],
  ])('may throw %s: the start rejects with a FlagError, and can be tried again', async (_, thrown, expected) => {
    let times = 0;
    const resolver = sourceResolver(() => {
      times++;
      if (times === 1) throw thrown;
      return handSource(document);
    });
    const events = { ready() {}, changed() {}, stale() {}, error() {} };
    const error = await resolver.start?.(events).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(FlagError);
    expect(error).toMatchObject(expected);
    await resolver.start?.(events);
    expect(resolver.keys?.()).toContain('on');
    await resolver.stop?.();
  });
});

describe('what is no source', () => {
  it.each([[undefined], [null], ['features.yaml'], [{}]])('%j is refused at once', (source) => {
    expect(() => flagProvider(source as never)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});

describe('a definition that cannot be used', () => {
  it('is told with its path in the change event, while the last good one serves', async () => {
    const source = handSource(document);
    const issues: string[] = [];
    const client = await clientOf(
      flagProvider(source, { onIssues: (found) => void issues.push(...found.map(({ code }) => code)) }),
    );
    const changed = new Promise<EventDetails | undefined>((resolve) => {
      client.addHandler(ProviderEvents.ConfigurationChanged, (details) => resolve(details));
    });
    source.set({ ...document, flags: { ...document.flags, text: { type: 'string', default: 5 } } as never });
    expect((await changed)?.message).toContain('flags.text.default');
    expect(await client.getStringDetails('text', '')).toMatchObject({
      value: 'hello',
      flagMetadata: { lastGood: true },
    });
    expect(issues).toContain('wrong-type');
  });
});

describe('tracking', () => {
  it('reaches the sinks at once, with the merged context, and never throws', async () => {
    const records: TrackRecord[] = [];
    const provider = createProvider(
      sourceResolver(handSource(document), {
        sinks: [
          () => {
            throw new Error('a sink that fails');
          },
          (record) => void (record.kind === 'track' && records.push(record)),
        ],
      }),
    );
    const client = await clientOf(provider);
    client.setContext({ targetingKey: 'ada', plan: 'pro' });
    expect(client.track('checkout', { country: 'GB' }, { value: 99, currency: 'GBP' })).toBeUndefined();
    expect(records).toMatchObject([
      {
        kind: 'track',
        event: 'checkout',
        context: { targetingKey: 'ada', plan: 'pro', country: 'GB' },
        data: { value: 99, currency: 'GBP' },
      },
    ]);
  });
});
