import { editsOf } from './edits.ts';

/** Lines around a change that are shown with it. */
const CONTEXT = 3;

/** How two texts are called in their difference. */
export interface Names {
  readonly before: string;
  readonly after: string;
}

/** The difference of two texts, line by line, as a unified diff with three lines around each change; '' if there is none. */
export function unified(before: string, after: string, names: Names): string {
  if (before === after) return '';
  const [a, b] = [linesOf(before), linesOf(after)];
  const edits = editsOf(a, b);
  const parts = [`--- ${names.before}`, `+++ ${names.after}`];
  for (let first = 0; first < edits.length; ) {
    let last = first;
    // changes that are near to each other are told together
    while (last + 1 < edits.length && edits[last + 1]!.a - (edits[last]!.a + edits[last]!.removed) <= 2 * CONTEXT)
      last++;
    parts.push(...hunk(a, b, edits.slice(first, last + 1)));
    first = last + 1;
  }
  return `${parts.join('\n')}\n`;
}

function hunk(
  a: readonly string[],
  b: readonly string[],
  edits: readonly { a: number; b: number; removed: number; added: number }[],
): readonly string[] {
  const [first, last] = [edits[0]!, edits.at(-1)!];
  const before = Math.min(CONTEXT, first.a);
  const after = Math.min(CONTEXT, a.length - last.a - last.removed);
  const [fromA, fromB] = [first.a - before, first.b - before];
  const [toA, toB] = [last.a + last.removed + after, last.b + last.added + after];
  const lines = [`@@ -${rangeOf(fromA, toA)} +${rangeOf(fromB, toB)} @@`];
  let at = fromA;
  for (const edit of edits) {
    for (; at < edit.a; at++) lines.push(` ${a[at]}`);
    for (let i = 0; i < edit.removed; i++) lines.push(`-${a[at++]}`);
    for (let i = 0; i < edit.added; i++) lines.push(`+${b[edit.b + i]}`);
  }
  for (; at < toA; at++) lines.push(` ${a[at]}`);
  return lines;
}

/** `3,4`: from line 3, four lines; one line is `3`; none are after the line before. */
function rangeOf(from: number, to: number): string {
  if (to - from === 1) return String(from + 1);
  return to === from ? `${from},0` : `${from + 1},${to - from}`;
}

function linesOf(text: string): readonly string[] {
  if (text === '') return [];
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  else lines.push(`${lines.pop()}\n\\ No newline at end of file`);
  return lines;
}
