import { connect } from 'node:net';
import { until } from '@flagwright/test-servers';
import { afterEach, expect, it } from 'vitest';
import type { ServerOptions } from '../../src/server/options.ts';
import { type ControlPlaneServer, createServer } from '../../src/server/server.ts';
import { GROUNDS, newToken, type Running, run } from './servers.ts';

const BASE = '/platform/feature-flag-management/v0.3';

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** A server with a project `shop` that is linked to `dev`. */
async function start(options: ServerOptions = {}): Promise<Running> {
  const ground = await GROUNDS.find(({ name }) => name === 'pglite')!.make();
  open.push(() => ground.remove());
  const running = await run(ground, { stages: ['dev'], ...options });
  open.push(() => running.close());
  const api = running.api();
  await api.ask('PUT', '/projects/shop', { body: { spec: {} } });
  await api.ask('PUT', '/projects/shop/stages/dev', { body: { spec: {} } });
  return running;
}

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
const unknownToken = (i: number): string => `fwt_${'a'.repeat(11)}${'abcdefghij'[i % 10]}_${'A'.repeat(43)}`;

it('an address that tries unknown tokens is made to wait, and nobody else', async () => {
  const { url, token } = await start({ failures: { perSecond: 0.01, burst: 5 } });
  const tried: number[] = [];
  for (let i = 0; i < 8; i++) {
    // over both ways in: that of evaluations is a shorter one
    const path = i % 2 === 0 ? `${BASE}/whoami` : '/ofrep/v1/evaluate/flags';
    const response = await fetch(url + path, {
      method: i % 2 === 0 ? 'GET' : 'POST',
      headers: bearer(unknownToken(i)),
    });
    tried.push(response.status);
    if (response.status === 429) expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(1);
    await response.text();
  }
  expect(tried).toEqual([401, 401, 401, 401, 401, 429, 429, 429]);
  expect((await fetch(`${url}${BASE}/whoami`, { headers: bearer(token) })).status).toBe(200);
}, 60_000);

it('behind a proxy it is the client that is made to wait', async () => {
  const { server } = await start({ failures: { perSecond: 0.01, burst: 2 } });
  const { url } = await server.listen({ trustProxy: 1 });
  const status = async (forwarded: string): Promise<number> => {
    const headers = { ...bearer(unknownToken(1)), 'x-forwarded-for': forwarded };
    return (await fetch(`${url}${BASE}/whoami`, { headers })).status;
  };
  expect([await status('192.0.2.1'), await status('192.0.2.1'), await status('192.0.2.1')]).toEqual([401, 401, 429]);
  expect(await status('192.0.2.2')).toBe(401);
  // what the client says by itself stands before
  expect(await status('192.0.2.3, 192.0.2.1')).toBe(429);
}, 60_000);

it('changes are limited whatever they are called, and evaluations are none', async () => {
  const running = await start({ writes: { perSecond: 0.01, burst: 20 } });
  const { url } = running;
  const spammer = async (name: string): Promise<string> => newToken(running.api(), { name, role: 'editor' });
  const three = async (ask: () => Promise<Response>): Promise<readonly number[]> => {
    const found: number[] = [];
    for (let i = 0; i < 21; i++) {
      const { status } = await ask();
      if (found.at(-1) !== status) found.push(status);
    }
    return found;
  };
  const [first, second, third, fourth] = [
    await spammer('a'),
    await spammer('b'),
    await spammer('c'),
    await spammer('d'),
  ];
  const json = { 'content-type': 'application/json' };
  const ask = (token: string, method: string, path: string, body?: object) => (): Promise<Response> =>
    fetch(url + path, {
      method,
      headers: { ...bearer(token!), ...(body === undefined ? {} : json) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const flags = `${BASE}/projects/shop/feature-flags`;
  expect(await three(ask(first!, 'PATCH', `${flags}/evaluate`, { spec: {} }))).toEqual([404, 429]);
  expect(await three(ask(second!, 'DELETE', `${flags}/x?comment=/evaluate`))).toEqual([404, 429]);
  expect(await three(ask(third!, 'POST', `${BASE}/validate/targeting`, { targeting: {} }))).toEqual([200, 429]);
  expect(await three(ask(fourth!, 'POST', '/sets/shop/dev/ofrep/v1/evaluate/flags', {}))).toEqual([200]);
  expect(await three(ask(fourth!, 'POST', `${BASE}/projects/shop/stages/dev/usage`, { counts: [] }))).not.toContain(
    429,
  );
}, 60_000);

it('nobody takes all event streams', async () => {
  const running = await start({ streams: { perSet: 2, perToken: 1 } });
  const { url, token } = running;
  const sdk = await newToken(running.api(), { name: 'app', role: 'sdk', projects: ['shop'], stages: ['dev'] });
  const evaluated = await fetch(`${url}/ofrep/v1/evaluate/flags`, { method: 'POST', headers: bearer(sdk) });
  const { eventStreams } = (await evaluated.json()) as {
    readonly eventStreams: readonly [{ readonly endpoint: { readonly requestUri: string } }];
  };
  const stream = async (path: string, headers: Record<string, string> = {}) => {
    const aborter = new AbortController();
    open.push(async () => aborter.abort());
    const { status, headers: said } = await fetch(url + path, {
      headers: { accept: 'text/event-stream', ...headers },
      signal: aborter.signal,
    });
    return { status, again: said.get('retry-after'), leave: () => aborter.abort() };
  };
  const address = eventStreams[0].endpoint.requestUri;
  const first = await stream(address);
  expect([first.status, (await stream(address)).status]).toEqual([200, 200]);
  expect(await stream(address)).toMatchObject({ status: 429, again: '30' });

  const own = await stream('/sets/shop/dev', bearer(sdk));
  expect(own.status).toBe(200);
  expect(await stream('/sets/shop/dev', bearer(sdk))).toMatchObject({ status: 503, again: '30' });
  // the document is there all the same, and others have their share
  expect((await fetch(`${url}/sets/shop/dev`, { headers: bearer(sdk) })).status).toBe(200);
  expect((await stream('/sets/shop/dev', bearer(token))).status).toBe(200);

  own.leave();
  first.leave();
  await until('a place of the token is free', async () => (await stream('/sets/shop/dev', bearer(sdk))).status === 200);
  await until('a place of the set is free', async () => (await stream(address)).status === 200);
}, 60_000);

it('a Host does not lead to another path than the one asked for', async () => {
  const { url, token } = await start();
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    let text = '';
    socket.setEncoding('latin1').on('data', (chunk) => {
      text += String(chunk);
    });
    socket.on('error', reject).on('close', () => resolve(text));
    const host = `x${BASE}/whoami?`;
    socket.write(
      `GET /healthz HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${token}\r\nconnection: close\r\n\r\n`,
    );
  });
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(answer).not.toContain('subject');
}, 60_000);

it('limits that make no sense are refused at the start', async () => {
  const refusal = async (options: ServerOptions): Promise<string> => {
    const ground = await GROUNDS.find(({ name }) => name === 'pglite')!.make();
    open.push(() => ground.remove());
    let server: ControlPlaneServer | undefined;
    try {
      server = await createServer({ ...ground.options, ...options, log: () => undefined });
      return 'it started';
    } catch (thrown) {
      return thrown instanceof Error ? thrown.message : String(thrown);
    } finally {
      await server?.close();
    }
  };
  expect(await refusal({ streams: { perToken: 0 } })).toContain('streams.perToken is 0');
  expect(await refusal({ failures: { perSecond: 0, burst: 1 } })).toContain('the limit of unknown tokens');
}, 60_000);
