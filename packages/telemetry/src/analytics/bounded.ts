import { preview } from '@flagwright/core';

/** Longer names and keys are cut. */
export const LONGEST_NAME = 1_024;

/** A text of at most `most` characters: itself, or its beginning, which does not keep the rest alive. */
export function bounded(text: string, most: number = LONGEST_NAME): string {
  return text.length <= most ? text : beginning(text, most);
}

function beginning(text: string, most: number): string {
  // a slice would be a view of the whole
  return Buffer.from(text.slice(0, most), 'utf16le').toString('utf16le');
}

/** What should be a name, whatever a caller without types has made of it. */
export function nameOf(name: unknown): string {
  return typeof name === 'string' ? name : preview(name);
}
