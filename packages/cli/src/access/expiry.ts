import { instantOf } from '@flagwright/core';
import { UsageError } from '../errors/usage-error.ts';

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** No token needs to be said to hold for longer: leave it out. */
const MOST_YEARS = 100;

/** When a token ends to hold, of `90d` or of a time; `now` is in ms since the epoch. Throws `UsageError`. */
export function expiryOf(text: string, now: number): string {
  const [, number, unit] = /^(\d{1,6})([mhdw])$/.exec(text) ?? [];
  const at = unit === undefined ? instantOf(text) : now + Number(number) * UNITS[unit]!;
  if (at !== undefined && at > now && at < now + MOST_YEARS * 366 * UNITS.d!) return new Date(at).toISOString();
  throw new UsageError(
    `--expires is ${JSON.stringify(text)}; expected how long it holds, as 12h, 90d or 4w, or a time to come, as 2027-01-31T12:00:00Z`,
  );
}
