import { EventEmitter } from 'node:events';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  createSecureServer,
  createServer,
  type Http2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import { OpenFeature } from '@openfeature/server-sdk';
import fastify from 'fastify';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { requireFlag as fastifyGuard } from '../src/fastify.ts';
import { currentContext, httpMiddleware, requireFlag, string } from '../src/index.ts';
import { dawdle, echo } from './support.ts';

beforeAll(() => OpenFeature.setProviderAndWait(echo()));

const byUser = httpMiddleware({ context: ({ headers }) => ({ targetingKey: String(headers.user) }) });
const who = (): unknown => currentContext().targetingKey;

/** A session with a server on a free port; both end with the test. */
async function connectTo(server: Http2Server): Promise<ClientHttp2Session> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const session = connect(`http://127.0.0.1:${(server.address() as { port: number }).port}`);
  onTestFinished(() => {
    session.close();
    server.close();
  });
  return session;
}

async function textOf(stream: ClientHttp2Stream): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += chunk;
  return text;
}

describe('on node:http2, httpMiddleware', () => {
  it('gives a handler, and the events of a request, their context', async () => {
    const server = createServer(
      httpMiddleware({
        context: ({ headers }: Http2ServerRequest, { ip }) => ({ targetingKey: String(headers.user), ip }),
      }).wrap((request, response) => {
        const seen: unknown[] = [];
        request.on('data', () => seen.push(who()));
        request.on('end', async () => {
          seen.push(who(), await string('who', ''), currentContext().ip);
          response.end(JSON.stringify(seen));
        });
      }),
    );
    const session = await connectTo(server);
    const answers = await Promise.all(
      Array.from({ length: 50 }, async (_, n) => {
        const stream = session.request({ ':method': 'POST', user: `user-${n}` });
        stream.write('x');
        await dawdle();
        stream.end();
        return JSON.parse(await textOf(stream)) as unknown[];
      }),
    );
    for (const [n, seen] of answers.entries()) {
      expect(new Set(seen.slice(0, -1))).toEqual(new Set([`user-${n}`]));
      expect(seen.at(-1)).toBe('127.0.0.1');
    }
  });

  it('shows it in callbacks, and in events of the stream, when the request of another makes them come', async () => {
    const bus = new EventEmitter();
    const seen: Record<string, unknown> = {};
    const note = (where: string) => (): void => {
      seen[where] = who();
    };
    const session = await connectTo(
      createServer(
        {},
        byUser.wrap((request: Http2ServerRequest, response: Http2ServerResponse) => {
          if (request.headers.user !== 'ann') {
            response.end();
            bus.emit('go');
            return;
          }
          response.stream.on('close', note('stream close'));
          response.on('finish', note('finish'));
          bus.once('go', () => {
            response.write('x', note('write'));
            response.end('x', note('end'));
            response.stream.once('finish', note('stream finish'));
          });
          response.writeHead(200);
        }),
      ),
    );
    const ann = session.request({ user: 'ann' });
    await new Promise((resolve) => ann.once('response', resolve));
    const gone = new Promise((resolve) => ann.once('close', resolve));
    expect(await textOf(session.request({ user: 'bob' }))).toBe('');
    expect(await textOf(ann)).toBe('xx');
    await gone;
    await vi.waitFor(() => expect(Object.keys(seen)).toHaveLength(5));
    expect(seen).toEqual({ 'stream close': 'ann', finish: 'ann', write: 'ann', end: 'ann', 'stream finish': 'ann' });
  });

  it('wraps handlers for servers that take options, with a guard inside, too', async () => {
    const guarded = requireFlag('new-feature').wrap((_request, response) => response.end('new'));
    const session = await connectTo(createServer({}, byUser.wrap(guarded)));
    expect(await textOf(session.request({ user: 'beta-1' }))).toBe('new');
    expect(await textOf(session.request({ user: 'a' }))).toBe('Not Found');
    // by type
    createServer(byUser.wrap((_request, response) => response.stream.respond()));
    createServer(
      {},
      byUser.wrap((_request, response) => response.end('ok')),
    );
    createSecureServer(
      {},
      byUser.wrap((_request, response) => response.end('ok')),
    );
    createSecureServer({ allowHTTP1: true }, byUser.wrap(guarded));
  });

  it('resets a stream that has begun and is refused, which must not pass for whole', async () => {
    const guarded = requireFlag('no-such').wrap(() => {});
    const begin: typeof guarded = (request, response) => {
      (response as Http2ServerResponse).write('begun');
      guarded(request, response);
    };
    const app = fastify({ http2: true });
    app.get('/', { preHandler: fastifyGuard('no-such') }, async () => 'open');
    app.addHook('onRequest', async (_request, reply) => void reply.raw.write('begun'));
    await app.ready();
    onTestFinished(() => app.close());
    for (const session of [await connectTo(createServer(begin)), await connectTo(app.server)]) {
      const stream = session.request({});
      stream.on('error', () => {});
      const closed = new Promise((resolve) => stream.once('close', resolve));
      stream.resume();
      await closed;
      expect(stream.rstCode).toBe(2);
    }
  });
});
