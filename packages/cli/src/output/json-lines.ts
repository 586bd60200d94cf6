import { isRecord } from '@flagwright/core';

/** Such lists and objects are written in one line. */
const WIDTH = 80;

/** JSON in lines for people to read: what is short in one line, other things a member a line, indented by two. */
export function jsonLines(value: unknown): string {
  return linesOf(value, '', 0);
}

/** `before` is how many columns of the line are taken. */
function linesOf(value: unknown, indent: string, before: number): string {
  const short = inLine(value);
  if (indent.length + before + short.length <= WIDTH) return short;
  const deeper = `${indent}  `;
  if (Array.isArray(value)) {
    if (value.length === 0) return short;
    return `[\n${value.map((item) => deeper + linesOf(item, deeper, 0)).join(',\n')}\n${indent}]`;
  }
  if (!isRecord(value)) return short;
  const members = membersOf(value);
  if (members.length === 0) return short;
  const lines = members.map(([name, member]) => {
    const key = `${jsonOf(name)}: `;
    return `${deeper}${key}${linesOf(member, deeper, key.length)}`;
  });
  return `{\n${lines.join(',\n')}\n${indent}}`;
}

/** `{ "var": "user-tier" }`. */
function inLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inLine).join(', ')}]`;
  if (!isRecord(value)) return jsonOf(value);
  const members = membersOf(value).map(([name, member]) => `${jsonOf(name)}: ${inLine(member)}`);
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}

const membersOf = (value: Readonly<Record<string, unknown>>): readonly (readonly [string, unknown])[] =>
  Object.entries(value).filter(([, member]) => member !== undefined);

/** What is not to be seen is written out: a block of text in YAML can have it no other way. */
function jsonOf(value: unknown): string {
  return (JSON.stringify(value) ?? 'null').replace(
    /[\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
