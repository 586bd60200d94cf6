import { AsyncLocalStorage } from 'node:async_hooks';
import { type Client, OpenFeature } from '@openfeature/server-sdk';

const clients: AsyncLocalStorage<Client | undefined> = /* @__PURE__ */ new AsyncLocalStorage<Client | undefined>();

let standard: Client | undefined;

/** The OpenFeature client of the current request, as its middleware was told; outside of one the default client. */
export function currentClient(): Client {
  const client = clients.getStore();
  if (client !== undefined) return client;
  standard ??= OpenFeature.getClient();
  return standard;
}

/** Runs `fn` with a client as the current one; with undefined, the current one stays. */
export function withClient<R>(client: Client | undefined, fn: () => R): R {
  return client === undefined ? fn() : clients.run(client, fn);
}

/** Runs code, later, with the client of the current request as it is now: also with none, whatever is around it then. */
export function keepClient(): <R>(fn: () => R) => R {
  const client = clients.getStore();
  return (fn) => clients.run(client, fn);
}
