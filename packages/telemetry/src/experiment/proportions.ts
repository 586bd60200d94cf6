import { normalTails } from './distributions.ts';

/** So many of so many. */
export interface Proportion {
  /** At most `users`. */
  readonly conversions: number;
  /** At least 1. */
  readonly users: number;
}

/** From its low end to its high end, both included. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** The score interval of a proportion, z standard errors to each side: Wilson 1927. It lies within 0 and 1. */
export function wilson({ conversions, users }: Proportion, z: number): Interval {
  const rate = conversions / users;
  const square = (z * z) / users;
  const centre = rate + square / 2;
  const half = z * Math.sqrt((rate * (1 - rate) + square / 4) / users);
  return {
    // without what rounding leaves of 0 and 1
    low: conversions === 0 ? 0 : (centre - half) / (1 + square),
    high: conversions === users ? 1 : (centre + half) / (1 + square),
  };
}

/** The interval of the difference `b − a`, made of the two score intervals: Newcombe 1998, method 10. */
export function newcombe(a: Proportion, b: Proportion, z: number): Interval {
  const [rateA, rateB] = [a.conversions / a.users, b.conversions / b.users];
  const [around, other] = [wilson(a, z), wilson(b, z)];
  const difference = rateB - rateA;
  return {
    low: Math.max(-1, difference - Math.hypot(rateB - other.low, around.high - rateA)),
    high: Math.min(1, difference + Math.hypot(other.high - rateB, rateA - around.low)),
  };
}

/** How two proportions were told apart. */
export interface ProportionTest {
  readonly test: 'z' | 'fisher';
  /** Two-sided, from 0 to 1. */
  readonly p: number;
}

/** Fewer than this expected in a cell of the 2 × 2 table, and the normal distribution is no fit: Cochran 1954. */
const FEWEST_EXPECTED = 5;

/** Whether two proportions may be the same: the pooled z-test, or Fisher's exact test if the counts are small. */
export function compareProportions(a: Proportion, b: Proportion): ProportionTest {
  const users = a.users + b.users;
  const conversions = a.conversions + b.conversions;
  const least = (Math.min(a.users, b.users) * Math.min(conversions, users - conversions)) / users;
  if (least < FEWEST_EXPECTED) return { test: 'fisher', p: fisher(a, b) };
  const pooled = conversions / users;
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / a.users + 1 / b.users));
  return { test: 'z', p: normalTails((b.conversions / b.users - a.conversions / a.users) / error) };
}

/** Tables as likely as the one seen, but for rounding, count as such. */
const ROUNDING = 1 + 1e-7;

/**
 * The two-sided p-value of Fisher's exact test: the probability, given the sums of the table, of all tables that are no
 * likelier than the one seen. Takes as many steps as there are tables.
 */
export function fisher(a: Proportion, b: Proportion): number {
  const conversions = a.conversions + b.conversions;
  const fewest = Math.max(0, conversions - b.users);
  const most = Math.min(a.users, conversions);
  // from the likeliest table outwards, so that no weight is above 1
  const likeliest = Math.floor(((a.users + 1) * (conversions + 1)) / (a.users + b.users + 2));
  const mode = Math.min(most, Math.max(fewest, likeliest));
  const weights = new Float64Array(most - fewest + 1);
  weights[mode - fewest] = 1;
  /** How much likelier `x + 1` of the conversions are than `x`. */
  const ratio = (x: number): number =>
    ((conversions - x) * (a.users - x)) / ((x + 1) * (b.users - conversions + x + 1));
  for (let x = mode; x < most; x++) weights[x + 1 - fewest] = weights[x - fewest]! * ratio(x);
  for (let x = mode; x > fewest; x--) weights[x - 1 - fewest] = weights[x - fewest]! / ratio(x - 1);
  const seen = weights[a.conversions - fewest]! * ROUNDING;
  let all = 0;
  let rare = 0;
  for (const weight of weights) {
    all += weight;
    if (weight <= seen) rare += weight;
  }
  return Math.min(1, rare / all);
}

/** Each p-value corrected for there being several of them, in the order given: Holm 1979. */
export function holm(ps: readonly number[]): readonly number[] {
  const corrected = ps.map(() => 1);
  let largest = 0;
  const order = ps.map((p, position) => ({ p, position })).sort((one, other) => one.p - other.p);
  for (const [rank, { p, position }] of order.entries()) {
    largest = Math.max(largest, Math.min(1, p * (ps.length - rank)));
    corrected[position] = largest;
  }
  return corrected;
}
