import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FlagDocument, FlagSource } from '@flagwright/core';
import { FlagError } from '@flagwright/core';
import { cached } from '@flagwright/sources/cached';
import { OpenFeature, ProviderEvents } from '@openfeature/server-sdk';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { flagProvider } from '../src/index.ts';

const EVENTS = [ProviderEvents.Ready, ProviderEvents.Stale, ProviderEvents.Error, ProviderEvents.ConfigurationChanged];

/** Waits until a check passes. */
const eventually = (check: () => unknown): Promise<unknown> => vi.waitFor(check, { timeout: 10_000, interval: 5 });

let folder: string;
let server: Server | undefined;
let port = 0;
let answer: (() => string) | undefined;

/** A backend behind HTTP: dead while there is no server, hanging while there is no answer. */
async function revive(text: string): Promise<void> {
  answer = () => text;
  server = createServer((_, response) => {
    if (answer !== undefined) response.end(answer());
  });
  await new Promise<void>((resolve) => server!.listen(port, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
}

async function die(): Promise<void> {
  const dying = server;
  server = undefined;
  dying?.closeAllConnections();
  await new Promise((resolve) => (dying === undefined ? resolve(undefined) : dying.close(resolve)));
}

const backend: FlagSource = {
  name: 'backend',
  async read(_, signal) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}/`, signal === undefined ? {} : { signal });
      const text = await response.text();
      return { document: JSON.parse(text) as FlagDocument, revision: text };
    } catch (error) {
      throw FlagError.from(error, 'UNAVAILABLE');
    }
  },
};

const flagsOf = (theme: string): string => JSON.stringify({ flags: { theme: { type: 'string', default: theme } } });
const open = (): FlagSource => cached(backend, { path: join(folder, 'copy'), startWithin: 50 });

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'flagwright-provider-'));
  await revive(flagsOf('dark'));
  const before = open();
  await before.read();
  await before.close?.();
});

afterEach(async () => {
  OpenFeature.clearHandlers();
  await OpenFeature.close();
  await die();
  rmSync(folder, { recursive: true, force: true });
});

it.each(['dead', 'hanging'])('an application starts with a %s backend, is told, and is told again', async (how) => {
  if (how === 'dead') await die();
  else answer = undefined;

  const domain = `cached-${how}`;
  const client = OpenFeature.getClient(domain);
  const told: string[] = [];
  let started = false;
  for (const event of EVENTS) client.addHandler(event, () => told.push(started ? event : `${event} too early`));
  const starting = OpenFeature.setProviderAndWait(domain, flagProvider(open(), { refreshInterval: 60_000 }));
  await starting.then(() => {
    started = true;
    // the SDK's own event comes with the end of the start
    told.push('started');
  });
  expect(await client.getStringDetails('theme', 'light')).toMatchObject({ value: 'dark' });
  await eventually(() => expect(told).toContain('PROVIDER_STALE'));
  expect(told.filter((one) => !one.startsWith('PROVIDER_READY'))).toEqual(['started', 'PROVIDER_STALE']);
  expect(told.indexOf('PROVIDER_STALE')).toBeGreaterThan(told.findIndex((one) => one.startsWith('PROVIDER_READY')));
  expect(client.providerStatus).toBe('STALE');

  told.length = 0;
  // a connection that hangs is still waited for
  if (how === 'hanging') await die();
  await revive(flagsOf('solarized'));
  await eventually(() => expect(told).toContain('PROVIDER_READY'));
  expect(told.toSorted()).toEqual(['PROVIDER_CONFIGURATION_CHANGED', 'PROVIDER_READY']);
  expect(client.providerStatus).toBe('READY');
  expect(await client.getStringDetails('theme', 'light')).toMatchObject({ value: 'solarized' });

  // what came late is on disk for the next start
  told.length = 0;
  await OpenFeature.close();
  await die();
  const next = open();
  expect((await next.read()).revision).toBe(flagsOf('solarized'));
  await next.close?.();
});

it('an application that runs serves on when its backend goes away', async () => {
  const client = OpenFeature.getClient('cached-later');
  await OpenFeature.setProviderAndWait('cached-later', flagProvider(open(), { refreshInterval: 20 }));
  expect(client.providerStatus).toBe('READY');
  await die();
  await eventually(() => expect(client.providerStatus).toBe('STALE'));
  expect((await client.getStringDetails('theme', 'light')).value).toBe('dark');
  await revive(flagsOf('dark'));
  await eventually(() => expect(client.providerStatus).toBe('READY'));
});
