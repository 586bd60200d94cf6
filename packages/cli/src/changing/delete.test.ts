import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Served, seedProject, served } from '../../test/server.ts';
import type { Ran, Surroundings } from '../../test/world.ts';

let server: Served;
let count = 0;
let project: string;

beforeAll(async () => {
  server = await served();
});
afterAll(() => server.close());
beforeEach(() => {
  project = `app-${++count}`;
});

const TERMINAL = { in: true, out: true, err: true, columns: 80 };
const plain = { FLAGCTL_TOKEN: '', NO_COLOR: '1' };
const flagctl = (args: readonly string[], more: Surroundings = {}): Promise<Ran> =>
  server.flagctl([...args, '--project', project], more);
/** With somebody who answers. */
const asked = (answer: string, ...args: string[]): Promise<Ran> =>
  flagctl(args, { terminal: TERMINAL, answers: [answer], env: { NO_COLOR: plain.NO_COLOR } });

/** Flags that are there. */
const flags = async (): Promise<readonly string[]> =>
  (await server.api.flags(project).list()).items.map(({ id }) => id);

async function enable(...stages: readonly string[]): Promise<void> {
  for (const stage of stages) {
    await server.api.stageDefinitions(project, stage).replace('new-checkout', { spec: { enabled: true } });
  }
}

describe('a feature flag', () => {
  it('goes after a question, which tells what goes along', async () => {
    await seedProject(server.api, project);
    await server.api.stageDefinitions(project, 'dev').replace('new-checkout', { spec: { enabled: false } });
    const question = `Delete feature flag "new-checkout" of project "${project}" with its 1 stage definition? [y/N] `;
    const no = await asked('n', 'delete', 'ff', 'new-checkout');
    expect(no).toEqual({ code: 1, out: '', err: `${question}Nothing was deleted\n` });
    expect(await flags()).toEqual(['new-checkout']);
    const yes = await asked('y', 'delete', 'ff', 'new-checkout', '--comment', 'never used');
    expect(yes).toEqual({ code: 0, out: 'feature-flag/new-checkout deleted\n', err: question });
    expect(await flags()).toEqual([]);
    const { items } = await server.api.flags(project).history('new-checkout');
    expect(items[0]).toMatchObject({ action: 'delete', comment: 'never used' });
  });

  it.each([[[]], [['--plain']]])('stays where nobody can be asked %j', async (args) => {
    await seedProject(server.api, project);
    const terminal = { ...TERMINAL, in: args.length > 0 };
    expect(await flagctl(['delete', 'ff', 'new-checkout', ...args], { terminal })).toEqual({
      code: 2,
      out: '',
      err: `Error: nobody can be asked: Delete feature flag "new-checkout" of project "${project}"?
  Say --yes to go ahead without a question
`,
    });
    expect(await flags()).toEqual(['new-checkout']);
  });

  it('stays while it is active, but for --force', async () => {
    await seedProject(server.api, project);
    await enable('production', 'staging');
    expect(await flagctl(['delete', 'ff', 'new-checkout', '-y'])).toEqual({
      code: 6,
      out: '',
      err: `Error: cannot delete feature flag "new-checkout": still active in stages [production, staging]
  Run 'flagctl get ffs --project ${project}' to view stage definitions
  Disable in all stages first, or use --force
`,
    });
    const dry = await flagctl(['delete', 'ff', 'new-checkout', '--force', '--dry-run']);
    expect(dry).toEqual({ code: 0, out: 'feature-flag/new-checkout deleted (dry run)\n', err: '' });
    expect(await flags()).toEqual(['new-checkout']);
    const forced = await flagctl(['delete', 'ff', 'new-checkout', '--force']);
    expect(forced).toEqual({ code: 0, out: 'feature-flag/new-checkout deleted\n', err: '' });
    expect(await flags()).toEqual([]);
  });

  it('that is not there', async () => {
    await seedProject(server.api, project);
    expect(await flagctl(['delete', 'ff', 'my-flag', '-y'])).toEqual({
      code: 4,
      out: '',
      err: `Error: feature flag "my-flag" not found in project "${project}"
  Run 'flagctl get ff --project ${project}' to list available flags
`,
    });
    const ignored = await flagctl(['delete', 'ff', 'my-flag', 'new-checkout', '-y', '--ignore-not-found']);
    expect(ignored).toEqual({ code: 0, out: 'feature-flag/new-checkout deleted\n', err: '' });
  });
});

it('several: one that fails does not keep the others', async () => {
  await seedProject(server.api, project);
  for (const id of ['a', 'b']) {
    await server.api.flags(project).create({ metadata: { id }, spec: { type: 'BOOLEAN' } });
  }
  await enable('dev');
  expect(await asked('yes', 'delete', 'ff', 'a', 'new-checkout', 'b', 'c')).toEqual({
    code: 6,
    out: 'feature-flag/a deleted\nfeature-flag/b deleted\n',
    err: `  feature flag "a" of project "${project}"
  feature flag "new-checkout" of project "${project}" with its 1 stage definition
  feature flag "b" of project "${project}"
  feature flag "c" of project "${project}"
Delete these 4 resources? [y/N] Error: cannot delete feature flag "new-checkout": still active in stages [dev]
  Run 'flagctl get ffs --project ${project}' to view stage definitions
  Disable in all stages first, or use --force
Error: feature flag "c" not found in project "${project}"
  Run 'flagctl get ff --project ${project}' to list available flags
2 of 4 deleted, 2 failed
`,
  });
});

it('the rest is not tried where no token is good', async () => {
  const env = { FLAGCTL_TOKEN: `fwt_${'a'.repeat(43)}` };
  const ran = await flagctl(['delete', 'ff', 'a', 'b', 'c', '-y'], { env });
  expect(ran).toMatchObject({ code: 3, out: '' });
  expect(ran.err).toMatch(
    /^Error: .*\n(?: {2}.*\n)+0 of 3 deleted, 1 failed, 2 not tried: the rest would fail for the same reason\n$/,
  );
});

it('an interruption ends it between two of them', async () => {
  await seedProject(server.api, project);
  const controller = new AbortController();
  const ran = await flagctl(['delete', 'ff', 'new-checkout', 'other', '-y'], {
    interrupted: () => controller.signal,
    heard: () => controller.abort(),
  });
  expect(ran).toEqual({
    code: 130,
    out: 'feature-flag/new-checkout deleted\n',
    err: 'Stopping after what is under way; ^C again ends it at once\n1 of 2 deleted, 1 not tried: interrupted\n',
  });
});

it('a stage definition: the flag falls back to its own', async () => {
  await seedProject(server.api, project);
  await enable('dev');
  const question = `Delete stage definition of feature flag "new-checkout" in stage "dev" of project "${project}", which then does what its own definition says? [y/N] `;
  expect(await asked('y', 'delete', 'ffs', 'new-checkout', '--stage', 'dev')).toEqual({
    code: 0,
    out: 'feature-flag-stage/new-checkout in dev deleted\n',
    err: `${question}Feature flag "new-checkout" falls back to its own definition in stage "dev"\n`,
  });
});

it('a project with all that it holds', async () => {
  await seedProject(server.api, project);
  await server.api.contexts(project).create({ metadata: { id: 'tier' }, spec: { type: 'STRING' } });
  // it is not asked for a yes that would be refused
  expect(await asked('y', 'delete', 'project', project)).toEqual({
    code: 6,
    out: '',
    err: `Error: cannot delete project "${project}": it has a feature flag
  Delete them first, or use --force, which deletes all the project holds
`,
  });
  await server.api.flags(project).delete('new-checkout');
  expect(await asked('n', 'delete', 'project', project)).toMatchObject({
    code: 1,
    err: `Delete project "${project}" with its 1 context attribute and 3 links to stages? [y/N] Nothing was deleted\n`,
  });
  await server.api.flags(project).create({ metadata: { id: 'again' }, spec: { type: 'BOOLEAN' } });
  expect(await flagctl(['delete', 'project', project, '--force'])).toEqual({
    code: 0,
    out: `project/${project} deleted\n`,
    err: '',
  });
});

it('a stage that is linked stays', async () => {
  await seedProject(server.api, project);
  const ran = await server.flagctl(['delete', 'stage', 'dev', '--force']);
  expect(ran).toMatchObject({ code: 6, out: '' });
  expect(ran.err).toMatch(/^Error: cannot delete stage "dev": it is linked to projects \[.*\]\n {2}Unlink it from all/);
});

it.each([
  [['ff', 'new-checkout', '--stage', 'dev'], 'stage definitions, not with feature flags', 'Did you mean ffs?'],
  [
    ['stage', 'dev', '--project', 'shop'],
    'links to stages, context attributes, feature flags, stage definitions, not with stages',
    "To have it serve the project no more: 'flagctl unlink stage <id> --project <id>'",
  ],
])('%j would delete more than is said', async (args, kinds, hint) => {
  await seedProject(server.api, project);
  const word = args.at(-2)!.slice(2);
  expect(await server.flagctl(['delete', ...args, '--force'], { env: { FLAGCTL_PROJECT: project } })).toEqual({
    code: 2,
    out: '',
    err: `Error: --${word} goes with ${kinds}\n  ${hint}\n`,
  });
  expect(await flags()).toEqual(['new-checkout']);
});

it.each([
  [['ff', ''], 'feature flag "" cannot be: expected letters, digits, and - _ . within; at most 200 characters'],
  [
    ['project', 'A'],
    'project "A" cannot be: expected small letters, digits, and hyphens within; at most 63 characters',
  ],
  [
    ['project', 'x'.repeat(64)],
    'the id of the project has 64 characters; expected small letters, digits, and hyphens within; at most 63 characters',
  ],
])('%j can be no id', async (args, message) => {
  await seedProject(server.api, project);
  const ran = await server.flagctl(['delete', ...args, '--yes'], { env: { FLAGCTL_PROJECT: project } });
  expect(ran).toEqual({ code: 2, out: '', err: `Error: ${message}\n` });
});

it('a stage of the surroundings is not said of a flag', async () => {
  await seedProject(server.api, project);
  const env = { FLAGCTL_STAGE: 'dev', FLAGCTL_PROJECT: project };
  expect(await server.flagctl(['delete', 'ff', 'new-checkout', '--yes'], { env })).toMatchObject({ code: 0 });
});

const FILE = `apiVersion: feature-flag/v0.3
kind: FeatureFlag
metadata: {id: new-checkout}
spec: {type: BOOLEAN}
---
apiVersion: feature-flag/v0.3
kind: FeatureFlagStage
metadata: {featureFlagId: new-checkout, stage: dev}
spec: {}
---
apiVersion: feature-flag/v0.3
kind: Context
metadata: {id: tier}
spec: {type: STRING}
`;

it('what a file holds, that which is in others before these', async () => {
  await seedProject(server.api, project);
  await enable('dev');
  await server.api.contexts(project).create({ metadata: { id: 'tier' }, spec: { type: 'STRING' } });
  expect(await flagctl(['delete', '-f', '-', '-y'], { stdin: FILE })).toEqual({
    code: 0,
    out: 'feature-flag-stage/new-checkout in dev deleted\nfeature-flag/new-checkout deleted\ncontext/tier deleted\n',
    err: '',
  });
});

it.each<[args: readonly string[], stdin: string, text: RegExp]>([
  [['ff'], '', /^Error: which feature flag\? Its id is missing/],
  [
    ['cr', 'cr-1'],
    '',
    /^Error: change requests cannot be named to delete\n {2}A change request is not deleted but closed: 'flagctl close/,
  ],
  [
    ['-f', '-'],
    'apiVersion: feature-flag/v0.3\nkind: ChangeRequest\nmetadata: {id: cr-7}\nspec: {featureFlagId: f, stageId: s}\n',
    /^Error: <stdin> has a change request: these are not deleted\n {2}Close it instead: flagctl close cr-7\n$/,
  ],
  [
    ['-f', '-'],
    'apiVersion: feature-flag/v0.3\nkind: Project\nspec: {name: X}\n',
    /^Error: <stdin> has a project without an id: which one is it\?\n$/,
  ],
])('%j makes no sense', async (args, stdin, text) => {
  const ran = await flagctl(['delete', ...args, '-y'], { stdin });
  expect(ran).toMatchObject({ code: 2, out: '' });
  expect(ran.err).toMatch(text);
});

it('a dry run of a file foretells what the real run does', async () => {
  const head = 'apiVersion: feature-flag/v0.3\nkind: ';
  const of = `project: ${project}`;
  const links = ['dev', 'staging'].map(
    (stage) => `${head}ProjectStage\nmetadata: { ${of}, stage: ${stage} }\nspec: {}\n`,
  );
  const flag = (id: string, more = ''): string =>
    `${head}FeatureFlag\nmetadata: { id: ${id}, ${of} }\nspec: { type: BOOLEAN${more} }\n`;
  const active = (id: string): string =>
    `${head}FeatureFlagStage\nmetadata: { featureFlagId: ${id}, ${of}, stage: dev }\nspec: { enabled: true }\n`;
  const parts = [
    `${head}Project\nmetadata: { id: ${project} }\nspec: {}\n`,
    ...links,
    flag('parent'),
    flag('child', ', prerequisites: [{ key: parent, variation: on }]'),
    active('parent'),
    active('child'),
  ];
  expect(await flagctl(['apply', '-f', '-'], { stdin: parts.join('---\n') })).toMatchObject({ code: 0 });
  const all = { stdin: parts.join('---\n') };
  const dry = await server.flagctl(['delete', '-f', '-', '--dry-run'], all);
  expect(dry).toMatchObject({ code: 0, err: '' });
  expect(dry.out.split('\n')).toHaveLength(8);
  // what is not in the file stands in the way, in both
  const part = { stdin: [parts[0]!, parts[3]!, parts[5]!].join('---\n') };
  const partly = await server.flagctl(['delete', '-f', '-', '--dry-run'], part);
  expect(partly).toMatchObject({ code: 6, out: 'feature-flag-stage/parent in dev deleted (dry run)\n' });
  expect(partly.err).toContain('flags [child] require it');
  expect(partly.err).toContain(`cannot delete project "${project}": it has 2 feature flags`);
  const real = await server.flagctl(['delete', '-f', '-', '--yes'], all);
  expect({ code: real.code, out: real.out }).toEqual({ code: 0, out: dry.out.replaceAll(' (dry run)', '') });
});

it('a dry run knows that a flag that is enabled by itself stays active without its definition', async () => {
  await seedProject(server.api, project);
  await server.api.flags(project).patch('new-checkout', { spec: { enabled: true } });
  await enable('dev');
  const { code, err } = await flagctl(['delete', '-f', '-', '--dry-run'], { stdin: FILE });
  expect(code).not.toBe(0);
  expect(err).toContain('cannot delete feature flag "new-checkout": still active in stages [');
});
