const SECOND = 1_000;
const UNITS: readonly (readonly [letter: string, ms: number])[] = [
  ['w', 7 * 24 * 3_600 * SECOND],
  ['d', 24 * 3_600 * SECOND],
  ['h', 3_600 * SECOND],
  ['m', 60 * SECOND],
  ['s', SECOND],
];

/** How long ago a time is: `3h ago`, by the largest unit there is at least one of; both in ms since the epoch. */
export function age(time: number, now: number): string {
  const passed = Math.max(0, now - time);
  for (const [letter, ms] of UNITS) {
    if (passed >= ms) return `${Math.floor(passed / ms)}${letter} ago`;
  }
  return '0s ago';
}
