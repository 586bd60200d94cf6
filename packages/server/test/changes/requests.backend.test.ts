import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { good } from '../api.ts';
import { ENGINES, type OpenedDatabase } from '../database/engines.ts';
import { HOUR, inMs, newWorld, type World } from './world.ts';

const PREMIUM = { if: [{ '==': [{ var: 'user-tier' }, 'premium'] }, 'on', 'off'] };

describe.each(ENGINES)('change requests on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let world: World;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened.end());
  beforeEach(async () => {
    world = await newWorld(opened.database);
  });

  const define = (spec: unknown, stage = 'staging') =>
    good(world.admin('PUT', `/projects/${world.project}/stages/${stage}/feature-flags/checkout?force=true`, { spec }));

  describe('to ask for one', () => {
    it('answers with what it is, who it moves, and where it is', async () => {
      const { status, body, headers } = await world.request({ comment: 'Launch', targeting: JSON.stringify(PREMIUM) });
      expect({ status, location: headers.get('location') }).toMatchObject({
        status: 201,
        location: expect.stringMatching(new RegExp(`/change-requests/${body.id}$`)),
      });
      expect(headers.get('etag')).toBe(`"${body.version}"`);
      expect(body).toMatchObject({
        kind: 'ChangeRequest',
        id: expect.stringMatching(/^cr-\d+$/),
        result: 'created',
        warnings: [],
        spec: {
          projectId: world.project,
          featureFlagId: 'checkout',
          stageId: 'staging',
          featureFlagStageDefinitionVersion: '0',
          comment: 'Launch',
          enabled: true,
          targeting: PREMIUM,
        },
        status: { state: 'pending', requester: 'eve', effect: { summary: { enabled: { from: false, to: true } } } },
      });
      expect(await world.definition()).toMatchObject({ version: '0' });
      const [made] = await world.history('ChangeRequest', body.id);
      expect(made).toMatchObject({ actor: 'eve', action: 'create', version: body.version });
      const stored = await opened.database.query('select status from flagwright.resources where id = $1', [body.id]);
      expect(stored[0]?.status).not.toHaveProperty('effect');
    });

    it('is for the version that is there', async () => {
      const { body } = await define({ enabled: true });
      expect((await world.request({ enabled: false })).body.spec.featureFlagStageDefinitionVersion).toBe(body.version);
    });

    it('is refused for another version, with what has changed', async () => {
      const first = await define({ enabled: true, defaultVariant: 'off' });
      const second = await define({ enabled: true, defaultVariant: 'on' });
      const named = { featureFlagStageDefinitionVersion: first.body.version };
      expect(await world.request(named)).toMatchObject({
        status: 409,
        body: {
          code: 'VERSION_CONFLICT',
          currentVersion: second.body.version,
          expectedVersion: first.body.version,
          difference: [{ op: 'replace', path: '/defaultVariant', from: 'off', to: 'on' }],
        },
      });
      for (const other of ['v1.2.3', '999999999', '0']) {
        const answer = await world.request({ featureFlagStageDefinitionVersion: other });
        expect(answer).toMatchObject({ status: 409, body: { code: 'VERSION_CONFLICT' } });
      }
      expect(await world.request({ featureFlagStageDefinitionVersion: second.body.version })).toMatchObject({
        status: 201,
      });
    });

    it.each<[string, Record<string, unknown>, number, string]>([
      ['nothing to change', { enabled: undefined, comment: 'Why' }, 422, 'INVALID_SPEC'],
      ['a variant that is not there', { defaultVariant: 'maybe' }, 422, 'INVALID_SPEC'],
      ['targeting that is no JSON', { targeting: '{"if":' }, 422, 'INVALID_SPEC'],
      ['a field that is not known', { enable: true }, 422, 'INVALID_SPEC'],
      ['a flag that is not there', { featureFlagId: 'nope' }, 404, 'NOT_FOUND'],
      ['a stage that is not linked', { stageId: 'nowhere' }, 404, 'NOT_FOUND'],
      ['a project that is not there', { projectId: 'nowhere' }, 404, 'NOT_FOUND'],
      ['no project', { projectId: undefined }, 422, 'INVALID_SPEC'],
      ['a time that is past', { applyAt: inMs(-1_000) }, 422, 'INVALID_SPEC'],
      ['a time that is none', { applyAt: 'tomorrow' }, 422, 'INVALID_SPEC'],
      ['a day that is none', { applyAt: '2199-02-30T00:00:00Z' }, 422, 'INVALID_SPEC'],
      ['a time of no database', { applyAt: '9999-12-31T23:59:59-01:00' }, 422, 'INVALID_SPEC'],
    ])('is refused with %s', async (_what, spec, status, code) => {
      expect(await world.request(spec)).toMatchObject({ status, body: { code } });
      const { body } = await world.eve('GET', `/change-requests?filter=projectId=${world.project}`);
      expect(body.totalCount).toBe(0);
    });

    it('is refused for an archived flag', async () => {
      await good(
        world.admin('PATCH', `/projects/${world.project}/feature-flags/checkout`, { spec: { archived: true } }),
      );
      expect(await world.request()).toMatchObject({ status: 409, body: { code: 'CONFLICT' } });
    });

    it('tells what is doubtful of the stage definition that would be', async () => {
      const { status, body } = await world.request({
        targeting: { if: [{ '==': [{ var: 'user-teir' }, 'a'] }, 'on'] },
      });
      expect({ status, warnings: body.warnings }).toMatchObject({ status: 201, warnings: [{ severity: 'warning' }] });
    });

    it('stores times as UTC, and targeting parsed', async () => {
      const { body } = await world.request({ applyAt: '2199-01-01t01:00:00+01:00', targeting: ' ' });
      expect(body.spec).toMatchObject({ applyAt: '2199-01-01T00:00:00.000Z', targeting: null });
    });

    it.each<[string, Parameters<World['api']['as']>]>([
      ['a viewer', ['viewer']],
      ['an application', ['sdk']],
      ['an editor of another project', ['editor', { projects: ['other'] }]],
      ['an approver of another stage', ['approver', { stages: ['dev'] }]],
    ])('is not for %s', async (_who, who) => {
      expect(await world.request({}, world.api.as(...who))).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    });

    it('is for an editor of just that project and stage', async () => {
      const who = world.api.as('editor', { projects: [world.project], stages: ['staging'] });
      expect(await world.request({}, who)).toMatchObject({ status: 201 });
    });

    it('changes nothing as a dry run, and tells whom it would move', async () => {
      const { body, status } = await world.eve('POST', '/change-requests?dryRun=true', {
        spec: { projectId: world.project, featureFlagId: 'checkout', stageId: 'staging', enabled: true },
      });
      expect({ status, effect: body.status.effect.identical }).toEqual({ status: 201, effect: false });
      expect(await world.eve('GET', `/change-requests/${body.id}`)).toMatchObject({ status: 404 });
    });

    it('takes an id that is free, and no number twice', async () => {
      const spec = { projectId: world.project, featureFlagId: 'checkout', stageId: 'staging', enabled: true };
      const [last] = await opened.database.query<{ readonly n: string }>(
        `select nextval('flagwright.change_requests')::text as n`,
      );
      const id = `cr-${Number(last!.n) + 1}`;
      const create = (body: unknown) => world.eve('POST', '/change-requests', body);
      expect(await create({ metadata: { id }, spec })).toMatchObject({ status: 201, body: { id } });
      expect(await create({ id, spec })).toMatchObject({ status: 409, body: { code: 'ALREADY_EXISTS' } });
      expect(await create({ spec })).toMatchObject({ status: 201, body: { id: `cr-${Number(last!.n) + 2}` } });
      expect(await create({ id: 'my-request', spec })).toMatchObject({ status: 400 });
      expect(await create({ id: 'cr-0', spec })).toMatchObject({ status: 400 });
      expect(await create({ metadata: { project: 'other' }, spec })).toMatchObject({ status: 400 });
    });
  });

  describe('to look at them', () => {
    it('lists, filters and sorts them, the newest first', async () => {
      const ids: string[] = [];
      for (const stageId of ['dev', 'staging', 'production']) ids.unshift((await world.request({ stageId })).body.id);
      await good(world.eve('POST', `/change-requests/${ids[0]}/close`, {}));
      const list = async (filter: string, more = ''): Promise<readonly string[]> => {
        const query = encodeURIComponent(`projectId=${world.project}${filter}`);
        const { body } = await good(world.viewer('GET', `/change-requests?filter=${query}${more}`));
        return body.items.map(({ id }: { readonly id: string }) => id);
      };
      expect(await list('')).toEqual(ids);
      expect(await list(' and stageId=staging')).toEqual([ids[1]]);
      expect(await list(' and status=pending')).toEqual(ids.slice(1));
      expect(await list(' and requester=eve and featureFlagId=checkout', '&sort=modificationInfo.createdTime')).toEqual(
        ids.toReversed(),
      );
      expect(await list('', '&pageSize=1&page=2')).toEqual([ids[1]]);
    });

    it('shows a token those of its projects and stages', async () => {
      const { body: staging } = await world.request();
      const { body: dev } = await world.request({ stageId: 'dev' });
      const scoped = world.api.as('viewer', { projects: [world.project], stages: ['dev'] });
      const { body } = await good(scoped('GET', '/change-requests'));
      expect(body.items.map(({ id }: { readonly id: string }) => id)).toEqual([dev.id]);
      expect(await scoped('GET', `/change-requests/${dev.id}`)).toMatchObject({ status: 200 });
      expect(await scoped('GET', `/change-requests/${staging.id}`)).toMatchObject({ status: 403 });
      expect(await scoped('GET', `/change-requests/${staging.id}/effect`)).toMatchObject({ status: 403 });
      const elsewhere = world.api.as('viewer', { projects: ['other'] });
      expect((await elsewhere('GET', '/change-requests')).body).toMatchObject({ items: [], totalCount: 0 });
      expect(await world.api.as('sdk')('GET', '/change-requests')).toMatchObject({ status: 403 });
    });

    it('tells its effect as of now, until it is decided upon', async () => {
      const { body: made } = await world.request({ enabled: true, defaultVariant: 'on' });
      const effect = () => world.viewer('GET', `/change-requests/${made.id}/effect`);
      expect(await effect()).toMatchObject({
        status: 200,
        body: {
          id: made.id,
          effect: { key: 'checkout', audiences: [{ moves: [{ to: { variant: 'on' }, share: 1 }] }] },
          text: expect.stringContaining('the flag is enabled'),
        },
      });
      await define({ enabled: true, defaultVariant: 'on' });
      expect((await effect()).body).toMatchObject({ effect: { identical: true } });
      // it costs more than a read, and is told where it is asked for
      expect((await world.viewer('GET', `/change-requests/${made.id}`)).body.status).not.toHaveProperty('effect');
      await good(world.eve('POST', `/change-requests/${made.id}/close`, {}));
      expect(await effect()).toMatchObject({ status: 409, body: { code: 'NOT_PENDING', state: 'closed' } });
    });

    it('is not found under a number that was never given', async () => {
      expect(await world.viewer('GET', '/change-requests/cr-999999999')).toMatchObject({ status: 404 });
      expect(await world.viewer('GET', '/change-requests/nonsense')).toMatchObject({ status: 400 });
      expect(await world.viewer('DELETE', '/change-requests/cr-1')).toMatchObject({ status: 405 });
    });
  });

  describe('to change one', () => {
    const patch = (id: string, spec: unknown, by = world.eve, more = {}) =>
      by('PATCH', `/change-requests/${id}`, { spec, ...more });

    it('changes what is said, in a patch, and leaves the rest', async () => {
      const { body: made } = await world.request({ comment: 'Why', defaultVariant: 'on' });
      const { body } = await patch(made.id, { enabled: false, defaultVariant: null }, world.eve, { comment: 'Oops' });
      expect(body).toMatchObject({
        result: 'updated',
        spec: { enabled: false, comment: 'Why' },
        status: { effect: {} },
      });
      expect(body.spec).not.toHaveProperty('defaultVariant');
      expect(body.status).not.toHaveProperty('editors');
      expect(await world.history('ChangeRequest', made.id)).toMatchObject([
        { action: 'create' },
        { action: 'update', comment: 'Oops', actor: 'eve' },
      ]);
      expect((await patch(made.id, { enabled: false })).body).toMatchObject({
        result: 'unchanged',
        version: body.version,
      });
    });

    it('replaces it as a whole, and may make it', async () => {
      const { body: made } = await world.request({ comment: 'Why', defaultVariant: 'on' });
      const spec = { projectId: world.project, featureFlagId: 'checkout', stageId: 'staging', targeting: null };
      const { body } = await good(world.eve('PUT', `/change-requests/${made.id}`, { spec, version: made.version }));
      expect(body.spec).toEqual({ ...spec, featureFlagStageDefinitionVersion: '0' });
      const id = `cr-${10_000_000 + Number(made.version)}`;
      expect(await world.eve('PUT', `/change-requests/${id}`, { spec })).toMatchObject({ status: 201, body: { id } });
      const onlyNew = { 'if-none-match': '*' };
      expect(await world.eve('PUT', `/change-requests/${id}`, { spec }, onlyNew)).toMatchObject({ status: 409 });
      const other = `cr-${20_000_000 + Number(made.version)}`;
      expect(await world.eve('PUT', `/change-requests/${other}`, { spec, version: '1' })).toMatchObject({
        status: 404,
      });
    });

    it('is refused of another version', async () => {
      const { body: made } = await world.request();
      await good(patch(made.id, { enabled: false }));
      expect(await patch(made.id, { comment: 'x' }, world.eve, { version: made.version })).toMatchObject({
        status: 409,
        body: { code: 'VERSION_CONFLICT' },
      });
      const header = { 'if-match': `"${made.version}"` };
      for (const [path, body] of [
        ['', { spec: { enabled: true } }],
        ['/apply', {}],
        ['/close', {}],
      ] as const) {
        const answer = await world.ann(
          path === '' ? 'PATCH' : 'POST',
          `/change-requests/${made.id}${path}`,
          body,
          header,
        );
        expect(answer).toMatchObject({ status: 409, body: { code: 'VERSION_CONFLICT' } });
      }
      const told = { version: made.version };
      expect(await world.ann('POST', `/change-requests/${made.id}/apply`, told)).toMatchObject({ status: 409 });
    });

    it.each<[string, Record<string, unknown>]>([
      ['moved to another stage', { stageId: 'dev' }],
      ['moved to another flag', { featureFlagId: 'other' }],
      ['emptied', { enabled: null }],
      ['made invalid', { defaultVariant: 'maybe' }],
      ['put into the past', { applyAt: inMs(-1_000) }],
    ])('is refused when it is %s', async (_what, spec) => {
      const { body: made } = await world.request();
      expect(await patch(made.id, spec)).toMatchObject({ status: 422, body: { code: 'INVALID_SPEC' } });
      expect((await world.eve('GET', `/change-requests/${made.id}`)).body.version).toBe(made.version);
    });

    it('keeps a time that has come meanwhile', async () => {
      const { body: made } = await world.request({ applyAt: inMs(HOUR) });
      await world.comesDue(made.id);
      expect(await patch(made.id, { comment: 'Still' })).toMatchObject({ status: 200, body: { result: 'updated' } });
    });

    it('is for whoever asked, and approvers', async () => {
      const { body: made } = await world.request();
      expect(await patch(made.id, { comment: 'x' }, world.max)).toMatchObject({ status: 403 });
      const demoted = world.api.as('viewer', { subject: 'eve' });
      expect(await patch(made.id, { comment: 'x' }, demoted)).toMatchObject({ status: 403 });
      const elsewhere = world.api.as('approver', { stages: ['dev'] });
      expect(await patch(made.id, { comment: 'x' }, elsewhere)).toMatchObject({ status: 403 });
      expect((await patch(made.id, { comment: 'x' }, world.ann)).body.status).toMatchObject({
        requester: 'eve',
        editors: ['ann'],
      });
      expect((await patch(made.id, { comment: 'y' }, world.eve)).body.status).toMatchObject({ editors: ['ann'] });
    });

    it('names the version that is there now, and no other, to be for it', async () => {
      const { body: made } = await world.request();
      const { body: now } = await define({ enabled: false, defaultVariant: 'off' });
      expect(await world.ann('POST', `/change-requests/${made.id}/apply`, {})).toMatchObject({ status: 409 });
      const stale = await patch(made.id, { comment: 'Still of the old one' });
      expect(stale.body.status.conflict).toMatchObject({ currentVersion: now.version });
      expect(await patch(made.id, { featureFlagStageDefinitionVersion: '7' })).toMatchObject({ status: 409 });
      const { body } = await good(patch(made.id, { featureFlagStageDefinitionVersion: now.version }));
      expect(body.status).not.toHaveProperty('conflict');
      await good(world.ann('POST', `/change-requests/${made.id}/apply`, {}));
      expect((await world.definition()).spec).toEqual({ enabled: true, defaultVariant: 'off' });
    });
  });
});
