/**
 * What may stand before a path: a name or an address, and a port (RFC 3986, 3.2). Whatever could begin a path, a query or
 * a user is not among it: who sends a request must not be able to change by one part of it what another says.
 */
const AUTHORITY = String.raw`(?:[\w.~!$&'()*+,;=-]+|\[[\da-f:.]+\])(?::\d{0,5})?`;
const HOST = new RegExp(`^${AUTHORITY}$`, 'i');

/** A path and a query as RFC 9112, 3.2.1 has them; URLs would take a backslash for a slash. */
const PATH = String.raw`\/[^?#\\]*(?:\?[^#]*)?`;
const ORIGIN_FORM = new RegExp(`^${PATH}$`);
const ABSOLUTE_FORM = new RegExp(String.raw`^https?:\/\/${AUTHORITY}(?:${PATH}|\?[^#]*)?$`, 'i');

/** A segment that leads elsewhere: who asks for an address has resolved these, and whoever stands between has not. */
const DOTS = /\/(?:\.|%2e){1,2}(?:[/?]|$)/i;

/**
 * The address of a request by its target and its `Host`, whose path is the one that was asked for, as whoever stands
 * between sees it. Undefined for what is none (RFC 9112, 3.2): those are to be answered with 400.
 */
export function requestAddress(scheme: string, host: string | null, target: string): string | undefined {
  const authority = host === null || host === '' ? 'localhost' : host;
  if (!HOST.test(authority)) return undefined;
  if (target === '*') return `${scheme}://${authority}/*`;
  const mark = target.indexOf('?');
  if (DOTS.test(mark === -1 ? target : target.slice(0, mark))) return undefined;
  if (ORIGIN_FORM.test(target)) return `${scheme}://${authority}${target}`;
  // of one who takes the server for a proxy; the target goes over the host (RFC 9112, 3.2.2)
  return ABSOLUTE_FORM.test(target) ? target : undefined;
}
