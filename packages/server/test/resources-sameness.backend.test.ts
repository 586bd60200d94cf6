import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, type Api, good } from './api.ts';
import { ENGINES, type OpenedDatabase } from './database/engines.ts';
import { apiWithHistory } from './history/world.ts';

let projects = 0;

describe.each(ENGINES)('what counts as a change on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let api: Api;
  let base: string;
  let project: string;
  beforeAll(async () => {
    opened = await open();
    api = apiWithHistory(opened.database);
    for (const stage of ['dev', 'staging']) await good(api.ask('PUT', `/stages/${stage}`, { spec: {} }));
  });
  afterAll(() => opened.end());
  beforeEach(async () => {
    project = `same-${++projects}`;
    base = `/projects/${project}`;
    await good(api.ask('PUT', base, { spec: {} }));
    for (const stage of ['dev', 'staging']) await put(`${base}/stages/${stage}`, {});
    await put(`${base}/feature-flags/f`, { type: 'STRING', ...FLAG });
  });

  const FLAG = { variants: { x: '1', y: '2' }, defaultVariant: 'x' };
  const put = (path: string, spec: object): Promise<Answer> => good(api.ask('PUT', path, { spec }));
  const at = (stage: string): string => `${base}/stages/${stage}/feature-flags/f`;
  const entries = async (path: string): Promise<readonly { readonly forced: boolean; readonly action: string }[]> =>
    (await good(api.ask('GET', `${path}/history`))).body.items;

  const RULE = { variation: 'x', clauses: [{ attribute: 'plan', operator: 'in', values: ['a', 'b'] }] };
  it.each<[what: string, path: string, one: object, other: object]>([
    ['the default name', 'feature-flags/g', { type: 'BOOLEAN' }, { type: 'BOOLEAN', name: 'g' }],
    [
      'defaults',
      'feature-flags/g',
      { type: 'BOOLEAN' },
      { enabled: false, archived: false, defaultVariant: null, type: 'BOOLEAN' },
    ],
    ['the defaults of a link', 'stages/dev', {}, { requireSecondApprover: false, requireChangeRequest: false }],
    [
      'the order of members',
      'stages/dev/feature-flags/f',
      { enabled: true, defaultVariant: 'y' },
      { defaultVariant: 'y', enabled: true },
    ],
    [
      'the order of members within',
      'stages/dev/feature-flags/f',
      { rules: [RULE] },
      { rules: [{ clauses: [{ values: ['a', 'b'], operator: 'in', attribute: 'plan' }], variation: 'x' }] },
    ],
    [
      'the order of members of a value',
      'feature-flags/g',
      { type: 'OBJECT', variants: { a: { k: 1, l: [1, 2] }, b: {} } },
      { variants: { a: { l: [1, 2], k: 1 }, b: {} }, type: 'OBJECT' },
    ],
    [
      'targeting as text',
      'stages/dev/feature-flags/f',
      { targeting: { if: [true, 'x'] } },
      { targeting: '{"if": [true, "x"]}' },
    ],
  ])('is not %s', async (_, path, one, other) => {
    const first = await put(`${base}/${path}`, one);
    const again = await api.ask('PUT', `${base}/${path}`, { spec: other });
    expect(again).toMatchObject({ status: 200, body: { result: 'unchanged', version: first.body.version } });
    expect(again.body.spec).toEqual(first.body.spec);
    expect((await entries(`${base}/${path}`))[0]).toMatchObject({ version: first.body.version });
  });

  it.each<[what: string, path: string, one: object, other: object]>([
    ['the order of variants', 'feature-flags/f', FLAG, { variants: { y: '2', x: '1' }, defaultVariant: 'x' }],
    [
      'the order in lists',
      'stages/dev/feature-flags/f',
      { rules: [RULE, { variation: 1 }] },
      { rules: [{ variation: 1 }, RULE] },
    ],
    ['what a stage says as the flag does', 'stages/dev/feature-flags/f', {}, { enabled: false }],
  ])('is %s', async (_, path, one, other) => {
    const type = path.startsWith('stages/') ? {} : { type: 'STRING' };
    const first = await put(`${base}/${path}`, { ...one, ...type });
    const again = await put(`${base}/${path}`, { ...other, ...type });
    expect(again.body).toMatchObject({ result: 'updated' });
    expect(again.body.version).not.toBe(first.body.version);
  });

  it('is not promoting, rolling back, or applying what is the same', async () => {
    const rolled = await put(at('dev'), { enabled: true, defaultVariant: 'x' });
    await put(at('dev'), { enabled: false });
    const dev = await put(at('dev'), { defaultVariant: 'x', enabled: true });
    const staging = await put(at('staging'), { enabled: true, defaultVariant: 'x' });
    const unchanged = { status: 200, body: { result: 'unchanged', version: staging.body.version } };
    const promote = { from: 'dev', to: 'staging' };
    expect(await api.ask('POST', `${base}/feature-flags/f/promote`, promote)).toMatchObject(unchanged);
    const asked = { ...promote, asChangeRequest: true };
    expect(await api.ask('POST', `${base}/feature-flags/f/promote`, asked)).toMatchObject(unchanged);
    const version = rolled.body.version;
    expect(await api.ask('POST', `${at('dev')}/rollback`, { version })).toMatchObject({
      status: 200,
      body: { result: 'unchanged', version: dev.body.version },
    });
    expect(await entries(at('dev'))).toHaveLength(3);

    // nor does it make a request stale
    const spec = { projectId: project, stageId: 'dev', featureFlagId: 'f', enabled: false };
    const { id } = (await good(api.ask('POST', '/change-requests', { spec }))).body;
    await put(at('dev'), { enabled: true, defaultVariant: 'x' });
    await good(api.ask('POST', `/change-requests/${id}/apply`, {}));
  });

  describe('past somebody else by force', () => {
    const newest = async (stage: string): Promise<unknown> => (await entries(at(stage)))[0];

    it('is remembered as forced, and else not', async () => {
      const first = await put(at('dev'), { enabled: true });
      const second = await put(at('dev'), { enabled: true, defaultVariant: 'y' });
      const stale = { 'if-match': `"${first.body.version}"` };
      const send = (method: string, path: string, body: object, headers = stale): Promise<Answer> =>
        good(api.ask(method, `${path}?force=true`, body, headers));
      await send('PUT', at('dev'), { spec: { enabled: false } });
      expect(await newest('dev')).toMatchObject({ action: 'update', forced: true });
      await send('PATCH', at('dev'), { spec: { enabled: true } });
      expect(await newest('dev')).toMatchObject({ action: 'update', forced: true });
      await send('POST', `${at('dev')}/rollback`, { version: second.body.version });
      expect(await newest('dev')).toMatchObject({ action: 'rollback', forced: true });
      await send('POST', `${base}/feature-flags/f/promote`, { from: 'dev', to: 'staging' });
      expect(await newest('staging')).toMatchObject({ action: 'promote', forced: true });

      const { version } = (await good(api.ask('GET', at('dev')))).body;
      const current = { 'if-match': `"${version}"` };
      await send('PUT', at('dev'), { spec: { enabled: false } }, current);
      expect(await newest('dev')).toMatchObject({ action: 'update', forced: false });
      await good(api.ask('PATCH', `${at('dev')}?force=true`, { spec: { enabled: true } }));
      expect(await newest('dev')).toMatchObject({ action: 'update', forced: false });
    });

    it('is remembered of an applied request, too', async () => {
      const spec = { projectId: project, stageId: 'dev', featureFlagId: 'f', enabled: false };
      const { id } = (await good(api.ask('POST', '/change-requests', { spec }))).body;
      await put(at('dev'), { enabled: true });
      expect(await api.ask('POST', `/change-requests/${id}/apply`, {})).toMatchObject({ status: 409 });
      await good(api.ask('POST', `/change-requests/${id}/apply`, { force: true }));
      expect(await newest('dev')).toMatchObject({ action: 'apply', forced: true });
    });
  });

  describe('in targeting', () => {
    const logic = (text: string): object => ({ if: [{ '==': [{ var: 'a' }, text] }, 'x', 'x'] });

    it.each([
      ['an escaped backslash and what follows', '\\u0000'],
      ['what looks like half of a pair', '\\ud800'],
      ['both halves', '😀'],
    ])('keeps %s, as text and as what it says', async (_, text) => {
      const targeting = logic(text);
      const first = await put(at('dev'), { targeting });
      expect(first.body.spec.targeting).toEqual(targeting);
      const again = await put(at('dev'), { targeting: JSON.stringify(targeting) });
      expect(again.body).toMatchObject({ result: 'unchanged' });
    });

    it.each([
      ['NUL', '\0', /NUL/],
      ['half of a pair', '\ud800', /surrogate/],
    ])('refuses %s, as text and as what it says', async (_, text, message) => {
      const targeting = logic(text);
      expect((await api.ask('PUT', at('dev'), { spec: { targeting } })).status).toBe(400);
      expect(await api.ask('PUT', at('dev'), { spec: { targeting: JSON.stringify(targeting) } })).toMatchObject({
        status: 422,
        body: { issues: [{ code: 'invalid-targeting', message: expect.stringMatching(message) }] },
      });
    });

    it('refuses a key that is there twice, and says where', async () => {
      const targeting = '{"if":[true,"x"],\n "if":[true,"y"]}';
      expect(await api.ask('PUT', at('dev'), { spec: { targeting } })).toMatchObject({
        status: 422,
        body: {
          issues: [
            {
              path: ['spec', 'targeting'],
              message: expect.stringMatching(/^line 2, column 2: the key "if" is there twice, first at line 1:2$/),
            },
          ],
        },
      });
    });

    it.each(['', ' ', 'null', ' null\n'])('takes %j for none', async (targeting) => {
      const { body } = await put(at('dev'), { targeting });
      expect(body.spec).toEqual({});
    });
  });

  it('counts characters, not what they are stored as', async () => {
    const path = `${base}/feature-flags/f`;
    await good(api.ask('PATCH', path, { spec: { name: '😀'.repeat(200) } }));
    expect(await api.ask('PATCH', path, { spec: { name: '😀'.repeat(201) } })).toMatchObject({ status: 422 });
  });

  it.each([
    ['İstanbul Ünïcode flag', 'istanbul-unicode-flag'],
    ['  Crème brûlée, №1 ', 'creme-brulee-no1'],
  ])('makes an id of %j', async (name, id) => {
    const { body } = await good(api.ask('POST', `${base}/feature-flags`, { spec: { type: 'BOOLEAN', name } }));
    expect(body.id).toBe(id);
  });

  it('says why in the words that applications get', async () => {
    const on = { type: 'BOOLEAN', defaultVariant: 'on', enabled: true };
    await put(`${base}/feature-flags/off`, { ...on, enabled: false });
    await put(`${base}/feature-flags/needs`, { ...on, prerequisites: [{ key: 'off', variation: 'on' }] });
    const asked = await good(api.ask('POST', `${base}/stages/dev/feature-flags/needs/evaluate`, {}));
    expect(asked.body).toMatchObject({ reason: 'DEFAULT', engineReason: 'PREREQUISITE_FAILED' });
  });
});
