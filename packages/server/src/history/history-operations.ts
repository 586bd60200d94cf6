import { demand } from '../access/principal.ts';
import type { Database } from '../database/database.ts';
import type { Call, Operation } from '../http/operation.ts';
import { Problem } from '../http/problem.ts';
import { pageOf } from '../query/page.ts';
import { difference } from '../resources/difference.ts';
import {
  CHANGE_REQUEST_ITEM,
  CONTEXT_ITEM,
  DEFINITION_ITEM,
  FLAG_ITEM,
  type Item,
  LINK_ITEM,
  PROJECT_ITEM,
  STAGE_ITEM,
  TEMPLATE_ITEM,
} from '../resources/items.ts';
import { type Entry, shownEntry } from './entry.ts';
import { entryAt, neverWas, newestEntry, of, readEntries } from './read.ts';
import { ENTRY, HISTORY, PAGE_PARAMETERS, VERSION, VERSION_DIFFERENCE } from './schemas.ts';

const ITEMS: readonly Item[] = [
  PROJECT_ITEM,
  STAGE_ITEM,
  LINK_ITEM,
  FLAG_ITEM,
  DEFINITION_ITEM,
  CONTEXT_ITEM,
  TEMPLATE_ITEM,
  CHANGE_REQUEST_ITEM,
];

/** What became of every resource, those that were deleted too. */
export function historyOperations(database: Database): readonly Operation[] {
  return ITEMS.flatMap((item) => operationsOf(database, item));
}

function operationsOf(database: Database, item: Item): readonly Operation[] {
  const { one, tag, path } = item;
  // the path of a change request does not say where it belongs; its entries do
  const access = one === 'ChangeRequest' ? 'own' : 'read';
  const admit = ({ who }: Call, { project, stage }: Entry): void => {
    if (access === 'own') demand(who, 'read', { project, stage });
  };
  return [
    {
      id: `list${one}History`,
      method: 'GET',
      path: `${path}/history`,
      tag,
      summary: `Lists what became of a ${one}, the newest change first`,
      description: 'Also of one that was deleted.',
      access,
      query: PAGE_PARAMETERS,
      answers: { 200: { description: 'A page of changes.', schema: HISTORY } },
      async handle(call) {
        const { params, query } = call;
        const subject = item.subject(params);
        const page = pageOf(query as { page?: number; pageSize?: number });
        const newest = await newestEntry(database, subject);
        if (newest === undefined) throw neverWas(subject);
        admit(call, newest);
        const { entries, total } = await readEntries(database, of(subject), 'version desc', page);
        const items = entries.map(shownEntry);
        return { body: { items, totalCount: total, page: page.page, pageSize: page.pageSize } };
      },
    },
    {
      id: `compare${one}Versions`,
      method: 'GET',
      path: `${path}/history/diff`,
      tag,
      summary: `Tells how two versions of a ${one} differ`,
      access,
      query: {
        from: { description: 'A version; needed.', schema: VERSION },
        to: { description: 'Another one. Default: the newest.', schema: VERSION },
      },
      answers: { 200: { description: 'How they differ.', schema: VERSION_DIFFERENCE } },
      async handle(call) {
        const { params, query } = call;
        const subject = item.subject(params);
        const newest = await newestEntry(database, subject);
        if (newest === undefined) throw neverWas(subject);
        admit(call, newest);
        const from = await entryAt(database, subject, needed(query.from));
        const to = query.to === undefined ? newest : await entryAt(database, subject, String(query.to));
        const differences = difference(from.after ?? undefined, to.after ?? undefined);
        return { body: { from: from.version, to: to.version, differences } };
      },
    },
    {
      id: `get${one}Version`,
      method: 'GET',
      path: `${path}/history/{version}`,
      tag,
      summary: `Reads one change of a ${one}`,
      access,
      answers: { 200: { description: 'The change.', schema: ENTRY } },
      async handle(call) {
        const entry = await entryAt(database, item.subject(call.params), call.params.version!);
        admit(call, entry);
        return { body: shownEntry(entry) };
      },
    },
  ];
}

function needed(from: string | number | boolean | undefined): string {
  if (typeof from === 'string') return from;
  throw new Problem('INVALID_ARGUMENT', 'the parameter from of the query is missing; expected a version');
}
