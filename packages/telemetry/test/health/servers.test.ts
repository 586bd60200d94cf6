import { createServer, request, type Server } from 'node:http';
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import { afterEach, describe, expect, it } from 'vitest';
import { healthHandler, healthReport, livenessHandler, readinessHandler } from '../../src/health/index.ts';
import { good } from './support.ts';

// One handler for all servers: each is asked over TCP, or, where it has a fetch of its own, by that.

let health = good();
const subject = healthReport({ health: () => health });
const [healthy, ready, alive] = [healthHandler(subject), readinessHandler(subject), livenessHandler()];
const closing: (() => unknown)[] = [];
afterEach(async () => {
  health = good();
  for (const close of closing.splice(0)) await close();
});

type Ask = (method: string, path: string) => Promise<Response>;

async function over(server: Server): Promise<Ask> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return (method, path) => fetch(`http://127.0.0.1:${port}${path}`, { method, ...bodyOf(method) });
}

const bodyOf = (method: string): { readonly body?: string } => (method === 'POST' ? { body: '{"a": 1}' } : {});

const SERVERS: Readonly<Record<string, () => Promise<Ask>>> = {
  'node:http': () =>
    over(
      createServer((request, response) => {
        if (request.url === '/health') healthy(request, response);
        else if (request.url === '/ready') ready(request, response);
        else alive(request, response);
      }),
    ),
  'express, by all methods': () => {
    const app = express();
    app.use(express.json());
    app.all('/health', healthy);
    app.all('/ready', ready);
    app.all('/live', alive);
    return over(createServer(app));
  },
  'fastify, by all methods': async () => {
    const app = fastify();
    app.all('/health', healthy);
    app.all('/ready', ready);
    app.all('/live', alive);
    const address = await app.listen({ port: 0, host: '127.0.0.1' });
    closing.push(() => app.close());
    return (method, path) => {
      const body = bodyOf(method);
      const headers: Record<string, string> = body.body === undefined ? {} : { 'content-type': 'application/json' };
      return fetch(`${address}${path}`, { method, headers, ...body });
    };
  },
  hono: async () => {
    const app = new Hono();
    app.all('/health', healthy);
    app.all('/ready', ready);
    app.all('/live', alive);
    return async (method, path) => app.request(path, { method, ...bodyOf(method) });
  },
  'route handlers': async () => {
    type Route = (request: Request, context: { readonly params: Promise<object> }) => Response | Promise<Response>;
    const routes: Readonly<Record<string, Route>> = { '/health': healthy, '/ready': ready, '/live': alive };
    return async (method, path) =>
      routes[path]!(new Request(`http://localhost${path}`, { method, ...bodyOf(method) }), {
        params: Promise.resolve({}),
      });
  },
};

describe.each(Object.entries(SERVERS))('%s', (_, open) => {
  it('answers GET', async () => {
    const ask = await open();
    for (const [path, body] of [
      ['/health', { status: 'healthy', flags_loaded: 12, source: { name: 'postgres' } }],
      ['/ready', { ready: true }],
      ['/live', { alive: true }],
    ] as const) {
      const response = await ask('GET', path);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toMatch(/^application\/json\b/);
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(await response.json()).toMatchObject(body);
    }
  });

  it('answers HEAD without a body', async () => {
    const ask = await open();
    health = good({ status: 'closed' });
    for (const [path, status] of [
      ['/health', 503],
      ['/ready', 503],
      ['/live', 200],
    ] as const) {
      const response = await ask('HEAD', path);
      expect(response.status).toBe(status);
      expect(response.headers.get('content-type')).toMatch(/^application\/json\b/);
      expect(await response.text()).toBe('');
    }
  });

  it('answers 503 while there are no flags, and 200 as soon as there are', async () => {
    const ask = await open();
    health = good({ status: 'starting', revision: undefined });
    const response = await ask('GET', '/health');
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ status: 'unhealthy' });
    expect((await ask('GET', '/ready')).status).toBe(503);
    health = good({ status: 'stale' });
    expect((await ask('GET', '/health')).status).toBe(200);
    expect((await ask('GET', '/ready')).status).toBe(200);
  });

  it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('refuses %s', async (method) => {
    const ask = await open();
    const response = await ask(method, '/health');
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, HEAD');
    expect(await response.json()).toEqual({ error: 'only GET and HEAD are answered' });
    expect((await ask('GET', '/health')).status).toBe(200);
  });

  it('answers many at once', async () => {
    const ask = await open();
    const answers = await Promise.all(Array.from({ length: 50 }, async () => (await ask('GET', '/health')).json()));
    for (const answer of answers) expect(answer).toMatchObject({ status: 'healthy' });
  });
});

describe('as one registers it', () => {
  it('node:http: the handler is the listener', async () => {
    const ask = await over(createServer(healthy));
    expect(await (await ask('GET', '/')).json()).toMatchObject({ status: 'healthy' });
  });

  it('express: get answers HEAD, too', async () => {
    const app = express();
    app.get('/health', healthy);
    const ask = await over(createServer(app));
    expect((await ask('GET', '/health')).status).toBe(200);
    expect((await ask('HEAD', '/health')).status).toBe(200);
    expect((await ask('POST', '/health')).status).toBe(404);
  });

  it('fastify: get answers HEAD, too', async () => {
    const app = fastify();
    app.get('/health', healthy);
    const address = await app.listen({ port: 0, host: '127.0.0.1' });
    closing.push(() => app.close());
    const [got, headed] = await Promise.all(['GET', 'HEAD'].map((method) => fetch(`${address}/health`, { method })));
    expect([got!.status, headed!.status]).toEqual([200, 200]);
    expect(await got!.json()).toMatchObject({ status: 'healthy' });
    expect(await headed!.text()).toBe('');
  });

  it('hono: get, and mounted fetch', async () => {
    const app = new Hono();
    app.get('/health', healthy);
    expect(await (await app.request('/health')).json()).toMatchObject({ status: 'healthy' });
    expect(await (await app.fetch(new Request('http://localhost/health'))).json()).toMatchObject({ status: 'healthy' });
    expect((await app.request('/health', { method: 'HEAD' })).status).toBe(200);
  });

  it('a context that has the request, as in SvelteKit and Astro', async () => {
    const context = (method: string) => ({ request: new Request('http://localhost/health', { method }), params: {} });
    expect(await healthy(context('GET')).json()).toMatchObject({ status: 'healthy' });
    expect(await healthy(context('HEAD')).text()).toBe('');
    expect(healthy(context('POST')).status).toBe(405);
  });

  it('HTTP/2', async () => {
    const server = createHttp2Server(healthy);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const session = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    closing.push(() => {
      session.close();
      return new Promise((resolve) => server.close(resolve));
    });
    const stream = session.request({ ':path': '/health' });
    const status = new Promise((resolve) => stream.once('response', (headers) => resolve(headers[':status'])));
    let text = '';
    for await (const chunk of stream) text += chunk;
    expect(await status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({ status: 'healthy' });
  });

  it('one that is gone, or was answered already, does no harm', async () => {
    const outcomes: unknown[] = [];
    const ask = await over(
      createServer((request, response) => {
        if (request.url === '/answered') response.end('before');
        if (request.url === '/gone') request.socket.destroy();
        try {
          outcomes.push(healthy(request, response));
        } catch (thrown) {
          outcomes.push(thrown);
        }
      }),
    );
    expect(await (await ask('GET', '/answered')).text()).toBe('before');
    await expect(ask('GET', '/gone')).rejects.toThrow();
    expect(outcomes).toEqual([undefined, undefined]);
  });

  it('a body that never ends is not waited for', async () => {
    const server = createServer(healthy);
    await over(server);
    const { port } = server.address() as AddressInfo;
    const status = await new Promise((resolve, reject) => {
      const endless = request({ port, host: '127.0.0.1', method: 'POST', headers: { 'content-length': 1e9 } });
      endless.on('response', (response) => resolve(response.statusCode)).on('error', reject);
      endless.write('x');
      closing.unshift(() => endless.destroy());
    });
    expect(status).toBe(405);
  });
});
