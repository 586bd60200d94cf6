import fc from 'fast-check';
import { LogicEngine } from 'json-logic-engine';
import { expect, test } from 'vitest';
import { compileLogic } from './index.ts';

/**
 * Random JSON Logic over random data against json-logic-engine 5, interpreted (`run`) and compiled (`build`). Declared
 * divergences, each kept out of the generator or allowed for below:
 *
 * - Where `run` throws (NaN, an object compared, a missing operand) we answer: nothing to compare. `build` then
 *   sometimes answers from a variable it uses twice.
 * - Where `run` and `build` differ, ours must be one of the two. Known: `{"==": [0, null]}`, `all` of null.
 * - `!` of a list whose first element is false: true by `run`; false by `build` and by us. Not in the generator.
 * - The default of a `var` that is null: `run` gives null; `build`, Go and we the default. Not in the generator.
 * - `length` of an empty text: null, ours 0. Not in the generator.
 * - `cat` of null: `run` skips it or throws, `build` writes "null"; Go and we skip it. No null in the generator.
 * - `missing` with one list for operand: json-logic-engine takes the list for a name; json-logic-js and we unpack it.
 * - List operators over what is no list: `run` walks the characters of a text. Lists or null in the generator.
 * - `filter` with a literal condition over null: `run` gives null. Condition with a `var` in the generator.
 * - `reduce` with `+` over an empty list: json-logic-engine turns the start into a number; a number in the generator.
 * - `reduce` whose result is nested: json-logic-engine throws; so nothing to compare.
 * - `var` of an exact name with a dot, and `../`: not in the generator.
 */
const DATA = fc.record(
  {
    n: fc.integer({ min: -3, max: 12 }),
    f: fc.constantFrom(0, 0.5, 1.5, -2.25),
    s: fc.constantFrom('', 'a', 'abc', '10', '9', 'US', 'user@example.com'),
    b: fc.boolean(),
    z: fc.constant(null),
    xs: fc.array(fc.integer({ min: -2, max: 4 }), { maxLength: 4 }),
    ss: fc.array(fc.constantFrom('a', 'US', '10', ''), { maxLength: 4 }),
    o: fc.record(
      { a: fc.record({ b: fc.constantFrom(0, 'x', null, true) }, { requiredKeys: [] }) },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
);

const SCALAR = fc.oneof(
  fc.integer({ min: -3, max: 12 }),
  fc.constantFrom(0.5, -1.25),
  fc.constantFrom('', 'a', 'abc', '10', '9', 'US'),
  fc.boolean(),
  fc.constant(null),
);
const NAME = fc.constantFrom('n', 'f', 's', 'b', 'z', 'o.a.b', 'o.a', 'xs.0', 'absent', 'o.absent.x');
const LIST_NAME = fc.constantFrom('xs', 'ss', 'absent');

const { expression } = fc.letrec<{ expression: unknown; list: unknown; element: unknown; text: unknown }>((tie) => {
  const any = tie('expression');
  const use = (name: string, ...args: fc.Arbitrary<unknown>[]): fc.Arbitrary<unknown> =>
    fc.tuple(...args).map((values) => ({ [name]: values }));
  const variadic = (names: string[], min: number, max: number, of = any): fc.Arbitrary<unknown> =>
    fc
      .tuple(fc.constantFrom(...names), fc.array(of, { minLength: min, maxLength: max }))
      .map(([name, args]) => ({ [name]: args }));
  const variable = fc.oneof(
    NAME.map((name) => ({ var: name })),
    NAME.map((name) => ({ var: [name] })),
    fc.tuple(fc.constantFrom('n', 's', 'b', 'absent', 'o.absent.x', 'xs.0'), SCALAR).map((pair) => ({ var: pair })),
  );
  return {
    expression: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      SCALAR,
      variable,
      variadic(['==', '!=', '===', '!==', '<', '<=', '>', '>='], 2, 3),
      variadic(['and', 'or'], 1, 4),
      variadic(['if', '?:'], 0, 6),
      variadic(
        ['!', '!!'],
        1,
        1,
        fc.oneof(
          SCALAR,
          variable,
          any.map((value) => ({ if: [value, true, 0] })),
        ),
      ),
      fc.tuple(fc.constantFrom('!', '!!'), SCALAR).map(([name, arg]) => ({ [name]: arg })),
      use('in', any, fc.oneof(fc.array(SCALAR, { maxLength: 6 }), tie('list'), tie('text'))),
      variadic(['+', '*'], 0, 3),
      variadic(['-', '/'], 1, 3),
      variadic(['%'], 2, 3),
      variadic(['min', 'max'], 1, 4, fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constant({ var: ['n', 1] }))),
      variadic(['cat'], 1, 3, tie('text')),
      use('substr', tie('text'), fc.integer({ min: -5, max: 5 })),
      use('substr', tie('text'), fc.integer({ min: -5, max: 5 }), fc.integer({ min: -5, max: 5 })),
      use('all', tie('list'), tie('element')),
      use('some', tie('list'), tie('element')),
      use('none', tie('list'), tie('element')),
      use(
        'reduce',
        tie('list'),
        fc.constantFrom(
          { '+': [{ var: 'accumulator' }, { var: 'current' }] },
          { max: [{ var: 'accumulator' }, { var: 'current' }] },
          { if: [{ '>': [{ var: 'current' }, 1] }, { var: 'current' }, { var: 'accumulator' }] },
        ),
        fc.integer({ min: -3, max: 3 }),
      ),
      fc.array(NAME, { maxLength: 4 }).map((names) => ({ missing: names })),
      fc
        .tuple(fc.integer({ min: 0, max: 4 }), fc.array(NAME, { maxLength: 4 }))
        .map((args) => ({ missing_some: args })),
      tie('list'),
    ),
    list: fc.oneof(
      { depthSize: 'small' },
      LIST_NAME.map((name) => ({ var: name })),
      fc.array(SCALAR, { maxLength: 4 }),
      use('map', tie('list'), tie('element')),
      use(
        'filter',
        tie('list'),
        fc.constantFrom({ '>': [{ var: '' }, 1] }, { var: '' }, { '===': [{ var: '' }, 'a'] }),
      ),
      variadic(['merge'], 0, 3, fc.oneof(tie('list'), SCALAR)),
    ),
    element: fc.oneof(
      { depthSize: 'small' },
      SCALAR,
      fc.constant({ var: '' }),
      variadic(['==', '===', '>', '<='], 2, 2, fc.oneof(SCALAR, fc.constant({ var: '' }))),
      variadic(['and', 'or', 'if'], 1, 3, tie('element')),
      use('+', fc.constant({ var: '' }), fc.constant(1)),
    ),
    text: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom('', 'abc', 'jsonlogic', 'US'),
      fc.constant({ var: ['s', 'none'] }),
      variadic(['cat'], 2, 2, tie('text')),
    ),
  };
});

/** Results compare as JSON does, which knows neither undefined nor −0. */
function canonical(value: unknown): string {
  return JSON.stringify(value ?? null, (_, item: unknown) =>
    Object.is(item, -0) ? 0 : item === Number.POSITIVE_INFINITY ? 'Infinity' : item,
  );
}

function attempt(work: () => unknown): string | undefined {
  try {
    return canonical(work());
  } catch {
    return undefined;
  }
}

test('agrees with json-logic-engine wherever it answers', () => {
  let compared = 0;
  let strictly = 0;
  const runs = Number(process.env.ORACLE_RUNS ?? 2_000);
  fc.assert(
    fc.property(expression, DATA, (logic, data) => {
      const engine = new LogicEngine();
      const interpreted = attempt(() => engine.run(logic, structuredClone(data)));
      const compiled = attempt(() => new LogicEngine().build(logic)(structuredClone(data)));
      const ours = canonical(compileLogic(logic)(data));
      if (interpreted === undefined) return;
      compared += 1;
      if (interpreted === compiled) strictly += 1;
      expect([interpreted, compiled]).toContain(ours);
    }),
    { numRuns: runs },
  );
  // the generator is of use only if most of what it makes has an answer, and nearly all of that one answer
  expect(compared / runs).toBeGreaterThan(0.6);
  expect(strictly / compared).toBeGreaterThan(0.9);
});
