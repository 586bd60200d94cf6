import { isIP } from 'node:net';

/**
 * Whether a host is this machine for sure: `localhost`, 127.0.0.0/8 or `::1`, with brackets or without. Nothing is looked
 * up: other names may lead anywhere, and `''`, `0.0.0.0` and `::` are all networks of the machine.
 */
export function isLoopback(host: string): boolean {
  const plain = /^\[(.*)\]$/.exec(host)?.[1] ?? host;
  if (plain.toLowerCase() === 'localhost') return true;
  const inner = /^::ffff:([\d.]+)$/i.exec(plain)?.[1] ?? plain;
  if (isIP(inner) === 4) return inner.startsWith('127.');
  return isIP(plain) === 6 && new URL(`http://[${plain.split('%')[0]}]`).hostname === '[::1]';
}
