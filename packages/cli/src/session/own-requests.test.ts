import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Served, seedProject, served } from '../../test/server.ts';

let server: Served;
let id: string;
beforeAll(async () => {
  server = await served();
  await seedProject(server.api, 'shop');
  const spec = { projectId: 'shop', featureFlagId: 'new-checkout', stageId: 'production', enabled: true };
  ({ id } = await server.api.changeRequests.create({ spec }));
});
afterAll(() => server.close());

const COMMANDS = [
  'get cr ID',
  'describe cr ID',
  'history cr ID',
  'patch cr ID --enabled=false',
  'edit cr ID',
  'approve ID',
  'approve cr ID',
  'apply cr ID',
  'reject ID',
  'close cr ID',
].flatMap((line) => [
  [line, '--project', 'nosuch', 'project "shop"'] as const,
  [line, '--stage', 'dev', 'stage "production"'] as const,
]);

it.each(COMMANDS)('%s %s %s is of another one', async (line, option, value, its) => {
  const args = [...line.replace('ID', id).split(' '), option, value];
  expect(await server.flagctl(args, { env: { EDITOR: 'ed' } })).toEqual({
    code: 4,
    out: '',
    err: `Error: change request "${id}" is of ${its}, not "${value}"\n  Leave ${option} out, or say that of the request\n`,
  });
  expect((await server.api.changeRequests.get(id)).status).toMatchObject({ state: 'pending' });
});

it('the others are shown', async () => {
  const spec = { projectId: 'shop', featureFlagId: 'new-checkout', stageId: 'dev', enabled: true };
  const { id: other } = await server.api.changeRequests.create({ spec });
  const ran = await server.flagctl(['get', 'cr', id, other, '--stage', 'dev', '-o', 'name']);
  expect(ran).toMatchObject({ code: 4, out: `change-request/${other}\n` });
});

it('variables say what holds otherwise, and refuse nothing', async () => {
  const env = { FLAGCTL_PROJECT: 'nosuch', FLAGCTL_STAGE: 'dev' };
  expect(await server.flagctl(['describe', 'cr', id], { env })).toMatchObject({ code: 0 });
  expect(await server.flagctl(['patch', 'stage', 'dev', '--name', 'Dev'], { env })).toMatchObject({ code: 0 });
  const right = ['approve', id, '--project', 'shop', '--stage', 'production', '--dry-run'];
  expect(await server.flagctl(right)).toMatchObject({ code: 0, out: `change-request/${id} applied (dry run)\n` });
});

it.each([
  ['get cr --project shop', /^change-request\/cr-\d/],
  ['get stages --project shop', /^stage\/dev\n/],
  ['get project shop --project shop', /^project\/shop\n$/],
])('%s is narrowed', async (line, out) => {
  expect(await server.flagctl([...line.split(' '), '-o', 'name'])).toMatchObject({
    code: 0,
    out: expect.stringMatching(out),
  });
});
