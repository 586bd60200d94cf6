import { expect, it } from 'vitest';
import { clientAddress, type Incoming } from './client-address.ts';

const from = (forwarded: string | undefined): Incoming => ({
  socket: { remoteAddress: '10.0.0.1' },
  headers: { 'x-forwarded-for': forwarded },
});

it.each([
  ['what is not trusted says nothing', 0, '1.1.1.1', '10.0.0.1'],
  ['a proxy says whom it heard', 1, '1.1.1.1', '1.1.1.1'],
  ['what comes before was made up', 1, '9.9.9.9, 8.8.8.8,1.1.1.1', '1.1.1.1'],
  ['two proxies', 2, '9.9.9.9, 1.1.1.1, 10.0.0.2', '1.1.1.1'],
  ['fewer than there should be', 3, '1.1.1.1, 10.0.0.2', '1.1.1.1'],
  ['no header', 1, undefined, '10.0.0.1'],
  ['an empty one', 1, '', '10.0.0.1'],
  ['something that is no address', 1, 'unknown', '10.0.0.1'],
  ['something that is no address further out', 2, '_hidden, 1.1.1.1', '1.1.1.1'],
  ['a port', 1, '1.1.1.1:4711', '1.1.1.1'],
  ['IPv6', 1, '2001:db8::1', '2001:db8::1'],
  ['IPv6 with a port', 1, '[2001:db8::1]:4711', '2001:db8::1'],
  ['a very long list', 1, `${'9.9.9.9, '.repeat(10_000)}1.1.1.1`, '1.1.1.1'],
])('%s', (_, hops, forwarded, expected) => {
  expect(clientAddress(hops)(from(forwarded))).toBe(expected);
});

it.each([-1, 1.5, 21, Number.NaN])('%s proxies make no sense', (hops) => {
  expect(() => clientAddress(hops)).toThrow('trustProxy');
});
