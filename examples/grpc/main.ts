import { credentials, ServerCredentials } from '@grpc/grpc-js';
import { OpenFeature } from '@openfeature/server-sdk';
import { openProvider } from 'flagwright';
import { table } from '../table.js';
import { callsOf, type ShopClient } from './calls.js';
import { Shop, shop } from './shop.js';

// A gRPC server over TCP that serves each user by their flags; three users call all its methods at once.

await OpenFeature.setProviderAndWait(openProvider({ provider: 'file', file: { path: 'features.yaml' } }));

const server = shop();
const port = await new Promise<number>((resolve, reject) => {
  server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
    error === null ? resolve(bound) : reject(error),
  );
});
const client = new Shop(`127.0.0.1:${port}`, credentials.createInsecure()) as unknown as ShopClient;

const users = [
  { user: 'alice', plan: 'pro', country: 'DE', groups: 'beta,staff' },
  { user: 'bob', plan: 'free', country: 'US' },
  { user: 'carol', plan: 'free', country: 'DE' },
];
const METHODS = ['Price (unary)', 'Total (client stream)', 'List (server stream)', 'Chat (both ways)'];
const answers = await Promise.all(users.map((user) => callsOf(client, user)));
const rows = users.flatMap(({ user }, n) => METHODS.map((method, m) => [user, method, answers[n]![m]]));
console.log(table([['user', 'method', 'answer'], ...rows]));

client.close();
await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
await OpenFeature.close();
