import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OpenFeature } from '@openfeature/server-sdk';
import { openProvider } from 'flagwright';
import { table } from '../table.js';
import { shop } from './app.js';

// An express server that serves each user by their flags, and the requests of three of them, all at once.

await OpenFeature.setProviderAndWait(openProvider({ provider: 'file', file: { path: 'features.yaml' } }));

const server = createServer(shop()).listen(0, '127.0.0.1');
await once(server, 'listening');
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const users: Readonly<Record<string, Record<string, string>>> = {
  alice: { authorization: 'Bearer token-of-alice', 'cf-ipcountry': 'AT' },
  bob: { authorization: 'Bearer token-of-bob', 'cf-ipcountry': 'US' },
  // nobody in particular, who says otherwise
  mallory: { 'x-user-id': 'alice', 'x-forwarded-for': '10.0.0.1' },
};

const rows = await Promise.all(
  Object.entries(users).flatMap(([user, headers]) =>
    [
      { path: '/', method: 'GET' },
      { path: '/reports', method: 'GET' },
      { path: '/upload', method: 'POST', body: 'x'.repeat(5_000) },
    ].map(async ({ path, ...init }) => {
      const response = await fetch(`${url}${path}`, { ...init, headers });
      return [user, `${init.method} ${path}`, response.status, await response.text()];
    }),
  ),
);
console.log(table([['user', 'request', 'status', 'answer'], ...rows]));

const { headers } = await fetch(url, { headers: users.mallory! });
console.log(`\nwhat is known of mallory: ${headers.get('x-context')}`);

server.close();
await OpenFeature.close();
