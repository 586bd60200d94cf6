import fc from 'fast-check';
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

  it('finds a candidate of the least distance that is near enough', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'C', '-'), maxLength: 6 });
    fc.assert(
      fc.property(word, fc.array(word, { maxLength: 8 }), (given, candidates) => {
        const near = given.length < 2 ? 0 : Math.min(3, Math.ceil(given.length / 2));
        const distances = candidates.map((candidate) => distance(given.toLowerCase(), candidate.toLowerCase()));
        const least = Math.min(...distances);
        expect(suggest(given, candidates)).toBe(least > near ? undefined : candidates[distances.indexOf(least)]);
      }),
    );
  });
});

/** Levenshtein distance by its definition. */
function distance(a: string, b: string): number {
  if (a === '' || b === '') return a.length + b.length;
  if (a.at(-1) === b.at(-1)) return distance(a.slice(0, -1), b.slice(0, -1));
  const [one, other] = [a.slice(0, -1), b.slice(0, -1)];
  return 1 + Math.min(distance(one, b), distance(a, other), distance(one, other));
}
