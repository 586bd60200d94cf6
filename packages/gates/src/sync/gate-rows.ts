import type { Place } from '@flagwright/core';

/** The lines of a text, each with what ends it. */
export type Rows = readonly { readonly text: string; readonly end: string }[];

/** The line that begins the gates, where nothing else stands in it: its key, an empty map or null, and a comment. */
export const HEADER: RegExp =
  /^((?:features|"features"|'features')[ \t]*:(?:[ \t]+[&!][^\s,{}[\]]*)*)(?:[ \t]+(\{[ \t]*\}|null|Null|NULL|~))?[ \t]*(#.*)?$/;

const KEY = /^(?:features|"features"|'features')[ \t]*:(?:\s|$)/;

/** Words that are no text in YAML, in one version or another. */
const NO_TEXT = /^(?:true|false|null|yes|no|on|off|y|n)$/i;

/** The lines of a text. */
export function rowsOf(text: string): Rows {
  return text.split(/(?<=\n|\r(?!\n))/).map((line) => {
    const end = /[\r\n]*$/.exec(line)![0];
    return { text: line.slice(0, line.length - end.length), end };
  });
}

/** Where each line begins, and where the last one ends. */
export function lineStarts(rows: Rows): readonly number[] {
  const starts = [0];
  for (const { text, end } of rows) starts.push(starts.at(-1)! + text.length + end.length);
  return starts;
}

/** Where a place is in a text. */
export function offsetIn(starts: readonly number[], { line, column }: Place): number {
  return (starts[line - 1] ?? 0) + column - 1;
}

/** The lines of `features` in a map of lines: from the one with its key to the last that belongs to it. */
export function blockSection(rows: Rows): { readonly first: number; readonly last: number } | undefined {
  const first = rows.findIndex(({ text }) => KEY.test(text));
  if (first < 0) return undefined;
  let last = first;
  for (let i = first + 1; i < rows.length && /^(?:[ \t}]|#|$)/.test(rows[i]!.text); i++) {
    if (/^(?:[ \t]+[^\s#]|\})/.test(rows[i]!.text)) last = i;
  }
  return { first, last };
}

/** A name as a key of YAML, in quotes if it must be. */
export function keyText(name: string): string {
  return /^[A-Za-z_][\w.-]*$/.test(name) && !NO_TEXT.test(name) ? name : JSON.stringify(name);
}
