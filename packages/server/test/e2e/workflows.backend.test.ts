import { evaluate, follow } from '@flagwright/core';
import { httpSource } from '@flagwright/sources/http';
import { until } from '@flagwright/test-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiError, ControlPlane } from '../../src/client/index.ts';
import { GROUNDS, type Ground, newToken, type Running, run } from './servers.ts';

const PREMIUM = '{"if": [{"==": [{"var": "user-tier"}, "premium"]}, "on", "off"]}';

/** A share of users, as the seed writes it. */
const share = (part: number): Readonly<Record<string, unknown>> => ({
  if: [{ '<': [{ var: '$flagd.flagKey' }, part] }, 'on', 'off'],
});

describe.each(GROUNDS)('the workflows of a team on $name', ({ make }) => {
  let ground: Ground;
  let running: Running;
  let admin: ControlPlane;
  let editor: ControlPlane;
  let approver: ControlPlane;

  beforeAll(async () => {
    ground = await make();
    running = await run(ground);
    admin = running.api();
    editor = running.api(await newToken(admin, { name: 'dev', subject: 'dev@example.com', role: 'editor' }));
    approver = running.api(await newToken(admin, { name: 'sre', subject: 'sre@example.com', role: 'approver' }));
  });
  afterAll(async () => {
    await running.close();
    await ground.remove();
  });

  const refused = async (answer: Promise<unknown>): Promise<ApiError> => {
    const got = await answer.then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(got).toMatchObject({ name: 'ApiError' });
    return got as ApiError;
  };

  it('1: a new flag, from a project to a change request for production', async () => {
    await admin.projects.create({
      metadata: { id: 'my-app' },
      spec: { name: 'My Application', owners: ['user@example.com'] },
    });
    // the stages are there from the start
    for (const stage of ['dev', 'staging', 'production']) {
      await admin.links('my-app').replace(stage, { spec: {} });
    }
    await editor.contexts('my-app').create({
      metadata: { id: 'user-tier' },
      spec: { type: 'STRING', description: 'User subscription tier' },
    });
    const flag = await editor.flags('my-app').create({
      metadata: { id: 'new-feature' },
      spec: { name: 'New Feature', type: 'BOOLEAN', variants: { on: true, off: false } },
    });
    expect(flag).toMatchObject({ result: 'created', modificationInfo: { createdBy: 'dev@example.com' } });
    await editor
      .stageDefinitions('my-app', 'dev')
      .replace('new-feature', { spec: { enabled: true, defaultVariant: 'on' } });
    await editor.stageDefinitions('my-app', 'staging').replace('new-feature', {
      spec: { enabled: true, defaultVariant: 'off', targeting: PREMIUM },
    });
    const request = await editor.changeRequests.create({
      spec: {
        projectId: 'my-app',
        featureFlagId: 'new-feature',
        stageId: 'production',
        enabled: true,
        defaultVariant: 'off',
        comment: 'Requesting production rollout',
      },
    });
    expect(request.id).toMatch(/^cr-\d+$/);
    expect(request).toMatchObject({ result: 'created', status: { state: 'pending', requester: 'dev@example.com' } });
    const { status } = await admin.flags('my-app').get('new-feature');
    expect(status).toMatchObject({ stagesActive: 2, stagesLinked: 3 });
    const applied = await approver.changeRequests.apply(request.id, { comment: 'Approved by SRE team' });
    expect(applied).toMatchObject({ status: { state: 'applied' } });
    const production = await admin.stageDefinitions('my-app', 'production').get('new-feature');
    expect(production.spec).toEqual({ enabled: true, defaultVariant: 'off' });
    const { items } = await admin.changeRequests.list({ filter: 'projectId=my-app and stageId=production' });
    expect(items.map(({ id }) => id)).toEqual([request.id]);
  });

  it('2: a progressive rollout keeps those who have it, and the last step must take the targeting out', async () => {
    const production = editor.stageDefinitions('my-app', 'production');
    const token = await newToken(admin, { name: 'app-2', role: 'sdk', projects: ['my-app'], stages: ['production'] });
    const follower = follow(httpSource({ url: `${running.url}/sets/my-app/production`, token }));
    try {
      await follower.ready();
      const users = Array.from({ length: 2_000 }, (_, i) => `user-${i}`);
      const having = (): ReadonlySet<string> =>
        new Set(
          users.filter(
            (targetingKey) => evaluate(follower.snapshot!, 'new-feature', 'boolean', { targetingKey }).value === true,
          ),
        );
      const after = async (version: string): Promise<ReadonlySet<string>> => {
        const { spec } = await production.get('new-feature');
        expect(version).toMatch(/^\d+$/);
        await until('the application has it', () => {
          const flags = follower.snapshot!.document.flags as ReadonlyMap<string, Readonly<Record<string, unknown>>>;
          return JSON.stringify(flags.get('new-feature')?.targeting) === JSON.stringify(spec.targeting);
        });
        return having();
      };
      const tenth = await after((await production.patch('new-feature', { spec: { targeting: share(0.1) } })).version);
      expect(tenth.size / users.length).toBeCloseTo(0.1, 1);
      const quarter = await after(
        (await production.patch('new-feature', { spec: { targeting: share(0.25) } })).version,
      );
      expect(quarter.size / users.length).toBeCloseTo(0.25, 1);
      for (const user of tenth) expect(quarter.has(user), user).toBe(true);
      const still = await after((await production.patch('new-feature', { spec: { defaultVariant: 'on' } })).version);
      expect(still).toEqual(quarter);
      const all = await after((await production.patch('new-feature', { spec: { targeting: null } })).version);
      expect(all.size).toBe(users.length);
    } finally {
      await follower.close();
    }
  });

  it('3: production is protected, and switched off in an emergency all the same', async () => {
    await admin.links('my-app').replace('production', {
      spec: { requireChangeRequest: true, requireSecondApprover: true },
    });
    const direct = editor.stageDefinitions('my-app', 'production');
    expect(await refused(direct.patch('new-feature', { spec: { enabled: false } }))).toMatchObject({
      status: 409,
      code: 'PROTECTED',
    });
    expect(await refused(direct.patch('new-feature', { spec: { enabled: false } }, { force: true }))).toMatchObject({
      status: 403,
    });
    const off = await approver
      .stageDefinitions('my-app', 'production')
      .patch('new-feature', { spec: { enabled: false }, comment: 'it burns' }, { force: true });
    expect(off).toMatchObject({ result: 'updated', spec: { enabled: false } });
    const { items } = await admin.stageDefinitions('my-app', 'production').history('new-feature', { pageSize: 1 });
    expect(items).toMatchObject([{ action: 'update', actor: 'sre@example.com', forced: true, comment: 'it burns' }]);
  });

  it('4: a request is decided upon by somebody else, and only if nothing changed meanwhile', async () => {
    const spec = { projectId: 'my-app', featureFlagId: 'new-feature', stageId: 'production' };
    const first = await approver.changeRequests.create({ spec: { ...spec, enabled: true } });
    expect(await refused(approver.changeRequests.apply(first.id))).toMatchObject({ status: 403 });
    expect(await refused(editor.changeRequests.apply(first.id))).toMatchObject({ status: 403 });
    const second = await editor.changeRequests.create({ spec: { ...spec, defaultVariant: 'off' } });
    await approver.changeRequests.apply(second.id);
    const stale = await refused(admin.changeRequests.apply(first.id));
    expect(stale).toMatchObject({ status: 409, code: 'VERSION_CONFLICT' });
    expect(await admin.changeRequests.get(first.id)).toMatchObject({ status: { state: 'pending' } });
    await editor.changeRequests.close(second.id).catch((error: ApiError) => expect(error.code).toBe('NOT_PENDING'));
    expect(await approver.changeRequests.close(first.id, { comment: 'too late' })).toMatchObject({
      status: { state: 'closed' },
    });
  });

  it('5: what happened is told, and taken back', async () => {
    const production = admin.stageDefinitions('my-app', 'production');
    const before = await production.get('new-feature');
    const { items } = await production.history('new-feature');
    expect(items.map(({ version }) => version)).toEqual(
      [...items.map(({ version }) => version)].sort((a, b) => Number(b) - Number(a)),
    );
    const good = items.find(({ after }) => (after as { spec: { enabled?: boolean } } | null)?.spec.enabled === true)!;
    const back = await production.rollback('new-feature', good.version, { force: true, comment: 'as it was' });
    expect(back.spec.enabled).toBe(true);
    const difference = await production.difference('new-feature', before.version);
    expect(difference).toMatchObject({ from: before.version });
    expect(await refused(production.get('no-such-flag'))).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  });
});
