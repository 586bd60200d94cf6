import { isRecord } from '@flagwright/core';

/** A word as programs use them for what went wrong, `ECONNREFUSED` say; empty if it is none. Secrets are no such words. */
export function wordIn(value: unknown): string {
  return typeof value === 'string' && /^[A-Za-z]\w{0,63}$/.test(value) ? value : '';
}

/** The `code` of an error, as Node gives them; empty if it has none that is a word. */
export function codeOf(thrown: unknown): string {
  return isRecord(thrown) ? wordIn(thrown.code) : '';
}
