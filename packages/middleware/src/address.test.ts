import { describe, expect, it } from 'vitest';
import { addressIn, addressOfPeer, forwardedAddress } from './address.ts';

it.each([
  ['192.0.2.1', '192.0.2.1'],
  [' 192.0.2.1 ', '192.0.2.1'],
  ['192.0.2.1:8080', '192.0.2.1'],
  ['2001:db8::1', '2001:db8::1'],
  ['[2001:db8::1]', '2001:db8::1'],
  ['[2001:db8::1]:443', '2001:db8::1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::FFFF:192.0.2.1', '192.0.2.1'],
  ['::ffff:c000:201', '::ffff:c000:201'],
  ['', undefined],
  [undefined, undefined],
  ['unknown', undefined],
  ['_hidden', undefined],
  ['192.0.2.256', undefined],
  ['192.0.2.1:', undefined],
  ['192.0.2.1:123456', undefined],
  ['[192.0.2.1]:80', undefined],
  ['[2001:db8::1', undefined],
  ['[2001:db8::1]x', undefined],
  ['localhost', undefined],
  [`${' '.repeat(100)}192.0.2.1`, undefined],
])('the address in %j is %j', (text, address) => {
  expect(addressIn(text)).toBe(address);
});

it.each([
  ['127.0.0.1:50051', '127.0.0.1'],
  ['::1:5005', '::1'],
  ['::ffff:127.0.0.1:50051', '127.0.0.1'],
  ['unknown', undefined],
  ['', undefined],
])('the address of the peer %j is %j', (peer, address) => {
  expect(addressOfPeer(peer)).toBe(address);
});

describe('behind proxies', () => {
  const peer = '10.0.0.9';

  it.each([
    // the client wrote 6.6.6.6; the first proxy saw 192.0.2.1, the second saw the first
    [0, '6.6.6.6, 192.0.2.1, 10.0.0.1', peer],
    [1, '6.6.6.6, 192.0.2.1', '192.0.2.1'],
    [2, '6.6.6.6, 192.0.2.1, 10.0.0.1', '192.0.2.1'],
    [2, '6.6.6.6,192.0.2.1:4711 ,10.0.0.1', '192.0.2.1'],
    [1, '6.6.6.6, 2001:db8::1', '2001:db8::1'],
    // fewer than there are proxies: the first that is told
    [3, '192.0.2.1', '192.0.2.1'],
    [1, undefined, peer],
    [1, null, peer],
    [1, '', peer],
    [1, [], peer],
    [1, ['6.6.6.6', '192.0.2.1'], '192.0.2.1'],
    [2, ['6.6.6.6', '192.0.2.1, 10.0.0.1'], '192.0.2.1'],
    // what is there is no address: that of the proxy would be wrong
    [1, '6.6.6.6, unknown', undefined],
    [1, '6.6.6.6,', undefined],
    [2, ',,', undefined],
    [1, '<script>', undefined],
  ])('%i of them, %j: %j', (hops, header, address) => {
    expect(forwardedAddress(header, hops, peer)).toBe(address);
  });

  it('however long the header is', () => {
    const long = 'x'.repeat(1 << 20);
    const many = '6.6.6.6, '.repeat(1 << 17);
    for (const hops of [1, 2, 32]) {
      const proxies = Array.from({ length: hops - 1 }, (_, n) => `10.0.0.${n}`);
      expect(forwardedAddress([`${many}192.0.2.1`, ...proxies].join(', '), hops, peer)).toBe('192.0.2.1');
      expect(forwardedAddress([`${long}, 192.0.2.1`, ...proxies].join(', '), hops, peer)).toBe('192.0.2.1');
      expect(forwardedAddress([long, ...proxies].join(', '), hops, peer)).toBeUndefined();
    }
  });
});
