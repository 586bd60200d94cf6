import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@flagwright/test-servers';
import { afterEach, describe, expect, it } from 'vitest';
import { type Listening, type ListenOptions, listen } from './listen.ts';

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function serve(handler: (request: Request) => Promise<Response>, options?: ListenOptions): Promise<Listening> {
  const server = await listen(handler, options);
  open.push(() => server.close(0));
  return server;
}

interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

function gate(): Gate {
  let resolve!: () => void;
  const opened = new Promise<void>((on) => {
    resolve = on;
  });
  return { opened, open: resolve };
}

/** A connection to say anything on. */
async function raw(port: number): Promise<{ readonly socket: Socket; text(): string; ended(): boolean }> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  let ended = false;
  socket
    .on('error', () => undefined)
    .on('close', () => {
      ended = true;
    });
  socket.setEncoding('latin1').on('data', (chunk) => {
    text += String(chunk);
  });
  await once(socket, 'connect');
  open.push(() => socket.destroy());
  return { socket, text: () => text, ended: () => ended };
}

const GET = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n';

/** An event stream that says one thing, and goes on until it is left. */
function events(left: () => void): Response {
  const stream = new ReadableStream<Uint8Array>({
    start: (out) => out.enqueue(new TextEncoder().encode('event: armed\n\n')),
    cancel: left,
  });
  return new Response(stream, { headers: { 'content-type': 'text/event-stream' } });
}

describe('a server', () => {
  it('answers, and keeps connections', async () => {
    const { url, port } = await serve(async (request) => new Response(`${request.method} ${await request.text()}`));
    expect(url).toBe(`http://127.0.0.1:${port}`);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    open.push(() => agent.destroy());
    const ask = async (): Promise<readonly [string, number | undefined]> => {
      const [answer] = (await once(httpRequest(url, { agent, method: 'POST' }).end('x'), 'response')) as [
        IncomingMessage,
      ];
      const local = answer.socket.localPort;
      let text = '';
      for await (const chunk of answer) text += String(chunk);
      return [text, local];
    };
    const [first, second] = [await ask(), await ask()];
    expect(first[0]).toBe('POST x');
    expect(second).toEqual(first);
  });

  it('refuses what has too many headers', async () => {
    const { port } = await serve(async () => new Response('no'));
    const { socket, text } = await raw(port);
    socket.write(`GET / HTTP/1.1\r\nhost: a\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`);
    await until('it is refused', () => /^HTTP\/1\.1 431 /.test(text()));
  });

  it('says that its port is taken', async () => {
    const { port } = await serve(async () => new Response());
    await expect(listen(async () => new Response(), { port })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: `port ${port} of 127.0.0.1 is taken`,
    });
  });

  it('serves TLS with a key of its own', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'flagwright-tls-'));
    open.push(() => rm(folder, { recursive: true }));
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const about = ['-days', '2', '-nodes', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    const made = [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-keyout',
      key,
      '-out',
      cert,
    ];
    execFileSync('openssl', [...made, ...about], { stdio: 'ignore' });
    const tls = { key: await readFile(key), cert: await readFile(cert) };
    const { url, port } = await serve(async (request) => new Response(request.url), { tls });
    expect(url).toBe(`https://127.0.0.1:${port}`);
    const asked = httpsRequest({ port, host: '127.0.0.1', servername: 'localhost', ca: tls.cert, path: '/a' }).end();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    let text = '';
    for await (const chunk of answer) text += String(chunk);
    expect(text).toMatch(/^https:.*\/a$/);
    await expect(listen(async () => new Response(), { tls: { ...tls, key: 'secret' } })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.not.stringContaining('secret'),
    });
  });
});

describe('a server that is closed', () => {
  it('lets requests under way end, takes no more, and says that connections end', async () => {
    const { opened, open: go } = gate();
    let asked = 0;
    const server = await serve(async () => {
      asked++;
      await opened;
      return new Response('whole');
    });
    const [one, other] = [await raw(server.port), await raw(server.port)];
    one.socket.write(GET);
    other.socket.write(GET);
    await until('both are under way', () => asked === 2);
    let closed = false;
    const closing = server.close(60_000).then(() => {
      closed = true;
    });
    await expect(fetch(server.url)).rejects.toThrow();
    expect(closed).toBe(false);
    go();
    await closing;
    await until('both are answered', () => one.ended() && other.ended());
    for (const { text } of [one, other]) {
      expect(text()).toMatch(/^HTTP\/1\.1 200 .*\r\nconnection: close\r\n.*whole/is);
    }
  });

  it('closes connections that are idle, and those that are when their answer has ended', async () => {
    const { opened, open: go } = gate();
    const server = await serve(async ({ url }) => {
      if (!url.endsWith('/long')) return new Response('short');
      let parts = 0;
      return new Response(
        new ReadableStream({
          async pull(out) {
            if (parts++ > 0) await opened;
            out.enqueue(new TextEncoder().encode('part'));
            if (parts === 3) out.close();
          },
        }),
      );
    });
    const [idle, busy] = [await raw(server.port), await raw(server.port)];
    idle.socket.write(GET);
    busy.socket.write('GET /long HTTP/1.1\r\nhost: a\r\n\r\n');
    await until('one is idle, and one has begun', () => idle.text().includes('short') && busy.text().includes('part'));
    const closing = server.close(60_000);
    await until('what is idle is closed', () => idle.ended());
    expect(busy.ended()).toBe(false);
    go();
    await closing;
    await until('the other too', () => busy.ended());
    expect(busy.text()).toMatch(/0\r\n\r\n$/);
  });

  it('ends event streams once the others are done, as if they had ended', async () => {
    const { opened, open: go } = gate();
    let left = 0;
    const server = await serve(async ({ url }) => {
      if (url.endsWith('/events')) return events(() => left++);
      await opened;
      return new Response('whole');
    });
    const [stream, other] = [await raw(server.port), await raw(server.port)];
    stream.socket.write('GET /events HTTP/1.1\r\nhost: a\r\n\r\n');
    other.socket.write(GET);
    await until('it is armed', () => stream.text().includes('armed'));
    const closing = server.close(60_000);
    expect([left, stream.ended()]).toEqual([0, false]);
    go();
    await closing;
    await until('it has ended', () => stream.ended());
    expect(stream.text()).toMatch(/\r\n0\r\n\r\n$/);
    expect([left, other.text()]).toEqual([1, expect.stringContaining('whole')]);
  });

  it('leaves an event stream whose client is gone', async () => {
    let left = 0;
    const server = await serve(async () => events(() => left++));
    const { socket, text } = await raw(server.port);
    socket.write(GET);
    await until('it is armed', () => text().includes('armed'));
    socket.destroy();
    await until('it is left', () => left === 1);
    await server.close(60_000);
    expect(left).toBe(1);
  });

  it('cuts off what takes longer than its patience, and what never asked for anything', async () => {
    let signal: AbortSignal | undefined;
    const server = await serve((request) => {
      signal = request.signal;
      return new Promise(() => undefined);
    });
    const [stuck, silent] = [await raw(server.port), await raw(server.port)];
    stuck.socket.write(GET);
    silent.socket.write('GET / HT');
    await until('it is under way', () => signal !== undefined);
    await server.close(50);
    await until('both are cut off', () => stuck.ended() && silent.ended());
    expect([stuck.text(), signal!.aborted]).toEqual(['', true]);
  });

  it('is closed once, however often it is told to', async () => {
    const server = await serve(async () => new Response());
    await Promise.all([server.close(), server.close()]);
    await server.close();
  });
});
