import type { Resolver } from '@flagwright/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LaunchDarklyOptions, type LDLogger, launchDarklyResolver } from '../../src/launchdarkly/index.ts';
import { type StreamServer, streamServer, wireFlag } from './stream-server.ts';
import { eventually, expectQuiet, KEY, listener, quick, resolverOver, serves, store, VERSIONS } from './support.ts';

let server: StreamServer;
let resolver: Resolver | undefined;

beforeEach(async () => {
  server = await streamServer([wireFlag('on', true), wireFlag('other', false)]);
});

afterEach(async () => {
  await resolver?.stop?.();
  await server.close();
});

describe.each(VERSIONS)('a loss, %s', (version, init) => {
  it('is passed over if a stream is reset and comes back at once', async () => {
    resolver = resolverOver(init, server, { grace: 2_000, more: { streamInitialReconnectDelay: 0.1 } });
    const told = listener();
    await resolver.start?.(told.events);
    server.reset();
    await eventually(() => expect(server.requests.length).toBeGreaterThan(1));
    await expectQuiet(told, 100);
    expect(told.words).toEqual([]);
  });

  it.each(['init', 'all'])('is told if a slow store was at its first flags: %s', async (slow) => {
    const featureStore = store((method, go) => setTimeout(go, method === slow ? 120 : 0));
    resolver = resolverOver(init, server, { grace: 50, more: { featureStore, streamInitialReconnectDelay: 0.01 } });
    const told = listener();
    const started = resolver.start?.(told.events);
    await eventually(() => expect(server.requests).toHaveLength(1));
    server.mode = 'hang';
    await new Promise((resolve) => setTimeout(resolve, 40));
    server.cut();
    await started;
    await eventually(() => expect(told.words).toEqual(['stale']));
  });

  it('is over with a poll whose flags are in use', async () => {
    let log!: LDLogger;
    const client: LaunchDarklyOptions['client'] = (given) => {
      log = given.logger;
      return init(KEY, { ...quick(server), ...given });
    };
    resolver = launchDarklyResolver({ client, grace: 10, flushTimeout: 100 });
    const told = listener();
    await resolver.start?.(told.events);
    const poll = (): void => {
      log.debug('Polling LaunchDarkly for feature flag updates');
      log.debug('Elapsed: %d ms, sleeping for %d ms', 1, 2);
    };
    poll();
    log.warn('Received error 500 for polling request - will retry');
    await eventually(() => expect(told.words).toEqual(['stale']));
    poll();
    // without flags; version 7 does not let that be seen
    if (version === 'version 9') {
      await expectQuiet(told);
      server.put();
    }
    await eventually(() => expect(told.words).toEqual(['stale', 'ready']));
  });
});

it('flags of a slow store are told ready once they are in use', async () => {
  let delay = 0;
  const featureStore = store((method, go) => setTimeout(go, method === 'init' ? delay : 0));
  const options = { featureStore, streamInitialReconnectDelay: 0.02, diagnosticOptOut: true };
  resolver = launchDarklyResolver({ sdkKey: KEY, baseUrl: server.url, options, grace: 20, flushTimeout: 100 });
  const told = listener();
  let served: Promise<boolean> | undefined;
  await resolver.start?.({
    ...told.events,
    ready: () => {
      told.events.ready();
      served = serves(resolver!, 'other');
    },
  });
  await server.down();
  await eventually(() => expect(told.words).toEqual(['stale']));
  server.flags.set('other', wireFlag('other', true, { version: 2 }));
  delay = 150;
  await server.up();
  await eventually(() => expect(told.course()).toEqual(['stale', 'ready']));
  expect(await served).toBe(true);
});
