import { FlagError, oneOf, preview } from '@flagwright/core';
import { valueToYaml } from '@flagwright/core/text';
import type { Gates } from '../gates.ts';
import { escaped, visible } from '../printable.ts';
import { columns } from './columns.ts';
import { type GateRow, gateRows, type RowOptions } from './rows.ts';

/** How a listing is written, as `kubectl -o` names it. */
export type GateOutput = 'table' | 'wide' | 'json' | 'yaml' | 'name';

export interface FormatOptions extends RowOptions {
  /** Default: `table`. */
  readonly output?: GateOutput | undefined;
  /** The line of titles of `table` and `wide`. Default: true. */
  readonly headers?: boolean | undefined;
}

type Column = readonly [title: string, cell: (row: GateRow) => string | boolean | undefined];

const TABLE: readonly Column[] = [
  ['NAME', ({ name }) => name],
  ['STAGE', ({ stage }) => stage],
  ['DEFAULT', (row) => row.default],
  ['EFFECTIVE', ({ enabled }) => enabled],
  ['SOURCE', ({ source }) => source],
  ['SINCE', ({ since }) => since],
  ['UNTIL', ({ until }) => until],
  ['OWNER', ({ owner }) => owner],
  ['LOCKED', ({ locked }) => locked],
];

const WIDE: readonly Column[] = [
  ...TABLE,
  ['KEY', ({ key }) => key],
  ['TYPE', ({ type }) => type],
  ['WHY', ({ why }) => why],
  ['DESCRIPTION', ({ description }) => description],
];

const WRITERS: Readonly<Record<GateOutput, (rows: readonly GateRow[], headers: boolean) => string>> = {
  table: (rows, headers) => tableOf(TABLE, rows, headers),
  wide: (rows, headers) => tableOf(WIDE, rows, headers),
  json: (rows) => escaped(JSON.stringify(rows, null, 2)),
  yaml: (rows) => visible(valueToYaml(rows)).trimEnd(),
  name: (rows) => rows.map(({ name }) => name).join('\n'),
};

/** The ways to write a listing. */
export const GATE_OUTPUTS: readonly GateOutput[] = Object.freeze(Object.keys(WRITERS) as GateOutput[]);

/**
 * The gates as text without a last newline: a table as kubectl prints it, or for programs JSON, YAML (a list of
 * `GateRow`s) or names. Throws `FlagError('INVALID_ARGUMENT')` for another `output`.
 */
export function formatGates(gates: Gates, options: FormatOptions = {}): string {
  const { output = 'table', headers = true } = options;
  if (!Object.hasOwn(WRITERS, output)) {
    throw new FlagError(
      'INVALID_ARGUMENT',
      `${preview(output)} is no way to list gates; expected ${oneOf(GATE_OUTPUTS)}`,
    );
  }
  return WRITERS[output](gateRows(gates, options), headers);
}

function tableOf(shown: readonly Column[], rows: readonly GateRow[], headers: boolean): string {
  const cells = rows.map((row) => shown.map(([, cell]) => String(cell(row) ?? '<none>')));
  return columns(headers ? [shown.map(([title]) => title), ...cells] : cells);
}
