import { once } from 'node:events';
import {
  type ClientRequest,
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { FlagDocument, Observer } from '@flagwright/core';
import { until } from '@flagwright/test-servers';
import { afterEach, describe, expect, it } from 'vitest';
import { serve, type TestServer } from '../../test/http/support.ts';
import { memoryStore } from '../memory.ts';
import { type Handler, httpSource, nodeHandler, storeHandler } from './index.ts';

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function server(handler: Handler): Promise<TestServer & { readonly outgoing: ServerResponse[] }> {
  const outgoing: ServerResponse[] = [];
  const listener = nodeHandler(handler);
  const made = await serve((request, response) => {
    outgoing.push(response);
    listener(request, response);
  });
  open.push(made.close);
  return { ...made, outgoing };
}

/** A connection to say anything on; what comes is kept unless it is paused. */
async function raw(port: number): Promise<{ readonly socket: Socket; readonly text: () => string }> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk) => {
    text += String(chunk);
  });
  open.push(async () => socket.destroy());
  return { socket, text: () => text };
}

describe('a request', () => {
  it('comes with its method, address, headers and body', async () => {
    const { url } = await server(async (request) => {
      const { method, headers } = request;
      return Response.json([method, request.url, headers.get('x-many'), headers.get('x-latin'), await request.text()]);
    });
    const response = await fetch(`${url}a%20b//c?d=é&e`, {
      method: 'PUT',
      headers: [
        ['x-many', '1'],
        ['x-many', '2'],
        ['x-latin', 'ü'],
      ],
      body: 'ü日',
    });
    expect(await response.json()).toEqual(['PUT', `${url}a%20b//c?d=%C3%A9&e`, '1, 2', 'ü', 'ü日']);
  });

  it('stays on its host, whatever its path looks like', async () => {
    const { port } = await server(async ({ url }) => new Response(url));
    for (const [target, expected] of [
      ['//evil.test/x', `http://127.0.0.1:${port}//evil.test/x`],
      ['http://other.test/x', 'http://other.test/x'],
    ] as const) {
      const { socket, text } = await raw(port);
      socket.write(`GET ${target} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nconnection: close\r\n\r\n`);
      await once(socket, 'close');
      expect(text(), target).toContain(expected);
    }
  });

  it.each([
    'GET / HTTP/1.1\r\nhost: a b\r\n',
    'GET / HTTP/1.1\r\nhost: [\r\n',
    'TRACE / HTTP/1.1\r\nhost: a\r\n',
    'GET http://[ HTTP/1.1\r\nhost: a\r\n',
  ])('that cannot be one is 400: %j', async (head) => {
    const { port } = await server(async () => new Response('no'));
    const { socket, text } = await raw(port);
    socket.write(`${head}connection: close\r\n\r\n`);
    await once(socket, 'close');
    expect(text()).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('of which the body breaks off fails where it is read', async () => {
    let outcome: unknown;
    const { port } = await server(async (request) => {
      outcome = await request.text().catch((error: unknown) => error);
      return new Response();
    });
    const { socket } = await raw(port);
    socket.write('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nhalf');
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.destroy();
    await until('the handler knows', () => outcome !== undefined);
    expect(outcome).toBeInstanceOf(Error);
  });

  it('waits with its body for whoever reads it', async () => {
    let request: Request | undefined;
    const { port, outgoing } = await server((asked) => {
      request = asked;
      return new Promise(() => undefined);
    });
    const { socket } = await raw(port);
    socket.write(`POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${100 * 2 ** 20}\r\n\r\n`);
    await until('it is there', () => request !== undefined);
    for (let i = 0; i < 100; i++) socket.write(Buffer.alloc(2 ** 20));
    const read = (): number => outgoing[0]!.req.socket.bytesRead;
    let before = -1;
    await until('nothing more is read', async () => {
      const same = read() === before;
      before = read();
      await new Promise((resolve) => setTimeout(resolve, 100));
      return same;
    });
    expect(read()).toBeLessThan(5 * 2 ** 20);
    expect((await request!.arrayBuffer()).byteLength).toBe(100 * 2 ** 20);
  });

  it('is aborted when the client is gone', async () => {
    let signal: AbortSignal | undefined;
    const { port } = await server((request) => {
      signal = request.signal;
      return new Promise(() => undefined);
    });
    const { socket } = await raw(port);
    socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    await until('it is there', () => signal !== undefined);
    expect(signal!.aborted).toBe(false);
    socket.destroy();
    await until('it is aborted', () => signal!.aborted);
  });
});

describe('a response', () => {
  it('has its status, headers and cookies', async () => {
    const { url } = await server(async () => {
      const headers = new Headers([
        ['set-cookie', 'a=1'],
        ['set-cookie', 'b=2'],
        ['x-latin', 'ü'],
      ]);
      return new Response('ü', { status: 418, headers });
    });
    const response = await fetch(url);
    expect(response.status).toBe(418);
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(response.headers.get('x-latin')).toBe('ü');
    expect(await response.text()).toBe('ü');
  });

  it('to HEAD has no body, and one without a body ends', async () => {
    let cancelled = 0;
    const { url } = await server(async ({ method }) => {
      if (method !== 'HEAD') return new Response(null, { status: 204 });
      return new Response(new ReadableStream({ cancel: () => void cancelled++ }), {
        headers: { 'content-length': '9' },
      });
    });
    const head = await fetch(url, { method: 'HEAD' });
    expect([head.headers.get('content-length'), await head.text(), cancelled]).toEqual(['9', '', 1]);
    expect((await fetch(url)).status).toBe(204);
  });

  it('is 500 of a handler that throws, without a word', async () => {
    const { url } = await server(async () => {
      throw new Error('secret');
    });
    const response = await fetch(url);
    expect([response.status, await response.text()]).toEqual([500, '']);
  });

  it('of which the body fails is cut off', async () => {
    const { url } = await server(async () => {
      let n = 0;
      return new Response(
        new ReadableStream({
          pull(controller) {
            if (n++ < 3) controller.enqueue(new TextEncoder().encode('part'));
            else controller.error(new Error('secret'));
          },
        }),
      );
    });
    await expect(fetch(url).then((response) => response.text())).rejects.toThrow();
  });

  it('comes whole, as does a request, both of megabytes', async () => {
    const { url } = await server(async ({ body }) => new Response(body));
    const bytes = new Uint8Array(20 * 2 ** 20).map((_, i) => i % 251);
    const response = await fetch(url, { method: 'POST', body: bytes });
    expect(Buffer.compare(Buffer.from(await response.arrayBuffer()), bytes)).toBe(0);
  });

  it('waits for a client that reads slowly, and is cancelled when it is gone', async () => {
    let pulled = 0;
    let cancelled = false;
    const { port } = await server(
      async () =>
        new Response(
          new ReadableStream({
            pull(controller) {
              pulled++;
              controller.enqueue(new Uint8Array(65_536));
            },
            cancel() {
              cancelled = true;
            },
          }),
        ),
    );
    const { socket } = await raw(port);
    socket.pause();
    socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    await until('it has begun', () => pulled > 0);
    let before = -1;
    await until('it waits', async () => {
      const same = pulled === before;
      before = pulled;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return same;
    });
    // what the buffers of the system hold, and no more
    expect(pulled).toBeLessThan(1_000);
    expect(cancelled).toBe(false);
    socket.destroy();
    await until('it is cancelled', () => cancelled);
  });

  it('reaches a client that still sends, whose connection serves on', async () => {
    const { port, url } = await server(storeHandler(memoryStore(), { maxBytes: 1_000 }));
    const headers = { 'content-type': 'application/json', 'transfer-encoding': 'chunked', connection: 'keep-alive' };
    const sending: ClientRequest = httpRequest({ port, host: '127.0.0.1', method: 'POST', headers });
    const answered = once(sending, 'response') as Promise<[IncomingMessage]>;
    sending.write(' '.repeat(100_000));
    const [response] = await answered;
    expect(response.statusCode).toBe(413);
    response.resume();
    sending.end(' '.repeat(1_000_000));
    await once(response, 'end');
    expect((await fetch(url)).status).toBe(200);
  });
});

describe('where a request goes', () => {
  const get = (target: string, host = 'a'): string => `GET ${target} HTTP/1.1\r\nhost: ${host}`;

  /** The status of the answer to a head, and the address that the handler was asked at. */
  async function asked(head: string): Promise<string> {
    const { port } = await server(async (request) => new Response(`at ${request.url}`));
    const { socket, text } = await raw(port);
    const closed = once(socket, 'close');
    socket.write(`${head}\r\nconnection: close\r\n\r\n`);
    await closed;
    return `${/^HTTP\/1\.1 (\d+)/.exec(text())?.[1]} ${/at (\S+)/.exec(text())?.[1] ?? ''}`.trim();
  }

  it.each([
    ['a path', get('/a?b=/..&c=\\'), '200 http://a/a?b=/..&c=\\'],
    ['a host with a port', get('/a', 'flags.example:8080'), '200 http://flags.example:8080/a'],
    ['an address of IPv6', get('/a', '[::1]:80'), '200 http://[::1]/a'],
    ['no host', get('/a/b', ''), '200 http://localhost/a/b'],
    ['an absolute target, whatever the host', get('http://b:1/a?c', 'other'), '200 http://b:1/a?c'],
    ['an absolute target without a path', get('http://b', 'other'), '200 http://b/'],
    ['names that have dots', get('/..a/.b/c..'), '200 http://a/..a/.b/c..'],
  ])('is by %s', async (_, head, expected) => {
    expect(await asked(head)).toBe(expected);
  });

  it.each([
    ['a host with a path', get('/healthz', 'a/secret?')],
    ['a host with a query', get('/healthz', 'a?')],
    ['a host with a fragment', get('/healthz', 'a#')],
    ['a host with a path up', get('/healthz', 'a/..')],
    ['a host with a backslash', get('/healthz', 'a\\b')],
    ['a host with a user', get('/healthz', 'b@a')],
    ['a host with an escape', get('/healthz', 'a%2fb')],
    ['a host with a blank', get('/healthz', 'a b')],
    ['an absolute target and a host with a path', get('http://b/healthz', 'a/secret?')],
    ['an absolute target with a user', get('http://c@b/healthz')],
    ['an absolute target with a path up', get('http://b/healthz/../secret')],
    ['an absolute target with a backslash', get('http://b\\secret')],
    ['a target of another scheme', get('ftp://b/secret')],
    ['a path with a backslash', get('/healthz\\..\\secret')],
    ['a path that leads up', get('/healthz/../secret')],
    ['a path that leads up by escapes', get('/healthz/.%2E/secret')],
    ['a path that ends above', get('/healthz/..')],
    ['a path with a fragment', get('/healthz#/secret')],
  ])('is refused of %s', async (_, head) => {
    expect(await asked(head)).toBe('400');
  });
});

describe('a connection', () => {
  /** What is answered to a request, and to one that follows it on the same connection. */
  async function both(port: number, head: string, body: Buffer): Promise<string> {
    const { socket, text } = await raw(port);
    socket.write(`${head}\r\nhost: a\r\ncontent-length: ${body.length}\r\n\r\n`);
    socket.write(body);
    socket.write('GET /next HTTP/1.1\r\nhost: a\r\nauthorization: let me\r\nconnection: close\r\n\r\n');
    await once(socket, 'close');
    return [...text().matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status).join(' ');
  }

  it.each([
    ['401', 'POST / HTTP/1.1\r\ncontent-type: application/json'],
    ['413', 'POST / HTTP/1.1\r\nauthorization: let me\r\ncontent-type: application/json'],
    ['415', 'POST / HTTP/1.1\r\nauthorization: let me\r\ncontent-type: text/plain'],
    ['405', 'PUT / HTTP/1.1\r\nauthorization: let me'],
    ['500', 'POST /broken HTTP/1.1'],
  ])('serves on after a body that nobody wanted was answered with %s', async (status, head) => {
    const authorize = ({ headers }: Request): boolean => headers.get('authorization') === 'let me';
    const store = storeHandler(memoryStore(), { authorize, maxBytes: 1_000 });
    const { port } = await server((request) => {
      if (request.url.endsWith('/broken')) throw new Error('broken');
      return store(request);
    });
    expect(await both(port, head, Buffer.alloc(3 * 2 ** 20, ' '))).toBe(`${status} 200`);
    expect(await both(port, head, Buffer.alloc(2_000, ' '))).toBe(`${status} 200`);
  });

  it('is closed after the answer where a body that nobody wanted goes on and on', async () => {
    const { port } = await server(async () => new Response('no', { status: 401 }));
    const { socket, text } = await raw(port);
    socket.write(`POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${2 ** 40}\r\n\r\n`);
    await until('it is answered', () => text().startsWith('HTTP/1.1 401 '));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    for (let i = 0; i < 100 && !socket.destroyed; i++) {
      socket.write(Buffer.alloc(2 ** 20));
      await new Promise(setImmediate);
    }
    await closed;
  });

  it('is answered at once where a parser took the body before', async () => {
    const listener = nodeHandler(storeHandler(memoryStore()));
    const made = await serve((request, response) => {
      request.resume().on('end', () => setTimeout(() => listener(request, response), 10));
    });
    open.push(made.close);
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(made.url, { method: 'POST', headers, body: '{"edits":[]}' });
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({ code: 'UNSUPPORTED', message: expect.stringContaining('parser') });
    expect((await fetch(made.url)).status).toBe(200);
  });
});

describe('a server', () => {
  it('can be shut down by the handler and then itself, though streams are open', async () => {
    const memory = memoryStore({ flags: {} });
    const handler = storeHandler(memory);
    const made = createServer(nodeHandler(handler)).listen(0, '127.0.0.1');
    await once(made, 'listening');
    const { port } = made.address() as AddressInfo;
    const failures: unknown[] = [];
    const source = httpSource({ url: `http://127.0.0.1:${port}/` });
    await source.read();
    await source.subscribe!({ changed: () => undefined, failed: (cause) => failures.push(cause) });
    await handler.close();
    const closed = once(made, 'close');
    made.close();
    await closed;
    await until('the loss is noticed', () => failures.length === 1);
    await source.close!();
  });

  it('cuts off who does not read, and waits for who reads slowly', async () => {
    const big = Buffer.alloc(2 ** 20, 'x');
    const endless = async (): Promise<Response> =>
      new Response(new ReadableStream({ pull: (controller) => controller.enqueue(big) }));
    const listener = nodeHandler(endless, { patience: 2_000 });
    const gone: string[] = [];
    const made = await serve((request, response) => {
      response.on('close', () => gone.push(request.url!));
      listener(request, response);
    });
    open.push(made.close);
    const [idle, slow] = [await raw(made.port), await raw(made.port)];
    idle.socket.pause();
    idle.socket.write('GET /idle HTTP/1.1\r\nhost: a\r\n\r\n');
    let taken = 0;
    slow.socket.removeAllListeners('data').on('data', (chunk: string) => {
      taken += chunk.length;
      slow.socket.pause();
      setTimeout(() => slow.socket.resume(), 2);
    });
    slow.socket.write('GET /slow HTTP/1.1\r\nhost: a\r\n\r\n');
    await until('the one is cut off', () => gone.includes('/idle'));
    const before = taken;
    await until('the other goes on', () => taken > before + 2 ** 20);
    expect(gone).toEqual(['/idle']);
  });

  it('keeps one document for many clients that do not read', async () => {
    const metadata = { text: 'x'.repeat(5_000_000) };
    const { port, outgoing } = await server(storeHandler(memoryStore({ flags: {}, metadata } as FlagDocument)));
    const clients = await Promise.all(Array.from({ length: 20 }, () => raw(port)));
    for (const { socket } of clients) {
      socket.pause();
      socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    }
    await until('all have begun', () => outgoing.length === 20 && outgoing.every(({ headersSent }) => headersSent));
    await new Promise((resolve) => setTimeout(resolve, 200));
    for (const one of outgoing) expect(one.writableLength + one.socket!.writableLength).toBeLessThan(500_000);
  });
});

describe('an event stream', () => {
  it('holds no subscription longer than its client stays', async () => {
    const observers = new Set<Observer>();
    const store = {
      ...memoryStore(),
      subscribe(observer: Observer) {
        observers.add(observer);
        return () => void observers.delete(observer);
      },
    };
    const { port } = await server(storeHandler(store));
    const clients = await Promise.all(Array.from({ length: 20 }, () => raw(port)));
    for (const { socket } of clients) socket.write('GET / HTTP/1.1\r\nhost: a\r\naccept: text/event-stream\r\n\r\n');
    await until('all are armed', () => clients.every(({ text }) => text().includes('event: armed')));
    expect(observers.size).toBe(20);
    for (const { socket } of clients.slice(0, 10)) socket.destroy();
    await until('half have left', () => observers.size === 10);
    for (const { socket } of clients.slice(10)) socket.resetAndDestroy();
    await until('all have left', () => observers.size === 0);
  });

  it('keeps little for a client that does not read', async () => {
    const observers = new Set<Observer>();
    let n = 0;
    const store = {
      name: 'test',
      read: async () => ({ document: {} as FlagDocument, revision: `${++n}-${'x'.repeat(50_000)}` }),
      subscribe(observer: Observer) {
        observers.add(observer);
        return () => void observers.delete(observer);
      },
    };
    const { port, outgoing } = await server(storeHandler(store, { heartbeat: 10 }));
    const { socket } = await raw(port);
    socket.pause();
    socket.write('GET / HTTP/1.1\r\nhost: a\r\naccept: text/event-stream\r\n\r\n');
    await until('it is armed', () => observers.size === 1);
    // 1.5 GB, if all were said
    for (let i = 0; i < 30_000; i++) {
      for (const observer of observers) observer.changed();
      await new Promise(setImmediate);
    }
    expect(outgoing[0]!.writableLength).toBeLessThan(500_000);
    expect(n).toBeLessThan(1_000);
  });
});
