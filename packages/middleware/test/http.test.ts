import { AsyncResource } from 'node:async_hooks';
import { EventEmitter, once } from 'node:events';
import { Agent, createServer, type IncomingMessage } from 'node:http';
import { connect as connectSocket } from 'node:net';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { OpenFeature } from '@openfeature/server-sdk';
import express from 'express';
import { beforeAll, describe, expect, it } from 'vitest';
import { currentContext, httpMiddleware, string, withContext } from '../src/index.ts';
import { ask, dawdle, echo, listen, serve } from './support.ts';

beforeAll(() => OpenFeature.setProviderAndWait(echo()));

/** Who asks, by a header; for tests that are not about headers. */
const byUser = httpMiddleware({ context: ({ headers }) => ({ targetingKey: String(headers.user) }) });

/** What the context says of who asks, where this is called. */
const who = (): unknown => currentContext().targetingKey;

describe('httpMiddleware', () => {
  it('gives the handler of node:http what its extractor returns, at once or later', async () => {
    for (const context of [
      ({ headers }: IncomingMessage) => ({ targetingKey: String(headers.user), plan: 'pro' }),
      async ({ headers }: IncomingMessage) => {
        await dawdle();
        return { targetingKey: String(headers.user), plan: 'pro' };
      },
    ]) {
      const url = await serve(
        httpMiddleware({ context }).wrap(async (_request, response) => {
          response.end(JSON.stringify(await OpenFeature.getClient().getObjectValue('context', {})));
        }),
      );
      const { text } = await ask(url, { headers: { user: 'a' } });
      expect(JSON.parse(text)).toEqual({ targetingKey: 'a', plan: 'pro' });
    }
  });

  it('goes before what follows in express, routers and error handlers among it', async () => {
    const app = express();
    app.use(byUser);
    app.use(express.json());
    // a second one adds what a later middleware has found out
    app.use((request, _response, next) => {
      Object.assign(request, { user: { plan: 'pro' } });
      next();
    });
    app.use(
      httpMiddleware({
        context: async (request: express.Request & { user?: { plan: string } }) => ({ plan: request.user?.plan }),
      }),
    );
    const router = express.Router();
    router.post('/order', async (request, response) => {
      await dawdle();
      response.json({ who: await string('who', ''), plan: currentContext().plan, body: request.body });
    });
    router.get('/broken', async () => {
      await dawdle();
      throw new Error('broken');
    });
    app.use('/shop', router);
    app.use((async (_error, _request, response, _next) => {
      response.status(503).send(await string('who', ''));
    }) satisfies express.ErrorRequestHandler);
    const url = await listen(createServer(app));
    const order = await ask(
      `${url}/shop/order`,
      { method: 'POST', headers: { user: 'a', 'content-type': 'application/json' } },
      '{"n":1}',
    );
    expect(JSON.parse(order.text)).toEqual({ who: 'a', plan: 'pro', body: { n: 1 } });
    expect(await ask(`${url}/shop/broken`, { headers: { user: 'b' } })).toMatchObject({ status: 503, text: 'b' });
  });

  it('keeps hundreds of requests on few sockets apart, streams included', async () => {
    const problems: unknown[] = [];
    const url = await serve(
      byUser.wrap(async (request, response) => {
        const user = request.headers.user;
        const check = async (where: string): Promise<void> => {
          const now = who();
          const evaluated = await string('who', '');
          if (now !== user || evaluated !== user) problems.push([where, user, now, evaluated]);
        };
        const ended = once(request, 'end');
        for (const event of ['data', 'end', 'close', 'error']) request.on(event, () => check(`request ${event}`));
        for (const event of ['finish', 'close', 'drain']) response.on(event, () => check(`response ${event}`));
        await dawdle();
        await check('handler');
        setTimeout(() => check('timer'), 1);
        await ended;
        await check('after the body');
        response.write('x'.repeat(40_000), () => check('written'));
        await dawdle();
        response.end(user);
      }),
    );
    const agent = new Agent({ keepAlive: true, maxSockets: 4 });
    const users = Array.from({ length: 400 }, (_, n) => `user-${n}`);
    const answers = await Promise.all(
      users.map((user) => ask(url, { agent, method: 'POST', headers: { user } }, ['a'.repeat(3000), 'b'])),
    );
    agent.destroy();
    expect(answers.map(({ text }) => text.replace(/^x+/, ''))).toEqual(users);
    expect(problems).toEqual([]);
  });

  it('keeps requests that are pipelined on one socket apart, whoever is answered first', async () => {
    const problems: unknown[] = [];
    const url = await serve(
      byUser.wrap(async (request, response) => {
        const { user } = request.headers;
        const check = (where: string): void => {
          if (who() !== user) problems.push([where, user, who()]);
        };
        for (const event of ['finish', 'close', 'drain']) response.on(event, () => check(event));
        await dawdle();
        response.write('x'.repeat(100_000), () => check('written'));
        response.end(`<${user}>`, () => check('ended'));
      }),
    );
    const { hostname, port } = new URL(url);
    const socket = connectSocket({ host: hostname, port: Number(port) });
    const users = Array.from({ length: 40 }, (_, n) => `user-${n}`);
    for (const user of users) socket.write(`GET / HTTP/1.1\r\nhost: x\r\nuser: ${user}\r\n\r\n`);
    let text = '';
    for await (const chunk of socket) {
      text += chunk;
      if (text.includes(`<${users.at(-1)}>`)) break;
    }
    expect([...text.matchAll(/<(.*?)>/g)].map(([, user]) => user)).toEqual(users);
    expect(problems).toEqual([]);
  });

  it.each([
    ['', false],
    [', behind a wrapper that passes on all three arguments', true],
  ])('shows it in the callbacks of write and end, when the request of another made it end%s', async (_, isWrapped) => {
    const bus = new EventEmitter();
    const seen: Record<string, unknown> = {};
    const url = await serve(
      byUser.wrap((request, response) => {
        const { end, write } = response as unknown as Record<'end' | 'write', (...values: unknown[]) => never>;
        if (isWrapped) {
          response.write = (chunk: unknown, encoding?: unknown, done?: unknown) =>
            write.call(response, chunk, encoding, done);
          response.end = (chunk?: unknown, encoding?: unknown, done?: unknown) =>
            end.call(response, chunk, encoding, done);
        }
        if (request.headers.user === 'ann') {
          bus.once('bob', () => {
            response.write('x', () => {
              seen.write = who();
            });
            response.end(() => {
              seen.end = who();
              bus.emit('ended');
            });
          });
          bus.emit('ann');
        } else {
          response.end();
          bus.emit('bob');
        }
      }),
    );
    const [annCame, annEnded] = [once(bus, 'ann'), once(bus, 'ended')];
    const ann = ask(url, { headers: { user: 'ann' } });
    await annCame;
    await ask(url, { headers: { user: 'bob' } });
    await annEnded;
    expect((await ann).text).toBe('x');
    expect(seen).toEqual({ write: 'ann', end: 'ann' });
  });

  it('binds a stream of HTTP/2 alone, and not what an application calls so', async () => {
    const theirs = new EventEmitter();
    const url = await serve(
      byUser.wrap((request, response) => {
        Object.assign(request, { stream: theirs });
        byUser(request, response, () => response.end(String(Object.hasOwn(theirs, 'emit'))));
      }),
    );
    expect((await ask(url)).text).toBe('false');
  });

  it('shows the context in every event of an upload, and to what it is piped to', async () => {
    const seen: Record<string, Set<unknown>> = {};
    const note = (where: string): void => {
      seen[where] ??= new Set();
      seen[where].add(who());
    };
    let arrived = (): void => {};
    const url = await serve(
      byUser.wrap(async (request, response) => {
        for (const event of ['data', 'end', 'close']) request.on(event, () => note(event));
        request.once('data', () => arrived());
        response.on('pipe', () => note('pipe')).on('finish', () => note('finish'));
        const upper = new Transform({
          transform(chunk, _encoding, callback) {
            note('transform');
            callback(null, String(chunk).toUpperCase());
          },
          flush(callback) {
            note('flush');
            callback();
          },
        });
        await pipeline(request, upper, response);
      }),
    );
    const { hostname, port } = new URL(url);
    const socket = connectSocket({ host: hostname, port: Number(port) });
    socket.write('POST / HTTP/1.1\r\nhost: x\r\nuser: a\r\ntransfer-encoding: chunked\r\n\r\n');
    for (const part of ['one ', 'two ', 'three']) {
      const reached: Promise<void> = new Promise((resolve) => {
        arrived = resolve;
      });
      socket.write(`${part.length.toString(16)}\r\n${part}\r\n`);
      if (part === 'one ') await reached;
      await dawdle();
    }
    socket.end('0\r\n\r\n');
    let text = '';
    for await (const chunk of socket) text += chunk;
    expect(text).toContain('ONE');
    expect(text).toContain('THREE');
    expect(Object.fromEntries(Object.entries(seen).map(([where, users]) => [where, [...users]]))).toEqual(
      Object.fromEntries(
        ['data', 'end', 'close', 'pipe', 'finish', 'transform', 'flush'].map((where) => [where, ['a']]),
      ),
    );
  });

  it('shows it when a client goes away, too', async () => {
    const ended = new Promise<unknown>((resolve) => {
      const app = byUser.wrap((request, response) => {
        request.on('error', () => {});
        response.on('close', () => resolve([who(), response.writableEnded]));
        response.write('x');
      });
      serve(app).then((url) => {
        const { hostname, port } = new URL(url);
        const socket = connectSocket({ host: hostname, port: Number(port) });
        socket.write('POST / HTTP/1.1\r\nhost: x\r\nuser: a\r\ncontent-length: 100\r\n\r\nabc');
        socket.once('data', () => socket.destroy());
      });
    });
    expect(await ended).toEqual(['a', false]);
  });

  it('lets listeners be taken off, and asked once, as ever', async () => {
    const url = await serve(
      byUser.wrap((request, response) => {
        const counts = { taken: 0, once: 0, data: 0 };
        const taken = (): void => void counts.taken++;
        request.on('data', taken);
        request.off('data', taken);
        request.once('data', () => void counts.once++);
        request.on('data', () => void counts.data++);
        request.on('end', () => response.end(JSON.stringify({ ...counts, listening: request.listenerCount('data') })));
      }),
    );
    const { text } = await ask(url, { method: 'POST', headers: { user: 'a' } }, [
      'a'.repeat(70_000),
      'b'.repeat(70_000),
    ]);
    const counts = JSON.parse(text) as Record<string, number>;
    expect(counts).toMatchObject({ taken: 0, once: 1, listening: 1 });
    expect(counts.data).toBeGreaterThan(1);
  });

  it('a narrower context is kept by a listener that is bound to it, and by what awaits the body', async () => {
    const url = await serve(
      byUser.wrap((request, response) => {
        const seen: unknown[] = [];
        withContext({ targetingKey: 'narrower' }, async () => {
          request.once('data', () => seen.push(who()));
          request.once(
            'data',
            AsyncResource.bind(() => seen.push(who())),
          );
          await once(request, 'end');
          response.end(JSON.stringify([...seen, who()]));
        });
      }),
    );
    const { text } = await ask(url, { method: 'POST', headers: { user: 'a' } }, 'x');
    expect(JSON.parse(text)).toEqual(['a', 'narrower', 'narrower']);
  });

  it('passes on what a handler throws, as without it', async () => {
    const app = express();
    app.use(httpMiddleware({ context: async () => ({ targetingKey: 'a' }) }));
    app.get('/', () => {
      throw new Error('broken');
    });
    app.use(((error, _request, response, _next) => {
      response.status(500).send(`${error.message} ${who()}`);
    }) satisfies express.ErrorRequestHandler);
    expect(await ask(await listen(createServer(app)))).toMatchObject({ status: 500, text: 'broken a' });
  });
});
