import { BlockList, isIP, isIPv4 } from 'node:net';

/**
 * The networks of IPv4 that are not the public internet, by the registry of special-purpose addresses of IANA (RFC 6890),
 * and those of multicast.
 */
const NOT_PUBLIC: readonly (readonly [network: string, prefix: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

/** Within 2000::/3, all that is given to the public, these are not: Teredo and others, documentation, 6to4. */
const NOT_PUBLIC_6: readonly (readonly [network: string, prefix: number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const blocked = new BlockList();
for (const [network, prefix] of NOT_PUBLIC) blocked.addSubnet(network, prefix, 'ipv4');
for (const [network, prefix] of NOT_PUBLIC_6) blocked.addSubnet(network, prefix, 'ipv6');
const given = new BlockList();
given.addSubnet('2000::', 3, 'ipv6');

/** The prefixes of an address of IPv6 that holds one of IPv4: mapped (RFC 4291), and translated (RFC 6052). */
const HOLDING_4 = /^(?:::ffff:|64:ff9b::)([0-9a-f]{1,4}):([0-9a-f]{1,4})$/;

/** Whether an address, IPv4 or IPv6 without brackets, is of the public internet; false for what is no address. */
export function isPublic(address: string): boolean {
  if (isIPv4(address)) return !blocked.check(address, 'ipv4');
  if (isIP(address) !== 6 || address.includes('%')) return false;
  const plain = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [, high, low] = HOLDING_4.exec(plain) ?? [];
  if (high !== undefined && low !== undefined) return isPublic(dotted(high, low));
  return given.check(plain, 'ipv6') && !blocked.check(plain, 'ipv6');
}

function dotted(high: string, low: string): string {
  const [a, b] = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return [a >> 8, a & 255, b >> 8, b & 255].join('.');
}
