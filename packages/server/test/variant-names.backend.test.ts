import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { changeOperations } from '../src/changes/operations.ts';
import { resourceOperations } from '../src/resources/operations.ts';
import { templateOperations } from '../src/templates/template-operations.ts';
import { type Api, apiOver, good, seedProject } from './api.ts';
import { ENGINES, type OpenedDatabase } from './database/engines.ts';

let projects = 0;

const ON_OFF = { type: 'BOOLEAN', variants: { on: true, off: false } };
const doubt = (path: readonly string[], value: boolean, name: string): object => ({
  severity: 'warning',
  code: 'boolean-name',
  path,
  message: `the boolean ${value} stands where a name belongs; taken as variant "${name}"`,
  hint: `quote it: '${name}'`,
});

describe.each(ENGINES)('booleans that stand for variants on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let api: Api;
  let base: string;
  let project: string;
  beforeAll(async () => {
    opened = await open();
    const { database } = opened;
    api = apiOver(database, [
      ...resourceOperations(database),
      ...changeOperations(database),
      ...templateOperations(database),
    ]);
  });
  afterAll(() => opened.end());
  beforeEach(async () => {
    project = `named-${++projects}`;
    base = `/projects/${project}`;
    await seedProject(api, project);
  });

  it('are stored as the names, of a flag', async () => {
    const made = await good(api.ask('PUT', `${base}/feature-flags/a`, { spec: { ...ON_OFF, defaultVariant: true } }));
    expect(made.body).toMatchObject({
      spec: { defaultVariant: 'on' },
      warnings: [doubt(['spec', 'defaultVariant'], true, 'on')],
    });
    const again = await good(api.ask('PUT', `${base}/feature-flags/a`, { spec: { ...ON_OFF, defaultVariant: true } }));
    expect(again.body).toMatchObject({ result: 'unchanged', version: made.body.version });
    const found = await api.ask('GET', `${base}/feature-flags?filter=defaultVariant%3Don`);
    expect(found.body).toMatchObject({ totalCount: 1 });
    // what is there already can be built upon
    const more = { variants: { on: true, off: false, yes: true } };
    await good(api.ask('PATCH', `${base}/feature-flags/a`, { spec: more }));
  });

  it('of a flag whose variants are not said, and of a stage', async () => {
    const flag = await good(
      api.ask('PUT', `${base}/feature-flags/b`, { spec: { type: 'BOOLEAN', defaultVariant: false } }),
    );
    expect(flag.body.spec).toMatchObject({ defaultVariant: 'off' });
    const stage = await good(
      api.ask('PUT', `${base}/stages/dev/feature-flags/b`, {
        spec: { enabled: true, defaultVariant: true, offVariant: false },
      }),
    );
    expect(stage.body).toMatchObject({
      spec: { enabled: true, defaultVariant: 'on', offVariant: 'off' },
      warnings: [doubt(['spec', 'defaultVariant'], true, 'on'), doubt(['spec', 'offVariant'], false, 'off')],
    });
    const served = await opened.database.query('select * from public.feature_flags where project = $1 and key = $2', [
      project,
      'b',
    ]);
    expect(JSON.stringify(served)).toMatch(/defaultVariant\\?":\s*\\?"on/);
    expect(JSON.stringify(served)).not.toMatch(/"(?:default|off)Variant\\?":\s*(?:true|false)/);
  });

  it('are refused where they stand for none, or for several: they are to be quoted', async () => {
    const refused = {
      status: 422,
      body: {
        issues: [
          {
            message: 'there is no variant true',
            hint: 'quote it: a YAML 1.1 tool turns on, off, yes and no into booleans',
          },
        ],
      },
    };
    const variants = [{ on: true, yes: true, off: false }, { off: false }];
    for (const one of variants) {
      const spec = { type: 'BOOLEAN', variants: one, defaultVariant: true };
      expect(await api.ask('PUT', `${base}/feature-flags/c`, { spec })).toMatchObject(refused);
    }
  });

  it('of change requests, also when they are applied', async () => {
    await good(api.ask('PUT', `${base}/feature-flags/d`, { spec: ON_OFF }));
    const where = { projectId: project, featureFlagId: 'd', stageId: 'dev' };
    const asked = await good(
      api.ask('POST', '/change-requests', { spec: { ...where, enabled: true, defaultVariant: true } }),
    );
    expect(asked.body).toMatchObject({
      spec: { defaultVariant: 'on' },
      warnings: [doubt(['spec', 'defaultVariant'], true, 'on')],
    });
    const at = `/change-requests/${asked.body.id}`;
    const same = await good(api.ask('PUT', at, { spec: { ...where, enabled: true, defaultVariant: true } }));
    expect(same.body.result).toBe('unchanged');
    await good(api.ask('POST', `${at}/apply`, {}));
    expect((await api.ask('GET', `${base}/stages/dev/feature-flags/d`)).body.spec).toMatchObject({
      defaultVariant: 'on',
    });
    const decided = await good(api.ask('PUT', at, { spec: { ...where, enabled: true, defaultVariant: true } }));
    expect(decided.body.result).toBe('unchanged');
  });

  it('of templates, and what is made of them', async () => {
    const spec = {
      flag: { ...ON_OFF, defaultVariant: false },
      stages: { dev: { enabled: true, defaultVariant: true } },
    };
    const saved = await good(api.ask('PUT', `/templates/${project}`, { spec }));
    expect(saved.body).toMatchObject({
      spec: { flag: { defaultVariant: 'off' }, stages: { dev: { defaultVariant: 'on' } } },
      warnings: [
        doubt(['spec', 'flag', 'defaultVariant'], false, 'off'),
        doubt(['spec', 'stages', 'dev', 'defaultVariant'], true, 'on'),
      ],
    });
  });
});
