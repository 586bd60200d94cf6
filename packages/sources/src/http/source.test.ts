import { once } from 'node:events';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import type { FlagError, FlagSet } from '@flagwright/core';
import { until } from '@flagwright/test-servers';
import { describe, expect, it } from 'vitest';
import { closedAfterEach, failure } from '../../test/http/support.ts';
import { httpSource, httpStore } from './index.ts';
import type { HttpOptions } from './options.ts';

const DOCUMENT = { flags: { a: { type: 'boolean', default: true } } };
const TEXT = JSON.stringify(DOCUMENT);
const JSON_TYPE = { 'content-type': 'application/json' };

const { kept, server } = closedAfterEach();

const source = (options: HttpOptions) => kept(httpSource({ events: false, ...options }));

/** What reading ends in, if the server answers like this. */
async function reading(listener: RequestListener, options: Partial<HttpOptions> = {}, path = ''): Promise<FlagSet> {
  const { url } = await server(listener);
  return source({ url: `${url}${path}`, ...options }).read();
}

const answer =
  (status: number, headers: Record<string, string>, body: string | Buffer = '') =>
  (_: IncomingMessage, response: ServerResponse): void => {
    response.writeHead(status, headers).end(body);
  };

describe('options that make no sense are refused', () => {
  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['no url', {}],
    ['no address', { url: 'flags.example.com/secret-path' }],
    ['another scheme', { url: 'ftp://secret.example.com/' }],
    ['a file', { url: 'file:///secret' }],
    ['a user', { url: 'https://secret@example.com/' }],
    ['a password', { url: 'https://user:secret@example.com/' }],
    ['a password for events', { url: 'https://example.com/', events: 'https://u:secret@example.com/' }],
    ['events of another kind', { url: 'https://example.com/', events: true }],
    ['a token with a line break', { url: 'https://example.com/', token: 'secret\n' }],
    ['an empty token', { url: 'https://example.com/', token: '' }],
    ['a token that is none', { url: 'https://example.com/', token: 7 }],
    ['a header with a line break', { url: 'https://example.com/', headers: { 'x-key': 'secret\r\nx' } }],
    ['a header beyond Latin-1', { url: 'https://example.com/', headers: { 'x-key': 'secret日本' } }],
    ['a header that is a number', { url: 'https://example.com/', headers: { 'x-key': 7 } }],
    ...['connection', 'Content-Length', 'expect', 'If-None-Match', 'keep-alive', 'TE', 'trailer', 'upgrade'].map(
      (name) => [`the header ${name}`, { url: 'https://example.com/', headers: { [name]: 'x' } }] as [string, unknown],
    ),
    ['chunks', { url: 'https://example.com/', headers: { 'Transfer-Encoding': 'chunked' } }],
    ['a header whose name is a secret', { url: 'https://example.com/', headers: { 'Bearer secret': 'x' } }],
    ['a header with no name', { url: 'https://example.com/', headers: { 'x key': 'secret' } }],
    ['two tokens', { url: 'https://example.com/', token: 'secret', headers: { Authorization: 'Basic secret' } }],
    ['timeout 0', { url: 'https://example.com/', timeout: 0 }],
    ['timeout NaN', { url: 'https://example.com/', timeout: Number.NaN }],
    ['a timeout no timer holds', { url: 'https://example.com/', timeout: 2 ** 31 }],
    ['heartbeat 0', { url: 'https://example.com/', heartbeat: 0 }],
    ['maxBytes 0', { url: 'https://example.com/', maxBytes: 0 }],
    ['a name that is an address', { url: 'https://example.com/', name: 'https://secret' }],
    ['fetch that is none', { url: 'https://example.com/', fetch: 'secret' }],
  ])('%s', (_, options) => {
    let thrown: unknown;
    try {
      httpSource(options as HttpOptions);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ name: 'FlagError', code: 'INVALID_ARGUMENT' });
    expect(inspect(thrown)).not.toContain('secret');
  });
});

describe('a document that did not change', () => {
  it('is asked for by its entity tag, and is the same set', async () => {
    const asked: unknown[] = [];
    const { url } = await server(({ headers }, response) => {
      asked.push(headers['if-none-match']);
      if (headers['if-none-match'] === 'W/"r1"') response.writeHead(304).end();
      else response.writeHead(200, { ...JSON_TYPE, etag: 'W/"r1"' }).end(TEXT);
    });
    const flags = source({ url });
    const first = await flags.read();
    expect(first).toEqual({ document: DOCUMENT, revision: 'r1' });
    expect(await flags.read(first)).toBe(first);
    expect(asked).toEqual([undefined, 'W/"r1"']);
  });

  it('is asked for only with what this very source was told last', async () => {
    const [a, b] = [TEXT, TEXT.replace('true', 'false')];
    const asked: unknown[] = [];
    const serving = (text: string): RequestListener => {
      return ({ headers }, response) => {
        asked.push(headers['if-none-match']);
        if (headers['if-none-match'] === '"1"') response.writeHead(304).end();
        else response.writeHead(200, { ...JSON_TYPE, etag: '"1"' }).end(text);
      };
    };
    const copy = await source({ url: (await server(serving(a))).url }).read();
    const flags = source({ url: (await server(serving(b))).url });
    for (const stranger of [copy, { ...copy, revision: 'é 日' }]) {
      expect((await flags.read(stranger)).document).toEqual(JSON.parse(b));
    }
    expect(asked).toEqual([undefined, undefined, undefined]);
    // of the same name as one from here: that it did not change is said of what was sent from here
    expect((await flags.read(copy)).document).toEqual(JSON.parse(b));
  });

  it('is not hidden by a tag that stayed, or is empty, though the content changed', async () => {
    let [tag, body] = ['"same"', TEXT];
    const asked: unknown[] = [];
    const { url } = await server(({ headers }, response) => {
      asked.push(headers['if-none-match']);
      response.writeHead(200, { ...JSON_TYPE, etag: tag }).end(body);
    });
    const flags = source({ url });
    const first = await flags.read();
    expect(first.revision).toBe('same');
    body = TEXT.replace('true', 'false');
    const second = await flags.read(first);
    expect(second.revision).toMatch(/^same~[0-9a-f]{32}$/);
    expect(second.document).toEqual(JSON.parse(body));
    expect(await flags.read(second)).toBe(second);
    body = TEXT;
    const third = await flags.read(second);
    expect(new Set([first.revision, second.revision, third.revision]).size).toBe(3);
    expect(asked).toEqual([undefined, '"same"', '"same"', '"same"']);
    tag = '""';
    const untagged = await flags.read(third);
    expect(untagged.revision).toMatch(/^http\./);
    expect(await flags.read(untagged)).toBe(untagged);
    expect(asked.at(-1)).toBeUndefined();
  });

  it('is known by its content where there is no tag, or a malformed one', async () => {
    let body = TEXT;
    const tags: Record<string, string>[] = [{}, { etag: 'bare' }];
    const { url } = await server((_, response) => {
      response.writeHead(200, { ...JSON_TYPE, ...tags[0] }).end(body);
    });
    const flags = source({ url });
    const first = await flags.read();
    expect(first.revision).toMatch(/^http\.[0-9a-f]{32}$/);
    expect(await flags.read(first)).toBe(first);
    tags.shift();
    expect(await flags.read(first)).toBe(first);
    body = TEXT.replace('true', 'false');
    const second = await flags.read(first);
    expect(second.revision).not.toBe(first.revision);
    expect(second.document).toEqual({ flags: { a: { type: 'boolean', default: false } } });
  });

  it('is not taken for unchanged where nothing was asked', async () => {
    expect((await failure(reading(answer(304, {})))).code).toBe('PARSE_ERROR');
  });

  it('keeps what the tag hides: names of members of every object, and revisions of any characters', async () => {
    const text = '{"flags":{"__proto__":{"default":1},"constructor":{"default":2}},"metadata":{"__proto__":"x"}}';
    const set = await reading(answer(200, { ...JSON_TYPE, etag: '"~%65e5%0025%d83d"' }, text));
    expect(set.revision).toBe('日%\ud83d');
    expect(Object.keys(set.document.flags!)).toEqual(['__proto__', 'constructor']);
    expect(Object.hasOwn(set.document.metadata!, '__proto__')).toBe(true);
    expect(({} as Record<string, unknown>).default).toBeUndefined();
  });
});

describe('the format', () => {
  it.each<[string, string, string]>([
    ['application/json', '', TEXT],
    ['application/json; charset=utf-8', '', `\ufeff${TEXT}`],
    ['application/problem+json', '', TEXT],
    ['application/yaml', '', 'flags: {a: {type: boolean, default: true}}'],
    ['text/x-yaml; charset=UTF-8', '', 'flags: {a: {type: boolean, default: true}}'],
    ['application/vnd.flags+yaml', '', 'flags: {a: {type: boolean, default: true}}'],
    ['text/plain', 'x/flags.yaml', 'flags: {a: {type: boolean, default: true}}'],
    ['application/octet-stream', 'flags.YML?x=y', 'flags: {a: {type: boolean, default: true}}'],
    ['application/json', 'flags.yaml', 'flags: {a: {type: boolean, default: true}}'],
    ['text/plain', 'flags.json', TEXT],
    ['text/plain', 'flags', 'flags: {a: {type: boolean, default: true}}'],
    ['binary/octet-stream', 'flags', TEXT],
  ])('%s at /%s', async (type, path, text) => {
    const { document } = await reading(answer(200, { 'content-type': type }, text), {}, path);
    expect(document).toEqual(DOCUMENT);
  });

  it('tells the place of what YAML holds', async () => {
    const { locate } = await reading(answer(200, { 'content-type': 'text/yaml' }, 'flags:\n  a:\n    default: true\n'));
    expect(locate?.(['flags', 'a', 'default'])).toEqual({ line: 3, column: 14 });
  });

  it.each<[string, string, string | Buffer, FlagError['code'], object | undefined]>([
    ['a page', 'text/html; charset=utf-8', '<html>', 'PARSE_ERROR', { line: 1, column: 1 }],
    ['a page that says it is JSON', 'application/json', '<html>', 'PARSE_ERROR', { line: 1, column: 1 }],
    ['a picture', 'image/png', Buffer.of(0x89, 0x50), 'PARSE_ERROR', { line: 1, column: 1 }],
    ['nothing', 'application/json', '', 'PARSE_ERROR', { line: 1, column: 1 }],
    ['blanks', 'application/json', ' \n', 'PARSE_ERROR', { line: 1, column: 1 }],
    ['nothing, as YAML', 'application/yaml', '', 'PARSE_ERROR', { line: 1, column: 1 }],
    ['a comment, as YAML', 'application/yaml', '# to do', 'PARSE_ERROR', { line: 1, column: 1 }],
    ['null', 'application/json', 'null', 'PARSE_ERROR', { line: 1, column: 1 }],
    ['a list', 'application/json', '[]', 'PARSE_ERROR', { line: 1, column: 1 }],
    ['a string', 'application/json', '"flags"', 'PARSE_ERROR', { line: 1, column: 1 }],
    ['a text, as YAML', 'text/plain', 'flags', 'PARSE_ERROR', { line: 1, column: 1 }],
    ['half a document', 'application/json', '{\n  "flags": {', 'PARSE_ERROR', { line: 2, column: 13 }],
    ['a comma too many', 'application/json', '{"flags": {"a": 1,}}', 'PARSE_ERROR', { line: 1, column: 18 }],
    ['a tab in YAML', 'application/yaml', 'flags:\n\ta: 1\n', 'PARSE_ERROR', undefined],
    ['a key twice in YAML', 'application/yaml', 'flags: {a: {}, a: {}}', 'PARSE_ERROR', { line: 1, column: 16 }],
    ['no UTF-8', 'application/json', Buffer.of(0x7b, 0xff, 0x7d), 'PARSE_ERROR', undefined],
    ['UTF-16', 'application/json', Buffer.from(TEXT, 'utf16le'), 'PARSE_ERROR', undefined],
    ['what is too deep', 'application/json', `{"a":${'['.repeat(150)}${']'.repeat(150)}}`, 'TOO_LARGE', undefined],
  ])('refuses %s', async (_, type, body, code, place) => {
    const error = await failure(reading(answer(200, { 'content-type': type }, body)));
    expect(error.code).toBe(code);
    if (place !== undefined) expect(error.issues[0]?.place).toMatchObject(place);
  });

  it('refuses a hundred thousand levels at once', async () => {
    const started = performance.now();
    const error = await failure(reading(answer(200, JSON_TYPE, `{"a":${'['.repeat(4_000_000)}`)));
    expect(error.code).toBe('TOO_LARGE');
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe('what a server refuses', () => {
  it.each<[number, FlagError['code']]>([
    [204, 'PARSE_ERROR'],
    [206, 'PARSE_ERROR'],
    [300, 'PARSE_ERROR'],
    [400, 'INVALID_ARGUMENT'],
    [401, 'UNAUTHORIZED'],
    [403, 'UNAUTHORIZED'],
    [404, 'NOT_FOUND'],
    [410, 'NOT_FOUND'],
    [405, 'UNSUPPORTED'],
    [501, 'UNSUPPORTED'],
    [408, 'UNAVAILABLE'],
    [409, 'CONFLICT'],
    [413, 'TOO_LARGE'],
    [418, 'INVALID_ARGUMENT'],
    [429, 'UNAVAILABLE'],
    [500, 'UNAVAILABLE'],
    [502, 'UNAVAILABLE'],
    [503, 'UNAVAILABLE'],
    [504, 'UNAVAILABLE'],
    [599, 'UNAVAILABLE'],
  ])('%i is %s', async (status, code) => {
    const html = status === 204 ? '' : '<h1>no</h1>';
    const error = await failure(reading(answer(status, { 'content-type': 'text/html' }, html)));
    expect(error.code).toBe(code);
    expect(error.message).toContain(String(status));
  });

  it.each<[status: number, body: string, code: FlagError['code'], message: string]>([
    [409, '{"code":"MANAGED","message":"ask the control plane"}', 'MANAGED', 'ask the control plane'],
    [409, '{"code":"CONFLICT","message":"moved"}', 'CONFLICT', 'moved'],
    [500, '{"code":"PARSE_ERROR","message":"bad \\u001b[31m file"}', 'PARSE_ERROR', 'bad  [31m file'],
    [503, '{"code":"toString","message":"x"}', 'UNAVAILABLE', 'cannot answer now'],
    [503, '{"code":"NOT_FOUND","message":7}', 'UNAVAILABLE', 'cannot answer now'],
    [404, '{"code":"NOT_FOUND"', 'NOT_FOUND', 'no flags there'],
    [404, '[]', 'NOT_FOUND', 'no flags there'],
    [404, `{"code":"MANAGED","message":"${'x'.repeat(100_000)}"}`, 'NOT_FOUND', 'no flags there'],
  ])('%i with %.60s', async (status, body, code, message) => {
    const error = await failure(reading(answer(status, JSON_TYPE, body)));
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
    expect(error.message.length).toBeLessThan(600);
  });

  it.each<[Record<string, string>, number | undefined]>([
    [{ 'retry-after': '7' }, 7_000],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': 'Thu, 01 Jan 2026 00:01:00 GMT', date: 'Thu, 01 Jan 2026 00:00:00 GMT' }, 60_000],
    [{ 'retry-after': 'Thu, 01 Jan 2026 00:00:00 GMT', date: 'Thu, 01 Jan 2026 00:01:00 GMT' }, 0],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': '-1' }, undefined],
    [{}, undefined],
  ])('%j asks for %s ms', async (headers, expected) => {
    const error = await failure(reading(answer(503, headers)));
    expect(error.retryAfter).toBe(expected);
    expect((await failure(reading(answer(429, headers)))).retryAfter).toBe(expected);
  });

  it('no server there', async () => {
    const gone = await server(answer(200, {}));
    await gone.stop();
    const error = await failure(source({ url: gone.url }).read());
    expect(error.code).toBe('UNAVAILABLE');
    expect(error.message).not.toContain('127.0.0.1');
    expect((await failure(source({ url: 'http://nowhere.invalid/' }).read())).code).toBe('UNAVAILABLE');
    expect((await failure(source({ url: 'http://127.0.0.1:6000/' }).read())).code).toBe('INVALID_ARGUMENT');
  });

  it('https where there is none', async () => {
    const { port } = await server(answer(200, {}));
    const error = await failure(source({ url: `https://127.0.0.1:${port}/` }).read());
    expect(error.code).toBe('UNAVAILABLE');
    expect(error.message).toContain('secure');
  });

  it('a TLS server without a certificate', async () => {
    const tls = createTlsServer({}).listen(0, '127.0.0.1');
    await once(tls, 'listening');
    const error = await failure(source({ url: `https://127.0.0.1:${(tls.address() as AddressInfo).port}/` }).read());
    expect(error.code).toBe('UNAVAILABLE');
    tls.close();
  });

  it.each<[string, string]>([
    ['no HTTP', 'hello\r\n\r\n'],
    ['half a header', 'HTTP/1.1 200 OK\r\ncontent-'],
    ['a header with a line break', 'HTTP/1.1 200 OK\r\na: b\0c\r\n\r\n'],
    ['less than it said', `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9999\r\n\r\n${TEXT}`],
    [
      'half of its chunks',
      `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n${TEXT.length.toString(16)}\r\n${TEXT}\r\n`,
    ],
    ['no gzip', 'HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\n{}'],
    ['nothing', ''],
  ])('an answer that is %s', async (_, raw) => {
    const tcp = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(raw, 'latin1'));
    }).listen(0, '127.0.0.1');
    await once(tcp, 'listening');
    const error = await failure(source({ url: `http://127.0.0.1:${(tcp.address() as AddressInfo).port}/` }).read());
    expect(error.code).toBe('UNAVAILABLE');
    tcp.close();
  });
});

describe('credentials', () => {
  it('are sent, and a token function is asked each time', async () => {
    const seen: unknown[] = [];
    const { url } = await server(({ headers }, response) => {
      seen.push([headers.authorization, headers['x-key']]);
      response.writeHead(200, JSON_TYPE).end(TEXT);
    });
    let n = 0;
    const flags = source({ url, headers: { 'X-Key': 'k' }, token: async () => `t${++n}` });
    await flags.read();
    await flags.read();
    await source({ url, token: 'fixed' }).read();
    await source({ url, headers: { Authorization: 'Basic eA==' } }).read();
    expect(seen).toEqual([
      ['Bearer t1', 'k'],
      ['Bearer t2', 'k'],
      ['Bearer fixed', undefined],
      ['Basic eA==', undefined],
    ]);
  });

  it('a token function that fails sends nothing and tells nothing', async () => {
    let requests = 0;
    const { url } = await server((_, response) => {
      requests++;
      response.end();
    });
    const throwing = async () => {
      throw new Error('vault: secret-token');
    };
    for (const [token, code] of [
      [throwing, 'UNAVAILABLE'],
      [() => 'secret-token\n', 'INVALID_ARGUMENT'],
      [() => undefined as unknown as string, 'INVALID_ARGUMENT'],
    ] as const) {
      const error = await failure(source({ url, token }).read());
      expect(error.code).toBe(code);
      expect(inspect(error)).not.toContain('secret-token');
    }
    const hanging = source({ url, token: () => new Promise(() => undefined), timeout: 50 });
    expect((await failure(hanging.read())).code).toBe('UNAVAILABLE');
    expect(requests).toBe(0);
  });

  it('are in no error, not even where the server repeats them', async () => {
    const { url } = await server(({ headers, url: path }, response) => {
      const message = `not ${headers.authorization}, nor ${headers['x-key']}, at ${path}`;
      response.writeHead(401, JSON_TYPE).end(JSON.stringify({ code: 'UNAUTHORIZED', message }));
    });
    // one of which begins like another
    const secret = { token: 'secret-token', headers: { 'x-first': 'secret', 'x-key': 'secret-key' } };
    const error = await failure(source({ url: `${url}?key=secret-query`, ...secret }).read());
    expect(error.code).toBe('UNAUTHORIZED');
    expect(error.message).toBe('not [hidden], nor [hidden], at /?key=[hidden]');
    expect(inspect(error)).not.toMatch(/secret-/);
    const { url: away, stop } = await server(answer(200, {}));
    await stop();
    const lost = await failure(source({ url: `${away}?key=secret-query`, ...secret }).read());
    expect(inspect(lost, { depth: 20 })).not.toMatch(/secret-/);
  });

  it('are in nothing that is said of a body that repeats them', async () => {
    for (const [type, body] of [
      ['application/json', (text: string) => JSON.stringify(text)],
      ['text/plain', (text: string) => text],
      // cut where a secret is only half there
      ['text/plain', (text: string) => `${'x'.repeat(40)}${text}`],
      ['application/yaml', (text: string) => `flags: {a: ${text}`],
      ['application/json', (text: string) => `{"flags": ${text}`],
      ['application/json', (text: string) => `["${text}", `],
    ] as const) {
      const { url } = await server(({ headers, url: path }, response) => {
        const said = `${headers.authorization} ${headers['x-key']} ${path}`;
        response.writeHead(200, { 'content-type': type, etag: 'x' }).end(body(said));
      });
      const options = { token: 'secret-token', headers: { 'x-key': 'secret-key' } };
      const error = await failure(source({ url: `${url}?key=secret%2Bquery`, ...options }).read());
      expect(error.code).toBe('PARSE_ERROR');
      expect(inspect(error, { depth: 20 })).not.toMatch(/secr/);
    }
    const { url } = await server(({ headers }, response) => {
      response.writeHead(200, { 'content-type': `image/${headers['x-key']}` }).end('x');
    });
    expect(inspect(await failure(source({ url, headers: { 'x-key': 'Secret-Key' } }).read()))).not.toMatch(/secret/i);
  });

  it('are not in the message of a server that is cut, nor as the address has them', async () => {
    const { url } = await server(({ headers, url: path }, response) => {
      const message = `${'x'.repeat(490)}${headers.authorization} ${path}`;
      response.writeHead(401, JSON_TYPE).end(JSON.stringify({ code: 'UNAUTHORIZED', message }));
    });
    const cut = await failure(source({ url, token: 'secret-token' }).read());
    expect(cut.message).not.toContain('secr');
    const { url: plain } = await server(({ url: path }, response) => {
      response.writeHead(401, JSON_TYPE).end(JSON.stringify({ code: 'UNAUTHORIZED', message: `no ${path}` }));
    });
    const told = await failure(source({ url: `${plain}?key=secret%2Bquery%20x` }).read());
    expect(told.message).toBe('no /?key=[hidden]');
  });

  it('are not in the cause of an answer that is no HTTP', async () => {
    const tcp = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', (head) => socket.end(`HTTP/1.1 200 OK\r\n${head.toString('latin1')}`));
    }).listen(0, '127.0.0.1');
    await once(tcp, 'listening');
    const url = `http://127.0.0.1:${(tcp.address() as AddressInfo).port}/`;
    const flags = kept(httpStore({ url, token: 'secret-token' }));
    const observer = { changed: () => undefined, failed: () => undefined };
    for (const attempt of [
      () => flags.read(),
      () => flags.commit([{ key: 'a', next: 1 }]),
      async () => flags.subscribe!(observer),
    ]) {
      const error = await failure(attempt());
      const { cause } = error as { cause?: { data?: unknown; rawPacket?: unknown; code?: unknown } };
      expect(cause).toBeInstanceOf(Error);
      expect([cause?.data, cause?.rawPacket]).toEqual([undefined, undefined]);
      expect(cause?.code).toMatch(/^HPE_/);
    }
    tcp.close();
  });

  it('and the error of a fetch of the user, which may hold them, is no cause', async () => {
    const custom = (async () => {
      throw Object.assign(new Error('to http://x/?key=secret-query'), { config: 'secret-token' });
    }) as unknown as typeof fetch;
    const error = await failure(source({ url: 'http://127.0.0.1/?key=secret-query', fetch: custom }).read());
    expect(error.code).toBe('UNAVAILABLE');
    expect(inspect(error, { depth: 20 })).not.toMatch(/secret-/);
  });
});

describe('a redirect', () => {
  it.each([301, 302, 303, 307, 308])('%i within the origin is followed, with credentials', async (status) => {
    const seen: unknown[] = [];
    const { url } = await server((request, response) => {
      seen.push([request.url, request.headers.authorization]);
      if (request.url === '/') response.writeHead(status, { location: 'there/flags' }).end('moved');
      else response.writeHead(200, JSON_TYPE).end(TEXT);
    });
    expect((await source({ url, token: 'secret' }).read()).document).toEqual(DOCUMENT);
    expect(seen).toEqual([
      ['/', 'Bearer secret'],
      ['/there/flags', 'Bearer secret'],
    ]);
  });

  it.each([301, 302, 303, 307, 308])('%i to another origin is not followed, and leaks nothing', async (status) => {
    let leaked = 0;
    const thief = await server((_, response) => {
      leaked++;
      response.writeHead(200, JSON_TYPE).end(TEXT);
    });
    // another port is another origin; so is another host on the same port
    for (const location of [
      thief.url,
      thief.url.replace('http://', '//'),
      thief.url.replace('127.0.0.1', 'localhost'),
    ]) {
      const { url } = await server(answer(status, { location }));
      const error = await failure(source({ url, token: 'secret', headers: { 'x-key': 'secret' } }).read());
      expect(error.code).toBe('INVALID_ARGUMENT');
      expect(error.message).not.toContain(String(thief.port));
    }
    expect(leaked).toBe(0);
  });

  it.each<Record<string, string>>([
    {},
    { location: '' },
    { location: 'http://' },
    { location: 'ftp://127.0.0.1/' },
    { location: 'data:application/json,{}' },
  ])('to %j ends', async (headers) => {
    expect((await failure(reading(answer(302, headers)))).code).toBe('INVALID_ARGUMENT');
  });

  it('loses a user and a password on its way', async () => {
    let port = 0;
    const { url, port: actual } = await server((request, response) => {
      if (request.url !== '/') response.writeHead(200, JSON_TYPE).end(JSON.stringify(request.headers));
      else response.writeHead(302, { location: `http://user:secret@127.0.0.1:${port}/next` }).end();
    });
    port = actual;
    expect(JSON.stringify((await source({ url }).read()).document)).not.toContain('authorization');
  });
});

describe('bodies', () => {
  it('come packed', async () => {
    const packed = answer(200, { ...JSON_TYPE, 'content-encoding': 'gzip' }, gzipSync(TEXT));
    expect((await reading(packed)).document).toEqual(DOCUMENT);
  });

  it('have a bound, said or not', async () => {
    const body = JSON.stringify({ ...DOCUMENT, metadata: { text: 'x'.repeat(10_000) } });
    const chunked: RequestListener = (_, response) => {
      response.writeHead(200, JSON_TYPE);
      response.write(body.slice(0, 100));
      response.end(body.slice(100));
    };
    for (const listener of [answer(200, JSON_TYPE, body), chunked]) {
      expect((await failure(reading(listener, { maxBytes: body.length - 1 }))).code).toBe('TOO_LARGE');
      expect((await reading(listener, { maxBytes: body.length })).document.flags).toEqual(DOCUMENT.flags);
    }
  });

  it('that unpack without end are left', async () => {
    const bomb = gzipSync(Buffer.alloc(200 * 2 ** 20, ' '));
    const packed = answer(200, { ...JSON_TYPE, 'content-encoding': 'gzip' }, bomb);
    expect((await failure(reading(packed, { maxBytes: 1_000_000 }))).code).toBe('TOO_LARGE');
  });

  it('without end are left, with their connection', async () => {
    let left = false;
    const { url } = await server((_, response) => {
      response.writeHead(200, JSON_TYPE);
      const more = (): void => {
        while (response.write(' '.repeat(65_536)));
      };
      response.on('drain', more);
      response.on('close', () => {
        left = true;
      });
      more();
    });
    expect((await failure(source({ url, maxBytes: 1_000_000 }).read())).code).toBe('TOO_LARGE');
    await until('the connection is closed', () => left, 5_000);
  });

  it('that stop coming fail, those that come slowly do not', async () => {
    const drip =
      (pieces: number): RequestListener =>
      (_, response) => {
        response.writeHead(200, JSON_TYPE);
        let i = 0;
        const timer = setInterval(() => {
          if (i === pieces) return;
          const size = Math.ceil(TEXT.length / 8);
          response.write(TEXT.slice(i * size, (i + 1) * size));
          if (++i === 8) response.end();
        }, 60);
        response.on('close', () => clearInterval(timer));
      };
    expect((await reading(drip(8), { timeout: 300 })).document).toEqual(DOCUMENT);
    const started = performance.now();
    expect((await failure(reading(drip(5), { timeout: 300 }))).code).toBe('UNAVAILABLE');
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it('of errors have a bound in time too', async () => {
    const { url } = await server((_, response) => {
      response.writeHead(503, JSON_TYPE);
      const timer = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(timer));
    });
    expect((await failure(source({ url, timeout: 200 }).read())).code).toBe('UNAVAILABLE');
  });
});

describe('an end', () => {
  const silent: RequestListener = () => undefined;

  it('comes to an answer that does not begin', async () => {
    const error = await failure(reading(silent, { timeout: 50 }));
    expect(error.code).toBe('UNAVAILABLE');
    expect(error.message).toContain('50 ms');
  });

  it.each<[string, RequestListener]>([
    ['before the answer', silent],
    [
      'within the body',
      (_, response) => {
        response.writeHead(200, JSON_TYPE).write('{');
      },
    ],
  ])('comes by close(), %s', async (_, listener) => {
    let asked = 0;
    let left = 0;
    const { url } = await server((request, response) => {
      asked++;
      request.socket.on('close', () => left++);
      listener(request, response);
    });
    const flags = source({ url });
    const reads = Array.from({ length: 20 }, () => failure(flags.read()));
    await until('the reads are under way', () => asked === 20);
    await flags.close?.();
    for (const error of await Promise.all(reads)) expect(error.code).toBe('NOT_READY');
    await until('the connections are closed', () => left === 20, 5_000);
    expect((await failure(flags.read())).code).toBe('NOT_READY');
  });

  it('comes by the signal, whose reason it is', async () => {
    const { url } = await server(silent);
    const flags = source({ url });
    const aborter = new AbortController();
    const reason = new Error('enough');
    const read = flags.read(undefined, aborter.signal);
    aborter.abort(reason);
    await expect(read).rejects.toBe(reason);
  });

  it('leaves nothing behind at a signal that lives long, nor a warning', async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error): void => void warnings.push(warning);
    process.on('warning', listen);
    const { url } = await server(answer(200, JSON_TYPE, TEXT));
    const flags = source({ url });
    const { signal } = new AbortController();
    await Promise.all(Array.from({ length: 5 }, () => flags.read(undefined, signal)));
    for (let i = 0; i < 50; i++) await flags.read(undefined, signal);
    await new Promise(setImmediate);
    process.off('warning', listen);
    expect(warnings).toEqual([]);
  });
});

describe('a stale set', () => {
  it('is told with its cause, on 200 and 304, until it is fresh', async () => {
    const stale = { 'flagwright-stale-since': '1700000000000', 'flagwright-stale-cause': 'PARSE_ERROR ~line%00201' };
    let headers: Record<string, string> = stale;
    const { url } = await server((request, response) => {
      if (request.headers['if-none-match'] === '"r1"') response.writeHead(304, headers).end();
      else response.writeHead(200, { ...JSON_TYPE, etag: '"r1"', ...headers }).end(TEXT);
    });
    const flags = source({ url });
    const first = await flags.read();
    expect(first.stale).toMatchObject({ since: 1_700_000_000_000, cause: { code: 'PARSE_ERROR', message: 'line 1' } });
    const again = await flags.read(first);
    expect(again.stale).toMatchObject({ since: 1_700_000_000_000, cause: { code: 'PARSE_ERROR' } });
    headers = {};
    const fresh = await flags.read(again);
    expect(fresh).toEqual({ document: DOCUMENT, revision: 'r1' });
    expect(fresh.document).toBe(first.document);
    headers = { 'flagwright-stale-since': 'yesterday', 'flagwright-stale-cause': 'toString x' };
    const odd = await flags.read(fresh);
    expect(odd.stale).toMatchObject({ cause: { code: 'UNAVAILABLE', message: 'x' } });
    expect(Math.abs(odd.stale!.since - Date.now())).toBeLessThan(10_000);
    headers = { 'flagwright-stale-since': '1', 'flagwright-stale-cause': 'UNAVAILABLE ~a%001b%000ab%0020secret-token' };
    const told = await source({ url, token: 'secret-token' }).read(fresh);
    expect(told.stale).toMatchObject({ cause: { message: 'a b [hidden]' } });
  });
});
