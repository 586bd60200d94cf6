import { type EvaluationContext, isRecord, preview } from '@flagwright/core';
import { parseText } from '@flagwright/core/text';
import { CommandError, EXIT } from '../errors/command-error.ts';
import { type ColumnType, contextsOf } from './columns.ts';
import { BATCH, type Bad } from './contexts.ts';
import { createCsv, type Row } from './csv.ts';
import { linesOf } from './lines.ts';

/** How contexts are written in a file. */
export type Format = 'lines' | 'csv' | 'list';

export interface ReadOptions {
  /** What a column of CSV is. */
  readonly typeOf: (column: string) => ColumnType;
  readonly bad: Bad;
  /** Told the columns of CSV before anything of them is read. */
  readonly header?: ((columns: readonly string[]) => void) | undefined;
}

/** As much of a list is read, in characters: it cannot be read in parts. */
const MOST_LIST = 256 * 2 ** 20;

type Reader = (
  pieces: AsyncIterable<string>,
  file: string,
  options: ReadOptions,
) => AsyncGenerator<readonly EvaluationContext[]>;

/** Reads contexts of text that comes in pieces, many at a time. */
export const READERS: Readonly<Record<Format, Reader>> = {
  async *lines(pieces, file, { bad }) {
    for await (const lines of linesOf(pieces, file)) {
      const batch: EvaluationContext[] = [];
      for (const { text, line } of lines) {
        if (text.trim() === '') continue;
        let value: unknown;
        try {
          value = JSON.parse(text);
        } catch (thrown) {
          bad.at(`${file}:${line}`, `no JSON: ${(thrown as Error).message}`);
          continue;
        }
        if (isRecord(value)) batch.push(value);
        else bad.at(`${file}:${line}`, `${preview(value)} is no context; expected an object of attributes`);
      }
      yield batch;
    }
  },

  async *csv(pieces, file, { bad, typeOf, header }) {
    let csv: ReturnType<typeof createCsv> | undefined;
    let contextOf: ReturnType<typeof contextsOf> | undefined;
    const read = (row: Row, batch: EvaluationContext[]): void => {
      const place = `${file}:${row.line}`;
      if (contextOf === undefined) {
        // without a header nothing can be read, whatever may be left out
        if ('wrong' in row) throw new CommandError(EXIT.invalid, `${place}: ${row.wrong}`);
        const columns = headerOf(row.cells, place);
        header?.(columns);
        contextOf = contextsOf(columns, typeOf);
      } else if ('wrong' in row) bad.at(place, row.wrong);
      else {
        let context: EvaluationContext | undefined;
        let why = '';
        try {
          context = contextOf(row.cells);
        } catch (thrown) {
          why = (thrown as Error).message;
        }
        if (context === undefined) bad.at(place, why);
        else batch.push(context);
      }
    };
    for await (const lines of linesOf(pieces, file)) {
      const batch: EvaluationContext[] = [];
      for (const line of lines) {
        csv ??= createCsv([',', ';', '\t'].find((one) => line.text.includes(one)) ?? ',');
        const row = csv.next(line);
        if (row !== undefined) read(row, batch);
      }
      yield batch;
    }
    const rest = csv?.rest();
    if (rest !== undefined) read(rest, []);
  },

  async *list(pieces, file, { bad }) {
    let text = '';
    for await (const piece of pieces) {
      text += piece;
      if (text.length > MOST_LIST) {
        throw new CommandError(EXIT.invalid, `${file} is too large to be read as a whole`, [
          'Write it as JSON Lines, a context on each line: those are read one by one',
        ]);
      }
    }
    const { document, locate } = parseText(text, { file, maxBytes: MOST_LIST });
    if (!Array.isArray(document)) {
      throw new CommandError(EXIT.invalid, `${file} holds ${preview(document)}; expected a list of contexts`);
    }
    let batch: EvaluationContext[] = [];
    for (const [i, value] of document.entries()) {
      if (isRecord(value)) batch.push(value);
      else {
        const place = locate([i]);
        bad.at(
          `${file}:${place?.line}:${place?.column}`,
          `${preview(value)} is no context; expected a map of attributes`,
        );
      }
      if (batch.length === BATCH) {
        yield batch;
        batch = [];
      }
    }
    yield batch;
  },
};

function headerOf(cells: readonly (string | undefined)[], place: string): readonly string[] {
  const names = cells.map((cell) => cell?.trim() ?? '');
  const empty = names.indexOf('');
  if (empty >= 0) throw new CommandError(EXIT.invalid, `${place}: column ${empty + 1} of the header has no name`);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice === undefined) return names;
  throw new CommandError(EXIT.invalid, `${place}: two columns are named ${JSON.stringify(twice)}`);
}
