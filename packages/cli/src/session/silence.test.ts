import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { homeFolder } from '../../test/home.ts';
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
  The address is that of --server
`,
    });
  }
});

it.each([
  [{ HTTP_PROXY: 'http://proxy:3128' }, 'HTTP_PROXY'],
  [{ http_proxy: 'http://proxy:3128' }, 'http_proxy'],
  [{ ALL_PROXY: 'http://proxy:3128' }, 'ALL_PROXY'],
  [{ HTTPS_PROXY: 'http://proxy:3128' }, undefined],
  [{ HTTP_PROXY: '' }, undefined],
  [{ HTTP_PROXY: 'http://proxy:3128', NODE_USE_ENV_PROXY: '1' }, undefined],
])('of a proxy that is not used it is said: %j', async (env, name) => {
  const url = `http://127.0.0.1:${await freePort()}`;
  const { err } = await ran([...READING, '--server', url], { home: '/nonexistent', env });
  const hint = name === undefined ? '' : `  ${name} is set, and not used: requests go straight to the server\n`;
  expect(err).toBe(
    `Error: the server ${url} cannot be reached (ECONNREFUSED)\n  Is it running? flagctl serve starts one\n${hint}  The address is that of --server\n`,
  );
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
  expect(err).toMatch(/\n {2}The address is that of --server\n$/);
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
    err: `Error: http://127.0.0.1:${port} has answered, and not as Flagwright does: a page
  Is it the address of the server, or does something in front of it, as a proxy, answer?
  The address is that of --server
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
    err: `Error: something that is not Flagwright has answered 502, as a proxy does that has no answer of the server
  Try again in a moment
`,
  });
});

it('a connection that is lost: a change may have been made', async () => {
  const port = await listening((request) => void request.socket.destroy());
  const url = `http://127.0.0.1:${port}`;
  const reading = await flagctl(READING, url);
  expect(reading.code).toBe(1);
  expect(reading.err).toMatch(
    new RegExp(
      `^Error: the connection to ${url} was lost \\(\\w+\\)\n  It is not known why: look whether the server runs\n$`,
    ),
  );
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

it.each([500, 502, 503, 504])(
  'of a change that a proxy answers with %s it is not known whether it was done',
  async (status) => {
    let asked = 0;
    const port = await listening((request, response) => {
      asked++;
      request.resume().on('end', () => response.writeHead(status, { 'content-type': 'text/html' }).end('<html>'));
    });
    expect(await flagctl(['create', 'project', 'shop'], `http://127.0.0.1:${port}`)).toEqual({
      code: 1,
      out: '',
      err: `Error: something that is not Flagwright has answered ${status}: it may have been done or not
  Look before you try again
`,
    });
    expect(asked).toBe(1);
  },
);

it('an answer that does not end', async () => {
  const block = Buffer.alloc(2 ** 20, ' ');
  const port = await listening((_, response) => {
    const more = (): void => {
      while (response.write(block));
    };
    response.on('drain', more);
    more();
  });
  const { code, err } = await flagctl(READING, `http://127.0.0.1:${port}`);
  expect(code).toBe(1);
  expect(err).toMatch(
    /^Error: http:\S+ has answered with more than 256 MiB, which is not read to its end\n {2}Is it the /,
  );
}, 60_000);

it('an answer that does not come', async () => {
  const { code, err } = await ran(['whoami'], {
    home: '/nonexistent',
    // as it ends after 30 s
    fetch: async (_, init) => {
      Object.defineProperty(init!.signal, 'aborted', { value: true });
      throw new DOMException('late', 'TimeoutError');
    },
  });
  expect(code).toBe(1);
  expect(err).toBe(`Error: http://127.0.0.1:8080 has not answered within 30 s
  Does it have much to do, or something in front of it? Try again later
  The address is that where no other is given, by --server, FLAGCTL_SERVER or a context
`);
});

it.each<[server: string, err: string]>([
  ['', '--server "" is no address; expected that of the server, as https://flags.example.com'],
  [
    '127.0.0.1:8080',
    `--server "127.0.0.1:8080" is no address; expected that of the server, as https://flags.example.com
  Did you mean http://127.0.0.1:8080?`,
  ],
  [
    'ftp://x',
    '--server "ftp://x" is not of http(s), or has a user, a password or a query; expected that of the server, as https://flags.example.com',
  ],
  [
    'http://me:secret@x',
    '--server is not of http(s), or has a user, a password or a query; expected that of the server, as https://flags.example.com',
  ],
  ['http://127.0.0.1:1', '--server is http://127.0.0.1:1: nothing can be sent to this port'],
])('an address that can be none is told by who named it: %j', async (server, err) => {
  expect(await flagctl(['whoami'], server)).toEqual({ code: 2, out: '', err: `Error: ${err}\n` });
});

it('so it is where a variable or a context named it', async () => {
  const home = await homeFolder();
  try {
    const { err } = await home.flagctl(['whoami'], { env: { FLAGCTL_SERVER: 'nowhere' } });
    expect(err).toMatch(/^Error: FLAGCTL_SERVER "nowhere" is no address; .*\n {2}Did you mean http:\/\/nowhere\?\n$/);
    await home.write('current-context: a\ncontexts: [{name: a, context: {environment: "http://me:secret@x"}}]\n');
    const { err: other } = await home.flagctl(['whoami']);
    expect(other).toMatch(/^Error: context "a" is not of http\(s\), or has a user, a password or a query; /);
  } finally {
    await home.remove();
  }
});

it('a token that a server repeats is not shown', async () => {
  const port = await listening((request, response) => {
    const detail = `your header was ${request.headers.authorization}`;
    response.writeHead(400, { 'content-type': 'application/problem+json' });
    response.end(JSON.stringify({ type: 'urn:flagwright:problem:x', code: 'INVALID_ARGUMENT', detail }));
  });
  const url = `http://127.0.0.1:${port}`;
  expect((await flagctl(['whoami'], url)).err).toBe('Error: your header was Bearer ***\n');
  const { err } = await flagctl(['whoami', '-o', 'json'], url);
  expect(JSON.parse(err).error.message).toBe('your header was Bearer ***');
  const { out } = await ran(['api', 'GET', '/any', '--server', url], {
    home: '/nonexistent',
    env: { FLAGCTL_TOKEN: 'a"b\\c-and-more' },
    fetch: async (_, init) => Response.json({ said: new Headers(init?.headers).get('authorization') }),
  });
  expect(JSON.parse(out)).toEqual({ said: 'Bearer ***' });
});
