import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, good } from '../api.ts';
import { ENGINES, type OpenedDatabase } from '../database/engines.ts';
import { apiWithHistory, freshProject } from './world.ts';

describe.each(ENGINES)('the history on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let api: Api;

  beforeAll(async () => {
    opened = await open();
    api = apiWithHistory(opened.database);
  });
  afterAll(() => opened.end());

  const patch = (path: string, spec: object, comment?: string) =>
    good(api.ask('PATCH', path, { spec, ...(comment === undefined ? {} : { comment }) }));

  it('tells who changed what, when, by which request, and why, the newest first', async () => {
    const { base } = await freshProject(api);
    const item = `${base}/stages/dev/feature-flags/checkout`;
    const first = await patch(item, { enabled: true });
    await good(
      api.as('editor', { subject: 'ann' })(
        'PATCH',
        item,
        { spec: { defaultVariant: 'on' }, comment: 'launch' },
        { 'x-request-id': 'req-7' },
      ),
    );
    const { body } = await good(api.ask('GET', `${item}/history`));
    expect(body).toEqual({
      items: [
        {
          version: expect.stringMatching(/^\d+$/),
          at: expect.stringMatching(/^20\d\d-.*Z$/),
          actor: 'ann',
          token: 't-editor',
          requestId: 'req-7',
          action: 'update',
          comment: 'launch',
          forced: false,
          before: { spec: { enabled: true } },
          after: { spec: { enabled: true, defaultVariant: 'on' } },
          details: null,
        },
        expect.objectContaining({ version: first.body.version, action: 'create', before: null, comment: null }),
      ],
      totalCount: 2,
      page: 1,
      pageSize: 100,
    });
    expect((await good(api.ask('GET', `${item}/history/${first.body.version}`))).body).toEqual(body.items[1]);
  });

  it('is cut into pages, of which those past the end are empty', async () => {
    const { base } = await freshProject(api);
    const item = `${base}/contexts/user-tier`;
    for (const description of ['a', 'b', 'c', 'd']) await patch(item, { description });
    const page = async (page: number) => {
      const { body } = await good(api.ask('GET', `${item}/history?page=${page}&pageSize=2`));
      expect(body.totalCount).toBe(5);
      return body.items.map(({ after }: { after: { spec: { description?: string } } }) => after.spec.description);
    };
    expect(await page(1)).toEqual(['d', 'c']);
    expect(await page(2)).toEqual(['b', 'a']);
    expect(await page(3)).toEqual([undefined]);
    expect(await page(4)).toEqual([]);
  });

  it.each([
    ['Project', '', ''],
    ['ProjectStage', '/stages/dev', ''],
    ['FeatureFlag', '/feature-flags/checkout', ''],
    ['Context', '/contexts/user-tier', ''],
  ])('of a %s is kept when it is deleted', async (_kind, path) => {
    const { base } = await freshProject(api);
    await good(api.ask('DELETE', `${base}${path}?force=true`));
    const { body } = await good(api.ask('GET', `${base}${path}/history`));
    expect(body.items[0]).toMatchObject({ action: 'delete', after: null });
    expect(body.items[0].before).not.toBeNull();
    expect(body.totalCount).toBeGreaterThanOrEqual(2);
  });

  it('of a stage and of a change request is there, too', async () => {
    const { base, project } = await freshProject(api);
    expect((await good(api.ask('GET', '/stages/dev/history'))).body.totalCount).toBeGreaterThanOrEqual(1);
    await patch(`${base}/stages/dev/feature-flags/checkout`, { enabled: true });
    const spec = { projectId: project, featureFlagId: 'checkout', stageId: 'dev', enabled: false };
    const { id } = (await good(api.ask('POST', '/change-requests', { spec }))).body;
    await good(api.ask('POST', `/change-requests/${id}/apply`, {}));
    const { items } = (await good(api.ask('GET', `/change-requests/${id}/history`))).body;
    expect(items.map(({ after }: { after: { status: { state: string } } }) => after.status.state)).toEqual([
      'applied',
      'pending',
    ]);
    const { differences } = (await good(api.ask('GET', `/change-requests/${id}/history/diff?from=${items[1].version}`)))
      .body;
    expect(differences).toContainEqual({ op: 'replace', path: '/status/state', from: 'pending', to: 'applied' });
    const elsewhere = api.as('viewer', { projects: ['other'] });
    for (const path of ['history', `history/${items[0].version}`, `history/diff?from=${items[1].version}`]) {
      expect((await elsewhere('GET', `/change-requests/${id}/${path}`)).status).toBe(403);
    }
  });

  it('tells how two versions differ', async () => {
    const { base } = await freshProject(api);
    const item = `${base}/stages/dev/feature-flags/checkout`;
    const one = (await patch(item, { enabled: true, targeting: { if: [true, 'on', 'off'] } })).body.version;
    const two = (await patch(item, { targeting: null, defaultVariant: 'on' })).body.version;
    await good(api.ask('DELETE', item));
    const diff = async (query: string) => (await good(api.ask('GET', `${item}/history/diff?${query}`))).body;
    expect(await diff(`from=${one}&to=${two}`)).toEqual({
      from: one,
      to: two,
      differences: [
        { op: 'remove', path: '/spec/targeting', from: { if: [true, 'on', 'off'] } },
        { op: 'add', path: '/spec/defaultVariant', to: 'on' },
      ],
    });
    expect((await diff(`from=${two}&to=${two}`)).differences).toEqual([]);
    expect((await diff(`from=${two}`)).differences).toEqual([
      { op: 'remove', path: '', from: { spec: { enabled: true, defaultVariant: 'on' } } },
    ]);
  });

  it.each([
    ['/feature-flags/nothing/history', 404, 'NOT_FOUND'],
    ['/feature-flags/nothing/history/diff?from=1', 404, 'NOT_FOUND'],
    ['/feature-flags/checkout/history/999999999', 404, 'NOT_FOUND'],
    // a version of something else
    ['/feature-flags/checkout/history/1', 404, 'NOT_FOUND'],
    ['/feature-flags/checkout/history/x1', 400, 'INVALID_ARGUMENT'],
    ['/feature-flags/checkout/history/diff', 400, 'INVALID_ARGUMENT'],
    ['/feature-flags/checkout/history/diff?from=1.5', 400, 'INVALID_ARGUMENT'],
    ['/feature-flags/checkout/history/diff?from=999999999999999999', 404, 'NOT_FOUND'],
    ['/feature-flags/checkout/history?page=0', 400, 'INVALID_ARGUMENT'],
    ['/feature-flags/checkout/history?pageSize=1001', 400, 'INVALID_ARGUMENT'],
  ])('refuses %s', async (path, status, code) => {
    const { base } = await freshProject(api);
    const answer = await api.ask('GET', `${base}${path}`);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  describe('of everything', () => {
    it('is filtered and sorted, for the admins of the whole server', async () => {
      const { base, project } = await freshProject(api);
      await patch(`${base}/stages/dev/feature-flags/checkout`, { enabled: true }, 'why not');
      await good(api.ask('DELETE', `${base}/feature-flags/checkout?force=true`));
      const filter = encodeURIComponent(`project=${project} and action=delete`);
      const { body } = await good(api.ask('GET', `/audit?filter=${filter}&sort=kind`));
      expect(
        body.items.map(({ kind, id, stage, forced }: Record<string, unknown>) => [kind, id, stage, forced]),
      ).toEqual([
        ['FeatureFlag', 'checkout', undefined, true],
        ['FeatureFlagStage', 'checkout', 'dev', false],
      ]);
      expect(body.items[1].details).toEqual({ with: 'FeatureFlag' });
      const forced = encodeURIComponent(`project=${project} and forced=true`);
      expect((await good(api.ask('GET', `/audit?filter=${forced}`))).body.totalCount).toBe(1);
      const newest = await good(api.ask('GET', '/audit?pageSize=1'));
      expect(newest.body.items).toHaveLength(1);
      expect(newest.body.totalCount).toBeGreaterThan(5);
    });

    it('of a project is for all who may read it, as far as they see', async () => {
      const { base, project } = await freshProject(api);
      await patch(`${base}/stages/dev/feature-flags/checkout`, { enabled: true });
      await patch(`${base}/stages/staging/feature-flags/checkout`, { enabled: true });
      const viewer = api.as('viewer', { projects: [project], stages: ['dev'] });
      const { items } = (await good(viewer('GET', `/audit?project=${project}&pageSize=1000`))).body;
      const seen = items.map(({ kind, id, stage = '' }: Record<string, string>) => `${kind} ${id} ${stage}`.trim());
      expect(seen).toEqual([
        'FeatureFlagStage checkout dev',
        'FeatureFlag checkout',
        'Context user-tier',
        'ProjectStage dev dev',
        `Project ${project}`,
      ]);
      expect((await viewer('GET', '/audit')).status).toBe(403);
      expect((await viewer('GET', '/audit?project=other')).status).toBe(403);
      expect((await api.as('admin', { projects: [project] })('GET', '/audit')).status).toBe(403);
    });

    it('of a stage has what was done to its protection, and to no other', async () => {
      const { base, project } = await freshProject(api);
      await patch(`${base}/stages/dev`, { requireChangeRequest: true });
      await good(api.ask('DELETE', `${base}/stages/staging`));
      const of = async (filter: string, ask = api.ask) => {
        const query = `project=${project}&filter=${encodeURIComponent(filter)}&sort=version`;
        return (await good(ask('GET', `/audit?${query}`))).body.items.map(
          ({ action, kind, id, stage }: Record<string, string>) => [action, kind, id, stage],
        );
      };
      const dev = [
        ['create', 'ProjectStage', 'dev', 'dev'],
        ['update', 'ProjectStage', 'dev', 'dev'],
      ];
      expect(await of('stage=dev')).toEqual(dev);
      const staging = await of('stage=staging');
      expect(staging.at(-1)).toEqual(['delete', 'ProjectStage', 'staging', 'staging']);
      // whoever is for one stage does not see the others by it
      const viewer = api.as('viewer', { projects: [project], stages: ['dev'] });
      expect(await of('stage=dev', viewer)).toEqual(dev);
      expect(await of('stage=staging', viewer)).toEqual([]);
    });

    it('names the field that is not there', async () => {
      const { status, body } = await api.ask('GET', '/audit?filter=actr%3Dann');
      expect([status, body.hint]).toEqual([400, 'did you mean actor?']);
    });
  });
});
