import { FlagError } from './error.ts';
import { preview } from './issue.ts';
import { isRecord } from './json.ts';

/**
 * Headers that a user gives for requests, by lower-case name; `ours` are not for the user to set, in lower case. Throws
 * `FlagError('INVALID_ARGUMENT')`, which shows no value.
 */
export function checkedHeaders(given: unknown, ours: ReadonlySet<string>): Readonly<Record<string, string>> {
  if (!isRecord(given)) throw new FlagError('INVALID_ARGUMENT', 'headers are no object; expected name to value');
  return Object.fromEntries(Object.entries(given).map(([name, value]) => checkedHeader(name, value, ours)));
}

function checkedHeader(name: string, value: unknown, ours: ReadonlySet<string>): [string, string] {
  // what no header can be named may be a secret in the wrong place
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) {
    throw new FlagError('INVALID_ARGUMENT', 'the name of one of the headers has characters that no header can');
  }
  if (ours.has(name.toLowerCase())) {
    throw new FlagError('INVALID_ARGUMENT', `the header ${name} is not for the user to set; expected others`);
  }
  try {
    if (typeof value !== 'string') throw new TypeError();
    return [...new Headers([[name, value]])][0]!;
  } catch {
    // what was thrown shows the value
    throw new FlagError('INVALID_ARGUMENT', `the header ${preview(name)} has a value that no header can`);
  }
}

/**
 * How long a server asks to be left alone, in ms, by `Retry-After` in seconds or as a date (RFC 9110, 10.2.3); undefined if
 * it does not. A `fetch` of another make may leave headers out.
 */
export function retryAfterOf(headers: Partial<Pick<Headers, 'get'>> | undefined): number | undefined {
  const asked = headers?.get?.('retry-after')?.trim() ?? '';
  if (/^\d+$/.test(asked)) return Math.min(Number(asked) * 1_000, Number.MAX_SAFE_INTEGER);
  // an HTTP date begins with the day of the week; `Date.parse` would take almost anything
  const until = /^[a-z]{3,9},? /i.test(asked) ? Date.parse(asked) : Number.NaN;
  if (Number.isNaN(until)) return undefined;
  // by the clock of the server, which may not be ours
  const now = Date.parse(headers?.get?.('date') ?? '');
  return Math.max(0, until - (Number.isNaN(now) ? Date.now() : now));
}

/** The media type of a body, in small letters and without parameters; empty if there is none. */
export function mediaTypeOf(headers: Headers): string {
  return (headers.get('content-type') ?? '').split(';', 1)[0]!.trim().toLowerCase();
}
