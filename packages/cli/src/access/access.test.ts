import { writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { parseText } from '@flagwright/core/text';
import { createServer } from '@flagwright/server';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Home, homeFolder } from '../../test/home.ts';
import { type Served, seedProject, served } from '../../test/server.ts';

const BASE = '/platform/feature-flag-management/v0.3';
const VARIABLE = '$'.concat('{FLAGS}');

let server: Served;
beforeAll(async () => {
  server = await served();
  await seedProject(server.api, 'my-app');
});
afterAll(() => server.close());

let home: Home;
beforeEach(async () => {
  home = await homeFolder();
});
afterEach(() => home.remove());

/** A configuration with a context `prod`, that is the current one. */
const configured = (context: string, token: string): string =>
  `current-context: prod\ncontexts:\n- name: prod\n  context:\n    token-ref: t\n${context.replace(/^/gm, '    ')}\ntokens:\n- name: t\n  ${token}\n`;

describe('whoami', () => {
  it('tells of the token', async () => {
    const { code, out, err } = await server.flagctl(['whoami']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^Subject: +first-admin\nRole: +admin\nMay: .*administer.*\nProjects: +all\nStages: +all\n/);
    expect(out).toMatch(
      /\nToken: +first-admin \([a-z2-7]{12}\)\nExpires: +never\nServer: +http:\/\/127\.0\.0\.1:\d+\n$/,
    );
    const { out: json } = await server.flagctl(['whoami', '-o', 'json']);
    expect(JSON.parse(json)).toMatchObject({
      subject: 'first-admin',
      role: 'admin',
      context: null,
      server: server.url,
    });
    expect(parseText((await server.flagctl(['whoami', '-o', 'yaml'])).out).document).toEqual(JSON.parse(json));
    expect((await server.flagctl(['whoami', '-o', 'name'])).out).toBe('first-admin\n');
  });

  it.each<[what: string, context: string, token: () => string]>([
    ['the address and the token of the context', 'environment: URL', () => `token: ${server.token}`],
    ['the path of the API, too', `environment: URL${BASE}`, () => `token: ${server.token}`],
    ['a slash at the end', 'environment: URL/', () => `token: ${server.token}`],
    ['variables', `environment: ${VARIABLE}`, () => 'token: $'.concat('{FLAGS_TOKEN}')],
    ['what a command prints', 'environment: URL', () => 'command: \'echo "  $FLAGS_TOKEN"; echo asked >&2\''],
  ])('takes %s', async (_, context, token) => {
    await home.write(configured(context.replace('URL', server.url), token()));
    const { code, out, err } = await home.flagctl(['whoami'], {
      env: { FLAGS: server.url, FLAGS_TOKEN: server.token, PATH: process.env.PATH },
    });
    expect({ code, err: err.replace('asked\n', '') }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/\nContext: +prod\n$/);
  });

  it('takes FLAGCTL_TOKEN and FLAGCTL_SERVER before what the context says', async () => {
    await home.write(configured('environment: http://127.0.0.1:1', 'command: exit 1'));
    const env = { FLAGCTL_TOKEN: server.token, FLAGCTL_SERVER: server.url };
    expect(await home.flagctl(['whoami', '-o', 'name'], { env })).toEqual({ code: 0, out: 'first-admin\n', err: '' });
  });

  it.each<[what: string, token: string, message: RegExp]>([
    [
      'fails',
      "command: 'echo hidden; exit 9'",
      /the command of token "t" of ~\/\.config\/flagctl\/config failed with exit code 9\n/,
    ],
    ['is not there', 'command: no-such-program', /failed with exit code 127/],
    ['prints nothing', "command: 'true'", /what the command of token "t" .* printed is empty/],
    ['prints a lot', "command: 'yes hidden'", /printed more than 4096 bytes/],
    ['prints two lines', "command: 'echo hidden; echo hidden'", /is no token/],
  ])('a command that %s is told, and what it printed is not', async (_, token, message) => {
    await home.write(configured(`environment: ${server.url}`, token));
    const { code, out, err } = await home.flagctl(['whoami'], { env: { PATH: process.env.PATH } });
    expect({ code, out }).toEqual({ code: 3, out: '' });
    expect(err).toMatch(message);
    expect(err).not.toContain('hidden');
  });

  it.each<[what: string, text: string, code: number, message: RegExp]>([
    [
      'a variable that is not set',
      configured('environment: http://127.0.0.1:1', `token: ${VARIABLE}`),
      3,
      /token "t" of ~\S+ needs the variable FLAGS, which is not set/,
    ],
    [
      'an address with one',
      configured(`environment: https://${VARIABLE}`, 'token: x'),
      1,
      /the environment of context "prod" of ~\S+ needs the variable FLAGS/,
    ],
    [
      'no address',
      configured('environment: flags.example.com', 'token: x'),
      7,
      /config:6:18: the environment of context "prod" is no address/,
    ],
    [
      'a token that is not there',
      configured('environment: http://127.0.0.1:1', 'token: x').replace('token-ref: t', 'token-ref: u'),
      3,
      /config:5:16: there is no token "u"\n[\s\S]*set-credentials u/,
    ],
    [
      'an empty token',
      configured('environment: http://127.0.0.1:1', 'token: ""'),
      3,
      /config:\d+:\d+: token "t" is empty/,
    ],
    [
      'a current context that is not there',
      'current-context: prd\ncontexts: [{name: prod}]\n',
      4,
      /config:1:18: there is no context "prd" in [\s\S]*Did you mean "prod"\?\n {2}Run 'flagctl config get-contexts'/,
    ],
  ])('%s is told', async (_, text, code, message) => {
    await home.write(text);
    expect(await home.flagctl(['whoami'])).toMatchObject({ code, out: '', err: expect.stringMatching(message) });
  });

  it.each<[what: string, context: string, args: string[], env: Record<string, string>, sent: string | null]>([
    ['is sent to its server', 'environment: https://a.example', [], {}, 'kept-token'],
    [
      'is sent to its server by another name',
      'environment: https://a.example/',
      ['--server', 'https://A.example:443/x'],
      {},
      'kept-token',
    ],
    ['stays here for another host', 'environment: https://a.example', ['--server', 'https://b.example'], {}, null],
    [
      'stays here for another port',
      'environment: https://a.example',
      [],
      { FLAGCTL_SERVER: 'https://a.example:8443' },
      null,
    ],
    ['stays here without TLS', 'environment: https://a.example', ['--server', 'http://a.example'], {}, null],
    [
      'stays here where the context is named, too',
      'environment: https://a.example',
      ['--server', 'https://b.example', '--context', 'prod'],
      {},
      null,
    ],
    ['stays here where the context has no server', 'project: p', ['--server', 'https://b.example'], {}, null],
    [
      'stays here where it is not known, and another is where one is if nobody says',
      `environment: ${VARIABLE}`,
      ['--server', 'http://127.0.0.1:8080'],
      {},
      null,
    ],
    [
      'stays here where that of the context is not known',
      `environment: ${VARIABLE}`,
      ['--server', 'https://b.example'],
      {},
      null,
    ],
    [
      'is sent to where a server is if nobody says',
      'project: p',
      ['--server', 'http://127.0.0.1:8080'],
      {},
      'kept-token',
    ],
    [
      'is sent anywhere by the variable',
      'environment: https://a.example',
      ['--server', 'https://b.example'],
      { FLAGCTL_TOKEN: 'said-token' },
      'said-token',
    ],
  ])('the token of a context %s', async (_, context, args, env, sent) => {
    await home.write(configured(context, 'token: kept-token'));
    const seen: (string | null)[] = [];
    const { code, err } = await home.flagctl(['whoami', ...args], {
      env,
      fetch: async (_input, init) => {
        seen.push(new Headers(init?.headers).get('authorization'));
        return Response.json({ subject: 'x', role: 'x', projects: null, stages: null, may: [], token: null });
      },
    });
    expect({ code, seen }).toEqual({ code: 0, seen: [sent === null ? null : `Bearer ${sent}`] });
    if (sent === null)
      expect(err).toMatch(
        /^Warning: the token of context "prod" is not sent: .+ Hint: give one by FLAGCTL_TOKEN, or name another context\n$/,
      );
    else expect(err).toBe('');
  });

  it('warns once before a token goes over a network in the open', async () => {
    const asked: string[] = [];
    const fetch = async (url: unknown): Promise<Response> => {
      asked.push(String(url));
      return Response.json({ items: [], subject: 'x', role: 'x', projects: null, stages: null, may: [], token: null });
    };
    const env = { FLAGCTL_TOKEN: 'secret', FLAGCTL_SERVER: 'http://flags.example.com' };
    const { err } = await home.flagctl(['whoami'], { env, fetch: fetch as never });
    expect(err.match(/the token goes to flags\.example\.com as plain text/g)).toHaveLength(1);
    expect(err).not.toContain('secret');
    expect(asked).toEqual([`http://flags.example.com${BASE}/whoami`]);
    for (const FLAGCTL_SERVER of [
      'https://flags.example.com',
      'http://localhost:1',
      'http://[::1]',
      'http://127.9.9.9',
    ]) {
      const one = await home.flagctl(['whoami'], { env: { ...env, FLAGCTL_SERVER }, fetch: fetch as never });
      expect(one).toMatchObject({ code: 0, err: '' });
    }
    expect(await home.flagctl(['whoami'], { env: { ...env, FLAGCTL_TOKEN: '' }, fetch: fetch as never })).toMatchObject(
      { err: '' },
    );
  });

  it.each<[args: string[], env: Record<string, string>, context: string]>([
    [[], {}, 'prod'],
    [['--context', 'dev'], { FLAGCTL_CONTEXT: 'test' }, 'dev'],
    [[], { FLAGCTL_CONTEXT: 'test' }, 'test'],
  ])('%j %j is the context %s', async (args, env, context) => {
    await home.write('current-context: prod\ncontexts: [{name: prod}, {name: dev}, {name: test}]\n');
    const { out } = await home.flagctl(['whoami', ...args, '-o', 'json'], {
      env: { ...env, FLAGCTL_SERVER: server.url, FLAGCTL_TOKEN: server.token },
    });
    expect(JSON.parse(out).context).toBe(context);
  });

  it('a context that is an evaluation context elsewhere is none here', async () => {
    await home.write('contexts: [{name: prod}]\n');
    expect(await home.flagctl(['whoami', '--context', '{"a":1}'])).toMatchObject({
      code: 4,
      err: expect.stringContaining('there is no context "{\\"a\\":1}"'),
    });
    expect(await home.flagctl(['whoami', '--context', 'porf'])).toMatchObject({
      code: 4,
      err: expect.stringContaining('Did you mean "prod"'),
    });
  });

  it('needs no token where the server asks for none', async () => {
    const open = await createServer({
      dataDirectory: join(server.folder, 'open'),
      insecure: true,
      log: () => undefined,
    });
    try {
      const { url } = await open.listen();
      const { code, out } = await home.flagctl(['whoami'], { env: { FLAGCTL_SERVER: url } });
      expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/Token: +none: this server asks for none/) });
    } finally {
      await open.close(1_000);
    }
  });

  it('tells where to put a token if there is none, or it is not good', async () => {
    const none = await server.flagctl(['whoami'], { env: { FLAGCTL_TOKEN: '' } });
    expect(none).toMatchObject({
      code: 3,
      out: '',
      err: expect.stringContaining("'flagctl config set-credentials <name>'"),
    });
    const bad = await server.flagctl(['whoami'], { env: { FLAGCTL_TOKEN: `fwt_k3v7q2mzp5ab_${'A'.repeat(43)}` } });
    expect(bad).toMatchObject({ code: 3, out: '' });
    expect(bad.err).not.toContain('AAAA');
  });
});

describe('token', () => {
  it('is made, used, listed, renamed and revoked', async () => {
    const made = await server.flagctl(
      ['token', 'create', 'ann', '--role', 'editor', '--project', 'my-app', '--expires', '90d'],
      { env: { FLAGCTL_PROJECT: 'other', FLAGCTL_STAGE: 'dev' } },
    );
    expect(made.code).toBe(0);
    expect(made.out).toMatch(/^fwt_[a-z2-7]{12}_[\w-]{43}\n$/);
    expect(made.err).toMatch(
      /^token "ann" of ann created: editor; projects: my-app; stages: all; expires 20\d\d-.*\nRevoke it: 'flagctl token revoke [a-z2-7]{12}'\n$/,
    );
    expect(made.err).not.toContain(made.out.trim());
    const env = { FLAGCTL_TOKEN: made.out.trim() };
    expect(JSON.parse((await server.flagctl(['whoami', '-o', 'json'], { env })).out)).toMatchObject({
      subject: 'ann',
      role: 'editor',
      projects: ['my-app'],
      stages: null,
    });
    expect(await server.flagctl(['token', 'list'], { env })).toMatchObject({ code: 5, out: '' });
    const listed = await server.flagctl(['token', 'list']);
    expect(listed.out).toMatch(
      /^NAME +ID +ROLE +PROJECTS +STAGES +LAST USED +EXPIRES\nann +[a-z2-7]{12} +editor +my-app +all +\S.* +20\d\d-/,
    );
    expect((await server.flagctl(['token', 'list', '-o', 'name'])).out).toBe('ann\nfirst-admin\n');
    const changed = await server.flagctl(['token', 'update', 'ann', '--name', 'ann-old', '--expires', 'never']);
    expect(changed.out).toMatch(/^Name: +ann-old\n[\s\S]*Expires: +never\n$/);
    expect(await server.flagctl(['token', 'revoke', 'ann-old'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('--yes'),
    });
    const terminal = { in: true, out: true, err: true, columns: 100 };
    expect(await server.flagctl(['token', 'revoke', 'ann-old'], { terminal, answers: ['n'] })).toMatchObject({
      code: 1,
      out: '',
    });
    expect(await server.flagctl(['token', 'revoke', 'ann-old', '--dry-run'])).toMatchObject({
      out: 'token/ann-old revoked (dry run)\n',
    });
    expect((await server.flagctl(['whoami'], { env })).code).toBe(0);
    expect(await server.flagctl(['token', 'revoke', made.out.trim(), '--yes'])).toEqual({
      code: 0,
      out: 'token/ann-old revoked\n',
      err: '',
    });
    expect((await server.flagctl(['whoami'], { env })).code).toBe(3);
    expect((await server.flagctl(['token', 'list', '-o', 'name'])).out).toBe('first-admin\n');
    expect((await server.flagctl(['token', 'list', '--revoked'])).out).toContain('revoked ');
  });

  it.each([
    ['my-ap', 'dev', /^Warning: there is no project "my-ap" yet\. Hint: did you mean "my-app"\?$/m],
    ['my-app', 'prodution', /^Warning: there is no stage "prodution" yet\. Hint: did you mean "production"\?$/m],
    [
      'my-app',
      'lonely',
      /^Warning: project "my-app" is not linked to stage "lonely" yet\. Hint: 'flagctl link stage lon/m,
    ],
  ])('for %s and %s is made, with a warning', async (project, stage, warning) => {
    await server.api.stages.replace('lonely', { spec: {} });
    const args = ['token', 'create', `${project}-${stage}`, '--role', 'sdk', '--project', project, '--stage', stage];
    const { code, out, err } = await server.flagctl(args);
    expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/^fwt_\S+\n$/) });
    expect(err).toMatch(warning);
    expect(err.match(/Warning/g)).toHaveLength(1);
  });

  it.each<[args: string[], code: number, message: RegExp]>([
    [['create', 'x'], 2, /expected --role/],
    [['create', 'x', '--role', 'editr'], 2, /Did you mean "editor"/],
    [['create', 'x', '--role', 'sdk', '--project', 'my-app'], 2, /one stage of one project/],
    [['create', 'x', '--role', 'viewer', '--expires', 'soon'], 2, /--expires is "soon"/],
    [['create', 'x', '--role', 'viewer', '--expires', '2020-01-01T00:00:00Z'], 2, /a time to come/],
    [['create', 'first-admin', '--role', 'viewer'], 6, /first-admin/],
    [['show', 'first-admni'], 4, /there is no token "first-admni"\n {2}Did you mean "first-admin"/],
    [['show', `fwt_k3v7q2mzp5ab_${'A'.repeat(43)}`], 4, /there is no token "k3v7q2mzp5ab"/],
    [['update', 'first-admin'], 2, /nothing is to be changed/],
    [['revoke', 'first-admin', '--yes'], 6, /./],
  ])('%j is refused', async (args, code, message) => {
    const ran = await server.flagctl(['token', ...args]);
    expect(ran).toMatchObject({ code, out: '', err: expect.stringMatching(message) });
    expect(ran.err).not.toContain('AAAA');
  });

  it.each([
    ['ENOSPC', 'no space left on device'],
    ['EPIPE', 'nobody reads the standard output'],
  ])('one that could not be shown is told of: %s', async (code, why) => {
    const name = `unseen-${code.toLowerCase()}`;
    const { err, ...rest } = await server.flagctl(['token', 'create', name, '--role', 'viewer'], {
      out: async () => {
        throw Object.assign(new Error('no space left on device'), { code, syscall: 'write' });
      },
    });
    expect(rest).toEqual({ code: 1, out: '' });
    const { out } = await server.flagctl(['token', 'show', name, '-o', 'json']);
    const { id } = JSON.parse(out);
    expect(err).toBe(`Error: token "${name}" was created, and could not be shown: ${why}
  Its id is ${id}. Nobody has seen it, so revoke it: 'flagctl token revoke ${id}'
  Then create another one
`);
  });

  it('goes from one command into the configuration', async () => {
    const { out } = await server.flagctl(['token', 'create', 'ci', '--role', 'viewer']);
    await home.flagctl(['config', 'set-credentials', 'ci', '--token-stdin'], { stdin: out });
    await home.flagctl([
      'config',
      'set-context',
      'ci',
      '--server',
      server.url,
      '--token-ref',
      'ci',
      '--project',
      'my-app',
    ]);
    expect((await home.flagctl(['whoami', '-o', 'name'])).out).toBe('ci\n');
  });
});

describe('api', () => {
  const api = (args: string[], stdin = '') => server.flagctl(['api', ...args], { stdin });

  it('sends requests as they are', async () => {
    expect(JSON.parse((await api(['GET', '/projects', '-q', 'pageSize=1'])).out)).toMatchObject({
      pageSize: 1,
      items: [{ id: 'my-app' }],
    });
    expect(JSON.parse((await api(['get', `${BASE}/projects/my-app`])).out).id).toBe('my-app');
    const body = '{"metadata":{"id":"tier"},"spec":{"type":"STRING"}}';
    expect(JSON.parse((await api(['POST', '/projects/my-app/contexts', '-d', body])).out)).toMatchObject({
      result: 'created',
    });
    const { version } = JSON.parse((await api(['GET', '/projects/my-app/contexts/tier'])).out) as { version: string };
    await writeFile(join(server.folder, 'patch.yaml'), 'spec: {description: How much they pay}\n');
    const path = '/projects/my-app/contexts/tier';
    const changed = await api(['PATCH', path, '-H', `If-Match: "${version}"`, '-d', '@patch.yaml']);
    expect(JSON.parse(changed.out)).toMatchObject({ result: 'updated', spec: { description: 'How much they pay' } });
    expect(
      await api(['PATCH', path, '-H', `If-Match: "${version}"`, '-d', '-'], '{"spec":{"description":"x"}}'),
    ).toMatchObject({ code: 6, out: '' });
    const dry = await api(['DELETE', path, '--dry-run', '-q', 'comment=a b']);
    expect(dry.out).toBe(`DELETE ${server.url}${BASE}${path}?comment=a+b\n`);
    expect((await api(['DELETE', path])).code).toBe(0);
    expect(await api(['GET', path])).toMatchObject({ code: 4, out: '' });
  });

  it('prints nothing where the answer is empty', async () => {
    const { id } = JSON.parse((await api(['POST', '/tokens', '-d', '{"name":"gone","role":"viewer"}'])).out) as {
      id: string;
    };
    expect(await api(['DELETE', `/tokens/${id}`])).toEqual({ code: 0, out: '', err: '' });
  });

  it.each<[args: string[], code: number, message: RegExp]>([
    [['FETCH', '/x'], 2, /"FETCH" is no method/],
    [['GET', 'projects'], 2, /expected one below/],
    [['GET', '//other.example/x'], 2, /expected one below/],
    [['GET', '/projects', '-q', 'pageSize'], 2, /expected as name=value/],
    [['GET', '/projects', '-H', 'a b: c'], 2, /expected as name:value/],
    [['POST', '/projects', '-d', '{"a":'], 7, /--data:1:\d+/],
    [['POST', '/projects', '-d', ''], 2, /--data holds nothing/],
    [['POST', '/projects', '-d', '@none.json'], 4, /there is no file none\.json/],
    [['GET', '/nothing'], 4, /./],
  ])('%j is refused', async (args, code, message) => {
    expect(await api(args)).toMatchObject({ code, out: '', err: expect.stringMatching(message) });
  });

  it('does not take a token elsewhere', async () => {
    const seen: unknown[] = [];
    const other = createHttpServer((request, response) => {
      seen.push(request.headers.authorization);
      response.end('{}');
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const redirecting = createHttpServer((_, response) => {
      response.writeHead(302, { location: `http://127.0.0.1:${port}/` }).end();
    });
    await new Promise<void>((resolve) => redirecting.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(redirecting.address() as AddressInfo).port}`;
    const { code } = await server.flagctl(['api', 'GET', '/projects'], { env: { FLAGCTL_SERVER: url } });
    expect({ code, seen }).toEqual({ code: 1, seen: [] });
    redirecting.close();
    other.close();
  });
});

it.each([
  [
    ['create', 'x\u001b[31m', '--role', 'viewer'],
    /^Error: token create: the name: "x\\u001b\[31m" is out of range; expected letters[^\n]+\n$/,
  ],
  [
    ['create', 'x', '--role', 'viewer', '--subject', '?'],
    /^Error: token create: --subject: "\?" is out of range; expected letters[^\n]+\n$/,
  ],
  [['create', 'x', '--role', 'viewer', '--project', 'My shop'], /^Error: token create: --project: [^\n]+\n$/],
])('token %j: what it cannot be is told once, as of the command line', async (args, err) => {
  expect(await server.flagctl(['token', ...args])).toEqual({ code: 2, out: '', err: expect.stringMatching(err) });
});
