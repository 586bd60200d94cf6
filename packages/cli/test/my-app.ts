import type { ControlPlane } from '@flagwright/server/client';
import { expect } from 'vitest';
import { type Served, seedProject } from './server.ts';

/** What of it is printed is as old as this then. */
export const LATER: { readonly now: () => number } = { now: () => Date.now() + 3 * 3_600_000 + 60_000 };

/** What a command line printed, times aside. It must be done, and say nothing else. */
export async function shownBy(server: Served, args: readonly string[]): Promise<string> {
  const { code, out, err } = await server.flagctl(args, LATER);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME');
}

/** A project `my-app` with something of everything, and `other`, which has nothing but a link to dev. */
export async function seedMyApp(api: ControlPlane): Promise<void> {
  await seedProject(api, 'my-app');
  await api.projects.patch('my-app', {
    spec: { name: 'My app', description: 'Main application', owners: ['a@example.com', 'b@example.com'] },
  });
  await api.flags('my-app').create({
    metadata: { id: 'theme' },
    spec: {
      type: 'STRING',
      description: 'Which colours',
      variants: { red: 'r', blue: 'b', green: 'g' },
      tags: ['ui', 'beta'],
      owner: '@ui',
      enabled: true,
      prerequisites: [{ key: 'new-checkout', variation: 'on' }],
    },
  });
  await api.flags('my-app').create({
    metadata: { id: 'layout' },
    spec: { type: 'STRING', variants: { 'first-of-all': '1', 'second-best': '2', third: '3' } },
  });
  await api.flags('my-app').create({ metadata: { id: 'old' }, spec: { type: 'BOOLEAN', archived: true } });
  await api.contexts('my-app').create({
    metadata: { id: 'user-tier' },
    spec: { type: 'STRING', description: 'User subscription level' },
  });
  const targeting = { if: [{ '==': [{ var: 'user-tier' }, 'premium'] }, 'on', null] };
  const dev = api.stageDefinitions('my-app', 'dev');
  await dev.replace('new-checkout', {
    spec: { enabled: true, defaultVariant: 'off', targeting },
    comment: 'premium first',
  });
  await dev.patch('new-checkout', { spec: { defaultVariant: 'on' }, comment: 'for all' });
  await api.stageDefinitions('my-app', 'staging').replace('new-checkout', { spec: { enabled: false } });
  await api.stageDefinitions('my-app', 'staging').replace('layout', {
    spec: { enabled: true, rules: [{ id: 'all', variation: 'third' }] },
  });
  await api.links('my-app').patch('production', { spec: { requireChangeRequest: true } });
  await api.changeRequests.create({
    spec: {
      projectId: 'my-app',
      featureFlagId: 'new-checkout',
      stageId: 'production',
      enabled: true,
      defaultVariant: 'on',
      comment: 'no complaints for a week',
    },
  });
  await api.projects.create({ metadata: { id: 'other' }, spec: {} });
  await api.links('other').replace('dev', { spec: {} });
  await api.ask('PUT', '/templates/kill-switch', {
    body: { spec: { description: 'On everywhere', flag: { type: 'BOOLEAN' }, stages: { dev: {}, production: {} } } },
  });
  await api.ask('POST', '/projects/my-app/stages/dev/usage', {
    body: {
      counts: [
        { flag: 'new-checkout', variant: 'on', count: 30 },
        { flag: 'new-checkout', count: 10 },
      ],
    },
  });
}
