const TRUE: ReadonlySet<string> = new Set(['1', 't', 'T', 'true', 'True', 'TRUE']);
const FALSE: ReadonlySet<string> = new Set(['0', 'f', 'F', 'false', 'False', 'FALSE']);

/** A boolean as text, in the words of Go's `strconv.ParseBool`: `1 t T true True TRUE`, `0 f F false False FALSE`. */
export function booleanOf(text: string): boolean | undefined {
  return TRUE.has(text) ? true : FALSE.has(text) ? false : undefined;
}

/** Milliseconds of each unit. */
const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};
const DURATION = /^(?:\d+(?:\.\d+)?(?:ns|us|µs|μs|ms|s|m|h))+$/;

/** A duration as text, in ms, as Go's `time.ParseDuration` has it without signs: `30s`, `1m30s`, `1.5h`, `500ms`. */
export function durationOf(text: string): number | undefined {
  if (text.length > 64 || !DURATION.test(text)) return undefined;
  let sum = 0;
  for (const [, count, unit] of text.matchAll(/([\d.]+)([a-zµμ]+)/g)) sum += Number(count) * UNITS[unit!]!;
  return sum;
}
