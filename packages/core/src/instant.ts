const FORMAT = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(\.\d+)?(?:[Zz]|[+-](\d\d):(\d\d))$/;
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;
const DAY = 86_400_000;

/**
 * A date and time as RFC 3339 writes it, in ms since the epoch, the rest of a ms cut off; undefined if it is none.
 * Checked here, for `Date.parse` takes `1` for a day in 2001 and February 30 for March 2.
 */
export function instantOf(text: string): number | undefined {
  const parts = FORMAT.exec(text);
  if (parts === null) return undefined;
  const part = (n: number): number => Number(parts[n] ?? 0);
  const [day, second] = [part(3), part(6)];
  if (day < 1 || day > daysOf(part(1), part(2)) || part(4) > 23 || part(5) > 59 || second > 60) return undefined;
  // the offset
  if (part(8) > 23 || part(9) > 59) return undefined;
  if (second < 60) return Date.parse(text.toUpperCase());
  // a leap second is the last of a day in UTC, and the next day's first to all clocks that know none
  const at = Date.parse(`${text.slice(0, 17)}59${text.slice(19)}`.toUpperCase()) + 1000;
  return ((at % DAY) + DAY) % DAY < 1000 ? at : undefined;
}

/** None if there is no such month. */
function daysOf(year: number, month: number): number {
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return leap ? 29 : (DAYS[month - 1] ?? 0);
}
