import { createProvider } from '@flagwright/provider';
import { OpenFeature, ProviderEvents, ProviderStatus } from '@openfeature/server-sdk';
import { afterEach, expect, it, vi } from 'vitest';
import { rollout, serving } from './flags.ts';
import { resolverOf, serve, warnings } from './support.ts';

afterEach(() => OpenFeature.clearProviders());

const eventually = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 8_000, interval: 10 });

it('flags of Unleash are served through OpenFeature, with true events', async () => {
  const server = await serve([
    { name: 'on' },
    serving('limit', 'number', '42'),
    serving('theme', 'json', '{"dark":true}'),
  ]);
  const provider = createProvider(resolverOf({ url: server.url }), { name: 'unleash' });
  await OpenFeature.setProviderAndWait('unleash', provider);
  const client = OpenFeature.getClient('unleash');
  const seen: string[] = [];
  for (const event of [ProviderEvents.Ready, ProviderEvents.Stale, ProviderEvents.ConfigurationChanged] as const) {
    client.addHandler(
      event,
      (details) => void seen.push(`${event} ${(details as { flagsChanged?: string[] }).flagsChanged ?? ''}`),
    );
  }
  await eventually(() => expect(seen).toEqual(['PROVIDER_READY ']));
  expect(client.metadata.providerMetadata).toMatchObject({ name: 'unleash', resolver: 'unleash' });
  expect(await client.getBooleanValue('on', false)).toBe(true);
  expect(await client.getNumberDetails('limit', 0)).toMatchObject({ value: 42, variant: 'only', reason: 'STATIC' });
  expect(await client.getObjectValue('theme', {})).toEqual({ dark: true });
  expect(await client.getStringDetails('limit', 'x')).toMatchObject({ value: 'x', errorCode: 'TYPE_MISMATCH' });
  expect(await client.getBooleanDetails('missing', true)).toMatchObject({ value: true, errorCode: 'FLAG_NOT_FOUND' });

  server.set([{ name: 'on', enabled: false }, serving('limit', 'number', '42')]);
  await eventually(() => expect(seen.at(-1)).toBe('PROVIDER_CONFIGURATION_CHANGED on,theme'));
  expect(await client.getBooleanDetails('on', true)).toMatchObject({ value: false, reason: 'DISABLED' });

  await server.turn(500);
  await server.turn(418);
  await eventually(() => expect(client.providerStatus).toBe(ProviderStatus.STALE));
  expect(await client.getNumberValue('limit', 0)).toBe(42);
  await server.turn('good');
  await eventually(() => expect(client.providerStatus).toBe(ProviderStatus.READY));
  expect(seen.filter((one) => one.startsWith('PROVIDER_STALE'))).toHaveLength(1);
});

it('a split without a key is told in the metadata', async () => {
  warnings();
  const server = await serve([{ name: 'split', strategies: [rollout(50)] }]);
  await OpenFeature.setProviderAndWait('split', createProvider(resolverOf({ url: server.url })));
  const client = OpenFeature.getClient('split');
  const { flagMetadata } = await client.getBooleanDetails('split', false);
  expect(flagMetadata).toEqual({
    engineReason: expect.any(String),
    featureEnabled: expect.any(Boolean),
    project: 'shop',
    bucketingKeyMissing: true,
  });
  expect(await client.getBooleanDetails('split', false, { targetingKey: 'u' })).toMatchObject({ reason: 'SPLIT' });
});
