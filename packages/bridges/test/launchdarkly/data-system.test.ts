import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { init } from '@launchdarkly/node-server-sdk';
import { afterEach, expect, it } from 'vitest';
import { launchDarklyResolver } from '../../src/launchdarkly/index.ts';
import { wireFlag } from './stream-server.ts';
import { eventually, KEY, listener } from './support.ts';

// The newer protocol of version 9, which its option `dataSystem` turns on: flags come as objects of a payload, and a
// stream that comes back may say that there is nothing new.

const streams = new Set<ServerResponse>();
let intent: 'xfer-full' | 'none' = 'xfer-full';

const server = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  streams.add(response);
  response.on('close', () => streams.delete(response));
  const send = (event: string, data: object) => response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  send('server-intent', { payloads: [{ id: 'p', target: 1, intentCode: intent, reason: 'test' }] });
  if (intent === 'none') return;
  send('put-object', { version: 1, kind: 'flag', key: 'on', object: wireFlag('on', true) });
  send('payload-transferred', { state: '(p:1)', version: 1 });
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

it('a stream by the newer protocol is heard too', async () => {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const resolver = launchDarklyResolver({
    client: (given) =>
      init(KEY, {
        baseUri: uri,
        streamUri: uri,
        eventsUri: uri,
        sendEvents: false,
        dataSystem: { dataSource: { dataSourceOptionsType: 'streamingOnly', streamInitialReconnectDelay: 0.1 } },
        ...given,
      }),
    grace: 10,
  });
  const told = listener();
  await resolver.start?.(told.events);
  expect(await resolver.resolve('boolean', 'on', false, { targetingKey: 'ann' })).toMatchObject({ value: true });
  for (const [n, next] of (['xfer-full', 'none'] as const).entries()) {
    intent = next;
    for (const stream of streams) stream.destroy();
    await eventually(() => expect(told.words).toHaveLength(2 * n + 2));
  }
  expect(told.words).toEqual(['stale', 'ready', 'stale', 'ready']);
  await resolver.stop?.();
});
