import { createServer } from 'node:net';
import { Readable } from 'node:stream';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { httpExporter } from '../../src/exporters/index.ts';
import { receiver, status } from './http-server.ts';
import { failure, patient, shown } from './support.ts';

describe('what httpExporter makes of an answer', () => {
  const soon = new Date(Date.now() + 60_000).toUTCString();
  it.each<[number, Record<string, string>, object]>([
    [300, {}, { code: 'UNSUPPORTED' }],
    [301, { location: '/elsewhere' }, { code: 'UNSUPPORTED', message: expect.stringContaining('301') }],
    [307, { location: '/elsewhere' }, { code: 'UNSUPPORTED' }],
    [400, {}, { code: 'INVALID_ARGUMENT', message: 'the server refused the events (400)' }],
    [401, {}, { code: 'UNAUTHORIZED' }],
    [403, {}, { code: 'UNAUTHORIZED' }],
    [404, {}, { code: 'NOT_FOUND', message: expect.stringContaining('check url') }],
    [404, { 'retry-after': '7' }, { code: 'NOT_FOUND', retryAfter: 7_000 }],
    [408, {}, { code: 'UNAVAILABLE', retryAfter: undefined }],
    [410, {}, { code: 'INVALID_ARGUMENT' }],
    [413, {}, { code: 'TOO_LARGE' }],
    [415, {}, { code: 'INVALID_ARGUMENT', message: expect.stringContaining('gzip: false') }],
    [422, {}, { code: 'INVALID_ARGUMENT' }],
    [425, {}, { code: 'UNAVAILABLE' }],
    [429, {}, { code: 'UNAVAILABLE', retryAfter: 1_000 }],
    [429, { 'retry-after': '7' }, { code: 'UNAVAILABLE', retryAfter: 7_000 }],
    [429, { 'retry-after': 'whenever' }, { code: 'UNAVAILABLE', retryAfter: 1_000 }],
    [500, {}, { code: 'UNAVAILABLE', retryAfter: undefined }],
    [503, { 'retry-after': '120' }, { code: 'UNAVAILABLE', retryAfter: 120_000 }],
    [503, { 'retry-after': '-1' }, { code: 'UNAVAILABLE', retryAfter: undefined }],
    [503, { 'retry-after': '9'.repeat(400) }, { code: 'UNAVAILABLE', retryAfter: Number.MAX_SAFE_INTEGER }],
    [599, {}, { code: 'UNAVAILABLE' }],
  ])('%i with %j', async (code, headers, expected) => {
    const server = await receiver(status(code, headers));
    const error = await failure(httpExporter({ url: server.url }).export([1], patient));
    expect(error).toMatchObject(expected);
    // a redirect would be another request
    expect(server.received).toHaveLength(1);
  });

  it('407, which only a fetch with a proxy of its own tells', async () => {
    const proxied = async (): Promise<Response> => new Response(null, { status: 407 });
    const exporter = httpExporter({ url: 'https://example.com/', fetch: proxied });
    expect(await failure(exporter.export([1], patient))).toMatchObject({ code: 'UNAUTHORIZED' });
  });

  it('a date in Retry-After', async () => {
    const server = await receiver(status(503, { 'retry-after': soon }));
    const { retryAfter } = await failure(httpExporter({ url: server.url }).export([1], patient));
    expect(retryAfter).toBeGreaterThan(30_000);
    expect(retryAfter).toBeLessThanOrEqual(61_000);
  });

  it.each([
    [200, undefined],
    [500, 'UNAVAILABLE'],
  ])('a body without end: the status of %i decides', async (code, expected) => {
    let open = true;
    const server = await receiver((response) => {
      response.on('close', () => {
        open = false;
      });
      response.writeHead(code);
      const more = (): void => {
        while (open && response.write('x'.repeat(65_536)));
      };
      response.on('drain', more);
      more();
    });
    const sent = httpExporter({ url: server.url }).export([1], patient);
    if (expected === undefined) await sent;
    else expect(await failure(sent)).toMatchObject({ code: expected });
    await vi.waitFor(() => expect(open).toBe(false));
  });

  it.each([
    ['hangs', () => undefined],
    ['is cut off', (response: { destroy(): void }) => response.destroy()],
  ])('a body that begins and %s: the status decides', async (_, then) => {
    const server = await receiver((response) => {
      response.writeHead(200, { 'content-length': 100 }).write('x');
      setTimeout(() => then(response), 20);
    });
    await httpExporter({ url: server.url }).export([1], patient);
    expect(server.received).toHaveLength(1);
  });
});

/** What a `fetch` of another make, or of a test, may answer with. */
function answering(answer: unknown): ReturnType<typeof httpExporter> {
  return httpExporter({ url: 'https://example.com/', fetch: (async () => answer) as typeof fetch });
}

describe('httpExporter with a fetch of another make', () => {
  async function read(): Promise<Response> {
    const answer = new Response('taken');
    await answer.text();
    return answer;
  }
  function locked(): Response {
    const answer = new Response('taken');
    answer.body!.getReader();
    return answer;
  }
  function failing(): Readable {
    return new Readable({
      read() {
        this.destroy(new Error('s3cret'));
      },
    });
  }
  const throwing = {
    status: 200,
    get body() {
      throw new Error('s3cret');
    },
  };

  it.each<[string, () => unknown]>([
    ['whose body was read', read],
    ['whose body is being read', locked],
    ['without a body', () => ({ ok: true, status: 200 })],
    ['with an empty body', () => ({ status: 202, body: null })],
    ['with a text as body', () => ({ status: 200, body: 'taken' })],
    ['with a stream of Node as body', () => ({ status: 200, body: Readable.from(['taken']) })],
    ['with a body that fails', () => ({ status: 200, body: failing() })],
    ['with a body that may not be asked for', () => throwing],
  ])('takes an answer %s by its status', async (_, answer) => {
    await answering(await answer()).export([1], patient);
  });

  it.each<[string, unknown, object]>([
    ['503', { ok: false, status: 503 }, { code: 'UNAVAILABLE', retryAfter: undefined }],
    ['429 with headers that are an object', { status: 429, headers: {} }, { code: 'UNAVAILABLE', retryAfter: 1_000 }],
    ['413 that says it is well', { ok: true, status: 413 }, { code: 'TOO_LARGE' }],
    ['nothing', undefined, { code: 'UNSUPPORTED' }],
    ['null', null, { code: 'UNSUPPORTED' }],
    ['no status', { ok: true }, { code: 'UNSUPPORTED' }],
    ['a text as status', { status: '200' }, { code: 'UNSUPPORTED' }],
  ])('fails with an answer of %s', async (_, answer, expected) => {
    expect(await failure(answering(answer).export([1], patient))).toMatchObject(expected);
  });

  it('reads no stream of Node without end', async () => {
    const body = new Readable({
      read() {
        this.push(Buffer.alloc(16_384));
      },
    });
    await answering({ status: 200, body }).export([1], patient);
    expect(body.destroyed).toBe(true);
  });
});

describe('httpExporter without an answer', () => {
  it('gives up after a time', async () => {
    const server = await receiver(() => undefined);
    const exporter = httpExporter({ url: server.url, timeout: 50 });
    expect(await failure(exporter.export([1], patient))).toMatchObject({
      code: 'UNAVAILABLE',
      message: 'no answer within 50 ms',
    });
  });

  it('gives up when nobody waits any more, and closes the connection', async () => {
    const aborter = new AbortController();
    let closed = false;
    const server = await receiver((response) => {
      response.on('close', () => {
        closed = true;
      });
      aborter.abort();
    });
    const exporter = httpExporter({ url: server.url });
    expect(await failure(exporter.export([1], aborter.signal))).toMatchObject({ code: 'UNAVAILABLE' });
    expect(await failure(exporter.export([1], aborter.signal))).toMatchObject({ code: 'UNAVAILABLE' });
    await vi.waitFor(() => expect(closed).toBe(true));
    expect(server.received).toHaveLength(1);
  });

  it('sends nothing when nobody waits any more once it is packed', async () => {
    const server = await receiver(status(200));
    const [items, aborter] = [['x'.repeat(10_000)], new AbortController()];
    const exporter = httpExporter({ url: server.url });
    const sent = exporter.export(items, aborter.signal);
    aborter.abort();
    expect(await failure(sent)).toMatchObject({ code: 'UNAVAILABLE' });
    await exporter.export(items, patient);
    expect(server.received).toHaveLength(1);
  });

  it('does not wait for a fetch that does not heed', async () => {
    const hangs = (() => new Promise(() => undefined)) as typeof fetch;
    const aborter = new AbortController();
    const exporter = httpExporter({ url: 'http://127.0.0.1:1/', timeout: 20, fetch: hangs });
    expect(await failure(exporter.export([1], patient))).toMatchObject({ code: 'UNAVAILABLE' });
    const sent = httpExporter({ url: 'http://127.0.0.1:1/', fetch: hangs }).export([1], aborter.signal);
    aborter.abort();
    expect(await failure(sent)).toMatchObject({ code: 'UNAVAILABLE' });
  });

  it.each([
    ['at once', (socket: { destroy(): void }) => socket.destroy()],
    [
      'in the middle of the headers',
      (socket: { write(text: string): void; destroy(): void }) => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-le');
        setTimeout(() => socket.destroy(), 20);
      },
    ],
    ['with something that is not HTTP', (socket: { end(text: string): void }) => socket.end('SSH-2.0 s3cret\r\n\r\n')],
  ])('fails where the connection ends %s', async (_, answer) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => answer(socket));
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    onTestFinished(() => void server.close());
    const { port } = server.address() as { port: number };
    const error = await failure(httpExporter({ url: `http://127.0.0.1:${port}/?token=s3cret` }).export([1], patient));
    expect(error).toMatchObject({ code: 'UNAVAILABLE' });
    expect(shown(error)).not.toContain('s3cret');
  });

  it('fails where nobody listens', async () => {
    const error = await failure(httpExporter({ url: 'http://127.0.0.1:1/?token=s3cret' }).export([1], patient));
    // fetch refuses that port
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', message: expect.stringContaining('port') });
    const { url } = await receiver(status(200));
    const port = Number(new URL(url).port);
    const gone = createServer();
    await new Promise<void>((resolve) => {
      gone.listen(0, '127.0.0.1', resolve);
    });
    const free = (gone.address() as { port: number }).port;
    await new Promise((resolve) => gone.close(resolve));
    expect(free).not.toBe(port);
    const refused = await failure(httpExporter({ url: `http://127.0.0.1:${free}/?token=s3cret` }).export([1], patient));
    expect(refused).toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining('(ECONNREFUSED)') });
    expect(shown(refused)).not.toContain('s3cret');
  });

  it('fails where the server has no certificate', async () => {
    const { url } = await receiver(status(200));
    const error = await failure(httpExporter({ url: url.replace('http:', 'https:') }).export([1], patient));
    expect(error).toMatchObject({ code: 'UNAVAILABLE' });
    expect(shown(error)).not.toContain('s3cret');
  });
});
