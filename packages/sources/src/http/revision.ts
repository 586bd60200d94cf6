/** What is sent as it is: what an entity tag may hold (RFC 9110, 8.8.3), but for nothing, and what is beyond ASCII. */
const PLAIN = /^[!#-~]+$/;

/** Before a text that was escaped. */
const MARK = '~';

/**
 * Any text in the characters of an entity tag. Most revisions stay as they are; others, and the empty text, which many
 * a server sends as a tag of anything, are marked by `~`, and what is not ASCII, a space, `"` or `%` becomes `%` and the
 * four hexadecimal digits of its UTF-16 code unit, so that no text at all is impossible, lone surrogates included.
 */
export function escapeText(text: string): string {
  if (PLAIN.test(text) && !text.startsWith(MARK)) return text;
  return MARK + text.replace(/[^!#$&-~]/g, (unit) => `%${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The text that was escaped; what is no work of `escapeText` is left as it is. */
export function unescapeText(escaped: string): string {
  if (!escaped.startsWith(MARK)) return escaped;
  const text = escaped.slice(1).replace(/%([0-9a-f]{4})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return escapeText(text) === escaped ? text : escaped;
}

/** The entity tag of a revision. */
export function tagOf(revision: string): string {
  return `"${escapeText(revision)}"`;
}

/** The revision that an `ETag` header stands for, weak or strong; undefined if there is none, or it is malformed or empty. */
export function revisionOf(tag: string | null): string | undefined {
  const opaque = /^(?:W\/)?"([^"]+)"$/.exec(tag?.trim() ?? '')?.[1];
  return opaque === undefined ? undefined : unescapeText(opaque);
}

/** Whether an `If-None-Match` header names a tag, by weak comparison (RFC 9110, 13.1.2). */
export function names(ifNoneMatch: string | null, tag: string): boolean {
  if (ifNoneMatch === null) return false;
  if (ifNoneMatch.trim() === '*') return true;
  return [...ifNoneMatch.matchAll(/"[^"]*"/g)].some(([one]) => one === tag);
}
