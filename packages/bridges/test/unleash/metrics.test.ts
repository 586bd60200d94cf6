import type { UnleashImpression } from '@flagwright/bridges/unleash';
import type { EvaluationRecord, TrackRecord } from '@flagwright/core';
import { expect, it, vi } from 'vitest';
import { endClient, makeClient } from '../../src/unleash/own.ts';
import { among, variant } from './flags.ts';
import { later, listener, resolverOf, serve, started, warnings } from './support.ts';

const two = [variant('a', 1000), variant('b', 0)];

it('each answer is counted once, a list not at all, and all of it sent at the end', async () => {
  const { server, resolver } = await started([
    { name: 'flag' },
    { name: 'off', enabled: false },
    { name: 'variants', variants: two },
  ]);
  for (let i = 0; i < 3; i++) {
    resolver.resolve('boolean', 'flag', false, {});
    resolver.resolve('boolean', 'off', false, {});
    resolver.resolve('string', 'variants', '', {});
  }
  resolver.resolve('boolean', 'variants', false, {});
  resolver.resolve('boolean', 'missing', false, {});
  resolver.resolve('boolean', 'constructor', false, {});
  // a mistake of the caller, and no use of the flag
  resolver.resolve('string', 'flag', '', {});
  for (let i = 0; i < 5; i++) await resolver.all?.({});
  await resolver.stop();
  expect(server.metrics).toHaveLength(1);
  expect(server.metrics[0]?.bucket.toggles).toEqual({
    flag: { yes: 3, no: 0, variants: {} },
    off: { yes: 0, no: 3, variants: {} },
    variants: { yes: 4, no: 0, variants: { a: 3 } },
    missing: { yes: 0, no: 1, variants: {} },
  });
  expect(server.registrations).toMatchObject([{ appName: 'flagwright' }]);
  expect(Object.keys(Object)).toEqual([]);
});

it('nothing is sent with sendEvents: false', async () => {
  const { server, resolver } = await started([{ name: 'flag' }], { sendEvents: false });
  resolver.resolve('boolean', 'flag', false, {});
  await resolver.stop();
  expect([server.metrics, server.registrations]).toEqual([[], []]);
});

it('a client that is ended is not waited for longer than it should be, for metrics that nobody takes', async () => {
  const server = await serve([{ name: 'flag' }]);
  const printed = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  later(() => printed.mockRestore());
  const client = await makeClient({ url: server.url, refreshInterval: 20 });
  await client.start();
  server.metricsMood = 'hang';
  // meanwhile the client asks on, and prints errors if nobody listens
  await server.turn(418);
  client.isEnabled('flag', {});
  const at = performance.now();
  await endClient(client, 100);
  expect(performance.now() - at).toBeGreaterThan(90);
  expect(performance.now() - at).toBeLessThan(1_000);
  expect(printed).not.toHaveBeenCalled();
});

it('the headers say who asks', async () => {
  const { server } = await started([], {
    token: 'secret',
    appName: 'shop',
    instanceId: 'one',
    options: { customHeaders: { 'x-own': '1' } },
  });
  expect(server.headers).toMatchObject({
    authorization: 'secret',
    'unleash-appname': 'shop',
    'unleash-instanceid': 'one',
    'x-own': '1',
  });
});

it('tracked events go to the sinks, as Unleash takes none', async () => {
  const records: (EvaluationRecord | TrackRecord)[] = [];
  const server = await serve();
  const resolver = resolverOf({ url: server.url, sinks: [(record) => void records.push(record)] });
  resolver.track?.('paid', { targetingKey: 'u' }, { value: 3 });
  expect(records).toEqual([
    { kind: 'track', event: 'paid', context: { targetingKey: 'u' }, data: { value: 3 }, at: expect.any(Number) },
  ]);
  expect(server.asked).toBe(0);
});

it('impressions are told of flags that have them, once for each answer, and not for a list', async () => {
  const warned = warnings();
  const seen: UnleashImpression[] = [];
  const server = await serve([{ name: 'quiet' }, { name: 'loud', impressionData: true, variants: two }]);
  const onImpression = vi.fn((impression: UnleashImpression) => {
    seen.push(impression);
    throw new Error('in the callback');
  });
  const resolver = resolverOf({ url: server.url, onImpression });
  await resolver.start(listener());
  expect(resolver.resolve('boolean', 'loud', false, { targetingKey: 'u', plan: 'gold' })).toMatchObject({
    value: true,
  });
  expect(resolver.resolve('string', 'loud', '', {})).toMatchObject({ value: 'a' });
  resolver.resolve('boolean', 'quiet', false, {});
  await resolver.all?.({});
  expect(seen).toMatchObject([
    {
      flag: 'loud',
      type: 'isEnabled',
      enabled: true,
      variant: undefined,
      context: { userId: 'u', properties: { plan: 'gold' } },
    },
    { flag: 'loud', type: 'getVariant', enabled: true, variant: 'a' },
  ]);
  expect(warned).toEqual([expect.stringContaining('in the callback')]);
});

it('an impression is a copy, so that nobody changes the answer by it; a list and its parents tell none', async () => {
  const seen: UnleashImpression[] = [];
  const parent = { name: 'parent', impressionData: true };
  const byPlan = [{ name: 'default', parameters: {}, constraints: [among('plan', 'gold')] }];
  const child = { name: 'child', dependencies: [{ feature: 'parent' }], strategies: byPlan };
  const server = await serve([parent, child]);
  const resolver = resolverOf({ url: server.url, onImpression: (impression) => void seen.push(impression) });
  await resolver.start(listener());
  await resolver.all?.({});
  expect(seen).toEqual([]);
  resolver.resolve('boolean', 'child', false, { plan: 'free', currentTime: 0 });
  const [{ flag, context } = { flag: undefined, context: {} }] = seen;
  const { properties, currentTime } = context as { properties: object; currentTime: Date };
  expect([flag, Object.isFrozen(context), Object.isFrozen(properties)]).toEqual(['parent', true, true]);
  expect([properties, currentTime.getTime()]).toEqual([{ plan: 'free' }, 0]);
});

it.each<[string, () => unknown, string]>([
  ['rejects', () => Promise.reject(new Error('in the callback')), 'in the callback'],
  ['throws what cannot be shown', () => Promise.reject(Object.create(null)), 'cannot be shown'],
])('onImpression that %s is told once', async (_what, onImpression, text) => {
  const warned = warnings();
  const server = await serve([{ name: 'loud', impressionData: true }]);
  const resolver = resolverOf({ url: server.url, onImpression: onImpression as () => void });
  await resolver.start(listener());
  for (let i = 0; i < 3; i++) {
    expect(resolver.resolve('boolean', 'loud', false, {})).toMatchObject({ value: true });
  }
  await vi.waitFor(() => expect(warned).toEqual([expect.stringContaining(text)]));
});
