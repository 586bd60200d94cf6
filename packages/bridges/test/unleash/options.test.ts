import { type UnleashClient, type UnleashResolverOptions, unleashResolver } from '@flagwright/bridges/unleash';
import { FlagError } from '@flagwright/core';
import type { Unleash } from 'unleash-client';
import { describe, expect, expectTypeOf, it, vi } from 'vitest';
import { resolverOf, serve, warnings } from './support.ts';

const url = 'http://user:secret@127.0.0.1:1/api';

describe('options', () => {
  const bad: readonly [string, unknown][] = [
    ['at least a client or a url', undefined],
    ['at least a client or a url', 'http://x'],
    ['neither of client and url', {}],
    ['both of client and url', { url, client: () => undefined }],
    ['the client is none', { client: {} }],
    ['the client is none', { client: null }],
    ['the url of Unleash', { url: 'secret' }],
    ['the url of Unleash', { url: 'ftp://user:secret@x' }],
    ['the url of Unleash', { url: 7 }],
    ['the token', { url, token: '' }],
    ['the token', { url, token: 'sec\nret' }],
    ['the token', { url, token: 7 }],
    ['appName is ""', { url, appName: '' }],
    ['name is 7', { url, name: 7 }],
    ['environment', { url, environment: null }],
    ['refreshInterval is -1', { url, refreshInterval: -1 }],
    ['refreshInterval', { url, refreshInterval: 2 ** 31 }],
    ['startTimeout is 0', { url, startTimeout: 0 }],
    ['bootstrap', { url, bootstrap: 'flags.json' }],
    ['backupPath', { url, backupPath: '' }],
    ['options.timeout is 500', { url, options: { timeout: 500 } }],
    ['options.appName cannot be given; use the option appName', { url, options: { appName: 'secret' } }],
    ['options.disableMetrics cannot be given; use sendEvents: false', { url, options: { disableMetrics: true } }],
    ['options.disableAutoStart cannot', { url, options: { disableAutoStart: false } }],
    ['options.customHeadersFunction is no', { url, options: { customHeadersFunction: {} } }],
    [
      'both token and options.customHeadersFunction',
      { url, token: 'secret', options: { customHeadersFunction: () => undefined } },
    ],
    [
      'it has no getFeatureToggleDefinition, ',
      { client: { isEnabled: () => true, getVariant: () => ({}), on: () => undefined } },
    ],
    ['sinks', { url, sinks: {} }],
    ['onImpression', { url, onImpression: true }],
  ];
  it.each(bad)('that make no sense are refused: %s', (message, options) => {
    const refused = (() => {
      try {
        return unleashResolver(options as UnleashResolverOptions);
      } catch (error) {
        return error;
      }
    })() as FlagError;
    expect(refused).toBeInstanceOf(FlagError);
    expect(refused.code).toBe('INVALID_ARGUMENT');
    expect(refused.message).toContain(message);
    expect(refused.message).not.toMatch(/secret|sec\nret|user:/);
  });

  it('that the client refuses are refused without being repeated', async () => {
    const resolver = resolverOf({ url, token: 'secret', options: { strategies: [{ name: 'secret' }] } });
    const thrown = await resolver
      .start({ ready() {}, changed() {}, stale() {}, error() {} })
      .catch((error: unknown) => error);
    expect(thrown).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(String((thrown as Error).stack)).not.toContain('secret');
  });

  it('take the real client by its type', () => {
    expectTypeOf<Unleash>().toExtend<UnleashClient>();
  });

  const throwing = new Proxy(
    {},
    {
      get() {
        throw new Error('secret');
      },
    },
  );
  const methods = ['getFeatureToggleDefinition', 'getFeatureToggleDefinitions', 'isSynchronized', 'count', 'off'];
  const mock = Object.fromEntries(
    ['isEnabled', 'getVariant', 'on', 'start', 'flushMetrics', 'destroy', ...methods].map((name) => [
      name,
      () => {
        throw new Error('not mocked');
      },
    ]),
  );
  it.each([
    ['nothing', undefined],
    ['an object', {}],
    ['a part of a client', { isEnabled: () => true, getVariant: () => ({}), on: () => undefined }],
    ['a promise', Promise.resolve({})],
    ['what throws', throwing],
    ['a client that throws', mock],
  ])('with a function that makes %s are refused at the start', async (_what, made) => {
    const resolver = resolverOf({ client: (() => made) as never, startTimeout: 50 });
    const refused = { code: 'INVALID_ARGUMENT', message: expect.not.stringContaining('secret') };
    await expect(resolver.start({ ready() {}, changed() {}, stale() {}, error() {} })).rejects.toMatchObject(refused);
  });
});

it('a url without the package is UNSUPPORTED, with what to install', async () => {
  vi.doMock('unleash-client', () => {
    throw new Error('Cannot find package');
  });
  const starting = resolverOf({ url }).start({ ready() {}, changed() {}, stale() {}, error() {} });
  await expect(starting).rejects.toMatchObject({
    code: 'UNSUPPORTED',
    message: expect.stringContaining('npm install'),
  });
  vi.doUnmock('unleash-client');
});

it('a function that throws is refused at the start, with what it threw', async () => {
  const cause = new Error('no');
  const resolver = resolverOf({
    client: () => {
      throw cause;
    },
  });
  const starting = resolver.start({ ready() {}, changed() {}, stale() {}, error() {} });
  await expect(starting).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', cause });
});

it('no secret is in any warning, event or error, whatever happens', async () => {
  const warned = warnings();
  const printed = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const server = await serve();
  const secretUrl = server.url.replace('//', '//user:secret@');
  const said: unknown[] = [];
  const keep = (error: unknown): void => void said.push(error);
  for (const mood of [401, 418, 'not-json', 'no-flags'] as const) {
    await server.turn(mood);
    const bootstrap = { url: 'http://user:secret@127.0.0.1:1/' };
    const options = { url: secretUrl, token: 'secret', bootstrap, backupPath: '/nowhere', startTimeout: 200 };
    const resolver = resolverOf({ ...options, options: { timeout: 1_000 } });
    await resolver.start({ ready() {}, changed: () => undefined, stale: keep, error: keep }).catch(keep);
    await resolver.stop();
  }
  expect(said).toHaveLength(4);
  const everything = [...warned, ...printed.mock.calls.flat(), ...said].map((one) =>
    one instanceof Error ? `${one.stack} ${JSON.stringify(one)} ${String(one.cause)}` : String(one),
  );
  printed.mockRestore();
  expect(everything.join('\n')).not.toMatch(/secret|content/);
});
