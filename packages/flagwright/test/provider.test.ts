import { unlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TrackRecord } from '@flagwright/core';
import { follow } from '@flagwright/core';
import { ProviderEvents, ProviderStatus } from '@openfeature/server-sdk';
import { type Config, clientFromEnv, createClient, openProvider, openSource, providerFromEnv } from 'flagwright';
import { describe, expect, it, vi } from 'vitest';
import { clientOf, workingFolder } from './support.ts';

const folder = workingFolder();
const FLAGS = 'flags:\n  beta: { type: boolean, default: true }\n  size: { type: int, default: 3 }\n';

describe('providers', () => {
  it('memory is the default, and has what code gives it', async () => {
    const client = await clientOf(providerFromEnv({}));
    expect(await client.getBooleanDetails('beta', false)).toMatchObject({ value: false, errorCode: 'FLAG_NOT_FOUND' });
    const flags = { beta: { type: 'boolean', default: true } } as const;
    const given = await clientOf(openProvider({ memory: { flags } }));
    expect(await given.getBooleanValue('beta', false)).toBe(true);
  });

  it('env', async () => {
    const env = { FEATURE_PROVIDER: 'env', FEATURE_FLAG_BETA: 'true', FEATURE_FLAGS: '{"size": 4}' };
    const client = await clientOf(providerFromEnv(env));
    expect(await client.getBooleanValue('beta', false)).toBe(true);
    expect(await client.getNumberValue('size', 0)).toBe(4);
  });

  it('file, which is followed', async () => {
    const path = folder.write('flags.yaml', FLAGS);
    const provider = providerFromEnv({ FEATURE_PROVIDER: 'file', FEATURE_FILE_PATH: path });
    const client = await clientOf(provider);
    expect(await client.getNumberValue('size', 0)).toBe(3);
    expect(client.metadata.providerMetadata).toMatchObject({ name: 'flagwright', resolver: 'file' });
    const changed = vi.fn();
    client.addHandler(ProviderEvents.ConfigurationChanged, (details) => changed(details?.flagsChanged));
    folder.write('flags.yaml', FLAGS.replace('3', '5'));
    await vi.waitFor(() => expect(changed).toHaveBeenCalledWith(['size']));
    expect(await client.getNumberValue('size', 0)).toBe(5);
    expect([...provider.resolver.keys!()!].sort()).toEqual(['beta', 'size']);
  });

  it('file, by default features.yaml in the working directory', async () => {
    folder.write('features.yaml', FLAGS);
    const client = await clientOf(openProvider({ provider: 'file' }));
    expect(await client.getBooleanValue('beta', false)).toBe(true);
  });

  it('http, with its token', async () => {
    const seen: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      seen.push(request.headers.authorization);
      if (request.headers.accept?.includes('event-stream')) return void response.writeHead(404).end();
      response.setHeader('content-type', 'application/yaml').end(FLAGS);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const client = await clientOf(openProvider({ provider: 'http', http: { url, token: 'hunter2' } }));
    expect(await client.getNumberValue('size', 0)).toBe(3);
    expect(seen).toContain('Bearer hunter2');
    server.closeAllConnections();
    server.close();
  });

  it('a backend that is away rejects the start without its secrets, and is tried on', async () => {
    const url = 'postgres://user:hunter2@127.0.0.1:1/db';
    const provider = openProvider({ provider: 'postgres', postgres: { url } });
    const thrown: unknown = await clientOf(provider).catch((error: unknown) => error);
    expect(String(thrown)).toMatch(/ECONNREFUSED|could not be reached|connect/);
    expect(String(thrown)).not.toContain('hunter2');
    await provider.onClose?.();
  });

  it('a start is bounded', async () => {
    const server = createServer(() => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const provider = openProvider({ provider: 'http', http: { url }, startTimeout: '50ms' });
    await expect(clientOf(provider)).rejects.toThrow('no answer within 50 ms');
    await provider.onClose?.();
    server.closeAllConnections();
    server.close();
  });

  it('tells sinks what is tracked, unless events are not sent', async () => {
    for (const sendEvents of [true, false]) {
      const records: unknown[] = [];
      const sinks = [(record: unknown) => void records.push(record)];
      const client = await clientOf(openProvider({ sendEvents }, { sinks }));
      client.track('bought', { targetingKey: 'ann' }, { value: 3 });
      expect(records.map((record) => (record as TrackRecord).event)).toEqual(sendEvents ? ['bought'] : []);
      const flags = createClient({ sendEvents }, { sinks });
      flags.track('seen');
      expect(records).toHaveLength(sendEvents ? 2 : 0);
      await flags.close();
    }
  });
});

describe('overrides', () => {
  it('from code, variables and a local file, the stronger first; marked, and before everything', async () => {
    const path = folder.write('flags.yaml', `${FLAGS}  off: { type: boolean, enabled: false, default: false }\n`);
    folder.write('features.local.yaml', 'overrides: { beta: false, size: 7, off: true }\n');
    const env = { FEATURE_PROVIDER: 'file', FEATURE_FILE_PATH: path };
    const client = await clientOf(providerFromEnv(env));
    expect(await client.getBooleanDetails('beta', true)).toMatchObject({
      value: false,
      reason: 'STATIC',
      flagMetadata: { override: true },
    });
    expect(await client.getBooleanValue('off', false)).toBe(true);
    const both = await clientOf(providerFromEnv({ ...env, FEATURE_OVERRIDES: '{"size": 8, "new": "x"}' }));
    expect(await both.getNumberValue('size', 0)).toBe(8);
    expect(await both.getStringValue('new', '')).toBe('x');
    expect(await both.getBooleanValue('beta', true)).toBe(false);
  });

  it('in a local file are followed: it appears, changes, breaks, and goes', async () => {
    folder.write('features.yaml', FLAGS);
    const client = await clientOf(openProvider({ provider: 'file' }));
    const size = (): Promise<number> => client.getNumberValue('size', 0);
    expect(await size()).toBe(3);
    folder.write('features.local.yaml', 'overrides: { size: 7 }\n');
    await vi.waitFor(async () => expect(await size()).toBe(7));
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    folder.write('features.local.yaml', 'size: 9\n');
    await vi.waitFor(() => expect(warn).toHaveBeenCalledOnce());
    expect(warn.mock.calls[0]![0]).toMatch(/features\.local\.yaml:1:\d+ error size: this file holds overrides/);
    expect(await size()).toBe(7);
    // nothing else waits for that to be mended
    folder.write('features.yaml', FLAGS.replace('true', 'false'));
    await vi.waitFor(async () => expect(await client.getBooleanValue('beta', true)).toBe(false));
    expect([await size(), client.providerStatus]).toEqual([7, ProviderStatus.READY]);
    folder.write('features.local.yaml', 'overrides: { size: 8 }\n');
    await vi.waitFor(async () => expect(await size()).toBe(8));
    unlinkSync(join(folder.path, 'features.local.yaml'));
    await vi.waitFor(async () => expect(await size()).toBe(3));
  });

  it('in a local file that is broken from the start are told, and hold nothing up', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    folder.write('features.yaml', FLAGS);
    folder.write('features.local.yaml', 'overrides: [');
    const client = await clientOf(openProvider({ provider: 'file', overrides: { beta: false } }));
    expect(await client.getNumberValue('size', 0)).toBe(3);
    expect(await client.getBooleanValue('beta', true)).toBe(false);
    expect(String(warn.mock.calls[0]![0])).toContain('overrides stay as they were: features.local.yaml:1:');
  });

  it.each([
    [{ FEATURE_OVERRIDES: '{"a": true}' }, /FEATURE_OVERRIDES: overrides are for development, and this is production/],
    [{ FEATURE_OVERRIDES_FILE: 'mine.yaml' }, /FEATURE_OVERRIDES_FILE: overrides are for development/],
  ])('are refused in production (%j)', (env, message) => {
    const production = { ...env, NODE_ENV: 'production' };
    expect(() => providerFromEnv(production)).toThrow(message);
    expect(() => providerFromEnv({ ...production, FEATURE_ALLOW_OVERRIDES_IN_PRODUCTION: 'true' })).not.toThrow();
  });

  it('a local file is not looked at in production, unless that is allowed', async () => {
    folder.write('features.yaml', FLAGS);
    folder.write('features.local.yaml', 'overrides: { size: 7 }\n');
    const env = { FEATURE_PROVIDER: 'file', NODE_ENV: 'production' };
    const client = await clientOf(providerFromEnv(env));
    expect(await client.getNumberValue('size', 0)).toBe(3);
    const allowed = await clientOf(providerFromEnv({ ...env, FEATURE_ALLOW_OVERRIDES_IN_PRODUCTION: '1' }));
    expect(await allowed.getNumberValue('size', 0)).toBe(7);
  });
});

describe('offline', () => {
  it.each(['postgres', 'redis', 'http', 'launchdarkly', 'unleash'])(
    '%s: the caller’s defaults, no error, and overrides',
    async (provider) => {
      const env = { FEATURE_PROVIDER: provider, FEATURE_OFFLINE: 'true', FEATURE_OVERRIDES: '{"forced": "x"}' };
      const client = await clientOf(providerFromEnv(env));
      expect(await client.getBooleanDetails('beta', true)).toEqual({
        flagKey: 'beta',
        value: true,
        reason: 'DEFAULT',
        flagMetadata: { offline: true },
      });
      expect(await client.getStringValue('forced', '')).toBe('x');
      await vi.waitFor(() => expect(client.providerStatus).toBe(ProviderStatus.STALE));
      expect(client.metadata.providerMetadata).toMatchObject({ resolver: provider });
    },
  );

  it('the copy of the last good flags, if there is one', async () => {
    const server = createServer(
      (_, response) => void response.setHeader('content-type', 'application/yaml').end(FLAGS),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const env = {
      FEATURE_PROVIDER: 'http',
      FEATURE_HTTP_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      FEATURE_CACHE_PATH: join(folder.path, 'copy'),
    };
    const online = providerFromEnv(env);
    expect(await (await clientOf(online)).getNumberValue('size', 0)).toBe(3);
    await online.onClose?.();
    server.closeAllConnections();
    server.close();

    const client = await clientOf(providerFromEnv({ ...env, FEATURE_OFFLINE: 'true' }));
    expect(await client.getNumberDetails('size', 0)).toMatchObject({ value: 3, reason: 'STATIC' });
    expect(await client.getNumberDetails('unknown', 1)).toMatchObject({ value: 1, reason: 'DEFAULT' });
    await vi.waitFor(() => expect(client.providerStatus).toBe(ProviderStatus.STALE));
  });

  it('a copy of one set does not serve for another', async () => {
    const server = createServer(
      (_, response) => void response.setHeader('content-type', 'application/yaml').end(FLAGS),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const config = { provider: 'http', http: { url }, cache: { path: join(folder.path, 'copy') } } as const;
    const online = openProvider(config);
    await clientOf(online);
    await online.onClose?.();
    server.closeAllConnections();
    server.close();
    const size = async (more: Config): Promise<number> =>
      (await clientOf(openProvider({ ...config, offline: true, ...more }))).getNumberValue('size', 0);
    expect(await size({})).toBe(3);
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    expect(await size({ stage: 'production' })).toBe(0);
    expect(await size({ http: { url: `${url}other` } })).toBe(0);
    expect(await size({ provider: 'redis', redis: { url: 'redis://h' } })).toBe(0);
    warn.mockRestore();
  });

  it('files serve as ever', async () => {
    folder.write('features.yaml', FLAGS);
    const client = await clientOf(openProvider({ provider: 'file', offline: true }));
    expect(await client.getNumberValue('size', 0)).toBe(3);
    expect((await client.getNumberDetails('nope', 0)).errorCode).toBe('FLAG_NOT_FOUND');
  });
});

describe('the synchronous client', () => {
  it('by configuration and by variables', async () => {
    folder.write('features.yaml', FLAGS);
    for (const flags of [createClient({ provider: 'file' }), clientFromEnv({ FEATURE_PROVIDER: 'file' })]) {
      await flags.ready();
      expect([flags.boolean('beta', false), flags.int('size', 0)]).toEqual([true, 3]);
      await flags.close();
    }
  });

  it('shares a source with a provider', async () => {
    folder.write('features.yaml', FLAGS);
    const followed = follow(openSource({ provider: 'file', overrides: { size: 9 } }));
    expect((await followed.ready()).flags.has('beta')).toBe(true);
    await followed.close();
  });

  it.each(['launchdarkly', 'unleash'])('refuses %s, and says what to use', (provider) => {
    const env = { FEATURE_PROVIDER: provider, LAUNCHDARKLY_SDK_KEY: 'sdk', UNLEASH_URL: 'http://127.0.0.1:1/api' };
    expect(() => clientFromEnv(env)).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED', message: expect.stringContaining('openProvider') }),
    );
  });
});

describe('configure', () => {
  it('the last one asked for is the one in use', async () => {
    const server = createServer((_, response) => {
      setTimeout(() => response.setHeader('content-type', 'application/yaml').end(FLAGS), 50);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const provider = openProvider({ overrides: { size: 1 } });
    const client = await clientOf(provider);
    await Promise.all([
      provider.configure({ provider: 'http', http: { url } }),
      provider.configure({ overrides: { size: 1 } }),
    ]);
    expect(await client.getNumberValue('size', 0)).toBe(1);
    server.closeAllConnections();
    server.close();
  });

  it('is bounded by the time of the new configuration', async () => {
    const server = createServer(() => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const provider = openProvider({});
    await clientOf(provider);
    const hanging = { provider: 'http', http: { url }, startTimeout: '40ms' } as const;
    await expect(provider.configure(hanging)).rejects.toThrow('no answer within 40 ms');
    const flags = createClient(hanging);
    await expect(flags.withContext({}).ready()).rejects.toThrow('no answer within 40 ms');
    await flags.close();
    server.closeAllConnections();
    server.close();
  });

  it('refuses overrides where the environment is production', async () => {
    const provider = providerFromEnv({ NODE_ENV: 'production' });
    await clientOf(provider);
    await expect(provider.configure({ overrides: { a: 1 } })).rejects.toThrow('this is production');
  });

  it('mends a start that failed, with the same configuration', async () => {
    const provider = openProvider({ provider: 'file' });
    await expect(clientOf(provider)).rejects.toThrow('features.yaml');
    folder.write('features.yaml', FLAGS);
    await provider.configure({ provider: 'file' });
    expect(await provider.resolveNumberEvaluation('size', 0, {}, console)).toMatchObject({ value: 3 });
    await provider.onClose?.();
  });

  it('replaces the backend, and keeps it if the new one does not answer', async () => {
    folder.write('features.yaml', FLAGS);
    const provider = openProvider({ provider: 'file' });
    const client = await clientOf(provider);
    expect(await provider.configure({ provider: 'file' })).toEqual([]);
    const flags = { size: { type: 'int', default: 3 }, more: { type: 'boolean', default: true } } as const;
    expect([...(await provider.configure({ memory: { flags } }))].sort()).toEqual(['beta', 'more']);
    expect(await client.getBooleanValue('more', false)).toBe(true);
    const away = { provider: 'redis', redis: { url: 'redis://127.0.0.1:1' } } as const;
    await expect(provider.configure(away)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('redis could not be started, and memory stays in use'),
    });
    await expect(provider.configure({ provider: 'nope' as never })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(await client.getBooleanValue('more', false)).toBe(true);
    expect(client.providerStatus).toBe(ProviderStatus.READY);
    const maps = [1, 2].map((n) => new Map([['size', { type: 'int', default: n }]]) as never);
    for (const [n, map] of maps.entries()) {
      await provider.configure({ memory: { flags: map } });
      expect(await client.getNumberValue('size', 0)).toBe(n + 1);
    }
  });
});
