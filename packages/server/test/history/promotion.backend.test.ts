import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Api, good } from '../api.ts';
import { ENGINES, type OpenedDatabase } from '../database/engines.ts';
import { apiWithHistory, freshProject } from './world.ts';

const TARGETING = { if: [{ '==': [{ var: 'user-tier' }, 'premium'] }, 'on', 'off'] };

describe.each(ENGINES)('a promotion on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let api: Api;
  let base: string;
  let project: string;
  let version: string;

  beforeAll(async () => {
    opened = await open();
    api = apiWithHistory(opened.database);
  });
  afterAll(() => opened.end());

  const definition = (stage: string): string => `${base}/stages/${stage}/feature-flags/checkout`;
  const put = (stage: string, spec: object): Promise<Answer> => good(api.ask('PUT', definition(stage), { spec }));
  const spec = async (stage: string): Promise<unknown> => (await good(api.ask('GET', definition(stage)))).body.spec;
  const promote = (body: object, query = '', headers = {}): Promise<Answer> =>
    api.ask('POST', `${base}/feature-flags/checkout/promote${query}`, body, headers);
  /** A project whose flag is on in dev, with targeting. */
  const begin = async (): Promise<void> => {
    ({ base, project } = await freshProject(api));
    ({ version } = (await put('dev', { enabled: true, defaultVariant: 'off', targeting: TARGETING })).body);
  };

  it('makes the definition of one stage that of another, which the history tells', async () => {
    await begin();
    await put('production', { enabled: false, offVariant: 'off' });
    const { body } = await good(promote({ from: 'dev', to: 'production', comment: 'it works' }));
    expect(body).toMatchObject({ kind: 'FeatureFlagStage', result: 'updated', warnings: [] });
    expect(body.effect).toMatchObject({ key: 'checkout', identical: false });
    expect(body.effectText).toContain('premium');
    expect(await spec('production')).toEqual(await spec('dev'));
    expect((await good(api.ask('GET', `${definition('production')}/history`))).body.items[0]).toMatchObject({
      action: 'promote',
      comment: 'it works',
      details: { from: 'dev', version },
    });
    expect((await good(promote({ from: 'dev', to: 'production' }))).body).toMatchObject({
      result: 'unchanged',
      effect: { identical: true },
    });
  });

  it.each([
    [['enabled'], { enabled: true, offVariant: 'on' }],
    [
      ['targeting', 'defaultVariant'],
      { enabled: false, offVariant: 'on', targeting: TARGETING, defaultVariant: 'off' },
    ],
    // what the one does not say, the other does not any more
    [['offVariant'], { enabled: false }],
  ])('takes only %j', async (only, expected) => {
    await begin();
    await put('production', { enabled: false, offVariant: 'on' });
    await good(promote({ from: 'dev', to: 'production', only }));
    expect(await spec('production')).toEqual(expected);
  });

  it('changes nothing when it is tried only', async () => {
    await begin();
    const { body } = await good(promote({ from: 'dev', to: 'staging' }, '?dryRun=true'));
    expect(body).toMatchObject({ result: 'created', effect: { identical: false } });
    expect((await api.ask('GET', definition('staging'))).status).toBe(404);
  });

  it('into a protected stage is refused, and can be asked for', async () => {
    await begin();
    await put('production', { enabled: false, offVariant: 'on' });
    await good(api.ask('PATCH', `${base}/stages/production`, { spec: { requireChangeRequest: true } }));
    const refused = await promote({ from: 'dev', to: 'production' });
    expect([refused.status, refused.body.code]).toEqual([409, 'PROTECTED']);
    expect(refused.body.hint).toContain('asChangeRequest');
    expect(refused.body.stages).toEqual(['production']);

    const { status, body, headers } = await promote({ from: 'dev', to: 'production', asChangeRequest: true });
    expect([status, body.kind, body.result]).toEqual([201, 'ChangeRequest', 'created']);
    expect(headers.get('etag')).toBe(`"${body.version}"`);
    expect(body.spec).toMatchObject({
      projectId: project,
      stageId: 'production',
      featureFlagId: 'checkout',
      comment: 'promoted from stage "dev"',
      enabled: true,
      targeting: TARGETING,
      offVariant: null,
    });
    expect(await spec('production')).toEqual({ enabled: false, offVariant: 'on' });
    await good(api.ask('POST', `/change-requests/${body.id}/apply`, {}));
    expect(await spec('production')).toEqual(await spec('dev'));
    const same = await good(promote({ from: 'dev', to: 'production', asChangeRequest: true }));
    expect(same.body).toMatchObject({ kind: 'FeatureFlagStage', result: 'unchanged' });
  });

  it('into a protected stage is done for an approver who insists', async () => {
    await begin();
    await good(api.ask('PATCH', `${base}/stages/production`, { spec: { requireChangeRequest: true } }));
    const path = `${base}/feature-flags/checkout/promote?force=true`;
    expect((await api.as('editor')('POST', path, { from: 'dev', to: 'production' })).status).toBe(403);
    await good(api.as('approver')('POST', path, { from: 'dev', to: 'production' }));
    expect((await good(api.ask('GET', `${definition('production')}/history`))).body.items[0].forced).toBe(true);
  });

  it('is refused where the version that is there is another one', async () => {
    await begin();
    await put('staging', { enabled: false });
    const { status, body } = await promote({ from: 'dev', to: 'staging' }, '', { 'if-match': `"${version}"` });
    expect([status, body.code]).toEqual([409, 'VERSION_CONFLICT']);
  });

  it.each([
    ['an editor of the target', 'editor', { stages: ['dev', 'staging'] }, 200],
    ['an editor of the source only', 'editor', { stages: ['dev'] }, 403],
    ['an editor who may not see the source', 'editor', { stages: ['staging'] }, 403],
    ['a viewer', 'viewer', {}, 403],
    ['an application', 'sdk', {}, 403],
  ] as const)('by %s', async (_who, role, scope, status) => {
    await begin();
    const answer = await api.as(role, scope)('POST', `${base}/feature-flags/checkout/promote`, {
      from: 'dev',
      to: 'staging',
    });
    expect(answer.status).toBe(status);
  });

  it.each([
    [{ from: 'staging', to: 'dev' }, 404, 'nothing to promote'],
    [{ from: 'dev', to: 'canary' }, 404, 'is not linked'],
    [{ from: 'dev', to: 'dev' }, 400, 'two stages'],
    [{ from: 'dev', to: 'staging', only: ['name'] }, 422, 'name'],
    [{ from: 'dev', to: 'staging', only: [] }, 422, 'the list is empty'],
    [{ from: 'dev' }, 422, 'to'],
  ])('refuses %j', async (body, status, word) => {
    await begin();
    const answer = await promote(body);
    expect([answer.status, answer.body.detail]).toEqual([status, expect.stringContaining(word)]);
  });
});
