import { describe, expect, it } from 'vitest';
import { analyse, type VariantCount } from '../../src/experiment/index.ts';

const count = (name: string, users: number, conversions: number): VariantCount => ({ name, users, conversions });
const codes = (counts: readonly VariantCount[], options = {}): readonly string[] =>
  analyse(counts, options).warnings.map(({ code }) => code);

const THREE = [count('blue', 6650, 665), count('green', 6700, 850), count('red', 6650, 660)];

describe('analyse', () => {
  it('finds the winner, and says how certain', () => {
    const { variants, comparisons, control, winner, split, warnings, confidence } = analyse(THREE);
    expect({ control, winner, warnings, confidence }).toEqual({
      control: 'blue',
      winner: 'green',
      warnings: [],
      confidence: 0.95,
    });
    expect(variants[0]).toMatchObject({ users: 6650, conversions: 665, rate: 0.1 });
    const [green, red] = comparisons;
    expect(green).toMatchObject({ variant: 'green', test: 'z', significant: true });
    expect(green!.difference).toBeCloseTo(850 / 6700 - 0.1, 12);
    expect(green!.lift).toBeCloseTo(850 / 6700 / 0.1 - 1, 12);
    expect(green!.interval.low).toBeGreaterThan(0);
    expect(green!.pCorrected).toBeCloseTo(2 * green!.p, 15);
    expect(red).toMatchObject({ variant: 'red', significant: false });
    expect(red!.interval.low).toBeLessThan(0);
    expect(red!.pCorrected).toBe(red!.p);
    expect(split).toMatchObject({ verdict: 'as-expected', degreesOfFreedom: 2, because: undefined });
  });

  it('holds the others against the control that is named', () => {
    const { comparisons, winner } = analyse(THREE, { control: 'green' });
    expect(comparisons.map(({ variant, significant }) => [variant, significant])).toEqual([
      ['blue', true],
      ['red', true],
    ]);
    expect(winner).toBe('green');
  });

  it('has no winner by a difference that several comparisons make likely', () => {
    const counts = [count('a', 1000, 100), count('b', 1000, 129), count('c', 1000, 100), count('d', 1000, 100)];
    const { comparisons, winner } = analyse(counts);
    expect(comparisons[0]!.p).toBeLessThan(0.05);
    expect(comparisons[0]!.pCorrected).toBeGreaterThan(0.05);
    expect(winner).toBeUndefined();
    expect(analyse(counts.slice(0, 2)).winner).toBe('b');
    expect(analyse(counts.slice(0, 2), { confidence: 0.99 }).winner).toBeUndefined();
  });

  it('has no winner while another variant may be better still', () => {
    const counts = [count('a', 5000, 500), count('b', 5000, 620), count('c', 50, 8)];
    expect(analyse(counts, { expected: { a: 100, b: 100, c: 1 } }).winner).toBeUndefined();
  });

  it('widens intervals with the confidence', () => {
    const width = (confidence: number): number => {
      const { low, high } = analyse(THREE, { confidence }).comparisons[0]!.interval;
      return high - low;
    };
    expect(width(0.99)).toBeGreaterThan(width(0.95));
    expect(width(0.95)).toBeGreaterThan(width(0.5));
  });
});

describe('the confidence', () => {
  it.each([5e-324, 1e-17, 0.5, 1 - 2 ** -20, 1 - 2 ** -52, 1 - 2 ** -53])('may be %d', (confidence) => {
    const { variants, comparisons } = analyse(THREE, { confidence });
    for (const { interval } of [...variants, ...comparisons]) {
      expect(interval!.low).toBeLessThanOrEqual(interval!.high);
      expect(interval!.high).toBeLessThan(1);
    }
  });
});

describe('the split', () => {
  it('is broken: Kohavi, Tang and Xu 2020, of 821,588 and 815,482 users', () => {
    const { split, winner, warnings } = analyse([
      count('control', 821_588, 400_000),
      count('treatment', 815_482, 410_000),
    ]);
    expect(split.verdict).toBe('broken');
    expect(split.chiSquared).toBeCloseTo(22.77436884189436, 9);
    expect(split.p).toBeCloseTo(1.8217928726191858e-6, 15);
    expect(winner).toBeUndefined();
    expect(warnings[0]).toEqual({
      code: 'split-broken',
      message: 'the split itself is broken: do not trust the result',
    });
  });

  it('follows the weights that were meant', () => {
    const counts = [count('a', 9000, 10), count('b', 1000, 1)];
    expect(analyse(counts, { expected: { a: 90, b: 10 } }).split).toMatchObject({
      verdict: 'as-expected',
      chiSquared: 0,
      p: 1,
    });
    expect(analyse(counts, { expected: { a: 90, b: 10 } }).split.shares[1]!.expected).toBeCloseTo(0.1, 15);
    expect(analyse(counts).split.verdict).toBe('broken');
  });

  it('alarms below p = 0.001, and not before', () => {
    // chi-squared with one degree of freedom is 10.83 at 0.001
    expect(analyse([count('a', 5164, 0), count('b', 4836, 0)]).split).toMatchObject({ verdict: 'as-expected' });
    expect(analyse([count('a', 5165, 0), count('b', 4835, 0)]).split).toMatchObject({ verdict: 'broken' });
  });

  it('is broken where there are users and none were meant', () => {
    for (const expected of [
      { a: 1, b: 1, c: 0 },
      { a: 1, b: 1 },
    ]) {
      const { split } = analyse([count('a', 50, 1), count('b', 50, 1), count('c', 1, 0)], { expected });
      expect(split).toMatchObject({ verdict: 'broken', p: 0, chiSquared: Number.POSITIVE_INFINITY });
      expect(split.because).toContain('c');
    }
  });

  it('is good where nobody was meant, and nobody is', () => {
    const { split } = analyse([count('a', 50, 1), count('b', 50, 1), count('c', 0, 0)], { expected: { a: 1, b: 1 } });
    expect(split).toMatchObject({ verdict: 'as-expected', degreesOfFreedom: 1, p: 1 });
  });

  it('is broken where many were meant, and nobody is', () => {
    expect(analyse([count('a', 100, 1), count('b', 0, 0)]).split.verdict).toBe('broken');
  });

  it('is not checked with too few users, with one variant, or with none', () => {
    expect(analyse([count('a', 9, 1), count('b', 0, 0)]).split).toMatchObject({ verdict: 'not-checked', p: 1 });
    expect(analyse([count('a', 10, 1), count('b', 0, 0)]).split).toMatchObject({ verdict: 'as-expected' });
    expect(analyse([count('a', 9, 1)]).split).toMatchObject({ verdict: 'not-checked', degreesOfFreedom: 0 });
    expect(analyse([]).split).toMatchObject({ verdict: 'not-checked', degreesOfFreedom: 0, chiSquared: 0 });
  });
});

describe('the least there can be', () => {
  it('is nothing', () => {
    expect(analyse([])).toMatchObject({ variants: [], control: undefined, comparisons: [], winner: undefined });
    expect(codes([])).toEqual(['no-exposures']);
    expect(codes([count('a', 0, 0), count('b', 0, 0)])).toEqual(['no-exposures']);
  });

  it('is one variant', () => {
    expect(analyse([count('a', 100, 7)])).toMatchObject({ control: 'a', comparisons: [], winner: undefined });
    expect(codes([count('a', 100, 7)])).toEqual(['one-variant']);
  });

  it('is a variant without users', () => {
    const { variants, comparisons } = analyse([count('a', 9, 1), count('b', 0, 0)]);
    expect(variants[1]).toMatchObject({ rate: undefined, interval: undefined });
    expect(comparisons).toEqual([]);
    expect(codes([count('a', 9, 1), count('b', 0, 0)])).toEqual(['variant-without-users', 'split-not-checked']);
    expect(codes([count('a', 0, 0), count('b', 9, 1)])).toEqual(['control-without-users', 'split-not-checked']);
  });

  it('is nobody converted, and everybody', () => {
    for (const conversions of [0, 1000]) {
      const { comparisons, winner } = analyse([count('a', 1000, conversions), count('b', 1000, conversions)]);
      expect(comparisons[0]).toMatchObject({ difference: 0, test: 'fisher', p: 1, pCorrected: 1, significant: false });
      expect(winner).toBeUndefined();
    }
    const [only] = analyse([count('a', 1000, 0), count('b', 1000, 100)]).comparisons;
    expect(only).toMatchObject({ lift: undefined, difference: 0.1, significant: true });
  });

  it('warns of small counts', () => {
    expect(codes([count('a', 20, 1), count('b', 21, 3)])).toEqual(['small-counts']);
  });

  it('has no number that is none', () => {
    const numbers: number[] = [];
    const walk = (value: unknown): void => {
      if (typeof value === 'number') numbers.push(value);
      else if (typeof value === 'object' && value !== null) Object.values(value).forEach(walk);
    };
    const sizes = [
      count('', 0, 0),
      count('', 1, 0),
      count('', 1, 1),
      count('', 1000, 0),
      count('', 1000, 1000),
      count('', 1000, 3),
    ];
    for (const a of sizes) {
      for (const b of sizes) {
        for (const expected of [undefined, { a: 1 }, { b: 1 }, { a: 1e-9, b: 1 }]) {
          walk(
            analyse(
              [
                { ...a, name: 'a' },
                { ...b, name: 'b' },
              ],
              { expected },
            ),
          );
        }
      }
    }
    expect(numbers.length).toBeGreaterThan(1000);
    expect(numbers.filter(Number.isNaN)).toEqual([]);
  });
});

describe('bad input', () => {
  it.each([
    ['counts that are none', () => analyse('a' as never)],
    ['a count that is null', () => analyse([null as never])],
    ['a count that is a number', () => analyse([count('a', 1, 1), 7 as never])],
    ['a hole', () => analyse(new Array(1) as never)],
    ['options that are null', () => analyse(THREE, null as never)],
    ['options that are a text', () => analyse(THREE, 'blue' as never)],
    ['more conversions than users', () => analyse([count('a', 1, 2)])],
    ['half a user', () => analyse([count('a', 1.5, 1)])],
    ['less than none', () => analyse([count('a', -1, -1)])],
    ['one name twice', () => analyse([count('a', 1, 1), count('a', 1, 1)])],
    ['no name', () => analyse([count('', 1, 1)])],
    ['an unknown control', () => analyse(THREE, { control: 'blu' })],
    ['a confidence of percents', () => analyse(THREE, { confidence: 95 })],
    ['a confidence of 1', () => analyse(THREE, { confidence: 1 })],
    ['an unknown variant expected', () => analyse(THREE, { expected: { blue: 1, grean: 1 } })],
    ['a weight below 0', () => analyse(THREE, { expected: { blue: -1 } })],
    ['a weight that is none', () => analyse(THREE, { expected: { blue: Number.NaN } })],
    ['weights of 0 alone', () => analyse(THREE, { expected: { blue: 0 } })],
    ['weights as a list', () => analyse(THREE, { expected: [1, 1, 1] as never })],
  ])('%s', (_, call) => {
    expect(call).toThrow(expect.objectContaining({ name: 'FlagError', code: 'INVALID_ARGUMENT' }));
  });

  it('says what would have been right', () => {
    expect(() => analyse(THREE, { control: 'blu' })).toThrow(
      'control names the variant "blu"; expected one of blue, green, red. Hint: did you mean blue?',
    );
    expect(() => analyse(THREE, { confidence: 95 })).toThrow('95 % is 0.95');
  });
});
