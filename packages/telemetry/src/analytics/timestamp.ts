/** Writes times, in ms since the epoch, as RFC 3339 does, in UTC and with ms. */
export type TimestampWriter = (at: number) => string;

/** The first and the last ms whose year has four digits. */
const FIRST = -62_167_219_200_000;
const LAST = 253_402_300_799_999;

/**
 * A writer that remembers the last second, for a date costs more than an evaluation, and the last text, which all events of
 * that ms share. What RFC 3339 cannot write (NaN, years
 * beyond 0 to 9999) becomes the present.
 */
export function timestampWriter(): TimestampWriter {
  const ends = Array.from({ length: 1_000 }, (_, ms) => `${String(ms).padStart(3, '0')}Z`);
  let second = Number.NaN;
  let prefix = '';
  let last = Number.NaN;
  let text = '';
  return (at) => {
    if (at === last) return text;
    const time = typeof at === 'number' && at >= FIRST && at <= LAST ? at : Date.now();
    const now = Math.floor(time / 1_000);
    if (now !== second) {
      second = now;
      prefix = new Date(now * 1_000).toISOString().slice(0, -4);
    }
    text = prefix + ends[Math.floor(time - now * 1_000)]!;
    // what stands for the present is written anew
    last = time;
    return text;
  };
}
