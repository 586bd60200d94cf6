import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { Agent } from 'node:http';
import { OpenFeature } from '@openfeature/server-sdk';
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { fastifyPlugin, requireFlag } from '../src/fastify.ts';
import { currentClient, currentContext, string, withContext } from '../src/index.ts';
import { ask, dawdle, echo, warnings } from './support.ts';

beforeAll(() => OpenFeature.setProviderAndWait(echo()));

async function listen(app: FastifyInstance): Promise<string> {
  onTestFinished(() => app.close());
  return app.listen({ port: 0, host: '127.0.0.1' });
}

const byUser = fastifyPlugin({ context: ({ headers }) => ({ targetingKey: String(headers.user) }) });
const who = (): unknown => currentContext().targetingKey;

describe('fastifyPlugin', () => {
  it('gives every hook, handler, serializer and error handler the context', async () => {
    const seen: Record<string, unknown> = {};
    const app = fastify();
    app.register(byUser);
    const note = async (where: string): Promise<void> => {
      await dawdle();
      seen[where] = [who(), await string('who', '')];
    };
    app.addHook('onRequest', () => note('onRequest'));
    app.addHook('preParsing', () => note('preParsing'));
    app.addHook('preValidation', () => note('preValidation'));
    app.addHook('preHandler', () => note('preHandler'));
    app.addHook('preSerialization', () => note('preSerialization'));
    app.addHook('onSend', () => note('onSend'));
    app.addHook('onError', () => note('onError'));
    const responded = new Promise<void>((resolve) => app.addHook('onResponse', () => note('onResponse').then(resolve)));
    app.setErrorHandler(async (error: Error, _request, reply) => {
      await note('errorHandler');
      return reply.code(503).send({ error: error.message, who: who() });
    });
    app.post('/', async ({ body }: FastifyRequest) => {
      await note('handler');
      return { who: await string('who', ''), body };
    });
    app.post('/broken', async () => {
      await dawdle();
      throw new Error('broken');
    });
    const url = await listen(app);
    const options = { method: 'POST', headers: { user: 'a', 'content-type': 'application/json' } };
    expect(await ask(url, options, ['{"n":', '1}'])).toMatchObject({ text: '{"who":"a","body":{"n":1}}' });
    await responded;
    expect(await ask(`${url}/broken`, options, '{}')).toMatchObject({
      status: 503,
      text: '{"error":"broken","who":"a"}',
    });
    expect(Object.keys(seen).sort()).toEqual(
      ['errorHandler', 'handler', 'onError', 'onRequest', 'onResponse', 'onSend', 'preHandler', 'preParsing']
        .concat(['preSerialization', 'preValidation'])
        .sort(),
    );
    for (const values of Object.values(seen)) expect(values).toEqual(['a', 'a']);
  });

  it('holds behind a plugin before it that goes on where it began, as @fastify/request-context does', async () => {
    const app = fastify();
    const theirs = new AsyncLocalStorage<string>();
    for (const hook of ['preParsing', 'preValidation', 'preHandler'] as const) {
      app.register(async (part) => {
        const begun = new WeakMap<FastifyRequest, AsyncResource>();
        part.addHook('onRequest', (request, _reply, done) =>
          theirs.run('theirs', () => {
            begun.set(request, new AsyncResource('THEIRS'));
            done();
          }),
        );
        part.addHook(hook, (request: FastifyRequest, ...rest: unknown[]) =>
          begun.get(request)?.runInAsyncScope(rest.at(-1) as () => void),
        );
        part.register(fastifyPlugin({ headers: { targetingKey: 'user' }, domain: 'theirs' }));
        // what is said of the user later goes on top
        part.register(fastifyPlugin({ context: async () => ({ plan: 'pro' }) }));
        part.post(`/${hook}`, async () => ({
          ...currentContext(),
          store: theirs.getStore(),
          client: currentClient().metadata.domain,
        }));
      });
    }
    const url = await listen(app);
    const options = { method: 'POST', headers: { user: 'a', 'content-type': 'text/plain' } };
    for (const hook of ['preParsing', 'preValidation', 'preHandler']) {
      expect(JSON.parse((await ask(`${url}/${hook}`, options, 'x')).text)).toEqual({
        ip: '127.0.0.1',
        targetingKey: 'a',
        plan: 'pro',
        store: 'theirs',
        client: 'theirs',
      });
    }
  });

  it('takes nothing over from another request, in whose context a hook goes on for many at once', async () => {
    const app = fastify();
    const waiting: (() => void)[] = [];
    app.addHook('preParsing', (_request, _reply, _payload, done) => {
      if (waiting.push(done) < 2) return;
      setTimeout(() => {
        for (const go of waiting.splice(0)) go();
      }, 1);
    });
    for (const domain of [undefined, 'known']) {
      app.register(async (part) => {
        part.register(
          fastifyPlugin({
            context: ({ headers }) => ({ targetingKey: headers.user as string | undefined, at: String(domain) }),
            domain,
          }),
        );
        part.get(`/${domain}`, async () => ({ ...currentContext(), client: currentClient().metadata.domain }));
        part.get(`/${domain}/guarded`, { preHandler: requireFlag('new-feature') }, async () => who() ?? 'nobody');
      });
    }
    const url = await listen(app);
    for (const [path, ofAnonymous, ofKnown] of [
      ['', '{"at":"undefined"}', '{"targetingKey":"beta-ann","at":"known","client":"known"}'],
      ['/guarded', 'Not Found', 'beta-ann'],
    ]) {
      const anonymous = ask(`${url}/undefined${path}`);
      await vi.waitFor(() => expect(waiting).toHaveLength(1));
      // both go on in the context of the second
      const known = ask(`${url}/known${path}`, { headers: { user: 'beta-ann' } });
      expect([(await anonymous).text, (await known).text]).toEqual([ofAnonymous, ofKnown]);
    }
  });

  it('adds to the context of its own request, behind such a hook as well', async () => {
    const app = fastify();
    const waiting: (() => void)[] = [];
    app.register(fastifyPlugin({ context: ({ headers }) => ({ targetingKey: headers.user as string | undefined }) }));
    app.register(async (part) => {
      part.addHook('onRequest', (_request, _reply, done) => {
        if (waiting.push(done) < 2) return;
        for (const go of waiting.splice(0)) go();
      });
      part.register(fastifyPlugin({ context: async () => ({ plan: 'pro' }) }));
      part.get('/', async () => currentContext());
    });
    const url = await listen(app);
    const anonymous = ask(url);
    await vi.waitFor(() => expect(waiting).toHaveLength(1));
    const known = ask(url, { headers: { user: 'ann' } });
    expect([(await anonymous).text, (await known).text]).toEqual([
      '{"plan":"pro"}',
      '{"targetingKey":"ann","plan":"pro"}',
    ]);
  });

  it('shows error handlers the context where a body cannot be read, behind a hook that has lost it', async () => {
    const app = fastify();
    app.addHook('onRequest', (request, _reply, done) => {
      Object.assign(request, { begun: new AsyncResource('THEIRS') });
      done();
    });
    app.addHook('preParsing', (request, _reply, _payload, done) =>
      (request as FastifyRequest & { begun: AsyncResource }).begun.runInAsyncScope(done),
    );
    app.register(byUser);
    app.addHook('onSend', async (_request, reply) => void reply.header('sent-to', String(who())));
    app.setErrorHandler((_error, _request, reply) => reply.code(400).send(who()));
    app.post('/', async () => 'read');
    const url = await listen(app);
    for (const type of ['application/json', 'no/such-type']) {
      const options = { method: 'POST', headers: { user: 'a', 'content-type': type } };
      expect(await ask(url, options, '{')).toMatchObject({ status: 400, text: 'a', headers: { 'sent-to': 'a' } });
    }
  });

  it('leaves alone what a hook has narrowed', async () => {
    const app = fastify();
    app.register(byUser);
    app.addHook('onRequest', (_request, _reply, done) => withContext({ targetingKey: 'narrower' }, done));
    app.get('/', async () => who());
    expect((await ask(await listen(app), { headers: { user: 'a' } })).text).toBe('narrower');
  });

  it('counts for who registers it: routes beside and below it, not above', async () => {
    const app = fastify();
    const answer = async (): Promise<string> => string('who', '');
    app.get('/above', answer);
    app.register(async (part) => {
      part.register(byUser);
      part.get('/beside', answer);
      part.register(async (below) => void below.get('/below', answer));
    });
    const url = await listen(app);
    const answers = [];
    for (const path of ['above', 'beside', 'below']) {
      answers.push((await ask(`${url}/${path}`, { headers: { user: 'a' } })).text);
    }
    expect(answers).toEqual(['nobody', 'a', 'a']);
  });

  it('keeps hundreds of requests on few sockets apart', async () => {
    const app = fastify();
    app.register(
      fastifyPlugin({
        context: async (request: FastifyRequest) => {
          await dawdle();
          return { targetingKey: String(request.headers.user) };
        },
      }),
    );
    const seen: unknown[] = [];
    app.addHook('onResponse', async ({ headers }) => void seen.push([headers.user, who()]));
    app.post('/', async ({ body }) => {
      await dawdle();
      return `${await string('who', '')} ${who()} ${(body as string).length}`;
    });
    const url = await listen(app);
    const agent = new Agent({ keepAlive: true, maxSockets: 4 });
    const users = Array.from({ length: 300 }, (_, n) => `user-${n}`);
    const headers = (user: string) => ({ user, 'content-type': 'text/plain' });
    const answers = await Promise.all(
      users.map((user) => ask(url, { agent, method: 'POST', headers: headers(user) }, ['a'.repeat(2000), 'b'])),
    );
    agent.destroy();
    expect(answers.map(({ text }) => text)).toEqual(users.map((user) => `${user} ${user} 2001`));
    for (const [user, found] of seen as string[][]) expect(found).toBe(user);
  });

  it('finds the address, and named headers; a context that fails fails no request', async () => {
    const seen = warnings();
    const app = fastify();
    app.register(async (part) => {
      part.register(fastifyPlugin({ trustProxy: 1, headers: { country: 'cf-ipcountry' } }));
      part.get('/found', async () => currentContext());
    });
    app.register(async (part) => {
      part.register(fastifyPlugin());
      part.get('/default', async () => currentContext());
    });
    app.register(async (part) => {
      part.register(fastifyPlugin({ context: () => Promise.reject(new RangeError('secret')) }));
      part.get('/failed', async () => currentContext());
    });
    const headers = { 'x-forwarded-for': '6.6.6.6, 192.0.2.1', 'cf-ipcountry': 'DE', 'x-user-id': 'admin' };
    const url = await listen(app);
    expect((await ask(`${url}/found`, { headers })).text).toBe('{"ip":"192.0.2.1","country":"DE"}');
    expect((await ask(`${url}/default`, { headers })).text).toBe('{"ip":"127.0.0.1"}');
    expect(await ask(`${url}/failed`, { headers })).toMatchObject({ status: 200, text: '{}' });
    expect((await app.inject({ url: '/found', headers })).json()).toEqual({ ip: '192.0.2.1', country: 'DE' });
    expect(seen).toEqual([
      expect.stringContaining('fastifyPlugin: the context of a request cannot be told (RangeError)'),
    ]);
    expect(() => fastifyPlugin({ trustProxy: true as never })).toThrow(/fastifyPlugin: trustProxy/);
  });
});

describe('requireFlag', () => {
  it('guards a route', async () => {
    const app = fastify();
    app.register(byUser);
    app.get('/', { preHandler: requireFlag('new-feature') }, async () => 'new');
    app.get(
      '/json',
      { preHandler: requireFlag('new-feature', false, { status: 403, body: { no: true } }) },
      () => 'new',
    );
    app.get<{ Reply: { items: string[] } }>('/typed', { preHandler: requireFlag('new-feature') }, async () => ({
      items: [],
    }));
    app.get<{ Reply: { 200: { a: number } } }>('/coded', { preHandler: [requireFlag('new-feature')] }, async () => ({
      a: 1,
    }));
    app.get('/open', { preHandler: requireFlag('no-such', true) }, async () => who());
    const url = await listen(app);
    expect(await ask(url, { headers: { user: 'beta-1' } })).toMatchObject({ status: 200, text: 'new' });
    expect(await ask(url, { headers: { user: 'a' } })).toMatchObject({ status: 404, text: 'Not Found' });
    expect(await ask(`${url}/json`, { headers: { user: 'a' } })).toMatchObject({ status: 403, text: '{"no":true}' });
    expect(await ask(`${url}/typed`, { headers: { user: 'a' } })).toMatchObject({ status: 404, text: 'Not Found' });
    expect(await ask(`${url}/coded`, { headers: { user: 'beta-1' } })).toMatchObject({ status: 200, text: '{"a":1}' });
    expect(await ask(`${url}/open`, { headers: { user: 'a' } })).toMatchObject({ status: 200, text: 'a' });
  });

  it('cuts off what has begun, leaves what has ended, and sends one body, whatever was said of another', async () => {
    const app = fastify();
    const guard = { preHandler: requireFlag('no-such') };
    app.addHook('onRequest', async ({ url }, reply) => {
      if (url === '/begun') reply.raw.writeHead(200).write('begun');
      if (url === '/raw') reply.raw.setHeader('trailer', 'x').setHeader('content-encoding', 'br');
      if (url === '/trailer') reply.header('trailer', 'x').header('content-encoding', 'br').header('content-length', 1);
      if (url === '/broken')
        reply.raw.writeHead = () => {
          throw new Error('broken');
        };
    });
    app.addHook('preHandler', ({ url }, reply, done) => {
      if (url === '/ended') reply.raw.end('over');
      done();
    });
    for (const path of ['/begun', '/ended', '/raw', '/trailer', '/broken']) app.get(path, guard, async () => 'open');
    const url = await listen(app);
    await expect(ask(`${url}/begun`)).rejects.toThrow();
    await expect(ask(`${url}/broken`)).rejects.toThrow();
    expect(await ask(`${url}/ended`)).toMatchObject({ status: 200, text: 'over' });
    for (const path of ['/raw', '/trailer']) {
      const { status, text, headers } = await ask(url + path);
      expect([status, text, headers.trailer, headers['content-encoding']]).toEqual([
        404,
        'Not Found',
        undefined,
        undefined,
      ]);
    }
  });
});
