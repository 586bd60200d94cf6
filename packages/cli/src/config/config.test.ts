import { execFile } from 'node:child_process';
import { lstat, mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { parseText } from '@flagwright/core/text';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Home, homeFolder } from '../../test/home.ts';
import { changeConfig } from './write.ts';

const TOKEN = `fwt_k3v7q2mzp5ab_${'A'.repeat(43)}`;
const VARIABLE = '$'.concat('{FLAGS_TOKEN}');

const SEED = `# ~/.config/flagctl/config
apiVersion: v1
kind: Config
current-context: prod

contexts:
- name: prod
  context:
    environment: https://abc123.apps.example.com
    token-ref: prod-token
    project: my-app        # Default project
    stage: production      # Default stage

- name: dev
  context:
    environment: https://abc123.apps.example.com
    token-ref: dev-token
    project: my-app
    stage: development

tokens:
- name: prod-token
  token: ${TOKEN}
- name: dev-token
  token: dt0s16.secret
`;

let home: Home;
beforeEach(async () => {
  home = await homeFolder();
});
afterEach(() => home.remove());

const config = (...args: string[]) => home.flagctl(['config', ...args]);
const document = async () => parseText(await home.read()).document as Record<string, unknown>;

it('the first context becomes the current one, and is kept in a file of its owner alone', async () => {
  expect(await config('set-context', 'my-context', '--project', 'my-app')).toEqual({
    code: 0,
    out: 'context "my-context" created\nswitched to context "my-context"\n',
    err: '',
  });
  expect((await config('set-context', 'my-context', '--stage', 'production')).out).toBe(
    'context "my-context" updated\n',
  );
  expect(await document()).toEqual({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'my-context',
    contexts: [{ name: 'my-context', context: { project: 'my-app', stage: 'production' } }],
  });
  expect((await stat(home.config)).mode & 0o777).toBe(0o600);
  expect((await stat(dirname(home.config))).mode & 0o777).toBe(0o700);
  expect(await readdir(dirname(home.config))).toEqual(['config']);
});

it('a context is made of the command line alone, and an empty text takes out', async () => {
  const env = { FLAGCTL_PROJECT: 'other', FLAGCTL_STAGE: 'other', FLAGCTL_SERVER: 'http://other' };
  await home.flagctl(['config', 'set-context', 'a', '--server', 'https://flags.example.com', '--stage', 'dev'], {
    env,
  });
  expect((await document()).contexts).toEqual([
    { name: 'a', context: { environment: 'https://flags.example.com', stage: 'dev' } },
  ]);
  await home.flagctl(['config', 'set-context', '--current', '--stage', '', '--project', 'p'], { env });
  expect((await document()).contexts).toEqual([
    { name: 'a', context: { environment: 'https://flags.example.com', project: 'p' } },
  ]);
  const before = await stat(home.config);
  expect((await config('set-context', 'a', '--project', 'p')).out).toBe('context "a" unchanged\n');
  expect((await stat(home.config)).ino).toBe(before.ino);
});

it('contexts are listed, chosen, renamed and deleted', async () => {
  await home.write(SEED);
  expect((await config('get-contexts')).out).toBe(
    [
      'CURRENT   NAME   SERVER                            PROJECT   STAGE',
      '*         prod   https://abc123.apps.example.com   my-app    production',
      '          dev    https://abc123.apps.example.com   my-app    development',
      '',
    ].join('\n'),
  );
  expect((await config('get-contexts', '-o', 'name')).out).toBe('prod\ndev\n');
  expect(JSON.parse((await config('get-contexts', 'dev', '-o', 'json')).out)).toEqual({
    items: [
      {
        name: 'dev',
        current: false,
        context: {
          environment: 'https://abc123.apps.example.com',
          'token-ref': 'dev-token',
          project: 'my-app',
          stage: 'development',
        },
      },
    ],
  });
  expect((await config('current-context')).out).toBe('prod\n');
  expect((await config('use-context', 'dev')).out).toBe('switched to context "dev"\n');
  expect((await config('rename-context', 'dev', 'development')).out).toBe('context "dev" renamed to "development"\n');
  expect((await config('current-context')).out).toBe('development\n');
  expect(await config('rename-context', 'development', 'prod')).toMatchObject({ code: 6, out: '' });
  expect(await config('delete-context', 'development')).toEqual({
    code: 0,
    out: 'context "development" deleted\n',
    err: expect.stringContaining('use-context'),
  });
  expect(await config('current-context')).toMatchObject({ code: 4, out: '' });
  expect(await document()).toMatchObject({ tokens: [{ name: 'prod-token' }, { name: 'dev-token' }] });
});

it('no secret is shown, but with --raw', async () => {
  await home.write(`${SEED}- name: ci\n  token: ${VARIABLE}\n- name: cmd\n  command: echo ${TOKEN}\n`);
  const { out } = await config('view');
  expect(parseText(out).document).toMatchObject({
    'current-context': 'prod',
    tokens: [
      { name: 'prod-token', token: 'fwt_k3v7***' },
      { name: 'dev-token', token: '***' },
      { name: 'ci', token: VARIABLE },
      { name: 'cmd', command: 'echo fwt_k3v7***' },
    ],
  });
  const asJson = await config('view', '-o', 'json');
  expect(JSON.parse(asJson.out)).toEqual(parseText(out).document);
  expect(JSON.parse((await config('view', '--raw', '-o', 'json')).out)).toMatchObject({
    tokens: [{ token: TOKEN }, { token: 'dt0s16.secret' }, {}, {}],
  });
});

it('what is to be run by a hint is in quotes where a shell needs them', async () => {
  await home.write('contexts: [{name: a}, {name: "a b/c"}]\n');
  expect((await config('rename-context', 'a', 'a b/c')).err).toContain(`'flagctl config delete-context "a b/c"'`);
  expect((await config('set-context', 'a', '--token-ref', 'my $t')).err).toContain("set-credentials 'my $t''");
});

it('a form of output that it has not is no matter', async () => {
  expect(await home.flagctl(['config', 'view'], { env: { FLAGCTL_OUTPUT: 'wide' } })).toMatchObject({
    code: 0,
    err: '',
  });
  expect((await home.flagctl(['config', 'view'], { env: { FLAGCTL_OUTPUT: 'json' } })).out).toMatch(/^\{/);
});

it('nothing is done in a dry run', async () => {
  expect((await home.flagctl(['config', 'set-context', 'a', '--dry-run'])).out).toBe(
    'context "a" created (dry run)\nswitched to context "a" (dry run)\n',
  );
  expect(await readdir(home.folder)).toEqual([]);
});

it('a token comes from the standard input, a question, a command, a variable or the command line', async () => {
  expect(
    await home.flagctl(['config', 'set-credentials', 'a', '--token-stdin'], { stdin: `${TOKEN}\n` }),
  ).toMatchObject({
    code: 0,
    out: 'token "a" created\n',
  });
  const terminal = { in: true, out: true, err: true, columns: 80 };
  await home.flagctl(['config', 'set-credentials', 'b'], { terminal, answers: [TOKEN] });
  const secret = await home.flagctl(['config', 'set-credentials', 'b'], {
    terminal,
    askSecret: async () => TOKEN.replaceAll('A', 'B'),
  });
  expect(secret.out).toBe('token "b" updated\n');
  await config('set-credentials', 'c', '--token-command', 'pass show flags');
  const variable = await config('set-credentials', 'd', '--token', VARIABLE);
  expect(variable.err).not.toContain('processes');
  const seen = await config('set-credentials', 'e', '--token', TOKEN);
  expect(seen.err).toContain('list of processes');
  expect(seen.err + seen.out).not.toContain('AAAA');
  expect((await document()).tokens).toEqual([
    { name: 'a', token: TOKEN },
    { name: 'b', token: TOKEN.replaceAll('A', 'B') },
    { name: 'c', command: 'pass show flags' },
    { name: 'd', token: VARIABLE },
    { name: 'e', token: TOKEN },
  ]);
  await config('set-credentials', 'e', '--token-command', 'x');
  expect((await config('delete-credentials', 'd')).out).toBe('token "d" deleted\n');
  expect((await document()).tokens).toMatchObject([{}, {}, {}, { name: 'e', command: 'x' }]);
});

it.each<[args: string[], code: number, message: RegExp]>([
  [['set-credentials', 'a'], 2, /expected --token-stdin, --token-command or --token/],
  [['set-credentials', 'a', '--token-stdin'], 3, /what was given is empty/],
  [['set-credentials', 'a', '--token', 'two words'], 3, /is no token/],
  [['set-credentials', 'a', '--token', 'x', '--token-stdin'], 2, /expected one of them/],
  [['set-credentials', '{a'], 2, /the name of the token is "\{a"/],
  [['set-context', '@a'], 2, /the name of the context is "@a"/],
  [['set-context'], 2, /expected a name, or --current/],
  [['set-context', '--current'], 4, /there is no current context/],
  [['set-context', 'a', '--server', 'flags.example.com'], 2, /--server is no address/],
  [['set-context', 'a', '--server', 'https://ann:secret@flags.example.com'], 2, /--server is no address/],
  [
    ['use-context', 'prd'],
    4,
    /there is no context "prd" in ~\/\.config\/flagctl\/config\n {2}Run 'flagctl config get-/,
  ],
  [['delete-context', 'prd'], 4, /there is no context "prd"/],
  [['rename-context', 'prd', 'x'], 4, /there is no context "prd"/],
  [['get-contexts', 'prd'], 4, /there is no context "prd"/],
  [['current-context', '--context', 'prd'], 4, /there is no context "prd"/],
  [['delete-credentials', 'a'], 4, /there is no token "a"/],
  [['current-context', '--config', 'none.yaml'], 4, /there is no configuration none\.yaml/],
  [['view', '--config', '.'], 7, /the configuration \. is no file/],
])('config %j is refused', async (args, code, message) => {
  const ran = await config(...args);
  expect(ran).toMatchObject({ code, out: '', err: expect.stringMatching(message) });
  expect(ran.err).not.toContain('secret');
});

it.each<[what: string, text: string, message: RegExp]>([
  ['a list', '- a\n', /config:1:1: \(document\) is a list; expected a map/],
  ['another version', 'apiVersion: v2\n', /config:1:13: apiVersion is not v1/],
  [
    'a number',
    'contexts:\n- name: a\n  context:\n    project: 7\n',
    /config:4:14: contexts\[0\]\.context\.project is a number; expected text\. Hint: write it in quotes/,
  ],
  ['no name', 'contexts:\n- context: {}\n', /contexts\[0\] has no name/],
  [
    'a name twice',
    'tokens:\n- name: a\n- name: a\n',
    /config:3:9: tokens\[1\]\.name is "a", as that of tokens\[0\] is/,
  ],
  [
    'a token as a list',
    'tokens:\n- name: a\n  token: [hunter2secret]\n',
    /tokens\[0\]\.token is a list; expected text/,
  ],
  ['two ways', 'tokens:\n- name: a\n  token: x\n  command: y\n', /expected one of them/],
  ['tabs', `tokens:\n\t- ${TOKEN}\n`, /config:2:1/],
  ['a quote that is open', `tokens:\n- name: a\n  token: "${TOKEN}\n`, /config:\d+:\d+/],
  ['an alias', 'tokens:\n- name: a\n  token: *hunter2x\n', /config:3:\d+: unidentified alias "…"/],
  ['a tag', 'tokens:\n- name: a\n  token: !hunter2x y\n', /config:3:\d+: /],
  ['JSON without quotes', '{"tokens": [{"name": "a", "token": hunter2x}}', /config:1:\d+: /],
  [
    'a member twice',
    'current-context: a\ncurrent-context: b\n',
    /config:2:1: the key "current-context" is there twice/,
  ],
  ['a token for a key', `tokens:\n- ${TOKEN}: 1\n  ${TOKEN}: 2\n`, /config:3:3/],
])('a file with %s is told with its place, and without what is secret', async (_, text, message) => {
  await home.write(text);
  const { code, out, err } = await config('view');
  expect({ code, out }).toEqual({ code: 7, out: '' });
  expect(err).toMatch(message);
  expect(err).toContain('Error: ~/.config/flagctl/config:');
  expect(err).not.toMatch(/AAAA|hunter2/);
});

it('what means nothing is warned of, and kept', async () => {
  await home.write('extra: 1\ncontexts:\n- name: a\n  context:\n    projekt: x\n  more: [1]\n__proto__: {a: 1}\n');
  const { code, err } = await config('set-context', 'a', '--project', 'p');
  expect(code).toBe(0);
  expect(err).toContain('config:1:8: extra means nothing here\n');
  expect(err).toContain('contexts[0].context.projekt means nothing here. Hint: did you mean project?\n');
  const text = await home.read();
  expect(text).toContain('extra: 1');
  expect(text).toContain('more:');
  expect(text).toContain('projekt: x');
  expect(text).toContain('__proto__:');
});

it('tokens that others can read are warned of once', async () => {
  await home.write(SEED, 0o644);
  const { err } = await config('view');
  expect(err.match(/others can read ~\/\.config\/flagctl\/config, which holds tokens/g)).toHaveLength(1);
  await home.write(SEED.replace(TOKEN, VARIABLE).replace('token: dt0s16.secret', 'command: x'), 0o644);
  expect((await config('view')).err).toBe('');
});

it('an empty file is an empty configuration', async () => {
  await home.write('\n# nothing yet\n');
  expect(await config('view')).toMatchObject({ code: 0, err: '' });
  expect((await config('set-context', 'a')).code).toBe(0);
});

it('a configuration in JSON stays JSON', async () => {
  const file = join(home.folder, 'flags.json');
  await config('set-context', 'a', '--config', file);
  expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ contexts: [{ name: 'a', context: {} }] });
  expect((await config('get-contexts', '-o', 'name', '--config', 'flags.json')).out).toBe('a\n');
});

it.each([
  ['--config', ['--config', 'c1'], { FLAGCTL_CONFIG: 'c2', XDG_CONFIG_HOME: '/xdg' }, 'c1'],
  ['FLAGCTL_CONFIG', [], { FLAGCTL_CONFIG: 'c2', XDG_CONFIG_HOME: '/xdg' }, 'c2'],
  ['XDG_CONFIG_HOME', [], { XDG_CONFIG_HOME: '/xdg' }, '/xdg/flagctl/config'],
  ['home', [], { XDG_CONFIG_HOME: 'relative' }, '.config/flagctl/config'],
])('the file is found by %s', async (_, args, env, path) => {
  const { out } = await home.flagctl(['config', 'path', ...args], { env });
  expect(out).toBe(`${path.startsWith('/') ? path : join(home.folder, path)}\n`);
});

it('a symbolic link stays one, also where it leads nowhere yet', async () => {
  const real = join(home.folder, 'dotfiles/flagctl');
  await mkdir(dirname(home.config), { recursive: true });
  await symlink('../../dotfiles/flagctl', home.config);
  await config('set-context', 'a');
  await config('set-context', 'b');
  expect((await lstat(home.config)).isSymbolicLink()).toBe(true);
  expect((await lstat(real)).isFile()).toBe(true);
  expect((await config('get-contexts', '-o', 'name')).out).toBe('a\nb\n');
});

it('writers at the same time lose nothing of each other', async () => {
  const names = Array.from({ length: 20 }, (_, i) => `c${i}`);
  const codes = await Promise.all(names.map(async (name) => (await config('set-context', name)).code));
  expect(new Set(codes)).toEqual(new Set([0]));
  const listed = (await config('get-contexts', '-o', 'name')).out.trim().split('\n');
  expect(listed.sort()).toEqual([...names].sort());
  expect(await readdir(dirname(home.config))).toEqual(['config']);
});

it('the lock of a process that has died is broken, that of another is waited for', async () => {
  const place = { path: home.config, shown: 'c', named: false };
  const lock = `${home.config}.lock`;
  await home.write('{}');
  await writeFile(lock, '1 other');
  const world = { env: {}, err: () => undefined } as never;
  const write = (patience: number) => changeConfig(world, place, () => ({ contexts: [] }), { patience, stale: 60_000 });
  await expect(write(50)).rejects.toThrow('another command is changing c');
  expect(await readFile(lock, 'utf8')).toBe('1 other');
  const hourAgo = Date.now() / 1_000 - 3_600;
  await utimes(lock, hourAgo, hourAgo);
  expect(await write(5_000)).toBe(true);
  expect(await readdir(dirname(home.config))).toEqual(['config']);
});

it('a file that cannot be written is told, and nothing is left', async () => {
  await writeFile(join(home.folder, 'file'), '');
  const { code, err } = await config('set-context', 'a', '--config', 'file/config');
  expect({ code, err }).toMatchObject({
    code: 1,
    err: expect.stringMatching(/file\/config cannot be (written|read) \(\w+\)/),
  });
});

it('a file that is too large is none', async () => {
  await home.write(`# ${'x'.repeat(2 ** 20)}\n`);
  expect(await config('view')).toMatchObject({ code: 7, err: expect.stringContaining('more than 1048576 bytes') });
});

it('a fifo is not waited for', async () => {
  await promisify(execFile)('mkfifo', [join(home.folder, 'pipe')]);
  expect(await config('view', '--config', 'pipe')).toMatchObject({
    code: 7,
    err: expect.stringContaining('is no file'),
  });
});
