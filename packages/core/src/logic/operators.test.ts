import { expect, test } from 'vitest';
import { compileLogic, OPERATORS } from './index.ts';

type Row = readonly [logic: unknown, data: Record<string, unknown>, expected: unknown];

function table(name: string, rows: readonly Row[]): void {
  test(name, () => {
    for (const [logic, data, expected] of rows) {
      expect.soft(compileLogic(logic)(data), JSON.stringify(logic)).toEqual(expected);
    }
  });
}

const data = { a: 1, s: 'abc', t: true, z: null, xs: [1, 2, 3], o: { p: { q: 'deep' } }, 'x.y': 'exact', e: [] };
const v = (name: string): unknown => ({ var: name });

table('var', [
  [v('a'), data, 1],
  [{ var: ['a'] }, data, 1],
  [v('o.p.q'), data, 'deep'],
  [v('x.y'), data, 'exact'],
  [v('x\\.y'), data, 'exact'],
  [v('xs.1'), data, 2],
  [v('xs.length'), data, 3],
  [v('s.0'), data, 'a'],
  [v('xs.7'), data, null],
  [v('absent'), data, null],
  [v('absent.deeper'), data, null],
  [{ var: ['absent', 'other'] }, data, 'other'],
  [{ var: ['z', 'other'] }, data, 'other'],
  [{ var: ['absent', v('a')] }, data, 1],
  [v(''), { a: 1 }, { a: 1 }],
  [{ var: [] }, { a: 1 }, { a: 1 }],
  [{ var: null }, { a: 1 }, { a: 1 }],
  [{ var: 1 }, { 1: 'one' }, 'one'],
  [{ var: { if: [v('t'), 'a', 's'] } }, data, 1],
  [{ var: [{ cat: ['o', '.p.q'] }] }, data, 'deep'],
  [{ var: { merge: ['absent', 7] } }, data, 7],
  [v('hasOwnProperty'), data, null],
  [v('s.trim'), data, null],
]);

table('missing and missing_some', [
  [{ missing: ['a', 'absent', 'z', 'o.p.r'] }, data, ['absent', 'o.p.r']],
  [{ missing: 'absent' }, data, ['absent']],
  [{ missing: [] }, data, []],
  [{ missing: [['a', 'absent']] }, data, ['absent']],
  [{ missing: { merge: ['a', { if: [v('t'), 'absent', []] }] } }, data, ['absent']],
  [{ missing: ['toString', '__proto__'] }, data, ['toString', '__proto__']],
  [{ missing: ['$flagd.flagKey', '$flagd.timestamp'] }, {}, []],
  [{ missing_some: [1, ['a', 'absent']] }, data, []],
  [{ missing_some: [2, ['a', 'absent']] }, data, ['absent']],
  [{ missing_some: [1, 'a'] }, data, []],
]);

table('if', [
  [{ if: [true, 'yes', 'no'] }, {}, 'yes'],
  [{ if: [v('e'), 'yes', 'no'] }, data, 'no'],
  [{ if: [v('z'), 1, v('t'), 2, 3] }, data, 2],
  [{ if: [v('z'), 1, v('e'), 2, 3] }, data, 3],
  [{ if: [v('z'), 1] }, data, null],
  [{ if: [] }, data, null],
  [{ if: [7] }, data, 7],
  [{ if: v('a') }, data, 1],
  [{ '?:': [v('t'), 'yes', 'no'] }, data, 'yes'],
  [
    { if: Array.from({ length: 21 }, (_, i) => (i % 2 === 0 ? { '==': [v('a'), i === 20 ? 0 : i - 17] } : `r${i}`)) },
    data,
    'r19',
  ],
]);

table('equality', [
  [{ '==': [v('a'), 1] }, data, true],
  [{ '==': [v('a'), '1'] }, data, true],
  [{ '==': [v('t'), 1] }, data, true],
  [{ '==': [v('t'), 'true'] }, data, false],
  [{ '==': ['', 0] }, data, true],
  [{ '==': [v('absent'), null] }, data, true],
  [{ '==': [v('absent'), 0] }, data, true],
  [{ '==': [0, v('absent')] }, data, true],
  [{ '==': [v('absent'), false] }, data, true],
  [{ '==': [v('absent'), ''] }, data, false],
  [{ '==': [v('absent'), 'x'] }, data, false],
  [{ '==': [v('xs'), v('xs')] }, data, true],
  [{ '==': [v('xs'), '1,2,3'] }, data, false],
  [{ '==': [1, 1, 1] }, data, true],
  [{ '==': [1, 1, 2] }, data, false],
  [{ '!=': [v('a'), '1'] }, data, false],
  [{ '!=': [v('s'), 'abd'] }, data, true],
  [{ '!=': [v('absent'), 'x'] }, data, true],
  [{ '===': [v('a'), '1'] }, data, false],
  [{ '===': [v('a'), 1] }, data, true],
  [{ '===': [v('absent'), null] }, data, true],
  [{ '===': [v('absent'), 0] }, data, false],
  [{ '!==': [v('a'), '1'] }, data, true],
  [{ '!==': [v('absent'), null] }, data, false],
]);

table('ordering', [
  [{ '<': [v('a'), 2] }, data, true],
  [{ '<': [v('a'), 1] }, data, false],
  [{ '<=': [v('a'), 1] }, data, true],
  [{ '>': [v('a'), 0] }, data, true],
  [{ '>=': [v('a'), 1] }, data, true],
  [{ '>=': [v('a'), 2] }, data, false],
  [{ '<': [v('absent'), 18] }, data, true],
  [{ '>': [v('absent'), 18] }, data, false],
  [{ '<': ['10', '9'] }, data, true],
  [{ '<': ['10', 9] }, data, false],
  [{ '<': [v('s'), 5] }, data, false],
  [{ '>': [v('s'), 5] }, data, false],
  [{ '<': [v('xs'), 5] }, data, false],
  [{ '<': [0, v('a'), 2] }, data, true],
  [{ '<': [1, v('a'), 2] }, data, false],
  [{ '<=': [1, v('a'), 1] }, data, true],
  [{ '<=': [1, v('a'), 0] }, data, false],
  [{ '>': [new Date(5).getTime(), v('d')] }, { d: new Date(4) }, true],
]);

table('and, or, !, !!', [
  [{ and: [v('t'), v('a'), 'last'] }, data, 'last'],
  [{ and: [v('t'), v('e'), 'last'] }, data, []],
  [{ and: [{ '==': [1, 1] }, { '==': [v('a'), 2] }] }, data, false],
  [{ and: [{ '==': [v('a'), 1] }, { '==': [v('s'), 'abc'] }, { in: [v('a'), [1]] }] }, data, true],
  [{ and: [{ starts_with: [v('a'), 'x'] }, { '==': [v('a'), 1] }] }, data, null],
  [{ and: [] }, data, null],
  [{ or: [v('e'), 0, '', v('a')] }, data, 1],
  [{ or: [v('e'), 0] }, data, 0],
  [{ or: [{ '==': [v('a'), 2] }, { '==': [v('a'), 1] }] }, data, true],
  [{ or: [] }, data, null],
  [{ and: v('a') }, data, 1],
  [{ '!': v('e') }, data, true],
  [{ '!': [v('xs')] }, { xs: [0] }, false],
  [{ '!': [] }, data, true],
  [{ '!': [[]] }, data, true],
  [{ '!!': [v('s')] }, data, true],
  [{ '!!': '0' }, data, true],
  [{ '!!': {} }, data, false],
  [{ '!!': v('o') }, { o: {} }, false],
  [{ '!!': v('o') }, { o: new Map() }, false],
]);

table('in and merge', [
  [{ in: [v('s'), ['abc', 'x']] }, data, true],
  [{ in: [v('s'), ['a', 'b', 'c', 'd', 'abc']] }, data, true],
  [{ in: [v('s'), ['a', 'b', 'c', 'd']] }, data, false],
  [{ in: ['1', v('xs')] }, data, false],
  [{ in: [1, v('xs')] }, data, true],
  [{ in: [v('s'), ['x', 'y', 'abc']] }, data, true],
  [{ in: [v('s'), ['x', 'y', 'z']] }, data, false],
  [{ in: [v('absent'), ['x']] }, data, false],
  [{ in: [v('absent'), ['a', null]] }, data, true],
  [{ in: [v('a'), []] }, data, false],
  [{ in: [Number.NaN, [Number.NaN]] }, data, true],
  [{ in: ['b', v('s')] }, data, true],
  [{ in: ['', v('s')] }, data, true],
  [{ in: [1, '123'] }, data, true],
  [{ in: ['', ''] }, data, false],
  [{ in: ['a', v('absent')] }, data, false],
  [{ in: ['a', 5] }, data, false],
  [{ in: [v('a'), [v('a'), 2]] }, data, true],
  [{ in: { merge: ['b', v('s')] } }, data, true],
  [{ merge: [1, [2, [3]], v('xs')] }, data, [1, 2, [3], 1, 2, 3]],
  [{ merge: v('xs') }, data, [1, 2, 3]],
  [{ merge: [] }, data, []],
]);

table('cat and substr', [
  [{ cat: ['a', 1, v('t'), v('absent'), 1.5] }, data, 'a1true1.5'],
  [{ cat: v('xs') }, data, '123'],
  [{ cat: ['x', v('xs')] }, data, 'x1,2,3'],
  [{ cat: [] }, data, ''],
  [{ cat: null }, data, ''],
  [{ substr: ['jsonlogic', 4] }, {}, 'logic'],
  [{ substr: ['jsonlogic', -5] }, {}, 'logic'],
  [{ substr: ['jsonlogic', 1, 3] }, {}, 'son'],
  [{ substr: ['jsonlogic', 4, -2] }, {}, 'log'],
  [{ substr: [12345, 1, 2] }, {}, '23'],
  [{ substr: [v('absent'), 1] }, {}, ''],
]);

table('starts_with and ends_with', [
  [{ starts_with: [v('s'), 'ab'] }, data, true],
  [{ starts_with: [v('s'), 'b'] }, data, false],
  [{ ends_with: [v('s'), 'bc'] }, data, true],
  [{ ends_with: [v('s'), v('s')] }, data, true],
  [{ ends_with: [v('a'), '1'] }, data, null],
  [{ starts_with: [v('absent'), ''] }, data, null],
  [{ starts_with: ['a', 'b', 'c'] }, data, null],
  [{ starts_with: { merge: [v('s'), 'a'] } }, data, true],
]);

table('arithmetic', [
  [{ '+': [1, '2', true, null] }, {}, 4],
  [{ '+': '3.5' }, {}, 3.5],
  [{ '+': [v('xs')] }, data, 6],
  [{ '+': [] }, {}, 0],
  [{ '+': [v('a'), 'x'] }, data, Number.NaN],
  [{ '-': [5, 2, 1] }, {}, 2],
  [{ '-': [v('a')] }, data, -1],
  [{ '*': [2, v('a'), 3] }, data, 6],
  [{ '*': [] }, {}, 1],
  [{ '/': [9, 3] }, {}, 3],
  [{ '/': [4] }, {}, 0.25],
  [{ '/': [1, 0] }, {}, Number.NaN],
  [{ '/': [v('a'), v('absent')] }, data, Number.NaN],
  [{ '%': [7, 4] }, {}, 3],
  [{ '%': [-7, 4] }, {}, -3],
  [{ '%': [7, 0] }, {}, Number.NaN],
  [{ max: [1, 5, 3] }, {}, 5],
  [{ max: v('xs') }, data, 3],
  [{ min: [v('xs')] }, data, Number.NaN],
  [{ min: [3, '2'] }, {}, 2],
  [{ max: [] }, {}, null],
  [{ max: ['x', 1] }, {}, Number.NaN],
]);

table('lists', [
  [{ map: [v('xs'), { '*': [v(''), 2] }] }, data, [2, 4, 6]],
  [{ map: [v('people'), v('age')] }, { people: [{ age: 3 }, {}] }, [3, null]],
  [{ map: [v('s'), 1] }, data, []],
  [{ map: [v('xs'), 5] }, data, [5, 5, 5]],
  [{ filter: [v('xs'), { '>': [v(''), 1] }] }, data, [2, 3]],
  [{ filter: [v('absent'), true] }, data, []],
  [{ all: [v('xs'), { '>': [v(''), 0] }] }, data, true],
  [{ all: [v('xs'), { '>': [v(''), 1] }] }, data, false],
  [{ all: [[], true] }, data, false],
  [{ all: [v('absent'), true] }, data, false],
  [{ some: [v('xs'), { '==': [v(''), 3] }] }, data, true],
  [{ some: [v('xs'), { '==': [v(''), 4] }] }, data, false],
  [{ some: [v('s'), true] }, data, false],
  [{ none: [v('xs'), { '==': [v(''), 4] }] }, data, true],
  [{ none: [v('xs'), { '==': [v(''), 3] }] }, data, false],
  [{ none: [[], true] }, data, true],
  [{ reduce: [v('xs'), { '+': [v('accumulator'), v('current')] }, 10] }, data, 16],
  [{ reduce: [v('xs'), { '-': [v('accumulator'), v('current')] }] }, data, -4],
  [{ reduce: [[], { '+': [1, 2] }] }, data, null],
  [{ reduce: [v('xs'), [[v('current')]], 0] }, data, null],
  [{ reduce: [v('xs'), { merge: [v('accumulator'), v('current')] }, []] }, data, [1, 2, 3]],
]);

table('literals', [
  [5, {}, 5],
  ['text', {}, 'text'],
  [null, {}, null],
  [{}, {}, {}],
  [[1, [v('a')]], data, [1, [1]]],
]);

test('a list operator sees the element, not the context around it', () => {
  expect(compileLogic({ map: [[1], v('a')] })(data)).toEqual([null]);
  expect(compileLogic({ map: [[1], v('$flagd.flagKey')] }, { flagKey: 'k' })(data)).toEqual([null]);
  expect(compileLogic({ map: [[1], { fractional: [['a', 1]] }] })({ targetingKey: 'u' })).toEqual([null]);
});

test('$flagd.timestamp is the given time in whole seconds', () => {
  expect(compileLogic(v('$flagd.timestamp'))({}, 1_999)).toBe(1);
  expect(compileLogic(v('$flagd'), { flagKey: 'k' })({}, 5_000)).toEqual({ flagKey: 'k', timestamp: 5 });
  expect(compileLogic({ var: { cat: ['$flagd.', v('x')] } })({ x: 'timestamp' }, 5_000)).toBe(5);
  const before = Math.floor(Date.now() / 1000);
  expect(compileLogic(v('$flagd.timestamp'))({})).toBeGreaterThanOrEqual(before);
});

test('the context cannot pose as $flagd', () => {
  expect(
    compileLogic(v('$flagd.flagKey'), { flagKey: 'real' })({ '$flagd.flagKey': 'x', $flagd: { flagKey: 'x' } }),
  ).toBe('real');
});

test('every operator of the decision is there, with something to say', () => {
  const names = OPERATORS.map(({ name }) => name);
  expect(new Set(names)).toEqual(
    new Set(
      'var missing missing_some if ?: == != === !== ! !! or and > >= < <= in cat substr + - * / % min max merge map filter reduce all none some fractional sem_ver starts_with ends_with in_segment $ref'.split(
        ' ',
      ),
    ),
  );
  expect(names.length).toBe(new Set(names).size);
  for (const { arity, summary } of OPERATORS) {
    expect(arity).not.toBe('');
    expect(summary).toMatch(/[.?]$/);
  }
});
