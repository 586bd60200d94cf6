import { compile, evaluate, jsonEqual, validate } from '@flagwright/core';
import { postgresStore } from '@flagwright/sources/postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../src/database/database.ts';
import { type Api, good } from '../api.ts';
import { ENGINES, type OpenedDatabase } from '../database/engines.ts';
import { apiWithHistory, freshProject } from './world.ts';

interface Manifest {
  readonly kind: string;
  readonly id: string;
  readonly metadata: Readonly<Record<string, string>>;
}

const PATHS: Readonly<Record<string, (metadata: Readonly<Record<string, string>>) => string>> = {
  Stage: ({ id }) => `/stages/${id}`,
  Project: ({ id }) => `/projects/${id}`,
  ProjectStage: ({ project, stage }) => `/projects/${project}/stages/${stage}`,
  Context: ({ project, id }) => `/projects/${project}/contexts/${id}`,
  FeatureFlag: ({ project, id }) => `/projects/${project}/feature-flags/${id}`,
  FeatureFlagStage: ({ project, stage, featureFlagId }) =>
    `/projects/${project}/stages/${stage}/feature-flags/${featureFlagId}`,
};

/** Applies manifests one by one, in their order. */
async function applyAll({ ask }: Api, items: readonly Manifest[]): Promise<void> {
  for (const item of items) await good(ask('PUT', PATHS[item.kind]!(item.metadata), item));
}

describe.each(ENGINES)('an export on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let other: OpenedDatabase;
  let api: Api;

  beforeAll(async () => {
    opened = await open();
    other = await open();
    api = apiWithHistory(opened.database);
  });
  afterAll(async () => {
    await other.end();
    await opened.end();
  });

  const flag = (base: string, id: string, prerequisites?: readonly object[], more: object = {}) =>
    good(
      api.ask('PUT', `${base}/feature-flags/${id}`, {
        spec: {
          type: 'BOOLEAN',
          variants: { on: true, off: false },
          ...more,
          ...(prerequisites && { prerequisites }),
        },
      }),
    );
  const requires = (...keys: readonly string[]) => keys.map((key) => ({ key, variation: 'on' }));

  it('can be applied to another server in its order, whatever requires what', async () => {
    const { base, project } = await freshProject(api);
    const set = (stage: string, id: string, spec: object) =>
      good(api.ask('PUT', `${base}/stages/${stage}/feature-flags/${id}`, { spec }));
    for (const id of ['b', 'c', 'z']) await flag(base, id);
    // of the names, those that come first require those that come last
    await flag(base, 'b', requires('c'));
    await flag(base, 'a', requires('z', 'b'));
    await flag(base, 'p');
    await flag(base, 'q', requires('p'));
    // in dev it is the other way round
    await set('dev', 'q', { enabled: true, prerequisites: [] });
    await set('dev', 'p', { enabled: true, prerequisites: requires('q') });
    await set('dev', 'a', { enabled: true, prerequisites: [] });
    await set('dev', 'b', { enabled: true, prerequisites: requires('a') });
    await set('dev', 'c', { enabled: true, prerequisites: requires('b') });
    await set('production', 'checkout', {
      enabled: true,
      defaultVariant: 'on',
      targeting: { if: [{ '==': [{ var: 'user-tier' }, 'premium'] }, 'on', 'off'] },
    });

    const { body } = await good(api.ask('GET', `${base}/export?includeStages=true`));
    expect([body.apiVersion, body.kind, body.omitted]).toEqual(['feature-flag/v0.3', 'List', undefined]);
    const target = apiWithHistory(other.database);
    await applyAll(target, body.items);
    expect((await good(target.ask('GET', `${base}/export?includeStages=true`))).body).toEqual(body);
    const kinds = body.items.map(({ kind }: Manifest) => kind);
    expect([...new Set(kinds)]).toEqual([
      'Stage',
      'Project',
      'ProjectStage',
      'Context',
      'FeatureFlag',
      'FeatureFlagStage',
    ]);
    expect(body.items.every((item: object) => !('version' in item) && !('modificationInfo' in item))).toBe(true);

    for (const stage of ['dev', 'staging', 'production']) {
      const sets = [opened, other].map(({ database }) => postgresStore({ pool: database.pool, project, stage }));
      const [one, two] = await Promise.all(sets.map(async (store) => [...(await entriesOf(store)).entries()]));
      expect(two).toEqual(one);
      await Promise.all(sets.map((store) => store.close?.()));
    }
  });

  it('leaves out what could not be applied, and says so', async () => {
    const { base } = await freshProject(api);
    await flag(base, 'old');
    for (const [stage, id] of [
      ['dev', 'old'],
      ['staging', 'checkout'],
    ] as const) {
      await good(api.ask('PUT', `${base}/stages/${stage}/feature-flags/${id}`, { spec: { enabled: false } }));
    }
    await good(api.ask('PATCH', `${base}/feature-flags/old`, { spec: { archived: true } }));
    await good(api.ask('DELETE', `${base}/stages/staging`));
    const { body } = await good(api.ask('GET', `${base}/export`));
    expect(body.omitted).toEqual([
      {
        kind: 'FeatureFlagStage',
        metadata: expect.objectContaining({ stage: 'staging' }),
        reason: expect.stringContaining('not linked'),
      },
      {
        kind: 'FeatureFlagStage',
        metadata: expect.objectContaining({ stage: 'dev' }),
        reason: expect.stringContaining('archived'),
      },
    ]);
    expect(body.items.filter(({ kind }: Manifest) => kind === 'FeatureFlagStage')).toEqual([]);
    await applyAll(apiWithHistory(other.database), body.items);
  });

  it('shows somebody only the stages they are for', async () => {
    const { base, project } = await freshProject(api);
    for (const stage of ['dev', 'staging']) {
      await good(api.ask('PUT', `${base}/stages/${stage}/feature-flags/checkout`, { spec: { enabled: true } }));
    }
    const viewer = api.as('viewer', { projects: [project], stages: ['dev'] });
    const { items } = (await good(viewer('GET', `${base}/export`))).body;
    const stages = items.flatMap(({ metadata }: Manifest) => metadata.stage ?? []);
    expect(stages).toEqual(['dev', 'dev']);
    expect((await viewer('GET', `${base}/export?format=document&stage=dev`)).status).toBe(200);
    expect((await viewer('GET', `${base}/export?format=document&stage=staging`)).status).toBe(403);
  });

  it('as a document is what the stage serves', async () => {
    const { base, project } = await freshProject(api);
    await flag(base, 'gone');
    await good(api.ask('PATCH', `${base}/feature-flags/gone`, { spec: { archived: true } }));
    await good(
      api.ask('PUT', `${base}/stages/dev/feature-flags/checkout`, {
        spec: { enabled: true, targeting: { if: [{ '==': [{ var: 'user-tier' }, 'premium'] }, 'on', 'off'] } },
      }),
    );
    const { body } = await good(api.ask('GET', `${base}/export?format=document&stage=dev`));
    expect(Object.keys(body.flags)).toEqual(['checkout']);
    expect(validate(body)).toEqual([]);
    const store = postgresStore({ pool: opened.database.pool, project, stage: 'dev' });
    const [exported, stored] = [compile({ document: body, revision: 'x' }), compile(await store.read())];
    await store.close?.();
    for (const context of [{}, { 'user-tier': 'premium' }, { 'user-tier': 'free' }]) {
      expect(evaluate(exported, 'checkout', 'boolean', context)).toEqual(
        evaluate(stored, 'checkout', 'boolean', context),
      );
    }
    expect(jsonEqual(body.attributes, stored.document.attributes)).toBe(true);
  });

  it.each([
    ['/export?format=document', 400],
    ['/export?stage=dev', 400],
    ['/export?format=document&stage=canary', 404],
    ['/export?format=document&stage=No', 400],
    ['/export?format=yaml', 400],
    ['/export?format=document&stage=dev&includeStages=true', 400],
  ])('refuses %s', async (path, status) => {
    const { base } = await freshProject(api);
    expect((await api.ask('GET', `${base}${path}`)).status).toBe(status);
  });

  it('of a project that is not there is not found', async () => {
    expect((await api.ask('GET', '/projects/nowhere/export')).status).toBe(404);
  });

  it('has 10,000 flags in 5 stages', async () => {
    const { base, project } = await freshProject(api);
    for (const stage of ['qa', 'canary']) {
      await good(api.ask('PUT', `/stages/${stage}`, { spec: {} }));
      await good(api.ask('PUT', `${base}/stages/${stage}`, { spec: {} }));
    }
    await fill(opened.database, project, 10_000);
    const { items } = (await good(api.ask('GET', `${base}/export`))).body;
    const count = (kind: string): number => items.filter((item: Manifest) => item.kind === kind).length;
    expect([count('FeatureFlag'), count('FeatureFlagStage')]).toEqual([10_001, 50_000]);
    expect(new Set(items.map(({ metadata }: Manifest) => JSON.stringify(metadata))).size).toBe(items.length);
    const { flags } = (await good(api.ask('GET', `${base}/export?format=document&stage=canary`))).body;
    expect(Object.keys(flags)).toHaveLength(10_001);
    expect(flags['flag-7'].enabled).toBe(true);
  }, 60_000);
});

async function entriesOf(store: ReturnType<typeof postgresStore>): Promise<ReadonlyMap<string, unknown>> {
  const { document } = await store.read();
  return new Map<string, unknown>([
    ...(document.flags as ReadonlyMap<string, unknown>),
    ['attributes', document.attributes],
  ]);
}

/** Writes flags with a definition in every linked stage, as they are stored. */
async function fill(database: Database, project: string, flags: number): Promise<void> {
  await database.write(async (transaction) => {
    const insert = (kind: string, stages: string, spec: string) =>
      transaction.query(
        `insert into flagwright.resources
           (kind, project, stage, id, version, spec, created_at, created_by, modified_at, modified_by)
         select '${kind}', $1, stage, 'flag-' || n, nextval('flagwright.versions'), '${spec}'::json, now(), 'x', now(), 'x'
         from generate_series(1, $2::int) n, ${stages} as s(stage)`,
        [project, flags],
      );
    await insert(
      'FeatureFlag',
      "(values (''))",
      '{"name":"a flag","type":"BOOLEAN","variants":{"on":true,"off":false}}',
    );
    const linked = "(select id from flagwright.resources where kind = 'ProjectStage' and project = $1)";
    await insert('FeatureFlagStage', linked, '{"enabled":true,"defaultVariant":"on"}');
  });
}
