import type { Line } from './lines.ts';

/** What stands in a cell; undefined: nothing, not even quotes. */
export type Cell = string | undefined;

/** A record of a file with columns, or what is wrong with it. */
export type Row = { readonly line: number } & ({ readonly cells: readonly Cell[] } | { readonly wrong: string });

/** A quote is never closed if that takes more characters. */
const MOST = 2 ** 20;

/**
 * Reads records line by line, as RFC 4180 has them: cells in quotes may hold separators, line breaks and doubled quotes.
 * Called with a line, it returns the record that ends there; at the end, `rest` returns what was left open.
 */
export function createCsv(separator: string): {
  readonly next: (line: Line) => Row | undefined;
  readonly rest: () => Row | undefined;
} {
  let open: string[] = [];
  let [from, size, isOpen] = [0, 0, false];
  const closed = (record: string): Row => {
    open = [];
    size = 0;
    isOpen = false;
    return rowOf(record.endsWith('\r') ? record.slice(0, -1) : record, separator, from);
  };
  const unclosed = (): Row => {
    open = [];
    size = 0;
    isOpen = false;
    return { line: from, wrong: 'a quote that is opened here is never closed' };
  };
  return {
    next({ text, line }) {
      if (open.length === 0) {
        if (text === '' || text === '\r') return undefined;
        from = line;
        if (!text.includes('"')) return closed(text);
      }
      // quotes come in pairs, doubled ones as well: an odd number of them leaves a cell open
      if (quotesIn(text) % 2 === 1) isOpen = !isOpen;
      open.push(text);
      size += text.length;
      if (isOpen) return size > MOST ? unclosed() : undefined;
      return closed(open.join('\n'));
    },
    rest: () => (open.length > 0 ? unclosed() : undefined),
  };
}

function quotesIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) count++;
  return count;
}

function rowOf(record: string, separator: string, line: number): Row {
  if (!record.includes('"'))
    return { line, cells: record.split(separator).map((cell) => (cell === '' ? undefined : cell)) };
  const cells: Cell[] = [];
  let at = 0;
  for (;;) {
    if (record[at] === '"') {
      const end = closingQuote(record, at);
      if (end < 0 || (end + 1 < record.length && record[end + 1] !== separator)) {
        return {
          line,
          wrong: `cell ${cells.length + 1}: text after a closing quote; quotes within a cell are doubled`,
        };
      }
      cells.push(record.slice(at + 1, end).replaceAll('""', '"'));
      at = end + 1;
    } else {
      const end = record.indexOf(separator, at);
      const cell = record.slice(at, end < 0 ? record.length : end);
      if (cell.includes('"')) {
        return { line, wrong: `cell ${cells.length + 1}: a quote within text; such cells are written in quotes` };
      }
      cells.push(cell === '' ? undefined : cell);
      at = end < 0 ? record.length : end;
    }
    if (at >= record.length) return { line, cells };
    at++;
    // a separator at the end: one more cell, that is empty
    if (at === record.length) return { line, cells: [...cells, undefined] };
  }
}

function closingQuote(record: string, from: number): number {
  for (let at = record.indexOf('"', from + 1); at >= 0; at = record.indexOf('"', at + 2)) {
    if (record[at + 1] !== '"') return at;
  }
  return -1;
}
