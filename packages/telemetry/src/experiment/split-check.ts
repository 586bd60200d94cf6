import { chiSquaredTail } from './distributions.ts';

/** A variant's part in the split. */
export interface Share {
  readonly name: string;
  readonly users: number;
  /** Of all users: from 0 to 1. */
  readonly expected: number;
}

/**
 * Whether users are split as was meant: Pearson's chi-squared test of their numbers against the expected split. What a
 * broken one means, and how its causes are found: Fabijan et al. 2019, "Diagnosing sample ratio mismatch in online
 * controlled experiments".
 */
export interface SplitCheck {
  /** `broken`: p is below 0.001. `not-checked`: see `because`. */
  readonly verdict: 'as-expected' | 'broken' | 'not-checked';
  readonly shares: readonly Share[];
  /** 0 if not checked; infinite if there are users where none were expected. */
  readonly chiSquared: number;
  readonly degreesOfFreedom: number;
  /** 1 if not checked. */
  readonly p: number;
  /** Why the split was not checked, or which variants have users though none were expected. */
  readonly because: string | undefined;
}

/** An alarm about once in a thousand good experiments, however often others look at theirs. */
export const SPLIT_ALARM = 0.001;

/** Fewer users expected in a variant, and the chi-squared distribution is no fit. */
const FEWEST_EXPECTED = 5;

/** Checks numbers of users against the expected split, whose shares are at least 0 and sum up to 1, or to 0 if unknown. */
export function checkSplit(shares: readonly Share[]): SplitCheck {
  const users = shares.reduce((sum, share) => sum + share.users, 0);
  const wanted = shares.filter(({ expected }) => expected > 0);
  const degreesOfFreedom = Math.max(0, wanted.length - 1);
  const check = { shares, chiSquared: 0, degreesOfFreedom, p: 1, because: undefined };

  const unwanted = shares.filter((share) => share.expected === 0 && share.users > 0);
  if (unwanted.length > 0) {
    const because = `none were expected in ${unwanted.map(({ name }) => name).join(', ')}`;
    return { ...check, verdict: 'broken', chiSquared: Number.POSITIVE_INFINITY, p: 0, because };
  }
  if (users === 0) return { ...check, verdict: 'not-checked', because: 'there are no users' };
  if (wanted.length < 2) return { ...check, verdict: 'not-checked', because: 'there is one variant' };
  const least = users * Math.min(...wanted.map(({ expected }) => expected));
  if (least < FEWEST_EXPECTED) {
    return { ...check, verdict: 'not-checked', because: `fewer than ${FEWEST_EXPECTED} users expected in a variant` };
  }

  let chiSquared = 0;
  for (const share of wanted) chiSquared += (share.users - users * share.expected) ** 2 / (users * share.expected);
  const p = chiSquaredTail(chiSquared, degreesOfFreedom);
  return { ...check, verdict: p < SPLIT_ALARM ? 'broken' : 'as-expected', chiSquared, p };
}
