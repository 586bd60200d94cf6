import type { Distribution, Labels } from './family.ts';

/**
 * Durations of time series, one after another: of each how many fell between the bounds, how many above the last one, and
 * their sum. Numbers in a typed array are changed in place, where those in an object may be allocated anew.
 */
export type Durations = Float64Array;

/** How many numbers the durations of one time series are. */
export function durationsLength(bounds: readonly number[]): number {
  return bounds.length + 2;
}

/** Whether this can be a duration: NaN, negative and infinite ones are told by broken clocks, and are in no histogram. */
export function isDuration(ms: number): boolean {
  return ms >= 0 && ms < Number.POSITIVE_INFINITY;
}

/** Adds one, in ms, to the time series that begins at `start`. */
export function observeDuration(numbers: Durations, start: number, bounds: readonly number[], ms: number): void {
  if (!isDuration(ms)) return;
  const seconds = ms / 1_000;
  const { length } = bounds;
  let i = 0;
  while (i < length && seconds > bounds[i]!) i++;
  numbers[start + i]! += 1;
  numbers[start + length + 1]! += seconds;
}

/** The time series that begins at `start`, with cumulative counts; undefined if there is nothing in it. */
export function distributionOf(
  numbers: Durations,
  start: number,
  bounds: readonly number[],
  labels: Labels,
): Distribution | undefined {
  const cumulative: number[] = [];
  let count = 0;
  for (let i = 0; i <= bounds.length; i++) {
    count += numbers[start + i]!;
    cumulative.push(count);
  }
  return count === 0 ? undefined : { labels, cumulative, sum: numbers[start + bounds.length + 1]! };
}
