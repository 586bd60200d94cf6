import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FlagError } from '../error.ts';
import type { Issue } from '../issue.ts';
import type { Scope } from '../scope.ts';
import { MAX_STEPS } from './budget.ts';
import { MAX_DEPTH, MAX_MEMBERS, MAX_NODES } from './compiler.ts';
import { compileExpression, compileLogic, compileTargeting, type LogicEnv, OPERATORS } from './index.ts';

const scope: Scope = { flags: new Map(), segments: { get: () => () => true }, now: 1e12, memo: undefined };
const SHARED: Record<string, unknown> = {
  a: { '!': [{ $ref: 'b' }] },
  b: { $ref: 'a' },
  list: ['x', 1],
  c: { var: 'x' },
};

function environment(): LogicEnv & { issues: Issue[] } {
  const issues: Issue[] = [];
  return {
    flagKey: 'f',
    evaluator: (name) => (Object.hasOwn(SHARED, name) ? SHARED[name] : undefined),
    attributeType: (name) => (name.length % 2 === 0 ? 'version' : undefined),
    hasSegment: () => true,
    use: () => {},
    report: (issue) => issues.push(issue),
    issues,
    declared: true,
  };
}

function compileBoth(logic: unknown): { run: (context: Record<string, unknown>) => void; issues: Issue[] } {
  const env = environment();
  const expression = compileExpression(logic, env, []);
  const targeting = compileTargeting(logic, environment(), [], (value) => ({ value }));
  return {
    issues: env.issues,
    run: (context) => {
      expression(context, scope);
      targeting(context, scope);
    },
  };
}

const NAMES = [...OPERATORS.map(({ name }) => name), 'nope', '__proto__', 'constructor'];
const ANYTHING = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withNullPrototype: true,
  withObjectString: true,
  withTypedArray: true,
  withSparseArray: true,
  maxDepth: 3,
});
const HOSTILE = fc.constantFrom<unknown>(
  Symbol('s'),
  10n,
  Object.create(null),
  {
    toString: () => {
      throw new Error('no');
    },
  },
  { valueOf: () => 1n },
  { toString: null, valueOf: null },
  Object.create(Date.prototype),
  Object.create(Map.prototype),
  new Date(Number.NaN),
  /x/,
  () => 1,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  '\ud800',
);
const DATA_VALUE = fc.oneof(ANYTHING, HOSTILE, fc.array(HOSTILE, { maxLength: 3 }));
const CONTEXT = fc.dictionary(
  fc.constantFrom('x', 'xy', 'a', 'targetingKey', 'email', '__proto__', 'toString'),
  DATA_VALUE,
);

const { logic: LOGIC } = fc.letrec<{ logic: unknown }>((tie) => ({
  logic: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    fc.oneof(
      fc.jsonValue({ maxDepth: 1 }),
      fc.constantFrom<unknown>('x', '$flagd.flagKey', '$flagd', '', '1.2.3', '>=', 0.5, 'targetingKey'),
    ),
    fc.constantFrom<unknown>(
      { var: 'x' },
      { var: 'xy' },
      { var: '' },
      { var: 'a.x' },
      { var: '$flagd.flagKey' },
      { $ref: 'a' },
      { $ref: 'list' },
      { $ref: 'c' },
    ),
    fc
      .tuple(fc.constantFrom(...NAMES), fc.oneof(fc.array(tie('logic'), { maxLength: 4 }), tie('logic')))
      .map(([name, args]) => Object.defineProperty({}, name, { value: args, enumerable: true })),
    fc.array(tie('logic'), { maxLength: 3 }),
  ),
}));

describe('nothing throws', () => {
  test('whatever is compiled and run', () => {
    fc.assert(
      fc.property(
        fc.oneof({ weight: 5, arbitrary: LOGIC }, { weight: 1, arbitrary: ANYTHING }),
        fc.array(CONTEXT, { maxLength: 4 }),
        (logic, contexts) => {
          const { run } = compileBoth(logic);
          for (const context of contexts) run(context);
        },
      ),
      { numRuns: 2_500 },
    );
  });

  test.each(OPERATORS.map(({ name }) => name).filter((name) => name !== '$ref'))(
    '%s over values of every kind',
    (name) => {
      const operand = fc.constantFrom<unknown>({ var: 'x' }, { var: 'a' }, { var: 'email' }, 'x', 1, null);
      fc.assert(
        fc.property(fc.array(operand, { minLength: 1, maxLength: 3 }), CONTEXT, (args, context) => {
          for (const logic of [{ [name]: args }, { [name]: args[0] }, { map: [[context.x], { [name]: args }] }])
            compileBoth(logic).run(context);
        }),
        { numRuns: 80 },
      );
    },
  );

  test('compileLogic throws FlagErrors only, and takes any data', () => {
    fc.assert(
      fc.property(LOGIC, DATA_VALUE, (logic, data) => {
        try {
          compileLogic(logic)(data as never);
        } catch (error) {
          expect(error).toBeInstanceOf(FlagError);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('prototypes are out of reach', () => {
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', '__defineGetter__'];

  test.each(names)('%s', (name) => {
    for (const path of [name, `o.${name}`, `${name}.x`, `o.${name}.constructor`, `s.${name}`, `xs.${name}.name`]) {
      expect(compileLogic({ var: path })({ o: {}, s: 'text', xs: [] })).toBeNull();
      expect(compileLogic({ var: { cat: [path] } })({ o: {}, s: 'text', xs: [] })).toBeNull();
    }
    const own = Object.defineProperty({}, name, { value: 'own', enumerable: true });
    expect(compileLogic({ var: name })(own)).toBe('own');
    expect(compileLogic({ '==': [{ var: name }, 'own'] })(own)).toBe(true);
    expect(compileLogic({ map: [{ var: 'xs' }, { var: name }] })({ xs: [own, {}] })).toEqual(['own', null]);
  });
});

function nest(depth: number, wrap: (inner: unknown) => unknown): unknown {
  let logic: unknown = { var: 'x' };
  for (let i = 0; i < depth; i++) logic = wrap(logic);
  return logic;
}

describe('bounds', () => {
  test.each([
    ['lists', (inner: unknown) => [inner]],
    ['operators', (inner: unknown) => ({ '!': [inner] })],
    ['operators without a list', (inner: unknown) => ({ '!': inner })],
    ['results', (inner: unknown) => ({ if: [true, inner] })],
    ['buckets', (inner: unknown) => ({ fractional: [[inner, 1]] })],
    ['keys', (inner: unknown) => ({ fractional: [{ cat: ['a', inner] }, ['x', 1]] })],
    ['elements', (inner: unknown) => ({ map: [[1], inner] })],
    ['lists to look in', (inner: unknown) => ({ in: [1, [inner]] })],
  ])('100,000 nested %s are too deep, and no stack overflows', (_, wrap) => {
    const { issues, run } = compileBoth(nest(100_000, wrap));
    expect(issues).toMatchObject([{ severity: 'error', code: 'too-deep' }]);
    run({});
  });

  test('the deepest and the first too deep', () => {
    expect(
      compileBoth(nest(MAX_DEPTH - 1, (inner) => ({ '!': [inner] }))).issues.filter(
        ({ severity }) => severity === 'error',
      ),
    ).toEqual([]);
    expect(compileBoth(nest(MAX_DEPTH, (inner) => ({ '!': [inner] }))).issues).toContainEqual(
      expect.objectContaining({ code: 'too-deep' }),
    );
  });

  test('cycles are found', () => {
    const list: unknown[] = [];
    list.push(list, list);
    const object: Record<string, unknown> = {};
    object.and = [object, object];
    const operands: unknown[] = [];
    operands.push({ or: operands });
    for (const logic of [list, object, { or: operands }])
      expect(compileBoth(logic).issues).toMatchObject([{ severity: 'error', code: 'cyclic' }]);
  });

  test('too many nodes are one error', () => {
    const large = { and: Array.from({ length: MAX_NODES }, () => ({ var: 'x' })) };
    expect(compileBoth(large).issues.filter(({ severity }) => severity === 'error')).toMatchObject([
      { code: 'too-large' },
    ]);
    const sparse: unknown[] = [];
    sparse.length = 2 ** 32 - 1;
    for (const logic of [
      sparse,
      { and: sparse },
      { in: [1, sparse] },
      { fractional: sparse },
      { missing: sparse },
      { in_segment: sparse },
    ]) {
      expect(compileBoth(logic).issues.filter(({ severity }) => severity === 'error').length).toBeGreaterThan(0);
    }
  });

  test('evaluators that multiply are too large, not too slow', () => {
    const evaluators: Record<string, unknown> = { e0: { var: 'x' } };
    for (let i = 1; i <= 25; i++) evaluators[`e${i}`] = { and: [{ $ref: `e${i - 1}` }, { $ref: `e${i - 1}` }] };
    expect(() => compileLogic({ $ref: 'e25' }, { evaluators })).toThrow(
      expect.objectContaining({ issues: expect.arrayContaining([expect.objectContaining({ code: 'too-large' })]) }),
    );
    const chain = Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`e${i}`, { $ref: `e${i + 1}` }]));
    expect(() => compileLogic({ $ref: 'e0' }, { evaluators: chain })).toThrow(
      expect.objectContaining({ issues: expect.arrayContaining([expect.objectContaining({ code: 'too-deep' })]) }),
    );
  });

  test('literal lists to look in may be long; a shared one counts once', () => {
    const users = Array.from({ length: MAX_MEMBERS }, (_, i) => `user-${i}`);
    const in_ = { in: [{ var: 'x' }, users] };
    expect(compileLogic(in_)({ x: `user-${MAX_MEMBERS - 1}` })).toBe(true);
    expect(compileLogic({ and: [in_, { '!': [{ in: [{ var: 'y' }, users] }] }] })({ x: 'user-1', y: 'z' })).toBe(true);
    expect(compileBoth({ or: [in_, { in: [{ var: 'x' }, ['one more']] }] }).issues).toContainEqual(
      expect.objectContaining({ code: 'too-large' }),
    );
  });

  test('list operators within list operators end within their budget', () => {
    const wide = Array.from({ length: 1_000 }, (_, i) => i);
    let logic: unknown = { '+': [{ var: '' }, 1] };
    for (let i = 0; i < 6; i++) logic = { map: [{ merge: [wide] }, logic] };
    const started = performance.now();
    expect(JSON.stringify(compileLogic(logic)({}))).toContain('null');
    expect(performance.now() - started).toBeLessThan(5_000);
    const many = { xs: Array.from({ length: MAX_STEPS + 1 }, () => 1) };
    expect(compileLogic({ some: [{ var: 'xs' }, { '==': [{ var: '' }, 2] }] })(many)).toBeNull();
    expect(compileLogic({ some: [{ var: 'xs' }, { '==': [{ var: '' }, 1] }] })(many)).toBe(true);
  });

  test('texts and lists that double in a reduce are null in time', () => {
    const twice = (operator: string) => ({
      reduce: [
        { var: 'xs' },
        { [operator]: [{ var: 'accumulator' }, { var: 'accumulator' }] },
        operator === 'cat' ? 'ab' : ['ab'],
      ],
    });
    const xs = Array.from({ length: 60 }, () => 1);
    expect(compileLogic(twice('cat'))({ xs: xs.slice(0, 4) })).toHaveLength(32);
    expect(compileLogic({ '!': [twice('cat')] })({ xs: xs.slice(0, 25) })).toBe(true);
    expect(compileLogic(twice('merge'))({ xs: xs.slice(0, 16) })).toHaveLength(2 ** 16);
    expect(compileLogic(twice('merge'))({ xs: xs.slice(0, 17) })).toBeNull();
    compileBoth(twice('cat')).run({ xs });
    compileBoth(twice('merge')).run({ xs });
  });
});
