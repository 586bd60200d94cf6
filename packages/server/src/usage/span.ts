import { instantOf, preview } from '@flagwright/core';
import { Problem } from '../http/problem.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** A step of a series, with how much is shown by default, and at most; in ms. */
const STEPS = {
  hour: { size: HOUR, usual: DAY, most: 31 * DAY },
  day: { size: DAY, usual: 30 * DAY, most: 401 * DAY },
} as const;

/** A time in steps, from the beginning of one; in ms since the epoch. */
export interface Span {
  readonly step: 'hour' | 'day';
  readonly from: number;
  /** Not within any more. */
  readonly to: number;
}

/** The span that a query asks for. Throws `Problem('INVALID_ARGUMENT')`. */
export function spanOf(query: Readonly<Record<string, string | number | boolean | undefined>>, now: number): Span {
  const step = query.step === 'day' ? 'day' : 'hour';
  const { size, usual, most } = STEPS[step];
  const to = timeIn('to', query.to) ?? now;
  const from = timeIn('from', query.from) ?? to - usual;
  if (from >= to) throw new Problem('INVALID_ARGUMENT', 'from is not before to; expected an earlier time');
  if (to - from > most) {
    throw new Problem('INVALID_ARGUMENT', `from and to are too far apart; expected at most ${most / DAY} days`, {
      hint: step === 'hour' ? 'ask for step=day, or for less' : 'ask for less',
    });
  }
  return { step, from: Math.floor(from / size) * size, to };
}

function timeIn(name: string, text: string | number | boolean | undefined): number | undefined {
  if (text === undefined) return undefined;
  const at = typeof text === 'string' ? instantOf(text) : undefined;
  if (at !== undefined) return at;
  const expected = 'expected an RFC 3339 date and time, as 2026-01-31T12:00:00Z';
  throw new Problem('INVALID_ARGUMENT', `${name} is ${preview(text)}; ${expected}`);
}
