import { controlPlane } from '@flagwright/server/client';
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
beforeEach(() => {
  project = `app-${++count}`;
});

const flagctl = (args: readonly string[], more: Surroundings = {}): Promise<Ran> => server.flagctl(args, more);
const definitions = () => server.api.stageDefinitions(project, 'production');

/** A change request, as the first admin has made it. */
async function asked(more: object = {}): Promise<string> {
  await seedProject(server.api, project);
  const where = { projectId: project, featureFlagId: 'new-checkout', stageId: 'production' };
  const spec = { ...where, enabled: true, defaultVariant: 'on', comment: 'go live', ...more };
  return (await server.api.changeRequests.create({ spec })).id;
}

/** What is shown before it is decided. */
const effect = (id: string): string => `${id} of first-admin, for new-checkout in ${project}/production: go live
  the flag is enabled
  the default changes from the caller's default to on
  everybody: 100 % move from the caller's default to on
`;

it.each([['approve'], ['approve cr']])('%s applies one, and tells before whom it moves', async (verb) => {
  const id = await asked();
  const dry = await flagctl([...verb.split(' '), id, '--dry-run']);
  expect(dry).toEqual({ code: 0, out: `change-request/${id} applied (dry run)\n`, err: effect(id) });
  await expect(definitions().get('new-checkout')).rejects.toThrow('not found');
  const done = await flagctl([...verb.split(' '), id, '--comment', 'Approved by SRE team']);
  expect(done).toEqual({ code: 0, out: `change-request/${id} applied\n`, err: effect(id) });
  expect((await definitions().get('new-checkout')).spec).toEqual({ enabled: true, defaultVariant: 'on' });
  expect((await server.api.changeRequests.get(id)).status).toMatchObject({
    state: 'applied',
    decisionComment: 'Approved by SRE team',
  });
  const again = await flagctl(['approve', id]);
  expect(again).toEqual({
    code: 6,
    out: '',
    err: `Error: change request "${id}" is applied already; expected a pending one
  What was decided stays so: ask for another change
`,
  });
});

it('one that has a time is approved for it', async () => {
  const id = await asked({ applyAt: '2999-01-31T12:00:00Z' });
  const later = 'to be applied at 2999-01-31T12:00:00.000Z\n';
  expect(await flagctl(['approve', id])).toEqual({
    code: 0,
    out: `change-request/${id} approved, ${later}`,
    err: effect(id),
  });
  expect(await flagctl(['approve', id])).toMatchObject({
    code: 0,
    out: `change-request/${id} unchanged, approved by first-admin before, ${later}`,
  });
});

it('one that was written for something else stays pending, and how that differs is shown', async () => {
  const id = await asked();
  const { version } = await definitions().replace('new-checkout', { spec: { enabled: true, offVariant: 'off' } });
  const ran = await flagctl(['approve', id]);
  expect(ran).toMatchObject({ code: 6, out: '' });
  expect(ran.err).toMatch(
    new RegExp(`\nError: change request "${id}" is for version 0 of the stage definition of .*, which has version ${version} now
  Since then it has changed:
    \\(document\\): nothing → {"enabled":true,"offVariant":"off"}
  Run 'flagctl describe cr ${id}' to look at what it would do now
  Then save it again for what is there now: flagctl patch cr ${id} -p '{"featureFlagStageDefinitionVersion":"${version}"}'
  Or apply it all the same, as an approver: flagctl approve ${id} --force
$`),
  );
  const again = ran.err.split('\n').find((line) => line.includes('Then save'))!;
  const [, patch] = /-p '(.*)'$/.exec(again)!;
  expect(await flagctl(['patch', 'cr', id, '-p', patch!])).toMatchObject({ code: 0 });
  expect(await flagctl(['approve', id])).toMatchObject({ code: 0, out: `change-request/${id} applied\n` });
});

it('an approver may apply it all the same', async () => {
  const id = await asked();
  await definitions().replace('new-checkout', { spec: { enabled: true, offVariant: 'off' } });
  expect(await flagctl(['approve', id, '--force'])).toMatchObject({ code: 0, out: `change-request/${id} applied\n` });
  expect((await definitions().history('new-checkout')).items[0]).toMatchObject({ action: 'apply', forced: true });
});

it.each([['reject'], ['close'], ['close cr']])('%s closes one', async (verb) => {
  const id = await asked();
  const done = await flagctl([...verb.split(' '), id, '--comment', 'Not ready for production']);
  expect(done).toEqual({ code: 0, out: `change-request/${id} closed\n`, err: '' });
  expect((await server.api.changeRequests.get(id)).status).toMatchObject({
    state: 'closed',
    decisionComment: 'Not ready for production',
  });
});

it('whoever may not approve is told what it takes', async () => {
  const id = await asked();
  await server.api.links(project).patch('production', { spec: { requireChangeRequest: true } });
  const made = await server.api.ask('POST', '/tokens', { body: { name: `ann-${project}`, role: 'editor' } });
  const { token } = made as { readonly token: string };
  const ran = await flagctl(['approve', id], { env: { FLAGCTL_TOKEN: token } });
  expect(ran).toMatchObject({ code: 5, out: '' });
  expect(ran.err).toMatch(
    /\nError: the role editor may not approve in project "app-\d+", stage "production"\n {2}Ask for a token with the role approver or admin\n {2}Run 'flagctl whoami' to see what this token may do\n$/,
  );
  expect(await controlPlane({ url: server.url, token }).changeRequests.get(id)).toMatchObject({
    status: { state: 'pending' },
  });
});

it('a token that was revoked is of no use', async () => {
  const made = await server.api.ask('POST', '/tokens', { body: { name: project, role: 'approver' } });
  const { id, token } = made as { readonly id: string; readonly token: string };
  await server.api.ask('DELETE', `/tokens/${id}`);
  expect(await flagctl(['approve', 'cr-1'], { env: { FLAGCTL_TOKEN: token } })).toEqual({
    code: 3,
    out: '',
    err: `Error: the token was revoked
  Ask for another one
  Give one by FLAGCTL_TOKEN, or keep it: 'flagctl config set-credentials <name>'
`,
  });
});

it('one that is not there', async () => {
  expect(await flagctl(['approve', 'cr-99999'])).toEqual({
    code: 4,
    out: '',
    err: `Error: change request "cr-99999" not found\n  Run 'flagctl get cr' to list available change requests\n`,
  });
});

it.each<[args: readonly string[], text: RegExp]>([
  [['approve'], /^Error: approve: the id is missing\n/],
  [['approve', 'cr'], /^Error: approve: which change request\? Its id is missing\n/],
  [['close', 'cr-1', 'cr-2'], /^Error: close: "cr-2" is one argument too many\n/],
  [['reject', 'ff', 'x'], /^Error: feature flags cannot be named to reject: it is for change requests\n/],
])('%j makes no sense', async (args, text) => {
  const ran = await flagctl(args);
  expect(ran).toMatchObject({ code: 2, out: '' });
  expect(ran.err).toMatch(text);
});

it('what others have written does not look like the effect', async () => {
  const id = await asked({ comment: 'fix a typo\n  nobody is affected\r\n\u2028(done)' });
  const told = effect(id).replace('go live', 'fix a typo nobody is affected (done)');
  for (const verb of [['approve'], ['apply', 'cr']]) {
    expect((await flagctl([...verb, id, '--dry-run'])).err).toBe(told);
  }
  const { out } = await flagctl(['describe', 'cr', id]);
  expect(out).toMatch(/^Comment: +fix a typo nobody is affected \(done\)$/m);
});

it('names of variants and attributes are of one line in the effect', async () => {
  await seedProject(server.api, project);
  const variants = { on: true, 'off\n  nobody is affected': false };
  await server.api.flags(project).create({ metadata: { id: 'forged' }, spec: { type: 'BOOLEAN', variants } });
  const targeting = { if: [{ '==': [{ var: 'tier\n  nobody is affected' }, 1] }, 'on', null] };
  const where = { projectId: project, featureFlagId: 'forged', stageId: 'production' };
  const change = { enabled: true, defaultVariant: 'off\n  nobody is affected', targeting };
  const { id } = await server.api.changeRequests.create({ spec: { ...where, ...change } });
  const { err } = await flagctl(['approve', id, '--dry-run']);
  expect(err).not.toMatch(/^ *nobody is affected/m);
  expect((await flagctl(['describe', 'cr', id])).out).not.toMatch(/^ *nobody is affected/m);
  expect((await flagctl(['describe', 'ff', 'forged', '--project', project])).out).not.toMatch(/^ *nobody is/m);
});

it('what was decided upon can be applied again as it is', async () => {
  const applied = await asked();
  expect((await flagctl(['approve', applied])).code).toBe(0);
  const other = (await server.api.changeRequests.create({
    spec: { projectId: project, featureFlagId: 'new-checkout', stageId: 'dev', enabled: true },
  })) as { readonly id: string };
  expect((await flagctl(['close', other.id])).code).toBe(0);
  const list = (await flagctl(['get', 'cr', applied, other.id, '-o', 'yaml'])).out;
  const ran = await flagctl(['apply', '-f', '-'], { stdin: list });
  expect(ran).toMatchObject({ code: 0, err: '' });
  expect(ran.out).toMatch(new RegExp(`^change-request/${applied} unchanged\nchange-request/${other.id} unchanged\n`));
});
