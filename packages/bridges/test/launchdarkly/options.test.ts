import { FlagError } from '@flagwright/core';
import { describe, expect, it } from 'vitest';
import { type LaunchDarklyOptions, launchDarklyResolver } from '../../src/launchdarkly/index.ts';
import { loadPackage } from '../../src/launchdarkly/load.ts';
import { KEY } from './support.ts';

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
  ])('%s', (_what, options) => {
    const thrown = thrownBy(() => launchDarklyResolver(options as LaunchDarklyOptions)) as FlagError;
    expect(thrown).toBeInstanceOf(FlagError);
    expect(thrown.code).toBe('INVALID_ARGUMENT');
    if (options !== KEY) expect(thrown.message).not.toContain(KEY);
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
