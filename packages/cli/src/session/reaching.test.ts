import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { type Ran, ran } from '../../test/world.ts';

const open: Server[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** Something on a port of this machine that is no Flagwright; resolves to the port. */
async function listening(answer: RequestListener): Promise<number> {
  const server = createServer(answer);
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  const port = await listening(() => undefined);
  await new Promise((resolve) => open.pop()!.close(resolve));
  return port;
}

const TOKEN = `fwt_${'s'.repeat(43)}`;
const flagctl = (args: readonly string[], url: string): Promise<Ran> =>
  ran([...args, '--server', url], { home: '/nonexistent', env: { FLAGCTL_TOKEN: TOKEN } });

const READING = ['approve', 'cr-1'];
const CHANGING = ['close', 'cr-1'];

it('a server that is down is named, and how to start one', async () => {
  const url = `http://127.0.0.1:${await freePort()}`;
  for (const args of [READING, CHANGING]) {
    expect(await flagctl(args, url)).toEqual({
      code: 1,
      out: '',
      err: `Error: the server ${url} cannot be reached (ECONNREFUSED)
  Is it running? flagctl serve starts one
  The address is that of --server, of FLAGCTL_SERVER, or of the context
`,
    });
  }
});

it('so it is with --verbose, and for programs', async () => {
  const url = `http://127.0.0.1:${await freePort()}`;
  const { err } = await flagctl([...READING, '--verbose'], url);
  expect(err).toMatch(/^GET http:\/\/127\.0\.0\.1:\d+\/platform\/\S+ failed after \d+ ms\nError: the server http/);
  const json = await flagctl([...READING, '-o', 'json'], url);
  expect(JSON.parse(json.err)).toMatchObject({
    error: { code: 'UNAVAILABLE', exit: 1, hints: [expect.anything(), expect.anything()] },
  });
});

it('a name that is none', async () => {
  const { code, err } = await flagctl(READING, 'https://flags.invalid');
  expect(code).toBe(1);
  expect(err).toMatch(/^Error: the server https:\/\/flags\.invalid cannot be reached \((?:ENOTFOUND|EAI_AGAIN)\)\n/);
  expect(err).toMatch(/\n {2}The address is that of --server, of FLAGCTL_SERVER, or of the context\n$/);
});

it('a server without TLS where it was expected', async () => {
  const port = await listening((_, response) => void response.end('{}'));
  const { code, err } = await flagctl(READING, `https://127.0.0.1:${port}`);
  expect(code).toBe(1);
  expect(err).toMatch(
    /^Error: there is no secure connection to https:\/\/127\.0\.0\.1:\d+ \(\w+\)\n {2}Is it an https server, with a certificate that this process trusts\? See NODE_EXTRA_CA_CERTS\n$/,
  );
});

it('a page instead of an answer', async () => {
  const port = await listening((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<html>Sign in</html>');
  });
  expect(await flagctl(READING, `http://127.0.0.1:${port}`)).toEqual({
    code: 1,
    out: '',
    err: `Error: http://127.0.0.1:${port} has answered with a page, and not as Flagwright does
  Is it the address of the server, or does something in front of it, as a proxy, answer?
`,
  });
});

it('a proxy whose server does not answer', async () => {
  const port = await listening((_, response) => {
    response.writeHead(502, { 'content-type': 'text/html' }).end('<html>Bad Gateway</html>');
  });
  expect(await flagctl(READING, `http://127.0.0.1:${port}`)).toEqual({
    code: 1,
    out: '',
    err: `Error: something that is not Flagwright has answered 502: the server behind it does not answer
  Try again in a moment
`,
  });
});

it('a connection that is lost: a change may have been made', async () => {
  const port = await listening((request) => void request.socket.destroy());
  const url = `http://127.0.0.1:${port}`;
  const reading = await flagctl(READING, url);
  expect(reading.code).toBe(1);
  expect(reading.err).toMatch(new RegExp(`^Error: the connection to ${url} was lost \\(\\w+\\)\n$`));
  expect(await flagctl(CHANGING, url)).toEqual({
    code: 1,
    out: '',
    err: `Error: the connection to ${url} was lost before its answer: it may have been done or not
  Look before you try again
`,
  });
});

it('what somebody in front does is told without the token', async () => {
  const port = await listening((request, response) => {
    response.writeHead(401, { 'content-type': 'text/plain' }).end(String(request.headers.authorization));
  });
  const { code, err } = await flagctl(READING, `http://127.0.0.1:${port}`);
  expect(code).toBe(3);
  expect(err).toMatch(/^Error: something that is not Flagwright has answered 401\n/);
  expect(err).not.toContain('sss');
});
