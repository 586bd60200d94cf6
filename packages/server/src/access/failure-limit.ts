import { isIP } from 'node:net';
import { buckets, type Rate } from './buckets.ts';
import { limited } from './rate-limiter.ts';

export interface FailureLimitOptions extends Rate {
  /** Networks that are remembered, at most. Default: 10,000. */
  readonly most?: number | undefined;
  /** A clock in ms that is never set. Default: `performance.now`. */
  readonly clock?: (() => number) | undefined;
}

/** Bounds how often unknown tokens may come from one address. Tokens that are known already are never in its way. */
export interface FailureLimit {
  /** Throws `Problem('RATE_LIMITED')` if too many came from there. */
  check(address: string | undefined): void;
  /** One came from there. */
  count(address: string | undefined): void;
}

/** What is known of no address is not bounded. Throws `FlagError('INVALID_ARGUMENT')` for rates that make no sense. */
export function failureLimit(options: FailureLimitOptions): FailureLimit {
  const { most = 10_000, clock = () => performance.now() } = options;
  const budget = buckets('the limit of unknown tokens', options, clock, most);
  return {
    check(address) {
      if (address === undefined) return;
      const wait = budget.wait(networkOf(address));
      if (wait > 0) throw limited('too many unknown tokens came from this address', wait, options);
    },
    count(address) {
      if (address !== undefined) budget.take(networkOf(address));
    },
  };
}

/** An address, or of IPv6 the /64 it is in, which is what one customer has at least. */
export function networkOf(address: string): string {
  const [plain] = address.split('%');
  const [, inner] = /^::ffff:([\d.]+)$/i.exec(plain!) ?? [];
  if (inner !== undefined) return inner;
  if (isIP(plain!) !== 6) return plain!.slice(0, 64);
  // the last two groups may be written as an IPv4 address
  const [head = '', tail] = plain!.replace(/[\d.]+\.[\d.]+$/, '0:0').split('::');
  const first = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - first.length - last.length }, () => '0');
  const groups = [...first, ...zeros, ...last].slice(0, 4);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}
