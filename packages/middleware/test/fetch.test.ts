import { AsyncResource } from 'node:async_hooks';
import { Agent, type Server } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { ReadableStream as NodeReadableStream } from 'node:stream/web';
import { createAdaptorServer } from '@hono/node-server';
import { OpenFeature } from '@openfeature/server-sdk';
import { type Context, Hono } from 'hono';
import { stream } from 'hono/streaming';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Found, honoMiddleware, requireFlag, withFlags } from '../src/fetch.ts';
import { currentContext, string } from '../src/index.ts';
import { ask, dawdle, echo, listen, warnings } from './support.ts';

beforeAll(() => OpenFeature.setProviderAndWait(echo()));

const who = (): unknown => currentContext().targetingKey;
const byUser = { context: (request: Request) => ({ targetingKey: request.headers.get('user') ?? undefined }) };

type Fetch = (request: Request, env: never) => Response | Promise<Response>;
const serve = (fetch: Fetch): Promise<string> => listen(createAdaptorServer({ fetch: fetch as never }) as Server);

/** A body that is made while it is sent, and says who it is for in each part. */
function pulled(parts = 5): ReadableStream<Uint8Array> {
  let n = 0;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const before = who();
      await dawdle();
      controller.enqueue(new TextEncoder().encode(`${before}/${await string('who', '')} `));
      if (++n === parts) controller.close();
    },
  });
}

async function* generated(parts = 5): AsyncGenerator<Uint8Array> {
  for (let n = 0; n < parts; n++) {
    const before = who();
    await dawdle();
    yield new TextEncoder().encode(`${before}/${await string('who', '')} `);
  }
}

describe('withFlags', () => {
  it('gives a handler the context, and passes on what comes with a request', async () => {
    const GET = withFlags(
      async (request: Request, { params }: { params: Promise<{ id: string }> }) =>
        Response.json({ who: await string('who', ''), id: (await params).id, url: request.url }),
      byUser,
    );
    const request = new Request('http://x/orders/7', { headers: { user: 'a' } });
    const response = await GET(request, { params: Promise.resolve({ id: '7' }) });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toEqual({ who: 'a', id: '7', url: 'http://x/orders/7' });
  });

  it('lets a handler throw and reject', async () => {
    const broken = new Error('broken');
    const throws = withFlags(() => {
      throw broken;
    });
    await expect(throws(new Request('http://x'))).rejects.toBe(broken);
    await expect(withFlags(() => Promise.reject(broken))(new Request('http://x'))).rejects.toBe(broken);
  });

  it('lets through responses of every kind', async () => {
    const kinds: readonly (() => Response)[] = [
      () => new Response(null, { status: 204 }),
      () => new Response('text', { status: 201, statusText: 'Made', headers: { 'x-a': '1' } }),
      () => Response.redirect('http://x/other', 303),
      () => new Response(new Uint8Array(100_000).fill(7)),
      () => new Response(''),
    ];
    for (const kind of kinds) {
      const [plain, through] = [kind(), await withFlags(kind)(new Request('http://x'))];
      expect([through.status, through.statusText, [...through.headers]]).toEqual([
        plain.status,
        plain.statusText,
        [...plain.headers],
      ]);
      expect(new Uint8Array(await through.arrayBuffer())).toEqual(new Uint8Array(await plain.arrayBuffer()));
    }
  });

  it('passes on what is no response, or one that is only like it', async () => {
    const likes = [
      undefined,
      null,
      'text',
      { status: 200 },
      { status: 200, headers: { 'x-a': '1' }, body: 'x' },
      { status: 200, headers: new Headers(), body: 'x' },
      { status: 200, headers: new Map(), body: new ReadableStream() },
    ];
    for (const like of likes) expect(await withFlags(() => like as never)(new Request('http://x'))).toBe(like);
  });

  it('lets through responses that none can be made like: what a proxy passes on', async () => {
    const upstream = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', (request) => {
        const line = decodeURIComponent(String(request).split(' ')[1]!.slice(1));
        socket.end(`HTTP/1.1 ${line}\r\nconnection: close\r\n\r\nbody`);
      });
    });
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void upstream.close());
    const { port } = upstream.address() as AddressInfo;
    const app = new Hono();
    app.use(honoMiddleware());
    app.get('/:line', (c) => fetch(`http://127.0.0.1:${port}/${encodeURIComponent(c.req.param('line'))}`));
    for (const line of ['200 OK', '600 X', '999 Request Denied', '200 成功', '200 d\u00e9j\u00e0 vu']) {
      const path = encodeURIComponent(line);
      const through = await withFlags(() => fetch(`http://127.0.0.1:${port}/${path}`))(new Request('http://x'));
      expect([through.status, await through.text()]).toEqual([Number(line.slice(0, 3)), 'body']);
      const fromHono = await app.request(`/${path}`);
      expect([fromHono.status, await fromHono.text()]).toEqual([Number(line.slice(0, 3)), 'body']);
    }
    expect((await withFlags(() => Response.error())(new Request('http://x'))).type).toBe('error');
  });

  it('keeps a body that is made while it is sent in the context', async () => {
    const bodies = { '/pulled': () => pulled(), '/generated': () => NodeReadableStream.from(generated()) };
    const url = await serve(
      withFlags(async (request: Request) => {
        await dawdle();
        return new Response(bodies[new URL(request.url).pathname as keyof typeof bodies]() as never);
      }, byUser),
    );
    const agent = new Agent({ keepAlive: true, maxSockets: 4 });
    for (const path of Object.keys(bodies)) {
      const users = Array.from({ length: 60 }, (_, n) => `user-${n}`);
      const answers = await Promise.all(users.map((user) => ask(url + path, { agent, headers: { user } })));
      expect(answers.map(({ text }) => text)).toEqual(users.map((user) => `${user}/${user} `.repeat(5)));
    }
    agent.destroy();
  });

  it('asks a stream under a type of JSON in no context, unless it is bound', async () => {
    let bind = (pull: (controller: ReadableStreamDefaultController) => void): typeof pull => pull;
    const url = await serve(
      withFlags(() => {
        const pull = bind((controller) => {
          controller.enqueue(new TextEncoder().encode(JSON.stringify(currentContext())));
          controller.close();
        });
        const headers = { 'content-type': 'application/json' };
        return new Response(new ReadableStream({ pull }, { highWaterMark: 0 }), { headers });
      }, byUser),
    );
    expect((await ask(url, { headers: { user: 'a' } })).text).toBe('{}');
    bind = (pull) => AsyncResource.bind(pull);
    expect((await ask(url, { headers: { user: 'a' } })).text).toBe('{"targetingKey":"a"}');
  });

  it('passes on a body that fails, and one that nobody wants any more, once', async () => {
    const cancelled: unknown[] = [];
    const handler = withFlags(
      (request: Request) =>
        new Response(
          new ReadableStream({
            pull(controller) {
              if (request.url.endsWith('/broken')) controller.error(new RangeError('broken'));
              else controller.enqueue(new Uint8Array(10));
            },
            cancel: (reason) => void cancelled.push([reason, who()]),
          }),
        ),
      byUser,
    );
    const broken = await handler(new Request('http://x/broken'));
    await expect(broken.text()).rejects.toThrow('broken');
    const endless = await handler(new Request('http://x/', { headers: { user: 'a' } }));
    const reader = endless.body!.getReader();
    await reader.read();
    await reader.cancel('enough');
    expect(cancelled).toEqual([['enough', 'a']]);
  });

  it('leaves the response as it is, if streams need no context, or its body is ready', async () => {
    const through = (response: Response, streams?: boolean): Promise<Response> =>
      withFlags(() => response, { streams })(new Request('http://x'));
    const text = new Response('x');
    expect(await through(text, false)).toBe(text);
    for (const response of [
      Response.json({}),
      new Response('{}', { headers: { 'content-type': 'application/problem+json; charset=utf-8' } }),
      new Response('x', { headers: { 'content-length': '1' } }),
      new Response(null, { status: 204 }),
    ]) {
      expect(await through(response)).toBe(response);
    }
    expect(await through(text)).not.toBe(text);
    for (const type of ['application/jsonl', 'application/json-seq', 'application/geo+json-seq']) {
      const lines = new Response('{}', { headers: { 'content-type': type } });
      expect(await through(lines)).not.toBe(lines);
    }
  });

  it('knows the address where it is told, and nothing from headers', async () => {
    const show = (): Response => Response.json(currentContext());
    const headers = { 'x-forwarded-for': '6.6.6.6, 192.0.2.1', 'x-user-id': 'a,b', 'cf-ipcountry': 'DE' };
    const request = new Request('http://x', { headers });
    expect(await (await withFlags(show)(request)).json()).toEqual({});
    expect(await (await withFlags(show, { address: () => '192.0.2.7' })(request)).json()).toEqual({ ip: '192.0.2.7' });
    const behind = withFlags(show, { trustProxy: 1, headers: { targetingKey: 'x-user-id', country: 'cf-ipcountry' } });
    expect(await (await behind(request)).json()).toEqual({ ip: '192.0.2.1', country: 'DE' });
    expect((await ask(await serve(withFlags(show)), { headers })).text).toBe('{"ip":"127.0.0.1"}');
  });

  it('does without an address that cannot be told, and keeps the rest', async () => {
    const told: unknown[] = [];
    const show = (): Response => Response.json(currentContext());
    const thrown = new RangeError('no socket');
    for (const [address, error] of [
      [
        () => {
          throw thrown;
        },
        thrown,
      ],
      [() => 7, expect.objectContaining({ code: 'INVALID_ARGUMENT' })],
      [() => Promise.resolve('::1'), expect.objectContaining({ code: 'INVALID_ARGUMENT' })],
      [() => Promise.reject(thrown), expect.objectContaining({ code: 'INVALID_ARGUMENT' })],
    ] as const) {
      const options = {
        address: address as () => never,
        headers: { plan: 'plan' },
        context: (_: unknown, found: Found) => ({ ...found, targetingKey: 'a' }),
        onError: (cause: unknown) => void told.push(cause),
      };
      const request = new Request('http://x', { headers: { plan: 'pro' } });
      expect(await (await withFlags(show, options)(request)).json()).toEqual({ targetingKey: 'a', plan: 'pro' });
      const app = new Hono().use(honoMiddleware(options)).get('/', show);
      expect(await (await app.request(request)).json()).toEqual({ targetingKey: 'a', plan: 'pro' });
      expect(told.splice(0)).toEqual([error, error]);
    }
  });

  it.each([
    [{ context: 'user' }, 'context must be a function'],
    [{ context: { targetingKey: 'a' } }, 'context must be a function'],
    [{ onError: 'log' }, 'onError must be a function'],
    [{ onError: {} }, 'onError must be a function'],
    [{ context: null }, 'context must be a function'],
  ])('refuses %j', (options, message) => {
    const error = expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(message) });
    expect(() => withFlags(() => new Response(), options as never)).toThrow(error);
    expect(() => honoMiddleware(options as never)).toThrow(error);
  });

  it('refuses a handler that is none', () => {
    const error = expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining('handler') });
    expect(() => withFlags(undefined as never)).toThrow(error);
    expect(() => requireFlag('a').wrap({} as never)).toThrow(error);
  });

  it('a context that fails fails no request', async () => {
    const seen = warnings();
    const told: unknown[] = [];
    const context = async (): Promise<never> => {
      throw new RangeError('secret');
    };
    const show = (): Response => Response.json(currentContext());
    const request = new Request('http://x/a');
    expect(await (await withFlags(show, { context })(request)).json()).toEqual({});
    const onError = (thrown: unknown, { url }: Request): void => void told.push([String(thrown), url]);
    expect(await (await withFlags(show, { context, onError })(request)).json()).toEqual({});
    expect(told).toEqual([['RangeError: secret', 'http://x/a']]);
    await new Promise(setImmediate);
    expect(seen).toEqual([expect.stringContaining('withFlags: the context of a request cannot be told (RangeError)')]);
    expect(() => withFlags(show, { streams: 1 as never })).toThrow(/streams must be true or false/);
    expect(() => withFlags(show, { address: '::1' as never })).toThrow(/address must be a function/);
  });
});

describe('honoMiddleware', () => {
  it('gives what follows the context, errors and streams among it', async () => {
    const app = new Hono<{ Variables: { plan: string } }>();
    app.use(async (c, next) => {
      c.set('plan', 'pro');
      await next();
    });
    app.use(
      honoMiddleware({
        context: (c: Context<{ Variables: { plan: string } }>, { ip }) => ({
          targetingKey: c.req.header('user'),
          plan: c.get('plan'),
          ip,
        }),
      }),
    );
    app.use(async (c, next) => {
      await next();
      c.header('x-after', String(who()));
    });
    app.post('/', async (c) => c.json({ body: await c.req.json(), context: currentContext() }));
    app.get('/broken', () => {
      throw new Error('broken');
    });
    app.get('/pulled', (c) => c.body(pulled()));
    app.get('/stream', (c) =>
      stream(c, async (out) => {
        for await (const part of generated()) await out.write(part);
      }),
    );
    app.onError(async (error, c) => c.text(`${error.message} ${await string('who', '')}`, 503));
    const url = await serve(app.fetch as Fetch);
    const posted = await ask(url, { method: 'POST', headers: { user: 'a' } }, '{"n":1}');
    expect(JSON.parse(posted.text)).toEqual({
      body: { n: 1 },
      context: { targetingKey: 'a', plan: 'pro', ip: '127.0.0.1' },
    });
    expect(posted.headers).toMatchObject({ 'x-after': 'a', 'content-type': 'application/json' });
    const headers = { user: 'b' };
    expect(await ask(`${url}/broken`, { headers })).toMatchObject({ status: 503, text: 'broken b' });
    for (const path of ['pulled', 'stream']) {
      expect((await ask(`${url}/${path}`, { headers })).text).toBe('b/b '.repeat(5));
    }
    expect((await ask(`${url}/none`, { headers })).status).toBe(404);
  });

  it('changes nothing of an answer whose status has no body, whatever a handler gives it', async () => {
    const app = new Hono();
    app.use('/with/*', honoMiddleware());
    app.get('/:with/:status/:body', (c) => {
      const { status, body } = c.req.param();
      return c.body((body === 'null' ? null : body === 'empty' ? '' : body) as never, Number(status) as 204);
    });
    const url = await serve(app.fetch as Fetch);
    for (const status of [204, 205, 304]) {
      for (const body of ['null', 'empty', 'text']) {
        const { headers, ...plain } = await ask(`${url}/without/${status}/${body}`);
        expect(plain.status).toBe(status);
        expect(await ask(`${url}/with/${status}/${body}`)).toMatchObject(plain);
      }
    }
  });

  it('keeps hundreds of requests on few sockets apart', async () => {
    const app = new Hono();
    app.use(honoMiddleware({ headers: { targetingKey: 'user' }, streams: false }));
    app.post('/', async (c) => {
      await dawdle();
      const body = await c.req.text();
      return c.text(`${who()} ${await string('who', '')} ${body.length}`);
    });
    const url = await serve(app.fetch as Fetch);
    const agent = new Agent({ keepAlive: true, maxSockets: 4 });
    const users = Array.from({ length: 300 }, (_, n) => `user-${n}`);
    const answers = await Promise.all(
      users.map((user) => ask(url, { agent, method: 'POST', headers: { user } }, ['a'.repeat(2000), 'b'])),
    );
    agent.destroy();
    expect(answers.map(({ text }) => text)).toEqual(users.map((user) => `${user} ${user} 2001`));
  });
});

describe('requireFlag', () => {
  it('guards a route of hono', async () => {
    const app = new Hono();
    app.use(honoMiddleware({ headers: { targetingKey: 'user' } }));
    app.get('/', requireFlag('new-feature'), (c) => c.text('new'));
    app.get('/json', requireFlag('new-feature', false, { status: 403, body: { no: true } }), (c) => c.text('new'));
    const url = await serve(app.fetch as Fetch);
    expect(await ask(url, { headers: { user: 'beta-1' } })).toMatchObject({ status: 200, text: 'new' });
    expect(await ask(url, { headers: { user: 'a' } })).toMatchObject({ status: 404, text: 'Not Found' });
    expect(await ask(`${url}/json`, { headers: { user: 'a' } })).toMatchObject({ status: 403, text: '{"no":true}' });
  });

  it('guards a handler', async () => {
    const handler = withFlags(
      requireFlag('new-feature').wrap(async (_request: Request, n: number) => new Response(`new ${n}`)),
      byUser,
    );
    const asked = (user: string): Promise<Response> => handler(new Request('http://x', { headers: { user } }), 7);
    expect(await (await asked('beta-1')).text()).toBe('new 7');
    expect((await asked('a')).status).toBe(404);
    expect((await requireFlag('no-such', true).wrap(() => new Response('x'))(new Request('http://x'))).status).toBe(
      200,
    );
  });
});
