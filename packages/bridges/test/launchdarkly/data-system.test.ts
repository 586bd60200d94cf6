import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Resolver } from '@flagwright/core';
import { init } from '@launchdarkly/node-server-sdk';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { launchDarklyResolver } from '../../src/launchdarkly/index.ts';
import { wireFlag } from './stream-server.ts';
import { eventually, KEY, listener, type Told } from './support.ts';

// The newer protocol of version 9, which its option `dataSystem` turns on: flags come as objects of a payload, and a
// stream that comes back may say that there is nothing new.

type Mode = 'xfer-full' | 'none' | 'garbage' | 401 | 404;

let mode: Mode;
let streams: Set<ServerResponse>;
let uri: string;
let resolver: Resolver | undefined;
let told: Told;
let stopServer: () => void;

const GARBAGE = 'event: server-intent\ndata: {"payl\n\n';

beforeEach(async () => {
  mode = 'xfer-full';
  streams = new Set();
  const server = createServer((_request, response) => {
    if (typeof mode === 'number') {
      response.writeHead(mode).end();
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    streams.add(response);
    response.on('close', () => streams.delete(response));
    if (mode === 'garbage') {
      response.write(GARBAGE);
      return;
    }
    const send = (event: string, data: object) => response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    send('server-intent', { payloads: [{ id: 'p', target: 1, intentCode: mode, reason: 'test' }] });
    if (mode === 'none') return;
    send('put-object', { version: 1, kind: 'flag', key: 'on', object: wireFlag('on', true) });
    send('payload-transferred', { state: '(p:1)', version: 1 });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  stopServer = () => {
    server.closeAllConnections();
    server.close();
  };
  uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  told = listener();
});

async function start(grace: number): Promise<Resolver> {
  const dataSource = { dataSourceOptionsType: 'streamingOnly', streamInitialReconnectDelay: 0.1 } as const;
  const uris = { baseUri: uri, streamUri: uri, eventsUri: uri };
  resolver = launchDarklyResolver({
    client: (given) => init(KEY, { ...uris, sendEvents: false, dataSystem: { dataSource }, ...given }),
    grace,
    startTimeout: 5_000,
  });
  await resolver.start?.(told.events);
  return resolver;
}

afterEach(async () => {
  await resolver?.stop?.();
  stopServer();
});

const cut = (): void => {
  for (const stream of streams) stream.destroy();
};

it('a stream by the newer protocol is heard too', async () => {
  const started = await start(10);
  expect(await started.resolve('boolean', 'on', false, { targetingKey: 'ann' })).toMatchObject({ value: true });
  for (const [n, next] of (['xfer-full', 'none'] as const).entries()) {
    mode = next;
    cut();
    await eventually(() => expect(told.words).toHaveLength(2 * n + 2));
  }
  expect(told.words).toEqual(['stale', 'ready', 'stale', 'ready']);
});

it('a key that is refused at the start is told', async () => {
  mode = 401;
  await expect(start(10)).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
});

it.each([
  [401, 'UNAUTHORIZED'],
  [404, 'UNAVAILABLE'],
] as const)('%d later on is told as %s', async (status, code) => {
  const started = await start(5_000);
  mode = status;
  cut();
  await eventually(() => expect(told.words).toEqual(['stale']));
  expect(told.causes[0]).toMatchObject({ code, message: expect.stringContaining(String(status)) });
  expect(await started.resolve('boolean', 'on', false, { targetingKey: 'ann' })).toMatchObject({ value: true });
});

it('a stream that cannot be read is told, until it can', async () => {
  await start(5_000);
  mode = 'garbage';
  for (const stream of streams) stream.write(GARBAGE);
  await eventually(() => expect(told.words).toEqual(['stale']));
  expect(told.causes[0]).toMatchObject({ code: 'PARSE_ERROR' });
  mode = 'xfer-full';
  await eventually(() => expect(told.words).toEqual(['stale', 'ready']), 8_000);
});
