import { once } from 'node:events';
import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Listening, listen } from '../../src/http/listen.ts';
import type { Call, Operation } from '../../src/http/operation.ts';
import { router } from '../../src/http/router.ts';

const said = { tag: 'Test', summary: 'Test', access: 'write', answers: {} } as const;
const OPERATIONS: readonly Operation[] = [
  {
    ...said,
    id: 'post',
    method: 'POST',
    path: '/projects/{project}',
    body: { type: 'object', additionalProperties: false, properties: { name: { type: 'string' } } },
    handle: async ({ body, params }: Call) => ({ status: 201, body: { ...params, body } }),
  },
  { ...said, id: 'get', method: 'GET', path: '/projects/{project}', handle: async () => ({ body: 'é' }) },
  { ...said, id: 'delete', method: 'DELETE', path: '/projects/{project}', handle: async () => ({}) },
];

let server: Listening;
beforeAll(async () => {
  const handler = router(OPERATIONS, {
    authenticate: async () => ({ subject: 'ada', token: 't', role: 'admin', projects: undefined, stages: undefined }),
    maxBytes: 1_000,
  });
  server = await listen(handler);
});
afterAll(() => server.close(0));

const headers = { 'content-type': 'application/json' };
const ask = (path: string, init?: RequestInit): Promise<Response> => fetch(server.url + path, init);

/** A body whose length is not said. */
function streamed(text: string): RequestInit {
  const body = new Blob([text]).stream();
  return { method: 'POST', headers, body, duplex: 'half' } as RequestInit;
}

it('JSON comes and goes', async () => {
  const response = await ask('/projects/shop', { method: 'POST', headers, body: '{"name":"日本"}' });
  expect([response.status, await response.json()]).toEqual([201, { project: 'shop', body: { name: '日本' } }]);
  expect((await ask('/projects/shop', streamed('{"name":"a"}'))).status).toBe(201);
});

it('a body that is too large is refused, and the connection serves on', async () => {
  for (let i = 0; i < 3; i++) {
    expect((await ask('/projects/shop', streamed(`{"name":"${'a'.repeat(100_000)}"}`))).status).toBe(413);
    expect((await ask('/projects/shop', { method: 'POST', headers, body: 'a'.repeat(100_000) })).status).toBe(413);
    expect((await ask('/projects/shop')).status).toBe(200);
  }
});

it('what takes no body is asked without one', async () => {
  const response = await ask('/projects/shop', { method: 'DELETE' });
  expect([response.status, await response.text()]).toEqual([204, '']);
  expect((await ask('/projects/shop', { method: 'DELETE', headers, body: '{}' })).status).toBe(400);
});

it('HEAD says how long the answer to GET is', async () => {
  const response = await ask('/projects/shop', { method: 'HEAD' });
  expect([response.headers.get('content-length'), await response.text()]).toEqual(['4', '']);
});

it('whatever comes over a connection, the answer is no failure', async () => {
  const target = fc.oneof(
    fc.string({ unit: fc.constantFrom(...'/.%?#&=\\:@[]{}"<>|^`;,+ é\u0000ab01'), maxLength: 20 }),
    fc.constantFrom(
      '/projects/..',
      '/projects/../..',
      '//projects',
      'http://other.test/projects/a',
      '*',
      '/projects/%2e%2e',
    ),
  );
  const request = fc.tuple(
    fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'LOCK'),
    target,
    fc.string({ unit: 'binary', maxLength: 50 }),
  );
  await fc.assert(
    fc.asyncProperty(request, async ([method, path, body]) => {
      const socket = connect(server.port, '127.0.0.1');
      let text = '';
      socket.setEncoding('latin1').on('data', (chunk) => {
        text += String(chunk);
      });
      socket.on('error', () => undefined);
      const closed = once(socket, 'close');
      const bytes = Buffer.from(body);
      const type = `content-type: application/json\r\ncontent-length: ${bytes.length}\r\n`;
      socket.write(`${method} /${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n${type}\r\n`);
      socket.write(bytes);
      await closed;
      expect(text).toMatch(/^HTTP\/1\.1 [234]\d\d /);
      expect(text).not.toMatch(/\bat .*\.[jt]s:\d+/);
    }),
    { numRuns: 100 },
  );
  expect((await ask('/projects/shop')).status).toBe(200);
});
