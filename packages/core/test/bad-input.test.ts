import { describe, expect, test } from 'vitest';
import type { FlagDocument, Issue } from '../src/index.ts';
import {
  compile,
  createClient,
  evaluate,
  evaluateAll,
  explain,
  FlagError,
  formatIssue,
  share,
  validate,
} from '../src/index.ts';
import { codes, errorsOf, load, loadShared, reload, setOf } from './support.ts';

const GOOD = {
  type: 'boolean',
  default: false,
  rules: [{ clauses: [{ attribute: 'plan', operator: 'eq', values: ['pro'] }], variation: 1 }],
};
const B = { type: 'boolean', default: false };

function nest(depth: number, leaf: unknown, wrap: (inner: unknown) => unknown): unknown {
  let value = leaf;
  for (let i = 0; i < depth; i++) value = wrap(value);
  return value;
}

function expectWhole(issues: readonly Issue[]): void {
  for (const issue of issues) {
    expect(Array.isArray(issue.path)).toBe(true);
    expect(issue.message).toBeTruthy();
    expect(issue.code).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(['error', 'warning']).toContain(issue.severity);
    expect(issue.expected ?? issue.hint, formatIssue(issue)).toBeTruthy();
    expect(formatIssue(issue).length).toBeLessThan(5_000);
  }
}

const deepLogic = nest(1_000, 'on', (inner) => ({ if: [true, inner, null] }));
const deepNot = nest(1_000, true, (inner) => ({ '!': [inner] }));
const deepValue = nest(1_000, 1, (inner) => [inner]);
const deepMap = nest(1_000, 1, (inner) => ({ a: inner }));
const cyclic: unknown[] = [];
cyclic.push(cyclic);
const rule = (more: object) => ({ ...B, rules: [more] });
const clause = (more: object) => rule({ clauses: [more], variation: 1 });

/** Each is one flag that cannot be used as written. */
const BROKEN: readonly (readonly [string, unknown])[] = [
  ['neither type nor variants', {}],
  ['nothing', null],
  ['a number', 5],
  ['a list', []],
  ['text', 'on'],
  ['true', true],
  ['unknown type', { type: 'bolean', default: true }],
  ['default of the wrong type', { type: 'boolean', default: 'yes' }],
  ['integer with a fraction', { type: 'integer', default: 1.5 }],
  ['integer beyond 2^53', { type: 'integer', default: 2 ** 53 }],
  ['NaN', { type: 'number', default: Number.NaN }],
  ['infinity', { type: 'number', default: Number.POSITIVE_INFINITY }],
  ['variant of the wrong type', { type: 'string', variants: [{ name: 'a', value: 1 }] }],
  ['variant map of the wrong type', { type: 'string', variants: { a: 'x', b: 2 } }],
  ['variants neither list nor map', { type: 'string', variants: 'a' }],
  ['variant without value', { type: 'string', variants: [{ name: 'a' }] }],
  ['variant without name', { type: 'string', variants: [{ value: 'a' }] }],
  ['variant with an empty name', { type: 'string', variants: [{ name: '', value: 'a' }] }],
  [
    'variant with a boolean name (T1)',
    {
      type: 'boolean',
      variants: [
        { name: true, value: true },
        { name: false, value: false },
      ],
    },
  ],
  [
    'two variants of one name',
    {
      type: 'string',
      variants: [
        { name: 'a', value: 'a' },
        { name: 'a', value: 'b' },
      ],
    },
  ],
  ['unknown defaultVariant', { type: 'string', variants: { a: 'a' }, defaultVariant: 'b' }],
  [
    'defaultVariant: true that is ambiguous (T1)',
    { variants: { yes: true, on: true, off: false }, defaultVariant: true },
  ],
  ['defaultVariant: true of a string flag (T1)', { variants: { on: 'on', off: 'off' }, defaultVariant: true }],
  ['unknown offVariant', { ...B, offVariant: 'nope' }],
  ['unknown fallthrough', { ...B, fallthrough: 'nope' }],
  ['fallthrough out of range', { ...B, fallthrough: { variation: 2 } }],
  ['variation out of range', rule({ variation: 2 })],
  ['negative variation', rule({ variation: -1 })],
  ['fractional variation', rule({ variation: 0.5 })],
  ['variation of a flag without variants (T12)', { type: 'string', default: 'x', rules: [{ variation: 0 }] }],
  ['negative weight', { type: 'string', variants: [{ name: 'a', value: 'a', weight: -1 }] }],
  ['unknown operator', clause({ attribute: 'a', operator: 'equals', values: ['x'] })],
  ['operator __proto__', clause({ attribute: 'a', operator: '__proto__', values: ['x'] })],
  ['bad regular expression', clause({ attribute: 'a', operator: 'matches', values: ['('] })],
  ['values not a list', clause({ attribute: 'a', operator: 'eq', values: 'US' })],
  ['clauses not a list', rule({ clauses: {}, variation: 1 })],
  ['a clause that is null', clause(null as never)],
  ['rules not a list', { ...B, rules: {} }],
  ['a rule that is null', { ...B, rules: [null] }],
  ['a hole in rules', { ...B, rules: [undefined] }],
  ['enabled: "yes"', { ...B, enabled: 'yes' }],
  ['enabled: "false"', { ...B, enabled: 'false' }],
  ['state: enabled', { ...B, state: 'enabled' }],
  ['enabled against state', { ...B, enabled: true, state: 'DISABLED' }],
  ['another key', { ...B, key: 'other' }],
  ['rules and targeting (T37)', { ...B, rules: [{ variation: 1 }], targeting: { if: [true, true, false] } }],
  ['logic 1,000 deep', { ...B, targeting: deepLogic }],
  ['logic of nots 1,000 deep', { ...B, targeting: deepNot }],
  ['logic 1,000 deep as text', { ...B, targeting: JSON.stringify(deepLogic) }],
  ['logic that is no JSON', { ...B, targeting: '{"if": [' }],
  ['logic with an unknown operator', { ...B, targeting: { nope: [1] } }],
  ['logic with operator __proto__', { ...B, targeting: JSON.parse('{"__proto__": [1]}') }],
  ['logic with operator constructor', { ...B, targeting: { constructor: [1] } }],
  ['logic with two operators', { ...B, targeting: { '==': [1, 1], '!=': [1, 1] } }],
  ['cyclic logic', { ...B, targeting: { or: cyclic } }],
  ['$ref to nowhere', { ...B, targeting: { $ref: 'nowhere' } }],
  ['$ref to __proto__', { ...B, targeting: { $ref: '__proto__' } }],
  ['$ref to constructor', { ...B, targeting: { $ref: 'constructor' } }],
  ['targeting that is a number', { ...B, targeting: 5 }],
  ['targeting that is a list', { ...B, targeting: [] }],
  ['a value 1,000 deep', { type: 'json', variants: { a: deepValue } }],
  ['a value of maps 1,000 deep', { type: 'json', variants: [{ name: 'a', value: deepMap }] }],
  ['a default 1,000 deep', { type: 'json', default: deepValue }],
  ['a cyclic value', { type: 'json', default: cyclic }],
  ['a Date', { type: 'json', default: new Date(0) }],
  ['a Map', { type: 'json', default: new Map() }],
  ['a function', { type: 'json', default: () => 1 }],
  ['a big integer', { type: 'json', default: { a: 1n } }],
  ['a symbol', { type: 'json', default: [Symbol('x')] }],
  ['prerequisite without variation', { ...B, prerequisites: [{ key: 'good' }] }],
  ['prerequisite on itself', { ...B, prerequisites: [{ key: 'bad', variation: 1 }] }],
  ['targets without values', { ...B, targets: [{ variation: 1 }] }],
  ['unknown bucketing (T116)', { ...B, bucketing: 'sha1' }],
  [
    'unknown bucketing of a rollout',
    rule({ rollout: { bucketing: 'md5', variations: [{ variation: 0, weight: 100_000 }] } }),
  ],
];

describe('a flag that cannot be used', () => {
  test.each(BROKEN)('%s: an issue, PARSE_ERROR, and nothing else is lost', (_, bad) => {
    const document = { flags: { first: GOOD, bad, good: GOOD } };
    const snapshot = load(document);
    const issues = snapshot.issues.filter(({ severity }) => severity === 'error');
    expect(issues.length).toBeGreaterThan(0);
    for (const { path } of issues) expect(path.slice(0, 2)).toEqual(['flags', 'bad']);
    expect(evaluate(snapshot, 'bad', 'boolean', { plan: 'pro' })).toMatchObject({
      errorCode: 'PARSE_ERROR',
      reason: 'ERROR',
      value: undefined,
    });
    for (const key of ['first', 'good']) expect(evaluate(snapshot, key, 'boolean', { plan: 'pro' }).value).toBe(true);
    expect(codes(validate(document))).toEqual(codes(snapshot.issues));
    expect(evaluateAll(snapshot, { plan: 'pro' }).size).toBe(3);
    expect(explain(snapshot, 'bad').steps).toMatchObject([{ kind: 'unusable' }]);
  });

  test.each(BROKEN)('%s: every issue says where, what, and what would be right', (_, bad) => {
    expectWhole(load({ flags: { bad } }).issues);
  });

  test.each(BROKEN)('%s: the last good form stands, marked (law 1)', (_, bad) => {
    const first = loadShared({ flags: { bad: GOOD, good: GOOD } });
    const second = reload(first, { flags: { bad, good: GOOD } });
    const found = evaluate(second, 'bad', 'boolean', { plan: 'pro' });
    expect(found).toMatchObject({ value: true, errorCode: undefined });
    expect(found.details.flagMetadata).toMatchObject({ lastGood: true });
    expect(errorsOf(second).length).toBeGreaterThan(0);
    const third = reload(second, { flags: { bad, good: { ...GOOD, default: true } } });
    expect(evaluate(third, 'bad', 'boolean', { plan: 'pro' })).toMatchObject({ value: true, errorCode: undefined });
    const mended = reload(third, { flags: { bad: GOOD, good: GOOD } });
    expect(evaluate(mended, 'bad', 'boolean', { plan: 'pro' }).details.flagMetadata).not.toHaveProperty('lastGood');
    expect(mended.issues).toEqual([]);
  });
});

describe('doubtful, but used', () => {
  test.each([
    ['defaultVariant: true (T1)', { variants: { on: true, off: false }, defaultVariant: true }, true, ['boolean-name']],
    [
      'offVariant: false (T1)',
      { variants: { on: true, off: false }, enabled: false, offVariant: false },
      false,
      ['boolean-name'],
    ],
    [
      'variants that look like integers',
      { variants: { b: 'B', 2: 'two', 1: 'one' }, defaultVariant: '2' },
      'two',
      ['integer-like-variant'],
    ],
    ['mixed variants', { variants: { a: 1, b: 'x' }, defaultVariant: 'b' }, 'x', ['mixed-types']],
    ['unknown property', { ...B, jiraTicket: 'X-1' }, false, ['unknown-property']],
    ['metadata that is not flat', { ...B, metadata: { a: { b: 1 } } }, false, ['wrong-shape']],
    ['metadata that is a list', { ...B, metadata: [1] }, false, ['wrong-shape']],
    ['a date that is none', { ...B, createdAt: 'yesterday' }, false, ['bad-date']],
    ['a day that is not in the calendar', { ...B, updatedAt: '2026-02-30T12:00:00Z' }, false, ['bad-date']],
    ['a number that Date.parse takes for a year', { ...B, createdAt: '1' }, false, ['bad-date']],
    ['null targeting', { ...B, targeting: null }, false, []],
    ['empty targeting', { ...B, targeting: {} }, false, []],
    ['empty text targeting', { ...B, targeting: '' }, false, []],
    ['null defaultVariant', { ...B, defaultVariant: null }, false, []],
  ])('%s', (_, flag, value, expected) => {
    const snapshot = load({ flags: { flag } });
    expect(codes(snapshot.issues)).toEqual(expected);
    expect(snapshot.issues.every(({ severity }) => severity === 'warning')).toBe(true);
    expectWhole(snapshot.issues);
    expect(evaluate(snapshot, 'flag').value).toBe(value);
  });

  test('a literal of targeting that is no variant is told of where it stands', () => {
    const split = { fractional: [{ var: 'id' }, ['a', 1], ['p', 1]] };
    const targeting = {
      if: [
        { var: 'x' },
        'q',
        { var: 'y' },
        {
          fractional: [
            ['r', 1],
            ['a', 1],
          ],
        },
        { $ref: 'split' },
      ],
    };
    const flag = { variants: { a: 1 }, targeting };
    const found = (one: unknown) =>
      validate({ flags: { flag: one }, $evaluators: { split } } as FlagDocument)
        .filter(({ code }) => code === 'unknown-variant')
        .map(({ path }) => path.slice(1));
    const paths = [
      ['flag', 'targeting', 'if', 1],
      ['flag', 'targeting', 'if', 3, 'fractional', 0, 0],
      ['flag', 'targeting', 'if', 4, '$ref', 'fractional', 2, 0],
    ];
    expect(found(flag)).toEqual(paths);
    expect(found({ ...flag, targeting: JSON.stringify(targeting) })).toEqual(paths);
  });

  test('variants that look like integers have no index, and a position means nothing', () => {
    const flag = { variants: { b: 'B', 1: 'one' }, defaultVariant: 'b' };
    expect(evaluate(load({ flags: { flag } }), 'flag')).toMatchObject({ variant: 'b', variationIndex: -1 });
    expect(errorsOf(load({ flags: { flag: { ...flag, rules: [{ variation: 0 }] } } }))).toEqual(['unknown-variant']);
    const list = {
      variants: [
        { name: '1', value: 'one' },
        { name: 'b', value: 'B' },
      ],
      rules: [{ variation: 0 }],
    };
    expect(evaluate(load({ flags: { list } }), 'list')).toMatchObject({ variant: '1', variationIndex: 0 });
  });

  test('unknown words come with a suggestion', () => {
    const hints = (document: unknown) =>
      validate(document)
        .map(({ hint }) => hint ?? '')
        .join(' ');
    expect(hints({ flags: { a: { ...B, defualt: true } } })).toContain('default');
    expect(hints({ flags: { a: { type: 'bolean' } } })).toContain('boolean');
    expect(hints({ flags: { a: { variants: { control: 1 }, defaultVariant: 'contrl' } } })).toContain('control');
    expect(hints({ flags: { a: clause({ attribute: 'a', operator: 'startWith', values: ['x'] }) } })).toContain(
      'startsWith',
    );
    expect(hints({ flags: { a: { ...B, targeting: { fractionl: [['on', 1]] } } } })).toContain('fractional');
    expect(hints({ flag: {} })).toBeTruthy();
  });
});

describe('documents', () => {
  test.each([
    [null],
    [undefined],
    [5],
    ['text'],
    [[]],
    [true],
    [{ flag: {} }],
    [{ new_checkout: {} }],
    [{ flags: 5 }],
    [{ flags: 'x' }],
    [{ flags: {}, segments: [] }],
    [{ flags: {}, overrides: 'x' }],
    [Symbol('x')],
    [() => 1],
  ])('%s is no document', (document) => {
    let thrown: unknown;
    try {
      load(document);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(FlagError);
    expect(thrown).toMatchObject({ code: 'PARSE_ERROR' });
    expectWhole((thrown as FlagError).issues);
    expect((thrown as FlagError).issues.length).toBeGreaterThan(0);
    const issues = validate(document);
    expect(codes(issues, 'error').length).toBeGreaterThan(0);
    expectWhole(issues);
  });

  test.each([[{}], [{ flags: {} }], [{ flags: [] }], [{ flags: new Map() }], [{ $schema: 'x', flags: {} }]])(
    '%j is an empty one',
    (document) => {
      expect(load(document).flags.size).toBe(0);
      expect(validate(document)).toEqual([]);
    },
  );

  test('flags as a list and as a Map', () => {
    const list = load({
      flags: [
        { key: 'a', ...GOOD },
        { key: 'b', ...B },
      ],
    });
    expect([...list.flags.keys()]).toEqual(['a', 'b']);
    expect(list.issues).toEqual([]);
    const map = load({ flags: new Map([['a', GOOD]]) });
    expect(evaluate(map, 'a', 'boolean', { plan: 'pro' }).value).toBe(true);
    const faults = load({
      flags: [{ key: 'a', type: 'boolean', default: true }, { key: 'a', ...B }, { ...B }, null, 5, { key: 'z', ...B }],
    });
    expect(evaluate(faults, 'a', 'boolean').value).toBe(true);
    expect(evaluate(faults, 'z', 'boolean').value).toBe(false);
    expect(codes(faults.issues, 'error').sort()).toEqual(['duplicate-key', 'missing', 'missing', 'missing']);
    expectWhole(faults.issues);
  });

  test('flags keyed like members of every object', () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'then'];
    const flags = JSON.parse(
      `{${names.map((name) => `${JSON.stringify(name)}:{"type":"boolean","default":true}`).join(',')}}`,
    );
    for (const snapshot of [load({ flags }), loadShared({ flags }), reload(loadShared({}), { flags })]) {
      expect([...snapshot.flags.keys()].sort()).toEqual([...names].sort());
      for (const name of names) expect(evaluate(snapshot, name, 'boolean').value).toBe(true);
    }
    for (const name of names) expect(evaluate(load({ flags: {} }), name).errorCode).toBe('FLAG_NOT_FOUND');
  });

  test('variants, segments, evaluators and metadata keyed like members of every object', () => {
    for (const name of ['__proto__', 'constructor', 'toString']) {
      const q = JSON.stringify(name);
      const document = JSON.parse(`{
        "flags": {
          "v": {"variants": {${q}: "x", "b": "y"}, "defaultVariant": ${q}},
          "s": {"type": "boolean", "default": false, "rules": [{"clauses": [{"operator": "inSegment", "values": [${q}]}], "variation": 1}]},
          "e": {"type": "boolean", "default": false, "targeting": {"if": [{"$ref": ${q}}, true, false]}},
          "m": {"type": "json", "default": {${q}: 1}, "metadata": {${q}: "m"}}
        },
        "segments": {${q}: {"included": ["u"]}}, "$evaluators": {${q}: {"==": [1, 1]}}, "attributes": {${q}: "string"}, "overrides": {${q}: 5}
      }`);
      for (const snapshot of [
        load(document),
        reload(loadShared({}), document),
        reload(loadShared(document), document),
      ]) {
        expect(codes(snapshot.issues)).toEqual(['unknown-flag']);
        expect(evaluate(snapshot, 'v')).toMatchObject({ value: 'x', variant: name, variationIndex: 0 });
        expect(evaluate(snapshot, 's', 'boolean', { targetingKey: 'u' }).value).toBe(true);
        expect(evaluate(snapshot, 'e', 'boolean').value).toBe(true);
        expect(Object.keys(evaluate(snapshot, 'm').value as object)).toEqual([name]);
        expect(Object.keys(evaluate(snapshot, 'm').details.flagMetadata)).toEqual([name]);
        expect(evaluate(snapshot, name).value).toBe(5);
      }
    }
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });

  test('values 100,000 deep are refused, also when read again', () => {
    const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
    const again = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
    for (const make of [
      (value: unknown) => ({ type: 'json', default: value }),
      (value: unknown) => ({ type: 'json', variants: { a: value } }),
      (value: unknown) => ({ ...B, targeting: { or: value } }),
      (value: unknown) => ({ ...B, metadata: { a: value } }),
    ]) {
      const first = loadShared({ flags: { bad: make(deep), good: GOOD } });
      expect(evaluate(first, 'good', 'boolean', { plan: 'pro' }).value).toBe(true);
      const next = share(
        { document: first.document, revision: first.revision },
        setOf({ flags: { bad: make(again), good: { ...GOOD, default: true } } }),
      );
      const second = compile(next, first);
      expect(evaluate(second, 'good', 'boolean', {}).value).toBe(true);
    }
  });

  test.each(['overrides', '$evaluators', 'segments', 'metadata', 'attributes'])(
    'something 100,000 deep under %s takes no flag down',
    (kind) => {
      const deep = () => ({
        flags: { good: GOOD },
        [kind]: { a: JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`) },
      });
      const first = loadShared(deep());
      const second = reload(first, deep());
      expect(evaluate(second, 'good', 'boolean', { plan: 'pro' }).value).toBe(true);
      expect(second.issues.length).toBeGreaterThan(0);
    },
  );

  test.each([[Number.NaN], [() => 1], [new Date(0)], [5n], [Symbol('x')], [cyclic]])(
    'an override that is not JSON (%s) is told and not served',
    (value) => {
      const snapshot = load({
        flags: { j: { type: 'json', default: 1 }, b: B },
        overrides: { j: value, b: value, unknown: value },
      });
      expect(codes(snapshot.issues, 'error').length).toBeGreaterThan(0);
      for (const key of ['j', 'b', 'unknown']) expect(evaluate(snapshot, key).override, key).toBe(false);
    },
  );
});

describe('many mistakes', () => {
  const names = Array.from({ length: 1_000 }, (_, i) => `name-${i}`);
  const wrong = Array.from({ length: 1_000 }, (_, i) => `nmae-${i}`);

  test.each([
    [
      'variants',
      {
        flags: {
          f: {
            variants: names.map((name) => ({ name, value: name })),
            rules: wrong.map((variation) => ({
              clauses: [{ attribute: 'a', operator: 'eq', values: ['x'] }],
              variation,
            })),
          },
        },
      },
    ],
    [
      'segments',
      {
        flags: Object.fromEntries(
          wrong.map((name) => [
            name,
            { type: 'boolean', rules: [{ clauses: [{ operator: 'inSegment', values: [name] }], variation: 1 }] },
          ]),
        ),
        segments: Object.fromEntries(names.map((name) => [name, {}])),
      },
    ],
  ])('1,000 misspelt %s among 1,000: told in a line each, and not for seconds', (_, document) => {
    const started = performance.now();
    const issues = validate(document);
    const took = performance.now() - started;
    expect(issues.filter(({ severity }) => severity === 'error')).toHaveLength(1_000);
    expect(Math.max(...issues.map((issue) => formatIssue(issue).length))).toBeLessThan(2_000);
    expect(took).toBeLessThan(10_000);
  });

  const clauses = (value: string): object[] => [{ attribute: 'a', operator: 'eq', values: [value] }];

  test('what was meant is looked for where a document goes wrong first, and not everywhere', () => {
    const flags = Object.fromEntries(
      ['f', 'g', 'h'].map((key) => [
        key,
        {
          variants: names.map((name) => ({ name, value: name })),
          rules: wrong.slice(0, 40).map((variation) => ({ clauses: clauses(variation), variation })),
        },
      ]),
    );
    const hints = validate({ flags }).filter(({ hint }) => hint?.startsWith('did you mean'));
    expect(hints).toHaveLength(50);
    expect(hints[0]).toMatchObject({ path: ['flags', 'f', 'rules', 0, 'variation'], hint: 'did you mean "name-0"?' });
    // anew for each document
    expect(validate({ flags: { h: flags.h } }).filter(({ hint }) => hint !== undefined)).toHaveLength(40);
  });

  test('of a flag with more than 1,000 issues it is told how many more there are', () => {
    const rules = Array.from({ length: 3_000 }, (_, i) => ({ clauses: clauses(`${i}`), variation: 'onn' }));
    const flag = { type: 'boolean', rules };
    const issues = validate({ flags: { f: flag, good: GOOD } });
    expect(issues).toHaveLength(1_001);
    expect(issues[1_000]).toMatchObject({
      severity: 'error',
      code: 'more-issues',
      path: ['flags', 'f'],
      message: expect.stringContaining('2000 more issues'),
    });
  });

  test('an error that is too late to be told is one all the same', () => {
    const clause = { attribute: 'nobody', operator: 'eq', values: ['x'] };
    const rules = Array.from({ length: 1_500 }, () => ({ clauses: [clause], variation: 'on' }));
    const attributes = { known: 'string' } as const;
    const document = (rest: object[]): FlagDocument =>
      ({ attributes, flags: { f: { type: 'boolean', rules: [...rules, ...rest] } } }) as FlagDocument;
    const doubtful = compile({ document: document([]), revision: '1' });
    expect(doubtful.issues.at(-1)).toMatchObject({ severity: 'warning', code: 'more-issues' });
    const good = evaluate(doubtful, 'f', undefined, { nobody: 'x' });
    expect(good.value).toBe(true);
    const bad = compile({ document: document([{ clauses: [], variation: 'onn' }]), revision: '2' }, doubtful);
    expect(bad.issues.at(-1)).toMatchObject({ severity: 'error', code: 'more-issues' });
    // as it was when it was last good
    expect(evaluate(bad, 'f', undefined, { nobody: 'x' }).details.flagMetadata).toMatchObject({ lastGood: true });
  });
});

describe('shared evaluators', () => {
  const flags = { uses: { ...B, targeting: { if: [{ $ref: 'e' }, true, false] } }, good: GOOD };

  test.each([
    ['an unknown operator', { nope: 1 }],
    ['its own circle', { $ref: 'e' }],
    ['1,000 deep', deepNot],
    ['a circle of two', { $ref: 'f' }],
  ])('%s breaks only the flags that use it', (_, e) => {
    const snapshot = load({ flags, $evaluators: { e, f: { $ref: 'e' } } });
    expect(evaluate(snapshot, 'uses').errorCode).toBe('PARSE_ERROR');
    expect(evaluate(snapshot, 'good', 'boolean', { plan: 'pro' }).value).toBe(true);
    expect(errorsOf(snapshot).length).toBeGreaterThan(0);
  });

  test.each([
    [{ nope: 1 }, 'an unknown operator'],
    [undefined, 'gone'],
    [{ $ref: 'e' }, 'its own circle'],
  ])('one that breaks leaves its flags their last good form, marked (law 1): %j (%s)', (e, _why) => {
    const good = { flags, $evaluators: { e: { '==': [{ var: 'plan' }, 'pro'] } } };
    const first = loadShared(good);
    expect(evaluate(first, 'uses', 'boolean', { plan: 'pro' }).value).toBe(true);
    const bad = { flags, $evaluators: e === undefined ? {} : { e } };
    for (const second of [reload(first, bad), compile(setOf(structuredClone(bad)), first)]) {
      const found = evaluate(second, 'uses', 'boolean', { plan: 'pro' });
      expect(found).toMatchObject({ value: true, errorCode: undefined });
      expect(found.details.flagMetadata).toMatchObject({ lastGood: true });
      expect(errorsOf(second).length).toBeGreaterThan(0);
      const third = reload(second, good);
      expect(third.issues).toEqual([]);
      expect(evaluate(third, 'uses', 'boolean', { plan: 'pro' }).details.flagMetadata).not.toHaveProperty('lastGood');
    }
  });

  test('a segment that goes leaves the flag marked', () => {
    const inSegment = { ...B, rules: [{ clauses: [{ operator: 'inSegment', values: ['s'] }], variation: 1 }] };
    const first = loadShared({ flags: { inSegment }, segments: { s: { included: ['u'] } } });
    const second = reload(first, { flags: { inSegment }, segments: {} });
    const found = evaluate(second, 'inSegment', 'boolean', { targetingKey: 'u' });
    expect(found).toMatchObject({ value: true, errorCode: undefined });
    expect(found.details.flagMetadata).toMatchObject({ lastGood: true });
    expect(evaluate(second, 'inSegment', 'boolean', { targetingKey: 'other' }).value).toBe(false);
    // the flag is mended, and with the next change of the document's words the segment goes for good
    const third = reload(second, { flags: { inSegment: B }, segments: {} });
    expect(third.issues).toEqual([]);
    const fourth = reload(third, { flags: { inSegment: B }, segments: { other: {} } });
    expect([...fourth.internals.words.segments.keys()]).toEqual(['other']);
  });
});

describe('contexts', () => {
  class Person {
    readonly plan = 'pro';
    readonly targetingKey = 'u';
  }
  const self: Record<string, unknown> = { targetingKey: 'u', plan: 'pro' };
  self.self = self;
  const flags = {
    rule: GOOD,
    clauses: {
      ...B,
      rules: [
        { clauses: [{ attribute: 'odd', operator: 'eq', values: ['x'] }], variation: 1 },
        ...['contains', 'startsWith', 'matches', 'gt', 'before', 'semver', 'cidr', 'exists', 'notIn'].map(
          (operator) => ({
            clauses: [
              {
                attribute: 'odd',
                operator,
                values:
                  operator === 'exists'
                    ? []
                    : [{ gt: 1, semver: '1.x', cidr: '::/0', before: '2020-01-01' }[operator] ?? 'x'],
                negate: true,
              },
            ],
            variation: 1,
          }),
        ),
      ],
    },
    split: {
      ...B,
      rules: [
        {
          rollout: {
            bucketBy: 'odd',
            variations: [
              { variation: 0, weight: 50_000 },
              { variation: 1, weight: 50_000 },
            ],
          },
        },
      ],
    },
    weighted: {
      type: 'boolean',
      variants: [
        { name: 'on', value: true, weight: 1 },
        { name: 'off', value: false, weight: 1 },
      ],
      defaultVariant: 'off',
    },
    logic: {
      ...B,
      targeting: {
        if: [
          {
            or: [
              { in: ['x', { var: 'odd' }] },
              { '<': [{ var: 'odd' }, 5] },
              { '==': [{ var: 'odd' }, 'x'] },
              { some: [{ var: 'odd' }, { '==': [{ var: '' }, 1] }] },
              { starts_with: [{ var: 'odd' }, 'x'] },
              { sem_ver: [{ var: 'odd' }, '>', '1.0.0'] },
              { cat: [{ var: 'odd' }, ''] },
              { '+': [{ var: 'odd' }, 1] },
            ],
          },
          true,
          false,
        ],
      },
    },
    whole: { ...B, targeting: { if: [{ '==': [{ var: '' }, 'x'] }, true, false] } },
    deep: { ...B, rules: [{ clauses: [{ attribute: 'odd.a.b', operator: 'eq', values: ['x'] }], variation: 1 }] },
    target: { ...B, targets: [{ variation: 1, values: ['u'] }] },
    member: { ...B, rules: [{ clauses: [{ operator: 'inSegment', values: ['s'] }], variation: 1 }] },
    needs: { ...B, prerequisites: [{ key: 'clauses', variation: 1 }], rules: [{ variation: 1 }] },
  };
  const snapshot = load({
    flags,
    segments: { s: { included: ['u'], rules: [{ clauses: [{ attribute: 'odd', operator: 'eq', values: ['x'] }] }] } },
  });

  test('the flags of this test are sound', () => {
    expect(errorsOf(snapshot)).toEqual([]);
  });

  const ODD: readonly (readonly [string, unknown])[] = [
    ['undefined', undefined],
    ['null', null],
    ['text', 'x'],
    ['a number', 5],
    ['true', true],
    ['a list', ['x']],
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    ['a big integer', 5n],
    ['a Map', new Map([['odd', 'x']])],
    ['a Date', new Date(0)],
    ['a class', new Person()],
    ['no prototype', Object.create(null)],
    ['itself', self],
    ...(
      [
        null,
        undefined,
        Number.NaN,
        Number.POSITIVE_INFINITY,
        5n,
        Symbol('x'),
        new Date(0),
        new Date(Number.NaN),
        new Map(),
        new Set(['x']),
        () => 1,
        Person,
        new Person(),
        [],
        [[]],
        [null],
        [Symbol('x')],
        {},
        Object.create(null),
        cyclic,
        self,
        deepValue,
        deepMap,
        'x'.repeat(1_000_000),
        new Proxy({}, {}),
        /x/,
        new Error('x'),
        new Uint8Array(3),
        '',
        -0,
        '\ud800',
        `fe80::1%${'x'.repeat(300)}`,
        { toString: null, valueOf: null },
        {
          toString: () => {
            throw new Error('no');
          },
        },
      ] as unknown[]
    ).map((odd, i) => [`odd attribute ${i}`, { targetingKey: 'u', odd }] as const),
    ...([null, undefined, 5, {}, [], Symbol('x'), 5n, true, '', '\ud800', 'x'.repeat(1_000_000)] as unknown[]).map(
      (targetingKey, i) => [`odd targeting key ${i}`, { targetingKey }] as const,
    ),
  ];
  test.each(ODD)('%s', (_, context) => {
    for (const key of Object.keys(flags)) {
      const found = evaluate(snapshot, key, 'boolean', context as never);
      expect([true, false, undefined]).toContain(found.value);
      expect([undefined, 'GENERAL']).toContain(found.errorCode);
      expect(explain(snapshot, key, context as never).evaluation).toMatchObject({
        value: found.value,
        reason: found.reason,
      });
    }
    expect(evaluateAll(snapshot, context as never).size).toBe(Object.keys(flags).length);
  });

  const throwing = (thrown: unknown) => ({
    get odd(): unknown {
      throw thrown;
    },
    get targetingKey(): unknown {
      throw thrown;
    },
    get plan(): unknown {
      throw thrown;
    },
  });
  const { proxy: revoked, revoke } = Proxy.revocable({}, {});
  revoke();
  const hostile = Object.defineProperty(new Error('x'), 'message', {
    get() {
      throw new Error('no message');
    },
  });
  test.each([
    ['an error', throwing(new Error('no'))],
    ['text', throwing('no')],
    ['undefined', throwing(undefined)],
    ['a symbol', throwing(Symbol('no'))],
    ['an object without prototype', throwing(Object.create(null))],
    [
      'an object whose toString throws',
      throwing({
        toString: () => {
          throw new Error('no');
        },
      }),
    ],
    ['an error whose message throws', throwing(hostile)],
    ['a proxy that was revoked', revoked],
    [
      'a proxy whose traps throw',
      new Proxy(
        {},
        {
          get: () => {
            throw new Error('no');
          },
          has: () => {
            throw new Error('no');
          },
          ownKeys: () => {
            throw new Error('no');
          },
          getOwnPropertyDescriptor: () => {
            throw new Error('no');
          },
        },
      ),
    ],
  ])('reading it throws %s: GENERAL, never an exception', (_, context) => {
    for (const key of ['rule', 'clauses', 'split', 'weighted', 'logic', 'deep', 'target', 'member', 'needs']) {
      expect(evaluate(snapshot, key, 'boolean', context as never), key).toMatchObject({
        errorCode: 'GENERAL',
        value: undefined,
        reason: 'ERROR',
      });
      expect(explain(snapshot, key, context as never).evaluation.errorCode).toBe('GENERAL');
    }
    expect(evaluateAll(snapshot, context as never).size).toBe(Object.keys(flags).length);
  });

  const KEYS: readonly (readonly [string, { readonly key: unknown }])[] = [
    ...[undefined, null, 5, Symbol('x'), {}, [], Number.NaN, () => 1, '', 5n].map(
      (key) => [typeof key, { key }] as const,
    ),
    ['an object without prototype', { key: Object.create(null) }],
    [
      'an object whose toString throws',
      {
        key: {
          toString: () => {
            throw new Error('no');
          },
        },
      },
    ],
  ];
  test.each(KEYS)('a key that is %s is not found', (_, { key }) => {
    expect(evaluate(snapshot, key as string)).toMatchObject({ errorCode: 'FLAG_NOT_FOUND', reason: 'ERROR' });
    expect(explain(snapshot, key as string)).toMatchObject({
      evaluation: { errorCode: 'FLAG_NOT_FOUND' },
      steps: [{ kind: 'unknown' }],
    });
  });

  test('an odd type asked for is a mismatch', () => {
    for (const type of ['bool', 'BOOLEAN', 5, null, {}, Symbol('x'), Object.create(null)])
      expect(evaluate(snapshot, 'rule', type as never).errorCode).toBe('TYPE_MISMATCH');
  });

  test('the client never throws either', async () => {
    const client = createClient({ name: 'test', read: async () => setOf({ flags }) }, { context: { base: 1 } });
    await client.ready();
    try {
      for (const context of [throwing(new Error('no')), revoked, null, 'x', 5]) {
        expect(typeof client.boolean('rule', true, context as never)).toBe('boolean');
        expect(client.details('rule', context as never).key).toBe('rule');
        expect(client.withContext({ more: 1 }).boolean('none', true, context as never)).toBe(true);
      }
    } finally {
      await client.close();
    }
  });
});

describe('a slip of the finger that would change who is served', () => {
  const rule = { clauses: [{ attribute: 'plan', operator: 'eq', values: ['pro'] }], variation: 'on' };
  const rollout = { variations: [{ variation: 'on', weight: 100_000 }] };
  test.each([
    ['enabled', { ...B, enabld: false }],
    ['clauses', { ...B, rules: [{ ...rule, clauses: undefined, claues: rule.clauses }] }],
    ['a clause', { ...B, rules: [{ ...rule, clauses: [{ ...rule.clauses[0], negated: true }] }] }],
    ['bucketBy', { ...B, rules: [{ rollout: { ...rollout, bucketby: 'org' } }] }],
    ['fallthrough', { ...B, fallthrough: { varation: 'on' } }],
    ['something in a rule that nobody knows', { ...B, rules: [{ ...rule, unless: {} }] }],
  ])('%s: the flag keeps its last good form', (_, bad) => {
    const first = load({ flags: { f: { ...B, defaultVariant: 'off' } } });
    const second = reload(first, { flags: { f: bad as never } });
    expect(codes(second.issues)).toContain('unknown-property');
    expect(evaluate(second, 'f', 'boolean', { targetingKey: 'u' })).toMatchObject({ value: false, variant: 'off' });
    expect(evaluate(load({ flags: { f: bad as never } }), 'f').errorCode).toBe('PARSE_ERROR');
  });

  test('an override of a flag that is not there: told, and by variant refused', () => {
    const snapshot = load({ flags: { theme: B }, overrides: { thmee: { variant: 'on' }, later: true } });
    expect(snapshot.issues.map(({ severity, code }) => [severity, code])).toEqual([
      ['error', 'unknown-flag'],
      ['warning', 'unknown-flag'],
    ]);
    expect(evaluate(snapshot, 'thmee').value).toBeUndefined();
    expect(evaluate(snapshot, 'later').value).toBe(true);
  });
});
