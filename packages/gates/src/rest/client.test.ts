import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FlagError, type FlagStore } from '@flagwright/core';
import { bearer, nodeHandler } from '@flagwright/sources/http';
import { memoryStore } from '@flagwright/sources/memory';
import { afterEach, describe, expect, it } from 'vitest';
import { defineGates } from '../gates.ts';
import { liveGates } from '../live.ts';
import { type GatesHandlerOptions, gatesClient, gatesHandler } from './index.ts';

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** A server on a free port of 127.0.0.1, closed after the test; the address of its gates. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push(async () => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/1.0/feature-gates`;
}

const served = (store: FlagStore, options: Partial<GatesHandlerOptions> = {}): Promise<string> =>
  serve(nodeHandler(gatesHandler(store, { authorize: 'everybody', ...options })));

const answering = (status: number, body: string, headers: Readonly<Record<string, string>> = {}): Promise<string> =>
  serve((request, response) => {
    request.resume();
    response.writeHead(status, headers).end(body);
  });

describe('over HTTP', () => {
  it('creates, reads, changes, lists and removes', async () => {
    const client = gatesClient(await served(memoryStore()));
    expect(await client.list()).toEqual([]);
    const made = await client.create('feature.storage.ceph', true);
    expect(made).toEqual({ name: 'storage.ceph', enabled: true, etag: expect.stringMatching(/^"\w+"$/) });
    expect(await client.get('storage.ceph')).toEqual(made);
    await client.create('EventsProxy', false);
    const changed = await client.update('storage.ceph', false, { ifMatch: made.etag });
    expect(changed).toMatchObject({ name: 'storage.ceph', enabled: false });
    expect(await client.list()).toEqual([
      { name: 'EventsProxy', enabled: false, etag: undefined },
      { name: 'storage.ceph', enabled: false, etag: undefined },
    ]);
    await client.remove('feature.storage.ceph', { ifMatch: changed.etag });
    await client.remove('EventsProxy');
    expect(await client.list()).toEqual([]);
  });

  it('says what is wrong by the code of the server', async () => {
    const client = gatesClient(await served(memoryStore({ flags: { 'feature.a': { default: true } } })));
    await expect(client.get('b')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(client.update('b', true)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(client.remove('b')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(client.create('a', true)).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(client.update('a', true, { ifMatch: '"x"' })).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(client.remove('a', { ifMatch: '"x"' })).rejects.toMatchObject({ code: 'CONFLICT' });
    for (const name of ['a b', '', '__proto__', '../a', 'a/b', '日本']) {
      await expect(client.get(name), name).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
    await expect(client.create('a b', true)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(client.update('a', 'yes' as never)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('set is whichever it takes, against others too', async () => {
    const store = memoryStore();
    const url = await served(store);
    const clients = Array.from({ length: 6 }, () => gatesClient(url));
    const client = gatesClient(url);
    expect(await client.set('a', true)).toMatchObject({ enabled: true });
    expect(await client.set('a', false)).toMatchObject({ enabled: false });
    const values = await Promise.all(clients.map((one, i) => one.set('b', i % 2 === 0)));
    expect(values.map(({ enabled }) => enabled)).toEqual([true, false, true, false, true, false]);
    expect(await client.list()).toHaveLength(2);
  });

  it('a managed set, and its words, come through', async () => {
    const store: FlagStore = {
      ...memoryStore(),
      commit: () => Promise.reject(new FlagError('MANAGED', 'the set shop/prod is managed by server')),
    };
    await expect(gatesClient(await served(store)).create('a', true)).rejects.toMatchObject({
      code: 'MANAGED',
      message: 'the set shop/prod is managed by server',
    });
  });

  it('tokens: one, one that changes, and none', async () => {
    const tokens = ['one', 'two'];
    const url = await served(memoryStore(), { authorize: bearer(tokens) });
    expect(await gatesClient(url, { token: 'one' }).list()).toEqual([]);
    const changing = gatesClient(`${url}/`, { token: async () => tokens.shift() ?? 'three' });
    expect(await changing.list()).toEqual([]);
    expect(await changing.list()).toEqual([]);
    await expect(changing.list()).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    await expect(gatesClient(url).list()).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    const failing = gatesClient(url, { token: () => Promise.reject(new Error('secret')) });
    const thrown: unknown = await failing.list().catch((error: unknown) => error);
    expect(thrown).toMatchObject({ code: 'UNAVAILABLE' });
    expect(String(thrown)).not.toContain('secret');
  });

  it('headers and a fetch of the user’s own', async () => {
    const seen: string[] = [];
    const url = await served(memoryStore(), {
      authorize: ({ headers }) => headers.get('x-api-key') === 'key',
    });
    const client = gatesClient(url, {
      headers: { 'X-Api-Key': 'key' },
      fetch(input, init) {
        seen.push(`${init?.method} ${new URL(String(input)).pathname}`);
        return fetch(input, init);
      },
    });
    await client.create('storage.ceph', true);
    await client.get('storage.ceph');
    expect(seen).toEqual(['POST /1.0/feature-gates', 'GET /1.0/feature-gates/feature.storage.ceph']);
  });

  it('what is set there, a node that follows the store sees', async () => {
    const store = memoryStore();
    const gates = defineGates(
      { program: 'sunbeam', version: '1.0.0' },
      { 'storage.ceph': { stage: 'alpha', owner: '@storage', description: 'Ceph.', since: '0.9.0' } },
    );
    const live = liveGates(gates, store);
    await live.ready();
    const client = gatesClient(await served(store));
    const swapped = () => new Promise((resolve) => live.on(resolve));
    for (const [act, enabled] of [
      [() => client.create('storage.ceph', true), true],
      [() => client.update('storage.ceph', false), false],
      [() => client.remove('storage.ceph'), false],
    ] as const) {
      await Promise.all([swapped(), act()]);
      expect(live.enabled('storage.ceph')).toBe(enabled);
    }
    expect(live.current.state('storage.ceph').layer).toBe('default');
    await live.close();
  });
});

describe('a server that is not well, or none of ours', () => {
  it('cannot be reached: nothing was done', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    const client = gatesClient(`http://127.0.0.1:${port}/gates`);
    await expect(client.list()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(client.create('a', true)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('hangs up: of a change nobody knows whether it was made', async () => {
    const client = gatesClient(await serve((request) => request.socket.destroy()));
    await expect(client.list()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(client.update('a', true)).rejects.toMatchObject({ code: 'UNKNOWN' });
  });

  it('hangs, before the answer or within it', async () => {
    const silent = gatesClient(await serve(() => undefined), { timeout: 50 });
    const halting = gatesClient(await serve((_, response) => void response.writeHead(200).write('[')), { timeout: 50 });
    for (const client of [silent, halting]) {
      await expect(client.list()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      await expect(client.remove('a')).rejects.toMatchObject({ code: 'UNKNOWN' });
    }
  });

  it.each<[number, string, string, string]>([
    [200, '<h1>Welcome</h1>', 'UNAVAILABLE', 'UNKNOWN'],
    [200, '{"type":"sync"}', 'UNAVAILABLE', 'UNKNOWN'],
    [200, '[{"gate-key":1}]', 'UNAVAILABLE', 'UNKNOWN'],
    [200, '', 'UNAVAILABLE', 'UNKNOWN'],
    [302, '', 'UNAVAILABLE', 'UNAVAILABLE'],
    [400, '', 'INVALID_ARGUMENT', 'INVALID_ARGUMENT'],
    [403, '', 'UNAUTHORIZED', 'UNAUTHORIZED'],
    [404, '<h1>Not Found</h1>', 'NOT_FOUND', 'NOT_FOUND'],
    [429, '', 'UNAVAILABLE', 'UNAVAILABLE'],
    [500, '', 'UNAVAILABLE', 'UNKNOWN'],
    [502, '', 'UNAVAILABLE', 'UNKNOWN'],
    [503, '', 'UNAVAILABLE', 'UNKNOWN'],
  ])('%i %j', async (status, body, reading, changing) => {
    const client = gatesClient(await answering(status, body, { location: 'http://127.0.0.1:1/' }));
    await expect(client.list()).rejects.toMatchObject({ code: reading });
    await expect(client.update('a', true)).rejects.toMatchObject({ code: changing });
  });

  it('says when to ask again, and nothing that it was sent', async () => {
    const problem = { code: 'UNAVAILABLE', detail: `no \u001b[2J for Bearer very-secret ${'x'.repeat(1_000)}` };
    const headers = { 'content-type': 'application/problem+json', 'retry-after': '7' };
    const client = gatesClient(await answering(503, JSON.stringify(problem), headers), { token: 'very-secret' });
    const thrown = (await client.create('a', true).catch((error: unknown) => error)) as FlagError;
    expect(thrown).toMatchObject({ code: 'UNAVAILABLE', retryAfter: 7_000 });
    expect(thrown.message).toMatch(/^no {2}?\[2J for Bearer \[hidden\] x+$/);
    expect(thrown.message.length).toBeLessThanOrEqual(500);
  });

  it('a problem of others counts by its status', async () => {
    const headers = { 'content-type': 'application/problem+json' };
    for (const body of ['{"code":"constructor"}', '[]', 'x']) {
      await expect(gatesClient(await answering(404, body, headers)).get('a')).rejects.toMatchObject({
        code: 'NOT_FOUND',
      });
    }
  });

  it('an answer without an end is read no further than a bound', async () => {
    const url = await serve((_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, 0x20)));
      };
      response.on('drain', more).writeHead(200);
      more();
    });
    await expect(gatesClient(url).list()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});

describe('what no request can say', () => {
  const sent: string[] = [];
  const client = gatesClient('http://127.0.0.1:1/gates', {
    fetch: async (url) => {
      sent.push(String(url));
      throw new TypeError('fetch failed');
    },
  });

  it.each<[string, () => Promise<unknown>]>([
    ['ifMatch with a line break', () => client.update('a', true, { ifMatch: 'x\ny' })],
    ['ifMatch beyond bytes', () => client.remove('a', { ifMatch: '"日"' })],
    ['ifMatch that is no text', () => client.remove('a', { ifMatch: 7 as never })],
    ['half a character', () => client.get('\ud800')],
    ['no name', () => client.get(undefined as never)],
    ['null', () => client.update(null as never, true)],
    ['a number', () => client.set(7 as never, true)],
    ['a name that no gate can have', () => client.create('a b', true)],
    ['a text for a boolean', () => client.update('a', 'true' as never)],
    ['nothing for a boolean', () => client.create('a', undefined as never)],
  ])('is refused, and nothing is sent: %s', async (_, ask) => {
    await expect(ask()).rejects.toMatchObject({ name: 'FlagError', code: 'INVALID_ARGUMENT' });
    expect(sent).toEqual([]);
  });
});

it.each<[string, unknown, object]>([
  ['no address', 'gates', {}],
  ['another protocol', 'ftp://h/gates', {}],
  ['a password', 'http://u:secret@h/gates', {}],
  ['a query', 'http://h/gates?token=secret', {}],
  ['a token of nothing', 'http://h/gates', { token: '' }],
  ['a token with a line break', 'http://h/gates', { token: 'secret\n' }],
  ['a header of ours', 'http://h/gates', { headers: { 'content-type': 'secret' } }],
  ['no fetch', 'http://h/gates', { fetch: 'secret-fetch' }],
  ['a timeout of nothing', 'http://h/gates', { timeout: 0 }],
])('options: %s', (_, url, options) => {
  expect(() => gatesClient(url as string, options)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  if ('fetch' in options) return;
  expect(() => gatesClient(url as string, options)).not.toThrow(/secret/);
});
