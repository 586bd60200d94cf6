import { compile, evaluate } from '@flagwright/core';
import { postgresStore } from '@flagwright/sources/postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Api, good } from '../api.ts';
import { ENGINES, type OpenedDatabase } from '../database/engines.ts';
import { apiWithHistory, freshProject } from './world.ts';

describe.each(ENGINES)('a rollback on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let api: Api;

  beforeAll(async () => {
    opened = await open();
    api = apiWithHistory(opened.database);
  });
  afterAll(() => opened.end());

  const patch = (path: string, spec: object): Promise<Answer> => good(api.ask('PATCH', path, { spec }));
  const served = async (project: string, stage: string): Promise<unknown> => {
    const store = postgresStore({ pool: opened.database.pool, project, stage });
    try {
      return evaluate(compile(await store.read()), 'checkout').value;
    } finally {
      await store.close?.();
    }
  };

  it('makes a stage definition what it was, by a new change that is published', async () => {
    const { base, project } = await freshProject(api);
    const item = `${base}/stages/dev/feature-flags/checkout`;
    const { version } = (await patch(item, { enabled: true, defaultVariant: 'on' })).body;
    await patch(item, { defaultVariant: 'off' });
    expect(await served(project, 'dev')).toBe(false);
    const { body, headers } = await good(api.ask('POST', `${item}/rollback`, { version, comment: 'it broke' }));
    expect(body).toMatchObject({ result: 'updated', spec: { enabled: true, defaultVariant: 'on' }, warnings: [] });
    expect(headers.get('etag')).toBe(`"${body.version}"`);
    expect(await served(project, 'dev')).toBe(true);
    expect((await good(api.ask('GET', `${item}/history`))).body.items[0]).toMatchObject({
      version: body.version,
      action: 'rollback',
      comment: 'it broke',
      details: { to: version },
    });
  });

  it.each([
    ['FeatureFlag', '/feature-flags/checkout', []],
    // a flag, an attribute, and three links
    ['Project', '', ['5 resources (Context, FeatureFlag, ProjectStage)']],
    ['ProjectStage', '/stages/dev', []],
    ['Context', '/contexts/user-tier', []],
  ])('brings back a deleted %s', async (kind, path, lost) => {
    const { base } = await freshProject(api);
    const item = `${base}${path}`;
    const before = (await good(api.ask('GET', item))).body;
    await good(api.ask('DELETE', `${item}?force=true`));
    expect((await api.ask('GET', item)).status).toBe(404);
    const { body, status } = await good(api.ask('POST', `${item}/rollback`, { version: before.version }));
    expect([status, body.result, body.kind]).toEqual([200, 'created', kind]);
    expect(body.warnings.map(({ message }: { message: string }) => message.split(' were ')[0])).toEqual(lost);
    expect((await good(api.ask('GET', item))).body.spec).toEqual(before.spec);
  });

  it('brings back a deleted stage', async () => {
    const { version } = (await good(api.ask('PUT', '/stages/old', { spec: { description: 'gone soon' } }))).body;
    await good(api.ask('DELETE', '/stages/old'));
    await good(api.ask('POST', '/stages/old/rollback', { version }));
    expect((await good(api.ask('GET', '/stages/old'))).body.spec.description).toBe('gone soon');
  });

  it('serves a flag again that was deleted, and tells of the definitions that are not back', async () => {
    const { base, project } = await freshProject(api);
    const definition = `${base}/stages/dev/feature-flags/checkout`;
    const { version } = (await patch(definition, { enabled: true, defaultVariant: 'on' })).body;
    const flag = (await good(api.ask('GET', `${base}/feature-flags/checkout`))).body.version;
    await good(
      api.ask('DELETE', `${base}/feature-flags/checkout?force=true`, undefined, { 'x-request-id': 'the-end' }),
    );
    const { warnings } = (await good(api.ask('POST', `${base}/feature-flags/checkout/rollback`, { version: flag })))
      .body;
    expect(warnings).toEqual([
      expect.objectContaining({
        code: 'not-restored',
        message: expect.stringContaining('1 resources (FeatureFlagStage)'),
        hint: expect.stringContaining('"the-end"'),
      }),
    ]);
    expect(await served(project, 'dev')).toBeUndefined();
    await good(api.ask('POST', `${definition}/rollback`, { version }));
    expect(await served(project, 'dev')).toBe(true);
  });

  it('is none where nothing differs', async () => {
    const { base } = await freshProject(api);
    const item = `${base}/feature-flags/checkout`;
    const { version } = (await good(api.ask('GET', item))).body;
    const { body } = await good(api.ask('POST', `${item}/rollback`, { version }));
    expect([body.result, body.version]).toEqual(['unchanged', version]);
    expect((await good(api.ask('GET', `${item}/history`))).body.totalCount).toBe(1);
  });

  it('is refused to where it was deleted', async () => {
    const { base } = await freshProject(api);
    const item = `${base}/contexts/user-tier`;
    const { version } = (await good(api.ask('DELETE', item))).body;
    const { status, body } = await api.ask('POST', `${item}/rollback`, { version });
    expect([status, body.code]).toEqual([409, 'CONFLICT']);
    expect(body.detail).toContain(`was deleted by version ${version}`);
    expect(body.hint).toContain('the version before it');
  });

  it('changes nothing when it is tried only', async () => {
    const { base } = await freshProject(api);
    const item = `${base}/contexts/user-tier`;
    const { version } = (await good(api.ask('GET', item))).body;
    await patch(item, { description: 'new' });
    const { body } = await good(api.ask('POST', `${item}/rollback?dryRun=true`, { version }));
    expect([body.result, body.spec.description]).toEqual(['updated', undefined]);
    expect((await good(api.ask('GET', item))).body.spec.description).toBe('new');
  });

  it('is refused where the version that is there is another one', async () => {
    const { base } = await freshProject(api);
    const item = `${base}/stages/dev/feature-flags/checkout`;
    const { version } = (await patch(item, { enabled: true })).body;
    await patch(item, { enabled: false });
    const stale = { 'if-match': `"${version}"` };
    const { status, body } = await api.ask('POST', `${item}/rollback`, { version }, stale);
    expect([status, body.code]).toEqual([409, 'VERSION_CONFLICT']);
    await good(api.ask('POST', `${item}/rollback?force=true`, { version }, stale));
  });

  it('is refused in a protected stage, but for an approver who insists', async () => {
    const { base, project } = await freshProject(api);
    const item = `${base}/stages/production/feature-flags/checkout`;
    const { version } = (await patch(item, { enabled: true, defaultVariant: 'on' })).body;
    await patch(item, { defaultVariant: 'off' });
    await patch(`${base}/stages/production`, { requireChangeRequest: true });
    const refused = await api.ask('POST', `${item}/rollback`, { version });
    expect([refused.status, refused.body.code]).toEqual([409, 'PROTECTED']);
    const editor = await api.as('editor')('POST', `${item}/rollback?force=true`, { version });
    expect([editor.status, editor.body.code]).toEqual([403, 'FORBIDDEN']);
    expect(await served(project, 'production')).toBe(false);
    await good(api.as('approver')('POST', `${item}/rollback?force=true`, { version }));
    expect(await served(project, 'production')).toBe(true);
    expect((await good(api.ask('GET', `${item}/history`))).body.items[0]).toMatchObject({
      action: 'rollback',
      forced: true,
      actor: 'approver',
    });
  });

  it('is checked: what is not valid any more is refused', async () => {
    const { base } = await freshProject(api);
    const item = `${base}/stages/dev/feature-flags/checkout`;
    const { version } = (await patch(item, { enabled: true, defaultVariant: 'on' })).body;
    await patch(item, { defaultVariant: null });
    await patch(`${base}/feature-flags/checkout`, { variants: { on: null, off: false, yes: true } });
    const { status, body } = await api.ask('POST', `${item}/rollback`, { version });
    expect([status, body.code, body.issues[0].path]).toEqual([422, 'INVALID_SPEC', ['spec', 'defaultVariant']]);
  });

  it.each([
    ['a viewer', 'viewer', {}, 403],
    ['an editor of another stage', 'editor', { stages: ['staging'] }, 403],
    ['an editor of the stage', 'editor', { stages: ['dev'] }, 200],
  ] as const)('by %s', async (_who, role, scope, status) => {
    const { base } = await freshProject(api);
    const item = `${base}/stages/dev/feature-flags/checkout`;
    const { version } = (await patch(item, { enabled: true })).body;
    await patch(item, { enabled: false });
    expect((await api.as(role, scope)('POST', `${item}/rollback`, { version })).status).toBe(status);
  });

  it.each([
    [{ version: '999999999' }, 404],
    [{ version: 12 }, 422],
    [{ version: '1; drop table' }, 422],
    [{}, 422],
    [{ version: '1', to: '2' }, 422],
  ])('refuses %j', async (body, status) => {
    const { base } = await freshProject(api);
    expect((await api.ask('POST', `${base}/feature-flags/checkout/rollback`, body)).status).toBe(status);
  });

  it('takes a protected stage into account when a flag is archived', async () => {
    const { base } = await freshProject(api);
    await patch(`${base}/stages/production/feature-flags/checkout`, { enabled: true });
    await patch(`${base}/stages/production`, { requireChangeRequest: true });
    const archive = (ask = api.ask) =>
      ask('PATCH', `${base}/feature-flags/checkout?force=true`, { spec: { archived: true } });
    expect((await archive(api.as('editor'))).status).toBe(403);
    expect((await archive(api.as('approver'))).status).toBe(200);
  });
});
