import { isRecord } from '@flagwright/core';
import { ApiError, type HistoryEntry, type Page } from '@flagwright/server/client';
import type { Call } from '../grammar/call.ts';
import { age } from '../output/age.ts';
import { type Field, fieldsText, linesOf } from '../output/fields.ts';
import { jsonLines } from '../output/json-lines.ts';
import { oneLine } from '../output/one-line.ts';
import { type Style, styleOf } from '../output/style.ts';
import type { Cell } from '../output/table.ts';
import type { Session } from '../session/session.ts';
import { entriesText } from './entries.ts';
import { everyPage } from './every-page.ts';
import type { Item, List } from './item.ts';
import { isSaid, textIn, textsIn, variantsOf } from './members.ts';

/** All about a resource: what was read, by name, and how it is told to people. */
export interface Described {
  readonly pieces: Readonly<Record<string, unknown>>;
  text(): string;
}

/** What descriptions are made with. */
export interface Describing {
  readonly call: Call;
  readonly session: Session;
  readonly style: Style;
  /** Reads what must be there. */
  read<T = Item>(path: string, query?: Readonly<Record<string, string | number>>): Promise<T>;
  /** Reads what may not be there, or not for everybody; undefined then. */
  perhaps<T = Item>(path: string, query?: Readonly<Record<string, string | number>>): Promise<T | undefined>;
  /** All of a list; none of what is not for everybody. */
  all(path: string, query?: Readonly<Record<string, string | number>>): Promise<readonly Item[]>;
}

export function describing(call: Call, session: Session): Describing {
  const { ask } = session.api;
  const read = async <T>(path: string, query: Readonly<Record<string, string | number>> = {}): Promise<T> =>
    (await ask('GET', path, { query })) as T;
  return {
    call,
    session,
    style: styleOf(call),
    read,
    perhaps: (path, query) => orNothing(read(path, query)),
    async all(path, query) {
      const found = await orNothing(everyPage((page) => read<List>(path, { ...query, ...page })));
      return found?.items ?? [];
    },
  };
}

/** Undefined for what is not there, cannot be told now, or is not for whoever asks. */
async function orNothing<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (thrown) {
    if (thrown instanceof ApiError && [403, 404, 409].includes(thrown.status)) return undefined;
    throw thrown;
  }
}

/** A time, and how long ago it is. */
export function timeText(call: Call, time: unknown): string | undefined {
  if (typeof time !== 'string') return undefined;
  const at = Date.parse(time);
  const now = call.world.now();
  return Number.isNaN(at) ? time : at > now ? time : `${time} (${age(at, now)})`;
}

/** The version, and who made and changed it when. */
export function originFields(call: Call, { version, modificationInfo }: Item): readonly Field[] {
  const { createdTime, createdBy, lastModifiedTime, lastModifiedBy } = modificationInfo;
  return [
    ['Version', version],
    ['Created', `${timeText(call, createdTime)} by ${createdBy}`],
    ['Modified', `${timeText(call, lastModifiedTime)} by ${lastModifiedBy}`],
  ];
}

/** The id, and a name and a description if they say more. */
export function nameFields({ id, spec }: Item): readonly Field[] {
  const name = textIn(spec, 'name');
  return [
    ['Name', id],
    ['Display name', name === id ? undefined : name],
    ['Description', textIn(spec, 'description')],
  ];
}

export const ownersField = ({ spec }: Item): Field => [
  'Owners',
  isSaid(spec.owners) ? textsIn(spec.owners) : undefined,
];

/** `yes` or `no`, in colours. */
export function yesNo(is: boolean, style: Style): Cell {
  return is ? { text: 'yes', paint: style.green } : { text: 'no', paint: style.dim };
}

/** The variants, a line each, with their values. */
export function variantLines(spec: Readonly<Record<string, unknown>>): readonly string[] {
  const variants = variantsOf(spec);
  const fields = variants.map(({ name, value, weight }): Field => {
    const text = JSON.stringify(value) ?? 'null';
    const shown = text.length > MOST_VALUE ? `${text.slice(0, MOST_VALUE - 1)}…` : text;
    return [String(name), weight === undefined ? shown : `${shown} (weight ${String(weight)})`];
  });
  return linesOf(fieldsText(fields)).filter((line) => line !== '');
}

/** A longer value is cut, in characters. */
const MOST_VALUE = 120;

/** What decides in a definition, besides whether it is enabled: the members that are there. */
export function decisionFields(spec: Readonly<Record<string, unknown>>): readonly Field[] {
  return [
    ['Default variant', textIn(spec, 'defaultVariant')],
    ['Off variant', textIn(spec, 'offVariant')],
    ['Prerequisites', prerequisiteLines(spec.prerequisites)],
    ['Targets', jsonOf(spec.targets)],
    ['Targeting', jsonOf(spec.targeting)],
    ['Rules', jsonOf(spec.rules)],
    ['Fallthrough', jsonOf(spec.fallthrough)],
    ['Experiment', textIn(spec, 'experiment')],
  ];
}

/** JSON in lines; undefined if it says nothing. Targeting that was written as text is shown as it is. */
export function jsonOf(value: unknown): readonly string[] | undefined {
  if (!isSaid(value)) return undefined;
  return linesOf(typeof value === 'string' ? value : jsonLines(value));
}

function prerequisiteLines(prerequisites: unknown): readonly string[] {
  if (!Array.isArray(prerequisites)) return [];
  return prerequisites
    .filter(isRecord)
    .flatMap(({ key, variation }) => linesOf(oneLine(`${key} serves ${String(variation)}`)));
}

/** The last changes of a resource as a section; nothing if there are none. */
export function historySection(call: Call, history: Page<HistoryEntry> | undefined): string {
  if (history === undefined || history.items.length === 0) return '';
  const table = entriesText(call, history.items, { many: false, wide: false, headers: true, indent: '  ' });
  const rest = history.totalCount - history.items.length;
  return `History:\n${table}${rest > 0 ? `  and ${rest} older ones: flagctl history\n` : ''}`;
}

/** So many changes are told of. */
export const LAST_CHANGES = { page: 1, pageSize: 5 };
