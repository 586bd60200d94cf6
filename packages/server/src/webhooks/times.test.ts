import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backOff, TIMES } from './times.ts';

describe('the wait after failures', () => {
  it('grows, by chance between its half and its whole, to an hour', () => {
    const least = (failures: number): number => backOff(TIMES, failures, undefined, () => 0);
    const most = (failures: number): number => backOff(TIMES, failures, undefined, () => 1);
    expect([1, 2, 3, 10, 11, 1_000].map(most)).toEqual([5_000, 10_000, 20_000, 2_560_000, 3_600_000, 3_600_000]);
    expect([1, 2, 1_000].map(least)).toEqual([2_500, 5_000, 1_800_000]);
  });

  it('is as long as the receiver asks for, up to an hour', () => {
    expect(backOff(TIMES, 1, 60_000)).toBe(60_000);
    expect(backOff(TIMES, 1, 86_400_000)).toBe(3_600_000);
    expect(backOff(TIMES, 20, 1)).toBeGreaterThanOrEqual(1_800_000);
  });

  it('is always one that a timer can hold', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1 }), fc.double({ min: 0, noNaN: true }), (failures, retryAfter) => {
        const wait = backOff(TIMES, failures, retryAfter);
        expect(wait).toBeGreaterThanOrEqual(2_500);
        expect(wait).toBeLessThanOrEqual(3_600_000);
      }),
    );
  });
});
