import { safe } from './safe.ts';
import { cutTo, displayWidth } from './width.ts';

/** A column of a table. */
export interface Header {
  readonly title: string;
  /** Its texts may be cut where the terminal is too narrow for all. */
  readonly shrinks?: true;
}

/** What stands in a cell; `paint` colours it, and must not change its width. */
export type Cell = string | { readonly text: string; readonly paint: (text: string) => string };

export interface TableOptions {
  /** How wide a line may be, in columns; undefined, as where it is no terminal: as wide as it gets. */
  readonly columns?: number | undefined;
}

/** The lines of a table, whose columns grow with what is put in. */
export interface TableLayout {
  /** Makes the columns wide enough for rows. */
  fit(rows: readonly (readonly Cell[])[]): void;
  /** The line of the titles. */
  header(): string;
  /** A row as a line, without a line break. */
  line(cells: readonly Cell[]): string;
}

/** Between two columns. */
const GAP = 3;
/** To no less a column is cut, its title aside. */
const LEAST = 8;

/** The layout of a table without borders, as kubectl has it. */
export function tableLayout(headers: readonly Header[], { columns }: TableOptions = {}): TableLayout {
  const widths = headers.map(({ title }) => displayWidth(title));
  let shown = [...widths];
  const line = (cells: readonly Cell[]): string => {
    const texts = cells.map((cell, i) =>
      headers[i]?.shrinks === true ? cutTo(textOf(cell), shown[i]!) : textOf(cell),
    );
    const last = texts.findLastIndex((text) => text !== '');
    return texts
      .slice(0, last + 1)
      .map((text, i) => {
        const cell = cells[i]!;
        const painted = typeof cell === 'string' ? text : cell.paint(text);
        return i === last ? painted : painted + ' '.repeat(Math.max(0, shown[i]! - displayWidth(text)) + GAP);
      })
      .join('');
  };
  return {
    fit(rows) {
      for (const cells of rows) {
        for (const [i, cell] of cells.entries()) widths[i] = Math.max(widths[i] ?? 0, displayWidth(textOf(cell)));
      }
      shown = columns === undefined ? [...widths] : narrowed(headers, widths, columns);
    },
    header: () => line(headers.map(({ title }) => title)),
    line,
  };
}

/** A table as text, with a line break at its end; without titles if `headers` of the options is false. */
export function tableText(
  headers: readonly Header[],
  rows: readonly (readonly Cell[])[],
  options: TableOptions & { readonly headers?: boolean } = {},
): string {
  const layout = tableLayout(headers, options);
  layout.fit(rows);
  const lines = [...(options.headers === false ? [] : [layout.header()]), ...rows.map((row) => layout.line(row))];
  return lines.map((one) => `${one}\n`).join('');
}

/** The text of a cell as it may be shown: in one line, and without what a terminal would obey. */
function textOf(cell: Cell): string {
  const text = typeof cell === 'string' ? cell : cell.text;
  return safe(text.replace(/[\r\n\t\u2028\u2029]+/g, ' '));
}

/** The widths with what may shrink made narrower, the widest first, as far as the line needs it. */
function narrowed(headers: readonly Header[], widths: readonly number[], columns: number): number[] {
  const shown = [...widths];
  let excess = widths.reduce((sum, width) => sum + width, 0) + GAP * (widths.length - 1) - columns;
  const least = (i: number): number => Math.max(LEAST, displayWidth(headers[i]!.title));
  while (excess > 0) {
    let widest: number | undefined;
    for (const [i, { shrinks }] of headers.entries()) {
      if (shrinks !== true || shown[i]! <= least(i)) continue;
      if (widest === undefined || shown[i]! > shown[widest]!) widest = i;
    }
    if (widest === undefined) break;
    const next = Math.max(least(widest), secondOf(headers, shown, widest));
    const step = Math.max(1, Math.min(excess, shown[widest]! - next));
    shown[widest] = shown[widest]! - step;
    excess -= step;
  }
  return shown;
}

/** The widest of the others that may shrink. */
function secondOf(headers: readonly Header[], shown: readonly number[], not: number): number {
  return Math.max(0, ...headers.map(({ shrinks }, i) => (shrinks === true && i !== not ? shown[i]! : 0)));
}
