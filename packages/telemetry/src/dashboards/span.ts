import { durationOf, FlagError, preview } from '@flagwright/core';

/** Units of Prometheus, in ms; the longest first. */
const UNITS = [
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const;

const [SHORTEST, LONGEST] = [1_000, 30 * 24 * 3_600_000];

/** A span of time as text, `5m`, in ms. Throws `FlagError('INVALID_ARGUMENT')` unless it is from `least` ms to 30 days. */
export function spanOf(text: unknown, what: string, least: number = SHORTEST): number {
  const ms = typeof text === 'string' ? durationOf(text) : undefined;
  if (ms === undefined || !Number.isInteger(ms) || ms < least || ms > LONGEST) {
    const expected = `a span of time of ${spanText(least)} to 720h, such as "5m"`;
    throw new FlagError('INVALID_ARGUMENT', `${what} is ${preview(text)}; expected ${expected}`);
  }
  return ms;
}

/** As Prometheus reads spans: a whole number of the longest unit that fits. */
export function spanText(ms: number): string {
  const [unit, size] = UNITS.find(([, size]) => ms !== 0 && ms % size === 0) ?? ['s', 1_000];
  return `${ms / size}${unit}`;
}
