import { compile, evaluate } from '@flagwright/core';
import { postgresStore } from '@flagwright/sources/postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, apiOver, good, seedProject } from './api.ts';
import { ENGINES, type OpenedDatabase } from './database/engines.ts';

describe.each(ENGINES)('resources on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let api: Api;
  let count = 0;
  let project: string;

  beforeAll(async () => {
    opened = await open();
    api = apiOver(opened.database);
  });
  afterAll(() => opened.end());

  const fresh = async (): Promise<string> => {
    project = `app-${++count}`;
    await seedProject(api, project);
    return `/projects/${project}`;
  };
  /** What an application that reads the table sees. */
  const served = async (key: string, stage: string, context: Record<string, string> = {}): Promise<unknown> => {
    const store = postgresStore({ pool: opened.database.pool, project, stage });
    try {
      const { value, variant, reason, errorCode } = evaluate(compile(await store.read()), key, 'boolean', context);
      return errorCode ?? [value, variant, reason];
    } finally {
      await store.close?.();
    }
  };

  it('has a manifest with version, times and authors', async () => {
    const base = await fresh();
    const { body, headers, status } = await api.ask('GET', `${base}/feature-flags/checkout`);
    expect(status).toBe(200);
    expect(headers.get('etag')).toBe(`"${body.version}"`);
    expect(body).toEqual({
      apiVersion: 'feature-flag/v0.3',
      kind: 'FeatureFlag',
      id: 'checkout',
      metadata: { id: 'checkout', project },
      spec: { name: 'checkout', type: 'BOOLEAN', variants: { on: true, off: false } },
      status: {
        stagesActive: 0,
        stagesLinked: 3,
        stages: {
          dev: { defined: false, enabled: false },
          production: { defined: false, enabled: false },
          staging: { defined: false, enabled: false },
        },
      },
      version: expect.stringMatching(/^\d+$/),
      modificationInfo: {
        createdTime: expect.stringMatching(/^20\d\d-.*Z$/),
        createdBy: 'admin',
        lastModifiedTime: expect.stringMatching(/^20\d\d-.*Z$/),
        lastModifiedBy: 'admin',
      },
    });
  });

  it('publishes what a stage serves as soon as it is saved', async () => {
    const base = await fresh();
    expect(await served('checkout', 'production')).toEqual([undefined, undefined, 'OFF']);
    const put = await good(
      api.ask('PUT', `${base}/stages/production/feature-flags/checkout`, {
        spec: {
          enabled: true,
          defaultVariant: 'off',
          targeting: '{"if":[{"==":[{"var":"user-tier"},"premium"]},"on","off"]}',
        },
      }),
    );
    expect(put).toMatchObject({ status: 201, body: { result: 'created', warnings: [] } });
    expect(put.body.spec.targeting).toEqual({ if: [{ '==': [{ var: 'user-tier' }, 'premium'] }, 'on', 'off'] });
    expect(await served('checkout', 'production', { 'user-tier': 'premium' })).toEqual([true, 'on', 'RULE_MATCH']);
    expect(await served('checkout', 'production', { 'user-tier': 'free' })).toEqual([false, 'off', 'RULE_MATCH']);
    expect(await served('checkout', 'dev')).toEqual([undefined, undefined, 'OFF']);
    // the stage definition gone, the flag's own holds
    await good(api.ask('PATCH', `${base}/feature-flags/checkout`, { spec: { enabled: true, defaultVariant: 'on' } }));
    expect(await served('checkout', 'dev')).toEqual([true, 'on', 'FALLTHROUGH']);
    await good(api.ask('DELETE', `${base}/stages/production/feature-flags/checkout`));
    expect(await served('checkout', 'production')).toEqual([true, 'on', 'FALLTHROUGH']);
  });

  it('patches a stage definition that is not there, if the stage is linked', async () => {
    const base = await fresh();
    const path = `${base}/stages/dev/feature-flags/checkout`;
    expect(await api.ask('PATCH', path, { spec: { enabled: true, defaultVariant: 'on' } })).toMatchObject({
      status: 201,
    });
    expect(await served('checkout', 'dev')).toEqual([true, 'on', 'FALLTHROUGH']);
    expect(await api.ask('PATCH', path, { spec: { defaultVariant: null } })).toMatchObject({
      status: 200,
      body: { spec: { enabled: true }, result: 'updated' },
    });
    await good(api.ask('PUT', '/stages/lonely', { spec: {} }));
    expect(
      await api.ask('PATCH', `${base}/stages/lonely/feature-flags/checkout`, { spec: { enabled: true } }),
    ).toMatchObject({
      status: 404,
      body: { code: 'NOT_FOUND', detail: `stage "lonely" is not linked to project "${project}"` },
    });
  });

  it('changes nothing when nothing changes, but the order of variants counts', async () => {
    const base = await fresh();
    const path = `${base}/feature-flags/checkout`;
    const { body } = await api.ask('GET', path);
    const same = await api.ask('PUT', path, { spec: body.spec });
    expect(same).toMatchObject({ status: 200, body: { result: 'unchanged', version: body.version } });
    const turned = await api.ask('PUT', path, { spec: { ...body.spec, variants: { off: false, on: true } } });
    expect(turned.body).toMatchObject({ result: 'updated' });
    expect(Object.keys(turned.body.spec.variants)).toEqual(['off', 'on']);
  });

  it('keeps two writers apart by versions', async () => {
    const base = await fresh();
    const path = `${base}/feature-flags/checkout`;
    const { body } = await api.ask('GET', path);
    const first = await good(
      api.ask('PATCH', path, { spec: { description: 'one' } }, { 'if-match': `"${body.version}"` }),
    );
    const second = await api.ask('PATCH', path, { spec: { description: 'two' }, version: body.version });
    expect(second).toMatchObject({
      status: 409,
      body: {
        code: 'VERSION_CONFLICT',
        detail: `version conflict when updating feature flag "checkout" in project "${project}"`,
        currentVersion: first.body.version,
        expectedVersion: body.version,
        difference: [{ op: 'replace', path: '/description', from: 'one', to: 'two' }],
      },
    });
    expect(await api.ask('DELETE', path, undefined, { 'if-match': `"${body.version}"` })).toMatchObject({
      status: 409,
    });
    expect(await api.ask('PUT', path, { spec: body.spec }, { 'if-none-match': '*' })).toMatchObject({
      status: 409,
      body: { code: 'ALREADY_EXISTS' },
    });
    expect(await api.ask('PUT', path, { spec: body.spec }, { 'if-match': 'three' })).toMatchObject({ status: 400 });
  });

  it('tries a change without making it', async () => {
    const base = await fresh();
    const path = `${base}/stages/dev/feature-flags/checkout`;
    const tried = await api.ask('PUT', `${path}?dryRun=true`, { spec: { enabled: true, defaultVariant: 'on' } });
    expect(tried).toMatchObject({ status: 201, body: { result: 'created' } });
    expect(await api.ask('GET', path)).toMatchObject({ status: 404 });
    expect(await served('checkout', 'dev')).toEqual([undefined, undefined, 'OFF']);
  });

  it.each<[what: string, spec: unknown, path: readonly (string | number)[], message: RegExp]>([
    ['an unknown variant', { enabled: true, defaultVariant: 'onn' }, ['spec', 'defaultVariant'], /no variant "onn"/],
    ['targeting that is no JSON', { targeting: '{"if":' }, ['spec', 'targeting'], /not JSON at line 1/],
    ['an operator nobody knows', { enabled: true, targeting: { iff: [] } }, ['spec', 'targeting', 'iff'], /iff/],
    [
      'a rule for a variant that is none',
      { enabled: true, rules: [{ variation: 'x' }] },
      ['spec', 'rules', 0, 'variation'],
      /"x"/,
    ],
    [
      'rules beside targeting',
      { enabled: true, rules: [{ variation: 'on' }], targeting: { if: [true, 'on'] } },
      ['spec', 'targeting'],
      /both/,
    ],
    ['an unknown member', { enable: true }, ['spec', 'enable'], /not known/],
    ['another type', { enabled: 'yes' }, ['spec', 'enabled'], /text/],
    [
      'itself as a prerequisite',
      { enabled: true, prerequisites: [{ key: 'checkout', variation: 'on' }] },
      ['spec', 'prerequisites', 0],
      /its own/,
    ],
    [
      'a prerequisite that is not there',
      { enabled: true, prerequisites: [{ key: 'no', variation: 'on' }] },
      ['spec', 'prerequisites', 0, 'key'],
      /"no"/,
    ],
  ])('refuses %s, and says where', async (_, spec, path, message) => {
    const base = await fresh();
    const answer = await api.ask('PUT', `${base}/stages/dev/feature-flags/checkout`, { spec });
    expect(answer).toMatchObject({ status: 422, body: { code: 'INVALID_SPEC' } });
    const [issue] = answer.body.issues;
    expect(issue.path.slice(0, path.length)).toEqual(path);
    expect(issue.message).toMatch(message);
  });

  it('warns of what is doubtful', async () => {
    const base = await fresh();
    const answer = await good(
      api.ask('PUT', `${base}/stages/dev/feature-flags/checkout`, {
        spec: {
          enabled: true,
          defaultVariant: 'off',
          targeting: { if: [{ '==': [{ var: 'tier' }, 'x'] }, 'on', 'off'] },
        },
      }),
    );
    expect(answer.body.warnings).toMatchObject([{ severity: 'warning', code: 'undeclared-attribute' }]);
  });

  it('compares versions as versions where an attribute is declared one', async () => {
    const base = await fresh();
    const targeting = { if: [{ '>=': [{ var: 'app-version' }, '2.5.0'] }, 'on', 'off'] };
    await good(
      api.ask('PUT', `${base}/stages/dev/feature-flags/checkout`, {
        spec: { enabled: true, defaultVariant: 'off', targeting },
      }),
    );
    expect(await served('checkout', 'dev', { 'app-version': '10.0.0' })).toHaveProperty('0', false);
    await good(api.ask('PUT', `${base}/contexts/app-version`, { spec: { type: 'VERSION' } }));
    expect(await served('checkout', 'dev', { 'app-version': '10.0.0' })).toHaveProperty('0', true);
    const gone = await good(api.ask('DELETE', `${base}/contexts/app-version`));
    expect(gone.body.warnings).toMatchObject([{ code: 'still-used' }]);
    expect(await served('checkout', 'dev', { 'app-version': '10.0.0' })).toHaveProperty('0', false);
  });

  it('refuses to delete what is in use', async () => {
    const base = await fresh();
    await good(
      api.ask('PATCH', `${base}/stages/production/feature-flags/checkout`, {
        spec: { enabled: true, defaultVariant: 'on' },
      }),
    );
    await good(
      api.ask('PATCH', `${base}/stages/dev/feature-flags/checkout`, { spec: { enabled: true, defaultVariant: 'on' } }),
    );
    expect(await api.ask('DELETE', `${base}/feature-flags/checkout`)).toMatchObject({
      status: 409,
      body: {
        code: 'IN_USE',
        detail: 'cannot delete feature flag "checkout": still active in stages [dev, production]',
        project: base.split('/').at(-1),
        stages: ['dev', 'production'],
      },
    });
    expect(await api.ask('DELETE', base)).toMatchObject({ status: 409, body: { code: 'IN_USE' } });
    expect(await api.ask('DELETE', '/stages/dev?force=true')).toMatchObject({ status: 409, body: { code: 'IN_USE' } });
    expect(await api.ask('DELETE', `${base}/stages/production`)).toMatchObject({
      status: 409,
      body: { code: 'IN_USE' },
    });

    await good(
      api.ask('POST', `${base}/feature-flags`, {
        spec: { name: 'Needs it', type: 'BOOLEAN', prerequisites: [{ key: 'checkout', variation: 'on' }] },
      }),
    );
    expect(await api.ask('DELETE', `${base}/feature-flags/checkout?force=true`)).toMatchObject({
      status: 409,
      body: { code: 'IN_USE', requiredBy: [{ flag: 'needs-it' }] },
    });
    await good(api.ask('DELETE', `${base}/feature-flags/needs-it`));
    expect(await api.ask('DELETE', `${base}/feature-flags/checkout?force=true`)).toMatchObject({
      status: 200,
      body: { result: 'deleted' },
    });
    expect(await served('checkout', 'production')).toBe('FLAG_NOT_FOUND');
    expect(await api.ask('GET', `${base}/stages/dev/feature-flags/checkout`)).toMatchObject({ status: 404 });
    expect(await api.ask('DELETE', base)).toMatchObject({ status: 200 });
    expect(await api.ask('GET', `${base}/feature-flags`)).toMatchObject({ body: { totalCount: 0 } });
  });

  it('serves an unlinked stage nothing, and all again when it is linked again', async () => {
    const base = await fresh();
    await good(
      api.ask('PATCH', `${base}/stages/dev/feature-flags/checkout`, { spec: { enabled: true, defaultVariant: 'on' } }),
    );
    await good(api.ask('DELETE', `${base}/stages/dev?force=true`));
    expect(await served('checkout', 'dev')).toBe('FLAG_NOT_FOUND');
    await good(api.ask('PUT', `${base}/stages/dev`, { spec: {} }));
    expect(await served('checkout', 'dev')).toEqual([true, 'on', 'FALLTHROUGH']);
  });

  it('archives what is not active, and serves it no more', async () => {
    const base = await fresh();
    const path = `${base}/feature-flags/checkout`;
    await good(
      api.ask('PATCH', `${base}/stages/dev/feature-flags/checkout`, { spec: { enabled: true, defaultVariant: 'on' } }),
    );
    expect(await api.ask('PATCH', path, { spec: { archived: true } })).toMatchObject({
      status: 409,
      body: { code: 'IN_USE' },
    });
    await good(api.ask('PATCH', `${base}/stages/dev/feature-flags/checkout`, { spec: { enabled: false } }));
    await good(api.ask('PATCH', path, { spec: { archived: true } }));
    expect(await served('checkout', 'dev')).toBe('FLAG_NOT_FOUND');
    expect((await api.ask('GET', `${base}/feature-flags`)).body.items).toEqual([]);
    expect((await api.ask('GET', `${base}/feature-flags?archived=true`)).body.items).toHaveLength(1);
    expect(
      await api.ask('PATCH', `${base}/stages/dev/feature-flags/checkout`, { spec: { enabled: true } }),
    ).toMatchObject({ status: 409 });
    await good(api.ask('PATCH', path, { spec: { archived: null } }));
    expect(await served('checkout', 'dev')).toHaveProperty('0', undefined);
  });

  describe('protection', () => {
    const protect = async (): Promise<string> => {
      const base = await fresh();
      await good(api.ask('PUT', `${base}/stages/production`, { spec: { requireChangeRequest: true } }));
      return base;
    };

    it('refuses direct changes of what a stage serves, but for an approver who insists', async () => {
      const base = await protect();
      const path = `${base}/stages/production/feature-flags/checkout`;
      const on = { spec: { enabled: true, defaultVariant: 'on' } };
      const editor = api.as('editor');
      expect(await editor('PATCH', path, on)).toMatchObject({
        status: 409,
        body: {
          code: 'PROTECTED',
          hint: 'create a change request, or use force as an approver in an emergency',
          stages: ['production'],
        },
      });
      expect(await editor('PATCH', `${path}?force=true`, on)).toMatchObject({
        status: 403,
        body: { code: 'FORBIDDEN' },
      });
      expect(await served('checkout', 'production')).toHaveProperty('0', undefined);
      expect(await editor('PATCH', `${base}/stages/dev/feature-flags/checkout`, on)).toMatchObject({ status: 201 });
      expect(await api.as('approver')('PATCH', `${path}?force=true`, on)).toMatchObject({ status: 201 });
      expect(await served('checkout', 'production')).toHaveProperty('0', true);
      const [row] = await opened.database.query(
        "select forced, actor from flagwright.audit where project = $1 and kind = 'FeatureFlagStage' and stage = 'production'",
        [project],
      );
      expect(row).toEqual({ forced: true, actor: 'approver' });
    });

    it('holds for the definition of a flag, too, which stages fall back to', async () => {
      const base = await protect();
      const path = `${base}/feature-flags/checkout`;
      expect(await api.ask('PATCH', path, { spec: { enabled: true, defaultVariant: 'on' } })).toMatchObject({
        status: 409,
        body: { code: 'PROTECTED' },
      });
      expect(await api.ask('PATCH', path, { spec: { description: 'words', tags: ['a'] } })).toMatchObject({
        status: 200,
      });
      expect(
        await api.ask('POST', `${base}/feature-flags`, {
          metadata: { id: 'new' },
          spec: { type: 'STRING', variants: { a: 'a' } },
        }),
      ).toMatchObject({ status: 201 });
      expect(
        await api.ask('POST', `${base}/feature-flags`, {
          metadata: { id: 'live' },
          spec: { type: 'BOOLEAN', enabled: true },
        }),
      ).toMatchObject({ status: 409 });
    });
  });

  it('says what a role may not, and where a token is not for', async () => {
    const base = await fresh();
    const body = { spec: { enabled: true } };
    const path = `${base}/stages/dev/feature-flags/checkout`;
    expect(await api.as('viewer')('PATCH', path, body)).toMatchObject({ status: 403 });
    expect(await api.as('sdk')('GET', path)).toMatchObject({ status: 403 });
    expect(await api.as('editor', { stages: ['staging'] })('PATCH', path, body)).toMatchObject({ status: 403 });
    expect(await api.as('editor', { projects: ['other'] })('GET', path)).toMatchObject({ status: 403 });
    expect(await api.as('editor', { projects: [project] })('POST', '/projects', { spec: { name: 'x' } })).toMatchObject(
      { status: 403 },
    );
    expect(await api.as('editor', { projects: [project], stages: ['dev'] })('PATCH', path, body)).toMatchObject({
      status: 201,
    });
    const { body: projects } = await api.as('viewer', { projects: [project] })('GET', '/projects');
    expect(projects).toMatchObject({ totalCount: 1, items: [{ id: project, status: { stages: 3 } }] });
  });

  it('lists by filter, order and page', async () => {
    const base = await fresh();
    for (let i = 0; i < 25; i++) {
      await good(
        api.ask('POST', `${base}/feature-flags`, {
          metadata: { id: `flag-${String(i).padStart(2, '0')}` },
          spec: {
            type: i % 2 === 0 ? 'BOOLEAN' : 'STRING',
            ...(i % 2 === 0 ? {} : { variants: { a: 'x' } }),
            tags: [`t${i % 5}`],
          },
        }),
      );
    }
    const list = async (query: string): Promise<{ readonly ids: readonly string[]; readonly total: number }> => {
      const { body } = await good(api.ask('GET', `${base}/feature-flags?${query}`));
      return { ids: body.items.map(({ id }: { readonly id: string }) => id), total: body.totalCount };
    };
    expect(await list('pageSize=3&page=2')).toEqual({ ids: ['flag-02', 'flag-03', 'flag-04'], total: 26 });
    expect(await list('pageSize=3&sort=-id')).toEqual({ ids: ['flag-24', 'flag-23', 'flag-22'], total: 26 });
    expect(await list('page=9')).toEqual({ ids: [], total: 26 });
    expect(await list(`filter=${encodeURIComponent('name~CHECK')}`)).toEqual({ ids: ['checkout'], total: 1 });
    expect((await list(`filter=${encodeURIComponent("type=STRING and tags = 't3'")}`)).ids).toEqual([
      'flag-03',
      'flag-13',
      'flag-23',
    ]);
    expect((await list('sort=-modificationInfo.lastModifiedTime&pageSize=1')).ids).toEqual(['flag-24']);
    expect(await api.ask('GET', `${base}/feature-flags?filter=${encodeURIComponent('nme=x')}`)).toMatchObject({
      status: 400,
      body: { code: 'INVALID_ARGUMENT', detail: expect.stringMatching(/nme/) },
    });
    await good(
      api.ask('PATCH', `${base}/stages/dev/feature-flags/flag-02`, { spec: { enabled: true, defaultVariant: 'on' } }),
    );
    await good(api.ask('PATCH', `${base}/stages/production/feature-flags/flag-02`, { spec: { enabled: false } }));
    const all = await good(api.ask('GET', `${base}/feature-flag-stages`));
    expect(all.body.items.map((item: { readonly metadata: unknown }) => item.metadata)).toEqual([
      { featureFlagId: 'flag-02', project, stage: 'dev' },
      { featureFlagId: 'flag-02', project, stage: 'production' },
    ]);
    const on = await good(api.ask('GET', `${base}/feature-flag-stages?filter=enabled%3Dtrue`));
    expect(on.body.totalCount).toBe(1);
    const one = await good(api.ask('GET', `${base}/stages/production/feature-flags`));
    expect(one.body.totalCount).toBe(1);
  });
});
