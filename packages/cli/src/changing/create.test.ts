import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Served, served } from '../../test/server.ts';
import type { Ran } from '../../test/world.ts';

let server: Served;
let count = 0;
let project: string;
const flagctl = (...args: string[]): Promise<Ran> => server.flagctl(args);

beforeAll(async () => {
  server = await served();
});
afterAll(() => server.close());
beforeEach(() => {
  project = `app-${++count}`;
});

/** Makes the project of the test, linked to two stages. */
async function fresh(): Promise<void> {
  await server.api.projects.create({ metadata: { id: project }, spec: {} });
  for (const stage of ['dev', 'production']) await server.api.links(project).replace(stage, { spec: {} });
}

const done = (out: string): Ran => ({ code: 0, out, err: '' });
const file = async (name: string, text: string): Promise<string> => {
  await writeFile(join(server.folder, name), text);
  return name;
};

it('a project, with all that it may have', async () => {
  const id = `${project}-x`;
  const owners = ['--owner', 'a@example.com', '--owner', 'b@example.com'];
  const args = ['create', 'project', id, '--name', 'My App', '--description', 'Main flags', ...owners];
  expect(await flagctl(...args, '--comment', 'new')).toEqual(done(`project/${id} created\n`));
  expect((await server.api.projects.get(id)).spec).toEqual({
    name: 'My App',
    description: 'Main flags',
    owners: ['a@example.com', 'b@example.com'],
  });
  expect((await server.api.projects.history(id)).items[0]?.comment).toBe('new');
});

it('a stage whose id is made of its name', async () => {
  const name = `Canary ${project}`;
  expect(await flagctl('create', 'stage', '--name', name)).toEqual(done(`stage/canary-${project} created\n`));
});

it.each<[title: string, args: readonly string[], spec: object]>([
  [
    'as in the seed',
    ['--name', 'New Checkout Flow', '--type', 'BOOLEAN', '--variants', '{"on":true,"off":false}'],
    { name: 'New Checkout Flow', type: 'BOOLEAN', variants: { on: true, off: false } },
  ],
  ['by its variants', ['--variants', '{"on":true,"off":false}'], { type: 'BOOLEAN' }],
  ['of texts', ['--variants', '{"red":"theme-red","blue":"theme-blue"}'], { type: 'STRING' }],
  ['of numbers', ['--variants', '{"few":1,"many":2.5}'], { type: 'NUMBER' }],
  ['of maps', ['--variants', '{"a":{"x":1}}'], { type: 'OBJECT' }],
  ['of a list', ['--variants', '[{"name":"a","value":"x"},{"name":"b","value":"y"}]'], { type: 'STRING' }],
  [
    'with all else',
    ['--type=BOOLEAN', '--enabled=true', '--default-variant=on', '--owner', '@me', '--tag=a', '--tag=b'],
    { type: 'BOOLEAN', enabled: true, defaultVariant: 'on', owner: '@me', tags: ['a', 'b'], name: 'new-checkout' },
  ],
])('a feature flag %s', async (_, args, spec) => {
  await fresh();
  const created = await flagctl('create', 'ff', 'new-checkout', '--project', project, ...args);
  expect(created).toEqual(done('feature-flag/new-checkout created\n'));
  expect((await server.api.flags(project).get('new-checkout')).spec).toMatchObject(spec);
});

it('a context attribute, which needs no name', async () => {
  await fresh();
  const args = ['--type', 'STRING', '--description', 'User subscription tier'];
  expect(await flagctl('create', 'context', 'user-tier', '--project', project, ...args)).toEqual(
    done('context/user-tier created\n'),
  );
  expect((await server.api.contexts(project).get('user-tier')).spec).toEqual({
    name: 'user-tier',
    type: 'STRING',
    description: 'User subscription tier',
  });
});

/** The same, with a flag. */
async function flag(id = 'checkout'): Promise<void> {
  await fresh();
  await server.api.flags(project).create({ metadata: { id }, spec: { type: 'BOOLEAN' } });
}

it('a stage definition', async () => {
  await flag();
  const args = ['--enabled=true', '--default-variant=on', '--off-variant', 'off', '--targeting', '{"!":[true]}'];
  expect(await flagctl('create', 'ffs', 'checkout', '--project', project, '--stage', 'dev', ...args)).toMatchObject({
    code: 0,
    out: 'feature-flag-stage/checkout in dev created\n',
  });
  expect((await server.api.stageDefinitions(project, 'dev').get('checkout')).spec).toEqual({
    enabled: true,
    defaultVariant: 'on',
    offVariant: 'off',
    targeting: { '!': [true] },
  });
});

it('a change request, which tells whom it moves', async () => {
  await flag();
  const what = ['--project', project, '--feature-flag', 'checkout', '--stage', 'production'];
  const args = ['--enabled=true', '--default-variant=on', '--comment', 'Enabling for production launch'];
  const { code, out, err } = await flagctl('create', 'cr', ...what, ...args);
  expect({ code, err }).toEqual({
    code: 0,
    err: `If it is applied:
  the flag is enabled
  the default changes from the caller's default to on
  everybody: 100 % move from the caller's default to on
`,
  });
  const id = /^change-request\/(cr-\d+) created\n$/.exec(out)?.[1] ?? out;
  expect((await server.api.changeRequests.get(id)).spec).toMatchObject({
    projectId: project,
    featureFlagId: 'checkout',
    stageId: 'production',
    enabled: true,
    defaultVariant: 'on',
    comment: 'Enabling for production launch',
  });
});

it('a change request that takes targeting away at its time', async () => {
  await flag();
  await server.api
    .stageDefinitions(project, 'dev')
    .replace('checkout', { spec: { enabled: true, targeting: { '!': [true] } } });
  const what = ['--project', project, '--feature-flag', 'checkout', '--stage', 'dev', '-o', 'name'];
  const args = ['--targeting', 'null', '--apply-at', '2999-01-31T12:00:00Z'];
  const { out } = await flagctl('create', 'cr', ...what, ...args);
  const { spec } = await server.api.changeRequests.get(out.trim().split('/')[1]!);
  expect(spec).toMatchObject({ targeting: null, applyAt: '2999-01-31T12:00:00.000Z' });
});

const FLAGS = `apiVersion: feature-flag/v0.3
kind: FeatureFlag
metadata:
  id: one
spec:
  type: BOOLEAN
---
apiVersion: feature-flag/v0.3
kind: FeatureFlagStage
metadata:
  featureFlagId: one
  stage: dev
spec:
  enabled: true
  targeting: |
    {"if": [true, "on", "off"]}
`;

it('all manifests of a file, in the project of the command line', async () => {
  await fresh();
  const name = await file('flags.yaml', FLAGS);
  const created = await flagctl('create', '-f', name, '--project', project);
  expect(created).toMatchObject({
    code: 0,
    out: 'feature-flag/one created\nfeature-flag-stage/one in dev created\n',
  });
  const again = await flagctl('create', '-f', name, '--project', project);
  expect(again).toEqual({
    code: 6,
    out: '',
    err: `Error: flags.yaml:1:1: feature flag "one" in project "${project}" exists already
  Run 'flagctl apply -f <file>' to create or change it
  Or 'flagctl edit ff one --project ${project}' to change it in an editor
Error: flags.yaml:8:1: stage definition of feature flag "one" in project "${project}", stage "dev" exists already
  Run 'flagctl apply -f <file>' to create or change it
  Or 'flagctl edit ffs one --project ${project} --stage dev' to change it in an editor
0 of 2 created, 2 failed
`,
  });
});

it('one that is refused does not keep the others, and its place is told', async () => {
  await fresh();
  const bad = FLAGS.replace('"if"', '"fi"').concat(
    '---\napiVersion: feature-flag/v0.3\nkind: Context\nmetadata: {id: tier}\nspec: {type: STRING}\n',
  );
  const ran = await server.flagctl(['create', '-f', '-', '--project', project], { stdin: bad });
  expect(ran).toMatchObject({ code: 7, out: 'context/tier created\nfeature-flag/one created\n' });
  expect(ran.err).toMatch(
    /^Error: <stdin>:8:1: invalid targeting expression\n {2}Expected valid JSON Logic format\n.*\n {2}<stdin>:\d+:\d+: spec\.targeting/,
  );
  expect(ran.err).toMatch(/\n2 of 3 created, 1 failed\n$/);
});

it('nothing is created while a manifest has not the form of one', async () => {
  const name = await file('bad.yaml', FLAGS.replace('type: BOOLEAN', 'typ: BOOLEAN').replace('enabled:', 'enabeld:'));
  const { code, out, err } = await flagctl('create', '-f', name, '--project', project);
  expect({ code, out }).toEqual({ code: 7, out: '' });
  expect(err).toMatch(/^Error: 3 things are wrong, and nothing was sent\n/);
  expect(err).toMatch(/\n {2}bad\.yaml:6:8: spec\.typ: .* Hint: did you mean `type`\?/);
  expect(err).toMatch(/\n {2}bad\.yaml:14:12: spec\.enabeld: .* Hint: did you mean `enabled`\?/);
});

it('nothing is created while targeting is no JSON', async () => {
  const stdin = FLAGS.replace('[true, "on", "off"]', '[true, "on"');
  const { code, out, err } = await server.flagctl(['create', '-f', '-', '--project', project], { stdin });
  expect({ code, out }).toEqual({ code: 7, out: '' });
  expect(err).toMatch(
    /^Error: invalid targeting expression\n {2}Expected valid JSON Logic format\n.*\n {2}<stdin>:16:23: spec\.targeting: not JSON/,
  );
});

it('all manifests of a file, in the order in which they can be', async () => {
  const stdin = ['FeatureFlagStage', 'FeatureFlag', 'ProjectStage', 'Project']
    .map((kind) => {
      const id =
        kind === 'FeatureFlagStage'
          ? 'featureFlagId: f, stage: dev'
          : kind === 'ProjectStage'
            ? 'stage: dev'
            : `id: ${kind === 'Project' ? project : 'f'}`;
      const spec =
        kind === 'FeatureFlag' ? '{ type: BOOLEAN }' : kind === 'FeatureFlagStage' ? '{ enabled: true }' : '{}';
      const where = kind === 'Project' ? '' : `, project: ${project}`;
      return `apiVersion: feature-flag/v0.3\nkind: ${kind}\nmetadata: { ${id}${where} }\nspec: ${spec}\n`;
    })
    .join('---\n');
  expect(await server.flagctl(['create', '-f', '-'], { stdin })).toMatchObject({
    code: 0,
    out: `project/${project} created\nproject-stage/dev created\nfeature-flag/f created\nfeature-flag-stage/f in dev created\n`,
  });
});

it('a dry run checks, and creates nothing', async () => {
  await fresh();
  expect(await flagctl('create', 'ff', 'x', '--type=BOOLEAN', '--project', project, '--dry-run')).toEqual(
    done(`feature-flag/x created (dry run)
--- current
+++ new
@@ -0,0 +1,8 @@
+apiVersion: feature-flag/v0.3
+kind: FeatureFlag
+metadata:
+  id: x
+  project: ${project}
+spec:
+  type: BOOLEAN
+  name: x
`),
  );
  expect((await server.api.flags(project).list()).totalCount).toBe(0);
});

it('of a template, with its stage definitions', async () => {
  await fresh();
  const id = `kill-${project}`;
  await server.api.templates.create({
    metadata: { id },
    spec: { flag: { type: 'BOOLEAN', defaultVariant: 'on', tags: ['kill'] }, stages: { dev: { enabled: true } } },
  });
  const args = ['create', 'ff', 'payments', '--project', project, '--template', id, '--owner', '@payments'];
  expect(await flagctl(...args)).toEqual(
    done('feature-flag/payments created\nfeature-flag-stage/payments in dev created\n'),
  );
  expect((await server.api.flags(project).get('payments')).spec).toMatchObject({ owner: '@payments', tags: ['kill'] });
  expect((await flagctl(...args)).err).toBe(
    `Error: feature flag "payments" in project "${project}" exists already
  Choose another id
  Or run 'flagctl edit ff payments --project ${project}' to change it in an editor
`,
  );
  expect(await flagctl(...args, '--type=BOOLEAN')).toMatchObject({
    code: 2,
    err: expect.stringMatching(/^Error: --template and --type are both given: the template says it/),
  });
});

it('what is there already is told by the id that the server has made', async () => {
  await fresh();
  await flagctl('create', 'ff', '--name', 'Some Flag', '--type=BOOLEAN', '--project', project);
  expect(await flagctl('create', 'ff', '--name', 'Some flag', '--type=BOOLEAN', '--project', project)).toEqual({
    code: 6,
    out: '',
    err: `Error: feature flag "some-flag" in project "${project}" exists already
  Run 'flagctl apply -f <file>' to create or change it
  Or 'flagctl edit ff some-flag --project ${project}' to change it in an editor
`,
  });
});

it('as JSON the whole resource is shown, and warnings go elsewhere', async () => {
  await fresh();
  const { out, err } = await flagctl('create', 'ff', 'x', '--type=BOOLEAN', '--project', project, '-o', 'json');
  expect(JSON.parse(out)).toMatchObject({ kind: 'FeatureFlag', id: 'x', metadata: { id: 'x', project } });
  expect(err).toBe('');
});

it.each<[args: readonly string[], text: RegExp]>([
  [
    ['ff', 'x'],
    /^Error: --type is missing; expected one of BOOLEAN, .*\n {2}It may be left out where all --variants are/,
  ],
  [['ff', 'x', '--variants', '{"a":1,"b":"c"}'], /^Error: --type is missing/],
  [['ff', '--type=BOOLEAN'], /^Error: the feature flag has no id; expected one\n {2}Or say --name/],
  [['ff', 'x', '--type=VERSION'], /^Error: --type is "VERSION"; of feature flags, expected one of BOOLEAN, STRING/],
  [['ff', 'x', '--variants', '{"on":true,}'], /^Error: --variants is not JSON at line 1, column 11: a comma after the/],
  [['ff', 'x', '--variants', '{"on":true'], /^Error: --variants is not JSON at line 1, column 11: the text ends/],
  [['ff', 'x', '--variants', '5'], /^Error: --variants is 5; expected a map of name to value, or a list/],
  [['ff', 'x', '--variants', ''], /^Error: --variants is empty; expected JSON/],
  [
    ['ff', 'x', '--variants', '{}'],
    /^Error: --variants has no variants; expected some, as \{"on": true, "off": false\}\n$/,
  ],
  [['ff', 'x', '--variants', '[]'], /^Error: --variants has no variants; expected some/],
  [
    ['ff', 'a b', '--type=BOOLEAN'],
    /^Error: feature flag "a b" cannot be: expected letters, digits, and - _ \. within; at/,
  ],
  [['ff', '', '--type=BOOLEAN'], /^Error: feature flag "" cannot be: expected letters, digits, and/],
  [['ctx', 'a/b', '--type=STRING'], /^Error: context attribute "a\/b" cannot be: expected letters, digits, and - _/],
  [['ffs', '__proto__', '--stage=dev'], /^Error: stage definition "__proto__" cannot be: expected letters, digits/],
  [['ff', 'x', '--owner=a', '--owner=b', '--type=BOOLEAN'], /^Error: --owner is given twice: a feature flag has one/],
  [['ff', 'x', '--targeting', '{}'], /^Error: --targeting goes with stage definitions, change requests, not with/],
  [['ff', 'x', '--enabled'], /^Error: --enabled has no value; expected --enabled <true\|false>/],
  [['ff', 'x', '--enabled=yes'], /^Error: --enabled is "yes"; expected one of true, false/],
  [['ctx', 'x'], /^Error: --type is missing; expected one of STRING, NUMBER, BOOLEAN, VERSION\n$/],
  [['cr', '--enabled=true', '--stage=dev'], /^Error: which feature flag\? Say it by --feature-flag <id>/],
  [['cr', '--feature-flag=x', '--stage=dev'], /^Error: the change request changes nothing\n {2}Say what to change by/],
  [['ffs', '--stage=dev'], /^Error: which feature flag\? Its id is missing/],
  [['ffs', 'x'], /^Error: create: which stage\? Say it by --stage <id>/],
  [['ps', 'x'], /^Error: links to stages cannot be named to create\n {2}A stage is linked by 'flagctl link stage/],
  [['ff', '-f', 'flags.yaml', '--name', 'x'], /^Error: -f and --name are both given: the file says it/],
])('%j makes no sense', async (args, text) => {
  await file('flags.yaml', FLAGS);
  const ran = await flagctl('create', ...args, '--project', project);
  expect(ran).toMatchObject({ code: 2, out: '' });
  expect(ran.err).toMatch(text);
});

it.each([
  ['project', ' '],
  ['project', '__proto__'],
  ['project', 'A'],
  ['project', 'x'.repeat(64)],
  ['stage', 'my_stage'],
])('%s %j can be no id, and which can is told once', async (noun, id) => {
  expect(await flagctl('create', noun, id)).toEqual({
    code: 2,
    out: '',
    err: `Error: ${noun} ${JSON.stringify(id)} cannot be: expected small letters, digits, and hyphens within; at most 63 characters\n`,
  });
});

it('a template is a file', async () => {
  const ran = await flagctl('create', 'template', 'x');
  expect(ran).toMatchObject({ code: 2, err: 'Error: a template is created from a file: say -f <file>\n' });
});

it.each<[args: readonly string[], text: RegExp]>([
  [
    ['ctx', '-f', '-'],
    /^Error: <stdin>:1:1: this is a feature flag, and the command is for context attributes\n {2}Say fea/,
  ],
  [['ff', 'two', '-f', '-'], /^Error: <stdin>:1:1: the id is "one", not "two" as the command says/],
  [
    ['-f', '-', '--project', 'other'],
    /^Error: one thing is wrong, and nothing was sent\n {2}<stdin>:\d.*project.*"mine", not "other"/,
  ],
])('%j says something else than the file', async (args, text) => {
  const stdin =
    'apiVersion: feature-flag/v0.3\nkind: FeatureFlag\nmetadata: {id: one, project: mine}\nspec: {type: BOOLEAN}\n';
  const ran = await server.flagctl(['create', ...args], { stdin });
  expect([2, 7]).toContain(ran.code);
  expect(ran.err).toMatch(text);
});

it.each<[args: readonly string[], text: string]>([
  [
    ['ffs', 'nope', '--stage=dev', '--enabled=true'],
    `Error: feature flag "nope" not found in project "@"
  Run 'flagctl get ff --project @' to list available flags
`,
  ],
  [
    ['ffs', 'checkout', '--stage=staging', '--enabled=true'],
    `Error: stage "staging" is not linked to project "@"
  Run 'flagctl link stage staging --project @' to link it
  Run 'flagctl get stages --project @' to list linked stages
`,
  ],
])('%j is not found', async (args, text) => {
  await flag();
  const ran = await flagctl('create', ...args, '--project', project);
  expect(ran).toEqual({ code: 4, out: '', err: text.replaceAll('@', project) });
});

it.each([
  [['ff', 'x', '--type=NUMBER', '--variants', '{"a":1e400}'], '--variants has 1e400, which is too large for a number'],
  [
    ['ff', 'x', '--variants', '{"a":9007199254740993}'],
    '--variants has 9007199254740993, which would become 9007199254740992: a number has about 16 digits\n  Write it as a string if all its digits count',
  ],
  [
    ['ff', 'x', '--type=BOOLEAN', '--stage', 'dev'],
    '--stage goes with stage definitions, change requests, not with feature flags\n  Did you mean ffs?',
  ],
])('%j would make something else', async (args, message) => {
  await fresh();
  expect(await flagctl('create', ...args, '--project', project)).toEqual({
    code: 2,
    out: '',
    err: `Error: ${message}\n`,
  });
  expect((await server.api.flags(project).list()).totalCount).toBe(0);
});
