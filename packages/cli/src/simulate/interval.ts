/** The standard normal distribution has 95 % within so many standard deviations. */
const Z = 1.959963984540054;

/** Where the true share is, 95 times out of 100, if `count` of `total` were found: E. B. Wilson's score interval, 1927. */
export function interval(count: number, total: number): readonly [low: number, high: number] {
  if (total === 0) return [0, 1];
  const share = count / total;
  const z2 = Z ** 2 / total;
  const middle = share + z2 / 2;
  const half = Z * Math.sqrt((share * (1 - share)) / total + z2 / (4 * total));
  const bound = (value: number): number => Math.min(1, Math.max(0, value / (1 + z2)));
  return [count === 0 ? 0 : bound(middle - half), count === total ? 1 : bound(middle + half)];
}

/** The larger distance of a share to the ends of its interval. */
export function uncertainty(count: number, total: number): number {
  if (total === 0) return 0;
  const [low, high] = interval(count, total);
  return Math.max(high - count / total, count / total - low);
}
