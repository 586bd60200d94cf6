/** A number, those next to it in the unit that it is written in, and one between. */
export function numberEdges(value: number): readonly number[] {
  if (!Number.isFinite(value)) return [];
  const places = placesOf(value);
  const unit = 10 ** -places;
  const away = (step: number, digits: number): number => {
    const near = Number((value + step).toFixed(digits));
    // of a large number, the next one that there is
    return near === value ? value + Math.sign(step) * Math.max(Math.abs(value) * 2 ** -52, Number.MIN_VALUE) : near;
  };
  const next = [away(-unit, places), away(unit, places)];
  const all = Number.isSafeInteger(value * 2) || places > 0 ? [...next, away(unit / 2, places + 1)] : next;
  return [value, ...all].filter(Number.isFinite);
}

/** How many digits after the point a number is written with. */
function placesOf(value: number): number {
  const [digits = '', exponent = '0'] = String(Math.abs(value)).split('e');
  const fraction = digits.split('.')[1]?.length ?? 0;
  return Math.min(99, Math.max(0, fraction - Number(exponent)));
}

const DAY = 24 * 3_600_000;

/** The latest time there is, in ms since the epoch, less a day. */
const LATEST = 8.64e15 - DAY;

const DATE = /^\d{4}-\d{2}-\d{2}(?:[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:[Zz]|[+-]\d{2}:?\d{2})?)?$/;

/** In ms since the epoch, as clauses read it: without a zone it is UTC. NaN for what is no time. */
function timeOf(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || value.length > 40 || !DATE.test(value)) return Number.NaN;
  const text = value.toUpperCase().replace(' ', 'T');
  return Date.parse(text.length > 10 && !/(?:Z|[+-]\d{2}:?\d{2})$/.test(text) ? `${text}Z` : text);
}

/** A time, the ms before and after it, and the same time of the days before and after; none of what is no time. */
export function timeEdges(value: unknown): readonly (string | number)[] {
  const time = timeOf(value);
  if (!Number.isFinite(time) || Math.abs(time) > LATEST) return [];
  return [time, time - 1, time + 1, time - DAY, time + DAY].map((near) => {
    const text = new Date(near).toISOString();
    // years of more than four digits are not read as text
    return DATE.test(text) ? text : near;
  });
}
