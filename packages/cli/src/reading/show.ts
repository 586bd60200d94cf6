import type { Call } from '../grammar/call.ts';
import { jsonText, outputOf } from '../output/output.ts';
import { safe } from '../output/safe.ts';
import { styleOf } from '../output/style.ts';
import { tableText } from '../output/table.ts';
import { manifestYaml } from '../output/yaml.ts';
import type { Asked } from './asked.ts';
import { columnsOf } from './columns.ts';
import type { Found } from './item.ts';

/** Shows what was read, in the form that is asked for. An empty table is told of on the standard error. */
export async function show(call: Call, { noun, where }: Pick<Asked, 'noun' | 'where'>, found: Found): Promise<void> {
  const { world } = call;
  const { apiVersion, single, items, totalCount, page, pageSize } = found;
  const output = outputOf(call);
  if (output === 'json' || output === 'yaml') {
    const list = { apiVersion, kind: `${noun.kind}List`, items, totalCount, page, pageSize };
    const value = single ? items[0] : list;
    await world.out(output === 'json' ? jsonText(value) : manifestYaml(value));
    return;
  }
  if (items.length === 0) {
    world.err(totalCount > 0 ? pastTheEnd(found, `${noun.many} found${where}`) : `${nothingFound({ noun, where })}\n`);
    return;
  }
  if (output === 'name') {
    await world.out(items.map(({ id }) => `${noun.name}/${safe(id)}\n`).join(''));
    return;
  }
  const columns = columnsOf(noun.kind, items, { wide: output === 'wide', style: styleOf(call), now: world.now() });
  const rows = items.map((item) => columns.map((column) => column.cell(item)));
  await world.out(tableText(columns, rows, { columns: columnsOfTerminal(call), headers: !call.has('no-headers') }));
}

/** Says of an empty page how many there are: `Page 5 is empty: 3 feature flags found in project "my-app", 1 page of 100.` */
export function pastTheEnd(
  { totalCount, page, pageSize }: Pick<Found, 'totalCount' | 'page' | 'pageSize'>,
  what: string,
): string {
  const pages = Math.ceil(totalCount / pageSize);
  const size = `${pages} ${pages === 1 ? 'page' : 'pages'} of ${pageSize}`;
  return `${safe(`Page ${page} is empty: ${totalCount} ${what}, ${size}.`)}\n`;
}

/** `No feature flags found in project "my-app".` */
export function nothingFound({ noun, where }: Pick<Asked, 'noun' | 'where'>): string {
  return safe(`No ${noun.many} found${where}.`);
}

/** How wide a table may be; undefined where no terminal shows it. */
export function columnsOfTerminal({ world }: Pick<Call, 'world'>): number | undefined {
  return world.terminal.out ? world.terminal.columns : undefined;
}
