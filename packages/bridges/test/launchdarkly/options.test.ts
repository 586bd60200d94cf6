import { FlagError } from '@flagwright/core';
import { describe, expect, it } from 'vitest';
import { type LaunchDarklyOptions, launchDarklyResolver } from '../../src/launchdarkly/index.ts';
import { loadPackage } from '../../src/launchdarkly/load.ts';
import { KEY, listener } from './support.ts';

const thrownBy = (run: () => unknown): unknown => {
  try {
    run();
  } catch (thrown) {
    return thrown;
  }
  return expect.fail('it did not throw');
};

describe('options that make no sense', () => {
  const client = () => expect.fail('it was called');
  it.each<[string, unknown]>([
    ['none', undefined],
    ['a key alone', KEY],
    ['neither', {}],
    ['both', { client, sdkKey: KEY }],
    ['an empty key', { sdkKey: '' }],
    ['a blank key', { sdkKey: ' ' }],
    ['a key with a line break', { sdkKey: `${KEY}\n` }],
    ['a key that is no text', { sdkKey: { KEY } }],
    ['a client that is none', { client: {} }],
    ['null as client', { client: null }],
    ['baseUrl for a client', { client, baseUrl: 'http://relay' }],
    ['sendEvents for a client', { client, sendEvents: false }],
    ['options for a client', { client, options: {} }],
    ['a bad address', { sdkKey: KEY, baseUrl: 'relay' }],
    ['another protocol', { sdkKey: KEY, baseUrl: 'ftp://relay' }],
    ['credentials in the address', { sdkKey: KEY, baseUrl: `http://user:${KEY}@relay` }],
    ['sendEvents as text', { sdkKey: KEY, sendEvents: 'no' }],
    ['options as a list', { sdkKey: KEY, options: [KEY] }],
    ['a logger among the options', { sdkKey: KEY, options: { logger: console } }],
    ['half a logger', { sdkKey: KEY, logger: { info() {} } }],
    ['an empty name', { sdkKey: KEY, name: '' }],
    ['a sink that is no function', { sdkKey: KEY, sinks: [KEY] }],
    ['no time', { sdkKey: KEY, startTimeout: 0 }],
    ['too much time', { sdkKey: KEY, grace: 2 ** 31 }],
    ['time as text', { sdkKey: KEY, flushTimeout: '1s' }],
    ['a key as time', { sdkKey: KEY, grace: KEY }],
    ['a key as sendEvents', { sdkKey: KEY, sendEvents: KEY }],
    ['a key in a name', { sdkKey: KEY, name: { k: KEY } }],
    ['a list', [KEY]],
    ['a client that cannot be read', { client: new Proxy({}, { get: () => expect.fail(KEY) }) }],
    ['a key as a name of an option', { sdkKey: KEY, [KEY]: true }],
    ['a query in the address', { sdkKey: KEY, baseUrl: `http://relay/?key=${KEY}` }],
    ['a fragment in the address', { sdkKey: KEY, baseUrl: 'http://relay/#' }],
  ])('%s', (_what, options) => {
    const thrown = thrownBy(() => launchDarklyResolver(options as LaunchDarklyOptions)) as FlagError;
    expect(thrown).toBeInstanceOf(FlagError);
    expect(thrown.code).toBe('INVALID_ARGUMENT');
    expect(thrown.message).not.toContain(KEY);
  });

  it('are said to be near what there is', () => {
    const options = { sdkKey: KEY, startTimeOut: 5 } as LaunchDarklyOptions;
    expect((thrownBy(() => launchDarklyResolver(options)) as FlagError).message).toMatch(/did you mean startTimeout/);
  });
});

describe('a function that makes the client', () => {
  const start = (make: () => unknown) =>
    launchDarklyResolver({ client: make as () => never }).start?.(listener().events) as Promise<void>;

  it.each<[string, () => unknown, string]>([
    ['an error', () => new Error(`no such key: ${KEY}`), 'UNAVAILABLE'],
    ['one of the network', () => Object.assign(new Error(KEY), { code: 'ECONNREFUSED' }), 'UNAVAILABLE'],
    ['one of ours', () => new FlagError('UNAUTHORIZED', KEY), 'UNAUTHORIZED'],
    ['a text', () => KEY, 'UNAVAILABLE'],
    ['nothing', () => undefined, 'UNAVAILABLE'],
  ])('may throw: %s. It is not shown, for it may hold the key', async (_what, thrown, code) => {
    const told = (await start(() => {
      throw thrown();
    }).catch((error: unknown) => error)) as FlagError;
    expect(told).toMatchObject({ name: 'FlagError', code });
    expect(`${told.stack} ${String(told.cause)}`).not.toContain(KEY);
  });

  it('has its outcome closed if that is no client', async () => {
    let closed = 0;
    await expect(
      start(() => ({
        close: () => {
          closed++;
        },
      })),
    ).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(closed).toBe(1);
    await expect(start(() => undefined)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

describe('the package', () => {
  const missing = () => Promise.reject(Object.assign(new Error('gone'), { code: 'ERR_MODULE_NOT_FOUND' }));
  const found = { init: () => expect.fail('it was called') };

  it('is the first that is there', async () => {
    expect(await loadPackage([missing, () => Promise.resolve(found)])).toBe(found);
    expect(typeof (await loadPackage()).init).toBe('function');
  });

  it('is asked for if there is none', async () => {
    await expect(loadPackage([missing, missing])).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining('npm install @launchdarkly/node-server-sdk'),
    });
  });

  it('is not passed over if it is there and broken', async () => {
    const broken = () => Promise.reject(new SyntaxError('broken'));
    await expect(loadPackage([broken, () => Promise.resolve(found)])).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });
});
