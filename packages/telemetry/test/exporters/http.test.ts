import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { httpExporter, verifySignature } from '../../src/exporters/index.ts';
import { receiver, status } from './http-server.ts';
import { failure, numbered, patient } from './support.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

describe('httpExporter', () => {
  it('posts events as JSON', async () => {
    const server = await receiver(status(200));
    const exporter = httpExporter({ url: server.url, headers: { Authorization: 'Bearer abc' } });
    expect(exporter.name).toBe('http');
    const cycle: Record<string, unknown> = { n: 3 };
    cycle.self = cycle;
    await exporter.export([...numbered(0, 3), cycle], patient);
    await exporter.export([], patient);
    const [{ request, body }] = server.received as [(typeof server.received)[0]];
    expect(server.received).toHaveLength(1);
    expect(JSON.parse(body)).toEqual({ events: [...numbered(0, 3), { n: 3 }] });
    expect(request).toMatchObject({ method: 'POST', url: '/events?token=s3cret' });
    expect(request.headers).toMatchObject({ 'content-type': 'application/json', authorization: 'Bearer abc' });
    expect(Object.keys(request.headers).filter((name) => /^webhook-|content-encoding/.test(name))).toEqual([]);
  });

  it('compresses what is worth it, unless it is told not to', async () => {
    const server = await receiver(status(204));
    await httpExporter({ url: server.url }).export(numbered(0, 500), patient);
    await httpExporter({ url: server.url, gzip: false }).export(numbered(0, 500), patient);
    const [packed, plain] = server.received.map(({ request }) => request.headers);
    expect(packed).toMatchObject({ 'content-encoding': 'gzip' });
    expect(plain).not.toHaveProperty('content-encoding');
    expect(Number(packed!['content-length'])).toBeLessThan(Number(plain!['content-length']) / 3);
    for (const { events } of server.received) expect(events).toEqual(numbered(0, 500));
  });

  it.each([10, 500])('signs %i events as they are before compression', async (count) => {
    const server = await receiver(status(200));
    await httpExporter({ url: server.url, secret: SECRET }).export(numbered(0, count), patient);
    const [{ request, body }] = server.received as [(typeof server.received)[0]];
    expect(verifySignature({ secret: SECRET, headers: request.headers, body })).toBe(true);
    expect(verifySignature({ secret: SECRET, headers: request.headers, body: `${body} ` })).toBe(false);
  });

  it('signs with all secrets while one replaces another', async () => {
    const server = await receiver(status(200));
    const old = 'any other text of twenty-four bytes or more';
    await httpExporter({ url: server.url, secret: [SECRET, old] }).export([1], patient);
    const [{ request, body }] = server.received as [(typeof server.received)[0]];
    for (const secret of [SECRET, old, ['x'.repeat(30), old]]) {
      expect(verifySignature({ secret, headers: request.headers, body })).toBe(true);
    }
    expect(verifySignature({ secret: 'x'.repeat(30), headers: request.headers, body })).toBe(false);
  });

  it('calls a batch the same however often it is offered, and signs it anew', async () => {
    const server = await receiver((response, _, n) => status(n < 2 ? 500 : 200)(response, _, n));
    const exporter = httpExporter({ url: server.url, secret: SECRET });
    const items = numbered(0, 3);
    const now = vi.spyOn(Date, 'now').mockReturnValue(1_800_000_000_000);
    onTestFinished(() => now.mockRestore());
    await failure(exporter.export(items, patient));
    now.mockReturnValue(1_800_000_060_000);
    await failure(exporter.export(items, patient));
    await exporter.export(items, patient);
    await exporter.export(numbered(0, 3), patient);
    const ids = server.received.map(({ request }) => request.headers['webhook-id']);
    expect(ids[0]).toMatch(/^msg_[0-9a-f-]{36}$/);
    expect(ids).toEqual([ids[0], ids[0], ids[0], expect.not.stringMatching(ids[0] as string)]);
    expect(server.received.map(({ request }) => request.headers['idempotency-key'])).toEqual(ids);
    const times = server.received.map(({ request }) => request.headers['webhook-timestamp']);
    expect(times).toEqual(['1800000000', '1800000060', '1800000060', '1800000060']);
    for (const { request, body } of server.received) {
      expect(verifySignature({ secret: SECRET, headers: request.headers, body })).toBe(true);
    }
  });

  it('uses a connection again, also where answers have bodies', async () => {
    const server = await receiver((response, _, n) => response.writeHead(n % 2 ? 500 : 200).end('x'.repeat(10_000)));
    const exporter = httpExporter({ url: server.url });
    for (let i = 0; i < 10; i++) await exporter.export([i], patient).catch(() => undefined);
    expect(server.received).toHaveLength(10);
    // an answer that is not read to its end costs its connection
    expect(server.connections()).toBeLessThan(5);
  });

  it('sends nothing that is too large', async () => {
    const server = await receiver(status(200));
    const exporter = httpExporter({ url: server.url, maxBytes: 100 });
    const [one] = numbered(0, 1);
    // exactly as large as may be
    await exporter.export(['x'.repeat(100 - '{"events":[""]}'.length)], patient);
    expect(server.received[0]!.body).toHaveLength(100);
    for (const items of [['x'.repeat(86)], ['ä'.repeat(43)], Array(10).fill(one)]) {
      expect(await failure(exporter.export(items, patient))).toMatchObject({ code: 'TOO_LARGE' });
    }
    expect(server.received).toHaveLength(1);
  });
});

describe('what httpExporter makes of an answer', () => {
  const soon = new Date(Date.now() + 60_000).toUTCString();
  it.each<[number, Record<string, string>, object]>([
    [300, {}, { code: 'UNSUPPORTED' }],
    [301, { location: '/elsewhere' }, { code: 'UNSUPPORTED', message: expect.stringContaining('301') }],
    [307, { location: '/elsewhere' }, { code: 'UNSUPPORTED' }],
    [400, {}, { code: 'INVALID_ARGUMENT', message: 'the server refused the events (400)' }],
    [401, {}, { code: 'UNAUTHORIZED' }],
    [403, {}, { code: 'UNAUTHORIZED' }],
    [404, {}, { code: 'INVALID_ARGUMENT' }],
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

/** All that could be printed of an error. */
function shown(error: Error): string {
  return `${error.stack}${JSON.stringify(error, Object.getOwnPropertyNames(error))}${String(error.cause)}`;
}

describe('secrets', () => {
  it.each([301, 400, 401, 413, 429, 500])('are in no message of a server that repeats them with %i', async (code) => {
    const server = await receiver((response, { request }) => {
      const { url, headers } = request;
      response.writeHead(code, { location: url }).end(`${url} ${JSON.stringify(headers)}`);
    });
    const exporter = httpExporter({ url: server.url, headers: { authorization: 'Bearer s3cret' }, secret: SECRET });
    const error = await failure(exporter.export([1], patient));
    expect(shown(error)).not.toContain('s3cret');
    expect(shown(error)).not.toContain('whsec_');
  });

  it.each<[string, object]>([
    ['an address with a user', { url: 'https://user:s3cret@example.com/' }],
    ['an address with a password', { url: 'https://:s3cret@example.com/' }],
    ['no address', { url: 's3cret' }],
    ['another protocol', { url: 'ftp://example.com/s3cret' }],
    ['no header', { headers: { 'x-a': 'a\ns3cret' } }],
    ['a header beyond Latin-1', { headers: { 'x-a': 's3cret…' } }],
    ['a number as a header', { headers: { 'x-a': 7 } }],
    ['no name of a header', { headers: { 's3cret ': 'a' } }],
    ['headers that are a list', { headers: ['s3cret'] }],
    ['a header of ours', { headers: { 'Content-Type': 's3cret' } }],
    ['a header of the signature', { headers: { 'Webhook-Id': 's3cret' } }],
    ['a short secret', { secret: 's3cret' }],
    ['no secret', { secret: [] }],
    ['an empty secret', { secret: '' }],
    ['a secret that is no base64', { secret: `whsec_${'s3cret!'.repeat(10)}` }],
    ['a short secret in base64', { secret: 'whsec_s3cret==' }],
    ['a secret among others', { secret: [SECRET, 's3cret'] }],
    ['gzip', { gzip: 's3cret' as never }],
    ['a timeout', { timeout: 0 }],
    ['a bound', { maxBytes: -1 }],
    ['a fetch', { fetch: 7 }],
    ['a name', { name: 'https://s3cret' }],
  ])('are in no message about options that make no sense: %s', (what, options) => {
    let thrown: unknown;
    try {
      httpExporter({ url: 'https://example.com/', ...options } as never);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: 'INVALID_ARGUMENT' });
    // what is no secret is shown
    if (what !== 'gzip') expect(shown(thrown as Error)).not.toContain('s3cret');
  });

  it.each([undefined, null, 'https://example.com/'])('refuses the options %j', (options) => {
    expect(() => httpExporter(options as never)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});
