import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { type ApiError, type ControlPlane, type ControlPlaneOptions, controlPlane } from './index.ts';

const open: Server[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

interface Faked {
  readonly api: ControlPlane;
  /** What was asked for. */
  readonly asked: string[];
  /** The pauses, in ms, and why. */
  readonly pauses: (readonly [ms: number, why: string])[];
}

type Answer = (response: ServerResponse) => void;

/** A server that answers as it is told, one after the other, and the last one for ever. */
async function faked(answers: readonly Answer[], options: Partial<ControlPlaneOptions> = {}): Promise<Faked> {
  const asked: string[] = [];
  const listener: RequestListener = (request, response) => {
    answers[Math.min(asked.length, answers.length - 1)]!(response);
    asked.push(`${request.method} ${request.url}`);
  };
  const server = createServer(listener);
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const pauses: Faked['pauses'] = [];
  const api = controlPlane({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    waiting: (ms, why) => void pauses.push([ms, why.message]),
    ...options,
  });
  return { api, asked, pauses };
}

const json =
  (body: unknown, status = 200, headers: Record<string, string> = {}): Answer =>
  (response) =>
    void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
const page =
  (status: number, headers: Record<string, string> = {}): Answer =>
  (response) =>
    void response.writeHead(status, { 'content-type': 'text/html', ...headers }).end('<html>');
const reset: Answer = (response) => void response.socket!.destroy();
const half: Answer = (response) => {
  response.writeHead(200, { 'content-length': '100' }).write('{"items":[');
  setImmediate(() => response.socket!.destroy());
};
const own = (status: number, code: string): Answer => json({ type: 'urn:flagwright:problem:x', code }, status);

const GOOD = json({ good: true });
const get = ({ api }: Faked): Promise<unknown> => api.ask('GET', '/whoami');
const post = ({ api }: Faked): Promise<unknown> => api.ask('POST', '/projects', { body: {} });

it.each<[what: string, bad: Answer]>([
  ['429 of a proxy', page(429)],
  ['429 of its own', own(429, 'RATE_LIMITED')],
  ['500', own(500, 'INTERNAL')],
  ['502', page(502)],
  ['503 of a proxy', page(503)],
  ['503 of its own', own(503, 'UNAVAILABLE')],
  ['504', page(504)],
  ['a lost connection', reset],
  ['half an answer', half],
])('what reads is sent again after %s', async (_, bad) => {
  const fake = await faked([bad, GOOD]);
  expect(await get(fake)).toEqual({ good: true });
  expect(fake.asked).toHaveLength(2);
  expect(fake.pauses).toHaveLength(1);
});

it('what is stopped is not sent again, and its pause ends', async () => {
  const stop = new AbortController();
  const fake = await faked([page(503, { 'retry-after': '60' }), GOOD], {
    stop: stop.signal,
    waiting: () => void setImmediate(() => stop.abort()),
  });
  await expect(get(fake)).rejects.toMatchObject({ status: 503 });
  await expect(get(await faked([page(503)], { stop: stop.signal }))).rejects.toMatchObject({ status: 503 });
  expect(fake.asked).toHaveLength(1);
});

it('the pauses grow, and an end is made of it', async () => {
  const fake = await faked([page(502)]);
  await expect(get(fake)).rejects.toMatchObject({ name: 'ApiError', status: 502, code: undefined });
  expect(fake.asked).toHaveLength(4);
  for (const [i, [ms]] of fake.pauses.entries()) {
    expect(ms).toBeGreaterThanOrEqual(250 * 2 ** i);
    expect(ms).toBeLessThanOrEqual(500 * 2 ** i);
  }
}, 20_000);

it.each<[what: string, status: number]>([
  ['a redirect', 302],
  ['what is not there', 404],
  ['what it cannot do', 501],
])('what reads is not sent again after %s', async (_, status) => {
  const fake = await faked([page(status), GOOD]);
  await expect(get(fake)).rejects.toMatchObject({ status });
  expect(fake.asked).toHaveLength(1);
});

it.each<[what: string, options: { reads?: boolean; query?: { dryRun: boolean } }]>([
  ['a POST that says that it only reads', { reads: true }],
  ['a dry run', { query: { dryRun: true } }],
])('%s is sent again as what reads', async (_, options) => {
  const fake = await faked([reset, page(502), GOOD]);
  expect(await fake.api.ask('POST', '/validate/targeting', { body: {}, ...options })).toEqual({ good: true });
  expect(fake.asked).toHaveLength(3);
});

it.each<[what: string, bad: Answer]>([
  ['429 of the server itself', own(429, 'RATE_LIMITED')],
  ['429 of a proxy', page(429, { 'retry-after': '0' })],
  ['503 of the server itself', own(503, 'UNAVAILABLE')],
])('what writes is sent again after %s', async (_, bad) => {
  const fake = await faked([bad, GOOD]);
  expect(await post(fake)).toEqual({ good: true });
  expect(fake.asked).toHaveLength(2);
});

it.each<[what: string, bad: Answer, silence: string, message: string]>([
  ['a lost connection', reset, 'lost', 'the connection to the server was lost (UND_ERR_SOCKET)'],
  ['half an answer', half, 'lost', 'the connection to the server was lost (UND_ERR_SOCKET)'],
  ...[500, 502, 503, 504]
    .map(
      (status) =>
        [
          `${status} of a proxy`,
          page(status),
          'foreign',
          `something that is not Flagwright has answered ${status}`,
        ] as const,
    )
    .map((row) => [...row] as [string, Answer, string, string]),
  [
    '503 of another service',
    json({ code: 'ServiceUnavailable' }, 503),
    'foreign',
    'something that is not Flagwright has answered 503',
  ],
  ['a page', page(200), 'foreign', 'something has answered, and not as Flagwright does: a page'],
])('what writes is not sent again after %s: it may have been done', async (_, bad, silence, message) => {
  const fake = await faked([bad, GOOD]);
  await expect(post(fake)).rejects.toMatchObject({
    name: 'FlagError',
    code: 'UNKNOWN',
    silence,
    message: `${message}, so it may have been done or not. Hint: look before trying again`,
  });
  expect(fake.asked).toHaveLength(1);
});

it.each<[asked: string]>([['86400'], ['301']])('a Retry-After of %s s is left to whoever asked', async (asked) => {
  const fake = await faked([page(503, { 'retry-after': asked }), GOOD]);
  await expect(get(fake)).rejects.toMatchObject({ status: 503, members: { retryAfter: Number(asked) * 1_000 } });
  expect(fake.asked).toHaveLength(1);
});

it('a Retry-After is waited for', async () => {
  const fake = await faked([page(502, { 'retry-after': '1' }), GOOD]);
  await get(fake);
  expect(fake.pauses[0]![0]).toBeGreaterThanOrEqual(1_000);
});

it('all pauses together are bounded', async () => {
  const fake = await faked([page(503), json({}, 503, { 'retry-after': '300' })]);
  const error = (await get(fake).catch((thrown: unknown) => thrown)) as ApiError;
  expect(error.status).toBe(503);
  expect(fake.pauses).toHaveLength(1);
});

it('what is no answer is told apart', async () => {
  const fake = await faked([json({}), (response) => void response.end('{"a":')], { timeout: 60_000 });
  await get(fake);
  await expect(get(fake)).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    silence: 'foreign',
    detail: 'something that is no JSON',
  });
  const nobody = controlPlane({ url: 'http://127.0.0.1:1' });
  await expect(nobody.ask('GET', '/whoami')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', silence: 'address' });
  const slow = await faked([() => undefined], { timeout: 50 });
  await expect(get(slow)).rejects.toMatchObject({ code: 'UNAVAILABLE', silence: 'late', detail: '0.05 s' });
  await expect(post(slow)).rejects.toMatchObject({ code: 'UNKNOWN', silence: 'late' });
  expect(slow.asked).toHaveLength(2);
});

it('an answer that does not end is not read to its end', async () => {
  const block = Buffer.alloc(2 ** 20, ' ');
  const endless: Answer = (response) => {
    const more = (): void => {
      while (response.write(block));
    };
    response.on('drain', more);
    more();
  };
  const fake = await faked([endless]);
  await expect(get(fake)).rejects.toMatchObject({
    code: 'TOO_LARGE',
    silence: 'too-large',
    detail: 'more than 256 MiB',
  });
}, 60_000);
