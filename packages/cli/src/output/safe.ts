/** What a terminal would take for a command, or show in another order: control characters, and marks of direction. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * Text of others as it can be shown within a line: what is not to be seen is written out, line breaks, too, so that a name
 * looks like no other line.
 */
export function safe(text: string): string {
  return safeLines(text).replaceAll('\n', '\\n');
}

/** The same of a text whose lines are its own. */
export function safeLines(text: string): string {
  return text.replace(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
