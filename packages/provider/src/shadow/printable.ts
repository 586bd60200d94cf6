/** The most characters shown of one name, key or value. */
const SHOWN = 60;

/**
 * Text that may go to a terminal or a log, on one line: spaces are plain ones, and what is not seen or moves what is
 * seen (controls, directions, zero widths) is written as its number.
 */
export function printable(text: unknown): string {
  return String(text)
    .replace(/\s+/g, ' ')
    .replace(/[\p{C}\p{Default_Ignorable_Code_Point}]/gu, (char) => `\\u{${char.codePointAt(0)!.toString(16)}}`);
}

/** Text cut to 60 characters. */
export function cut(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN - 1)}…` : text;
}

/** A flag's key as a line of text shows it: as it is if it is plain, else as JSON, at most 60 characters. */
export function shownKey(key: string): string {
  return /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]{1,60}$/u.test(key) ? printable(key) : shownValue(key);
}

/** A text or a number as JSON on one line, at most 60 characters of it; looks no further than it shows. */
export function shownValue(value: string | number): string {
  return printable(cut(typeof value === 'string' ? JSON.stringify(value.slice(0, SHOWN + 1)) : String(value)));
}
