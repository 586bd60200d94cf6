import { preview } from '@flagwright/core';

/** A flag's key as a line of text shows it: as it is if it is plain, else as JSON, at most 60 characters. */
export function shownKey(key: string): string {
  return /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]{1,60}$/u.test(key) ? key : preview(key);
}
