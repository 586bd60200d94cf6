import fc from 'fast-check';
import semver from 'semver';
import { describe, expect, test } from 'vitest';
import type { Issue } from '../issue.ts';
import { compileExpression, compileLogic } from './index.ts';

const attributes = { v: 'version', w: 'version', s: 'string' };
const v = { var: 'v' };
const compare = (operator: string, a: unknown, b: unknown) => compileLogic({ [operator]: [a, b] }, { attributes });

const VERSION = fc
  .tuple(
    fc.nat({ max: 11 }),
    fc.nat({ max: 3 }),
    fc.nat({ max: 3 }),
    fc.constantFrom('', '-rc.1', '-rc.10', '-alpha', '+build.5'),
  )
  .map(([a, b, c, rest]) => `${a}.${b}.${c}${rest}`);
const ORACLE: Record<string, (a: string, b: string) => boolean> = {
  '<': semver.lt,
  '<=': semver.lte,
  '>': semver.gt,
  '>=': semver.gte,
  '==': (a, b) => semver.compare(a, b) === 0,
  '===': (a, b) => semver.compare(a, b) === 0,
  '!=': (a, b) => semver.compare(a, b) !== 0,
  '!==': (a, b) => semver.compare(a, b) !== 0,
};

describe('an attribute declared a version (T32)', () => {
  test.each(Object.keys(ORACLE))('%s is semver, on either side', (operator) => {
    fc.assert(
      fc.property(VERSION, VERSION, (a, b) => {
        const expected = ORACLE[operator]!(a, b);
        expect(compare(operator, v, b)({ v: a })).toBe(expected);
        expect(compare(operator, a, v)({ v: b })).toBe(expected);
        expect(compare(operator, v, { var: 'w' })({ v: a, w: b })).toBe(expected);
        expect(compare(operator, v, { var: 'other' })({ v: a, other: b })).toBe(expected);
      }),
      { numRuns: 150 },
    );
  });

  test('between', () => {
    const between = compileLogic({ '<=': ['2.0.0', v, '10.0.0'] }, { attributes });
    expect(['1.9.9', '2.0.0', '9.1.0', '10.0.0', '10.0.1'].map((version) => between({ v: version }))).toEqual([
      false,
      true,
      true,
      true,
      false,
    ]);
  });

  test('a v, a short version and a number are read', () => {
    expect(compare('>=', v, 'v2.5')({ v: 'V10.0.0' })).toBe(true);
    expect(compare('==', v, '2')({ v: 2 })).toBe(true);
    expect(compare('<', v, 3)({ v: '2.9' })).toBe(true);
  });

  test('what is no version compares false, also unequal', () => {
    for (const operator of Object.keys(ORACLE)) {
      for (const value of ['latest', '1.x', '2.0.0.0', null, undefined, {}, []]) {
        expect(compare(operator, v, '1.0.0')({ v: value })).toBe(false);
      }
      const issues: Issue[] = [];
      const env = {
        flagKey: '',
        evaluator: () => undefined,
        attributeType: () => 'version',
        hasSegment: () => false,
        use: () => {},
        report: (issue: Issue) => issues.push(issue),
      };
      const run = compileExpression({ [operator]: [v, 'latest'] }, env, []);
      expect(run({ v: 'latest' }, undefined as never)).toBe(false);
      expect(issues).toMatchObject([{ severity: 'warning', code: 'not-a-version' }]);
    }
  });

  test('a test for presence stays one', () => {
    expect(compare('==', v, null)({})).toBe(true);
    expect(compare('!=', v, null)({ v: '1.0.0' })).toBe(true);
  });

  test('any other attribute compares as JSON Logic has it', () => {
    expect(compare('>=', { var: 's' }, '2.5.0')({ s: '10.0.0' })).toBe(false);
    expect(compileLogic({ '>=': [v, '2.5.0'] })({ v: '10.0.0' })).toBe(false);
  });
});
