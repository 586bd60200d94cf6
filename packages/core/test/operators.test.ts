import fc from 'fast-check';
import npm from 'semver';
import { describe, expect, test } from 'vitest';
import { evaluate, OPERATORS, validate } from '../src/index.ts';
import { answer, codes, errorsOf, load } from './support.ts';

interface Clause {
  readonly attribute?: string;
  readonly operator: string;
  readonly values?: readonly unknown[];
  readonly negate?: boolean;
}

function flagWith(...clauses: readonly Clause[]): unknown {
  return { type: 'boolean', default: false, rules: [{ clauses, variation: 1 }] };
}

function holds(clause: Clause, context: Record<string, unknown>): boolean {
  const found = answer(flagWith(clause), context);
  expect(found.errorCode).toBeUndefined();
  return found.value as boolean;
}

const Y = true;
const N = false;

/** Operator, values, attribute, and whether it matches; negated, it is the opposite, for the attribute is there. */
const TABLE: readonly (readonly [string, readonly unknown[], unknown, boolean])[] = [
  // eq and in: any of the values, strict
  ['eq', ['a'], 'a', Y],
  ['eq', ['a'], 'A', N],
  ['eq', ['a', 'b'], 'b', Y],
  ['eq', [1], 1, Y],
  ['eq', [1], '1', N],
  ['eq', ['1'], 1, N],
  ['eq', [true], true, Y],
  ['eq', [true], 'true', N],
  ['eq', [true], 1, N],
  ['eq', [0], false, N],
  ['eq', [0], '', N],
  ['eq', [''], '', Y],
  ['eq', [0], -0, Y],
  ['eq', [0], 0, Y],
  ['eq', ['a'], ['x', 'a'], Y],
  ['eq', ['a'], ['x'], N],
  ['eq', ['a'], [], N],
  ['eq', ['a'], { a: 1 }, N],
  ['eq', ['a'], [['a']], N],
  ['eq', ['a', 'b', 'c', 'd', 'e', 'f'], 'f', Y],
  ['eq', ['a', 'b', 'c', 'd', 'e', 'f'], 'g', N],
  ['eq', ['1', '2', '3', '4', '5', '6'], 6, N],
  ['eq', [0, 1, 2, 3, 4, 5], -0, Y],
  ['in', ['pro', 'enterprise'], 'enterprise', Y],
  ['in', ['pro', 'enterprise'], 'free', N],
  ['in', [1, 2], 2, Y],
  ['in', [1, 2], '2', N],
  ['in', ['a'], ['b', 'a'], Y],
  ['in', ['\u00e9'], '\u00e9', Y],
  ['in', ['\u00e9'], 'e\u0301', N],
  // neq and notIn: none of the values (T19)
  ['neq', ['a', 'b'], 'a', N],
  ['neq', ['a', 'b'], 'b', N],
  ['neq', ['a', 'b'], 'c', Y],
  ['neq', [1], '1', Y],
  ['neq', ['a'], ['a', 'b'], N],
  ['neq', ['a'], ['b'], Y],
  ['neq', ['a'], [], Y],
  ['neq', ['a'], {}, Y],
  ['notIn', ['a', 'b'], 'b', N],
  ['notIn', ['a', 'b'], 'c', Y],
  ['notIn', ['a', 'b', 'c', 'd', 'e'], 'e', N],
  ['notIn', ['a'], ['x', 'a'], N],
  ['notIn', [1], true, Y],
  // contains: text within text, or an element of a list (T21)
  ['contains', ['beta'], 'a-beta-b', Y],
  ['contains', ['beta'], 'BETA', N],
  ['contains', ['x', 'beta'], 'beta', Y],
  ['contains', ['beta'], ['beta', 'x'], Y],
  ['contains', ['beta'], ['beta-testers'], N],
  ['contains', [''], 'a', Y],
  ['contains', [1], [1, 2], Y],
  ['contains', ['1'], [1], N],
  ['contains', [1], 1, N],
  ['contains', ['1'], 11, N],
  ['contains', [true], [true], Y],
  ['contains', ['a'], {}, N],
  // text
  ['startsWith', ['ab'], 'abc', Y],
  ['startsWith', ['ab'], 'Abc', N],
  ['startsWith', ['b', 'a'], 'abc', Y],
  ['startsWith', ['a'], ['b', 'ab'], Y],
  ['startsWith', [''], '', Y],
  ['startsWith', ['1'], 12, N],
  ['endsWith', ['@x.com'], 'a@x.com', Y],
  ['endsWith', ['@x.com'], 'a@x.com.evil', N],
  ['endsWith', ['c', 'b'], 'ab', Y],
  ['endsWith', ['a'], ['b', 'ba'], Y],
  ['endsWith', ['2'], 12, N],
  ['matches', ['^a.c$'], 'abc', Y],
  ['matches', ['^a.c$'], 'xabc', N],
  ['matches', ['b'], 'abc', Y],
  ['matches', ['^b'], 'abc', N],
  ['matches', ['c$'], 'abc', Y],
  ['matches', ['^abc$'], 'abc', Y],
  ['matches', ['^abc$'], 'abcd', N],
  ['matches', ['^'], '', Y],
  ['matches', ['$'], 'x', Y],
  ['matches', ['^$'], '', Y],
  ['matches', ['^$'], 'x', N],
  ['matches', [''], 'x', Y],
  ['matches', ['a\\$'], 'a$', Y],
  ['matches', ['a\\$'], 'a', N],
  ['matches', ['(?i)ABC'], 'xabcx', Y],
  ['matches', ['\\d{3}', 'x'], 'a123', Y],
  ['matches', ['\\d{3}'], 123, N],
  ['matches', ['^a'], ['b', 'ab'], Y],
  ['matches', ['a|b$'], 'ax', Y],
  ['matches', ['.'], '😀', Y],
  ['matches', ['^.$'], '😀', Y],
  ['matches', ['^é$'], 'é', Y],
  ['matches', ['a$'], 'a\n', N],
  // numbers
  ['gt', [5], 6, Y],
  ['gt', [5], 5, N],
  ['gt', [5], '6', N],
  ['gt', [5, 100], 6, Y],
  ['gt', [5], [1, 6], Y],
  ['gt', [5], Number.NaN, N],
  ['gt', [5], Number.POSITIVE_INFINITY, Y],
  ['gt', [5], true, N],
  ['gt', [5], new Date(6), N],
  ['gt', [5], 6n, N],
  ['gte', [5], 5, Y],
  ['gte', [5], 4.999, N],
  ['lt', [18], 17, Y],
  ['lt', [18], 18, N],
  ['lt', [18], '17', N],
  ['lt', [18], null, N],
  ['lte', [18], 18, Y],
  ['lte', [-0.5], -0.4, N],
  // dates
  ['before', ['2026-01-01'], '2025-12-31T23:59:59Z', Y],
  ['before', ['2026-01-01'], '2026-01-01', N],
  ['before', ['2026-01-01T00:00:00Z'], new Date('2025-06-01'), Y],
  ['before', ['2026-01-01T00:00:00+02:00'], '2025-12-31T21:59:59Z', Y],
  ['before', ['2026-01-01T00:00:00+02:00'], '2025-12-31T22:00:00Z', N],
  ['before', [1000], 999, Y],
  ['before', ['2026-01-01'], 'soon', N],
  ['before', ['2026-01-01'], {}, N],
  ['before', ['2026-01-01'], true, N],
  ['before', ['2026-01-01'], ['2027-01-01', '2025-01-01'], Y],
  ['before', ['2026-01-01'], new Date(Number.NaN), N],
  ['after', ['2026-01-01'], '2026-01-01T00:00:00.001Z', Y],
  ['after', ['2026-01-01'], '2026-01-01', N],
  ['after', ['2026-01-01T12:00:00'], '2026-01-01T12:00:01', Y],
  ['after', ['2026-01-01T12:00:00'], '2026-01-01T12:00:00Z', N],
  ['after', ['2026-01-01', '2030-01-01'], '2027-01-01', Y],
  // versions: npm ranges, any of
  ['semver', ['>=2.5.0'], '10.0.0', Y],
  ['semver', ['>=2.5.0'], '2.4.9', N],
  ['semver', ['2.5.0'], '2.5.0', Y],
  ['semver', ['2.5.0'], '2.5.1', N],
  ['semver', ['^1.2'], '1.9.0', Y],
  ['semver', ['^1.2'], '2.0.0', N],
  ['semver', ['1.x'], '1.0.0', Y],
  ['semver', ['~1.2.3'], '1.2.9', Y],
  ['semver', ['<1.0.0', '>=3.0.0'], '3.1.0', Y],
  ['semver', ['>=2.5.0'], 'v2.5.0', Y],
  ['semver', ['>=2.5.0'], 'V3', Y],
  ['semver', ['>=2.5.0'], '3', Y],
  ['semver', ['>=2.5.0'], '2.5', Y],
  ['semver', ['v2.5.0'], '2.5.0', Y],
  ['semver', ['>=2.5.0'], 'latest', N],
  ['semver', ['>=2.5.0'], 3, N],
  ['semver', ['>=2.5.0'], '', N],
  ['semver', ['*'], '1.2.3.4', N],
  ['semver', ['1.2.3-beta.1'], '1.2.3-beta.1', Y],
  ['semver', ['1.2.3-beta.1'], '1.2.3', N],
  ['semver', ['>=1.0.0'], ['0.1.0', '1.0.0'], Y],
  ['semver', ['1.2.3'], '1.2.3+build', Y],
  // addresses
  ['cidr', ['10.0.0.0/8'], '10.255.0.1', Y],
  ['cidr', ['10.0.0.0/8'], '11.0.0.1', N],
  ['cidr', ['10.0.0.1'], '10.0.0.1', Y],
  ['cidr', ['10.0.0.1/32'], '10.0.0.2', N],
  ['cidr', ['0.0.0.0/0'], '8.8.8.8', Y],
  ['cidr', ['0.0.0.0/0'], '::1', N],
  ['cidr', ['10.0.0.0/8', '192.168.0.0/16'], '192.168.3.4', Y],
  ['cidr', ['2001:db8::/32'], '2001:db8:1::1', Y],
  ['cidr', ['2001:db8::/32'], '2001:db9::1', N],
  ['cidr', ['2001:DB8::/32'], '2001:db8::A', Y],
  ['cidr', ['::/0'], '2001:db8::1', Y],
  ['cidr', ['::1'], '0:0:0:0:0:0:0:1', Y],
  ['cidr', ['10.0.0.0/8'], 'not an address', N],
  ['cidr', ['10.0.0.0/8'], '10.0.0.1:80', N],
  ['cidr', ['10.0.0.0/8'], 167772161, N],
  ['cidr', ['10.1.2.3/8'], '10.9.9.9', Y],
  ['cidr', ['fe80::/10'], 'fe80::1%no-such-zone', Y],
  // presence
  ['exists', [], 'x', Y],
  ['exists', [], '', Y],
  ['exists', [], 0, Y],
  ['exists', [], false, Y],
  ['exists', [true], 'x', Y],
  ['exists', [false], 'x', N],
];

describe('operators (T19–T24)', () => {
  test('the table speaks of every operator', () => {
    const named = new Set(TABLE.map(([operator]) => operator));
    expect(OPERATORS.map(({ name }) => name).filter((name) => !named.has(name))).toEqual(['inSegment']);
  });

  test.each(TABLE.map(([operator, values, actual, expected]) => ({ operator, values, actual, expected })))(
    '$operator $values of $actual: $expected',
    ({ operator, values, actual, expected }) => {
      const clause = { attribute: 'a', operator, values };
      expect(holds(clause, { a: actual })).toBe(expected);
      if (actual !== null) expect(holds({ ...clause, negate: true }, { a: actual })).toBe(!expected);
      expect(holds({ ...clause, negate: false }, { a: actual })).toBe(expected);
    },
  );

  const MISSING = OPERATORS.map(({ name }) => name).filter((name) => name !== 'exists' && name !== 'inSegment');
  const VALUE: Record<string, unknown> = {
    gt: 1,
    gte: 1,
    lt: 1,
    lte: 1,
    before: '2026-01-01',
    after: '2026-01-01',
    semver: '*',
    cidr: '0.0.0.0/0',
  };
  test.each(MISSING)('%s never matches a missing attribute, even negated (T20)', (operator) => {
    for (const negate of [true, false]) {
      for (const context of [{}, { a: null }, { a: undefined }, { b: 'x' }, { A: 'x' }]) {
        expect(holds({ attribute: 'a', operator, values: [VALUE[operator] ?? 'x'], negate }, context)).toBe(false);
      }
      expect(holds({ attribute: 'a.b', operator, values: [VALUE[operator] ?? 'x'], negate }, { a: 'x' })).toBe(false);
    }
  });

  test.each([
    [[], false, false],
    [[], true, true],
    [[true], false, false],
    [[true], true, true],
    [[false], false, true],
    [[false], true, false],
  ])('exists %j, negate %s, where it is missing: %s', (values, negate, expected) => {
    for (const context of [{}, { a: null }, { a: undefined }])
      expect(holds({ attribute: 'a', operator: 'exists', values, negate }, context)).toBe(expected);
  });

  test('clauses are joined by and, rules by or, and no clauses match everybody (T10)', () => {
    const both = flagWith(
      { attribute: 'a', operator: 'eq', values: [1] },
      { attribute: 'b', operator: 'eq', values: [2] },
      { attribute: 'c', operator: 'eq', values: [3] },
    );
    expect(answer(both, { a: 1, b: 2, c: 3 }).value).toBe(true);
    for (const context of [
      { a: 1, b: 2 },
      { b: 2, c: 3 },
      { a: 1, c: 3 },
    ])
      expect(answer(both, context).value).toBe(false);
    expect(answer({ type: 'boolean', default: false, rules: [{ variation: 1 }] }).value).toBe(true);
    expect(answer({ type: 'boolean', default: false, rules: [{ clauses: [], variation: 1 }] }).value).toBe(true);
    const snapshot = load({
      flags: { f: { type: 'boolean', default: false, rules: [{ variation: 1 }, { variation: 0 }] } },
    });
    expect(codes(snapshot.issues)).toEqual(['unreachable-rule']);
  });
});

describe('attributes (T24)', () => {
  const hidden = (attribute: string, value: unknown = 'x') => ({ attribute, operator: 'eq', values: [value] });

  test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf', '__defineGetter__'])(
    '%s is an attribute like any other',
    (name) => {
      expect(holds({ attribute: name, operator: 'exists' }, {})).toBe(false);
      expect(holds({ attribute: name, operator: 'exists', negate: true }, {})).toBe(true);
      expect(holds({ attribute: `${name}.name`, operator: 'exists' }, {})).toBe(false);
      expect(holds({ attribute: `a.${name}`, operator: 'exists' }, { a: {} })).toBe(false);
      const context = JSON.parse(`{${JSON.stringify(name)}:"x"}`);
      expect(holds(hidden(name), context)).toBe(true);
      expect(holds(hidden(`a.${name}`), { a: context })).toBe(true);
      const targeting = { if: [{ '==': [{ var: name }, 'x'] }, 'on', 'off'] };
      const flag = { type: 'boolean', default: false, targeting };
      expect(answer(flag, {}).value).toBe(false);
      expect(answer(flag, context).value).toBe(true);
    },
  );

  test('exact name first, then the dotted path', () => {
    expect(holds(hidden('a.b'), { a: { b: 'x' } })).toBe(true);
    expect(holds(hidden('a.b'), { 'a.b': 'x', a: { b: 'y' } })).toBe(true);
    expect(holds(hidden('a.b'), { 'a.b': 'y', a: { b: 'x' } })).toBe(false);
    expect(holds(hidden('a.b.c'), { a: { b: { c: 'x' } } })).toBe(true);
    expect(holds(hidden('a.0'), { a: ['x'] })).toBe(true);
    expect(holds(hidden('a.b'), { a: 'x' })).toBe(false);
    expect(holds({ attribute: 'a.length', operator: 'exists' }, { a: 'text' })).toBe(false);
    expect(holds(hidden('app-version'), { 'app-version': 'x' })).toBe(true);
    expect(holds(hidden('.'), { '.': 'x' })).toBe(true);
    expect(holds(hidden('a.'), { 'a.': 'x' })).toBe(true);
    expect(holds(hidden('a.'), { a: { '': 'x' } })).toBe(true);
  });

  test('`key` and `targetingKey` are one attribute; targetingKey wins', () => {
    for (const name of ['key', 'targetingKey']) {
      expect(holds(hidden(name), { key: 'x' })).toBe(true);
      expect(holds(hidden(name), { targetingKey: 'x' })).toBe(true);
      expect(holds(hidden(name), { targetingKey: 'x', key: 'y' })).toBe(true);
      expect(holds(hidden(name), { targetingKey: 'y', key: 'x' })).toBe(false);
    }
  });

  test('undeclared attributes are warned about where attributes are declared (T36)', () => {
    const doc = (attribute: string) => ({
      flags: { f: flagWith(hidden(attribute) as Clause) },
      attributes: { plan: 'string' },
    });
    expect(codes(validate(doc('plan')))).toEqual([]);
    expect(codes(validate(doc('email')))).toEqual([]);
    const [issue] = validate(doc('plna'));
    expect(issue).toMatchObject({
      code: 'undeclared-attribute',
      severity: 'warning',
      path: ['flags', 'f', 'rules', 0, 'clauses', 0, 'attribute'],
      hint: expect.stringContaining('plan'),
    });
    expect(answer(flagWith(hidden('plna') as Clause), { plna: 'x' }, { attributes: { plan: 'string' } }).value).toBe(
      true,
    );
  });
});

describe('values that are no values', () => {
  test.each([
    ['gt', '5'],
    ['gt', null],
    ['lt', true],
    ['startsWith', 5],
    ['endsWith', null],
    ['matches', 5],
    ['matches', '(a'],
    ['matches', '(?=a)b'],
    ['matches', '(a)\\1'],
    ['matches', '(?<!a)b'],
    ['matches', '*'],
    ['semver', 'not a range'],
    ['semver', 2],
    ['semver', ''],
    ['cidr', '10.0.0.0/33'],
    ['cidr', '10.0.0/8'],
    ['cidr', '::/129'],
    ['cidr', 'x'],
    ['before', 'tomorrow'],
    ['before', '2026-13-01'],
    ['before', null],
    ['after', '01/02/2026'],
    ['eq', null],
    ['eq', {}],
    ['eq', ['a']],
    ['in', [1]],
    ['neq', null],
    ['contains', {}],
    ['exists', 'yes'],
  ])('%s %j is an error of its flag only', (operator, value) => {
    const snapshot = load({
      flags: {
        bad: flagWith({ attribute: 'a', operator, values: [value] }),
        good: flagWith({ attribute: 'a', operator: 'eq', values: [1] }),
      },
    });
    expect(evaluate(snapshot, 'bad', 'boolean', { a: 1 })).toMatchObject({
      errorCode: 'PARSE_ERROR',
      value: undefined,
    });
    expect(evaluate(snapshot, 'good', 'boolean', { a: 1 }).value).toBe(true);
    const [issue, ...others] = snapshot.issues;
    expect(others).toEqual([]);
    expect(issue).toMatchObject({
      severity: 'error',
      code: 'bad-value',
      path: ['flags', 'bad', 'rules', 0, 'clauses', 0, 'values', 0],
    });
    expect(issue!.expected ?? issue!.hint).toBeTruthy();
  });

  test('an unknown operator is an error with a suggestion (T28)', () => {
    const snapshot = load({ flags: { bad: flagWith({ attribute: 'a', operator: 'startswith', values: ['x'] }) } });
    expect(errorsOf(snapshot)).toEqual(['not-one-of']);
    expect(snapshot.issues[0]).toMatchObject({
      path: ['flags', 'bad', 'rules', 0, 'clauses', 0, 'operator'],
      hint: expect.stringContaining('startsWith'),
    });
  });

  test('neq with negate is allowed, with a warning (T19)', () => {
    const clause = { attribute: 'a', operator: 'neq', values: ['x'], negate: true };
    expect(codes(validate({ flags: { f: flagWith(clause) } }))).toEqual(['double-negation']);
    expect(holds(clause, { a: 'x' })).toBe(true);
    expect(holds(clause, { a: 'y' })).toBe(false);
  });

  test('no values at all', () => {
    for (const operator of ['eq', 'in', 'contains', 'matches', 'gt', 'semver', 'cidr', 'before']) {
      expect(codes(validate({ flags: { f: flagWith({ attribute: 'a', operator }) } }), 'error')).toEqual(['no-values']);
      expect(holds({ attribute: 'a', operator, values: [] }, { a: 'x' })).toBe(false);
    }
    for (const operator of ['neq', 'notIn']) {
      expect(holds({ attribute: 'a', operator, values: [] }, { a: 'x' })).toBe(true);
      expect(holds({ attribute: 'a', operator, values: [] }, {})).toBe(false);
    }
  });

  test('a clause without an attribute is an error', () => {
    expect(codes(validate({ flags: { f: flagWith({ operator: 'eq', values: [1] }) } }))).toEqual(['missing']);
  });
});

describe('regular expressions in linear time (T22)', () => {
  test('^(a+)+$ on 50,000 characters', () => {
    const flag = load({ flags: { f: flagWith({ attribute: 'a', operator: 'matches', values: ['^(a+)+$'] }) } });
    const started = performance.now();
    expect(evaluate(flag, 'f', 'boolean', { a: `${'a'.repeat(50_000)}!` }).value).toBe(false);
    expect(evaluate(flag, 'f', 'boolean', { a: 'a'.repeat(50_000) }).value).toBe(true);
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  test.each(['((a{100}){100}){100}', 'a{1001}', '(a|b){1000}{1000}', '(((a{1,50}){1,50}){1,50}){1,50}'])(
    '%s is refused or compiled quickly',
    (pattern) => {
      const started = performance.now();
      const found = answer(flagWith({ attribute: 'a', operator: 'matches', values: [pattern] }), {
        a: 'a'.repeat(100),
      });
      expect(performance.now() - started).toBeLessThan(3_000);
      expect([undefined, 'PARSE_ERROR']).toContain(found.errorCode);
    },
  );

  test('literals lowered to text operations answer like the engine', () => {
    const part = fc.constantFrom('^', '$', 'a', 'b', 'ab', '\\.', '-', ' ');
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 5 }),
        fc.array(fc.constantFrom('a', 'b', '.', '-', ' ', '$', '^'), { maxLength: 6 }),
        (parts, chars) => {
          const pattern = parts.join('');
          const text = chars.join('');
          expect(holds({ attribute: 'a', operator: 'matches', values: [pattern] }, { a: text })).toBe(
            new RegExp(pattern, 'u').test(text),
          );
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('semver against npm (T23)', () => {
  const N0 = fc.nat({ max: 3 });
  const PRE = fc.constantFrom('', '', '', '-alpha', '-alpha.1', '-beta.2', '-0', '-rc.1+b7', '+b7');
  const VERSION = fc.tuple(N0, N0, N0, PRE).map(([a, b, c, pre]) => `${a}.${b}.${c}${pre}`);
  const PARTIAL = fc.oneof(
    VERSION,
    fc.tuple(N0, N0).map(([a, b]) => `${a}.${b}`),
    N0.map(String),
    fc.tuple(N0, N0).map(([a, b]) => `${a}.${b}.x`),
    N0.map((a) => `${a}.x`),
    fc.constant('*'),
  );
  const SIMPLE = fc
    .tuple(fc.constantFrom('', '=', '>', '>=', '<', '<=', '^', '~'), PARTIAL)
    .map(([op, version]) => (version === '*' ? '*' : op + version));
  const RANGE = fc.oneof(
    SIMPLE,
    fc.tuple(SIMPLE, SIMPLE).map((two) => two.join(' ')),
    fc.tuple(SIMPLE, SIMPLE).map((two) => two.join(' || ')),
    fc.tuple(PARTIAL, PARTIAL).map((two) => two.join(' - ')),
  );

  test('releases and prereleases in every range', () => {
    fc.assert(
      fc.property(VERSION, RANGE, (version, range) => {
        const includePrerelease = npm.prerelease(version) !== null;
        expect(holds({ attribute: 'v', operator: 'semver', values: [range] }, { v: version })).toBe(
          npm.satisfies(version, range, { includePrerelease }),
        );
      }),
      { numRuns: 1_000 },
    );
  });

  test('`v` and missing parts of the attribute make no difference', () => {
    fc.assert(
      fc.property(N0, N0, RANGE, fc.constantFrom('', 'v', 'V'), (a, b, range, v) => {
        const clause = { attribute: 'v', operator: 'semver', values: [range] };
        expect(holds(clause, { v: `${v}${a}.${b}` })).toBe(holds(clause, { v: `${a}.${b}.0` }));
        expect(holds(clause, { v: `${v}${a}` })).toBe(holds(clause, { v: `${a}.0.0` }));
      }),
      { numRuns: 300 },
    );
  });
});
