import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { changeOperations } from '../src/changes/operations.ts';
import { evaluateOperations } from '../src/evaluate/operations.ts';
import { changeHistoryOperations } from '../src/history/operations.ts';
import { resourceOperations } from '../src/resources/operations.ts';
import { type Answer, type Api, apiOver, good } from './api.ts';
import { ENGINES, type OpenedDatabase } from './database/engines.ts';

let projects = 0;

describe.each(ENGINES)('what is served on $name', ({ open }) => {
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
      ...changeHistoryOperations(database),
      ...evaluateOperations(database),
    ]);
    for (const stage of ['dev', 'staging']) await good(api.ask('PUT', `/stages/${stage}`, { spec: {} }));
  });
  afterAll(() => opened.end());
  beforeEach(async () => {
    project = `valid-${++projects}`;
    base = `/projects/${project}`;
    await good(api.ask('PUT', base, { spec: {} }));
    await link('dev');
  });

  const link = (stage: string): Promise<Answer> => api.ask('PUT', `${base}/stages/${stage}`, { spec: {} });
  const unlink = (stage: string): Promise<Answer> => good(api.ask('DELETE', `${base}/stages/${stage}?force=true`));
  const flag = (id: string, spec: object): Promise<Answer> => api.ask('PUT', `${base}/feature-flags/${id}`, { spec });
  const patch = (id: string, spec: object): Promise<Answer> =>
    api.ask('PATCH', `${base}/feature-flags/${id}`, { spec });
  const at = (stage: string, id: string): string => `${base}/stages/${stage}/feature-flags/${id}`;
  const define = (stage: string, id: string, spec: object): Promise<Answer> => api.ask('PUT', at(stage, id), { spec });
  const on = (...requires: readonly string[]): object => ({
    type: 'BOOLEAN',
    defaultVariant: 'on',
    enabled: true,
    ...(requires.length === 0 ? {} : { prerequisites: requires.map((key) => ({ key, variation: 'on' })) }),
  });
  const refused = (message: RegExp): object => ({
    status: 422,
    body: { code: 'INVALID_SPEC', issues: [{ message: expect.stringMatching(message) }] },
  });

  describe('with flags that require others', () => {
    beforeEach(async () => {
      for (const id of ['b', 'c']) await good(flag(id, on()));
      await good(flag('a', on('b', 'c')));
    });

    it('lets one be switched off that is required beside another one', async () => {
      await good(api.ask('PATCH', at('dev', 'b'), { spec: { enabled: false } }));
      await good(flag('b', on()));
      await good(patch('b', { description: 'One of two' }));
      const request = { projectId: project, stageId: 'dev', featureFlagId: 'b', enabled: true };
      const { body } = await good(api.ask('POST', '/change-requests', { spec: request }));
      await good(api.ask('POST', `/change-requests/${body.id}/apply`, {}));
      const asked = { project, id: 'b', flag: on() };
      expect((await good(api.ask('POST', '/validate/feature-flag', asked))).body).toEqual({ valid: true, issues: [] });
    });

    it('refuses what makes a dependent wrong, and says which', async () => {
      const spec = { type: 'BOOLEAN', variants: { yes: true, no: false } };
      expect(await flag('b', spec)).toMatchObject({
        status: 422,
        body: { issues: [{ code: 'unknown-variant', path: ['a', 'prerequisites', 0, 'variation'] }] },
      });
      expect(await patch('b', { prerequisites: [{ key: 'a', variation: 'on' }] })).toMatchObject(
        refused(/round in a circle/),
      );
    });

    it('refuses a chain that is too long for one that requires it over others', async () => {
      await good(flag('n0', on()));
      for (let i = 1; i < 64; i++) await good(flag(`n${i}`, on(`n${i - 1}`)));
      expect(await patch('n0', { prerequisites: [{ key: 'a', variation: 'on' }] })).toMatchObject({
        status: 422,
        body: { issues: [{ code: 'too-deep', path: ['n63', 'prerequisites'] }] },
      });
    });

    it('asks an archived one what it requires when it comes back, and not before', async () => {
      await good(api.ask('PATCH', `${base}/feature-flags/a?force=true`, { spec: { archived: true } }));
      await good(api.ask('PATCH', `${base}/feature-flags/b?force=true`, { spec: { archived: true } }));
      await good(api.ask('DELETE', `${base}/feature-flags/c?force=true`));
      expect(await patch('a', { archived: false })).toMatchObject({
        status: 422,
        body: {
          code: 'INVALID_SPEC',
          issues: [{ code: 'unknown-flag', path: ['spec', 'prerequisites', 0, 'key'] }, { code: 'unknown-flag' }],
        },
      });
      await good(patch('b', { archived: false }));
      await good(flag('c', on()));
      await good(patch('a', { archived: false }));
    });
  });

  const text = (variants: object, defaultVariant: string): object => ({
    type: 'STRING',
    variants,
    defaultVariant,
    enabled: true,
  });
  const X = { x: '1' };
  const Y = { y: '2' };

  it('is valid without a stage definition, too', async () => {
    await good(flag('f', text({ ...X, ...Y }, 'x')));
    await good(define('dev', 'f', { defaultVariant: 'y' }));
    const answer = await flag('f', text(Y, 'x'));
    expect(answer).toMatchObject(refused(/^there is no variant "x"$/));
    expect(answer.body.issues).toHaveLength(1);
    const asked = { project, id: 'f', flag: text(Y, 'x'), stages: { dev: { defaultVariant: 'y' } } };
    expect((await good(api.ask('POST', '/validate/feature-flag', asked))).body).toMatchObject({
      valid: false,
      issues: [{ path: ['flag', 'defaultVariant'] }],
    });
    await good(flag('f', text({ ...X, ...Y }, 'y')));
    await good(api.ask('DELETE', at('dev', 'f')));
  });

  it('is valid in a stage that is not linked now, and named', async () => {
    await good(link('staging'));
    await good(flag('g', text({ ...X, ...Y }, 'x')));
    await good(define('staging', 'g', { defaultVariant: 'y' }));
    await good(flag('d', on()));
    await good(define('staging', 'd', { prerequisites: [{ key: 'g', variation: 'y' }] }));
    await unlink('staging');
    expect(await flag('g', text(X, 'x'))).toMatchObject(refused(/^there is no variant "y" \(in stage staging\)$/));
    await good(api.ask('DELETE', at('staging', 'g')));
    expect(await flag('g', text(X, 'x'))).toMatchObject({
      status: 422,
      body: { issues: [{ path: ['d', 'prerequisites', 0, 'variation'], message: expect.stringMatching(/staging/) }] },
    });
    await good(api.ask('DELETE', at('staging', 'd')));
    await good(flag('g', text(X, 'x')));
    await good(link('staging'));
  });

  describe('with a circle that stage definitions keep open', () => {
    const requires = (key: string): object => ({ prerequisites: [{ key, variation: 'on' }] });

    it('is not closed by deleting one', async () => {
      await good(flag('p', on()));
      await good(flag('q', on('p')));
      await good(define('dev', 'q', { prerequisites: [] }));
      await good(define('dev', 'p', requires('q')));
      const answer = await api.ask('DELETE', at('dev', 'q'));
      expect(answer).toMatchObject(refused(/round in a circle/));
      expect(answer.body.detail).toMatch(/^feature flag "q" in project "\S+", without its definition for stage "dev",/);
      await good(api.ask('DELETE', at('dev', 'p')));
      await good(api.ask('DELETE', at('dev', 'q')));
    });

    it('is not closed in a stage that is not linked now', async () => {
      await good(link('staging'));
      await good(flag('p', on()));
      await good(flag('q', on()));
      await good(flag('r', on('q')));
      await good(define('staging', 'p', requires('r')));
      await unlink('staging');
      expect(await patch('q', requires('p'))).toMatchObject(refused(/round in a circle: .* \(in stage staging\)$/));
      await good(api.ask('DELETE', at('staging', 'p')));
      await good(patch('q', requires('p')));
      await good(link('staging'));
    });
  });

  it('is not linked, neither by PUT nor by a rollback, with what is not valid in it', async () => {
    await good(link('staging'));
    for (const id of ['v', 'w']) {
      await good(flag(id, text({ ...X, ...Y }, 'x')));
      await good(define('staging', id, { defaultVariant: 'y' }));
    }
    const linked = await good(api.ask('GET', `${base}/stages/staging`));
    await unlink('staging');
    // as another version may have taken for valid
    await opened.database.query(
      `update flagwright.resources set spec = '{"defaultVariant":"z"}'
       where kind = 'FeatureFlagStage' and project = $1 and stage = 'staging'`,
      [project],
    );
    const invalid = {
      status: 422,
      body: {
        code: 'INVALID_SPEC',
        detail: `stage "staging" cannot be linked to project "${project}": flag "v" would not be valid in it, nor would 1 other: there is no variant "z"`,
        issues: [{ path: ['v', 'defaultVariant'] }, { path: ['w', 'defaultVariant'] }],
      },
    };
    expect(await link('staging')).toMatchObject(invalid);
    const back = await api.ask('POST', `${base}/stages/staging/rollback`, { version: linked.body.version });
    expect(back).toMatchObject(invalid);
    for (const id of ['v', 'w']) await good(api.ask('DELETE', at('staging', id)));
    await good(link('staging'));
  });
});
