import type { Call } from '../grammar/call.ts';
import type { Noun } from '../nouns/noun.ts';
import { jsonLine } from '../output/json.ts';
import { outputOf } from '../output/output.ts';
import { safe } from '../output/safe.ts';
import { type Style, styleOf } from '../output/style.ts';
import { type TableLayout, tableLayout } from '../output/table.ts';
import { manifestYaml } from '../output/yaml.ts';
import { columnsOf } from '../reading/columns.ts';
import type { Item } from '../reading/item.ts';
import { columnsOfTerminal } from '../reading/show.ts';
import type { Change } from './changes.ts';

/** Shows what is there at the beginning, and what becomes of it. */
export interface Printer {
  first(items: readonly Item[]): Promise<void>;
  /** `all`: all that is there now, by which the columns of a table are made. */
  changed(changes: readonly Change[], all: readonly Item[]): Promise<void>;
}

/** A printer for the form that is asked for. */
export function printerOf(call: Call, noun: Noun): Printer {
  const output = outputOf(call);
  if (output === 'table' || output === 'wide') return tablePrinter(call, noun);
  const text = ({ type, item }: Change): string => {
    switch (output) {
      case 'json':
        return jsonLine({ type, object: item });
      case 'yaml':
        return `---\n${manifestYaml({ items: [item] }).replace(/^items:\n {2}- /, `type: ${type}\nobject:\n    `)}`;
      default:
        return `${noun.name}/${safe(item.id)}\n`;
    }
  };
  const print = async (changes: readonly Change[]): Promise<void> => {
    if (changes.length > 0) await call.world.out(changes.map(text).join(''));
  };
  return { first: (items) => print(items.map((item) => ({ type: 'ADDED', item }))), changed: print };
}

/** Rows with a mark each, below one another. */
function tablePrinter(call: Call, noun: Noun): Printer {
  const { world } = call;
  const style = styleOf(call);
  const terminal = columnsOfTerminal(call);
  let titles: string | undefined;
  let layout: TableLayout;
  const print = async (rows: readonly (readonly [mark: string, item: Item])[], all: readonly Item[]): Promise<void> => {
    if (rows.length === 0) return;
    const columns = columnsOf(noun.kind, all, { wide: outputOf(call) === 'wide', style, now: world.now() });
    const header = columns.map(({ title }) => title).join('\n');
    const lines: string[] = [];
    const cells = rows.map(([mark, item]) => [mark, columns.map((column) => column.cell(item))] as const);
    const anew = header !== titles;
    if (anew) layout = tableLayout(columns, { columns: terminal === undefined ? undefined : terminal - 2 });
    layout.fit(cells.map(([, row]) => row));
    if (anew && !call.has('no-headers')) lines.push(`  ${layout.header()}`);
    titles = header;
    for (const [mark, row] of cells) lines.push(`${marked(mark, style)} ${layout.line(row)}`);
    await world.out(lines.map((line) => `${line}\n`).join(''));
  };
  return {
    first: (items) =>
      print(
        items.map((item) => [' ', item] as const),
        items,
      ),
    changed: (changes, all) =>
      print(
        changes.map(({ type, item }) => [MARKS[type], item] as const),
        all,
      ),
  };
}

const MARKS = { ADDED: '+', MODIFIED: '~', DELETED: '-' } as const;

function marked(mark: string, style: Style): string {
  return mark === '+' ? style.green(mark) : mark === '~' ? style.yellow(mark) : mark === '-' ? style.red(mark) : mark;
}
