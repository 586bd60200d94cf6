import { createProvider } from '@flagwright/provider';
import { OpenFeature, ProviderEvents, ProviderStatus } from '@openfeature/server-sdk';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { launchDarklyResolver } from '../../src/launchdarkly/index.ts';
import { type StreamServer, streamServer, wireFlag } from './stream-server.ts';
import { eventually, KEY, listener, quick, resolverOver, VERSIONS } from './support.ts';

let server: StreamServer;

beforeEach(async () => {
  server = await streamServer([wireFlag('on', true), wireFlag('object', { a: 1 })]);
});

afterEach(async () => {
  await OpenFeature.clearProviders();
  OpenFeature.clearHandlers();
  await server.close();
});

const EVENTS = [ProviderEvents.Ready, ProviderEvents.Stale, ProviderEvents.Error, ProviderEvents.ConfigurationChanged];

/** Words for what OpenFeature tells of a domain. */
function heard(domain: string): string[] {
  const words: string[] = [];
  const client = OpenFeature.getClient(domain);
  for (const event of EVENTS) {
    client.addHandler(event, (details) => {
      words.push([event, details?.message, ...((details as { flagsChanged?: string[] }).flagsChanged ?? [])].join(' '));
    });
  }
  return words;
}

describe.each(VERSIONS)('through OpenFeature, %s', (version, init) => {
  it('statuses and events follow the connection', async () => {
    const words = heard(version);
    const client = OpenFeature.getClient(version);
    await OpenFeature.setProviderAndWait(version, createProvider(resolverOver(init, server), { name: 'launchdarkly' }));
    expect(client.providerStatus).toBe(ProviderStatus.READY);
    expect(await client.getBooleanDetails('on', false, { targetingKey: 'ann' })).toMatchObject({
      value: true,
      variant: '0',
      reason: 'DEFAULT',
      flagMetadata: { engineReason: 'FALLTHROUGH' },
    });
    expect(await client.getObjectValue('object', {}, { targetingKey: 'ann' })).toEqual({ a: 1 });
    server.patch(wireFlag('on', false, { version: 2 }));
    await eventually(() => expect(words.at(-1)).toBe('PROVIDER_CONFIGURATION_CHANGED  on'));
    expect(await client.getBooleanValue('on', true, { targetingKey: 'ann' })).toBe(false);
    await server.down();
    await eventually(() => expect(client.providerStatus).toBe(ProviderStatus.STALE));
    expect(await client.getBooleanValue('on', true, { targetingKey: 'ann' })).toBe(false);
    await server.up();
    await eventually(() => expect(client.providerStatus).toBe(ProviderStatus.READY));
    await eventually(() => expect(words).toHaveLength(4));
    expect(words[2]).toMatch(/^PROVIDER_STALE the connection to LaunchDarkly is lost: I\/O error/);
    expect(words.map((word) => word.split(' ')[0])).toEqual([
      'PROVIDER_READY',
      'PROVIDER_CONFIGURATION_CHANGED',
      'PROVIDER_STALE',
      'PROVIDER_READY',
    ]);
  });

  it('a start that fails is an error until the service is there', async () => {
    await server.down();
    const words = heard(version);
    const client = OpenFeature.getClient(version);
    const provider = createProvider(resolverOver(init, server, { startTimeout: 50 }));
    await expect(OpenFeature.setProviderAndWait(version, provider)).rejects.toThrow(/no flags from LaunchDarkly/);
    expect(client.providerStatus).toBe(ProviderStatus.ERROR);
    expect((await client.getBooleanDetails('on', true, { targetingKey: 'ann' })).errorCode).toBe('PROVIDER_NOT_READY');
    await server.up();
    await eventually(() => expect(client.providerStatus).toBe(ProviderStatus.READY));
    expect(words.map((word) => word.split(' ')[0])).toEqual(['PROVIDER_ERROR', 'PROVIDER_READY']);
  });

  it('what is tracked is sent before it closes', async () => {
    const records: unknown[] = [];
    const resolver = resolverOver(init, server, { sinks: [(record) => records.push(record)], flushTimeout: 2_000 });
    await OpenFeature.setProviderAndWait(version, createProvider(resolver));
    const client = OpenFeature.getClient(version);
    client.track('bought', { targetingKey: 'ann' }, { value: 9.5, item: 'tea', at: new Date(0), big: 1n as never });
    client.track('seen', { targetingKey: 'ann' });
    client.track('dropped', {});
    client.track('dropped', {
      targetingKey: 'ann',
      account: {
        get plan(): string {
          throw new Error('no');
        },
      } as never,
    });
    await OpenFeature.clearProviders();
    const custom = server.events.filter(({ kind }) => kind === 'custom');
    expect(custom).toHaveLength(2);
    expect(custom[0]).toMatchObject({
      key: 'bought',
      metricValue: 9.5,
      data: { item: 'tea', at: '1970-01-01T00:00:00.000Z' },
    });
    expect(JSON.stringify(custom[0])).toContain('"ann"');
    expect(custom[1]).toMatchObject({ key: 'seen' });
    expect(custom[1]).not.toHaveProperty('data');
    expect(records).toHaveLength(4);
    expect(records[0]).toMatchObject({ kind: 'track', event: 'bought', data: { value: 9.5, item: 'tea' } });
  });

  it('private attributes and odd ones reach no event', async () => {
    const resolver = resolverOver(init, server, { flushTimeout: 2_000 });
    await resolver.start?.(listener().events);
    const knot: Record<string, unknown> = {};
    knot.self = knot;
    const context = {
      targetingKey: 'ann',
      email: 'ann@secret',
      plan: 'pro',
      privateAttributes: ['email'],
      knot,
      n: 1n,
    };
    expect(await resolver.resolve('boolean', 'on', false, context)).toMatchObject({ value: true });
    await resolver.stop?.();
    const sent = JSON.stringify(server.events);
    expect(sent).toContain('"plan":"pro"');
    expect(sent).not.toContain('ann@secret');
  });

  it('neither fallbacks nor what is tracked can cost the others their events', async () => {
    const resolver = resolverOver(init, server, { flushTimeout: 2_000 });
    await resolver.start?.(listener().events);
    const ann = { targetingKey: 'ann' };
    const knot: Record<string, unknown> = {};
    knot.self = knot;
    const fallbacks = [knot, { big: 1n }, { toJSON: () => expect.fail('it throws') }];
    for (const fallback of fallbacks as never[]) {
      const details = await resolver.resolve('object', 'missing', fallback, ann);
      expect(details).toMatchObject({ errorCode: 'FLAG_NOT_FOUND' });
      expect(details.value).toBe(fallback);
    }
    resolver.track?.('bought', ann, { value: '12', knot, big: 1n });
    await resolver.stop?.();
    expect(server.events.find(({ kind }) => kind === 'custom')).toMatchObject({ key: 'bought', data: { value: '12' } });
    expect(server.events.map(({ kind }) => kind)).toContain('summary');
  });

  it('what is private at the top of a context of many kinds reaches no event', async () => {
    const resolver = resolverOver(init, server, { flushTimeout: 2_000 });
    await resolver.start?.(listener().events);
    const context = {
      kind: 'multi',
      user: { key: 'ann', email: 'ann@secret' },
      org: { key: 'acme', email: 'acme@secret', tier: 'gold' },
      privateAttributes: new Set(['email']) as never,
    };
    expect(await resolver.resolve('boolean', 'on', false, context)).toMatchObject({ value: true });
    await resolver.stop?.();
    expect(JSON.stringify(server.events)).toContain('"tier":"gold"');
    expect(JSON.stringify(server.events)).not.toContain('@secret');
  });

  it('a stop does not wait for events that nobody takes', async () => {
    server.ignoreEvents = true;
    const resolver = resolverOver(init, server, { flushTimeout: 50 });
    await resolver.start?.(listener().events);
    resolver.track?.('seen', { targetingKey: 'ann' }, {});
    const begun = performance.now();
    await resolver.stop?.();
    expect(performance.now() - begun).toBeLessThan(1_000);
  });

  it('a client that is given stays open, and has no listeners left', async () => {
    const logger = { debug() {}, info() {}, warn() {}, error() {} };
    const client = init(KEY, { ...quick(server), logger });
    try {
      const resolver = launchDarklyResolver({ client, flushTimeout: 50 });
      const emitter = client as unknown as { listenerCount(event: string): number };
      const before = ['ready', 'failed', 'update', 'error'].map((event) => emitter.listenerCount(event));
      for (const n of [1, 2]) {
        const told = listener();
        await resolver.start?.(told.events);
        server.patch(wireFlag('on', false, { version: 1 + n }));
        await eventually(() => expect(told.words).toEqual(['changed on']));
        await resolver.stop?.();
      }
      const kept = ['update', 'error'].map((event) => emitter.listenerCount(event));
      expect(kept).toEqual(before.slice(2));
      expect(server.connections()).toBe(1);
      expect(await client.variationDetail('on', { kind: 'user', key: 'a' }, true)).toMatchObject({ value: false });
    } finally {
      client.close();
    }
  });
});

describe('with a key', () => {
  it('one address is for streams and for events, and what is written is passed on without the key', async () => {
    const lines: string[] = [];
    const write = (...args: unknown[]) => void lines.push(args.map(String).join(' '));
    const logger = { debug: write, info: write, warn: write, error: write };
    const resolver = launchDarklyResolver({
      sdkKey: KEY,
      baseUrl: `${server.url}/`,
      logger,
      options: { streamInitialReconnectDelay: 0.02 },
      grace: 50,
    });
    const told = listener();
    await resolver.start?.(told.events);
    expect(server.requests).toEqual([{ key: KEY }]);
    await eventually(() => expect(server.events.map(({ kind }) => kind)).toContain('diagnostic-init'));
    server.mode = 401;
    server.cut();
    await eventually(() => expect(told.words).toEqual(['stale']));
    await resolver.stop?.();
    const written = lines.join('\n');
    expect(written).toContain('Opened LaunchDarkly stream connection');
    expect(`${written} ${JSON.stringify(server.events)} ${told.causes.map((cause) => cause.stack)}`).not.toContain(KEY);
  });

  it('no events are sent if they are not wanted', async () => {
    const resolver = launchDarklyResolver({ sdkKey: KEY, baseUrl: server.url, sendEvents: false });
    await resolver.start?.(listener().events);
    resolver.track?.('seen', { targetingKey: 'ann' }, {});
    await resolver.resolve('boolean', 'on', false, { targetingKey: 'ann' });
    await resolver.stop?.();
    expect(server.events).toEqual([]);
  });
});
