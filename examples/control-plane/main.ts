import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from '@flagwright/server';
import { ApiError, controlPlane } from '@flagwright/server/client';
import { OpenFeature } from '@openfeature/server-sdk';
import { changedBy } from '../changed-by.js';
import { table } from '../table.js';
import { answersOf, openApps } from './apps.js';
import { seed, tokenFor } from './seed.js';

// A control plane with its database in a folder, two applications of its stage production, and a change that one person
// asks for and another one applies.

const folder = await mkdtemp(join(tmpdir(), 'control-plane-'));
const server = await createServer({ dataDirectory: folder, log: () => {} });
try {
  const { url } = await server.listen();
  const admin = controlPlane({ url, token: server.firstToken! });
  await seed(admin);
  const as = async (name: string, role: string) =>
    controlPlane({ url, token: await tokenFor(admin, { name, role, projects: ['shop'] }) });
  const ann = await as('ann', 'approver');
  const ben = await as('ben', 'approver');

  const production = { projects: ['shop'], stages: ['production'] };
  const apps = await openApps(url, await tokenFor(admin, { name: 'shop-production', role: 'sdk', ...production }));
  const show = async () => console.log(`${table([['user', 'by its own', 'by OFREP'], ...(await answersOf(apps))])}\n`);
  await show();

  const enabled = { spec: { targeting: null, defaultVariant: 'on' } };
  await ann
    .stageDefinitions('shop', 'production')
    .patch('new-checkout', enabled)
    .catch((thrown) => console.log(`ann: ${toldOf(thrown)}`));

  const { id } = await ann.changeRequests.create({
    spec: {
      projectId: 'shop',
      featureFlagId: 'new-checkout',
      stageId: 'production',
      comment: 'no complaints for a week',
      ...enabled.spec,
    },
  });
  const { text } = (await ben.changeRequests.effect(id)) as { readonly text: string };
  console.log(`ann asks for ${id}:\n${text.replaceAll(/^/gm, '  ')}`);
  await ann.changeRequests.apply(id).catch((thrown) => console.log(`ann: ${toldOf(thrown)}`));

  const heard = changedBy(apps.following, () => {});
  await ben.changeRequests.apply(id, { comment: 'go' });
  console.log(`ben applies it: ${(await heard).join(', ')} has changed\n`);
  await show();

  const { items } = await admin.stageDefinitions('shop', 'production').history('new-checkout');
  const rows = items.map(({ action, actor, comment }) => [action, actor, comment]);
  console.log(table([['change', 'by', 'because'], ...rows]));
} finally {
  await OpenFeature.close();
  await server.close();
  await rm(folder, { recursive: true });
}

function toldOf(thrown: unknown): string {
  if (!(thrown instanceof ApiError)) throw thrown;
  return `${thrown.status} ${thrown.code}: ${thrown.message}`;
}
