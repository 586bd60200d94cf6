import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, good } from '../api.ts';
import { ENGINES, type OpenedDatabase } from '../database/engines.ts';
import { apiWithHistory, freshProject } from '../history/world.ts';

interface Told {
  readonly severity: string;
  readonly code: string;
  readonly path: readonly (string | number)[];
  readonly hint?: string;
}

interface Validation {
  readonly valid: boolean;
  readonly issues: readonly Told[];
  readonly moreIssues?: number;
}

describe.each(ENGINES)('what is written nowhere yet, on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let api: Api;
  let project: string;
  let base: string;

  beforeAll(async () => {
    opened = await open();
    api = apiWithHistory(opened.database);
    ({ project, base } = await freshProject(api));
    await good(api.ask('POST', `${base}/contexts`, { metadata: { id: 'app-version' }, spec: { type: 'VERSION' } }));
  });
  afterAll(() => opened.end());

  const validate = async (what: string, body: object): Promise<Validation> => {
    const answer = await api.ask('POST', `/validate/${what}`, body);
    expect(answer.status).toBe(200);
    return answer.body;
  };

  describe('targeting', () => {
    it.each([
      ['an expression', { if: [{ '==': [{ var: 'user-tier' }, 'premium'] }, 'on', 'off'] }],
      ['the same as text', '{"if":[{"==":[{"var":"user-tier"},"premium"]},"on","off"]}'],
      ['nothing', null],
      ['an empty text', ''],
    ])('may be %s', async (_what, targeting) => {
      expect(await validate('targeting', { targeting })).toEqual({ valid: true, issues: [] });
      expect(await validate('targeting', { targeting, project, flag: 'checkout' })).toEqual({
        valid: true,
        issues: [],
      });
    });

    it.each([
      ['a text that is no JSON', '{"if": [', ['targeting']],
      ['a text that is no expression', '["on"]', ['targeting']],
      ['a number', 12, ['targeting']],
      ['a list', ['on'], ['targeting']],
      ['an unknown operator', { iff: [true, 'on'] }, ['targeting', 'iff']],
      ['an unknown operator in a text', '{"if":[{"iff":[]},"on"]}', ['targeting', 'if', 0, 'iff']],
    ])('may not be %s', async (_what, targeting, path) => {
      const { valid, issues } = await validate('targeting', { targeting });
      expect(valid).toBe(false);
      expect(issues.filter(({ severity }) => severity === 'error').map((issue) => issue.path)).toEqual([path]);
    });

    it('that compares the name of the flag is warned of, with what says the same', async () => {
      const targeting = { if: [{ '<': [{ var: '$flagd.flagKey' }, 0.25] }, 'on', 'off'] };
      const { valid, issues } = await validate('targeting', { targeting });
      expect(valid).toBe(true);
      expect(issues).toEqual([
        expect.objectContaining({
          severity: 'warning',
          code: 'bucket-comparison',
          path: ['targeting', 'if', 0, '<'],
          hint: 'write {"fractional":[["on",25],["off",75]]}',
        }),
      ]);
    });

    it('is held against the attributes of a project, and the variants of a flag', async () => {
      const targeting = { if: [{ '==': [{ var: 'user-teir' }, 'premium'] }, 'onn', 'off'] };
      const codes = async (more: object) =>
        (await validate('targeting', { targeting, ...more })).issues.map(({ code }) => code).sort();
      expect(await codes({})).toEqual([]);
      expect(await codes({ project })).toEqual(['undeclared-attribute']);
      expect(await codes({ project, flag: 'checkout' })).toEqual(['undeclared-attribute', 'unknown-variant']);
      expect(await codes({ project, flag: 'not-yet' })).toEqual(['undeclared-attribute']);
    });
  });

  describe('a flag', () => {
    const flag = { type: 'BOOLEAN', variants: { on: true, off: false } };

    it.each([
      ['alone', { flag }],
      ['with stages', { flag, stages: { dev: { enabled: true, defaultVariant: 'on' }, production: {} } }],
      ['with targeting as text', { flag, stages: { dev: { targeting: '{"if":[true,"on"]}' } } }],
      [
        'whose prerequisites cannot be known',
        { flag: { ...flag, prerequisites: [{ key: 'payments', variation: 'on' }] } },
      ],
    ])('may be %s', async (_what, body) => {
      expect(await validate('feature-flag', body)).toEqual({ valid: true, issues: [] });
    });

    it.each([
      ['no flag', { flag: 12 }, [['flag']]],
      ['without a type', { flag: {} }, [['flag']]],
      ['of an unknown type', { flag: { type: 'BOOL' } }, [['flag', 'type']]],
      ['with a misspelt member', { flag: { ...flag, enabeld: true } }, [['flag', 'enabeld']]],
      [
        'with a variant of another type',
        { flag: { type: 'BOOLEAN', variants: { on: 'yes' } } },
        [['flag', 'variants', 'on']],
      ],
      [
        'whose stage names no variant',
        { flag, stages: { dev: { defaultVariant: 'onn' } } },
        [['stages', 'dev', 'defaultVariant']],
      ],
      [
        'whose own variant is none, told once',
        { flag: { ...flag, defaultVariant: 'onn' }, stages: { dev: {}, production: {} } },
        [['flag', 'defaultVariant']],
      ],
      ['whose stage is no map', { flag, stages: { dev: true } }, [['stages', 'dev']]],
      ['with broken targeting', { flag, stages: { dev: { targeting: '{' } } }, [['stages', 'dev', 'targeting']]],
      [
        'with several faults',
        { flag, stages: { dev: { enabled: 'yes' }, production: { defaultVarient: 'on' } } },
        [
          ['stages', 'dev', 'enabled'],
          ['stages', 'production', 'defaultVarient'],
        ],
      ],
    ])('may not be %s', async (_what, body, paths) => {
      const { valid, issues } = await validate('feature-flag', body);
      expect(valid).toBe(false);
      expect(issues.filter(({ severity }) => severity === 'error').map(({ path }) => path)).toEqual(paths);
    });

    it('in a project is held against what is there', async () => {
      await good(
        api.ask('PUT', `${base}/feature-flags/needy`, {
          spec: { ...flag, prerequisites: [{ key: 'checkout', variation: 'on' }] },
        }),
      );
      const errors = async (body: object) =>
        (await validate('feature-flag', { project, ...body })).issues.map(({ code, path }) => [code, path]);
      expect(await errors({ flag: { ...flag, prerequisites: [{ key: 'nothing', variation: 'on' }] } })).toEqual([
        ['unknown-flag', ['flag', 'prerequisites', 0, 'key']],
      ]);
      // as it would be if the flag were replaced
      expect(await errors({ id: 'checkout', flag: { type: 'BOOLEAN', variants: { yes: true, no: false } } })).toEqual([
        ['unknown-variant', ['requiredBy', 'needy', 'prerequisites', 0, 'variation']],
      ]);
      expect(
        await errors({ flag, stages: { dev: { targeting: { if: [{ '==': [{ var: 'user-teir' }, 'a'] }, 'on'] } } } }),
      ).toEqual([['undeclared-attribute', ['stages', 'dev', 'targeting', 'if', 0, '==', 0, 'var']]]);
    });
  });

  it.each([
    ['targeting', {}, 422],
    ['targeting', { targeting: {}, stage: 'dev' }, 422],
    ['targeting', { targeting: {}, project: 'nowhere' }, 404],
    ['feature-flag', { project: 'nowhere' }, 422],
    ['feature-flag', { flag: {}, project: 'nowhere' }, 404],
    ['feature-flag', { flag: {}, stages: [] }, 422],
  ])('%s: %j is refused', async (what, body, status) => {
    expect((await api.ask('POST', `/validate/${what}`, body)).status).toBe(status);
  });

  it('is checked for those who may read, and against projects only for those who may read them', async () => {
    const sdk = api.as('sdk');
    expect((await sdk('POST', '/validate/targeting', { targeting: {} })).status).toBe(403);
    expect((await sdk('POST', '/validate/feature-flag', { flag: { type: 'BOOLEAN' } })).status).toBe(403);
    const other = api.as('viewer', { projects: ['other'] });
    expect((await other('POST', '/validate/targeting', { targeting: {} })).status).toBe(200);
    expect((await other('POST', '/validate/targeting', { targeting: {}, project })).status).toBe(403);
  });

  it('is told of with the first issues only, and how many more there are', async () => {
    const variants = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`variant-${i}`, i]));
    const rules = Array.from({ length: 250 }, (_, i) => ({
      clauses: [{ attribute: 'a', operator: 'eq', values: [`${i}`] }],
      variation: `varaint-${i}`,
    }));
    const { valid, issues, moreIssues } = await validate('feature-flag', {
      flag: { type: 'INTEGER', variants },
      stages: { one: { rules }, two: { rules } },
    });
    expect([valid, issues.length, moreIssues]).toEqual([false, 200, 300]);
    expect(issues[0]).toMatchObject({ path: ['stages', 'one', 'rules', 0, 'variation'] });
  });
});
