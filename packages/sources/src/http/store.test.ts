import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import type { Edit, FlagErrorCode } from '@flagwright/core';
import { FlagError } from '@flagwright/core';
import { until } from '@flagwright/test-servers';
import { describe, expect, it } from 'vitest';
import { closedAfterEach, failure } from '../../test/http/support.ts';
import { memoryStore } from '../memory.ts';
import { HTTP_STATUS, httpStore, nodeHandler, storeHandler } from './index.ts';
import type { HttpOptions } from './options.ts';

const { kept, server } = closedAfterEach();

const store = (options: HttpOptions) => kept(httpStore({ events: false, ...options }));

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += String(chunk);
  return text;
}

const EDITS: readonly Edit[] = [{ key: 'a', next: { default: 1 } }];

describe('commit sends', () => {
  it('the edits, whose they are, and credentials', async () => {
    const seen: unknown[] = [];
    const { url } = await server(async (request, response) => {
      const { method, headers } = request;
      seen.push([
        method,
        request.url,
        headers['content-type'],
        headers.authorization,
        JSON.parse(await textOf(request)),
      ]);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"revision":"日.1"}');
    });
    const edits: Edit[] = [
      { key: 'a', next: { default: 1 }, was: null },
      { kind: 'segment', key: '__proto__', next: null, was: { included: [] } },
      { key: 'b', next: JSON.parse('{"__proto__": 1}') },
    ];
    expect(await store({ url: `${url}x?y=z`, token: 't' }).commit(edits, 'ann')).toBe('日.1');
    expect(await store({ url }).commit([])).toBe('日.1');
    const sent = [
      { kind: 'flag', key: 'a', next: { default: 1 }, was: null },
      { kind: 'segment', key: '__proto__', next: null, was: { included: [] } },
      { kind: 'flag', key: 'b', next: JSON.parse('{"__proto__": 1}') },
    ];
    expect(seen).toEqual([
      ['POST', '/x?y=z', 'application/json', 'Bearer t', { edits: sent, by: 'ann' }],
      ['POST', '/', 'application/json', undefined, { edits: [] }],
    ]);
  });

  it('nothing that makes no sense', async () => {
    let requests = 0;
    const { url } = await server((_, response) => {
      requests++;
      response.end();
    });
    const flags = store({ url });
    expect((await failure(flags.commit([{ key: '', next: null }]))).code).toBe('INVALID_ARGUMENT');
    expect((await failure(flags.commit(EDITS, 7 as unknown as string))).code).toBe('INVALID_ARGUMENT');
    expect(requests).toBe(0);
  });
});

describe('the outcome', () => {
  it.each(Object.keys(HTTP_STATUS) as FlagErrorCode[])('%s of the store behind it is the same here', async (code) => {
    const memory = memoryStore({ flags: {} });
    const commit = async () => {
      throw new FlagError(code, `no, for ${code}`, { retryAfter: 3_000 });
    };
    const { url } = await server(nodeHandler(storeHandler({ ...memory, commit })));
    const error = await failure(store({ url }).commit(EDITS));
    // credentials that the store behind it refused are not those of whoever asks
    if (code === 'UNAUTHORIZED') expect(error.code).toBe('UNAVAILABLE');
    else expect(error).toMatchObject({ code, message: `no, for ${code}`, retryAfter: 3_000 });
  });

  it.each<[status: number, body: string, code: FlagErrorCode]>([
    [200, '', 'UNKNOWN'],
    [200, 'ok', 'UNKNOWN'],
    [200, '{}', 'UNKNOWN'],
    [200, '{"revision":7}', 'UNKNOWN'],
    [200, `"${'x'.repeat(100_000)}"`, 'UNKNOWN'],
    [201, '{"revision":"1"}', 'UNKNOWN'],
    [202, '', 'UNKNOWN'],
    [204, '', 'UNKNOWN'],
    [400, '', 'INVALID_ARGUMENT'],
    [401, '', 'UNAUTHORIZED'],
    [403, '', 'UNAUTHORIZED'],
    [404, '', 'NOT_FOUND'],
    [405, '', 'UNSUPPORTED'],
    [409, '', 'CONFLICT'],
    [409, '{"code":"MANAGED","message":"x"}', 'MANAGED'],
    [413, '', 'TOO_LARGE'],
    [429, '', 'UNAVAILABLE'],
    [410, '', 'NOT_FOUND'],
    [421, '', 'INVALID_ARGUMENT'],
    [503, '{"code":"UNAVAILABLE","message":"x"}', 'UNAVAILABLE'],
    ...[304, 406, 408, 499, 500, 501, 502, 503, 504, 520, 524, 599].map(
      (status) => [status, '', 'UNKNOWN'] as [number, string, FlagErrorCode],
    ),
  ])('of %i with %.40j is %s', async (status, body, code) => {
    const { url } = await server((_, response) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    });
    expect((await failure(store({ url }).commit(EDITS))).code).toBe(code);
  });

  it.each([201, 202, 204, 408, 499, 502, 503, 520, 524])(
    'is UNKNOWN where the edits were made and a proxy answers %i itself',
    async (status) => {
      const memory = memoryStore({ flags: {} });
      const handler = storeHandler(memory);
      const { url } = await server(
        nodeHandler(async (request) => {
          await handler(request);
          return new Response(status === 204 ? null : 'proxy', { status, headers: { 'content-type': 'text/plain' } });
        }),
      );
      expect((await failure(store({ url }).commit(EDITS))).code).toBe('UNKNOWN');
      expect([...((await memory.read()).document.flags as ReadonlyMap<string, unknown>).keys()]).toEqual(['a']);
    },
  );

  it('is UNAVAILABLE where nothing was sent', async () => {
    const gone = await server(() => undefined);
    await gone.stop();
    expect((await failure(store({ url: gone.url }).commit(EDITS))).code).toBe('UNAVAILABLE');
    expect((await failure(store({ url: 'http://nowhere.invalid/' }).commit(EDITS))).code).toBe('UNAVAILABLE');
    const plain = await server(() => undefined);
    expect((await failure(store({ url: `https://127.0.0.1:${plain.port}/` }).commit(EDITS))).code).toBe('UNAVAILABLE');
    const token = () => new Promise<string>(() => undefined);
    expect((await failure(store({ url: plain.url, token, timeout: 50 }).commit(EDITS))).code).toBe('UNAVAILABLE');
  });

  it.each<[string, (socket: Socket) => void]>([
    ['is lost before the answer', (socket) => socket.destroy()],
    ['is reset before the answer', (socket) => socket.resetAndDestroy()],
    ['is lost within the head', (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-')],
    ['is lost within the body', (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"revi')],
    ['brings no HTTP', (socket) => socket.end('hello\r\n\r\n')],
    ['goes silent', () => undefined],
    ['goes silent within the body', (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"revi')],
  ])('is UNKNOWN where the connection %s', async (_, then) => {
    const sockets: Socket[] = [];
    const tcp = createTcpServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => undefined);
      socket.once('data', () => then(socket));
    }).listen(0, '127.0.0.1');
    await once(tcp, 'listening');
    const url = `http://127.0.0.1:${(tcp.address() as AddressInfo).port}/`;
    const error = await failure(store({ url, timeout: 200 }).commit(EDITS));
    expect(error.code).toBe('UNKNOWN');
    expect(error.message).not.toContain('127.0.0.1');
    for (const socket of sockets) socket.destroy();
    tcp.close();
  });

  it.each([301, 302, 303, 307, 308])(
    'of a redirect, %i, is an error, and nobody else gets the edits',
    async (status) => {
      let leaked = 0;
      const other = await server((_, response) => {
        leaked++;
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"revision":"1"}');
      });
      for (const location of [other.url, '/there']) {
        let requests = 0;
        const { url } = await server((_, response) => {
          requests++;
          response.writeHead(status, { location }).end();
        });
        expect((await failure(store({ url, token: 'secret' }).commit(EDITS))).code).toBe('INVALID_ARGUMENT');
        expect(requests).toBe(1);
      }
      expect(leaked).toBe(0);
    },
  );
});

describe('close', () => {
  it('waits for commits that are under way, and ends reads', async () => {
    const finish: (() => void)[] = [];
    const { url } = await server((request, response) => {
      if (request.method !== 'POST') return;
      finish.push(() => response.writeHead(200, { 'content-type': 'application/json' }).end('{"revision":"2"}'));
    });
    const flags = httpStore({ url, events: false });
    const committing = flags.commit(EDITS);
    const reading = failure(flags.read());
    await until('the commit is under way', () => finish.length === 1);
    let closed = false;
    const closing = flags.close!().then(() => {
      closed = true;
    });
    expect((await reading).code).toBe('NOT_READY');
    expect((await failure(flags.commit(EDITS))).code).toBe('NOT_READY');
    expect(closed).toBe(false);
    finish[0]!();
    expect(await committing).toBe('2');
    await closing;
  });
});
