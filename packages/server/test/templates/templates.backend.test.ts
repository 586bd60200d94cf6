import { compile, evaluate } from '@flagwright/core';
import { postgresStore } from '@flagwright/sources/postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resourceOperations } from '../../src/resources/operations.ts';
import { templateOperations } from '../../src/templates/template-operations.ts';
import { type Api, apiOver, good, seedProject } from '../api.ts';
import { ENGINES, type OpenedDatabase } from '../database/engines.ts';

const RELEASE = {
  name: 'A release',
  description: 'For what is rolled out step by step',
  flag: {
    type: 'BOOLEAN',
    variants: { on: true, off: false },
    defaultVariant: 'off',
    description: 'rolled out',
    tags: ['release'],
  },
  stages: {
    dev: { enabled: true, defaultVariant: 'on' },
    staging: { enabled: true, targeting: '{"if":[{"==":[{"var":"user-tier"},"premium"]},"on","off"]}' },
    production: { enabled: true },
    nowhere: { enabled: true },
  },
};

describe.each(ENGINES)('templates on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let api: Api;
  let count = 0;

  beforeAll(async () => {
    opened = await open();
    const { database } = opened;
    api = apiOver(database, [...resourceOperations(database), ...templateOperations(database)]);
    await good(api.ask('POST', '/templates', { metadata: { id: 'release' }, spec: RELEASE }));
  });
  afterAll(() => opened.end());

  const project = async (): Promise<string> => {
    const id = `app-${++count}`;
    await seedProject(api, id);
    return id;
  };
  const use = (where: string, body: Record<string, unknown>, query = '', ask = api.ask) =>
    ask('POST', `/projects/${where}/templates/release/instantiate${query}`, body);
  const served = async (where: string, stage: string, key: string, context: Record<string, string> = {}) => {
    const store = postgresStore({ pool: opened.database.pool, project: where, stage });
    try {
      const { value, reason, errorCode } = evaluate(compile(await store.read()), key, 'boolean', context);
      return errorCode ?? [value, reason];
    } finally {
      await store.close?.();
    }
  };

  it('are resources as all others', async () => {
    const made = await good(
      api.ask('POST', '/templates', { spec: { name: 'Kill switch', flag: { type: 'BOOLEAN' } } }),
    );
    expect(made.body).toMatchObject({ kind: 'Template', id: 'kill-switch', metadata: { id: 'kill-switch' } });
    const patched = await good(api.ask('PATCH', '/templates/kill-switch', { spec: { description: 'To turn off' } }));
    expect(patched.body.spec).toEqual({ name: 'Kill switch', description: 'To turn off', flag: { type: 'BOOLEAN' } });
    const listed = await good(api.ask('GET', '/templates?filter=type=BOOLEAN&sort=-id'));
    expect(listed.body.items.map(({ id }: { id: string }) => id)).toEqual(['release', 'kill-switch']);
    await good(api.ask('DELETE', '/templates/kill-switch'));
    expect((await api.ask('GET', '/templates/kill-switch')).status).toBe(404);
    const rows = await opened.database.query(
      `select action from flagwright.audit where kind = 'Template' and id = 'kill-switch' order by version`,
    );
    expect(rows.map(({ action }) => action)).toEqual(['create', 'update', 'delete']);
  });

  it('are read by all, and written by admins of the whole server', async () => {
    const viewer = api.as('viewer', { projects: ['app-1'] });
    expect((await good(viewer('GET', '/templates'))).body.totalCount).toBe(1);
    expect((await good(viewer('GET', '/templates/release'))).body.spec.stages.staging.targeting).toEqual({
      if: [{ '==': [{ var: 'user-tier' }, 'premium'] }, 'on', 'off'],
    });
    const spec = { flag: { type: 'BOOLEAN' } };
    for (const ask of [viewer, api.as('editor'), api.as('approver'), api.as('admin', { projects: ['app-1'] })]) {
      expect((await ask('PUT', '/templates/release', { spec })).status).toBe(403);
      expect((await ask('DELETE', '/templates/release')).status).toBe(403);
    }
  });

  it.each([
    [{ stages: {} }, ['spec']],
    [{ flag: { type: 'TEXT' } }, ['spec', 'flag', 'type']],
    [{ flag: { type: 'BOOLEAN', defaultVariant: 'maybe' } }, ['spec', 'flag', 'defaultVariant']],
    [{ flag: { type: 'BOOLEAN', archived: true } }, ['spec', 'flag', 'archived']],
    [
      { flag: { type: 'BOOLEAN' }, stages: { dev: { defaultVariant: 'maybe' } } },
      ['spec', 'stages', 'dev', 'defaultVariant'],
    ],
    [{ flag: { type: 'BOOLEAN' }, stages: { dev: { enabeld: true } } }, ['spec', 'stages', 'dev', 'enabeld']],
    [{ flag: { type: 'BOOLEAN' }, stages: { 'De v': {} } }, ['spec', 'stages', 'De v']],
    [JSON.parse('{"flag":{"type":"BOOLEAN"},"stages":{"__proto__":{}}}'), ['spec', 'stages', '__proto__']],
    [{ flag: { type: 'BOOLEAN' }, parameters: [] }, ['spec', 'parameters']],
  ])('refuse %j when they are saved', async (spec, path) => {
    const { status, body } = await api.ask('POST', '/templates', { metadata: { id: 'bad' }, spec });
    expect([status, body.code]).toEqual([422, 'INVALID_SPEC']);
    expect(body.issues.map((issue: { path: unknown }) => issue.path)).toContainEqual(path);
    expect((await api.ask('GET', '/templates/bad')).status).toBe(404);
  });

  it('make a flag and its definitions of linked stages, in one transaction', async () => {
    const app = await project();
    const made = await use(app, { id: 'new-menu', name: 'New menu', owner: 'team', comment: 'why not' });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      kind: 'FeatureFlag',
      id: 'new-menu',
      result: 'created',
      spec: { ...RELEASE.flag, name: 'New menu', owner: 'team', description: 'rolled out' },
    });
    expect(made.headers.get('location')).toMatch(new RegExp(`/projects/${app}/feature-flags/new-menu$`));
    const stages = made.body.stageDefinitions.map(({ metadata }: { metadata: { stage: string } }) => metadata.stage);
    expect(stages).toEqual(['dev', 'staging', 'production']);
    expect(made.body.warnings).toEqual([
      expect.objectContaining({ code: 'not-linked', path: ['stages', 'nowhere'], severity: 'warning' }),
    ]);
    expect(await served(app, 'dev', 'new-menu')).toEqual([true, 'FALLTHROUGH']);
    expect(await served(app, 'staging', 'new-menu', { 'user-tier': 'premium' })).toEqual([true, 'RULE_MATCH']);
    expect(await served(app, 'production', 'new-menu')).toEqual([false, 'FALLTHROUGH']);
    const { version } = (await good(api.ask('GET', '/templates/release'))).body;
    const rows = await opened.database.query(
      `select kind, stage, actor, comment, details from flagwright.audit where project = $1 and id = 'new-menu' order by version`,
      [app],
    );
    const same = { actor: 'admin', comment: 'why not', details: { template: 'release', templateVersion: version } };
    expect(rows).toEqual([
      { kind: 'FeatureFlag', stage: '', ...same },
      { kind: 'FeatureFlagStage', stage: 'dev', ...same },
      { kind: 'FeatureFlagStage', stage: 'staging', ...same },
      { kind: 'FeatureFlagStage', stage: 'production', ...same },
    ]);
  });

  it('make definitions of the stages that are asked for', async () => {
    const app = await project();
    const made = await good(use(app, { id: 'few', stages: ['production', 'dev', 'dev'] }));
    expect(made.body.stageDefinitions).toHaveLength(2);
    expect(made.body.warnings).toEqual([]);
    expect((await good(use(app, { id: 'none', stages: [] }))).body.stageDefinitions).toEqual([]);
    const unlinked = await use(app, { id: 'bad', stages: ['dev', 'nowhere'] });
    expect([unlinked.status, unlinked.body.code]).toEqual([404, 'NOT_FOUND']);
    const unknown = await use(app, { id: 'bad', stages: ['dev', 'constructor'] });
    expect([unknown.status, unknown.body.code]).toEqual([400, 'INVALID_ARGUMENT']);
    expect((await api.ask('GET', `/projects/${app}/feature-flags/bad`)).status).toBe(404);
  });

  it('do everything and nothing in a dry run', async () => {
    const app = await project();
    const dry = await use(app, { id: 'dry' }, '?dryRun=true');
    expect([dry.status, dry.body.stageDefinitions.length]).toEqual([201, 3]);
    expect((await api.ask('GET', `/projects/${app}/feature-flags/dry`)).status).toBe(404);
    expect(await served(app, 'dev', 'dry')).toBe('FLAG_NOT_FOUND');
  });

  it('make no flag that exists, nor for projects that do not', async () => {
    const app = await project();
    const twice = await use(app, { id: 'checkout' });
    expect([twice.status, twice.body.code]).toEqual([409, 'ALREADY_EXISTS']);
    expect((await use('nobody', { id: 'x' })).status).toBe(404);
    expect((await api.ask('POST', `/projects/${app}/templates/other/instantiate`, { id: 'x' })).status).toBe(404);
    for (const id of ['', 'a b', '../x']) expect((await use(app, { id })).status).toBe(422);
    expect((await use(app, { id: 'x' }, '', api.as('viewer'))).status).toBe(403);
    expect((await use(app, { id: 'x' }, '', api.as('editor', { projects: ['other'] }))).status).toBe(403);
    expect((await use(app, { id: 'x' }, '', api.as('editor', { projects: [app] }))).status).toBe(201);
  });

  it('leave protected stages out, refuse, or are forced by approvers', async () => {
    const app = await project();
    await good(api.ask('PATCH', `/projects/${app}/stages/production`, { spec: { requireChangeRequest: true } }));
    const made = await good(use(app, { id: 'lenient' }, '', api.as('editor')));
    expect(made.body.warnings).toContainEqual(
      expect.objectContaining({ code: 'protected', path: ['stages', 'production'] }),
    );
    expect(made.body.stageDefinitions).toHaveLength(2);
    expect(await served(app, 'production', 'lenient')).toEqual([undefined, 'OFF']);
    const strict = await use(app, { id: 'strict', strict: true });
    expect([strict.status, strict.body.code]).toEqual([409, 'PROTECTED']);
    expect((await api.ask('GET', `/projects/${app}/feature-flags/strict`)).status).toBe(404);
    expect((await use(app, { id: 'forced' }, '?force=true', api.as('editor'))).status).toBe(403);
    const forced = await good(use(app, { id: 'forced' }, '?force=true', api.as('approver')));
    expect(forced.body.stageDefinitions).toHaveLength(3);
    const [row] = await opened.database.query(
      `select forced from flagwright.audit where project = $1 and stage = 'production' and id = 'forced'`,
      [app],
    );
    expect(row?.forced).toBe(true);
  });

  it('are checked against the project when they are used', async () => {
    const app = await project();
    const flag = { type: 'BOOLEAN', prerequisites: [{ key: 'base', variation: 'on' }] };
    await good(api.ask('PUT', '/templates/dependent', { spec: { flag, stages: { dev: { enabled: true } } } }));
    const path = `/projects/${app}/templates/dependent/instantiate`;
    const early = await api.ask('POST', path, { id: 'on-top' });
    expect([early.status, early.body.code]).toEqual([422, 'INVALID_SPEC']);
    expect((await api.ask('GET', `/projects/${app}/feature-flags/on-top`)).status).toBe(404);
    await good(
      api.ask('POST', `/projects/${app}/feature-flags`, { metadata: { id: 'base' }, spec: { type: 'BOOLEAN' } }),
    );
    await good(api.ask('POST', path, { id: 'on-top' }));
    await good(api.ask('DELETE', '/templates/dependent'));
  });
});
