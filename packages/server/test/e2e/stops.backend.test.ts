import type { ServerResponse } from 'node:http';
import { startProxy, until } from '@flagwright/test-servers';
import { Client } from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { emptyDatabase } from '../database/engines.ts';
import { type Receiver, startReceiver } from '../webhooks/receiver.ts';
import { type Running, run } from './servers.ts';

let url: string;
let drop: () => Promise<void>;
let receiver: Receiver;
beforeEach(async () => {
  ({ url, drop } = await emptyDatabase());
  receiver = await startReceiver();
});
afterEach(async () => {
  await receiver.stop();
  await drop();
});

/** A server with a webhook whose receiver holds what it is told; three things to tell, of which the first was sent. */
async function telling(): Promise<{ running: Running; held: ServerResponse[] }> {
  const held: ServerResponse[] = [];
  receiver.behave((_, answer) => held.push(answer));
  const running = await run({ options: { database: url }, remove: drop }, { allowPrivateWebhooks: true });
  const api = running.api();
  await api.ask('POST', '/webhooks', { body: { name: 'held', url: receiver.url } });
  for (const id of ['a', 'b', 'c']) await api.ask('POST', '/projects', { body: { metadata: { id }, spec: {} } });
  await until('the first is sent', () => held.length > 0);
  return { running, held };
}

/** What the database says of the webhook. */
async function webhook(): Promise<{ readonly lease_holder: string | null; readonly failures: number }> {
  const client = new Client(url);
  await client.connect();
  try {
    const { rows } = await client.query('select lease_holder, failures from flagwright.webhooks');
    return rows[0];
  } finally {
    await client.end();
  }
}

it('a server that ends waits for what is being sent, and sends nothing more', async () => {
  const { running, held } = await telling();
  // no test lasts that long
  const closed = running.server.close(600_000);
  held[0]?.writeHead(204).end();
  await closed;
  expect(receiver.events).toHaveLength(1);
  expect(await webhook()).toEqual({ lease_holder: null, failures: 0 });
});

it('gives up in time what is not taken, for the next server to send at once', async () => {
  const { running } = await telling();
  await running.server.close(1_500);
  expect(await webhook()).toEqual({ lease_holder: null, failures: 0 });
  receiver.behave((_, answer) => answer.writeHead(204).end());
  const next = await run({ options: { database: url }, remove: drop }, { allowPrivateWebhooks: true });
  await until('all is told', () => receiver.events.length === 4);
  expect(receiver.events.map(({ body }) => body.data.id)).toEqual(['a', 'a', 'b', 'c']);
  await next.close();
});

it('ends while its database does not answer', async () => {
  const proxy = await startProxy({ port: Number(new URL(url).port) });
  try {
    const running = await run({ options: { database: proxy.through(url) }, remove: drop });
    proxy.freeze();
    await running.server.close(1_000);
    await expect(fetch(`${running.url}/healthz`)).rejects.toThrow();
  } finally {
    await proxy.close();
  }
});
