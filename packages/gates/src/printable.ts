/** Characters that move the cursor, colour, hide, or turn round what a terminal shows. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Text in one line that no terminal takes for an order: white space is a space, what cannot be seen is `�`. */
export function printable(text: string): string {
  return text.replace(/\s+/gu, ' ').trim().replace(UNSEEN, '\uFFFD');
}

/** Text as it stands, but for what a terminal might obey, which is escaped as in JSON: for messages on what others wrote. */
export function shown(text: string): string {
  return text.replace(UNSEEN, units);
}

/** Text in its lines, with `�` for what cannot be seen: for formats that have no escapes everywhere, as YAML. */
export function visible(text: string): string {
  return text.replace(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '\uFFFD');
}

/** JSON text with what a terminal might obey escaped, too: JSON itself asks that only of the first 32 characters. */
export function escaped(json: string): string {
  return json.replace(/[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu, units);
}

function units(found: string): string {
  return found
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}
