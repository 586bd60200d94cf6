import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import { until } from '@flagwright/test-servers';
import { describe, expect, it } from 'vitest';
import { closedAfterEach } from '../../test/http/support.ts';
import { httpSource } from './index.ts';
import { letGo, streamingFetch } from './streaming-fetch.ts';

const { kept, server } = closedAfterEach();

/** A server that says this, whatever it is asked. */
async function saying(text: string): Promise<{ readonly url: URL; readonly sockets: readonly Socket[] }> {
  const sockets: Socket[] = [];
  const tcp = createTcpServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => socket.write(text));
  }).listen(0, '127.0.0.1');
  await once(tcp, 'listening');
  kept({
    async close() {
      for (const socket of sockets) socket.destroy();
      tcp.close();
    },
  });
  return { url: new URL(`http://127.0.0.1:${(tcp.address() as AddressInfo).port}/`), sockets };
}

describe('the fetch of event streams', () => {
  it('sends the headers, asks for nothing packed, and gives status, headers and body', async () => {
    let seen: unknown;
    const { url } = await server((request, response) => {
      const { accept, authorization, 'accept-encoding': encoding, 'user-agent': agent } = request.headers;
      seen = [request.method, request.url, accept, authorization, encoding, agent];
      response.writeHead(418, { 'x-many': ['1', '2'], 'x-latin': 'ü' }).end('tea');
    });
    const headers = { accept: 'text/event-stream', authorization: 'Bearer t' };
    const answer = await streamingFetch(new URL(`${url}a?b=c`), { method: 'GET', headers });
    expect([answer.status, answer.headers.get('x-many'), answer.headers.get('x-latin')]).toEqual([418, '1, 2', 'ü']);
    expect(await answer.text()).toBe('tea');
    expect(seen).toEqual(['GET', '/a?b=c', 'text/event-stream', 'Bearer t', 'identity', 'node']);
    letGo(answer);
    letGo(new Response());
  });

  it('gives an answer without a body, and a redirect as it is', async () => {
    const { url } = await server((request, response) => {
      response.writeHead(request.url === '/' ? 302 : 204, { location: '/x' }).end();
    });
    const moved = await streamingFetch(new URL(url), {});
    expect([moved.status, moved.headers.get('location')]).toEqual([302, '/x']);
    expect(await moved.text()).toBe('');
    const empty = await streamingFetch(new URL('/x', url), {});
    expect([empty.status, empty.body]).toEqual([204, null]);
  });

  it.each([
    'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n',
    'HTTP/1.1 999 Odd\r\ncontent-length: 0\r\n\r\n',
    'no HTTP\r\n\r\n',
  ])('rejects at %j, and leaves the connection', async (text) => {
    const { url, sockets } = await saying(text);
    await expect(streamingFetch(url, {})).rejects.toThrow();
    await until('the connection is closed', () => sockets[0]!.destroyed || sockets[0]!.readableEnded);
  });

  it('ends by its signal before the answer, and within it', async () => {
    for (const text of ['', 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf']) {
      const { url, sockets } = await saying(text);
      const aborter = new AbortController();
      const reading = streamingFetch(url, { signal: aborter.signal }).then((answer) => answer.text());
      const outcome = expect(reading).rejects.toThrow();
      await until('it has begun', () => (sockets[0]?.bytesRead ?? 0) > 0);
      await new Promise((resolve) => setTimeout(resolve, 20));
      aborter.abort(new Error('enough'));
      await outcome;
      await until('the connection is closed', () => sockets[0]!.destroyed || sockets[0]!.readableEnded);
    }
    await expect(streamingFetch((await saying('')).url, { signal: AbortSignal.abort() })).rejects.toThrow();
  });

  it('is not used where the user has a fetch', async () => {
    const asked: unknown[] = [];
    const own = (async (_: URL, { headers }: RequestInit) => {
      asked.push((headers as Record<string, string>).accept);
      return new Response('event: armed\ndata: {}\n\n', { headers: { 'content-type': 'text/event-stream' } });
    }) as typeof fetch;
    const source = kept(httpSource({ url: 'http://127.0.0.1/', fetch: own }));
    await source.subscribe!({ changed: () => undefined, failed: () => undefined });
    expect(asked).toEqual(['text/event-stream']);
  });
});
