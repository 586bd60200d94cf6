import { printable } from '../printable.ts';

/**
 * Plain text as Markdown that shows just that, in one line: nothing in it is markup, HTML, or the end of a cell. Web
 * addresses become links.
 */
export function plain(text: string): string {
  return printable(text)
    .split(/(https?:\/\/[^\s<>`|\\]*[^\s<>`|\\.,;:!?)\]'"])/)
    .map((part, i) => (i % 2 === 1 ? `<${part}>` : escaped(part)))
    .join('')
    .replace(/^(\d+)(?=[.)])/, '$1\\')
    .replace(/^[#+=-]/, '\\$&');
}

function escaped(text: string): string {
  return text
    .replace(/[\\`*_{}[\]|~$]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

/** A code span. In a table, too: there a bar ends a cell even in code. */
export function code(text: string): string {
  const shown = printable(text).replaceAll('|', '\\|');
  const longest = Math.max(0, ...[...shown.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return longest === 0 ? `${fence}${shown}${fence}` : `${fence} ${shown} ${fence}`;
}

/** A link to the heading of a gate in the same page, by the anchor that GitHub gives it. */
export function linkToGate(name: string): string {
  return `[${code(name)}](#${name.toLowerCase().replaceAll('.', '')})`;
}

/** A link if it is a web address; else a path, which may begin anywhere. */
export function linkOrPath(text: string): string {
  const address = printable(text);
  return /^https?:\/\/[^\s<>`|\\]+$/.test(address) ? `<${address}>` : code(address);
}

/** A table with columns of equal width. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lengthOf = (cell: string): number => [...cell].length;
  const widths = header.map((title, i) => Math.max(lengthOf(title), ...rows.map((row) => lengthOf(row[i]!))));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, i) => cell + ' '.repeat(widths[i]! - lengthOf(cell))).join(' | ')} |`;
  return [line(header), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
