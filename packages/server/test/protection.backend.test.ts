import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { validateOperations } from '../src/evaluate/validate-operations.ts';
import { resourceOperations } from '../src/resources/operations.ts';
import { type Api, type Ask, apiOver, good, seedProject } from './api.ts';
import { ENGINES, type OpenedDatabase } from './database/engines.ts';

let projects = 0;

describe.each(ENGINES)('on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let api: Api;
  let base: string;
  let project: string;
  let eve: Ask;
  beforeAll(async () => {
    opened = await open();
    api = apiOver(opened.database, [...resourceOperations(opened.database), ...validateOperations(opened.database)]);
  });
  afterAll(() => opened.end());
  beforeEach(async () => {
    project = `guarded-${++projects}`;
    base = `/projects/${project}`;
    await seedProject(api, project);
    eve = api.as('editor', { subject: 'eve' });
    await good(api.ask('PUT', `${base}/stages/production`, { spec: { requireChangeRequest: true } }));
  });

  const force = (path: string, spec: unknown) => good(api.ask('PUT', `${base}/${path}?force=true`, { spec }));

  describe('a protected stage', () => {
    const PROTECTED = { status: 409, body: { code: 'PROTECTED', stages: ['production'] } };

    it('serves no other metadata without being asked: programs may act by it', async () => {
      const path = `${base}/feature-flags/checkout`;
      await force('stages/production/feature-flags/checkout', { enabled: true, defaultVariant: 'on' });
      expect(await eve('PATCH', path, { spec: { metadata: { endpoint: 'https://evil' } } })).toMatchObject(PROTECTED);
      await good(eve('PATCH', path, { spec: { description: 'Told to people only', tags: ['new'] } }));
    });

    it('is asked when variants change places, for rules may name them by position', async () => {
      const path = `${base}/feature-flags/checkout`;
      await force('stages/production/feature-flags/checkout', { enabled: true, rules: [{ variation: 0 }] });
      const spec = { type: 'BOOLEAN', variants: { off: false, on: true } };
      expect(await eve('PUT', path, { spec })).toMatchObject(PROTECTED);
      // another way to write the same
      const list = Object.entries({ on: true, off: false }).map(([name, value]) => ({ name, value }));
      await good(eve('PUT', path, { spec: { type: 'BOOLEAN', variants: list } }));
    });

    const compare = (attribute: unknown) => ({ if: [{ '>': [attribute, '1.9.0'] }, 'on', 'off'] });
    it.each<[string, unknown, boolean]>([
      ['a name', { var: 'app-version' }, true],
      ['a name and a default', { var: ['app-version', '0.0.0'] }, true],
      ['texts put together', { var: { cat: ['app-', 'version'] } }, true],
      ['texts put together, in a list', { var: [{ cat: ['app-', 'version'] }, '0.0.0'] }, true],
      ['a name chosen by an attribute', { var: { var: 'which' } }, true],
      ['a number', { var: 7 }, true],
      ['another name', { var: 'other' }, false],
      ['another name, in a list', { var: ['other', { cat: ['a', 'b'] }] }, false],
      ['a text that looks like one', { cat: ['"var":{', { var: 'other' }] }, false],
      ['the whole context', { var: '' }, false],
    ])('is asked when an attribute becomes a version that it may compare, by %s: %#', async (_, attribute, asked) => {
      await good(eve('PUT', `${base}/contexts/app-version`, { spec: { type: 'STRING' } }));
      await force('stages/production/feature-flags/checkout', { enabled: true, targeting: compare(attribute) });
      const answer = await eve('PUT', `${base}/contexts/app-version`, { spec: { type: 'VERSION' } });
      if (asked) expect(answer).toMatchObject(PROTECTED);
      else expect(answer.status).toBe(200);
    });

    it('says of a deleted attribute only who names it', async () => {
      await good(eve('PUT', `${base}/contexts/app-build`, { spec: { type: 'STRING' } }));
      await force('stages/dev/feature-flags/checkout', {
        enabled: true,
        targeting: compare({ var: { var: 'which' } }),
      });
      expect((await good(eve('DELETE', `${base}/contexts/app-build`))).body.warnings).toEqual([]);
    });
  });

  describe('unlinking a stage', () => {
    it('asks for force where flags are on by their own definition', async () => {
      await force('feature-flags/checkout', { type: 'BOOLEAN', enabled: true, defaultVariant: 'on' });
      expect(await api.ask('DELETE', `${base}/stages/dev`)).toMatchObject({
        status: 409,
        body: { code: 'IN_USE', featureFlags: ['checkout'], count: 1 },
      });
      await good(eve('PUT', `${base}/stages/dev/feature-flags/checkout`, { spec: { enabled: false } }));
      await good(api.ask('DELETE', `${base}/stages/dev`));
    });

    it('asks for none where they are archived', async () => {
      await good(eve('PUT', `${base}/stages/dev/feature-flags/checkout`, { spec: { enabled: true } }));
      await good(eve('PATCH', `${base}/feature-flags/checkout?force=true`, { spec: { archived: true } }));
      await good(api.ask('DELETE', `${base}/stages/dev`));
    });
  });

  describe('a token for some', () => {
    it('stages is told of these only, and these are counted', async () => {
      await force('stages/production/feature-flags/checkout', { enabled: true });
      const dev = api.as('viewer', { stages: ['dev'] });
      const status = {
        stagesActive: 0,
        stagesLinked: 1,
        stages: { dev: { defined: false, enabled: false } },
      };
      expect((await good(dev('GET', `${base}/feature-flags/checkout`))).body.status).toEqual(status);
      const { items } = (await good(dev('GET', `${base}/feature-flags`))).body;
      expect(items).toMatchObject([{ id: 'checkout' }]);
      expect(items[0].status).toEqual(status);
      expect((await good(dev('GET', base))).body.status).toEqual({ stages: 1 });
      const all = await good(api.as('viewer')('GET', `${base}/feature-flags/checkout`));
      expect(all.body.status).toMatchObject({ stagesActive: 1, stagesLinked: 3 });
      expect((await good(api.as('viewer')('GET', base))).body.status).toEqual({ stages: 3 });
    });

    it('projects is told how many of these a stage has', async () => {
      await seedProject(api, `${project}-other`);
      const own = api.as('viewer', { projects: [project] });
      expect((await good(own('GET', '/stages/dev'))).body.status).toEqual({ projects: 1 });
      const { items } = (await good(own('GET', '/stages?filter=id%3Ddev'))).body;
      expect(items).toMatchObject([{ id: 'dev', status: { projects: 1 } }]);
      const { projects: count } = (await good(api.ask('GET', '/stages/dev'))).body.status;
      expect(count).toBeGreaterThan(1);
    });

    it('stages is not told what is valid in others', async () => {
      const spec = { prerequisites: [{ key: 'checkout', variation: 'on' }] };
      await good(api.ask('POST', `${base}/feature-flags`, { metadata: { id: 'secret' }, spec: { type: 'BOOLEAN' } }));
      await force('stages/production/feature-flags/secret', spec);
      const ask = (who: Ask, stages: object, more: object = { project }) =>
        who('POST', '/validate/feature-flag', {
          id: 'checkout',
          flag: { type: 'BOOLEAN', prerequisites: [{ key: 'secret', variation: 'on' }] },
          stages,
          ...more,
        });
      const dev = api.as('viewer', { stages: ['dev'] });
      const refused = await ask(dev, { dev: {}, production: {} });
      expect(refused).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
      expect(JSON.stringify(refused.body)).not.toContain('circle');
      expect((await good(ask(dev, { dev: {} }))).body.valid).toBe(true);
      expect((await good(ask(api.as('viewer'), { production: {} }))).body.valid).toBe(false);
      // what is in no project is nobody's
      await good(ask(dev, { production: {} }, {}));
    });
  });
});
