import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Served, seedProject, served } from '../../test/server.ts';
import type { Ran, Surroundings } from '../../test/world.ts';

let server: Served;

beforeAll(async () => {
  server = await served();
  await seedProject(server.api, 'shop');
});

afterAll(() => server.close());

const HEAD = 'apiVersion: feature-flag/v0.3\n';
const project = (id: string): string => `${HEAD}kind: Project\nmetadata: { id: ${id} }\nspec: { name: ${id} }\n`;
const link = (of: string, stage: string): string =>
  `${HEAD}kind: ProjectStage\nmetadata: { project: ${of}, stage: ${stage} }\nspec: {}\n`;
const flag = (of: string, id: string, more = ''): string =>
  `${HEAD}kind: FeatureFlag\nmetadata: { id: ${id}, project: ${of} }\nspec: { type: BOOLEAN${more} }\n`;
const definition = (of: string, id: string, spec: string, stage = 'dev'): string =>
  `${HEAD}kind: FeatureFlagStage\nmetadata: { featureFlagId: ${id}, project: ${of}, stage: ${stage} }\nspec: ${spec}\n`;

const apply = (stdin: string, ...args: readonly string[]): Promise<Ran> =>
  server.flagctl(['apply', '-f', '-', ...args], { stdin });

it('makes what is needed first, tells it in the order of the file, and changes nothing the second time', async () => {
  const text = [
    definition('one', 'f', '{ enabled: true, defaultVariant: on }'),
    flag('one', 'f'),
    link('one', 'dev'),
    project('one'),
  ].join('---\n');
  const lines = (result: string): string =>
    `feature-flag-stage/f in dev ${result}\nfeature-flag/f ${result}\nproject-stage/dev of one ${result}\nproject/one ${result}\n4 ${result}\n`;
  expect(await apply(text)).toEqual({ code: 0, out: lines('created'), err: '' });
  expect(await apply(text)).toEqual({ code: 0, out: lines('unchanged'), err: '' });
});

it('applies what get prints', async () => {
  const { out } = await server.flagctl(['get', 'ff', '--project', 'shop', '-o', 'yaml']);
  expect(await apply(out)).toEqual({ code: 0, out: 'feature-flag/new-checkout unchanged\n', err: '' });
});

it('applies what is printed of texts that look like templates, and through other programs nothing else', async () => {
  const texts = { a: 'Hello {{ .name | default "you" }}', b: '{{ .x }} {{ "{{" }}', c: '{{ }}' };
  await seedProject(server.api, 'texts');
  const targeting = { cat: ['{{ .x | default "a" }}', '{{ .x }}'] };
  await server.api.flags('texts').create({ metadata: { id: 'f' }, spec: { type: 'STRING', variants: texts } });
  await server.api.stageDefinitions('texts', 'dev').replace('f', { spec: { enabled: true, targeting } });
  const place = ['--project', 'texts'];
  for (const args of [['get', 'ff', 'f'], ['get', 'ffs', 'f', '--stage', 'dev'], ['export']]) {
    for (const output of ['yaml', 'json']) {
      const { out } = await server.flagctl([...args, ...place, '-o', output]);
      for (const more of [[], ['--set', 'x=1', '--set', 'name=2']]) {
        const { code, out: result } = await apply(out, ...more);
        expect({ code, result, of: result.includes('/f') }).toEqual({
          code: 0,
          of: true,
          result: expect.not.stringMatching('updated'),
        });
      }
      // as jq writes it
      const other = out.replaceAll('\\u007b', '{').replaceAll('\\x7b', '{');
      const refused = await apply(other);
      expect({ code: refused.code, out: refused.out }).toEqual({ code: 7, out: '' });
      expect(refused.err).toContain('is a template, and nothing is set: say --set ');
    }
  }
});

it('shows what would change, and changes nothing', async () => {
  const before = definition(
    'shop',
    'new-checkout',
    '{ enabled: true, targeting: { "if": [{ "var": "beta" }, "on", null] } }',
  );
  await apply(before);
  const after = definition(
    'shop',
    'new-checkout',
    '{ targeting: \'{"if": [{"var": "beta"}, "on", "off"]}\', enabled: true }',
  );
  expect(
    await apply(
      `${after}---\n${flag('shop', 'next')}---\n${flag('shop', 'new-checkout', ', variants: { on: true, off: false }')}`,
      '--dry-run',
    ),
  ).toEqual({
    code: 0,
    out: `feature-flag-stage/new-checkout in dev updated (dry run)
--- current
+++ new
@@ -7,4 +7,4 @@
 spec:
   enabled: true
   targeting: |
-    { "if": [{ "var": "beta" }, "on", null] }
+    { "if": [{ "var": "beta" }, "on", "off"] }
feature-flag/next created (dry run)
--- current
+++ new
@@ -0,0 +1,8 @@
+apiVersion: feature-flag/v0.3
+kind: FeatureFlag
+metadata:
+  id: next
+  project: shop
+spec:
+  type: BOOLEAN
+  name: next
feature-flag/new-checkout unchanged (dry run)
1 created, 1 updated, 1 unchanged
`,
    err: '',
  });
  expect((await server.api.flags('shop').list()).items.map(({ id }) => id)).toEqual(['new-checkout']);
});

it('knows in a dry run of what is in the same files', async () => {
  const text = [project('dry'), link('dry', 'dev'), flag('dry', 'f'), definition('dry', 'f', '{ enabled: true }')].join(
    '---\n',
  );
  const { code, out, err } = await apply(text, '--dry-run', '-o', 'name');
  expect({ code, out, err }).toEqual({
    code: 0,
    out: 'project/dry\nproject-stage/dev\nfeature-flag/f\nfeature-flag-stage/f\n',
    err: '',
  });
  await expect(server.api.projects.get('dry')).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

it('goes on after what is refused, but not with what needs it', async () => {
  const text = [
    definition('shop', 'new-checkout', '{ enabled: true, defaultVariant: onn }', 'staging'),
    project('Bad_Id').replace('Bad_Id', '"two"'),
    flag('two', 'needy', ', prerequisites: [{ key: broken, variation: on }]'),
    flag('two', 'broken', ', defaultVariant: nope'),
    flag('nowhere', 'lost'),
    flag('shop', 'fine'),
  ].join('---\n');
  const { code, out, err } = await apply(text);
  expect(out).toBe('project/two created\nfeature-flag/fine created\n2 created, 3 failed, 1 not tried\n');
  expect(
    err,
  ).toBe(`Error: <stdin>:4:40: stage definition of feature flag "new-checkout" in project "shop", stage "staging" is not valid: there is no variant "onn"
  Expected one of on, off
  Did you mean "on"?
<stdin>:11:1: feature-flag/needy not tried: feature-flag/broken failed
Error: <stdin>:19:40: feature flag "broken" in project "two" is not valid: there is no variant "nope"
  Expected one of off, on
Error: <stdin>:21:1: project "nowhere" not found
  Run 'flagctl get projects' to list available projects
`);
  expect(code).toBe(7);
});

it.each([[[]], [['--dry-run']]])(
  'leaves alone what would go over what was there before, since what it needs was refused: %j',
  async (options) => {
    const of = `held${options.length}`;
    await seedProject(server.api, of);
    await server.api.contexts(of).create({ metadata: { id: 'tier' }, spec: { type: 'STRING' } });
    const served = '{ enabled: true, defaultVariant: off }';
    const old = [definition(of, 'new-checkout', served), definition(of, 'new-checkout', served, 'staging')];
    expect(await apply(old.join('---\n'))).toMatchObject({ code: 0 });
    const text = [
      definition(of, 'new-checkout', '{ enabled: true, defaultVariant: on }'),
      flag(of, 'other'),
      definition(of, 'other', '{ enabled: true, targeting: { if: [{ "==": [{ var: [tier.name] }, 1] }, on, off] } }'),
      flag(of, 'new-checkout', ', variants: { on: false, off: true }, defaultVariant: nope'),
      `${HEAD}kind: Context\nmetadata: { id: tier, project: ${of} }\nversion: "1"\nspec: { type: NUMBER }\n`,
      flag(of, 'needy', ', prerequisites: [{ key: new-checkout, variation: on }]'),
    ].join('---\n');
    const { out, err } = await apply(text, '--use-version', ...options);
    expect(out).toMatch(/^feature-flag\/other created.*\n1 created, 2 failed, 3 not tried\n$/s);
    expect(err.split('\n').filter((line) => line.includes('not tried'))).toEqual([
      '<stdin>:1:1: feature-flag-stage/new-checkout in dev not tried: feature-flag/new-checkout failed',
      '<stdin>:11:1: feature-flag-stage/other in dev not tried: context/tier failed',
      '<stdin>:27:1: feature-flag/needy not tried: feature-flag/new-checkout failed',
    ]);
    const { spec } = await server.api.stageDefinitions(of, 'dev').get('new-checkout');
    expect(spec).toEqual({ enabled: true, defaultVariant: 'off' });
  },
);

it('undoes all with --atomic', async () => {
  const { code, out } = await apply(`${flag('shop', 'undone')}---\n${flag('nowhere', 'lost')}`, '--atomic');
  expect({ code, out }).toEqual({ code: 4, out: '1 failed, 1 undone\n' });
  await expect(server.api.flags('shop').get('undone')).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

it('tells all that is wrong with all files, and sends nothing', async () => {
  const folder = join(server.folder, 'wrong/within');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, '../a.yaml'), flag('shop', 'early'));
  await writeFile(
    join(folder, '../b.yaml'),
    `${HEAD}kind: FeatureFlag\nmetadata: { id: f }\nspec: { type: BOOL, tags: x }\n`,
  );
  await writeFile(join(folder, '../c.yaml'), 'a:\n\tb: 1\n');
  await writeFile(
    join(folder, 'd.yaml'),
    `${definition('shop', 'f', '\n  targeting: |\n    {"if": [}')}---\na: {{ .x }}\n`,
  );
  const { code, out, err } = await server.flagctl(['apply', '-f', 'wrong', '-R', '-f', 'wrong/a.yaml']);
  expect({ code, out }).toEqual({ code: 7, out: '' });
  expect(err).toBe(
    `Error: 5 things are wrong, and nothing was sent
  wrong/c.yaml:2:1: a tab in the indentation; expected spaces. Hint: YAML indents with spaces only; set your editor to insert spaces
  wrong/within/d.yaml:8:4: {{ .x }} is a template, and nothing is set: say --set x=…. Hint: if it is the text itself, write it in double quotes, with {\\u007b for {{
  wrong/b.yaml:3:1: metadata: \`project\` is missing; expected an id. Hint: or say --project
  wrong/b.yaml:4:15: spec.type: "BOOL" is not known here; expected one of BOOLEAN, STRING, NUMBER, INTEGER, OBJECT
  wrong/b.yaml:4:27: spec.tags: "x" is text; expected a list
`,
  );
  await expect(server.api.flags('shop').get('early')).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

it('fills in templates, projects and stages, one file for several stages', async () => {
  const text = `${HEAD}kind: FeatureFlagStage\nmetadata: { featureFlagId: new-checkout }\nspec:\n  enabled: {{ .enabled }}\n  defaultVariant: {{ .variant | default "off" }}\n---\n${flag('shop', 'new-checkout', ', variants: { on: true, off: false }')}`;
  for (const stage of ['staging', 'production']) {
    const ran = await apply(
      text,
      '--project',
      'shop',
      '--stage',
      stage,
      '--set',
      `enabled=${stage === 'staging'}`,
      '--set',
      'unused=1',
    );
    expect(ran).toEqual({
      code: 0,
      out: `feature-flag-stage/new-checkout in ${stage} created\nfeature-flag/new-checkout unchanged\n1 created, 1 unchanged\n`,
      err: 'Warning: nothing in <stdin> uses "unused"; expected {{ .unused }}\n',
    });
    const { spec } = await server.api.stageDefinitions('shop', stage).get('new-checkout');
    expect(spec).toEqual({ enabled: stage === 'staging', defaultVariant: 'off' });
  }
});

it('minds versions only if it is told to', async () => {
  const { version } = await server.api.projects.get('shop');
  const text = `${HEAD}kind: Project\nmetadata: { id: shop }\nversion: "1"\nspec: { name: Shop }\n`;
  const refused = await apply(text, '--use-version');
  expect({ ...refused }).toEqual({
    code: 6,
    out: '',
    err: `Error: <stdin>:1:1: version conflict when updating "shop"\n  The resource has been modified since you last read it\n  Run 'flagctl get project shop' to get the latest version\n`,
  });
  expect(await apply(text.replace('"1"', `"${version}"`), '--use-version')).toMatchObject({ code: 0 });
  expect(await apply(text.replace('Shop', 'Shop 2'))).toMatchObject({ code: 0, out: 'project/shop updated\n' });
});

it('tells programs what came of each', async () => {
  const { code, out, err } = await apply(`${flag('shop', 'told')}---\n${flag('nowhere', 'lost')}`, '-o', 'json');
  expect({ code, err }).toEqual({ code: 4, err: '' });
  expect(JSON.parse(out)).toMatchObject({
    kind: 'ApplyResult',
    items: [
      { kind: 'FeatureFlag', id: 'told', result: 'created', file: '<stdin>', line: 1 },
      { kind: 'FeatureFlag', id: 'lost', result: 'failed', line: 6, problem: { status: 404, code: 'NOT_FOUND' } },
    ],
  });
});

it('changes change requests, and refuses those without an id, which create asks for', async () => {
  const request = (id: string, enabled: boolean): string =>
    `${HEAD}kind: ChangeRequest\n${id}spec: { projectId: shop, featureFlagId: new-checkout, stageId: dev, enabled: ${enabled} }\n`;
  const { totalCount } = await server.api.changeRequests.list();
  expect(await apply(`${flag('shop', 'beside')}---\n${request('', false)}`)).toEqual({
    code: 7,
    out: '',
    err: "Error: one thing is wrong, and nothing was sent\n  <stdin>:6:1: the change request has no id, so that each run would ask for another one. Hint: to ask for it once: 'flagctl create -f <file>'; to change one, give it the id of that\n",
  });
  expect((await server.api.changeRequests.list()).totalCount).toBe(totalCount);
  const made = await server.flagctl(['create', '-f', '-'], { stdin: request('', false) });
  expect(made).toMatchObject({ code: 0 });
  const id = /^change-request\/(cr-\d+) created\n$/.exec(made.out)?.[1];
  expect(await apply(request(`metadata: { id: ${id} }\n`, true))).toMatchObject({
    out: `change-request/${id} updated\n`,
  });
});

it('approves a change request', async () => {
  await server.api.stageDefinitions('shop', 'dev').replace('new-checkout', { spec: { enabled: true } });
  const { id } = await server.api.changeRequests.create({
    spec: { projectId: 'shop', featureFlagId: 'new-checkout', stageId: 'dev', enabled: false },
  });
  const { code, out } = await server.flagctl(['apply', 'cr', id, '--comment', 'Approved by SRE team']);
  expect({ code, out }).toEqual({ code: 0, out: `change-request/${id} applied\n` });
  expect((await server.api.stageDefinitions('shop', 'dev').get('new-checkout')).spec).toEqual({ enabled: false });
});

const many = (of: string, count: number): string =>
  Array.from({ length: count }, (_, i) => flag(of, `f${String(i).padStart(4, '0')}`)).join('---\n');

it('shows how far it has come, and ends with what is on its way when it is interrupted', async () => {
  const stop = new AbortController();
  const ran = await server.flagctl(['apply', '-f', '-'], {
    stdin: `${project('many')}---\n${many('many', 250)}`,
    terminal: { in: true, out: false, err: true, columns: 80 },
    interrupted: () => stop.signal,
    heard: ({ err }) => {
      if (err.includes('Applying 101/251')) stop.abort();
    },
  });
  expect(ran.code).toBe(130);
  expect(ran.out.split('\n').slice(-3)).toEqual(['feature-flag/f0099 created', '101 created, 150 not sent', '']);
  expect(ran.err).toBe(
    '\rApplying 0/251…\u001b[K\r\u001b[K\rApplying 1/251…\u001b[K\r\u001b[K\rApplying 101/251…\u001b[K\r\u001b[KStopping after what is under way; ^C again ends it at once\n',
  );
  expect((await server.api.flags('many').list()).totalCount).toBe(100);
});

it.each<[what: string, answer: () => Response | Promise<never>, err: string]>([
  [
    'is not answered any more',
    () => Promise.reject(Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNRESET' } })),
    '<stdin>:1:1: feature-flag/a perhaps done\nError: the connection to',
  ],
  ['is refused', () => Response.json({ code: 'FORBIDDEN', detail: 'no' }, { status: 403 }), 'Error: no\n'],
  [
    'is to be tried again later',
    () =>
      Response.json({ code: 'RATE_LIMITED', detail: 'too many' }, { status: 429, headers: { 'retry-after': '60' } }),
    'Error: too many\n',
  ],
])('is interrupted, whatever comes of what is under way: it %s', async (what, answer, err) => {
  const stop = new AbortController();
  const ran = await server.flagctl(['apply', '-f', '-'], {
    stdin: flag('shop', 'a'),
    interrupted: () => stop.signal,
    fetch: async (input, init) => {
      if (!String(input).includes('/apply')) return await fetch(input, init);
      if (!what.includes('later')) stop.abort();
      return await answer();
    },
    heard: (said) => said.err.includes('trying again') && stop.abort(),
  });
  expect(ran.code).toBe(130);
  expect(ran.err).toContain(err);
});

it('checks more than a request holds, with what each needs', async () => {
  const { code, out } = await apply(`${project('large')}---\n${many('large', 1_050)}`, '--dry-run', '-o', 'name');
  expect(code).toBe(0);
  expect(out.split('\n')).toHaveLength(1_052);
});

it.each([
  [[], 'Error: apply: what? Say -f <file>, or cr <id> for a change request\n'],
  [['cr'], 'Error: apply cr: which change request? Say its id\n'],
  [['ff', 'x'], 'Error: apply takes files, or a change request; it has "ff"\n  Say -f <file>, or cr <id>\n'],
  [
    ['cr', 'cr-1', '-f', 'x.yaml'],
    "Error: apply approves a change request, or applies files; it has both\n  To approve one: 'flagctl apply cr cr-1'\n  To change one: 'flagctl apply -f <file>'\n",
  ],
  [['-f', '-', '--set', 'x'], 'Error: --set "x" has no =; expected --set name=value\n'],
])('makes no sense of %j', async (args, err) => {
  expect(await server.flagctl(['apply', ...args])).toEqual({ code: 2, out: '', err });
});

it('tells that there is no server as such', async () => {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  listener.close();
  const { code, out, err } = await server.flagctl(['apply', '-f', '-', '--server', `http://127.0.0.1:${port}`], {
    stdin: project('a'),
  });
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toContain(`http://127.0.0.1:${port}`);
});

const answering = (answer: unknown): Surroundings => ({
  fetch: async (input, init) =>
    init?.method === 'POST'
      ? Response.json(answer, { headers: { 'content-type': 'application/json' } })
      : fetch(input, init),
});

const ONE = { index: 0, kind: 'FeatureFlag', id: 'a', metadata: {}, warnings: [] };

it.each<[string, unknown, readonly string[], string]>([
  ['nothing', { applied: true, items: [] }, [], '2 not answered\n'],
  ['nothing, all or nothing', { applied: true, items: [] }, ['--atomic'], '2 not answered\n'],
  ['something else', { applied: true, items: [{ ...ONE, index: 99 }] }, [], '2 not answered\n'],
  ['a part', { applied: true, items: [{ ...ONE, result: 'created' }] }, [], '1 created, 1 not answered\n'],
  ['no results', { applied: true, items: [ONE] }, [], '2 not answered\n'],
  [
    'that nothing was applied',
    {
      applied: false,
      items: [ONE, { ...ONE, index: 1, id: 'b' }],
    },
    [],
    '2 not answered\n',
  ],
])('fails if the server answers %s', async (_, answer, options, summary) => {
  const stdin = `${flag('shop', 'a')}---\n${flag('shop', 'b')}`;
  const { code, out, err } = await server.flagctl(['apply', '-f', '-', ...options], { stdin, ...answering(answer) });
  expect({ code, summary: out.endsWith(summary) }).toEqual({ code: 1, summary: true });
  expect(err).toContain('Error: <stdin>:6:1: the server has said nothing of feature-flag/b: it may be done, or not\n');
  expect((await server.flagctl(['diff', '-f', '-'], { stdin, ...answering(answer) })).code).toBe(2);
});

it.each([['apply'], ['apply', '--atomic'], ['apply', '--dry-run'], ['diff'], ['create']])(
  'tells of flags that require each other in a circle, and sends nothing: %j',
  async (...args) => {
    const require = (key: string): string => `, prerequisites: [{ key: ${key}, variation: on }]`;
    const stdin = [
      flag('shop', 'ma', require('mb')),
      flag('shop', 'mb', require('mc')),
      flag('shop', 'mc', require('ma')),
      flag('shop', 'md', require('mc')),
      flag('shop', 'me', ''),
    ].join('---\n');
    const { code, out, err } = await server.flagctl([...args, '-f', '-'], { stdin });
    expect({ code, out, err }).toEqual({
      code: 7,
      out: '',
      err: 'Error: one thing is wrong, and nothing was sent\n  <stdin>:14:47: spec.prerequisites[0].key: prerequisites go round in a circle: ma → mb → mc → ma. Hint: remove one of these prerequisites\n',
    });
    await expect(server.api.flags('shop').get('me')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  },
);

it.each([
  ['apply', 7],
  ['diff', 7],
  ['create', 7],
  ['validate', 7],
])('refuses numbers that JSON has not, where they are: %s', async (verb, code) => {
  const text = `${HEAD}kind: FeatureFlag\nmetadata: { id: objy, project: shop }\nspec:\n  type: OBJECT\n  variants:\n    a: { limit: .inf, y: [.nan] }\n  metadata: { n: -.inf }\n`;
  const ran = await server.flagctl([verb, '-f', '-'], { stdin: text });
  expect(ran.code).toBe(code);
  const said = `${ran.out}${ran.err}`;
  for (const [place, number] of [
    ['7:17', 'Infinity'],
    ['7:27', 'NaN'],
    ['8:18', '-Infinity'],
  ]) {
    expect(said).toMatch(new RegExp(`^.*<stdin>:${place}.* ${number} is not JSON; expected a finite number`, 'm'));
  }
  const json = JSON.stringify({
    apiVersion: 'feature-flag/v0.3',
    kind: 'FeatureFlag',
    metadata: { id: 'j', project: 'shop' },
    spec: { type: 'NUMBER', variants: { a: 5 } },
  });
  expect(await server.flagctl([verb, '-f', '-'], { stdin: json.replace('5', '1e999') })).toMatchObject({ code });
  await expect(server.api.flags('shop').get('objy')).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

it('tells of whole numbers that are not exact, and refuses them as values of INTEGER flags', async () => {
  const text = (type: string): string =>
    flag('shop', 'big', '').replace('BOOLEAN', `${type}, variants: { a: 12345678901234567890 }`);
  expect(await apply(text('INTEGER'))).toMatchObject({
    code: 7,
    err: 'Error: one thing is wrong, and nothing was sent\n  <stdin>:4:39: spec.variants.a: the number is read as 12345678901234567000: whole numbers beyond 2^53 are not exact; expected a whole number from -9007199254740991 to 9007199254740991\n',
  });
  expect(await apply(text('NUMBER'), '--dry-run')).toMatchObject({
    code: 0,
    err: 'Warning: <stdin>:4:38: spec.variants.a: the number is read as 12345678901234567000: whole numbers beyond 2^53 are not exact. Hint: a text keeps all digits\n',
  });
});

it.each([
  ['1e21', true],
  ['-1.5e+20', true],
  ['1000000000000000000000', true],
  ['18014398509481984.0', true],
  ['1000000000000000000001', false],
  ['9007199254740993', false],
  ['12345678901234567890', false],
  ['1.23456789012345678901e22', false],
])('warns of %s only if its digits change', async (number, isExact) => {
  const own = flag('shop', 'big', '').replace('BOOLEAN', `NUMBER, variants: { a: ${number} }`);
  const more = definition('shop', 'new-checkout', `\n  targeting: |\n    {"==": [{"var": "x"}, ${number}]}\n`);
  const { err } = await apply(`${own}---\n${more}`, '--dry-run');
  const lines = err.split('\n').filter((line) => line.includes('the number is read as'));
  expect(lines.map((line) => line.slice(0, 24))).toEqual(
    isExact ? [] : ['Warning: <stdin>:4:38: s', 'Warning: <stdin>:11:27: '],
  );
});

it('knows before it sends what cannot be all or nothing', async () => {
  const requests: string[] = [];
  const { code, out, err } = await server.flagctl(['apply', '-f', '-', '--atomic'], {
    stdin: many('shop', 1_001),
    fetch: async (input, init) => {
      requests.push(String(input));
      return fetch(input, init);
    },
  });
  expect({ code, out, err, requests }).toEqual({
    code: 7,
    out: '',
    err: 'Error: --atomic takes at most 1,000 manifests; there are 1,001; nothing was sent\n  Apply them without --atomic, or in parts: each is all or nothing by itself\n',
    requests: [],
  });
});

it.each(['cr-007', 'cr-0', 'cr-12345678901234567890', 'nope'])(
  'knows that no change request has the id %s',
  async (id) => {
    const stdin = `${HEAD}kind: ChangeRequest\nmetadata: { id: ${id} }\nspec: { projectId: shop, featureFlagId: new-checkout, stageId: dev, enabled: true }\n`;
    const { code, err } = await server.flagctl(['apply', '-f', '-'], { stdin });
    expect(code).toBe(7);
    expect(err).toContain(
      `<stdin>:3:17: metadata.id: a change request cannot have the id "${id}"; expected cr-<number>, as cr-12. Hint: leave it out`,
    );
  },
);

it('tells programs what is wrong, each with its path and place', async () => {
  const { code, err } = await apply(flag('shop', 'f', ', tags: x'), '-o', 'json');
  expect({ code, error: JSON.parse(err).error }).toMatchObject({
    code: 7,
    error: {
      code: 'INVALID_MANIFEST',
      issues: [{ path: ['spec', 'tags'], place: { file: '<stdin>', line: 4, column: 30 } }],
    },
  });
});

it('says what it read where there is nothing to apply', async () => {
  expect(await apply('')).toMatchObject({ code: 7, err: 'Error: there are no manifests in <stdin>\n' });
});

it('says how a variant gets another name that stages still use', async () => {
  await seedProject(server.api, 'variants');
  const both = (names: string, used: string): string =>
    `${flag('variants', 'v', `, variants: { ${names} }, defaultVariant: ${used}`).replace('BOOLEAN', 'STRING')}---\n${definition('variants', 'v', `{ enabled: true, defaultVariant: ${used} }`)}`;
  expect(await apply(both('a: x, b: y', 'a'))).toMatchObject({ code: 0 });
  const { code, err } = await apply(both('c: x, b: y', 'c'));
  expect(code).toBe(7);
  const hint =
    '  A stage names it still: apply the flag with the old variant, too, then the stage, then the flag without it\n';
  expect(err).toContain(
    `there is no variant "a" (in stage dev)\n  Expected one of c, b\n${hint}<stdin>:6:1: feature-flag-stage/v`,
  );
  expect(await apply(both('a: x, b: y, c: x', 'c'))).toMatchObject({ code: 0 });
  expect(await apply(both('c: x, b: y', 'c'))).toMatchObject({ code: 0, err: '' });
});

it.each(['apply', 'diff', 'create', 'validate'])(
  'refuses texts that cannot be stored, where they are: %s',
  async (verb) => {
    const folder = join(server.folder, `nul-${verb}`);
    await mkdir(folder);
    await writeFile(join(folder, '1.yaml'), flag('shop', 'nul'));
    await writeFile(
      join(folder, 'z.yaml'),
      `${HEAD}kind: Context\nmetadata: { id: nul, project: shop }\nspec:\n  type: STRING\n  description: "a\\0b"\n`,
    );
    await writeFile(
      join(folder, 'y.yaml'),
      `${flag('shop', 'half', ', variants: { on: true, "\\ud83d": false }')}---\n${definition('shop', 'half', '\n  targeting: |\n    {"cat": [1, "\\u0000"]}\n')}`,
    );
    const { code, out, err } = await server.flagctl([verb, '-f', `nul-${verb}`]);
    expect(code).toBe(7);
    const said = `${out}${err}`;
    expect(said).toMatch(/z\.yaml:6:16:? .*spec\.description: a NUL character cannot be stored; expected text/);
    expect(said).toMatch(/y\.yaml:4:56:? .*half of a surrogate pair in a name cannot be stored/);
    expect(said).toMatch(/y\.yaml:11:5:? .*targeting: cat\[1\] has a NUL character, which cannot be stored/);
    await expect(server.api.flags('shop').get('nul')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  },
);

it.each<[string, readonly string[], string]>([
  ['create', ['--dry-run'], 'feature-flag/tmpl created (dry run)\n'],
  ['create', [], 'feature-flag/tmpl created\n'],
  ['delete', ['--yes'], 'feature-flag/tmpl deleted\n'],
])('%s -f fills in templates as apply does: %j', async (verb, options, out) => {
  const stdin = flag('shop', '{{ .id }}', ', description: "{{ .text | default "x" }}"');
  const run = (...more: readonly string[]): Promise<Ran> =>
    server.flagctl([verb, '-f', '-', ...options, ...more], { stdin });
  const { code, err } = await run();
  expect(code).toBe(7);
  expect(err).toContain('<stdin>:3:17: {{ .id }} is a template, and nothing is set: say --set id=…');
  expect(await run('--set', 'id=tmpl', '--set', 'no=1')).toMatchObject({
    code: 0,
    out: expect.stringContaining(out),
    err: 'Warning: nothing in <stdin> uses "no"; expected {{ .no }}\n',
  });
  expect(await server.flagctl([verb, 'ff', 'tmpl', '--project', 'shop', '--set', 'id=1', '--yes'])).toMatchObject({
    code: 2,
  });
});

it('says where a template is that was not filled in', async () => {
  const stdin = flag('shop', '{{ .id }}');
  expect(await server.flagctl(['validate', '-f', '-', '--set', 'id=x'], { stdin })).toMatchObject({ code: 0 });
  const targeting = ['validate', 'targeting', '-f', '-', '--set', 'id=x'];
  expect(await server.flagctl(targeting, { stdin: '{"var": "x"}' })).toMatchObject({ code: 2 });
  expect((await server.flagctl(['validate', '-f', '-', '--set', 'no=x'], { stdin })).out).toMatch(
    /^<stdin>:3:17 error nothing is set for \{\{ \.id \}\}; there is no\. Hint/,
  );
  expect(JSON.parse((await apply(stdin, '-o', 'json')).err).error.issues).toMatchObject([
    { code: 'template', place: { file: '<stdin>', line: 3, column: 17 } },
  ]);
  expect((await server.flagctl(['validate', '-f', '-'], { stdin })).out).toContain(
    '<stdin>:3:17 error {{ .id }} is no text; expected text. Hint: put it in quotes if it is a text; if this is a template, it is to be filled in first\n',
  );
});

it('create -f -o yaml divides what it has made, and nothing else', async () => {
  const stdin = [flag('nowhere', 'a'), flag('shop', 'div-b'), flag('nowhere', 'c'), flag('shop', 'div-d')].join(
    '---\n',
  );
  const { out } = await server.flagctl(['create', '-f', '-', '-o', 'yaml'], { stdin });
  expect(out.match(/^(?:---| {2}id: .*)$/gm)).toEqual(['  id: div-b', '---', '  id: div-d']);
});

it('delete -f speaks of what stays only', async () => {
  await seedProject(server.api, 'gone');
  const spec = '{ enabled: true, defaultVariant: on }';
  const text = [flag('gone', 'f'), definition('gone', 'f', spec), definition('gone', 'new-checkout', spec)].join(
    '---\n',
  );
  expect(await apply(text)).toMatchObject({ code: 0 });
  const { code, err } = await server.flagctl(['delete', '-f', '-', '--force'], { stdin: text });
  expect({ code, err }).toEqual({
    code: 0,
    err: 'Feature flag "new-checkout" falls back to its own definition in stage "dev"\n',
  });
});

it.each([
  [['create', '-f', '-'], 'created'],
  [['delete', '-f', '-', '--yes'], 'deleted'],
])('what may have been done has not failed: %j', async (args, done) => {
  const { err } = await server.flagctl(args, {
    stdin: `${flag('shop', 'lost-a')}---\n${flag('shop', 'lost-b')}`,
    fetch: async (input, init) => {
      if (init?.method === undefined || init.method === 'GET') return await fetch(input, init);
      throw new TypeError('fetch failed', {
        cause: Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }),
      });
    },
  });
  expect(err).toContain(`0 of 2 ${done}, 1 perhaps ${done}, 1 not tried`);
});

it('says how to ask for what a stage takes by change request only, and where that goes', async () => {
  await seedProject(server.api, 'guarded');
  await server.api.links('guarded').replace('production', { spec: { requireChangeRequest: true } });
  const stdin = definition('guarded', 'new-checkout', '{ enabled: true }', 'production');
  const { code, err } = await server.flagctl(['apply', '-f', '-', '--server', server.url], { stdin });
  expect(code).toBe(6);
  expect(err).toContain(
    `flagctl create cr --project guarded --feature-flag new-checkout --stage production --server ${server.url}, with --enabled`,
  );
  expect(err).toContain('an approver may say --force');
});
