import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Served, seedProject, served } from '../../test/server.ts';

let server: Served;

const HEAD = 'apiVersion: feature-flag/v0.3\n';
const definition = (spec: string): string =>
  `${HEAD}kind: FeatureFlagStage\nmetadata: { featureFlagId: new-checkout, project: shop, stage: dev }\nspec: ${spec}\n`;
const write = (name: string, text: string): Promise<void> => writeFile(join(server.folder, name), text);

beforeAll(async () => {
  server = await served();
  await seedProject(server.api, 'shop');
  await server.api.stageDefinitions('shop', 'dev').replace('new-checkout', {
    spec: {
      enabled: true,
      defaultVariant: 'off',
      targeting: { if: [{ '==': [{ var: 'tier' }, 'premium'] }, 'on', null] },
    },
  });
  await write(
    'same.yaml',
    definition(
      '{ defaultVariant: off, enabled: true, targeting: \'{"if": [{"==": [{"var": "tier"}, "premium"]}, "on", null]}\' }',
    ),
  );
  await write('other.yaml', definition('{ enabled: true, defaultVariant: on }'));
  await write('bad.yaml', definition('{ enabled: true, defaultVariant: onn }'));
  await write(
    'a.yaml',
    'flags:\n  f: { type: boolean, default: false }\n  gone: { default: 1 }\nsegments:\n  s: { included: [a] }\n',
  );
  await write(
    'b.yaml',
    'flags:\n- { key: f, type: boolean, default: true }\nsegments:\n  s: { included: [a] }\nmetadata: { owner: me }\n',
  );
});

afterAll(() => server.close());

const diff = (...args: readonly string[]) => server.flagctl(['diff', ...args]);

it('is silent about what is the same, however it is written', async () => {
  expect(await diff('-f', 'same.yaml')).toEqual({ code: 0, out: '', err: '' });
});

it('shows what apply would change, and for whom, and changes nothing', async () => {
  expect(await diff('-f', 'other.yaml', '--effect')).toEqual({
    code: 1,
    out: `--- server: feature-flag-stage/new-checkout in dev
+++ other.yaml:1:1: feature-flag-stage/new-checkout in dev
@@ -6,6 +6,4 @@
   stage: dev
 spec:
   enabled: true
-  defaultVariant: 'off'
-  targeting: |
-    { "if": [{ "==": [{ "var": "tier" }, "premium"] }, "on", null] }
+  defaultVariant: 'on'
new-checkout in dev:
  the default changes from off to on
  where tier is not "premium": 100 % move from off to on
  nobody else is affected
`,
    err: '',
  });
  expect((await server.api.stageDefinitions('shop', 'dev').get('new-checkout')).spec).toMatchObject({
    defaultVariant: 'off',
  });
});

it('tells of stages that a change of the flag itself moves', async () => {
  await write(
    'flag.yaml',
    `${HEAD}kind: FeatureFlag\nmetadata: { id: new-checkout, project: shop }\nspec: { type: BOOLEAN, variants: { on: true, off: false }, enabled: true, defaultVariant: on }\n`,
  );
  const { code, out } = await diff('-f', 'flag.yaml', '--effect');
  expect(code).toBe(1);
  expect(out.slice(out.indexOf('new-checkout in'))).toBe(`new-checkout in production:
  the flag is enabled
  the default changes from the caller's default to on
  everybody: 100 % move from the caller's default to on
new-checkout in staging:
  the flag is enabled
  the default changes from the caller's default to on
  everybody: 100 % move from the caller's default to on
`);
});

it('tells of a stage that files link, which serves all flags from then on', async () => {
  const { api } = server;
  await api.stages.create({ metadata: { id: 'canary' }, spec: {} });
  const link = `${HEAD}kind: ProjectStage\nmetadata: { stage: canary, project: shop }\nspec: {}\n`;
  await write('link.yaml', link);
  const served = `${definition('{ enabled: true, defaultVariant: on }').replace('dev', 'canary')}---\n${link}`;
  await write('served.yaml', served);
  const effectOf = async (file: string) => {
    const { code, out } = await diff('-f', file, '--effect');
    expect(code).toBe(1);
    return out.slice(out.indexOf('new-checkout in canary:'));
  };
  const created =
    "the flag is created\n  everybody: 100 % move from the caller's default with the error FLAG_NOT_FOUND to";
  expect(await effectOf('link.yaml')).toBe(`new-checkout in canary:\n  ${created} the caller's default\n`);
  expect(await effectOf('served.yaml')).toBe(`new-checkout in canary:\n  ${created} on\n`);
  await api.stages.delete('canary');
});

it('tells of flags of the server that depend on what files change', async () => {
  const { api } = server;
  await api.contexts('shop').create({ metadata: { id: 'app' }, spec: { type: 'STRING' } });
  await api
    .flags('shop')
    .create({ metadata: { id: 'needy' }, spec: { type: 'BOOLEAN', variants: { on: true, off: false } } });
  const needs = { prerequisites: [{ key: 'new-checkout', variation: 'off' }], enabled: true, defaultVariant: 'off' };
  await api.stageDefinitions('shop', 'dev').replace('needy', {
    spec: { ...needs, targeting: { if: [{ '>=': [{ var: 'app' }, '2.5.0'] }, 'on', 'off'] } },
  });
  const { out } = await diff('-f', 'other.yaml', '--effect');
  expect(out).toContain(`needy in dev:
  prerequisite "new-checkout" differs: who moves cannot be told exactly
`);
  await write('app.yaml', `${HEAD}kind: Context\nmetadata: { id: app, project: shop }\nspec: { type: VERSION }\n`);
  const typed = await diff('-f', 'app.yaml', '--effect');
  expect(typed.code).toBe(1);
  expect(typed.out).toContain(`needy in dev:
  the type of attribute "app" changes from string to version: who moves cannot be told exactly
`);
  const stages = await diff('ff', 'needy', '--stages', 'dev,staging', '--project', 'shop', '--effect');
  expect(stages.out).toContain('needy:\n  the flag is disabled\n');
  expect(stages.out).not.toContain('\nnew-checkout:\n');
  await api.stageDefinitions('shop', 'dev').delete('needy');
  await api.flags('shop').delete('needy');
});

it('shows all of what is new', async () => {
  await write('new.yaml', `${HEAD}kind: Project\nmetadata: { id: new }\nspec: {}\n`);
  expect(await diff('-f', 'new.yaml')).toMatchObject({
    code: 1,
    out: expect.stringContaining('@@ -0,0 +1,6 @@\n+apiVersion: feature-flag/v0.3\n'),
  });
});

it('tells what the server would refuse', async () => {
  const { code, out, err } = await diff('-f', 'bad.yaml', '-f', 'new.yaml', '-o', 'name');
  expect({ code, out }).toEqual({ code: 7, out: 'project/new\n' });
  expect(err).toContain('Error: bad.yaml:4:40: stage definition of feature flag "new-checkout"');
});

it('compares what is protected, as far as it can be read', async () => {
  await server.api.links('shop').patch('production', { spec: { requireChangeRequest: true } });
  await write('protected.yaml', definition('{ enabled: true, defaultVariant: on }').replace('dev', 'production'));
  const { code, out, err } = await diff('-f', 'protected.yaml', '--effect');
  expect({ code, err }).toEqual({
    code: 1,
    err: 'Warning: protected.yaml:1:1: stage "production" takes changes of flag "new-checkout" by change request only; compared without the checks of the server\n',
  });
  expect(out).toMatch(/^--- server: feature-flag-stage\/new-checkout in production\n/);
  expect(out).toMatch(/\nnew-checkout in production:\n {2}the flag is enabled\n/);
});

it('a boolean that stands for a variant is the one that the server has', async () => {
  const { out } = await server.flagctl(['token', 'create', 'looks', '--role', 'viewer']);
  const spec = '{ enabled: true, defaultVariant: true, offVariant: false }';
  await write('booleans.yaml', definition(spec));
  const named = { enabled: true, defaultVariant: 'on', offVariant: 'off' };
  const definitions = server.api.stageDefinitions('shop', 'dev');
  const { spec: before } = await definitions.get('new-checkout');
  await definitions.replace('new-checkout', { spec: named });
  expect(await diff('-f', 'booleans.yaml')).toMatchObject({ code: 0, out: '' });
  const viewer = await server.flagctl(['diff', '-f', 'booleans.yaml'], { env: { FLAGCTL_TOKEN: out.trim() } });
  expect(viewer).toMatchObject({ code: 0, out: '' });
  await definitions.replace('new-checkout', { spec: before });
});

it('compares flag documents, flag by flag, without a server', async () => {
  expect(await diff('-f', 'a.yaml', '--with', 'b.yaml', '--effect', '--server', 'http://127.0.0.1:9')).toEqual({
    code: 1,
    out: `--- a.yaml: flags.f
+++ b.yaml: flags.f
@@ -1,4 +1,4 @@
 flags:
   f:
     type: boolean
-    default: false
+    default: true
--- a.yaml: flags.gone
+++ b.yaml: flags.gone
@@ -1,3 +0,0 @@
-flags:
-  gone:
-    default: 1
--- a.yaml: document
+++ b.yaml: document
@@ -0,0 +1,2 @@
+metadata:
+  owner: me
f:
  the default changes from off to on
  while the flag is off, on is served and no longer off
  everybody: 100 % move from off to on
gone:
  the flag is removed
  everybody: 100 % move from the value 1 to the caller's default with the error FLAG_NOT_FOUND
`,
    err: '',
  });
  expect(await diff('-f', 'a.yaml', '--with', 'a.yaml')).toEqual({ code: 0, out: '', err: '' });
});

it('compares manifests with manifests by what they are of', async () => {
  const { out: exported } = await server.flagctl([
    'get',
    'ffs',
    'new-checkout',
    '--project',
    'shop',
    '--stage',
    'dev',
    '-o',
    'yaml',
  ]);
  await write('exported.yaml', exported);
  expect(await diff('-f', 'exported.yaml', '--with', 'same.yaml')).toEqual({ code: 0, out: '', err: '' });
  const { code, out } = await diff('-f', 'exported.yaml', '--with', 'other.yaml', '-o', 'json');
  expect(code).toBe(1);
  expect(JSON.parse(out)).toMatchObject({
    items: [
      {
        name: 'feature-flag-stage/new-checkout in dev',
        before: { spec: { defaultVariant: 'off' } },
        after: { spec: { defaultVariant: 'on' } },
      },
    ],
  });
});

it('compares stages', async () => {
  const expected = `--- production: feature-flag/new-checkout
+++ dev: feature-flag/new-checkout
`;
  for (const args of [['ff', 'new-checkout'], []]) {
    const { code, out, err } = await diff(...args, '--stages', 'production,dev', '--project', 'shop', '--effect');
    expect({ code, err }).toEqual({ code: 1, err: '' });
    expect(out.slice(0, expected.length)).toBe(expected);
    expect(out).toContain(`new-checkout:
  the flag is enabled
`);
  }
  expect(await diff('--stages', 'production,staging', '--project', 'shop')).toEqual({ code: 0, out: '', err: '' });
});

it('colours the lines on a terminal', async () => {
  const { out } = await server.flagctl(['diff', '-f', 'other.yaml'], {
    terminal: { in: true, out: true, err: true, columns: 80 },
  });
  expect(out).toContain("\u001b[31m-  defaultVariant: 'off'\u001b[39m\n");
  expect(out).toContain("\u001b[32m+  defaultVariant: 'on'\u001b[39m\n");
});

it.each([
  [[], 2, 'diff: what? Say -f <file>, or --stages dev,production'],
  [['a.yaml'], 2, 'diff takes files; it has "a.yaml"'],
  [['--stages', 'dev', '--project', 'shop'], 2, '--stages is "dev"; expected two, as dev,production'],
  [['--stages', 'dev,x', '-f', 'a.yaml'], 2, '--stages compares stages of the server, and takes no files'],
  [['ffs', 'x', '--stages', 'dev,x'], 2, 'diff --stages compares feature flags; it has "ffs x"'],
  [
    ['ff', 'none', '--stages', 'dev,staging', '--project', 'shop'],
    4,
    'feature flag "none" not found in project "shop"',
  ],
  [['-f', 'none.yaml'], 4, 'there is no file none.yaml'],
])('fails for %j by another code than 1', async (args, code, message) => {
  const ran = await diff(...args);
  expect(ran.code).toBe(code);
  expect(ran.err.split('\n')[0]).toBe(`Error: ${message}`);
});

it('does not say 1 where there is no server', async () => {
  const { code, err } = await server.flagctl(['diff', '-f', 'other.yaml'], {
    fetch: () => Promise.reject(new TypeError('fetch failed')),
  });
  expect(code).toBe(2);
  expect(err).toMatch(/^Error: /);
});

it('compares with what can be read where the token may not write', async () => {
  const { out } = await server.flagctl(['token', 'create', 'reader', '--role', 'viewer']);
  const as = { env: { FLAGCTL_TOKEN: out.trim() } };
  const warning = (why: string): string => `Warning: ${why}; compared without the checks of the server\n`;
  const may = warning('the role viewer may not write');
  expect(await server.flagctl(['diff', '-f', 'same.yaml'], as)).toEqual({ code: 0, out: '', err: may });
  const { out: exported } = await server.flagctl(['export', '--project', 'shop', '--include-stages']);
  expect(await server.flagctl(['diff', '-f', '-'], { ...as, stdin: exported })).toEqual({ code: 0, out: '', err: may });
  const other = await server.flagctl(['diff', '-f', 'other.yaml'], as);
  expect({ code: other.code, err: other.err }).toEqual({ code: 1, err: may });
  expect(other.out).toBe((await diff('-f', 'other.yaml')).out);
});

it('reads the standard input once', async () => {
  const ran = await server.flagctl(['diff', '-f', '-', '--with', '-'], { stdin: definition('{ enabled: true }') });
  expect(ran).toMatchObject({ code: 2, out: '' });
});

it('compares flag documents whose texts look like templates, and manifests by --set', async () => {
  const text = (name: string): string =>
    `flags:\n  t: { type: string, variants: { a: "Hi {{ .name | default \\"you\\" }}", b: "${name}" }, defaultVariant: a }\n`;
  await write('t1.yaml', text('x'));
  await write('t2.yaml', text('{{ .x }}'));
  const { code, out } = await server.flagctl(['diff', '-f', 't1.yaml', '--with', 't2.yaml']);
  expect(code).toBe(1);
  expect(out.match(/^[-+] .*$/gm)).toEqual(['-      b: x', '+      b: "{\\x7b .x }}"']);
  expect((await server.flagctl(['diff', '-f', 't1.yaml', '--with', 't2.yaml', '--set', 'x=x'])).code).toBe(0);
});

it('names what differs as get and apply do', async () => {
  const { out } = await server.flagctl(['diff', '-f', 'other.yaml', '-o', 'name']);
  expect(out).toBe('feature-flag-stage/new-checkout\n');
});
