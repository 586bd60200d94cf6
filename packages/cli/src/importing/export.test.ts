import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Served, seedProject, served } from '../../test/server.ts';

let server: Served;

beforeAll(async () => {
  server = await served();
  const { api } = server;
  await seedProject(api, 'shop');
  await api.contexts('shop').create({ metadata: { id: 'tier' }, spec: { type: 'STRING' } });
  await api.flags('shop').create({
    metadata: { id: 'needy' },
    spec: {
      type: 'STRING',
      variants: { b: 'x', a: '1.10' },
      prerequisites: [{ key: 'new-checkout', variation: 'on' }],
    },
  });
  await api.flags('shop').create({ metadata: { id: 'old' }, spec: { type: 'BOOLEAN' } });
  await api.stageDefinitions('shop', 'dev').replace('old', { spec: { enabled: false } });
  await api.flags('shop').patch('old', { spec: { archived: true } });
  await api.stageDefinitions('shop', 'production').replace('new-checkout', {
    spec: {
      enabled: true,
      defaultVariant: 'off',
      targeting: { if: [{ '==': [{ var: 'tier' }, 'premium'] }, 'on', null] },
    },
  });
  await api.stageDefinitions('shop', 'dev').replace('new-checkout', { spec: { enabled: true } });
});

afterAll(() => server.close());

const run = (...args: readonly string[]) => server.flagctl(['export', '--project', 'shop', ...args]);
const LEFT_OUT = 'Warning: feature-flag-stage/old in dev is left out: the flag is archived\n';

it('writes all of a project, in an order that works', async () => {
  expect(await run('-o', 'name')).toEqual({
    code: 0,
    out: `project/shop
project-stage/dev
project-stage/production
project-stage/staging
context/tier
feature-flag/new-checkout
feature-flag/old
feature-flag/needy
feature-flag-stage/new-checkout in dev
feature-flag-stage/new-checkout in production
`,
    err: LEFT_OUT,
  });
});

it.each([[[]], [['-o', 'json']]])('is applied to an empty server, and is the same there: %j', async (options) => {
  const other = await served();
  try {
    const exported = await run('--include-stages', ...options);
    expect(exported.code).toBe(0);
    const applied = await other.flagctl(['apply', '-f', '-'], { stdin: exported.out });
    expect(applied).toMatchObject({ code: 0, err: '' });
    expect(applied.out).toMatch(/\n10 created, 3 unchanged\n$/);
    const again = await other.flagctl(['export', '--project', 'shop', '--include-stages', ...options]);
    expect(again).toEqual({ code: 0, out: exported.out, err: '' });
  } finally {
    await other.close();
  }
});

it('writes one stage only, if it is told to, but not since a context has one', async () => {
  const { out } = await run('--stage', 'dev', '-o', 'name');
  expect(out.split('\n').filter((name) => /stage/.test(name))).toEqual([
    'project-stage/dev',
    'feature-flag-stage/new-checkout in dev',
  ]);
  const { out: all } = await server.flagctl(['export', '--project', 'shop', '-o', 'name'], {
    env: { FLAGCTL_STAGE: 'dev' },
  });
  expect(all).toContain('in production');
});

it('writes the document of a stage, which serves the same', async () => {
  const { code, out, err } = await run('--format', 'document', '--stage', 'production');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toContain('flags:\n  needy:\n');
  await writeFile(join(server.folder, 'features.yaml'), out);
  const { out: value } = await server.flagctl([
    'exec',
    'ff',
    'new-checkout',
    '-f',
    'features.yaml',
    '--context',
    '{"tier":"premium"}',
    '-o',
    'json',
  ]);
  expect(JSON.parse(value)).toMatchObject({ value: true, variant: 'on' });
  expect(
    JSON.parse((await run('--format', 'document', '--stage', 'production', '-o', 'json')).out).flags['new-checkout'],
  ).toMatchObject({ enabled: true });
});

it('writes each flag to a file of its own, and tells of those that are no more', async () => {
  const { code, out, err } = await run('--output-dir', 'flags');
  expect({ code, out, err }).toEqual({
    code: 0,
    out: 'flags/project.yaml\nflags/contexts.yaml\nflags/feature-flags/new-checkout.yaml\nflags/feature-flags/old.yaml\nflags/feature-flags/needy.yaml\n',
    err: LEFT_OUT,
  });
  const folder = join(server.folder, 'flags/feature-flags');
  expect((await readFile(join(folder, 'new-checkout.yaml'), 'utf8')).match(/^kind: .*$/gm)).toEqual([
    'kind: FeatureFlag',
    'kind: FeatureFlagStage',
    'kind: FeatureFlagStage',
  ]);
  await writeFile(join(folder, 'gone.yaml'), '');
  expect((await run('--output-dir', 'flags')).err).toBe(
    `${LEFT_OUT}Warning: flags/feature-flags/gone.yaml is of no flag that was exported\n`,
  );
  expect(await readdir(folder)).toEqual(['gone.yaml', 'needy.yaml', 'new-checkout.yaml', 'old.yaml']);
  expect(await server.flagctl(['diff', '-f', 'flags', '-R'])).toEqual({ code: 0, out: '', err: '' });
});

it.each([
  [['--format', 'document'], 2, 'export: which stage?'],
  [['--format', 'document', '--stage', 'x'], 4, 'link to stage "x" not found in project "shop"'],
  [['--format', 'document', '--stage', 'dev', '--output-dir', 'x'], 2, '--output-dir goes with --format manifests'],
  [['--project', 'none'], 4, 'project "none" not found'],
  [['--stage', 'nosuch'], 4, 'stage "nosuch" is not linked to project "shop"'],
  [
    ['--output-dir', 'flags/project.yaml/x'],
    1,
    'the folder flags/project.yaml/x/feature-flags cannot be made (ENOTDIR)',
  ],
])('fails for %j', async (args, code, message) => {
  const ran = await run(...args);
  expect(ran.code).toBe(code);
  expect(ran.err).toContain(`Error: ${message}`);
});

it('does not try for ever to make a folder where none can be', async () => {
  const { code, err } = await run('--output-dir', '/proc/flagctl-none');
  expect(code).toBe(1);
  expect(err).toContain('Error: the folder /proc/flagctl-none/feature-flags cannot be made (');
});

it('gives flags files that are two on every system', async () => {
  await seedProject(server.api, 'letters');
  for (const id of ['aA', 'Aa'])
    await server.api.flags('letters').create({ metadata: { id }, spec: { type: 'BOOLEAN' } });
  const { code, out, err } = await server.flagctl(['export', '--project', 'letters', '--output-dir', 'letters']);
  expect({ code, out: out.split('\n').filter((line) => /aa/i.test(line)) }).toEqual({
    code: 0,
    out: ['letters/feature-flags/Aa.yaml', 'letters/feature-flags/aA~2.yaml'],
  });
  expect(err).toBe(
    'Warning: feature-flags/aA.yaml is feature-flags/aA~2.yaml, for another flag has the same name but for capital letters\n',
  );
  expect(await server.flagctl(['diff', '-f', 'letters', '-R'])).toEqual({ code: 0, out: '', err: '' });
});

it.each([{}, { items: [] }])('takes no answer for a backup that is none: %j', async (answer) => {
  const ran = await server.flagctl(['export', '--project', 'shop'], { fetch: async () => Response.json(answer) });
  expect(ran).toMatchObject({ code: 1, out: '' });
});

it('tells that a token for some stages does not see the others', async () => {
  const body = { name: 'dev', role: 'editor', stages: ['dev'] };
  const { token } = (await server.api.ask('POST', '/tokens', { body })) as { readonly token: string };
  const env = { FLAGCTL_TOKEN: token };
  const ran = await server.flagctl(['export', '--project', 'shop', '-o', 'name'], { env });
  expect(ran).toMatchObject({ code: 0, err: expect.stringContaining('the token is for dev only, and links') });
  expect(ran.out).not.toContain('production');
  const one = await server.flagctl(['export', '--project', 'shop', '--stage', 'dev'], { env });
  expect(one.err).not.toContain('token');
  expect((await server.flagctl(['export', '--project', 'shop'])).err).not.toContain('token');
});

it('tells which file cannot be written, and that the rest is missing', async () => {
  await mkdir(join(server.folder, 'full/contexts.yaml/in'), { recursive: true });
  const { code, err } = await server.flagctl(['export', '--project', 'shop', '--output-dir', 'full']);
  expect({ code, err }).toEqual({
    code: 1,
    err: expect.stringMatching(
      /\nError: full\/contexts\.yaml cannot be written \(E[A-Z]+\)\n {2}1 of \d+ files were written; the others are missing, or as they were before\n$/,
    ),
  });
});

it('explains of its stage what it does', async () => {
  const { out } = await server.flagctl(['export', '--help']);
  expect(out.replace(/\s+/g, ' ')).toContain('manifests are of all stages whatever they say');
  const env = { FLAGCTL_STAGE: 'dev' };
  const of = (...args: readonly string[]) => server.flagctl(['export', '--project', 'shop', ...args], { env });
  expect((await of('-o', 'name')).out).toContain('production');
  expect(await of('--format', 'document')).toMatchObject({ code: 0 });
});
