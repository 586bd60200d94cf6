import { randomUUID } from 'node:crypto';
import type { FlagStore } from '@flagwright/core';
import { migrate, postgresStore } from '@flagwright/sources/postgres';
import { afterEach, beforeAll, beforeEach, expect, inject, it } from 'vitest';
import { gatesClient, gatesHandler } from './index.ts';

// The gates of a cluster over HTTP, on PostgreSQL; the handler is called without a network between.

const connectionString = inject('postgresUrl');
let project: string;
let stores: FlagStore[];

beforeAll(() => migrate({ connectionString }));

beforeEach(() => {
  project = `gates-rest-${randomUUID()}`;
  stores = [];
});

afterEach(async () => {
  for (const store of stores) await store.close?.();
});

function storeOf(manager?: string): FlagStore {
  const store = postgresStore({ connectionString, project, ...(manager === undefined ? {} : { manager }) });
  stores.push(store);
  return store;
}

function clientOf(store: FlagStore) {
  const handler = gatesHandler(store, { authorize: 'everybody' });
  return gatesClient('http://cluster.test/1.0/feature-gates', {
    fetch: (url, init) => handler(new Request(url as string, init)),
  });
}

it('a gate through its life, as two servers of one cluster see it', async () => {
  const [one, other] = [clientOf(storeOf()), clientOf(storeOf())];
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
  const clients = Array.from({ length: 4 }, () => clientOf(storeOf()));
  const made = await Promise.allSettled(clients.map((client, i) => client.create('a', i % 2 === 0)));
  expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  const { etag } = await clients[0]!.get('a');
  const changed = await Promise.allSettled(clients.map((client) => client.update('a', true, { ifMatch: etag })));
  expect(changed.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  const last = await Promise.allSettled(clients.map((client, i) => client.update('a', i % 2 === 0)));
  expect(last.filter(({ status }) => status === 'fulfilled')).toHaveLength(4);
});

it('a set that its control plane manages can be read, and not written', async () => {
  await clientOf(storeOf('server')).create('a', true);
  const client = clientOf(storeOf());
  expect(await client.get('a')).toMatchObject({ enabled: true });
  await expect(client.update('a', false)).rejects.toMatchObject({ code: 'MANAGED' });
  await expect(client.remove('a')).rejects.toMatchObject({ code: 'MANAGED' });
  expect(await client.get('a')).toMatchObject({ enabled: true });
});
