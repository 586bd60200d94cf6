import type { HistoryEntry, Page } from '@flagwright/server/client';
import { difference } from '@flagwright/server/model';
import { differenceLines } from '../changing/difference-lines.ts';
import type { Call } from '../grammar/call.ts';
import { type Kind, NOUNS } from '../nouns/noun.ts';
import { age } from '../output/age.ts';
import { jsonText, outputOf } from '../output/output.ts';
import { safe } from '../output/safe.ts';
import { styleOf } from '../output/style.ts';
import { type Cell, type Header, tableLayout } from '../output/table.ts';
import { manifestYaml } from '../output/yaml.ts';
import { columnsOfTerminal, pastTheEnd } from './show.ts';

/** Entries of a history, newest first, and which of them. */
export type Entries = Page<HistoryEntry>;

/** How entries are shown. */
export interface EntriesShown {
  /** Of many resources: each says which. */
  readonly many: boolean;
  /** Told on the standard error if there are none. */
  readonly none: string;
}

/** Shows entries in the form that is asked for, with what each changed if `--diff` is given. */
export async function showEntries(call: Call, entries: Entries, { many, none }: EntriesShown): Promise<void> {
  const { world } = call;
  const { items, totalCount, page, pageSize } = entries;
  const output = outputOf(call);
  if (output === 'json' || output === 'yaml') {
    const shown = call.has('diff') ? items.map((entry) => ({ ...entry, differences: differencesOf(entry) })) : items;
    const value = { items: shown, totalCount, page, pageSize };
    await world.out(output === 'json' ? jsonText(value) : manifestYaml(value));
    return;
  }
  if (items.length === 0) {
    world.err(totalCount > 0 ? pastTheEnd(entries, 'changes found') : `${safe(none)}\n`);
    return;
  }
  if (output === 'name') {
    await world.out(items.map(({ version }) => `${safe(version)}\n`).join(''));
    return;
  }
  const diff = call.has('diff') ? items.map((entry) => changeLines(entry, '    ')) : undefined;
  await world.out(entriesText(call, items, { many, wide: output === 'wide', headers: !call.has('no-headers'), diff }));
  const rest = totalCount - (page - 1) * pageSize - items.length;
  if (rest > 0) world.err(`${rest} more are not shown: --page ${page + 1}, or --all\n`);
}

interface TextOptions {
  readonly many: boolean;
  readonly wide: boolean;
  readonly headers: boolean;
  /** Lines below each entry. */
  readonly diff?: readonly (readonly string[])[] | undefined;
  readonly indent?: string | undefined;
}

/** Entries as a table. */
export function entriesText(call: Call, items: readonly HistoryEntry[], options: TextOptions): string {
  const { many, wide, headers, diff, indent = '' } = options;
  const style = styleOf(call);
  const columns: readonly (Header & { readonly cell: (entry: HistoryEntry) => Cell })[] = [
    { title: 'VERSION', cell: ({ version }) => version },
    { title: 'WHEN', cell: ({ at }) => (wide ? at : age(Date.parse(at), call.world.now())) },
    { title: 'WHO', cell: ({ actor }) => actor },
    {
      title: 'ACTION',
      cell: ({ action, forced }) => (forced ? { text: `${action} (forced)`, paint: style.yellow } : action),
    },
    ...(many
      ? [
          { title: 'RESOURCE', cell: (entry: HistoryEntry) => `${nameOfKind(entry.kind)}/${entry.id}` },
          { title: 'PROJECT', cell: ({ project }: HistoryEntry) => String(project ?? '-') },
          { title: 'STAGE', cell: ({ stage }: HistoryEntry) => String(stage ?? '-') },
        ]
      : []),
    ...(wide
      ? [
          { title: 'TOKEN', cell: ({ token }: HistoryEntry) => String(token ?? '-') },
          { title: 'REQUEST', cell: ({ requestId }: HistoryEntry) => String(requestId ?? '-') },
        ]
      : []),
    { title: 'COMMENT', shrinks: true, cell: ({ comment }) => comment ?? '-' },
  ];
  const terminal = columnsOfTerminal(call);
  const layout = tableLayout(columns, { columns: terminal === undefined ? undefined : terminal - indent.length });
  const rows = items.map((entry) => columns.map(({ cell }) => cell(entry)));
  layout.fit(rows);
  const lines = rows.flatMap((row, i) => [layout.line(row), ...(diff?.[i] ?? [])]);
  return [...(headers ? [layout.header()] : []), ...lines].map((line) => `${indent}${line}\n`).join('');
}

/** `feature-flag` of `FeatureFlag`; of what is no resource, as tokens, the same from its word. */
function nameOfKind(kind: unknown): string {
  const word = String(kind);
  const noun = NOUNS.find((one) => one.kind === (word as Kind));
  return noun?.name ?? word.replace(/(?!^)[A-Z]/g, '-$&').toLowerCase();
}

const differencesOf = ({ before, after }: HistoryEntry): ReturnType<typeof difference> =>
  difference(before ?? NOTHING, after ?? NOTHING);

/** What is not there, so that each member of what is made or deleted is told of. */
const NOTHING = { spec: {} };

/** What an entry changed, a line each. */
function changeLines(entry: HistoryEntry, indent: string): readonly string[] {
  return differenceLines(differencesOf(entry)).map((line) => indent + safe(line));
}
