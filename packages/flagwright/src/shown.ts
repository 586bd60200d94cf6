import { preview } from '@flagwright/core';

/** Longer words, and such as an address or a key is made of, are not shown: something secret may stand in the wrong place. */
const HARMLESS = /^[\p{L}\p{N}_. +-]{0,32}$/u;

/** A value as a message shows it, unless it may be a secret in the wrong place. */
export function shown(value: unknown): string {
  if (typeof value === 'string' && !HARMLESS.test(value)) return 'this text';
  if (typeof value === 'object' && value !== null) {
    return Array.isArray(value) ? 'a list' : isPlainMap(value) ? 'a map' : 'an object of a class';
  }
  return preview(value);
}

/** A name as a path shows it. */
export const shownName = (name: string): string => (HARMLESS.test(name) ? name : '…');

/** Whether a value is an object as JSON or an object literal makes it: of a class, not all may be seen. */
export function isPlainMap(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // of another realm, as that of a test runner, it has another prototype, which has none itself
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
