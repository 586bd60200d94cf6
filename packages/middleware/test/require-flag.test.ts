import { createServer } from 'node:http';
import { type Client, OpenFeature } from '@openfeature/server-sdk';
import express from 'express';
import { beforeAll, describe, expect, it } from 'vitest';
import { httpMiddleware, requireFlag } from '../src/index.ts';
import { ask, echo, listen, serve } from './support.ts';

beforeAll(() => OpenFeature.setProviderAndWait(echo()));

const byUser = httpMiddleware({ context: ({ headers }) => ({ targetingKey: String(headers.user) }) });

const beta = { headers: { user: 'beta-1' } };
const usual = { headers: { user: 'user-1' } };

describe('requireFlag', () => {
  it('opens a route of express to who its flag is on for', async () => {
    const app = express();
    app.use(byUser);
    app.get('/new', requireFlag('new-feature'), (_request, response) => void response.send('new'));
    app.get(
      '/secret',
      requireFlag('new-feature', false, { status: 403, body: { error: 'not for you' } }),
      (_request, response) => void response.send('secret'),
    );
    const url = await listen(createServer(app));
    expect(await ask(`${url}/new`, beta)).toMatchObject({ status: 200, text: 'new' });
    expect(await ask(`${url}/new`, usual)).toMatchObject({
      status: 404,
      text: 'Not Found',
      headers: { 'content-type': 'text/plain; charset=utf-8', 'content-length': '9' },
    });
    expect(await ask(`${url}/secret`, beta)).toMatchObject({ status: 200 });
    expect(await ask(`${url}/secret`, usual)).toMatchObject({
      status: 403,
      text: '{"error":"not for you"}',
      headers: { 'content-type': 'application/json; charset=utf-8' },
    });
    expect(await ask(`${url}/new`, { ...usual, method: 'HEAD' })).toMatchObject({ status: 404, text: '' });
  });

  it('opens a handler of node:http', async () => {
    const url = await serve(
      byUser.wrap(
        requireFlag('new-feature', false, { body: 'nicht da' }).wrap((_request, response) => response.end('new')),
      ),
    );
    expect(await ask(url, beta)).toMatchObject({ status: 200, text: 'new' });
    // what was sent with a request that is refused is not waited for
    expect(await ask(url, { ...usual, method: 'POST' }, ['a'.repeat(1000)])).toMatchObject({
      status: 404,
      text: 'nicht da',
    });
  });

  it('serves the fallback where the flag cannot be evaluated: closed, if it is not said', async () => {
    const broken = {
      getBooleanValue: () => {
        throw new Error('broken');
      },
    } as unknown as Client;
    for (const [guard, status] of [
      [requireFlag('no-such'), 404],
      [requireFlag('no-such', true), 200],
      // a flag of another type
      [requireFlag('who'), 404],
      [requireFlag('constructor', true), 200],
      [requireFlag('new-feature', true, { client: broken }), 200],
      [requireFlag('new-feature', false, { client: broken }), 404],
      [requireFlag('new-feature', false, { domain: 'no-provider' }), 404],
    ] as const) {
      const url = await serve(guard.wrap((_request, response) => void response.end('open')));
      expect((await ask(url)).status).toBe(status);
    }
  });

  it('cuts off what has begun, leaves what has ended, and sends one length', async () => {
    const guard = requireFlag('no-such');
    const url = await serve((request, response) => {
      const open = (): unknown => response.end('open');
      if (request.url === '/begun') {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write('data: 1\n\n');
      } else if (request.url === '/ended') {
        response.end('over');
      } else if (request.url === '/broken') {
        response.end = () => {
          throw new Error('broken');
        };
      } else if (request.url === '/described') {
        response.setHeader('trailer', 'x-sum').setHeader('content-encoding', 'gzip').setHeader('etag', '"1"');
        response.setHeader('x-kept', '1');
      } else {
        response.setHeader('transfer-encoding', 'chunked');
      }
      guard(request, response, open);
    });
    await expect(ask(`${url}/begun`)).rejects.toThrow();
    expect(await ask(`${url}/ended`)).toMatchObject({ status: 200, text: 'over' });
    await expect(ask(`${url}/broken`)).rejects.toThrow();
    const described = await ask(`${url}/described`);
    expect(described).toMatchObject({ status: 404, text: 'Not Found', headers: { 'x-kept': '1' } });
    for (const name of ['trailer', 'content-encoding', 'etag']) expect(described.headers).not.toHaveProperty(name);
    const { status, text, headers } = await ask(`${url}/chunked`);
    expect([status, text, headers['content-length'], headers['transfer-encoding']]).toEqual([
      404,
      'Not Found',
      '9',
      undefined,
    ]);
  });

  it('passes on what a handler throws, as without it', async () => {
    const app = express();
    app.get('/', requireFlag('no-such', true), () => {
      throw new Error('broken');
    });
    app.use(((error, _request, response, _next) => {
      response.status(500).send(error.message);
    }) satisfies express.ErrorRequestHandler);
    expect(await ask(await listen(createServer(app)))).toMatchObject({ status: 500, text: 'broken' });
  });

  it.each([
    [['']],
    [[7]],
    [['a', 'true']],
    [['a', { status: 403 }]],
    [['a', false, { status: 200 }]],
    [['a', false, { status: '404' }]],
    [['a', false, { body: undefined, code: 404 }]],
    [['a', false, { body: 7n }]],
    [['a', false, { body: () => 'x' }]],
    [['a', false, null]],
  ])('refuses what makes no sense: %s', (values) => {
    expect(() => requireFlag(...(values as Parameters<typeof requireFlag>))).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });
});
