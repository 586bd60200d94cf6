import { createHash } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Home, homeFolder } from '../../test/home.ts';
import { type Served, seedProject, served } from '../../test/server.ts';
import type { Surroundings } from '../../test/world.ts';
import { ENTRIES } from '../grammar/catalog.ts';
import { GLOBAL_OPTIONS } from '../grammar/global-options.ts';
import { NOUNS } from '../nouns/noun.ts';
import { unquoted } from './quoted.ts';

let server: Served;
let home: Home;
beforeAll(async () => {
  server = await served();
  await seedProject(server.api, 'my-app');
  await server.api.projects.create({ metadata: { id: 'mobile-app' }, spec: {} });
  await server.api.links('mobile-app').replace('dev', { spec: {} });
  await server.api.contexts('my-app').create({ metadata: { id: 'user-tier' }, spec: { type: 'STRING' } });
  const items = Array.from({ length: 250 }, (_, i) => ({
    kind: 'FeatureFlag',
    metadata: { id: `f-${String(i).padStart(3, '0')}`, project: 'mobile-app' },
    spec: { type: 'BOOLEAN' },
  }));
  await server.api.ask('POST', '/apply', { body: { items } });
});
afterAll(() => server.close());

beforeEach(async () => {
  home = await homeFolder();
  await home.write(
    `current-context: prod\ncontexts:\n- name: prod\n  context: {environment: "${server.url}", token-ref: t, project: my-app}\n- name: my other\ntokens: [{name: t, token: ${server.token}}]\n`,
  );
  return () => home.remove();
});

/** What is offered for the last word, without what it is. */
async function offered(words: readonly string[], surroundings: Surroundings = {}): Promise<readonly string[]> {
  const { code, out, err } = await home.flagctl(['__complete', '--', ...words], surroundings);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out === ''
    ? []
    : out
        .replace(/\n$/, '')
        .split('\n')
        .map((line) => line.replace(/(?<=.)\t.*/, ''));
}

describe('what is in the catalog', () => {
  it('all commands, with what they are', async () => {
    const { out } = await home.flagctl(['__complete', '--', '']);
    expect(out.trim().split('\n')).toEqual([
      ...ENTRIES.map(({ name, summary }) => `${name}\t${summary}`),
      'help\ttell more of a command',
    ]);
  });

  it.each<[words: string[], offers: string[]]>([
    [['desc'], ['describe']],
    [['--v'], ['--version']],
    [['nothing', ''], []],
    [['config', 'use'], ['use-context']],
    [['config', '-'], ['--help']],
    [['config', 'nothing', ''], []],
    [['help', 'val'], ['validate']],
    [['help', 'config', 'cur'], ['current-context']],
    [['help', 'get', ''], []],
    [
      ['get', 'ff'],
      ['ff', 'ffs'],
    ],
    [
      ['get', 'pro'],
      ['project', 'projects', 'proj', 'project-stage', 'project-stages'],
    ],
    [['get', 'ff', '--pl'], ['--plain']],
    [['get', 'ff', '--plain', '--pl'], []],
    [['get', 'ff', '-o', 'j'], ['json']],
    [['get', 'ff', '--output=y'], ['--output=yaml']],
    [['get', 'ff', '-oj'], ['-ojson']],
    [['get', 'ff', '-o'], ['-o']],
    [['get', 'ff', '--unknown', '--outp'], ['--output']],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [['token', 'create', 'x', '--role', 'e'], ['editor']],
    [['get', 'ff', '-o=j'], ['-o=json']],
    [['lint', '--disable', 'shadowed'], ['shadowed-rule']],
    [['lint', '--enable', 'no-owner,shadowed'], ['no-owner,shadowed-rule']],
    [['lint', '--severity=shadowed'], ['--severity=shadowed-rule=']],
    [['lint', '--severity', 'no-owner=w'], ['no-owner=warning']],
    [['apply', '-f', ''], ['\tfiles']],
    [['apply', '--filename=a'], ['\tfiles']],
    [['get', '--config', ''], ['\tfiles']],
  ])('%j offers %j', async (words, offers) => {
    expect(await offered(words)).toEqual(offers);
  });

  it.each([
    [['apply', '-f', 'a b'], '\tfiles\t\ta b\n'],
    [['apply', '-fa'], '\tfiles\t-f\ta\n'],
    [['apply', '-f=a'], '\tfiles\t-f=\ta\n'],
    [['apply', '--filename=a=b'], '\tfiles\t--filename=\ta=b\n'],
    [['apply', '-f', 'a\nb'], '\tfiles\n'],
    [['apply', '-fa\tb'], ''],
  ])('%j says where the name of a file begins: %j', async (words, text) => {
    expect((await home.flagctl(['__complete', '--', ...words])).out).toBe(text);
  });

  it('resources have their other names only where one is begun', async () => {
    expect([...(await offered(['get', '']))].sort()).toEqual(NOUNS.map(({ name }) => name).sort());
  });

  it('of options those that were not given, or may be repeated, and go with the resource', async () => {
    const all = await offered(['token', 'create', 'x', '--role', 'sdk', '--project', 'my-app', '--']);
    expect(all).not.toContain('--role');
    expect(all).toContain('--project');
    expect(all).toEqual(expect.arrayContaining(GLOBAL_OPTIONS.map(({ name }) => `--${name}`)));
    expect(await offered(['version', ''])).toContain('--output');
    expect(await offered(['version', '--', ''])).toEqual([]);
  });
});

describe('what is in files', () => {
  beforeEach(async () => {
    await writeFile(
      join(home.folder, 'f.yaml'),
      'flags:\n  a: {rules: [{id: staff}, {id: beta}, {}]}\n  b: {rules: [{id: other}]}\n',
    );
    await writeFile(join(home.folder, 'm.yaml'), 'kind: FeatureFlag\nmetadata: {id: c}\n---\nkind: Project\n');
    await writeFile(join(home.folder, 'bad.yaml'), 'flags: [\n');
  });

  it.each<[words: string[], offers: string[]]>([
    [
      ['exec', 'ff', '-f', 'f.yaml', ''],
      ['a', 'b'],
    ],
    [['exec', 'ff', '-f', 'f.yaml', '-f', 'm.yaml', 'c'], ['c']],
    [
      ['rollout', 'simulate', '-f', 'f.yaml', ''],
      ['a', 'b'],
    ],
    [
      ['rollout', 'simulate', 'a', '-f', 'f.yaml', '--rule', ''],
      ['staff', 'beta'],
    ],
    [['rollout', 'simulate', 'a', '-f', 'f.yaml', '--rule=s'], ['--rule=staff']],
    [
      ['exec', 'ff', '-f', '~/f.yaml', ''],
      ['a', 'b'],
    ],
    [['exec', 'ff', '-f', '$FOLDER/m.yaml', ''], ['c']],
    [['exec', 'ff', '-f', '$' + '{FOLDER}/m.yaml', ''], ['c']],
    [['exec', 'ff', '-f', '$MANIFEST', ''], ['c']],
    [['exec', 'ff', '-f', '$FOLDERS/m.yaml', ''], []],
    [['exec', 'ff', '-f', '$constructor', ''], []],
    [['exec', 'ff', '-f', 'bad.yaml', ''], []],
    [['exec', 'ff', '-f', 'none.yaml', ''], []],
    [['exec', 'ff', '-f', '-', ''], []],
  ])('%j offers %j', async (words, offers) => {
    const input = async (): Promise<string> => Promise.reject(new Error('the standard input is not for this'));
    // the home folder is not where it works
    const cwd = words.some((word) => /^[~$]/.test(word)) ? '/' : home.folder;
    const env = { FOLDER: home.folder, MANIFEST: `${home.folder}/m.yaml` };
    expect(await offered(words, { input, cwd, env })).toEqual(offers);
  });
});

describe('what is on the server', () => {
  it.each<[words: string[], offers: string[]]>([
    [
      ['get', 'ff', '--project', ''],
      ['mobile-app', 'my-app'],
    ],
    [['get', 'ff', '--project=mo'], ['--project=mobile-app']],
    [
      ['get', 'ffs', '--project', 'my-app', '--stage', ''],
      ['dev', 'production', 'staging'],
    ],
    [['get', 'ffs', '--project=mobile-app', '--stage', ''], ['dev']],
    [['get', 'ff', ''], ['new-checkout']],
    [['get', 'ff', 'x'], []],
    [['describe', 'ctx', ''], ['user-tier']],
    [['get', 'projects', 'my'], ['my-app']],
    [
      ['describe', 'stages', ''],
      ['dev', 'production', 'staging'],
    ],
    [['exec', 'ff', ''], ['new-checkout']],
    [
      ['patch', 'ffs', 'new-checkout', '--default-variant', ''],
      ['on', 'off'],
    ],
    [
      ['get', 'ff', '--context', ''],
      ['prod', 'my other'],
    ],
    [['config', 'use-context', 'm'], ['my other']],
    [
      ['get', 'ff', '--project', 'mobile-app', 'f-24'],
      ['f-240', 'f-241', 'f-242', 'f-243', 'f-244', 'f-245', 'f-246', 'f-247', 'f-248', 'f-249'],
    ],
  ])('%j offers %j', async (words, offers) => {
    expect([...(await offered(words))].sort()).toEqual([...offers].sort());
  });

  it('names are not more than 200', async () => {
    expect(await offered(['get', 'ff', '--project', 'mobile-app', ''])).toHaveLength(200);
  });

  it('change requests by their ids', async () => {
    const { id } = await server.api.changeRequests.create({
      spec: { projectId: 'my-app', featureFlagId: 'new-checkout', stageId: 'dev', enabled: true } as never,
    });
    const asking = ['describe cr', 'approve', 'approve cr', 'reject', 'close cr', 'apply cr'];
    for (const words of asking) expect(await offered([...words.split(' '), '']), words).toContain(id);
    expect(await offered(['delete', 'cr', id, ''])).not.toContain(id);
  });

  it('further ids, without those that are there', async () => {
    const others = await offered(['get', 'ff', 'f-240', '--project', 'mobile-app', 'f-24']);
    expect(others).toContain('f-241');
    expect(others).not.toContain('f-240');
  });

  it('names are kept for 10 s in a file of its owner, which knows no token', async () => {
    let asked = 0;
    const counted: typeof fetch = (...args) => {
      asked++;
      return fetch(...args);
    };
    const at = 1_800_000_000_000;
    const words = ['get', 'ff', '--project', ''];
    const ask = (now: number) => offered(words, { fetch: counted, now: () => now });
    await ask(at);
    expect(await ask(at + 9_000)).toEqual(['mobile-app', 'my-app']);
    expect(asked).toBe(1);
    await ask(at + 11_000);
    expect(asked).toBe(2);
    await offered(words, { fetch: counted, now: () => at + 11_000, env: { FLAGCTL_SERVER: `${server.url}/` } });
    expect(asked).toBe(3);
    const folder = join(home.folder, '.cache/flagctl');
    const hash = createHash('sha256')
      .update(JSON.stringify([server.url, 'prod']))
      .digest('hex')
      .slice(0, 32);
    expect(await readdir(folder)).toContain(`names-${hash}.json`);
    const file = join(folder, `names-${hash}.json`);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    const text = await readFile(file, 'utf8');
    expect(text).toContain('my-app');
    expect(text).not.toContain('fwt_');
    await writeFile(file, '{"/projects": {"at": "x"}, "__proto__": [');
    expect(await ask(at + 12_000)).toEqual(['mobile-app', 'my-app']);
  });

  it('XDG_CACHE_HOME is where they are kept', async () => {
    await offered(['get', 'ff', '--project', ''], { env: { XDG_CACHE_HOME: join(home.folder, 'xdg') } });
    expect(await readdir(join(home.folder, 'xdg/flagctl'))).toHaveLength(1);
  });

  it.each<[what: string, env: Record<string, string>]>([
    ['no server', { FLAGCTL_SERVER: 'http://127.0.0.1:1' }],
    ['no address', { FLAGCTL_SERVER: 'nothing' }],
    ['a bad token', { FLAGCTL_TOKEN: 'bad' }],
    ['no configuration', { FLAGCTL_CONFIG: 'none' }],
    ['no such context', { FLAGCTL_CONTEXT: 'none' }],
  ])('with %s there is nothing, and nothing is said', async (_, env) => {
    expect(await offered(['get', 'ff', '--project', ''], { env })).toEqual([]);
  });

  it('a server that says nothing is not waited for', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { readonly port: number };
    expect(
      await offered(['get', 'ff', '--project', ''], { env: { FLAGCTL_SERVER: `http://127.0.0.1:${port}` } }),
    ).toEqual([]);
    silent.close();
  });

  it('names that would do something on a command line are not offered', async () => {
    const items = ['fine', '$(touch x)', 'a b', 'a\nb', '-rf', '\u001b[31m', 7].map((id) => ({ id }));
    const answering = async (): Promise<Response> => Response.json({ items });
    expect(await offered(['get', 'ff', '--project', ''], { fetch: answering as never })).toEqual(['fine']);
  });

  it('a configuration that is broken is nothing to say here', async () => {
    await home.write('contexts: 7\n', 0o644);
    expect(await offered(['get', 'ff', '--project', ''])).toEqual([]);
    expect(await offered(['config', 'use-context', ''])).toEqual([]);
    expect(await offered(['get', 'ff', '--pl'])).toEqual(['--plain']);
  });
});

it.each([
  ['plain', 'plain'],
  ['my\\ app', 'my app'],
  ['"my app', 'my app'],
  ["'my \\ app'", 'my \\ app'],
  ['--a="b c"d', '--a=b cd'],
  ['"a\\"b\\c"', 'a"b\\c'],
  ['a\\', 'a\\'],
])('%s is %s without quotes', (word, text) => {
  expect(unquoted(word)).toBe(text);
});
