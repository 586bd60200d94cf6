import { describe, expect, test } from 'vitest';
import { evaluate, evaluateAll, explain, validate } from '../src/index.ts';
import { codes, errorsOf, facts, load, loadShared, reload } from './support.ts';

const needs = (key: string, variation: string | number = 'on', more: object = {}) => ({
  type: 'boolean',
  default: false,
  prerequisites: [{ key, variation }],
  rules: [{ variation: 'on' }],
  ...more,
});
const COLOURS = [
  { name: 'red', value: '#f00' },
  { name: 'blue', value: '#00f' },
];

describe('prerequisites (T16)', () => {
  test.each([
    ['a rule serves it, by name', { type: 'string', variants: COLOURS, rules: [{ variation: 'blue' }] }, 'blue', true],
    ['a rule serves it, by index', { type: 'string', variants: COLOURS, rules: [{ variation: 'blue' }] }, 1, true],
    ['another variant', { type: 'string', variants: COLOURS, rules: [{ variation: 'blue' }] }, 'red', false],
    ['another index', { type: 'string', variants: COLOURS, rules: [{ variation: 'blue' }] }, 0, false],
    ['defaultVariant serves it', { type: 'string', variants: COLOURS, defaultVariant: 'red' }, 'red', true],
    ['default serves its value', { type: 'string', variants: COLOURS, default: '#00f' }, 'blue', true],
    ['default serves its value, by index', { type: 'string', variants: COLOURS, default: '#00f' }, 1, true],
    ['default serves a value that is no variant', { type: 'string', variants: COLOURS, default: 'x' }, 'red', false],
    ['implicit boolean variants', { type: 'boolean', default: true }, 1, true],
    ['implicit boolean variants, off', { type: 'boolean', default: false }, 'off', true],
    [
      'off: even if it serves that variant',
      { type: 'string', variants: COLOURS, enabled: false, offVariant: 'red' },
      'red',
      false,
    ],
    ['off, default true', { type: 'boolean', enabled: false, default: true }, 'on', false],
    ['an error', { type: 'string', variants: 5 }, 'red', false],
    ['no default at all', { type: 'string', variants: COLOURS }, 'red', false],
    ['targeting that errs', { type: 'string', variants: COLOURS, targeting: { cat: ['no', 'pe'] } }, 'red', false],
    ['weighted', { type: 'string', variants: [{ ...COLOURS[0], weight: 1 }, COLOURS[1]] }, 'red', true],
    ['a variant that does not exist', { type: 'string', variants: COLOURS, defaultVariant: 'red' }, 'green', false],
    ['an index that does not exist', { type: 'string', variants: COLOURS, defaultVariant: 'red' }, 7, false],
    ['a negative index', { type: 'string', default: 'x' }, -1, false],
  ])('%s', (_, needed, variation, holds) => {
    const snapshot = load({ flags: { needed, flag: needs('needed', variation) } });
    const found = evaluate(snapshot, 'flag', 'boolean', { targetingKey: 'u' });
    expect(found).toMatchObject(
      holds
        ? { value: true, prerequisiteFailed: false, prerequisiteKey: undefined }
        : {
            value: false,
            reason: 'PREREQUISITE_FAILED',
            prerequisiteFailed: true,
            prerequisiteKey: 'needed',
            errorCode: undefined,
          },
    );
    if (!holds)
      expect(found.details).toMatchObject({
        reason: 'PREREQUISITE_FAILED',
        value: false,
        flagMetadata: { prerequisiteKey: 'needed' },
      });
    expect(facts(evaluateAll(snapshot, { targetingKey: 'u' }).get('flag')!)).toEqual(facts(found));
  });

  test.each([
    ['#00f', 'blue', true],
    ['blue', 'blue', true],
    [{ variant: 'blue' }, 1, true],
    ['#f00', 'blue', false],
    ['other', 'blue', false],
  ])('an override %j is mapped back to a variant', (value, variation, holds) => {
    const needed = { type: 'string', variants: COLOURS, enabled: false, defaultVariant: 'red' };
    const snapshot = load({ flags: { needed, flag: needs('needed', variation) }, overrides: { needed: value } });
    expect(evaluate(snapshot, 'flag', 'boolean').value).toBe(holds);
  });

  test('one that is missing is told, and fails', () => {
    const snapshot = load({ flags: { flag: needs('nope') } });
    expect(evaluate(snapshot, 'flag', 'boolean')).toMatchObject({
      value: false,
      reason: 'PREREQUISITE_FAILED',
      prerequisiteKey: 'nope',
    });
    expect(snapshot.issues).toMatchObject([
      { severity: 'error', code: 'unknown-flag', path: ['flags', 'flag', 'prerequisites', 0, 'key'] },
    ]);
  });

  test.each(['constructor', '__proto__', 'toString'])('one named %s is missing like any other', (key) => {
    expect(evaluate(load({ flags: { flag: needs(key) } }), 'flag', 'boolean')).toMatchObject({
      reason: 'PREREQUISITE_FAILED',
    });
  });

  test('a variant that does not exist is told', () => {
    const doc = (variation: unknown) => ({
      flags: { b: { type: 'boolean', default: true }, flag: needs('b', variation as string) },
    });
    expect(codes(validate(doc('nope')))).toEqual(['unknown-variant']);
    expect(codes(validate(doc(2)))).toEqual(['unknown-variant']);
    expect(codes(validate(doc(1)))).toEqual([]);
  });

  test('the first that fails is named', () => {
    const flags = {
      a: { type: 'boolean', default: true },
      b: { type: 'boolean', default: false },
      c: { type: 'boolean', default: false },
    };
    const flag = {
      type: 'boolean',
      default: false,
      prerequisites: ['a', 'b', 'c'].map((key) => ({ key, variation: 'on' })),
    };
    expect(evaluate(load({ flags: { ...flags, flag } }), 'flag').prerequisiteKey).toBe('b');
  });

  test('prerequisites see the context of the evaluation', () => {
    const needed = {
      type: 'boolean',
      default: false,
      rules: [{ clauses: [{ attribute: 'plan', operator: 'eq', values: ['pro'] }], variation: 1 }],
    };
    const snapshot = load({ flags: { needed, flag: needs('needed') } });
    expect(evaluate(snapshot, 'flag', 'boolean', { plan: 'pro' }).value).toBe(true);
    expect(evaluate(snapshot, 'flag', 'boolean', { plan: 'x' }).value).toBe(false);
  });
});

describe('many prerequisites', () => {
  test('a diamond of depth 30 reads the context a bounded number of times', () => {
    const flags: Record<string, unknown> = {};
    for (let i = 0; i < 30; i++) {
      for (const side of ['l', 'r']) {
        const prerequisites = i === 29 ? [] : ['l', 'r'].map((next) => ({ key: `${next}${i + 1}`, variation: 'on' }));
        flags[`${side}${i}`] = {
          type: 'boolean',
          default: false,
          prerequisites,
          rules: [{ clauses: [{ attribute: 'counted', operator: 'eq', values: ['x'] }], variation: 1 }],
        };
      }
    }
    const snapshot = load({ flags });
    let reads = 0;
    const context = {
      targetingKey: 'u',
      get counted() {
        reads += 1;
        // an exponential walk must not hang the suite
        if (reads > 10_000) throw new Error('too many reads');
        return 'x';
      },
    };
    expect(evaluate(snapshot, 'l0', 'boolean', context).value).toBe(true);
    expect(reads).toBeLessThanOrEqual(60);
    reads = 0;
    expect([...evaluateAll(snapshot, context).values()].every(({ value }) => value === true)).toBe(true);
    expect(reads).toBeLessThanOrEqual(60);
    reads = 0;
    expect(explain(snapshot, 'l0', context).evaluation.value).toBe(true);
    expect(reads).toBeLessThan(10_000);
  });

  test('a chain of 1,000 is answered: right, or PARSE_ERROR that says too deep', () => {
    const flags: Record<string, unknown> = { f0: { type: 'boolean', default: true } };
    for (let i = 1; i <= 1_000; i++) flags[`f${i}`] = needs(`f${i - 1}`);
    const snapshot = load({ flags });
    const deep = new Set(snapshot.issues.filter(({ code }) => code === 'too-deep').map(({ path }) => path[1]));
    for (let i = 0; i <= 1_000; i++) {
      const found = evaluate(snapshot, `f${i}`, 'boolean');
      if (deep.has(`f${i}`)) expect(found.errorCode).toBe('PARSE_ERROR');
      else expect(found).toMatchObject({ value: true });
    }
    for (let i = 0; i <= 60; i++) expect(deep.has(`f${i}`)).toBe(false);
    expect(evaluateAll(snapshot).size).toBe(1_001);
    expect(() => explain(snapshot, 'f1000')).not.toThrow();
  });

  test('a chain of 1,000 written backwards', () => {
    const flags: Record<string, unknown> = {};
    for (let i = 1_000; i >= 1; i--) flags[`f${i}`] = needs(`f${i - 1}`);
    flags.f0 = { type: 'boolean', default: true };
    const snapshot = load({ flags });
    expect(evaluate(snapshot, 'f60', 'boolean').value).toBe(true);
    expect(evaluate(snapshot, 'f1000', 'boolean').key).toBe('f1000');
  });

  test('a chain of the longest allowed length beyond a chain that is too long stays usable', () => {
    // only flags from which too long a chain starts are refused; what they need is not
    const flags: Record<string, unknown> = { f0: { type: 'boolean', default: true } };
    for (let i = 1; i <= 200; i++) flags[`f${i}`] = needs(`f${i - 1}`);
    const errors = load({ flags }).issues.filter(({ severity }) => severity === 'error');
    expect(errors.map(({ path }) => path[1])).not.toContain('f10');
  });
});

describe('cycles', () => {
  const plain = { type: 'boolean', default: true };

  test('only the flags on the cycle break; who needs one of them fails its prerequisite', () => {
    const flags = { a: needs('b'), b: needs('c'), c: needs('a'), outside: needs('a'), fine: needs('plain'), plain };
    const snapshot = load({ flags });
    for (const key of ['a', 'b', 'c'])
      expect(evaluate(snapshot, key, 'boolean')).toMatchObject({ errorCode: 'PARSE_ERROR', value: undefined });
    expect(evaluate(snapshot, 'outside', 'boolean')).toMatchObject({ value: false, reason: 'PREREQUISITE_FAILED' });
    expect(evaluate(snapshot, 'fine', 'boolean').value).toBe(true);
    expect(errorsOf(snapshot)).toEqual(['cycle', 'cycle', 'cycle']);
    for (const issue of snapshot.issues) for (const key of ['a', 'b', 'c']) expect(issue.message).toContain(key);
  });

  test('a flag that needs itself', () => {
    const snapshot = load({ flags: { a: needs('a'), plain } });
    expect(evaluate(snapshot, 'a').errorCode).toBe('PARSE_ERROR');
    expect(errorsOf(snapshot)).toEqual(['cycle']);
    expect(evaluate(snapshot, 'plain', 'boolean').value).toBe(true);
  });

  test('two cycles', () => {
    const flags: Record<string, unknown> = { a: needs('b'), b: needs('a'), x: needs('y'), y: needs('x') };
    const snapshot = load({ flags });
    for (const key of Object.keys(flags)) expect(evaluate(snapshot, key).errorCode).toBe('PARSE_ERROR');
  });

  test('a cycle of 2,000 flags loads about as fast as a large document', () => {
    const flags: Record<string, unknown> = {};
    for (let i = 0; i < 2_000; i++) flags[`n${i}`] = needs(`n${(i + 1) % 2_000}`);
    const started = performance.now();
    const snapshot = load({ flags });
    expect(performance.now() - started).toBeLessThan(2_000);
    expect(evaluate(snapshot, 'n7').errorCode).toBe('PARSE_ERROR');
    expect(Math.max(...snapshot.issues.map(({ message }) => message.length))).toBeLessThan(2_000);
  });

  test('with a previous snapshot the last good form stands (law 1)', () => {
    const first = loadShared({ flags: { a: { ...needs('plain'), metadata: { v: 1 } }, b: needs('a'), plain } });
    expect(evaluate(first, 'b', 'boolean').value).toBe(true);
    // a now closes a circle; b is as it was
    const second = reload(first, { flags: { a: { ...needs('b'), metadata: { v: 2 } }, b: needs('a'), plain } });
    expect(evaluate(second, 'a', 'boolean')).toMatchObject({ value: true, errorCode: undefined });
    expect(evaluate(second, 'a').details.flagMetadata).toMatchObject({ lastGood: true, v: 1 });
    expect(evaluate(second, 'b', 'boolean')).toMatchObject({ value: true, errorCode: undefined });
    expect(errorsOf(second)).toContain('cycle');
    // an unrelated change leaves it so
    const third = reload(second, {
      flags: { a: { ...needs('b'), metadata: { v: 2 } }, b: needs('a'), plain, more: plain },
    });
    expect(evaluate(third, 'a', 'boolean').value).toBe(true);
    expect(evaluate(third, 'b', 'boolean').value).toBe(true);
    // mended, it is as if loaded for the first time
    const mended = { flags: { a: { ...needs('plain'), metadata: { v: 3 } }, b: needs('a'), plain } };
    const fourth = reload(third, mended);
    const fresh = load(mended);
    for (const key of ['a', 'b', 'plain', 'more'])
      expect(facts(evaluate(fourth, key))).toEqual(facts(evaluate(fresh, key)));
    expect(fourth.issues).toEqual([]);
  });

  test('a cycle without a good form before, mended at its other end', () => {
    const first = loadShared({ flags: { a: needs('b'), b: needs('a'), plain } });
    expect(evaluate(first, 'a').errorCode).toBe('PARSE_ERROR');
    const second = reload(first, { flags: { a: needs('b'), b: needs('plain'), plain } });
    for (const key of ['a', 'b']) expect(evaluate(second, key, 'boolean').value).toBe(true);
    expect([...second.flagsChanged].sort()).toEqual(['a', 'b']);
    expect(second.issues).toEqual([]);
    const third = reload(second, { flags: { a: needs('b'), plain } });
    expect(evaluate(third, 'a', 'boolean')).toMatchObject({ reason: 'PREREQUISITE_FAILED' });
  });

  test('flags on a cycle do not count as changed when something unrelated does', () => {
    const cycle = { a: needs('b'), b: needs('a') };
    const first = loadShared({ flags: { ...cycle, plain } });
    const second = reload(first, { flags: { ...cycle, plain: { ...plain, default: false } } });
    expect(second.flagsChanged).toEqual(['plain']);
  });
});
