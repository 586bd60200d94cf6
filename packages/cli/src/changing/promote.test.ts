import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Served, seedProject, served } from '../../test/server.ts';
import type { Ran } from '../../test/world.ts';

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

const promote = (...args: string[]): Promise<Ran> => server.flagctl(['promote', ...args, '--project', project]);
const UP = ['new-checkout', '--from', 'dev', '--to', 'production'];
const inProduction = async (): Promise<unknown> =>
  (await server.api.stageDefinitions(project, 'production').get('new-checkout')).spec;

/** A flag that is on for premium users in dev. */
async function seeded(): Promise<void> {
  await seedProject(server.api, project);
  const targeting = { if: [{ '==': [{ var: 'user-tier' }, 'premium'] }, 'on', null] };
  const spec = { enabled: true, defaultVariant: 'off', targeting };
  await server.api.stageDefinitions(project, 'dev').replace('new-checkout', { spec });
}

const EFFECT = `  the flag is enabled
  the default changes from the caller's default to off
  where user-tier is "premium": 100 % move from the caller's default to on
  where user-tier is not "premium": 100 % move from the caller's default to off
`;

it('brings what a flag does to another stage, and tells whom that moves', async () => {
  await seeded();
  const dry = await promote(...UP, '--dry-run');
  expect(dry).toEqual({
    code: 0,
    out: 'feature-flag-stage/new-checkout in production created (dry run)\n',
    err: `In stage production:\n${EFFECT}`,
  });
  await expect(inProduction()).rejects.toThrow('not found');
  const done = await promote('ff', ...UP, '--comment', 'go');
  expect(done).toEqual({ ...dry, out: 'feature-flag-stage/new-checkout in production created\n' });
  expect(await inProduction()).toMatchObject({ enabled: true, defaultVariant: 'off' });
  expect(await promote(...UP)).toEqual({
    code: 0,
    out: 'feature-flag-stage/new-checkout in production unchanged\n',
    err: '',
  });
});

it('some members only', async () => {
  await seeded();
  await promote(...UP, '--only', 'enabled', '--only', 'defaultVariant');
  expect(await inProduction()).toEqual({ enabled: true, defaultVariant: 'off' });
});

it('asks for it where a stage is protected', async () => {
  await seeded();
  await server.api.links(project).patch('production', { spec: { requireChangeRequest: true } });
  expect(await promote(...UP)).toEqual({
    code: 6,
    out: '',
    err: `Error: stage "production" takes changes of flag "new-checkout" by change request only
  Say --as-change-request to ask for it
  Or, in an emergency, an approver may say --force, which the history remembers
`,
  });
  const asked = await promote(...UP, '--as-change-request');
  expect(asked).toEqual({
    code: 0,
    out: expect.stringMatching(/^change-request\/cr-\d+ created\n$/),
    err: `If it is applied:\n${EFFECT}`,
  });
  expect(await promote(...UP, '--force')).toMatchObject({ code: 0 });
});

it('what is not there', async () => {
  await seeded();
  expect(await promote('new-checkout', '--from', 'staging', '--to', 'production')).toEqual({
    code: 4,
    out: '',
    err: `Error: stage definition of feature flag "new-checkout" not found in project "${project}", stage "staging": nothing to promote
  Run 'flagctl get ffs --project ${project}' to list available stage definitions
`,
  });
});

it.each<[args: readonly string[], text: RegExp]>([
  [['x', '--to', 'dev'], /^Error: --from is missing; expected a stage\n {2}Usage: flagctl promote <flag> --from/],
  [['x', '--from', 'dev', '--to', 'dev'], /^Error: from and to are both "dev"; expected two stages/],
  [['ff', '--from', 'dev', '--to', 'prod'], /^Error: promote: which feature flag\? Its id is missing/],
  [
    ['cr', 'x', '--from', 'dev', '--to', 'prod'],
    /^Error: change requests cannot be named to promote: it is for feature/,
  ],
  [['x', 'y', '--from', 'dev', '--to', 'prod'], /^Error: promote: "y" is one argument too many/],
  [[...UP, '--only', 'default'], /^Error: --only is "default"; expected one of enabled, defaultVariant/],
])('%j makes no sense', async (args, text) => {
  const ran = await promote(...args);
  expect(ran).toMatchObject({ code: 2, out: '' });
  expect(ran.err).toMatch(text);
});
