import { describe, expect, test } from 'vitest';
import { evaluate, validate } from '../src/index.ts';
import { answer, codes, errorsOf, load, loadShared, reload } from './support.ts';

const within = (values: readonly unknown[], negate = false) => ({
  type: 'boolean',
  default: false,
  rules: [{ clauses: [{ operator: 'inSegment', values, negate }], variation: 1 }],
});
const logically = (...names: unknown[]) => ({
  type: 'boolean',
  default: false,
  targeting: { if: [{ in_segment: names }, true, false] },
});
const is = (attribute: string, value: unknown) => ({ attribute, operator: 'eq', values: [value] });

const segments = {
  beta: {
    included: ['in', 'both'],
    excluded: ['out', 'both'],
    rules: [{ clauses: [is('plan', 'pro')] }, { clauses: [is('a', 1), is('b', 2)] }],
  },
  nested: { rules: [{ clauses: [{ operator: 'inSegment', values: ['beta'] }, is('country', 'US')] }] },
  empty: {},
  not: { rules: [{ clauses: [{ operator: 'inSegment', values: ['beta'], negate: true }] }] },
};

describe('segments (T18)', () => {
  const TABLE = [
    ['beta', { targetingKey: 'in' }, true],
    ['beta', { key: 'in' }, true],
    ['beta', { targetingKey: 'out', plan: 'pro' }, false],
    ['beta', { targetingKey: 'both' }, true],
    ['beta', { targetingKey: 'x', plan: 'pro' }, true],
    ['beta', { targetingKey: 'x', a: 1, b: 2 }, true],
    ['beta', { targetingKey: 'x', a: 1 }, false],
    ['beta', { plan: 'pro' }, true],
    ['beta', {}, false],
    ['nested', { plan: 'pro', country: 'US' }, true],
    ['nested', { plan: 'pro' }, false],
    ['nested', { targetingKey: 'out', plan: 'pro', country: 'US' }, false],
    ['empty', { targetingKey: 'in', plan: 'pro' }, false],
    ['not', { plan: 'pro' }, false],
    ['not', {}, true],
  ] as const;

  test.each(TABLE)('%s: %j → %s', (name, context, expected) => {
    expect(answer(within([name]), context, { segments }).value).toBe(expected);
    expect(answer(within([name], true), context, { segments }).value).toBe(!expected);
    expect(answer(within(['empty', name]), context, { segments }).value).toBe(expected);
    expect(answer(logically(name), context, { segments }).value).toBe(expected);
    expect(answer(logically('empty', name), context, { segments }).value).toBe(expected);
    expect(
      answer({ ...logically(), targeting: { if: [{ '!': { in_segment: [name] } }, true, false] } }, context, {
        segments,
      }).value,
    ).toBe(!expected);
  });

  test('in_segment may be written without a list', () => {
    expect(
      answer(
        { ...logically(), targeting: { if: [{ in_segment: 'beta' }, true, false] } },
        { targetingKey: 'in' },
        { segments },
      ).value,
    ).toBe(true);
  });

  test.each([
    within(['bta']),
    logically('bta'),
    within(['__proto__']),
    logically('constructor'),
    logically(5),
    logically(),
    logically({ var: 'x' }),
  ])('a segment that does not exist breaks only its flag: %j', (flag) => {
    const snapshot = load({ flags: { flag, fine: within(['beta']) }, segments });
    expect(evaluate(snapshot, 'flag').errorCode).toBe('PARSE_ERROR');
    expect(evaluate(snapshot, 'fine', 'boolean', { targetingKey: 'in' }).value).toBe(true);
  });

  test('a slip of the finger is told', () => {
    expect(validate({ flags: { flag: within(['bta']) }, segments })).toMatchObject([
      {
        code: 'unknown-segment',
        path: ['flags', 'flag', 'rules', 0, 'clauses', 0, 'values', 0],
        hint: expect.stringContaining('beta'),
      },
    ]);
  });

  test('a cycle: the flags that name these segments are told, others stand', () => {
    const round = {
      a: { included: ['u'], rules: [{ clauses: [{ operator: 'inSegment', values: ['b'] }] }] },
      b: { rules: [{ clauses: [{ operator: 'inSegment', values: ['a'] }] }] },
      self: { rules: [{ clauses: [{ operator: 'inSegment', values: ['self'] }] }] },
    };
    const snapshot = load({
      flags: { a: within(['a']), b: within(['b']), self: within(['self']), fine: within(['beta']) },
      segments: { ...segments, ...round },
    });
    expect(errorsOf(snapshot).filter((code) => code === 'cycle').length).toBe(3);
    for (const key of ['a', 'b', 'self']) {
      expect(evaluate(snapshot, key, 'boolean', { targetingKey: 'u' }).errorCode).toBe('PARSE_ERROR');
    }
    expect(evaluate(snapshot, 'fine', 'boolean', { targetingKey: 'in' }).value).toBe(true);
  });

  test.each([
    [{ included: 'u' }],
    [{ rules: [{}] }],
    [{ rules: [{ clauses: [] }] }],
    [5],
    [null],
    [{ rules: [{ clauses: [{ attribute: 'a', operator: 'nope' }] }] }],
  ])('a broken segment %j has nobody in it and breaks nothing', (broken) => {
    const snapshot = load({
      flags: { bad: within(['broken']), fine: within(['beta']) },
      segments: { ...segments, broken },
    });
    expect(errorsOf(snapshot).length).toBeGreaterThan(0);
    expect(evaluate(snapshot, 'bad', 'boolean', { targetingKey: 'u' }).value === true).toBe(false);
    expect(evaluate(snapshot, 'fine', 'boolean', { targetingKey: 'in' }).value).toBe(true);
  });

  test('1,000 segments, each within the next: those too deep are told, the others answer', () => {
    const deep: Record<string, unknown> = { s0: { included: ['u'] } };
    for (let i = 1; i <= 1_000; i++)
      deep[`s${i}`] = { rules: [{ clauses: [{ operator: 'inSegment', values: [`s${i - 1}`] }] }] };
    const snapshot = load({ flags: { near: within(['s20']), far: within(['s1000']) }, segments: deep });
    expect(evaluate(snapshot, 'near', 'boolean', { targetingKey: 'u' }).value).toBe(true);
    expect(evaluate(snapshot, 'far', 'boolean', { targetingKey: 'u' }).errorCode).toBe('PARSE_ERROR');
    expect(errorsOf(snapshot)).toContain('too-deep');
  });

  test('a segment that breaks stays as it was when it was last good, also negated', () => {
    const flags = {
      in: within(['s']),
      out: {
        ...within(['s']),
        rules: [{ clauses: [{ operator: 'inSegment', values: ['s'], negate: true }], variation: 'on' }],
      },
    };
    const first = load({ flags, segments: { s: { included: ['u'] } } });
    const second = reload(first, { flags, segments: { s: { included: 'u' } } });
    expect(errorsOf(second)).toContain('wrong-shape');
    for (const snapshot of [first, second]) {
      expect(evaluate(snapshot, 'in', 'boolean', { targetingKey: 'u' }).value).toBe(true);
      expect(evaluate(snapshot, 'out', 'boolean', { targetingKey: 'u' }).value).toBe(false);
    }
  });

  test('segments that refer to the next twice do not take exponential time', () => {
    const doubled: Record<string, unknown> = { s0: { rules: [{ clauses: [is('counted', 'x')] }] } };
    for (let i = 1; i <= 18; i++)
      doubled[`s${i}`] = {
        rules: [
          { clauses: [{ operator: 'inSegment', values: [`s${i - 1}`] }, is('never', 1)] },
          { clauses: [{ operator: 'inSegment', values: [`s${i - 1}`] }, is('never', 2)] },
        ],
      };
    const snapshot = load({ flags: { flag: within(['s18']) }, segments: doubled });
    let reads = 0;
    const context = {
      get counted() {
        reads += 1;
        return 'x';
      },
    };
    expect(evaluate(snapshot, 'flag', 'boolean', context).value).toBe(false);
    expect(reads).toBeLessThan(1_000);
  });
});

describe('attributes declared (T32, T36)', () => {
  const targeting = { if: [{ '>=': [{ var: 'version' }, '2.5.0'] }, true, false] };
  const flag = { type: 'boolean', default: false, targeting };

  test('a version is compared as a version', () => {
    for (const attributes of [
      { version: 'version' },
      { version: { type: 'version', description: 'x', required: true } },
    ]) {
      expect(answer(flag, { version: '10.0.0' }, { attributes }).value).toBe(true);
      expect(answer(flag, { version: '2.4.0' }, { attributes }).value).toBe(false);
    }
    expect(answer(flag, { version: '10.0.0' }).value).toBe(false);
  });

  test('a declaration that changes changes the flag', () => {
    const first = loadShared({ flags: { flag, other: { type: 'boolean', default: true } } });
    const second = reload(first, {
      flags: { flag, other: { type: 'boolean', default: true } },
      attributes: { version: 'version' },
    });
    expect(evaluate(second, 'flag', 'boolean', { version: '10.0.0' }).value).toBe(true);
    const third = reload(second, {
      flags: { flag, other: { type: 'boolean', default: true } },
      attributes: { version: 'string' },
    });
    expect(third.flagsChanged).toEqual(['flag']);
    expect(evaluate(third, 'flag', 'boolean', { version: '10.0.0' }).value).toBe(false);
    expect(evaluate(second, 'flag', 'boolean', { version: '10.0.0' }).value).toBe(true);
  });

  test.each([['x'], [5], [{}], [{ type: 'nope' }], [null], [[]]])(
    'a declaration of %j is an error that breaks no flag',
    (declared) => {
      const snapshot = load({ flags: { flag }, attributes: { version: declared } });
      expect(errorsOf(snapshot).length).toBe(1);
      expect(evaluate(snapshot, 'flag').errorCode).toBeUndefined();
    },
  );
});

describe('overrides (T26)', () => {
  const flags = {
    b: { type: 'boolean', default: false },
    off: { type: 'boolean', default: false, enabled: false },
    s: {
      type: 'string',
      variants: [
        { name: 'a', value: 'A' },
        { name: 'variant-b', value: 'B' },
        { name: 'A', value: 'trap' },
      ],
      defaultVariant: 'a',
    },
    n: { type: 'integer', default: 1 },
    j: { type: 'json', variants: { one: { variant: 'two' }, two: { x: 1 } }, defaultVariant: 'one' },
    broken: { type: 'boolean', default: 'x' },
  };

  test.each([
    ['b', true, { value: true, variant: 'on', variationIndex: 1 }],
    ['off', true, { value: true, variant: 'on' }],
    ['b', { variant: 'on' }, { value: true, variant: 'on' }],
    ['b', 'on', { value: true, variant: 'on' }],
    ['s', 'B', { value: 'B', variant: 'variant-b', variationIndex: 1 }],
    ['s', 'variant-b', { value: 'B', variant: 'variant-b' }],
    ['s', 'A', { value: 'A', variant: 'a' }],
    ['s', { variant: 'A' }, { value: 'trap', variant: 'A' }],
    ['s', 'anything', { value: 'anything', variant: undefined, variationIndex: -1 }],
    ['n', 7, { value: 7, variationIndex: -1 }],
    ['j', { x: 1 }, { value: { x: 1 }, variant: 'two' }],
    ['j', { variant: 'two' }, { value: { x: 1 }, variant: 'two' }],
    ['j', { variant: 'nope' }, { value: { variant: 'nope' }, variant: undefined }],
    ['j', [1, 2], { value: [1, 2] }],
    ['broken', true, { value: true }],
    ['unknown', 'x', { value: 'x', variationIndex: -1 }],
    ['unknown', false, { value: false }],
  ])('%s = %j', (key, value, expected) => {
    const snapshot = load({ flags, overrides: { [key]: value } });
    const found = evaluate(snapshot, key);
    expect(found).toMatchObject({
      ...expected,
      reason: 'TARGET_MATCH',
      override: true,
      inExperiment: false,
      ruleId: undefined,
    });
    expect(found.value).toEqual(expected.value);
    expect(found.details.reason).toBe('STATIC');
    expect(found.details.flagMetadata).toMatchObject({ override: true });
  });

  test.each([
    ['b', 'yes'],
    ['b', 1],
    ['b', null],
    ['s', 5],
    ['s', { variant: 'nope' }],
    ['n', 1.5],
    ['n', '1'],
    ['b', { variant: 'on', more: 1 }],
  ])('%s = %j is of the wrong type: told and ignored', (key, value) => {
    const snapshot = load({ flags, overrides: { [key]: value } });
    expect(snapshot.issues.filter(({ path }) => path[0] === 'overrides')).toMatchObject([
      { severity: 'error', code: 'wrong-type', path: ['overrides', key] },
    ]);
    expect(evaluate(snapshot, key).override).toBe(false);
    expect(evaluate(snapshot, key).value).toEqual(evaluate(load({ flags }), key).value);
  });

  test('asked for as another type, an override is a type mismatch', () => {
    const snapshot = load({ flags, overrides: { unknown: 'x', b: true } });
    expect(evaluate(snapshot, 'unknown', 'boolean').errorCode).toBe('TYPE_MISMATCH');
    expect(evaluate(snapshot, 'unknown', 'string').value).toBe('x');
    expect(evaluate(snapshot, 'b', 'string').errorCode).toBe('TYPE_MISMATCH');
  });

  test('set, changed and taken away again', () => {
    const zero = loadShared({ flags });
    const one = reload(zero, { flags, overrides: { b: true, unknown: 1 } });
    expect([...one.flagsChanged].sort()).toEqual(
      ['b', 'broken', 'unknown'].filter((key) => one.flagsChanged.includes(key)),
    );
    expect(evaluate(one, 'b', 'boolean').value).toBe(true);
    const two = reload(one, { flags, overrides: { unknown: 2 } });
    expect(evaluate(two, 'b', 'boolean')).toMatchObject({ value: false, override: false });
    expect(evaluate(two, 'unknown').value).toBe(2);
    const three = reload(two, { flags });
    expect(evaluate(three, 'unknown').errorCode).toBe('FLAG_NOT_FOUND');
    expect(three.flagsChanged).toContain('unknown');
    expect(evaluate(one, 'unknown').value).toBe(1);
    expect(codes(three.issues)).toEqual(codes(zero.issues));
  });

  test('an override for a flag that comes later, and for one that goes', () => {
    const zero = loadShared({ flags: {}, overrides: { b: true } });
    expect(evaluate(zero, 'b').value).toBe(true);
    const one = reload(zero, { flags, overrides: { b: true } });
    expect(evaluate(one, 'b', 'boolean')).toMatchObject({ value: true, variant: 'on' });
    const two = reload(one, { flags: {}, overrides: { b: true } });
    expect(evaluate(two, 'b')).toMatchObject({ value: true, variant: undefined });
  });
});
