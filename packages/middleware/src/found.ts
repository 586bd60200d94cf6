import { isUtf8 } from 'node:buffer';
import { addressIn, forwardedAddress, MOST_HOPS } from './address.ts';
import { invalid, isRecord } from './invalid.ts';
import type { ContextOptions } from './options.ts';

/** What is found in a request without asking: `ip`, if it is known, and the headers that were named. All text. */
export type Found = Readonly<Record<string, string>>;

/** How a request of HTTP gets its context. */
export interface HttpContextOptions<Request> extends ContextOptions<Request, Found> {
  /**
   * How many proxies stand in front, on every way in; default 0. With more, `ip` is taken from X-Forwarded-For: the
   * entry of the first of these proxies, whatever the client has written there.
   */
  readonly trustProxy?: number | undefined;
  /**
   * Attributes from headers, `{ targetingKey: 'x-user-id', country: 'cf-ipcountry' }`; default none, for a client may
   * send any. Name those only which a proxy in front sets or removes. Values over 1,024 bytes are left out, and those of
   * headers that came more than once. Bytes beyond ASCII are read as UTF-8, or else as Latin-1.
   */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** The names of the options above. */
export const HTTP_OPTIONS: readonly string[] = ['trustProxy', 'headers'];

/** A request as far as it is read. */
export interface Readable {
  /** The address of who is connected. */
  readonly peer: string | undefined;
  /** A header by its name in lower case, as it came. */
  header(name: string): string | readonly string[] | null | undefined;
  /** Whether a header came more than once, as far as can be told. */
  isRepeated(name: string): boolean;
}

const LONGEST_VALUE = 1024;
const MOST_HEADERS = 64;

/** Reads what is found in requests, as the options say; which must make sense (`INVALID_ARGUMENT`). */
export function finder(what: string, options: HttpContextOptions<never>): (request: Readable) => Found {
  const { trustProxy: hops = 0 } = options;
  if (!Number.isInteger(hops) || hops < 0 || hops > MOST_HOPS) {
    throw invalid(`${what}: trustProxy must be the number of proxies in front, 0 to ${MOST_HOPS}`);
  }
  const named = namedHeaders(what, options.headers ?? {});
  return (request) => {
    const ip =
      hops === 0 ? addressIn(request.peer) : forwardedAddress(request.header('x-forwarded-for'), hops, request.peer);
    if (named.length === 0) return ip === undefined ? {} : { ip };
    const found: [string, string][] = ip === undefined ? [] : [['ip', ip]];
    for (const { attribute, header } of named) {
      const value = single(request, header, attribute);
      if (value !== undefined) found.push([attribute, value]);
    }
    return Object.fromEntries(found);
  };
}

interface NamedHeader {
  readonly attribute: string;
  readonly header: string;
}

function namedHeaders(what: string, headers: Readonly<Record<string, string>>): readonly NamedHeader[] {
  if (!isRecord(headers)) throw invalid(`${what}: headers must be an object of header names by attribute`);
  const named = Object.entries(headers).map(([attribute, header]) => {
    if (attribute === '' || typeof header !== 'string' || !/^[\w!#$%&'*+.^`|~-]{1,256}$/.test(header)) {
      throw invalid(`${what}: headers must give each attribute the name of a header, say { country: 'cf-ipcountry' }`);
    }
    return { attribute, header: header.toLowerCase() };
  });
  if (named.length > MOST_HEADERS) throw invalid(`${what}: at most ${MOST_HEADERS} headers can be named`);
  return named;
}

/** The value of a header that came once. Of one that came twice, one may be the client's and one the proxy's. */
function single(request: Readable, name: string, attribute: string): string | undefined {
  const raw = request.header(name);
  const value = typeof raw === 'string' ? raw : raw?.length === 1 ? raw[0] : undefined;
  if (typeof value !== 'string' || value === '' || value.length > LONGEST_VALUE) return undefined;
  // whoever joins headers writes a comma, and it cannot always be seen that there were two: who it is must be certain
  if (attribute === 'targetingKey' && value.includes(',')) return undefined;
  return request.isRepeated(name) ? undefined : decoded(value);
}

/** A header as text: servers give its bytes as Latin-1, while whoever sends more than ASCII mostly means UTF-8. */
function decoded(value: string): string {
  if (!/[\x80-\xff]/.test(value) || /[\u0100-\uffff]/.test(value)) return value;
  const bytes = Buffer.from(value, 'latin1');
  return isUtf8(bytes) ? bytes.toString() : value;
}
