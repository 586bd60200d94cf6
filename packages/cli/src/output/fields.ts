import { oneLine } from './one-line.ts';
import { safe, safeLines } from './safe.ts';
import type { Cell } from './table.ts';
import { displayWidth } from './width.ts';

/** A label, and what it is of: a text, or lines that go below it. Undefined, or no lines: left out. */
export type Field = readonly [label: string, value: Cell | readonly string[] | undefined];

/** Labels and values, aligned, a line each, as `kubectl describe` shows them; each line ends with a line break. */
export function fieldsText(fields: readonly Field[], indent = ''): string {
  const shown = fields.filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0));
  const inLine = shown.filter(([, value]) => !Array.isArray(value));
  const width = Math.max(0, ...inLine.map(([label]) => displayWidth(safe(oneLine(label))))) + 4;
  return shown
    .map(([title, value]) => {
      const label = safe(oneLine(title));
      if (Array.isArray(value)) {
        return `${indent}${label}:\n${value.map((line) => `${indent}  ${line}\n`).join('')}`;
      }
      const cell = value as Cell;
      const text = safe(oneLine(typeof cell === 'string' ? cell : cell.text));
      const painted = typeof cell === 'string' ? text : cell.paint(text);
      const gap = ' '.repeat(width - displayWidth(label) - 1);
      return `${indent}${label}:${gap}${painted}`.trimEnd().concat('\n');
    })
    .join('');
}

/** The lines of a text, without what a terminal would obey, and indented. */
export function linesOf(text: string, indent = ''): readonly string[] {
  return safeLines(text.replace(/\n$/, ''))
    .split('\n')
    .map((line) => (indent + line).trimEnd());
}
