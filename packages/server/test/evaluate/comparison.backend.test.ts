import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, good } from '../api.ts';
import { ENGINES, type OpenedDatabase } from '../database/engines.ts';
import { apiWithHistory, freshProject } from '../history/world.ts';

describe.each(ENGINES)('stages on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let api: Api;
  let base: string;

  beforeAll(async () => {
    opened = await open();
    api = apiWithHistory(opened.database);
  });
  afterAll(() => opened.end());

  const define = (stage: string, flag: string, spec: object) =>
    good(api.ask('PUT', `${base}/stages/${stage}/feature-flags/${flag}`, { spec }));
  const flag = (id: string, spec: object = {}) =>
    good(api.ask('PUT', `${base}/feature-flags/${id}`, { spec: { type: 'BOOLEAN', ...spec } }));
  const begin = async (): Promise<void> => {
    ({ base } = await freshProject(api));
  };

  describe('compared for one flag', () => {
    it('differ from the first', async () => {
      await begin();
      const { version } = (await define('dev', 'checkout', { enabled: true, defaultVariant: 'on' })).body;
      await define('staging', 'checkout', { enabled: true });
      const { body } = await good(
        api.ask('GET', `${base}/feature-flags/checkout/comparison?stages=dev,staging,production`),
      );
      expect(body.stages.map(({ stage }: { stage: string }) => stage)).toEqual(['dev', 'staging', 'production']);
      const [dev, staging, production] = body.stages;
      expect(dev).toEqual({
        stage: 'dev',
        version,
        flag: {
          name: 'checkout',
          type: 'boolean',
          variants: { on: true, off: false },
          enabled: true,
          defaultVariant: 'on',
        },
        differences: [],
      });
      expect(staging.differences).toEqual([{ op: 'remove', path: '/defaultVariant', from: 'on' }]);
      expect(production).toMatchObject({ version: null, flag: { enabled: false } });
      expect(production.differences).toContainEqual({ op: 'replace', path: '/enabled', from: true, to: false });
    });

    it('are all that are linked, and theirs who ask', async () => {
      await begin();
      const stages = async (ask = api.ask): Promise<string[]> =>
        (await good(ask('GET', `${base}/feature-flags/checkout/comparison`))).body.stages.map(
          ({ stage }: { stage: string }) => stage,
        );
      expect(await stages()).toEqual(['dev', 'production', 'staging']);
      expect(await stages(api.as('viewer', { stages: ['dev'] }))).toEqual(['dev']);
    });

    it('serve no flag that is archived', async () => {
      await begin();
      await good(api.ask('PATCH', `${base}/feature-flags/checkout`, { spec: { archived: true } }));
      const { stages } = (await good(api.ask('GET', `${base}/feature-flags/checkout/comparison`))).body;
      expect(stages).toContainEqual({ stage: 'dev', version: null, flag: null, differences: [] });
    });
  });

  describe('compared for all flags', () => {
    it('list those that differ, in pages', async () => {
      await begin();
      for (const id of ['a', 'b', 'c', 'd', 'e']) await flag(id);
      await define('dev', 'a', { enabled: true });
      await define('dev', 'b', { enabled: true });
      await define('production', 'b', { enabled: true });
      // written differently, and the same
      await define('dev', 'c', { enabled: false });
      await define('dev', 'd', { enabled: true, defaultVariant: 'on' });
      await define('production', 'd', { defaultVariant: 'off', enabled: true });
      await define('dev', 'e', { enabled: true });
      await good(api.ask('PATCH', `${base}/feature-flags/e?force=true`, { spec: { archived: true } }));
      const page = async (query = '') =>
        (await good(api.ask('GET', `${base}/comparison?from=dev&to=production${query}`))).body;
      const all = await page();
      expect(all.items).toEqual([
        {
          flag: 'a',
          from: expect.objectContaining({ enabled: true }),
          to: expect.objectContaining({ enabled: false }),
          differences: [{ op: 'replace', path: '/enabled', from: true, to: false }],
        },
        expect.objectContaining({
          flag: 'd',
          differences: [{ op: 'replace', path: '/defaultVariant', from: 'on', to: 'off' }],
        }),
      ]);
      expect(all.totalCount).toBe(2);
      expect(await page('&pageSize=1&page=2')).toEqual({ ...all, items: all.items.slice(1), page: 2, pageSize: 1 });
      expect((await page('&page=3')).items).toEqual([]);
    });

    it('do not differ from themselves', async () => {
      await begin();
      await define('dev', 'checkout', { enabled: true });
      expect((await good(api.ask('GET', `${base}/comparison?from=dev&to=dev`))).body.totalCount).toBe(0);
    });
  });

  it.each([
    ['/feature-flags/nothing/comparison', 404],
    ['/feature-flags/checkout/comparison?stages=dev,canary', 404],
    ['/feature-flags/checkout/comparison?stages=', 400],
    ['/feature-flags/checkout/comparison?stages=dev,,staging', 400],
    ['/comparison?from=dev', 400],
    ['/comparison?from=dev&to=canary', 404],
    ['/comparison?from=dev&to=staging&page=0', 400],
  ])('refuse %s', async (path, status) => {
    await begin();
    expect((await api.ask('GET', `${base}${path}`)).status).toBe(status);
  });

  it('are not shown to those who are for others', async () => {
    await begin();
    const viewer = api.as('viewer', { stages: ['dev'] });
    expect((await viewer('GET', `${base}/comparison?from=dev&to=production`)).status).toBe(403);
    expect((await viewer('GET', `${base}/feature-flags/checkout/comparison?stages=production`)).status).toBe(403);
  });

  describe('have dependencies', () => {
    const requires = (...keys: readonly string[]) => ({ prerequisites: keys.map((key) => ({ key, variation: 'on' })) });
    const edge = (from: string, to: string, ...stages: readonly string[]) => ({
      flag: from,
      requires: to,
      variation: 'on',
      ...(stages.length === 0 ? {} : { stages }),
    });
    const dependencies = async (id: string, ask = api.ask) =>
      (await good(ask('GET', `${base}/feature-flags/${id}/dependencies`))).body;

    it('directly and over others, in all stages or in some', async () => {
      await begin();
      await flag('d');
      await flag('c', requires('d'));
      await flag('b', requires('c'));
      await flag('a', requires('b', 'd'));
      await define('dev', 'b', { enabled: true, ...requires('d') });
      await define('production', 'd', { enabled: true, ...requires('checkout') });
      expect(await dependencies('b')).toEqual({
        project: expect.any(String),
        flag: 'b',
        stages: ['dev', 'production', 'staging'],
        requires: [
          edge('b', 'd', 'dev'),
          edge('b', 'c', 'production', 'staging'),
          edge('c', 'd', 'production', 'staging'),
          edge('d', 'checkout', 'production'),
        ],
        requiredBy: [edge('a', 'b')],
        complete: true,
      });
      const { requiredBy } = await dependencies('checkout');
      expect(requiredBy).toHaveLength(5);
      expect(requiredBy).toEqual(
        expect.arrayContaining([
          edge('d', 'checkout', 'production'),
          edge('c', 'd', 'production'),
          edge('a', 'd', 'production'),
          edge('b', 'c', 'production'),
          edge('a', 'b', 'production'),
        ]),
      );
      const dev = await dependencies('b', api.as('viewer', { stages: ['dev'] }));
      expect([dev.stages, dev.requires]).toEqual([['dev'], [edge('b', 'd')]]);
    });

    it('none, of a flag that stands alone', async () => {
      await begin();
      expect(await dependencies('checkout')).toMatchObject({ requires: [], requiredBy: [], complete: true });
    });

    it('also where a project is linked to no stage', async () => {
      await begin();
      await flag('a', requires('checkout'));
      for (const stage of ['dev', 'staging', 'production']) await good(api.ask('DELETE', `${base}/stages/${stage}`));
      expect(await dependencies('a')).toMatchObject({ stages: [], requires: [edge('a', 'checkout')] });
      expect(await dependencies('checkout')).toMatchObject({ requiredBy: [edge('a', 'checkout')] });
    });

    it('that go round, as only a database that was written to otherwise has them, and come to an end', async () => {
      await begin();
      await flag('a', requires('checkout'));
      await opened.database.query(
        `update flagwright.resources set spec = $1::json where kind = 'FeatureFlag' and project = $2 and id = 'checkout'`,
        [JSON.stringify({ type: 'BOOLEAN', ...requires('a') }), base.slice('/projects/'.length)],
      );
      expect(await dependencies('a')).toMatchObject({
        requires: [edge('a', 'checkout'), edge('checkout', 'a')],
        requiredBy: [edge('checkout', 'a'), edge('a', 'checkout')],
        complete: true,
      });
    });

    it('unless there is no such flag', async () => {
      await begin();
      expect((await api.ask('GET', `${base}/feature-flags/nothing/dependencies`)).status).toBe(404);
    });
  });
});
