import { instantOf } from '@flagwright/core';
import type { HistoryEntry, Page } from '@flagwright/server/client';
import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';
import { sessionOf } from '../session/session.ts';
import { both, placeWords } from './asked.ts';
import { type Entries, showEntries } from './entries.ts';
import { countIn } from './numbers.ts';
import { LARGEST_PAGE } from './options.ts';
import { listPath, segment } from './paths.ts';

type ReadPage = (page: { readonly page: number; readonly pageSize?: number | undefined }) => Promise<Entries>;

/** Shows what became of a resource. Throws `UsageError`, `ApiError`, `FlagError`. */
export async function history(call: Call): Promise<number> {
  const noun = call.noun!;
  const [id = ''] = call.args;
  const between = rangeOf(call);
  const paging = pagingOf(call);
  const session = await sessionOf(call);
  const path = `${listPath(noun.kind, session)}/${segment(id)}/history`;
  const read: ReadPage = (query) => session.api.ask('GET', path, { query }) as Promise<Page<HistoryEntry>>;
  const entries =
    between === undefined ? await pageOrAll(read, paging) : cut(await all(read, between.over), between, paging);
  await showEntries(call, entries, { many: false, none: 'No changes found.' });
  return 0;
}

/** Shows what was done to everything. Throws `UsageError`, `ApiError`, `FlagError`. */
export async function audit(call: Call): Promise<number> {
  const paging = pagingOf(call);
  if (call.has('all-projects') && call.has('project')) {
    throw new UsageError('--all-projects and --project are both given; expected one of them');
  }
  const session = await sessionOf(call);
  const project = call.has('all-projects') ? undefined : session.settings.project || undefined;
  // no variable narrows what is looked at, nor does the context
  const stage = call.text('stage') || undefined;
  const ofStage = stage === undefined ? undefined : `stage = ${JSON.stringify(stage)}`;
  const more = { project, filter: both(call.text('filter'), ofStage), sort: call.text('sort') };
  const read: ReadPage = (query) =>
    session.api.ask('GET', '/audit', { query: { ...query, ...more } }) as Promise<Page<HistoryEntry>>;
  const where = placeWords(project, stage);
  await showEntries(call, await pageOrAll(read, paging), { many: true, none: `No changes found${where}.` });
  return 0;
}

/** Which page; undefined: all of them. */
type Paging = { readonly page: number; readonly pageSize: number } | undefined;

function pagingOf(call: Call): Paging {
  const page = countIn(call, 'page', 1_000_000);
  const pageSize = countIn(call, 'page-size', LARGEST_PAGE);
  if (!call.has('all')) return { page: page ?? 1, pageSize: pageSize ?? 100 };
  if (page === undefined && pageSize === undefined) return undefined;
  throw new UsageError('--all goes with neither --page nor --page-size; expected one of them');
}

async function pageOrAll(read: ReadPage, paging: Paging): Promise<Entries> {
  return paging === undefined ? whole(await all(read)) : read(paging);
}

const whole = (items: readonly HistoryEntry[]): Entries => ({
  items,
  totalCount: items.length,
  page: 1,
  pageSize: items.length,
});

/** All entries, or those up to the first that it is `over` at. */
async function all(read: ReadPage, over?: (entry: HistoryEntry) => boolean): Promise<readonly HistoryEntry[]> {
  // what is added meanwhile moves others to the next page
  const found = new Map<string, HistoryEntry>();
  for (let page = 1; ; page++) {
    const { items } = await read({ page, pageSize: LARGEST_PAGE });
    for (const entry of items) {
      if (over?.(entry) === true) return [...found.values()];
      found.set(entry.version, entry);
    }
    if (items.length < LARGEST_PAGE) return [...found.values()];
  }
}

/** The entries within a range, or a page of them. */
function cut(entries: readonly HistoryEntry[], { within }: Range, paging: Paging): Entries {
  const items = entries.filter(within);
  if (paging === undefined) return whole(items);
  const { page, pageSize } = paging;
  return { items: items.slice((page - 1) * pageSize, page * pageSize), totalCount: items.length, page, pageSize };
}

interface Range {
  within(entry: HistoryEntry): boolean;
  /** Whether this entry, and so all older ones, are before the range. */
  over(entry: HistoryEntry): boolean;
}

/** From and until when, by versions or times, both of them within; undefined if neither is given. */
function rangeOf(call: Call): Range | undefined {
  const [from, to] = [boundIn(call, 'from'), boundIn(call, 'to')];
  if (from === undefined && to === undefined) return undefined;
  const over = (entry: HistoryEntry): boolean => from !== undefined && from(entry) < 0;
  return { over, within: (entry) => !over(entry) && (to === undefined || to(entry) <= 0) };
}

/** How an entry is to a bound: less than 0 before it, more than 0 after it. */
function boundIn(call: Call, name: 'from' | 'to'): ((entry: HistoryEntry) => number) | undefined {
  const text = call.text(name);
  if (text === undefined) return undefined;
  if (/^\d{1,18}$/.test(text)) return ({ version }) => Number(BigInt(version) - BigInt(text));
  const time = instantOf(text);
  if (time !== undefined) return ({ at }) => Date.parse(at) - time;
  throw new UsageError(
    `--${name} is ${JSON.stringify(text)}; expected a version, as 42, or an RFC 3339 date and time, as 2026-01-31T12:00:00Z`,
  );
}
