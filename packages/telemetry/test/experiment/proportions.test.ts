import { describe, expect, it } from 'vitest';
import { normalQuantile } from '../../src/experiment/distributions.ts';
import { compareProportions, fisher, holm, newcombe, wilson } from '../../src/experiment/proportions.ts';
import { randomNumbers } from './random.ts';

const Z = normalQuantile(0.975);
const of = (conversions: number, users: number) => ({ conversions, users });

describe('wilson', () => {
  // Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I, method 3
  it.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('of %d of %d', (conversions, users, low, high) => {
    const interval = wilson(of(conversions, users), Z);
    expect(interval.low).toBeCloseTo(low, 4);
    expect(interval.high).toBeCloseTo(high, 4);
  });

  it('solves (rate − p)² = z² p (1 − p) / n at both ends', () => {
    for (const proportion of [of(3, 10), of(812, 6650), of(6649, 6650)]) {
      const rate = proportion.conversions / proportion.users;
      const { low, high } = wilson(proportion, Z);
      for (const p of [low, high]) expect(((rate - p) ** 2 * proportion.users) / (p * (1 - p))).toBeCloseTo(Z * Z, 8);
    }
  });

  it('ends at 0 and 1 exactly', () => {
    expect(wilson(of(0, 7), Z).low).toBe(0);
    expect(wilson(of(7, 7), Z).high).toBe(1);
  });

  it('holds the true rate about as often as it says', () => {
    const random = randomNumbers(7);
    let held = 0;
    for (let i = 0; i < 2000; i++) {
      let conversions = 0;
      for (let user = 0; user < 300; user++) if (random() < 0.1) conversions++;
      const { low, high } = wilson(of(conversions, 300), Z);
      if (low <= 0.1 && 0.1 <= high) held++;
    }
    expect(held / 2000).toBeGreaterThan(0.93);
    expect(held / 2000).toBeLessThan(0.97);
  });
});

describe('newcombe', () => {
  // Newcombe 1998, "Interval estimation for the difference between independent proportions", table II, method 10
  it.each([
    [of(48, 80), of(56, 70), 0.0524, 0.3339],
    [of(3, 10), of(9, 10), 0.1705, 0.809],
    [of(2, 7), of(6, 7), 0.0582, 0.8062],
    [of(0, 29), of(5, 56), -0.0381, 0.1926],
    [of(0, 20), of(0, 10), -0.1611, 0.2775],
    [of(0, 10), of(0, 10), -0.2775, 0.2775],
    [of(0, 20), of(10, 10), 0.6791, 1],
    [of(0, 10), of(10, 10), 0.6075, 1],
  ])('from %o to %o', (a, b, low, high) => {
    const interval = newcombe(a, b, Z);
    expect(interval.low).toBeCloseTo(low, 4);
    expect(interval.high).toBeCloseTo(high, 4);
    expect(newcombe(b, a, Z).low).toBeCloseTo(-high, 4);
  });
});

describe('compareProportions', () => {
  // R: prop.test(c(15, 25), c(50, 50), correct = FALSE); the others: scipy.stats.chi2_contingency, correction=False
  it.each([
    [of(15, 50), of(25, 50), 0.041226833337163815],
    [of(800, 6650), of(900, 6700), 0.015057204329613761],
  ])('%o and %o: the z-test', (a, b, p) => {
    const found = compareProportions(a, b);
    expect(found.test).toBe('z');
    expect(found.p).toBeCloseTo(p, 12);
    expect(compareProportions(b, a).p).toBeCloseTo(p, 12);
  });

  // Fisher's tea tasting (34/70); the others: scipy.stats.fisher_exact
  it.each([
    [of(3, 4), of(1, 4), 34 / 70],
    [of(8, 20), of(1, 21), 0.008869179600886916],
    [of(0, 10), of(5, 12), 0.039644565960355434],
    [of(2, 5000), of(9, 4000), 0.014960064124102411],
    [of(4998, 5000), of(3991, 4000), 0.014960064124102411],
    [of(10, 10), of(0, 20), 3.328339160423118e-8],
  ])("%o and %o: Fisher's exact test", (a, b, p) => {
    expect(fisher(a, b)).toBeCloseTo(p, 12);
    expect(fisher(b, a)).toBeCloseTo(p, 12);
  });

  it.each([
    [of(0, 10), of(0, 20)],
    [of(10, 10), of(20, 20)],
    [of(0, 1), of(0, 1)],
    [of(0, 100_000), of(0, 100_000)],
    [of(1, 1), of(0, 1)],
  ])('%o and %o are not told apart', (a, b) => {
    expect(compareProportions(a, b)).toEqual({ test: 'fisher', p: 1 });
  });

  it('takes the exact test only below 5 expected in a cell', () => {
    expect(compareProportions(of(4, 1000), of(5, 1000)).test).toBe('fisher');
    expect(compareProportions(of(4, 1000), of(6, 1000)).test).toBe('z');
    expect(compareProportions(of(996, 1000), of(995, 1000)).test).toBe('fisher');
  });

  it('stays a probability in the farthest tail', () => {
    expect(compareProportions(of(0, 1_000_000), of(1_000_000, 1_000_000)).p).toBe(0);
    expect(fisher(of(0, 4000), of(4000, 4000))).toBeGreaterThanOrEqual(0);
    expect(fisher(of(0, 4000), of(4000, 4000))).toBeLessThan(1e-300);
  });

  it('finds a difference where there is none about as often as it says', () => {
    const random = randomNumbers(11);
    const sample = () => {
      let conversions = 0;
      for (let user = 0; user < 400; user++) if (random() < 0.12) conversions++;
      return of(conversions, 400);
    };
    let found = 0;
    for (let i = 0; i < 2000; i++) if (compareProportions(sample(), sample()).p < 0.05) found++;
    expect(found / 2000).toBeGreaterThan(0.03);
    expect(found / 2000).toBeLessThan(0.07);
  });
});

describe('holm', () => {
  it('corrects: R, p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")', () => {
    const corrected = holm([0.01, 0.04, 0.03, 0.005]);
    for (const [i, p] of [0.03, 0.06, 0.06, 0.02].entries()) expect(corrected[i]).toBeCloseTo(p, 12);
  });

  it('leaves one alone, and none', () => {
    expect(holm([0.03])).toEqual([0.03]);
    expect(holm([])).toEqual([]);
    expect(holm([0.7, 0.9])).toEqual([1, 1]);
  });
});
