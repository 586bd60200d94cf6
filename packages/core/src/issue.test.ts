import { describe, expect, it } from 'vitest';
import { formatPath, preview, suggest } from './issue.ts';

describe('formatPath', () => {
  it.each([
    [[], '(document)'],
    [['flags', 'new-checkout', 'rules', 0, 'variation'], 'flags.new-checkout.rules[0].variation'],
    [['a b', 'c'], '["a b"].c'],
    [['a', 'y'.repeat(200)], `a.${'y'.repeat(200)}`],
    [['a', 'y'.repeat(201)], `a["${'y'.repeat(58)}…]`],
  ])('%j', (path, text) => {
    expect(formatPath(path)).toBe(text);
  });
});

describe('preview', () => {
  it.each([
    [undefined, 'nothing'],
    [null, 'null'],
    [1.5, '1.5'],
    [Number.NaN, 'NaN'],
    [Number.NEGATIVE_INFINITY, '-Infinity'],
    [1n, '1n'],
    ['x'.repeat(100), `"${'x'.repeat(58)}…`],
  ])('%s', (value, text) => {
    expect(preview(value)).toBe(text);
  });
});

describe('suggest', () => {
  it.each([
    ['EvnetsProxy', 'EventsProxy'],
    ['AX', 'AB'],
    ['b', 'B'],
    // any letter is one letter away
    ['X', undefined],
    ['', undefined],
    ['something-else', undefined],
  ])('%s: %s', (word, near) => {
    expect(suggest(word, ['EventsProxy', 'B', 'AB'])).toBe(near);
  });
});
