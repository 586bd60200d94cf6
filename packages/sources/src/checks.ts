import { FlagError, preview } from '@flagwright/core';

/** The longest delay that a timer can hold, in ms. */
export const MAX_DELAY = 0x7fffffff;

/** Refuses an option that is no number of a range, with `INVALID_ARGUMENT`. */
export function checkNumber(name: string, value: unknown, least: number, most: number, unit: string): void {
  if (typeof value === 'number' && value >= least && value <= most) return;
  throw new FlagError('INVALID_ARGUMENT', `${name} is ${preview(value)}; expected ${unit} from ${least} to ${most}`);
}

/** Refuses durations, in ms by name, that are given and that no timer can hold, with `INVALID_ARGUMENT`. */
export function checkDurations(durations: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(durations)) {
    if (value !== undefined) checkNumber(name, value, 1, MAX_DELAY, 'milliseconds');
  }
}

/** Whether a text has no half of a surrogate pair, which UTF-8 cannot hold: two such texts would become one. */
export function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

/** Refuses options, by name, that are given and no text, with `INVALID_ARGUMENT`. U+0000 cannot be stored everywhere. */
export function checkTexts(texts: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(texts)) {
    if (value === undefined || (typeof value === 'string' && value !== '' && !value.includes('\0'))) continue;
    throw new FlagError('INVALID_ARGUMENT', `${name} is ${preview(value)}; expected a text that is not empty`);
  }
}
