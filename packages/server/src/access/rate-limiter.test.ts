import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buckets } from './buckets.ts';
import { failureLimit, networkOf } from './failure-limit.ts';
import type { Principal } from './principal.ts';
import { rateLimiter } from './rate-limiter.ts';

const who = (token: string | undefined, subject = 'ada'): Principal => ({
  subject,
  token,
  role: 'viewer',
  projects: undefined,
  stages: undefined,
});

/** How many of so many requests pass. */
function passed(times: number, take: () => void): number {
  let count = 0;
  for (let i = 0; i < times; i++) {
    try {
      take();
      count++;
    } catch (thrown) {
      expect(thrown).toMatchObject({ code: 'RATE_LIMITED', status: 429 });
    }
  }
  return count;
}

describe('a rate limiter', () => {
  it('lets a burst pass, then what comes in', () => {
    let at = 1_000;
    const limits = rateLimiter({ perSecond: 2, burst: 5, clock: () => at });
    const one = who('a');
    expect(passed(9, () => limits.take(one, 'read'))).toBe(5);
    at += 499;
    expect(passed(9, () => limits.take(one, 'read'))).toBe(0);
    at += 1;
    expect(passed(9, () => limits.take(one, 'read'))).toBe(1);
    at += 1_000_000;
    expect(passed(9, () => limits.take(one, 'read'))).toBe(5);
  });

  it('has budgets for each token and use', () => {
    const limits = rateLimiter({ perSecond: 1, burst: 3, writes: { perSecond: 1, burst: 2 }, clock: () => 0 });
    expect(passed(9, () => limits.take(who('a'), 'read'))).toBe(3);
    expect(passed(9, () => limits.take(who('a'), 'write'))).toBe(2);
    expect(passed(9, () => limits.take(who('b'), 'read'))).toBe(3);
    expect(passed(9, () => limits.take(who(undefined, 'a'), 'read'))).toBe(3);
    expect(passed(9, () => limits.take(who(undefined, 'a'), 'read'))).toBe(0);
  });

  it('says in whole seconds when to come again', () => {
    const limits = rateLimiter({ perSecond: 0.4, burst: 1, clock: () => 0 });
    limits.take(who('a'), 'write');
    expect(() => limits.take(who('a'), 'write')).toThrow(
      expect.objectContaining({
        hint: 'try again in 3 s',
        headers: { 'retry-after': '3', 'ratelimit-limit': '1', 'ratelimit-remaining': '0', 'ratelimit-reset': '3' },
      }),
    );
  });

  it('forgets the token that asked longest ago when there are too many', () => {
    const limits = rateLimiter({ perSecond: 1, burst: 2, most: 2, clock: () => 0 });
    const take = (token: string) => (): void => limits.take(who(token), 'read');
    expect(passed(2, take('a'))).toBe(2);
    expect(passed(1, take('b'))).toBe(1);
    expect(passed(1, take('c'))).toBe(1);
    expect(passed(9, take('b'))).toBe(1);
    expect(passed(9, take('a'))).toBe(2);
  });

  it.each([
    { perSecond: 0, burst: 1 },
    { perSecond: Number.NaN, burst: 1 },
    { perSecond: Number.POSITIVE_INFINITY, burst: 1 },
    { perSecond: 1, burst: 0 },
    { perSecond: 1, burst: 1.5 },
  ])('refuses %j', (rate) => {
    const invalid = expect.objectContaining({ code: 'INVALID_ARGUMENT' });
    expect(() => rateLimiter(rate)).toThrow(invalid);
    expect(() => rateLimiter({ perSecond: 1, burst: 1, writes: rate })).toThrow(invalid);
    expect(() => failureLimit(rate)).toThrow(invalid);
  });

  it('lets what is worth several pass when they are there, and takes no more than it ever holds', () => {
    let at = 0;
    const budget = buckets('it', { perSecond: 10, burst: 5 }, () => at, 10);
    expect(budget.take('a', 3)).toBe(0);
    // of those that it refuses none are taken
    expect(budget.take('a', 3)).toBe(100);
    expect(budget.take('a', 2)).toBe(0);
    expect(budget.take('a', 1_000)).toBe(500);
    at += 500;
    expect(budget.take('a', 1_000)).toBe(0);
    expect(budget.take('a')).toBe(100);
  });

  it('never lets more pass in any time than it says, and always what it says is free', () => {
    const steps = fc.array(fc.integer({ min: 0, max: 3_000 }), { maxLength: 60 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 10 }),
        steps,
        (perSecond, burst, waits) => {
          let at = 0;
          const budget = buckets('it', { perSecond, burst }, () => at, 10);
          const times: number[] = [];
          for (const wait of waits) {
            at += wait;
            const expected = budget.wait('a');
            const left = budget.take('a');
            expect(left).toBe(expected);
            if (left === 0) times.push(at);
            else {
              // a little more than it said, for numbers are not exact
              at += left + 1e-6;
              expect(budget.wait('a')).toBe(0);
            }
          }
          times.forEach((from, i) => {
            times.slice(i).forEach((to, count) => {
              expect(count + 1).toBeLessThanOrEqual(burst + ((to - from) / 1_000) * perSecond + 1e-3);
            });
          });
        },
      ),
    );
  });
});

describe('a limit of unknown tokens', () => {
  it('is per address, and nothing to those without', () => {
    let at = 0;
    const limit = failureLimit({ perSecond: 1, burst: 2, clock: () => at });
    for (const address of ['192.0.2.1', '192.0.2.1', undefined, undefined, undefined]) limit.count(address);
    expect(() => limit.check('192.0.2.1')).toThrow(expect.objectContaining({ code: 'RATE_LIMITED' }));
    expect(() => limit.check('192.0.2.2')).not.toThrow();
    expect(() => limit.check(undefined)).not.toThrow();
    at = 1_000;
    expect(() => limit.check('192.0.2.1')).not.toThrow();
  });

  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
    ['1:2:3:4:5:6:192.0.2.1', '1:2:3:4::/64'],
    ['nonsense', 'nonsense'],
  ])('takes %s for %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
