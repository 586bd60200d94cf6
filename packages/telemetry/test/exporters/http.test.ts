import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { httpExporter, verifySignature } from '../../src/exporters/index.ts';
import { receiver, status } from './http-server.ts';
import { failure, numbered, patient, shown } from './support.ts';

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
