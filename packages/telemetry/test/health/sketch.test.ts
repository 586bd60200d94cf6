import { describe, expect, it } from 'vitest';
import { evaluationStats } from '../../src/health/index.ts';
import { BUCKETS, bucketOf, durationOf, LONGEST } from '../../src/health/sketch.ts';
import { evaluated, randomFrom } from './support.ts';

const CLAIMED = 0.031;
const offBy = (told: number, exact: number): number => Math.abs(told - exact) / exact;

describe('buckets', () => {
  it('are wrong by no more than is said, from 10 ns to 100 s, and keep their order', () => {
    let before = 0;
    for (let ms = 1e-5; ms <= 1e5; ms *= 1.0007) {
      const bucket = bucketOf(ms);
      expect(bucket).toBeGreaterThanOrEqual(before);
      expect(offBy(durationOf(bucket), ms)).toBeLessThan(CLAIMED);
      before = bucket;
    }
  });

  it('are bounded by what is shorter and what is longer', () => {
    for (const short of [0, 5e-324, 1e-30, 1e-6]) expect(bucketOf(short)).toBe(0);
    expect(durationOf(0)).toBe(0);
    expect(bucketOf(LONGEST)).toBe(BUCKETS - 1);
    expect(durationOf(BUCKETS - 1)).toBe(LONGEST);
    expect(bucketOf(LONGEST * (1 - 2 ** -20))).toBe(BUCKETS - 2);
  });

  it('hold at powers of two and next to them', () => {
    for (let exponent = -16; exponent < 17; exponent++) {
      const edge = 2 ** exponent;
      for (const ms of [edge, edge * (1 - 2 ** -24), edge * (1 + 2 ** -23), edge * (1 + 1 / 16), edge * 1.999]) {
        expect(offBy(durationOf(bucketOf(ms)), ms)).toBeLessThan(CLAIMED);
      }
    }
  });
});

const random = randomFrom(5);
const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
const DISTRIBUTIONS: Readonly<Record<string, () => number>> = {
  constant: () => 0.0007,
  uniform: () => 1e-5 + random() * 10,
  exponential: () => 2e-5 - 0.002 * Math.log(1 - random()),
  'log-normal': () => Math.exp(-6 + 1.5 * normal()),
  'heavy-tailed (Pareto, α = 1)': () => 0.0003 / (1 - random()),
  'of two peaks': () => (random() < 0.985 ? 0.0004 + random() * 1e-5 : 40 + random()),
};

describe.each(Object.entries(DISTRIBUTIONS))('figures of %s durations', (_, draw) => {
  it.each([1, 2, 99, 100, 101, 20_000])('of %d', (count) => {
    const stats = evaluationStats();
    const drawn = Array.from({ length: count }, draw);
    for (const duration of drawn) stats(evaluated(duration));
    const sorted = drawn.map((duration) => Math.min(duration, LONGEST)).sort((a, b) => a - b);
    const exact = (q: number): number => sorted[Math.ceil(q * count) - 1]!;
    const { p50, p99, average, evaluations } = stats.read();
    expect(evaluations).toBe(count);
    expect(offBy(p50, exact(0.5))).toBeLessThan(CLAIMED);
    expect(offBy(p99, exact(0.99))).toBeLessThan(CLAIMED);
    expect(offBy(average, sorted.reduce((sum, ms) => sum + ms, 0) / count)).toBeLessThan(1e-9);
  });
});
