import { createServer } from 'node:http';
import { connect, createServer as createHttp2Server } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { currentContext, httpMiddleware } from '../src/index.ts';
import { ask, listen } from './support.ts';

/** A server that answers with the context of a request, with headers of up to 4 MB. */
function show(options?: Parameters<typeof httpMiddleware>[0]): Promise<string> {
  const handler = httpMiddleware(options).wrap((_request, response) => {
    response.end(JSON.stringify(currentContext()));
  });
  return listen(createServer({ maxHeaderSize: 4 << 20 }, handler));
}

async function contextOf(url: string, headers: Record<string, string | string[]> = {}): Promise<unknown> {
  const { status, text } = await ask(url, { headers });
  expect(status).toBe(200);
  return JSON.parse(text);
}

const SPOOFED = {
  'x-forwarded-for': '6.6.6.6',
  'x-real-ip': '6.6.6.6',
  forwarded: 'for=6.6.6.6',
  'cf-connecting-ip': '6.6.6.6',
  'cf-ipcountry': 'XX',
  'x-user-id': 'admin',
};

describe('what is found in a request', () => {
  it('is the address of who is connected, and nothing that a client may write', async () => {
    expect(await contextOf(await show(), SPOOFED)).toEqual({ ip: '127.0.0.1' });
  });

  it('behind a proxy, is whom that proxy was asked by', async () => {
    const url = await show({ trustProxy: 1 });
    expect(await contextOf(url, { ...SPOOFED, 'x-forwarded-for': '6.6.6.6, 192.0.2.1' })).toEqual({ ip: '192.0.2.1' });
    expect(await contextOf(url, { 'x-forwarded-for': ['6.6.6.6', '192.0.2.1'] })).toEqual({ ip: '192.0.2.1' });
    expect(await contextOf(url)).toEqual({ ip: '127.0.0.1' });
    expect(await contextOf(url, { 'x-forwarded-for': `${'6.6.6.6, '.repeat(120_000)}192.0.2.1` })).toEqual({
      ip: '192.0.2.1',
    });
    expect(await contextOf(url, { 'x-forwarded-for': 'x'.repeat(1 << 20) })).toEqual({});
  });

  it('are the headers that are named, as the attributes they are named for', async () => {
    const url = await show({
      headers: { targetingKey: 'X-User-Id', country: 'cf-ipcountry', browser: 'user-agent', __proto__x: 'constructor' },
    });
    expect(await contextOf(url, { 'x-user-id': 'u1', 'CF-IPCountry': 'DE', 'user-agent': 'A (B, like C)' })).toEqual({
      ip: '127.0.0.1',
      targetingKey: 'u1',
      country: 'DE',
      browser: 'A (B, like C)',
    });
    expect(await contextOf(url, { 'x-user-id': '', 'cf-ipcountry': 'D'.repeat(1025) })).toEqual({ ip: '127.0.0.1' });
  });

  it('is not a header that came twice: one may be of the client', async () => {
    const url = await show({ headers: { targetingKey: 'x-user-id', country: 'cf-ipcountry' } });
    const twice = { 'x-user-id': ['admin', 'u1'], 'cf-ipcountry': ['XX', 'DE'] };
    expect(await contextOf(url, twice)).toEqual({ ip: '127.0.0.1' });
    expect(await contextOf(url, { 'x-user-id': 'admin, u1', 'cf-ipcountry': 'DE, FR' })).toEqual({
      ip: '127.0.0.1',
      country: 'DE, FR',
    });
    // written in two ways, on a socket of our own
    const { hostname, port } = new URL(url);
    const socket = connectSocket({ host: hostname, port: Number(port) });
    socket.end('GET / HTTP/1.1\r\nHost: x\r\nCF-IPCountry: XX\r\ncf-ipcountry: DE\r\nConnection: close\r\n\r\n');
    let text = '';
    for await (const chunk of socket) text += chunk;
    expect(text).toContain('{"ip":"127.0.0.1"}');
  });

  it('is text in UTF-8, or else in Latin-1', async () => {
    const url = await show({ headers: { targetingKey: 'x-user-id', city: 'cf-ipcity', sign: 'x-sign' } });
    const { hostname, port } = new URL(url);
    const socket = connectSocket({ host: hostname, port: Number(port) });
    const lines = ['GET / HTTP/1.1', 'Host: x', 'Connection: close', 'X-User-Id: José', 'CF-IPCity: 東京'];
    socket.write(`${lines.join('\r\n')}\r\nX-Sign: `);
    socket.end(Buffer.from('\xa7 caf\xe9\r\n\r\n', 'latin1'));
    let text = '';
    for await (const chunk of socket.setEncoding('utf8')) text += chunk;
    expect(text).toContain('{"ip":"127.0.0.1","targetingKey":"José","city":"東京","sign":"§ café"}');
  });

  it('names of prototypes are attributes and headers like any others', async () => {
    const headers = JSON.parse('{"__proto__":"x-a","constructor":"x-b","inherited":"constructor"}');
    const context = (await contextOf(await show({ headers }), { 'x-a': '1', 'x-b': '2' })) as object;
    expect(Object.entries(context)).toEqual([
      ['ip', '127.0.0.1'],
      ['__proto__', '1'],
      ['constructor', '2'],
    ]);
  });

  it('is given to the extractor, which says what of it counts', async () => {
    const url = await show({
      headers: { country: 'cf-ipcountry' },
      context: (_request, { ip: _, ...found }) => ({ ...found, targetingKey: 'a' }),
    });
    expect(await contextOf(url, { 'cf-ipcountry': 'DE' })).toEqual({ country: 'DE', targetingKey: 'a' });
  });

  it('in HTTP/2, too', async () => {
    const server = createHttp2Server(
      httpMiddleware({ trustProxy: 1, headers: { country: 'cf-ipcountry', plan: 'x-plan', city: 'cf-ipcity' } }).wrap(
        (_, response) => {
          response.end(JSON.stringify(currentContext()));
        },
      ),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const session = connect(`http://127.0.0.1:${(server.address() as { port: number }).port}`);
    const stream = session.request({
      'x-forwarded-for': ['6.6.6.6', '192.0.2.1'],
      'cf-ipcountry': ['XX', 'DE'],
      'x-plan': 'pro',
      'cf-ipcity': Buffer.from('München').toString('latin1'),
    });
    let text = '';
    for await (const chunk of stream) text += chunk;
    session.close();
    server.close();
    expect(JSON.parse(text)).toEqual({ ip: '192.0.2.1', plan: 'pro', city: 'München' });
  });
});

describe('options that make no sense are refused', () => {
  it.each([
    [{ trustProxy: true }, 'trustProxy must be the number of proxies in front, 0 to 32'],
    [{ trustProxy: -1 }, 'trustProxy must be'],
    [{ trustProxy: 1.5 }, 'trustProxy must be'],
    [{ trustProxy: 33 }, 'trustProxy must be'],
    [{ headers: 'x-user-id' }, 'headers must be an object'],
    [{ headers: ['x-user-id'] }, 'headers must be an object'],
    [{ headers: new Map([['country', 'cf-ipcountry']]) }, 'headers must be an object'],
    [{ headers: { country: 'cf ipcountry' } }, 'the name of a header'],
    [{ headers: { country: 7 } }, 'the name of a header'],
    [{ headers: { '': 'cf-ipcountry' } }, 'the name of a header'],
    [{ headers: Object.fromEntries(Array.from({ length: 65 }, (_, n) => [`a${n}`, 'x'])) }, 'at most 64'],
    [{ context: {} }, 'context must be a function'],
    [{ onError: 'log' }, 'onError must be a function'],
    [{ client: {} }, 'client must be an OpenFeature client'],
    [{ client: null }, 'client must be an OpenFeature client'],
    [{ domain: '' }, 'domain must be text'],
    [{ client: {}, domain: 'a' }, 'one of client and domain'],
    [{ contxt: () => undefined }, 'has no option "contxt"; expected one of client, domain, context'],
    [null, 'takes an object'],
    [[], 'takes an object'],
    [new Map(), 'takes an object'],
  ])('%j', (options, message) => {
    expect(() => httpMiddleware(options as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(message) }),
    );
  });
});

it.each([undefined, null, 'handler', {}])('a handler that is none is refused: %s', (handler) => {
  expect(() => httpMiddleware().wrap(handler as never)).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining('handler') }),
  );
});
