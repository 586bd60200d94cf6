import { describe, expect, test } from 'vitest';
import { FlagError } from '../error.ts';
import type { Issue } from '../issue.ts';
import { compileExpression, compileLogic, type LogicEnv } from './index.ts';

function check(
  logic: unknown,
  { attributes, evaluators = {} }: { attributes?: Record<string, string>; evaluators?: Record<string, unknown> } = {},
) {
  const issues: Issue[] = [];
  const used = new Set<string>();
  const env: LogicEnv = {
    flagKey: 'f',
    evaluator: (name) => evaluators[name],
    attributeType: (name) => attributes?.[name],
    hasSegment: () => false,
    use: (dependency) => used.add(dependency),
    report: (issue) => issues.push(issue),
    declared: attributes !== undefined,
  };
  compileExpression(logic, env, ['flags', 'f', 'targeting']);
  return { codes: issues.map(({ severity, code }) => `${severity} ${code}`), issues, used: [...used].sort() };
}

describe('errors', () => {
  test.each([
    [{ eqals: [1, 1] }, 'unknown-operator', ['eqals']],
    [{ '==': [1, { in_segmnt: ['x'] }] }, 'unknown-operator', ['==', 1, 'in_segmnt']],
    [{ constructor: [1] }, 'unknown-operator', ['constructor']],
    [JSON.parse('{"__proto__":[1]}'), 'unknown-operator', ['__proto__']],
    [{ '==': [1, 2], '!=': [1, 2] }, 'several-operators', []],
    [{ '==': [1] }, 'missing-operand', ['==']],
    [{ '<': 5 }, 'missing-operand', ['<']],
    [{ map: [[1]] }, 'missing-operand', ['map']],
    [{ $ref: 5 }, 'invalid-ref', []],
    [{ and: [{ $ref: 'nowhere' }] }, 'unknown-ref', ['and', 0]],
    [{ cat: [1n] }, 'not-json', ['cat', 0]],
    [{ cat: [new Date()] }, 'not-json', ['cat', 0]],
    [() => 1, 'not-json', []],
  ])('%o', (logic, code, path) => {
    expect(check(logic).issues).toMatchObject([
      { severity: 'error', code, path: ['flags', 'f', 'targeting', ...path] },
    ]);
  });

  test('a near miss is named', () => {
    expect(check({ starts_wth: ['a', 'b'] }).issues[0]!.hint).toBe('did you mean "starts_with"?');
    expect(check({ completely_else: [] }).issues[0]!.hint).toBeUndefined();
  });

  test('all errors of an expression are told', () => {
    expect(check({ and: [{ nope: 1 }, { nada: 1 }, { '==': [1] }] }).codes).toEqual([
      'error unknown-operator',
      'error unknown-operator',
      'error missing-operand',
    ]);
  });

  test('compileLogic throws them', () => {
    expect(() => compileLogic({ nope: [{ var: 'x' }] })).toThrow(
      expect.objectContaining({ code: 'PARSE_ERROR', issues: [expect.objectContaining({ code: 'unknown-operator' })] }),
    );
    expect(() => compileLogic({ nope: 1 })).toThrow(FlagError);
  });
});

describe('shared evaluators', () => {
  const evaluators = {
    adult: { '>=': [{ var: 'age' }, 18] },
    eligible: { and: [{ $ref: 'adult' }, { $ref: 'here' }] },
    here: { in: [{ var: 'country' }, { $ref: 'countries' }] },
    countries: ['DE', 'FR', 'IT', 'ES'],
    a: { '!': [{ $ref: 'b' }] },
    b: { $ref: 'c' },
    c: { or: [{ var: 'x' }, { $ref: 'a' }] },
    self: { $ref: 'self' },
    broken: { nope: 1 },
  };

  test('may refer to others', () => {
    const run = compileLogic({ $ref: 'eligible' }, { evaluators });
    expect(run({ age: 20, country: 'FR' })).toBe(true);
    expect(run({ age: 20, country: 'US' })).toBe(false);
    expect(check({ $ref: 'eligible' }, { evaluators }).used).toEqual([
      'attribute:age',
      'attribute:country',
      'evaluator:adult',
      'evaluator:countries',
      'evaluator:eligible',
      'evaluator:here',
    ]);
  });

  test('a circle is told with its members', () => {
    const { codes, issues } = check({ if: [{ $ref: 'a' }, 'on'] }, { evaluators });
    expect(codes).toEqual(['error ref-cycle']);
    expect(issues[0]!.message).toContain('a → b → c → a');
    expect(check({ $ref: 'self' }, { evaluators }).issues[0]!.message).toContain('self → self');
  });

  test('a missing one is a dependency too', () => {
    expect(check({ $ref: 'nowhere' }).used).toEqual(['evaluator:nowhere']);
  });

  test('an issue inside one is told where it is used', () => {
    const { issues } = check({ '!': [{ $ref: 'broken' }] }, { evaluators });
    expect(issues).toMatchObject([
      { code: 'unknown-operator', path: ['flags', 'f', 'targeting', '!', 0, '$ref', 'nope'] },
    ]);
    expect(issues[0]!.message).toContain('"broken"');
  });

  test('prototype names are no evaluators', () => {
    expect(() => compileLogic({ $ref: 'toString' })).toThrow(expect.objectContaining({ code: 'PARSE_ERROR' }));
  });
});

describe('warnings', () => {
  const attributes = { age: 'number', plan: 'string', beta: 'boolean', app: 'version', tags: 'list', user: 'object' };
  const v = (name: string) => ({ var: name });

  test.each([
    // T36, T20: only where attributes are declared
    [{ '==': [v('plna'), 'x'] }, ['warning undeclared-attribute']],
    [{ '<': [v('agee'), 18] }, ['warning undeclared-attribute', 'warning absent-is-null']],
    [{ '>': [v('agee'), 18] }, ['warning undeclared-attribute']],
    [{ '>': [18, v('agee')] }, ['warning undeclared-attribute', 'warning absent-is-null']],
    [{ '>=': [v('agee'), 0] }, ['warning undeclared-attribute', 'warning absent-is-null']],
    [{ '<': [v('age'), 18] }, []],
    [{ '<': [v('user.age'), 18] }, []],
    [{ missing: ['plna'] }, ['warning undeclared-attribute']],
    [{ '==': [v('targetingKey'), 'x'] }, []],
    [{ some: [v('tags'), { '<': [v('size'), 3] }] }, []],
    // T35
    [{ '==': [v('age'), '18'] }, ['warning type-mismatch']],
    [{ '==': ['18', v('age')] }, ['warning type-mismatch']],
    [{ '===': [v('plan'), 1] }, ['warning type-mismatch']],
    [{ '==': [v('beta'), 'true'] }, ['warning type-mismatch']],
    [{ '<': [v('plan'), 5] }, ['warning type-mismatch']],
    [{ in: [v('age'), ['18', '19']] }, ['warning type-mismatch']],
    [{ in: [v('plan'), ['a', 5]] }, ['warning type-mismatch']],
    [{ starts_with: [v('age'), '1'] }, ['warning type-mismatch']],
    [{ '==': [v('plan'), 'x'] }, []],
    [{ '==': [v('plan'), null] }, []],
    [{ in: [v('plan'), ['a', 'b', null]] }, []],
    // T32
    [{ '>=': [v('app'), '2.5.0'] }, []],
    [{ '>=': [v('other'), '2.5.0'] }, ['warning undeclared-attribute', 'warning version-as-text']],
    // never anything but null
    [{ sem_ver: [v('app'), '=>', '1.0.0'] }, ['warning always-null']],
    [{ sem_ver: [v('app'), '>=', 'latest'] }, ['warning always-null']],
    [{ sem_ver: [v('app'), '>='] }, ['warning always-null']],
    [{ fractional: [['on', 1.5]] }, ['warning always-null']],
    [
      {
        fractional: [
          ['on', 0],
          ['off', 0],
        ],
      },
      ['warning always-null'],
    ],
    [{ fractional: ['on', 'off'] }, ['warning always-null']],
    [{ fractional: [] }, ['warning always-null']],
    [{ fractional: [5, ['on', 1]] }, ['warning always-null']],
    [{ fractional: [[['on'], 1]] }, ['warning always-null']],
    [{ fractional: [['on', 2 ** 31]] }, ['warning always-null']],
    [{ ends_with: [v('plan')] }, ['warning always-null']],
    [{ map: [v('tags'), v('$flagd.flagKey')] }, ['warning hidden-variable']],
    [{ map: [v('tags'), v('../plan')] }, ['warning hidden-variable']],
    [{ '!': [1, 2] }, ['warning extra-operand']],
  ])('%j', (logic, expected) => {
    expect(check(logic, { attributes }).codes).toEqual(expected);
  });

  test('a document that declares nothing is only told of versions', () => {
    expect(check({ '<': [v('age'), 18] }).codes).toEqual([]);
    expect(check({ '==': [v('plan'), 5] }).codes).toEqual([]);
    const { codes, issues } = check({ '>=': [v('app'), '2.5.0'] });
    expect(codes).toEqual(['warning version-as-text']);
    expect(issues[0]!.hint).toContain('{"sem_ver":[{"var":"app"},">=","2.5.0"]}');
    expect(check({ '>=': [v('date'), '2026-01-02'] }).codes).toEqual([]);
  });
});

describe('dependencies', () => {
  test.each([
    [{ var: 'a.b' }, ['attribute:a', 'attribute:a.b']],
    [{ var: '$flagd.flagKey' }, []],
    [{ var: '$flagd.timestamp' }, ['time']],
    [{ var: '$flagd' }, ['time']],
    [{ var: { cat: ['$flagd.', 'timestamp'] } }, ['time']],
    [{ var: [{ var: 'name' }] }, ['attribute:name', 'time']],
    [{ fractional: [['on', { var: '$flagd.timestamp' }]] }, ['time']],
    [{ map: [{ var: 'xs' }, { var: 'y' }] }, ['attribute:xs']],
  ])('%j', (logic, expected) => {
    expect(check(logic).used).toEqual(expected);
  });
});
