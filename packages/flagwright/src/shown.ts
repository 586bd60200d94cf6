import { preview } from '@flagwright/core';

/** Longer words, and such as an address or a key is made of, are not shown: something secret may stand in the wrong place. */
const HARMLESS = /^[\p{L}\p{N}_. +-]{0,32}$/u;

/** A value as a message shows it, unless it may be a secret in the wrong place. */
export function shown(value: unknown): string {
  if (typeof value === 'string' && !HARMLESS.test(value)) return 'this text';
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'a map';
  return preview(value);
}

/** A name as a path shows it. */
export const shownName = (name: string): string => (HARMLESS.test(name) ? name : '…');
