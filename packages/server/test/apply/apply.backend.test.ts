import { setTimeout } from 'node:timers/promises';
import { until } from '@flagwright/test-servers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { applyOperations } from '../../src/apply/operation.ts';
import { changeOperations } from '../../src/changes/operations.ts';
import type { Database, Row, Transaction } from '../../src/database/database.ts';
import type { LogLine } from '../../src/http/log.ts';
import { resourceOperations } from '../../src/resources/operations.ts';
import { templateOperations } from '../../src/templates/template-operations.ts';
import { webhooks } from '../../src/webhooks/webhooks.ts';
import { type Api, type Ask, apiOver, good, seedProject } from '../api.ts';
import { ENGINES, type OpenedDatabase } from '../database/engines.ts';
import { startReceiver } from '../webhooks/receiver.ts';

let projects = 0;

describe.each(ENGINES)('on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let api: Api;
  let project: string;
  let base: string;
  beforeAll(async () => {
    opened = await open();
    const { database } = opened;
    api = apiOver(database, [
      ...resourceOperations(database),
      ...changeOperations(database),
      ...templateOperations(database),
      ...applyOperations(database),
    ]);
  });
  afterAll(() => opened.end());
  beforeEach(async () => {
    project = `many-${++projects}`;
    base = `/projects/${project}`;
    await seedProject(api, project);
  });

  const flag = (id: string, spec: object = { type: 'BOOLEAN' }) => ({
    kind: 'FeatureFlag',
    metadata: { id, project },
    spec,
  });
  const definition = (id: string, stage: string, spec: object) => ({
    kind: 'FeatureFlagStage',
    metadata: { featureFlagId: id, project, stage },
    spec,
  });
  const link = (stage: string, spec: object = {}) => ({ kind: 'ProjectStage', metadata: { project, stage }, spec });
  const apply = async (items: readonly object[], more: object = {}, query = '', ask: Ask = api.ask) =>
    (await good(ask('POST', `/apply${query}`, { items, ...more }))).body;

  /** What a stage serves of the project, by kind and key. */
  const served = async (stage: string): Promise<Record<string, unknown>> => {
    const rows = await opened.database.query<{ kind: string; key: string; definition: unknown }>(
      'select kind, key, definition from public.feature_flags where project = $1 and stage = $2',
      [project, stage],
    );
    return Object.fromEntries(rows.map(({ kind, key, definition }) => [`${kind} ${key}`, definition]));
  };
  /** All changes of the project, the first one first. */
  const audited = () =>
    opened.database.query<{
      kind: string;
      id: string;
      stage: string;
      action: string;
      comment: string;
      forced: boolean;
    }>(
      `select kind, id, stage, action, comment, forced, version::text, request from flagwright.audit
       where project = $1 order by version`,
      [project],
    );
  const codes = ({ items }: { items: readonly { result?: string; problem?: { code: string } }[] }) =>
    items.map(({ result, problem }) => problem?.code ?? result);

  it('does what is sent in the order in which it is sent', async () => {
    const answer = await apply([
      definition('late', 'dev', { enabled: true }),
      flag('late'),
      definition('late', 'dev', { enabled: true }),
      flag('late'),
    ]);
    expect(answer).toMatchObject({
      kind: 'ApplyResult',
      applied: true,
      items: [
        { index: 0, problem: { code: 'NOT_FOUND', status: 404, title: 'There is no such thing' } },
        { index: 1, kind: 'FeatureFlag', id: 'late', metadata: { id: 'late', project }, result: 'created' },
        {
          index: 2,
          kind: 'FeatureFlagStage',
          id: 'late',
          metadata: { featureFlagId: 'late', project, stage: 'dev' },
          result: 'created',
        },
        { index: 3, result: 'unchanged' },
      ],
    });
    const now = await good(api.ask('GET', `${base}/stages/dev/feature-flags/late`));
    expect(now.body.version).toBe(answer.items[2].version);
    expect(answer.items[3].version).toBe(answer.items[1].version);
  });

  it('makes a project with all it has of nothing', async () => {
    project = `new-${++projects}`;
    const answer = await apply(
      [
        { kind: 'Stage', metadata: { id: `stage-${projects}` }, spec: {} },
        { kind: 'Project', spec: { name: project } },
        link(`stage-${projects}`),
        { kind: 'Context', metadata: { project }, spec: { name: 'Plan', type: 'STRING' } },
        { kind: 'Template', metadata: { id: `template-${projects}` }, spec: { flag: { type: 'BOOLEAN' } } },
        { kind: 'FeatureFlag', metadata: { project }, spec: { name: 'New Checkout', type: 'BOOLEAN' } },
        definition('new-checkout', `stage-${projects}`, {
          enabled: true,
          targeting: { if: [{ '==': [{ var: 'plan' }, 'pro'] }, 'on', 'off'] },
        }),
      ],
      { comment: 'all of it' },
    );
    expect(codes(answer)).toEqual(Array(7).fill('created'));
    expect(answer.items.map(({ id }: { id: string }) => id)).toEqual([
      `stage-${projects}`,
      project,
      `stage-${projects}`,
      'plan',
      `template-${projects}`,
      'new-checkout',
      'new-checkout',
    ]);
    expect(Object.keys(await served(`stage-${projects}`)).sort()).toEqual(['attribute plan', 'flag new-checkout']);
    expect(await audited()).toMatchObject([
      { kind: 'ProjectStage', action: 'create', comment: 'all of it' },
      { kind: 'Context', action: 'create' },
      { kind: 'FeatureFlag', action: 'create' },
      { kind: 'FeatureFlagStage', action: 'create', comment: 'all of it' },
    ]);
  });

  it('tells of each one that fails why, and does the others', async () => {
    const before = await served('dev');
    const answer = await apply([
      flag('one'),
      flag('wrong', { type: 'BOOLEAN', variants: { on: 'text' } }),
      flag('one', { type: 'SHAPE' }),
      { kind: 'Flag', metadata: { id: 'x', project }, spec: {} },
      { metadata: { id: 'x' } },
      { kind: 'FeatureFlag', metadata: { id: 'x' }, spec: { type: 'BOOLEAN' } },
      { kind: 'FeatureFlag', metadata: { id: 'x', project: 'no-such' }, spec: { type: 'BOOLEAN' } },
      { kind: 'FeatureFlag', metadata: { id: 'x', project: '__proto__' }, spec: { type: 'BOOLEAN' } },
      flag('two'),
    ]);
    expect(answer.applied).toBe(true);
    expect(codes(answer)).toEqual([
      'created',
      'INVALID_SPEC',
      'INVALID_SPEC',
      'INVALID_ARGUMENT',
      'INVALID_ARGUMENT',
      'INVALID_ARGUMENT',
      'NOT_FOUND',
      'INVALID_SPEC',
      'created',
    ]);
    expect(answer.items[1].problem.issues[0].path).toEqual(['spec', 'variants', 'on']);
    expect(answer.items[2].problem.issues[0].path).toEqual(['spec', 'type']);
    expect(answer.items[3]).toMatchObject({ kind: 'Flag', id: 'x', metadata: { id: 'x', project }, warnings: [] });
    const alone = await api.ask('PUT', `${base}/feature-flags/wrong`, {
      spec: flag('', { type: 'BOOLEAN', variants: { on: 'text' } }).spec,
    });
    const { requestId: _, ...told } = answer.items[1].problem;
    expect(alone.body).toMatchObject(told);
    expect(Object.keys(await served('dev')).sort()).toEqual([...Object.keys(before), 'flag one', 'flag two'].sort());
  });

  it('with atomic, does all or nothing', async () => {
    const history = await audited();
    const items = [flag('one'), flag('wrong', { type: 'BOOLEAN', variants: { on: 'text' } }), flag('two')];
    const answer = await apply(items, { atomic: true });
    expect(answer.applied).toBe(false);
    expect(answer.items.map((item: object) => Object.keys(item))).toEqual([
      ['index', 'kind', 'id', 'metadata', 'warnings'],
      ['index', 'kind', 'id', 'metadata', 'warnings', 'problem'],
      ['index', 'kind', 'id', 'metadata', 'warnings'],
    ]);
    expect(await audited()).toEqual(history);
    expect((await api.ask('GET', `${base}/feature-flags/one`)).status).toBe(404);
    expect(await served('dev')).not.toHaveProperty('flag one');
    const good = await apply([flag('one'), flag('two')], { atomic: true });
    expect(good).toMatchObject({ applied: true, items: [{ result: 'created' }, { result: 'created' }] });
    expect((await api.ask('GET', `${base}/feature-flags/two`)).status).toBe(200);
  });

  it('with dryRun, tells what would be of a project together with its flags, and does nothing', async () => {
    project = `dry-${++projects}`;
    const before = await opened.database.query('select count(*)::int as n from flagwright.audit');
    const items = [
      { kind: 'Project', metadata: { id: project }, spec: {} },
      link('dev'),
      flag('one', { type: 'BOOLEAN', description: 'first' }),
      definition('one', 'dev', { enabled: true }),
      definition('two', 'dev', { enabled: true }),
    ];
    const answer = await apply(items, {}, '?dryRun=true');
    expect(codes(answer)).toEqual(['created', 'created', 'created', 'created', 'NOT_FOUND']);
    expect(answer.items[2]).toMatchObject({
      before: null,
      after: { type: 'BOOLEAN', name: 'one', description: 'first' },
    });
    expect(answer.items[3]).toMatchObject({ before: null, after: { enabled: true } });
    expect(answer.items[4]).not.toHaveProperty('before');
    expect(await opened.database.query('select count(*)::int as n from flagwright.audit')).toEqual(before);
    expect((await api.ask('GET', `/projects/${project}`)).status).toBe(404);
    expect(await apply(items, { atomic: true }, '?dryRun=true')).toMatchObject({ applied: false });
    await apply(items.slice(0, 4));
    const again = await apply([flag('one', { type: 'BOOLEAN', description: 'second' })], {}, '?dryRun=true');
    expect(again.items).toMatchObject([
      { result: 'updated', before: { description: 'first' }, after: { description: 'second' } },
    ]);
  });

  it('leaves no history of what is unchanged', async () => {
    const items = [flag('one'), definition('one', 'dev', { enabled: true }), link('dev'), flag('one')];
    await apply(items);
    const history = await audited();
    const sets = await opened.database.query('select * from public.feature_flags_sets where project = $1', [project]);
    expect(codes(await apply(items))).toEqual(['unchanged', 'unchanged', 'unchanged', 'unchanged']);
    expect(await audited()).toEqual(history);
    expect(
      await opened.database.query('select * from public.feature_flags_sets where project = $1', [project]),
    ).toEqual(sets);
  });

  it('remembers each change once, by who made it and why', async () => {
    const history = await audited();
    const answer = await apply(
      [
        { ...flag('one'), comment: 'its own' },
        definition('one', 'dev', { enabled: true }),
        flag('one', { type: 'BOOLEAN', description: 'changed' }),
        definition('one', 'dev', { enabled: false }),
      ],
      { comment: 'of all' },
    );
    const fresh = (await audited()).slice(history.length);
    expect(fresh.map(({ kind, action, comment }) => [kind, action, comment])).toEqual([
      ['FeatureFlag', 'create', 'its own'],
      ['FeatureFlagStage', 'create', 'of all'],
      ['FeatureFlag', 'update', 'of all'],
      ['FeatureFlagStage', 'update', 'of all'],
    ]);
    expect(fresh.map((row) => (row as Row).version)).toEqual(answer.items.map((item: Row) => item.version));
    expect(new Set(fresh.map((row) => (row as Row).request)).size).toBe(1);
    const specs = await opened.database.query<{ at: Date; before: unknown; after: unknown }>(
      `select at, before, after from flagwright.audit where project = $1 and kind = 'FeatureFlag' and id = 'one'
       order by version`,
      [project],
    );
    const first = { spec: { type: 'BOOLEAN', name: 'one' } };
    expect(specs.map(({ before, after }) => [before, after])).toEqual([
      [null, first],
      [first, { spec: { type: 'BOOLEAN', description: 'changed', name: 'one' } }],
    ]);
    const now = (await good(api.ask('GET', `${base}/feature-flags/one`))).body;
    expect(now.modificationInfo).toMatchObject({ createdBy: 'admin', lastModifiedBy: 'admin' });
    expect(now.modificationInfo.createdTime).toBe(specs[0]!.at.toISOString());
    expect(now.modificationInfo.lastModifiedTime).toBe(specs[1]!.at.toISOString());
  });

  it('asks for the rights of each', async () => {
    const items = [
      link('dev', { requireChangeRequest: true }),
      flag('one'),
      definition('checkout', 'dev', { enabled: true }),
      definition('checkout', 'staging', { enabled: true }),
      { kind: 'Context', metadata: { id: 'plan', project: 'elsewhere' }, spec: { type: 'STRING' } },
    ];
    const eve = api.as('editor', { subject: 'eve', projects: [project] });
    expect(codes(await apply(items, {}, '', eve))).toEqual(['FORBIDDEN', 'created', 'created', 'created', 'FORBIDDEN']);
    const stages = api.as('editor', { subject: 'bob', stages: ['staging'] });
    expect(codes(await apply(items.slice(1, 4), {}, '', stages))).toEqual(['FORBIDDEN', 'FORBIDDEN', 'unchanged']);
    const admin = api.as('admin', { subject: 'carl', projects: [project] });
    expect(codes(await apply([{ kind: 'Stage', metadata: { id: 'mine' }, spec: {} }], {}, '', admin))).toEqual([
      'FORBIDDEN',
    ]);
    for (const role of ['viewer', 'sdk'] as const) {
      expect(await api.as(role)('POST', '/apply', { items: [] })).toMatchObject({
        status: 403,
        body: { code: 'FORBIDDEN' },
      });
    }
  });

  it('guards protected stages, and lets approvers insist', async () => {
    await good(api.ask('PUT', `${base}/stages/production`, { spec: { requireChangeRequest: true } }));
    const items = [
      definition('checkout', 'dev', { enabled: true }),
      definition('checkout', 'production', { enabled: true }),
      flag('new'),
      flag('new', { type: 'BOOLEAN', enabled: true }),
    ];
    const eve = api.as('editor', { subject: 'eve' });
    const answer = await apply(items, {}, '', eve);
    expect(codes(answer)).toEqual(['created', 'PROTECTED', 'created', 'PROTECTED']);
    expect(answer.items[1].problem.stages).toEqual(['production']);
    expect(codes(await apply(items, {}, '?force=true', eve))).toEqual([
      'unchanged',
      'FORBIDDEN',
      'unchanged',
      'FORBIDDEN',
    ]);
    const ann = api.as('approver', { subject: 'ann' });
    expect(codes(await apply(items, {}, '?force=true', ann))).toEqual(['unchanged', 'created', 'unchanged', 'updated']);
    expect((await audited()).slice(-2)).toMatchObject([
      { stage: 'production', forced: true },
      { kind: 'FeatureFlag', forced: true },
    ]);
    // what is made a protected stage before holds for what comes after
    const guarded = await apply([link('dev', { requireChangeRequest: true }), definition('checkout', 'dev', {})], {});
    expect(codes(guarded)).toEqual(['updated', 'PROTECTED']);
  });

  it('honours versions', async () => {
    const { version } = (await good(api.ask('GET', `${base}/feature-flags/checkout`))).body;
    const changed = { type: 'BOOLEAN', variants: { on: true, off: false }, description: 'changed' };
    const answer = await apply([
      { ...flag('checkout', changed), version },
      { ...flag('checkout', { ...changed, description: 'again' }), version },
      { ...flag('gone'), version },
      { ...flag('gone'), version: '*' },
    ]);
    expect(codes(answer)).toEqual(['updated', 'VERSION_CONFLICT', 'VERSION_CONFLICT', 'VERSION_CONFLICT']);
    expect(answer.items[1].problem).toMatchObject({
      currentVersion: answer.items[0].version,
      expectedVersion: version,
      difference: [{ op: 'replace', path: '/description', from: 'changed', to: 'again' }],
    });
  });

  it('makes change requests, and changes them', async () => {
    const spec = { projectId: project, stageId: 'dev', featureFlagId: 'checkout', enabled: true };
    const answer = await apply([
      { kind: 'ChangeRequest', spec },
      { kind: 'ChangeRequest', spec: { ...spec, featureFlagId: 'none' } },
      flag('fresh'),
      { kind: 'ChangeRequest', spec: { ...spec, featureFlagId: 'fresh' } },
    ]);
    expect(codes(answer)).toEqual(['created', 'NOT_FOUND', 'created', 'created']);
    const { id } = answer.items[0];
    expect(answer.items[0].metadata).toEqual({ id });
    const made = (await good(api.ask('GET', `/change-requests/${answer.items[3].id}`))).body;
    expect(made.status.flagVersion).toBe(answer.items[2].version);
    const again = await apply(
      [
        { kind: 'ChangeRequest', metadata: { id }, spec },
        { kind: 'ChangeRequest', metadata: { id }, spec: { ...spec, enabled: false } },
        { kind: 'ChangeRequest', metadata: { id: 'nonsense' }, spec },
        { kind: 'ChangeRequest', metadata: { id }, spec: { ...spec, stageId: 'staging' } },
      ],
      {},
      '?dryRun=true',
    );
    expect(codes(again)).toEqual(['unchanged', 'updated', 'INVALID_ARGUMENT', 'INVALID_SPEC']);
    expect(again.items[1]).toMatchObject({ before: { enabled: true }, after: { enabled: false } });
    // one that is made first stands in the way of nothing that follows it
    await good(api.ask('PUT', `${base}/stages/dev`, { spec: { requireChangeRequest: true } }));
    const eve = api.as('editor', { subject: 'eve', projects: [project] });
    const both = [
      { kind: 'ChangeRequest', spec: { ...spec, comment: 'please' } },
      definition('checkout', 'dev', { enabled: true }),
    ];
    expect(codes(await apply(both, {}, '', eve))).toEqual(['created', 'PROTECTED']);
  });

  it('takes approvals back when an attribute becomes a version, of requests that are made with it', async () => {
    const logic = { if: [{ '==': [{ var: 'build' }, '1.0.0'] }, 'on', 'off'] };
    const spec = { projectId: project, stageId: 'dev', featureFlagId: 'checkout', targeting: logic };
    const build = (type: string) => ({ kind: 'Context', metadata: { id: 'build', project }, spec: { type } });
    const answer = await apply([build('STRING'), { kind: 'ChangeRequest', spec }, build('VERSION'), flag('later')]);
    expect(codes(answer)).toEqual(['created', 'created', 'updated', 'created']);
    const request = (await good(api.ask('GET', `/change-requests/${answer.items[1].id}`))).body;
    expect(request.status.failure).toMatchObject({ code: 'CONFLICT' });
    expect(await served('dev')).toMatchObject({ 'attribute build': { type: 'version' }, 'flag later': {} });
  });

  it('has flags that require others checked as they are then', async () => {
    const needs = (id: string, key: string) => flag(id, { type: 'BOOLEAN', prerequisites: [{ key, variation: 'on' }] });
    const answer = await apply([
      needs('a', 'b'),
      flag('b'),
      needs('a', 'b'),
      needs('b', 'a'),
      flag('b', { type: 'BOOLEAN', archived: true }),
      flag('a'),
      flag('b', { type: 'BOOLEAN', archived: true }),
      needs('a', 'b'),
    ]);
    expect(codes(answer)).toEqual([
      'INVALID_SPEC',
      'created',
      'created',
      'INVALID_SPEC',
      'IN_USE',
      'updated',
      'updated',
      'INVALID_SPEC',
    ]);
    expect(await served('dev')).not.toHaveProperty('flag b');
  });

  it('serves what it says after it, also of one that was changed several times', async () => {
    await apply([
      flag('one'),
      definition('one', 'dev', { enabled: true }),
      definition('one', 'dev', { enabled: true, defaultVariant: 'no such' }),
      definition('one', 'dev', { enabled: true, defaultVariant: 'on' }),
      flag('checkout', { type: 'BOOLEAN', variants: { on: true, off: false }, archived: true }),
    ]);
    expect(await served('dev')).toMatchObject({ 'flag one': { enabled: true, defaultVariant: 'on' } });
    expect(await served('staging')).toMatchObject({ 'flag one': { enabled: false } });
    expect(await served('dev')).not.toHaveProperty('flag checkout');
  });

  it('tells of the item what writing it fails by', async () => {
    const { database } = opened;
    await database.query(
      `update public.feature_flags_sets set manager = 'another' where project = $1 and stage = 'staging'`,
      [project],
    );
    const items = [
      definition('checkout', 'dev', { enabled: true }),
      definition('checkout', 'staging', { enabled: true }),
      definition('checkout', 'production', { enabled: true }),
    ];
    const history = await audited();
    expect(await apply(items, { atomic: true })).toMatchObject({
      applied: false,
      items: [{ index: 0 }, { index: 1, problem: { code: 'MANAGED' } }, { index: 2 }],
    });
    expect(await audited()).toEqual(history);
    expect(codes(await apply(items))).toEqual(['created', 'MANAGED', 'created']);
    expect((await audited()).slice(history.length)).toMatchObject([{ stage: 'dev' }, { stage: 'production' }]);
    expect(await served('dev')).toMatchObject({ 'flag checkout': { enabled: true } });
    expect(await served('staging')).toMatchObject({ 'flag checkout': { enabled: false } });
    expect(await served('production')).toMatchObject({ 'flag checkout': { enabled: true } });
  });

  /** The database, whose transactions are told each statement before it is done. */
  const watched = (
    before: (text: string, transaction: Transaction, values: readonly unknown[]) => Promise<void>,
  ): Database => ({
    ...opened.database,
    write: (work, options) =>
      opened.database.write(
        (transaction) =>
          work({
            ...transaction,
            async query<R extends Row>(text: string, values?: readonly unknown[]) {
              await before(text, transaction, values ?? []);
              return transaction.query<R>(text, values);
            },
          }),
        options,
      ),
  });

  it('says that the server is wrong about one, tells its log, and does the others', async () => {
    const log: LogLine[] = [];
    const broken = watched(async (_, transaction, [value]) => {
      if (String(value).includes('"id":"one"')) await transaction.query('select 1 / 0');
    });
    const own = apiOver(broken, [
      ...resourceOperations(broken),
      ...applyOperations(broken, { log: (line) => log.push(line) }),
    ]);
    const ask: Ask = (...asked) => own.ask(...asked);
    const answer = await apply([flag('zero'), flag('one'), flag('two')], {}, '', ask);
    expect(codes(answer)).toEqual(['created', 'INTERNAL', 'created']);
    expect(answer.items[1].problem.detail).toBe('the server met an error of its own, and nothing was done');
    expect(log).toMatchObject([{ level: 'error', error: { message: 'division by zero' } }]);
    expect((await api.ask('GET', `${base}/feature-flags/one`)).status).toBe(404);
    expect((await api.ask('GET', `${base}/feature-flags/two`)).status).toBe(200);
  });

  it('asks the database of many what it asks of one', async () => {
    const asked: string[] = [];
    const counting = watched(async (text) => void asked.push(text.trim().split(/\s+/).slice(0, 4).join(' ')));
    const own = apiOver(counting, [...applyOperations(counting)]);
    const items = (ids: readonly number[]) =>
      ids.flatMap((id) => [flag(`flag-${id}`), definition(`flag-${id}`, 'dev', { enabled: true }), flag(`flag-${id}`)]);
    const one = (await good(own.ask('POST', '/apply', { items: items([1]) }))).body;
    const ofOne = asked.splice(0);
    const many = (await good(own.ask('POST', '/apply', { items: items([2, 3, 4, 5, 6, 7, 8, 9]) }))).body;
    expect([one, many].flatMap(codes)).toEqual(Array(9).fill(['created', 'created', 'unchanged']).flat());
    expect(asked).toEqual(ofOne);
    expect(asked.filter((text) => text.startsWith('with given'))).toHaveLength(1);
    asked.length = 0;
    const twice = [flag('flag-1', { type: 'BOOLEAN', description: 'x' }), flag('flag-1')];
    expect(codes((await good(own.ask('POST', '/apply', { items: twice }))).body)).toEqual(['updated', 'updated']);
    expect(asked.filter((text) => text.startsWith('with given'))).toHaveLength(1);
  });

  it('leaves nothing if its connection is lost', async (context) => {
    context.skip(opened.database.engine !== 'postgres', 'the embedded one has no connection to lose');
    const history = await audited();
    let times = 0;
    const dying = watched(async (text, transaction) => {
      if (text.includes('insert into flagwright.audit') && ++times === 2) {
        await transaction.query('select pg_terminate_backend(pg_backend_pid())');
      }
    });
    const own = apiOver(dying, [...applyOperations(dying)]);
    const items = Array.from({ length: 250 }, (_, i) =>
      flag(`flag-${i}`, { type: 'BOOLEAN', description: 'x'.repeat(4_900), metadata: { more: 'y'.repeat(9_000) } }),
    );
    for (const atomic of [true, false]) {
      times = 0;
      const answer = await own.ask('POST', '/apply', { items, atomic });
      expect(answer).toMatchObject({ status: 503, body: { code: 'UNAVAILABLE' } });
      expect(times).toBe(2);
      expect(await audited()).toEqual(history);
      expect(await served('dev')).not.toHaveProperty('flag flag-0');
    }
  });

  it('is undone as a whole if it takes too long', async () => {
    const own = apiOver(opened.database, applyOperations(opened.database, { patience: 0 }));
    expect(await own.ask('POST', '/apply', { items: [flag('one')] })).toMatchObject({
      status: 503,
      body: { code: 'UNAVAILABLE', detail: 'it took longer than 0 ms, and nothing was done. Hint: send fewer at once' },
    });
    let times = 0;
    const slow = watched(async (text) => {
      if (text.includes('insert into flagwright.audit') && ++times === 1) await setTimeout(60);
    });
    const slowed = apiOver(slow, applyOperations(slow, { patience: 50 }));
    expect((await slowed.ask('POST', '/apply', { items: [flag('one')] })).status).toBe(503);
    expect((await api.ask('GET', `${base}/feature-flags/one`)).status).toBe(404);
  });

  it('is done again as a whole if it met another transaction', async () => {
    let times = 0;
    const meeting = watched(async (text, transaction) => {
      if (!text.includes('insert into flagwright.audit') || ++times > 2) return;
      await transaction.query(`do $$ begin raise exception 'met' using errcode = '40001'; end $$`);
    });
    const own = apiOver(meeting, [...applyOperations(meeting)]);
    const history = await audited();
    expect(codes((await good(own.ask('POST', '/apply', { items: [flag('one'), flag('two')] }))).body)).toEqual([
      'created',
      'created',
    ]);
    expect(times).toBe(3);
    expect((await audited()).length).toBe(history.length + 2);
  });

  it('tells a webhook of each', async () => {
    const receiver = await startReceiver();
    const hooks = webhooks(opened.database, { allowPrivate: true });
    try {
      const own = apiOver(opened.database, hooks.operations);
      await good(own.ask('POST', '/webhooks', { name: project, url: receiver.url, projects: [project] }));
      hooks.start();
      await apply([flag('one'), flag('no', { type: 'X' }), definition('one', 'dev', { enabled: true }), flag('one')]);
      await apply([flag('two')], { comment: 'last' });
      await until('the last event has come', () => receiver.events.some(({ body }) => body.data.comment === 'last'));
      expect(receiver.events.map(({ body }) => [body.type, body.data.id, body.data.stage])).toEqual([
        ['FeatureFlag.create', 'one', null],
        ['FeatureFlagStage.create', 'one', 'dev'],
        ['FeatureFlag.create', 'two', null],
      ]);
    } finally {
      await hooks.close();
      await receiver.stop();
    }
  });

  it.each<[string, object, number, string]>([
    ['items', {}, 422, 'INVALID_SPEC'],
    ['1,000 items at most', { items: Array(1_001).fill({}) }, 422, 'INVALID_SPEC'],
    ['maps', { items: ['flag'] }, 422, 'INVALID_SPEC'],
    ['known members', { items: [], all: true }, 422, 'INVALID_SPEC'],
  ])('expects %s', async (_, body, status, code) => {
    expect(await api.ask('POST', '/apply', body)).toMatchObject({ status, body: { code } });
  });

  it('takes nothing at all, and bodies of up to 8 MiB', async () => {
    expect(await apply([])).toMatchObject({ applied: true, items: [] });
    const large = flag('large', { type: 'STRING', variants: { a: 'x'.repeat(400_000), b: 'y' } });
    const answer = await apply(Array(15).fill(large));
    expect(codes(answer)).toEqual(['created', ...Array(14).fill('unchanged')]);
    expect(await api.ask('POST', '/apply', { items: Array(25).fill(large) })).toMatchObject({
      status: 413,
      body: { code: 'TOO_LARGE' },
    });
    expect(
      (
        await api.ask('PUT', `${base}/feature-flags/large`, {
          spec: { ...large.spec, variants: { a: 'x'.repeat(2 ** 20) } },
        })
      ).status,
    ).toBe(413);
  });

  it('counts ten as a change', async () => {
    const counted: number[] = [];
    const own = apiOver(
      opened.database,
      applyOperations(opened.database, { charge: (_, changes) => counted.push(changes) }),
    );
    for (const count of [0, 1, 10, 11, 95]) await good(own.ask('POST', '/apply', { items: Array(count).fill({}) }));
    expect(counted).toEqual([1, 9]);
  });

  it.each([
    ['If-Match', '"1"'],
    ['If-None-Match', '*'],
  ])('refuses the condition of one resource: %s', async (name, value) => {
    const body = { items: [flag('conditional')] };
    expect(await api.ask('POST', '/apply', body, { [name.toLowerCase()]: value })).toMatchObject({
      status: 400,
      body: { code: 'INVALID_ARGUMENT', detail: expect.stringContaining(`${name} is of one resource`) },
    });
    expect((await api.ask('GET', `${base}/feature-flags/conditional`)).status).toBe(404);
  });

  it('says once which kinds there are', async () => {
    const { items } = await apply([{ kind: 'Flag' }]);
    expect(items[0].problem.detail).toMatch(/^the kind is "Flag"; expected one of Project, Stage, /);
  });
});
