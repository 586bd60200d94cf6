import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Served, seedProject, served } from '../../test/server.ts';
import type { Ran, Surroundings } from '../../test/world.ts';

let server: Served;
let count = 0;
let project: string;

beforeAll(async () => {
  server = await served();
});
afterAll(() => server.close());
beforeEach(async () => {
  project = `app-${++count}`;
  await seedProject(server.api, project);
});

const definitions = () => server.api.stageDefinitions(project, 'dev');
const flagctl = (args: readonly string[], more: Surroundings = {}): Promise<Ran> =>
  server.flagctl(
    [
      'rollback',
      ...args,
      ...(args[0] === 'cr' ? [] : ['--project', project]),
      ...(args[0] === 'ffs' ? ['--stage', 'dev'] : []),
    ],
    more,
  );

/** A stage definition in two versions. */
async function versions(): Promise<readonly [string, string]> {
  const one = await definitions().replace('new-checkout', {
    spec: { enabled: true, defaultVariant: 'on' },
    comment: 'go',
  });
  const two = await definitions().patch('new-checkout', { spec: { enabled: false, targeting: '{"!":[true]}' } });
  return [one.version, two.version];
}

const shown = (version: string): RegExp =>
  new RegExp(
    `^Back to version ${version}, create by first-admin (?:now|\\d+s ago): go\n  spec\\.enabled: false → true\n  spec\\.targeting: {"!":\\[true\\]} → nothing\n`,
  );

it('to a version, and says what that changes', async () => {
  const [one] = await versions();
  const dry = await flagctl(['ffs', 'new-checkout', '--to-version', one, '--dry-run']);
  expect(dry).toMatchObject({ code: 0, out: 'feature-flag-stage/new-checkout in dev updated (dry run)\n' });
  expect(dry.err).toMatch(shown(one));
  expect((await definitions().get('new-checkout')).spec).toMatchObject({ enabled: false });
  const done = await flagctl(['ffs', 'new-checkout', '--to', one, '--comment', 'INC-7']);
  expect(done).toMatchObject({ code: 0, out: 'feature-flag-stage/new-checkout in dev updated\n' });
  expect((await definitions().get('new-checkout')).spec).toEqual({ enabled: true, defaultVariant: 'on' });
  expect((await definitions().history('new-checkout')).items[0]).toMatchObject({
    action: 'rollback',
    comment: 'INC-7',
  });
});

it('to the version before, after a question', async () => {
  const [one] = await versions();
  const alone = await flagctl(['ffs', 'new-checkout']);
  expect(alone).toMatchObject({ code: 2, out: '' });
  const terminal = { in: true, out: false, err: false, columns: 80 };
  const question = `Roll stage definition of feature flag "new-checkout" in stage "dev" of project "${project}" back to version ${one}? [y/N] `;
  const no = await flagctl(['ffs', 'new-checkout'], { terminal, answers: [''] });
  expect(no.code).toBe(1);
  expect(no.err).toMatch(shown(one));
  expect(no.err.endsWith(`${question}Nothing was changed\n`)).toBe(true);
  const yes = await flagctl(['ffs', 'new-checkout'], { terminal, answers: ['y'] });
  expect(yes).toMatchObject({ code: 0, out: 'feature-flag-stage/new-checkout in dev updated\n' });
  expect((await definitions().get('new-checkout')).spec).toMatchObject({ enabled: true });
});

it('of what was deleted', async () => {
  await server.api.flags(project).delete('new-checkout');
  const back = await flagctl(['ff', 'new-checkout', '--yes']);
  expect(back).toMatchObject({ code: 0, out: 'feature-flag/new-checkout created\n' });
  expect(back.err).toMatch(/^Back to version \d+, create by first-admin .*\n {2}\(document\): nothing → \{/);
  expect((await server.api.flags(project).list()).totalCount).toBe(1);
});

it('what somebody else does while it is asked stays', async () => {
  await versions();
  const terminal = { in: true, out: false, err: false, columns: 80 };
  const ran = await flagctl(['ffs', 'new-checkout'], {
    terminal,
    ask: async () => {
      await definitions().patch('new-checkout', { spec: { offVariant: 'off' } });
      return 'y';
    },
  });
  expect(ran).toMatchObject({ code: 6, out: '' });
  expect(ran.err.split('\n').slice(-4)).toEqual([
    'Error: version conflict when updating "new-checkout"',
    '  The resource has been modified since you last read it',
    `  Run 'flagctl get ffs new-checkout --project ${project} --stage dev' to get the latest version`,
    '',
  ]);
});

it('in a protected stage, by force', async () => {
  const [one] = await versions();
  await server.api.links(project).patch('dev', { spec: { requireChangeRequest: true } });
  const refused = await flagctl(['ffs', 'new-checkout', '--to-version', one]);
  expect(refused.code).toBe(6);
  expect(refused.err).toContain(`Error: stage "dev" takes changes of flag "new-checkout" by change request only
  Run 'flagctl create cr --project ${project} --feature-flag new-checkout --stage dev --enabled=true --targeting=null' to ask for it
  Or, in an emergency, an approver may say --force, which the history remembers
`);
  expect(await flagctl(['ffs', 'new-checkout', '--force'])).toMatchObject({ code: 0 });
  expect((await definitions().history('new-checkout')).items[0]).toMatchObject({ forced: true });
});

it('what others have written is one line of it', async () => {
  await versions();
  const { version } = await definitions().patch('new-checkout', {
    spec: { enabled: true },
    comment: 'typo\n  nothing changes\r\u2028x',
  });
  const back = await flagctl(['ffs', 'new-checkout', '--to-version', version, '--dry-run']);
  expect(back.code).toBe(0);
  expect(back.err).toMatch(/^Back to version \d+, .*: typo nothing changes x\n {2}nothing changes\n$/);
});

it('needs a version that there was', async () => {
  expect(await flagctl(['ff', 'new-checkout', '--yes'])).toEqual({
    code: 6,
    out: '',
    err: `Error: feature flag "new-checkout" of project "${project}" has no earlier version to go back to
  Run 'flagctl history ff new-checkout --project ${project}' to see what was done to it
`,
  });
  const wrong = await flagctl(['ff', 'new-checkout', '--to-version', '999999']);
  expect(wrong).toMatchObject({
    code: 4,
    out: '',
    err: expect.stringMatching(/^Error: version 999999 of feature flag/),
  });
  const never = await flagctl(['ff', 'nope', '--yes']);
  expect(never).toMatchObject({
    code: 4,
    err: expect.stringMatching(/^Error: feature flag "nope" not found in project/),
  });
});

it.each<[args: readonly string[], text: RegExp]>([
  [['ff', 'x', '--to-version', 'v1'], /^Error: --to-version is "v1"; expected a version, as 42\n/],
  [['ff', 'x', '--to-version', '1', '--to', '2'], /^Error: --to-version is "1", and --to is "2"\n {2}Say it once/],
  [
    ['ff', 'x', '--stage', 'dev'],
    /^Error: --stage goes with stage definitions, not with feature flags\n {2}Did you mean ffs\?/,
  ],
  [['cr', 'cr-1'], /^Error: change requests cannot be named to rollback\n {2}What a change request has changed/],
])('%j makes no sense', async (args, text) => {
  const ran = await flagctl(args);
  expect(ran).toMatchObject({ code: 2, out: '' });
  expect(ran.err).toMatch(text);
});

it('is not asked for what would be refused', async () => {
  await versions();
  await server.api.links(project).patch('dev', { spec: { requireChangeRequest: true } });
  const terminal = { in: true, out: true, err: true, columns: 80 };
  const ran = await flagctl(['ffs', 'new-checkout'], { terminal, answers: ['y'] });
  expect(ran.code).toBe(6);
  expect(ran.err).not.toContain('[y/N]');
  expect(ran.err).toContain('flagctl create cr --project');
});
