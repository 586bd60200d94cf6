import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, type Api, good } from './api.ts';
import { ENGINES, type OpenedDatabase } from './database/engines.ts';
import { apiWithHistory } from './history/world.ts';

let projects = 0;

describe.each(ENGINES)('what goes along on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let api: Api;
  let base: string;
  let project: string;
  beforeAll(async () => {
    opened = await open();
    api = apiWithHistory(opened.database);
  });
  afterAll(() => opened.end());
  beforeEach(async () => {
    project = `along-${++projects}`;
    base = `/projects/${project}`;
    await good(api.ask('PUT', base, { spec: {} }));
  });

  const put = (path: string, spec: object): Promise<Answer> => good(api.ask('PUT', path, { spec }));
  const link = async (...stages: readonly string[]): Promise<void> => {
    for (const stage of stages) {
      await put(`/stages/${stage}`, {});
      await put(`${base}/stages/${stage}`, {});
    }
  };
  const on = { type: 'BOOLEAN', defaultVariant: 'on' };
  const count = async (table: 'resources' | 'audit', where: string): Promise<number> => {
    const [row] = await opened.database.query<{ readonly count: number }>(
      `select count(*)::int as count from flagwright.${table} where ${where}`,
    );
    return row!.count;
  };

  it('takes the stage definitions that were kept along with a stage, remembers them, and says how many', async () => {
    const stage = `tmp-${project}`;
    await link(stage);
    await put(`${base}/feature-flags/a`, on);
    await put(`${base}/feature-flags/b`, on);
    const path = `${base}/stages/${stage}/feature-flags`;
    const { version } = (await put(`${path}/a`, { enabled: true, defaultVariant: 'off' })).body;
    await put(`${path}/b`, {});
    await good(api.ask('DELETE', `${base}/stages/${stage}?force=true`));
    expect((await good(api.ask('DELETE', `/stages/${stage}?dryRun=true`))).body.warnings).toHaveLength(1);
    expect((await good(api.ask('GET', `${base}/feature-flag-stages`))).body.totalCount).toBe(2);

    const gone = await good(api.ask('DELETE', `/stages/${stage}`));
    expect(gone.body.warnings).toMatchObject([
      { code: 'deleted-along', message: expect.stringMatching(`^2 stage definitions .*\\[${project}\\]`) },
    ]);
    expect((await good(api.ask('GET', `${base}/feature-flag-stages`))).body.totalCount).toBe(0);
    const history = await good(api.ask('GET', `${path}/a/history`));
    expect(history.body.items[0]).toMatchObject({
      action: 'delete',
      details: { with: 'Stage' },
      before: { spec: { enabled: true, defaultVariant: 'off' } },
      after: null,
    });

    // another stage of that id has nothing of it
    await link(stage);
    expect(await api.ask('GET', `${path}/a`)).toMatchObject({ status: 404 });
    expect(await api.ask('PUT', `${path}/a`, { spec: {} }, { 'if-match': `"${version}"` })).toMatchObject({
      status: 409,
      body: { code: 'VERSION_CONFLICT' },
    });
    await good(api.ask('DELETE', `${base}/stages/${stage}`));
    expect((await good(api.ask('DELETE', `/stages/${stage}`))).body.warnings).toEqual([]);
    const before = (await good(api.ask('GET', `/stages/${stage}/history`))).body.items.at(-1);
    const back = await good(api.ask('POST', `/stages/${stage}/rollback`, { version: before.version }));
    expect(back.body.warnings).toEqual([]);
  });

  it('says what does not come back with a stage', async () => {
    const stage = `lost-${project}`;
    await link(stage);
    await put(`${base}/feature-flags/a`, on);
    await put(`${base}/stages/${stage}/feature-flags/a`, {});
    const { version } = (await good(api.ask('GET', `/stages/${stage}`))).body;
    await good(api.ask('DELETE', `${base}/stages/${stage}`));
    await good(api.ask('DELETE', `/stages/${stage}`));
    const back = await good(api.ask('POST', `/stages/${stage}/rollback`, { version }));
    expect(back.body.warnings).toMatchObject([
      { code: 'not-restored', message: expect.stringMatching(/^1 resources \(FeatureFlagStage\)/) },
    ]);
  });

  it('deletes a project of thousands as one, keeps its requests, and remembers each of them', async () => {
    await link('dev', 'staging');
    await put(`${base}/contexts/plan`, { type: 'STRING' });
    await put(`${base}/feature-flags/first`, { type: 'STRING', variants: { b: '2', a: '1' } });
    await put(`${base}/stages/dev/feature-flags/first`, { defaultVariant: 'a' });
    const asked = { projectId: project, stageId: 'dev', featureFlagId: 'first', enabled: true };
    const { id } = (await good(api.ask('POST', '/change-requests', { spec: asked }))).body;
    // as written one by one, which would take long
    await opened.database.query(
      `insert into flagwright.resources
         select kind, project, stage, id || '-' || n, nextval('flagwright.versions'), spec, status,
           created_at, created_by, modified_at, modified_by
         from flagwright.resources, generate_series(1, 1999) as n
         where project = '${project}' and kind in ('FeatureFlag', 'FeatureFlagStage')`,
    );
    const held = "kind in ('FeatureFlag', 'FeatureFlagStage', 'Context', 'ProjectStage') and project";
    expect(await count('resources', `${held} = '${project}'`)).toBe(4_003);
    const tried = await good(api.ask('DELETE', `${base}?force=true&dryRun=true`));
    expect(tried.body.result).toBe('deleted');
    expect(await count('resources', `${held} = '${project}'`)).toBe(4_003);

    const { body } = await good(api.ask('DELETE', `${base}?force=true`));
    expect(await count('resources', `project = '${project}' and kind <> 'ChangeRequest'`)).toBe(0);
    const rows = await opened.database.query<{ readonly [name: string]: unknown }>(
      `select kind, id, version, actor, before, after, details, forced from flagwright.audit
       where project = $1 and action = 'delete' and version > $2::bigint order by version`,
      [project, body.version],
    );
    expect(rows).toHaveLength(4_003);
    // those that need others first
    expect([...new Set(rows.map(({ kind }) => kind))]).toEqual([
      'FeatureFlagStage',
      'FeatureFlag',
      'Context',
      'ProjectStage',
    ]);
    expect(new Set(rows.map(({ version }) => version)).size).toBe(4_003);
    const flag = rows.find((row) => row.kind === 'FeatureFlag' && row.id === 'first')!;
    expect(flag).toMatchObject({ actor: 'admin', after: null, details: { with: 'Project' }, forced: false });
    // the order of variants counts
    expect(JSON.stringify(flag.before)).toBe('{"spec":{"type":"STRING","variants":{"b":"2","a":"1"},"name":"first"}}');
    expect((await good(api.ask('GET', `/change-requests/${id}`))).body.status).toMatchObject({ state: 'closed' });
    const served = await opened.database.query('select 1 from public.feature_flags where project = $1', [project]);
    expect(served).toEqual([]);
  });

  it('publishes and takes back the flags of thousands at once', async () => {
    await put('/stages/dev', {});
    await put(`${base}/feature-flags/first`, on);
    await opened.database.query(
      `insert into flagwright.resources
         select kind, project, stage, id || '-' || n, nextval('flagwright.versions'), spec, status,
           created_at, created_by, modified_at, modified_by
         from flagwright.resources, generate_series(1, 2999) as n where project = '${project}' and kind = 'FeatureFlag'`,
    );
    const served = async (): Promise<number> => {
      const rows = await opened.database.query('select key from public.feature_flags where project = $1', [project]);
      return rows.length;
    };
    await put(`${base}/stages/dev`, {});
    expect(await served()).toBe(3_000);
    await good(api.ask('DELETE', `${base}/stages/dev`));
    expect(await served()).toBe(0);
  });
});
