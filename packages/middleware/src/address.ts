import { isIP } from 'node:net';

/** How long an address is at most, with a port and brackets; anything longer is none. */
const LONGEST = 64;

/** How many proxies may be trusted at most. */
export const MOST_HOPS = 32;

/**
 * An IP address out of text: without its port (`192.0.2.1:80`, `[2001:db8::1]:443`), and IPv4 in its own form where it
 * is written as IPv6 (`::ffff:192.0.2.1`). Undefined if it is none.
 */
export function addressIn(text: string | undefined): string | undefined {
  if (text === undefined || text.length > LONGEST) return undefined;
  const trimmed = text.trim();
  if (isIP(trimmed) !== 0) return unmapped(trimmed);
  if (trimmed.startsWith('[')) {
    const inner = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(trimmed)?.[1];
    return inner !== undefined && isIP(inner) === 6 ? unmapped(inner) : undefined;
  }
  const ip = /^([\d.]+):\d{1,5}$/.exec(trimmed)?.[1];
  return ip !== undefined && isIP(ip) === 4 ? ip : undefined;
}

function unmapped(address: string): string {
  const inner = /^::ffff:([\d.]+)$/i.exec(address)?.[1];
  return inner !== undefined && isIP(inner) === 4 ? inner : address;
}

/** The address in what gRPC calls a peer: `address:port` with IPv6 in no brackets, or `unknown`. */
export function addressOfPeer(peer: string): string | undefined {
  const end = peer.lastIndexOf(':');
  return end === -1 ? undefined : addressIn(peer.slice(0, end));
}

/**
 * The address of who asks, behind `hops` proxies that are trusted: each adds to the right of X-Forwarded-For whom it was
 * asked by, so it is the entry `hops` from the right, whatever the client has put to the left of it. Where there are
 * fewer entries it is the first, and without the header the peer itself. Undefined if what is there is no address.
 */
export function forwardedAddress(
  header: string | readonly string[] | null | undefined,
  hops: number,
  peer: string | undefined,
): string | undefined {
  const text = typeof header === 'string' || header === null ? header : header?.slice(-hops).join(',');
  if (hops === 0 || text === undefined || text === null || text === '') return addressIn(peer);
  // the client decides how long the header is: what is read of it is bounded
  const entries = text.slice(-hops * (LONGEST + 2)).split(',');
  return addressIn(entries[Math.max(0, entries.length - hops)]);
}
