import { BlockList, isIP } from 'node:net';
import type { Match, Operator } from './operator.ts';
import { eachElement } from './operator.ts';

interface Block {
  readonly address: string;
  readonly prefix: number;
  readonly family: 'ipv4' | 'ipv6';
}

function parseBlock(value: unknown): Block | undefined {
  if (typeof value !== 'string') return undefined;
  const parts = /^([0-9A-Fa-f.:]{2,45})(?:\/(\d{1,3}))?$/.exec(value);
  if (parts === null) return undefined;
  const address = parts[1]!;
  const version = isIP(address);
  const bits = version === 4 ? 32 : 128;
  const prefix = parts[2] === undefined ? bits : Number(parts[2]);
  if (version === 0 || prefix > bits) return undefined;
  return { address, prefix, family: version === 4 ? 'ipv4' : 'ipv6' };
}

/** Blocks in CIDR notation (RFC 4632, RFC 4291); Node's own `BlockList` does the arithmetic. */
export const cidr: Operator = {
  name: 'cidr',
  summary: 'is an address in one of the blocks',
  attribute: 'text that is an IPv4 or IPv6 address',
  values: 'blocks in CIDR notation: "10.0.0.0/8", "2001:db8::/32"; or single addresses',
  check: (value) => (parseBlock(value) === undefined ? 'an address block, e.g. "10.0.0.0/8"' : undefined),
  compile(attribute, values, negate) {
    const blocks = new BlockList();
    for (const value of values) {
      const block = parseBlock(value)!;
      blocks.addSubnet(block.address, block.prefix, block.family);
    }
    const match: Match = (actual) => {
      if (typeof actual !== 'string') return false;
      const version = isIP(actual);
      return version !== 0 && blocks.check(actual, version === 4 ? 'ipv4' : 'ipv6');
    };
    return eachElement(attribute, match, negate);
  },
};
