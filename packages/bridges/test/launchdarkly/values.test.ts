import { describe, expect, it } from 'vitest';
import { answerOf, answersOf } from '../../src/launchdarkly/detail.ts';

const reason = { kind: 'FALLTHROUGH' };
const detailOf = (value: unknown) => ({ value, variationIndex: 0, reason });

const knot: Record<string, unknown> = {};
knot.self = knot;
for (let i = 0; i < 10; i++) knot[`self${i}`] = knot;

describe('values that a client keeps and JSON cannot carry', () => {
  it.each<[string, unknown]>([
    ['a cycle', knot],
    ['a date', new Date(0)],
    ['a function in it', { run: () => 1 }],
    ['NaN in it', [Number.NaN]],
    ['undefined in it', { no: undefined }],
    ['a bigint in it', { big: 1n }],
  ])('are errors: %s', (_what, value) => {
    const fallback = { mine: true };
    const details = answerOf('object', fallback, detailOf(value));
    expect(details).toMatchObject({ reason: 'ERROR', errorCode: 'PARSE_ERROR' });
    expect(details.value).toBe(fallback);
    expect(details).not.toHaveProperty('variant');
  });

  it.each<[unknown, string]>([
    [Number.NaN, 'the flag serves NaN, and number was asked for'],
    [Number.POSITIVE_INFINITY, 'the flag serves Infinity, and number was asked for'],
    [1n, 'the flag serves a value of type bigint, and number was asked for'],
    [[], 'the flag serves an array, and number was asked for'],
  ])('are of another type: %s', (value, errorMessage) => {
    expect(answerOf('number', 0, detailOf(value))).toMatchObject({ errorCode: 'TYPE_MISMATCH', errorMessage });
  });

  it('are errors in a list, beside the others', () => {
    const values = { knot, nan: Number.NaN, none: undefined, good: [1] };
    const fact = { variation: 0, reason };
    const facts = Object.fromEntries(Object.keys(values).map((key) => [key, fact]));
    const state = { valid: true, allValues: () => values, toJSON: () => ({ ...values, $flagsState: facts }) };
    const answers = answersOf(state);
    expect([...answers].map(([key, { errorCode }]) => [key, errorCode])).toEqual([
      ['knot', 'PARSE_ERROR'],
      ['nan', 'PARSE_ERROR'],
      ['none', 'PARSE_ERROR'],
      ['good', undefined],
    ]);
  });
});

it('what is in a value twice is copied once, and frozen', () => {
  let shared: unknown = { leaf: true };
  for (let i = 0; i < 60; i++) shared = { a: shared, b: shared };
  const { value } = answerOf('object', {}, detailOf(shared)) as unknown as { value: { a: object; b: object } };
  expect(value.a).toBe(value.b);
  expect(Object.isFrozen(value.a)).toBe(true);
});

it('`__proto__` in a value is an ordinary name', () => {
  const { value } = answerOf('object', {}, detailOf(JSON.parse('{"__proto__":{"admin":true}}')));
  expect(value).not.toHaveProperty('admin');
  expect(Object.keys(value)).toEqual(['__proto__']);
});
