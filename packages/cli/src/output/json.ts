/** What JSON may have as it is, and a terminal would take for a command, or show in another order. */
const UNSAFE = /[\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** The same JSON, with nothing in it that a terminal would obey; these stand in texts only, where they can be escaped. */
export function escapedJson(json: string): string {
  return json.replace(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The same JSON, with nothing in it that looks like a placeholder of a template: two braces can stand in texts only. */
export function withoutMarks(json: string): string {
  return json.replaceAll('{{', '{\\u007b');
}

/** Data as JSON for people and programs: indented, with a line break at the end. `apply` fills nothing in. */
export function jsonText(value: unknown): string {
  return withoutMarks(escapedJson(`${JSON.stringify(value, null, 2)}\n`));
}

/** Data as JSON in one line, with a line break at the end. */
export function jsonLine(value: unknown): string {
  return withoutMarks(escapedJson(`${JSON.stringify(value)}\n`));
}
