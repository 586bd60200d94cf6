import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FlagStore } from '@flagwright/core';
import { bearer, nodeHandler } from '@flagwright/sources/http';
import { migrate, postgresStore } from '@flagwright/sources/postgres';
import { afterEach, beforeAll, beforeEach, expect, inject, it } from 'vitest';
import { type GatesClient, gatesClient, gatesHandler } from './index.ts';

// The gates of a cluster over HTTP, on PostgreSQL, by servers of their own.

const connectionString = inject('postgresUrl');
const table = `gates_rest_${randomUUID().slice(0, 8)}`;
let project: string;
let stores: FlagStore[];
let servers: Server[];

beforeAll(() => migrate({ connectionString, table }));

beforeEach(() => {
  project = `gates-rest-${randomUUID()}`;
  [stores, servers] = [[], []];
});

afterEach(async () => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
  for (const store of stores) await store.close?.();
});

function storeOf(manager?: string): FlagStore {
  const store = postgresStore({ connectionString, table, project, ...(manager === undefined ? {} : { manager }) });
  stores.push(store);
  return store;
}

async function clientOf(store: FlagStore): Promise<GatesClient> {
  const server = createServer(nodeHandler(gatesHandler(store, { authorize: bearer('token') })));
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return gatesClient(`http://127.0.0.1:${port}/1.0/feature-gates`, { token: 'token' });
}

it('a gate through its life, as two servers of one cluster see it', async () => {
  const [one, other] = [await clientOf(storeOf()), await clientOf(storeOf())];
  // a set that is not there is not an empty one; the first gate makes it
  await expect(one.list()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  await expect(one.update('storage.ceph', true)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  const made = await one.create('storage.ceph', true);
  // the tag is that of the content, however the store keeps it
  expect(await other.get('storage.ceph')).toEqual(made);
  await expect(other.create('storage.ceph', true)).rejects.toMatchObject({ code: 'CONFLICT' });
  const changed = await other.update('storage.ceph', false, { ifMatch: made.etag });
  await expect(one.update('storage.ceph', true, { ifMatch: made.etag })).rejects.toMatchObject({ code: 'CONFLICT' });
  expect(await one.get('storage.ceph')).toEqual(changed);
  expect(await one.list()).toEqual([{ name: 'storage.ceph', enabled: false, etag: undefined }]);
  await one.remove('storage.ceph', { ifMatch: changed.etag });
  await expect(other.get('storage.ceph')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(await other.create('storage.ceph', true)).toMatchObject({ enabled: true });
});

it('of many writers at once, each has written or was told', async () => {
  const clients = await Promise.all(Array.from({ length: 4 }, () => clientOf(storeOf())));
  const made = await Promise.allSettled(clients.map((client, i) => client.create('a', i % 2 === 0)));
  expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  const { etag } = await clients[0]!.get('a');
  const changed = await Promise.allSettled(clients.map((client) => client.update('a', true, { ifMatch: etag })));
  expect(changed.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  const many = Array.from({ length: 10 }, () => clients).flat();
  const last = await Promise.allSettled(many.map((client, i) => client.update('a', i % 2 === 0)));
  expect(last.filter(({ status }) => status === 'fulfilled')).toHaveLength(40);
});

it('a set that its control plane manages can be read, and not written', async () => {
  await (await clientOf(storeOf('server'))).create('a', true);
  const client = await clientOf(storeOf());
  expect(await client.get('a')).toMatchObject({ enabled: true });
  await expect(client.update('a', false)).rejects.toMatchObject({ code: 'MANAGED' });
  await expect(client.remove('a')).rejects.toMatchObject({ code: 'MANAGED' });
  expect(await client.get('a')).toMatchObject({ enabled: true });
});
