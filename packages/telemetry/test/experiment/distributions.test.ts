import { describe, expect, it } from 'vitest';
import { chiSquaredTail, normalCdf, normalQuantile, normalTails } from '../../src/experiment/distributions.ts';
import { logGamma, upperGamma } from '../../src/experiment/gamma.ts';

// Expected values: computed with 40 digits by mpmath 1.3; the quantiles and tails at common levels also stand in any
// table of the distributions.

/** At most this far off, relatively. */
const PRECISION = 1e-12;

function expectClose(actual: number, expected: number, precision: number = PRECISION): void {
  expect(Math.abs(actual - expected), `${actual} for ${expected}`).toBeLessThanOrEqual(precision * Math.abs(expected));
}

describe('logGamma', () => {
  it.each([
    [0.1, 2.252712651734206],
    [0.5, 0.5723649429247001],
    [3.7, 1.4280723266653879],
    [12, 17.502307845873887],
    [50.5, 146.51925549072064],
    [1000, 5905.220423209181],
    [1e6, 12815504.569147611],
  ])('of %d', (x, expected) => {
    expectClose(logGamma(x), expected, 1e-14);
  });

  it('of 1 and 2 is 0', () => {
    expect(logGamma(1)).toBeCloseTo(0, 14);
    expect(logGamma(2)).toBeCloseTo(0, 14);
  });
});

describe('upperGamma', () => {
  it.each([
    [0.5, 0.1, 0.654720846018577],
    [0.5, 3, 0.01430587843542964],
    [1, 2, 0.1353352832366127],
    [2.5, 1, 0.8491450360846097],
    [2.5, 30, 1.2154569777183038e-11],
    [10, 9, 0.5874082443319414],
    [49.5, 60, 0.07424385580596679],
    [50, 49, 0.5378956063990598],
    [0.5, 700, 2.1010145162642176e-306],
    [500, 520, 0.1846911490987436],
  ])('of %d and %d', (a, x, expected) => {
    expectClose(upperGamma(a, x), expected, 1e-11);
  });

  it('follows its recurrence: Q(a + 1, x) = Q(a, x) + xᵃe⁻ˣ / Γ(a + 1)', () => {
    for (let a = 0.5; a < 40; a += 1.3) {
      for (const x of [0.01, 0.7, a, a + 0.999, a + 1, a + 1.001, 3 * a]) {
        const step = Math.exp(a * Math.log(x) - x - logGamma(a + 1));
        expect(upperGamma(a + 1, x)).toBeCloseTo(upperGamma(a, x) + step, 12);
      }
    }
  });

  it('is 1 at 0, 0 at infinity, and falls in between', () => {
    expect(upperGamma(3, 0)).toBe(1);
    expect(upperGamma(3, Number.POSITIVE_INFINITY)).toBe(0);
    let before = 1;
    for (let x = 0.25; x < 40; x += 0.25) {
      const now = upperGamma(3, x);
      expect(now).toBeLessThan(before);
      before = now;
    }
  });
});

describe('chiSquaredTail', () => {
  it.each([
    [3.841458820694124, 1, 0.05],
    [6.634896601021213, 1, 0.01],
    [5.991464547107979, 2, 0.05],
    [7.814727903251179, 3, 0.05],
    [18.307038053275146, 10, 0.05],
    [124.34211340400408, 100, 0.05],
  ])('of %d with %d degrees of freedom', (x, freedom, expected) => {
    expectClose(chiSquaredTail(x, freedom), expected, 1e-10);
  });

  it('with two degrees of freedom is e to the power of −x/2', () => {
    for (const x of [0.1, 1, 5, 13.8, 60, 700]) expectClose(chiSquaredTail(x, 2), Math.exp(-x / 2));
  });
});

describe('the normal distribution', () => {
  it.each([
    [-8, 6.220960574271784e-16],
    [-5, 2.866515718791939e-7],
    [-1.96, 0.024997895148220435],
    [-1, 0.15865525393145705],
    [-0.1, 0.460172162722971],
    [0, 0.5],
    [0.3, 0.6179114221889527],
    [1, 0.8413447460685429],
    [3, 0.9986501019683699],
    [6, 0.9999999990134123],
  ])('P(Z ≤ %d)', (z, expected) => {
    expectClose(normalCdf(z), expected);
  });

  it.each([
    [1e-300, -37.0470962993612],
    [1e-20, -9.262340089798407],
    [1e-6, -4.753424308822899],
    [0.001, -3.0902323061678136],
    [0.025, -1.9599639845400543],
    [0.3, -0.5244005127080408],
    [0.8, 0.8416212335729142],
    [0.975, 1.9599639845400543],
    [0.999, 3.0902323061678136],
  ])('the quantile of %d', (p, expected) => {
    expectClose(normalQuantile(p), expected);
  });

  it('has quantiles that are the inverse of it', () => {
    for (let p = 0.0005; p < 1; p += 0.0137) expectClose(normalCdf(normalQuantile(p)), p);
  });

  it('has quantiles at its ends and in the middle', () => {
    expect([0, 0.5, 1].map(normalQuantile)).toEqual([Number.NEGATIVE_INFINITY, 0, Number.POSITIVE_INFINITY]);
    expect(normalQuantile(5e-324)).toBeCloseTo(-38.47, 1);
  });

  it.each([-0.1, 1.1, Number.NaN])('has no quantile of %d', (p) => {
    expect(() => normalQuantile(p)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });

  it('has as much above as below', () => {
    expectClose(normalTails(1.959963984540054), 0.05);
    expect(normalTails(-1.3)).toBe(normalTails(1.3));
    expect(normalTails(0)).toBe(1);
  });
});
