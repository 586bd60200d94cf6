import { preview } from '@flagwright/core';

/** Longer names and keys are cut. */
export const LONGEST_NAME = 1_024;

/** Shorter parts of a text the engine copies; of a longer one it keeps the whole text alive. */
const COPIED = 13;

/** The same text, which keeps no other alive that it was cut from: for what is held for long. */
export function own(text: string): string {
  return text.length < COPIED ? text : ` ${text}`.slice(1);
}

/** A text of at most `most` characters: itself, or a copy of its beginning. */
export function bounded(text: string, most: number = LONGEST_NAME): string {
  return text.length <= most ? text : beginning(text, most);
}

function beginning(text: string, most: number): string {
  return own(text.slice(0, most));
}

/** What should be a name, whatever a caller without types has made of it. */
export function nameOf(name: unknown): string {
  return typeof name === 'string' ? name : preview(name);
}
