/** The most evaluations passed over in a row: still a small integer of V8, which costs next to nothing to count down. */
const MOST = 2 ** 30 - 1;

/**
 * How many evaluations are passed over until the next that is in the sample, drawn anew each time: the geometric
 * distribution, so that every evaluation is in it with probability `sample`, independently of all others, and those that
 * are not cost one step of a count-down instead of a random number.
 */
export function gaps(sample: number, random: () => number): () => number {
  if (sample === 0) return () => MOST;
  if (sample === 1) return () => 0;
  const scale = Math.log1p(-sample);
  return () => Math.min(MOST, Math.log(1 - random()) / scale) | 0;
}
