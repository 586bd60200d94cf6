import { printable } from '../printable.ts';

const GAP = '   ';

/** A table as kubectl prints it: columns of equal width, three spaces between them, no lines and nothing at the ends. */
export function columns(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map(printable));
  const widths: number[] = [];
  for (const row of cells) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, lengthOf(cell));
  }
  const line = (row: readonly string[]): string =>
    row.map((cell, i) => cell + ' '.repeat(widths[i]! - lengthOf(cell))).join(GAP);
  return cells.map((row) => line(row).trimEnd()).join('\n');
}

/** In characters, as kubectl counts: one outside the basic plane is one. */
function lengthOf(cell: string): number {
  return [...cell].length;
}
