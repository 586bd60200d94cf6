import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';
import { age } from '../output/age.ts';
import { fieldsText } from '../output/fields.ts';
import { jsonText, outputOf } from '../output/output.ts';
import { safe } from '../output/safe.ts';
import { styleOf } from '../output/style.ts';
import { tableText } from '../output/table.ts';
import { manifestYaml } from '../output/yaml.ts';
import { type Session, sessionOf } from '../session/session.ts';
import { barOf } from './bar.ts';
import { countIn } from './numbers.ts';
import { LARGEST_PAGE } from './options.ts';
import { segment } from './paths.ts';
import { pastTheEnd } from './show.ts';
import { there } from './there.ts';

const DAY = 86_400_000;

/** The widest bar, in columns. */
const BAR = 40;

/** How often a flag was evaluated, as the server answers it. */
export interface FlagUsage {
  readonly from: string;
  readonly to: string;
  readonly total: number;
  /** The hour of the last evaluation; null: none is known. */
  readonly lastSeen: string | null;
  readonly stages: readonly { readonly stage: string; readonly total: number; readonly lastSeen: string }[];
  readonly series: readonly {
    readonly stage: string;
    readonly variant: string | null;
    readonly total: number;
    readonly points: readonly { readonly at: string; readonly count: number }[];
  }[];
}

/** Shows how often a flag is evaluated, or which flags are not. Throws `UsageError`, `ApiError`, `FlagError`. */
export async function usage(call: Call): Promise<number> {
  const [flag] = call.args;
  const days = countIn(call, 'days', 400) ?? 30;
  if ((flag === undefined) !== call.has('stale')) {
    throw new UsageError(
      flag === undefined
        ? 'usage: which flag? expected its id, or --stale'
        : `--stale goes without a flag; ${JSON.stringify(flag)} is given`,
    );
  }
  const session = await sessionOf(call);
  await (flag === undefined ? stale(call, session, days) : ofFlag(call, session, flag, days));
  return 0;
}

async function ofFlag(call: Call, session: Session, flag: string, days: number): Promise<void> {
  const { world } = call;
  const stage = call.text('stage') || undefined;
  const project = session.project();
  const path = `/projects/${segment(project, 'project')}/feature-flags/${segment(flag)}/usage`;
  const now = world.now();
  const query = {
    step: 'day',
    from: new Date(now - days * DAY).toISOString(),
    to: new Date(now).toISOString(),
  };
  const found = within((await session.api.ask('GET', path, { query })) as FlagUsage, stage);
  if (stage !== undefined && found.stages.length === 0) {
    // nothing is known of a name that was mistyped, either
    await there(session.api.ask, `/projects/${segment(project, 'project')}/stages/${segment(stage, 'stage')}`);
  }
  const output = outputOf(call);
  if (output === 'json') return await world.out(jsonText(found));
  if (output === 'yaml') return await world.out(manifestYaml(found));
  const { total, lastSeen, series } = found;
  const style = styleOf(call);
  const parts = [
    fieldsText([
      ['Flag', flag],
      ['Project', project],
      ['Stage', stage],
      ['Evaluations', `${total} in ${days === 1 ? 'a day' : `${days} days`}`],
      ['Last seen', lastSeen === null ? 'never' : age(Date.parse(lastSeen), now)],
    ]),
  ];
  const headers = !call.has('no-headers');
  if (series.length > 0) {
    const rows = series.map((one) => [one.stage, one.variant ?? '-', String(one.total), percent(one.total, total)]);
    const titles = ['STAGE', 'VARIANT', 'EVALUATIONS', 'SHARE'].map((title) => ({ title }));
    parts.push(tableText(titles, rows, { headers }));
    const counts = byDay(series);
    const most = Math.max(...counts.map(([, count]) => count));
    const bars = counts.map(([day, count]) => [
      day,
      String(count),
      { text: barOf(count / most, BAR, call.has('plain')), paint: style.cyan },
    ]);
    parts.push(tableText([{ title: 'DAY' }, { title: 'EVALUATIONS' }, { title: '' }], bars, { headers }));
  }
  await world.out(parts.join('\n'));
}

/** What is of a stage alone. */
function within(found: FlagUsage, stage: string | undefined): FlagUsage {
  if (stage === undefined) return found;
  const stages = found.stages.filter((one) => one.stage === stage);
  return {
    ...found,
    total: stages[0]?.total ?? 0,
    lastSeen: stages[0]?.lastSeen ?? null,
    stages,
    series: found.series.filter((one) => one.stage === stage),
  };
}

/** How often on each day, from the first that is known to the last, those without any between. */
function byDay(series: FlagUsage['series']): readonly (readonly [day: string, count: number])[] {
  const counts = new Map<number, number>();
  for (const { at, count } of series.flatMap(({ points }) => points)) {
    counts.set(Date.parse(at), (counts.get(Date.parse(at)) ?? 0) + count);
  }
  const [first, last] = [Math.min(...counts.keys()), Math.max(...counts.keys())];
  const days: (readonly [string, number])[] = [];
  for (let day = first; day <= last; day += DAY) {
    days.push([new Date(day).toISOString().slice(0, 10), counts.get(day) ?? 0]);
  }
  return days;
}

const percent = (part: number, whole: number): string =>
  whole === 0 ? '-' : `${((100 * part) / whole).toFixed(1).replace(/\.0$/, '')} %`;

interface Stale {
  readonly reportedSince: string | null;
  readonly items: readonly { readonly id: string; readonly createdTime: string; readonly lastSeen: string | null }[];
  readonly totalCount: number;
  readonly page: number;
  readonly pageSize: number;
}

async function stale(call: Call, session: Session, days: number): Promise<void> {
  const { world } = call;
  const project = session.project();
  const path = `/projects/${segment(project, 'project')}/usage/stale`;
  const [page, pageSize] = [countIn(call, 'page', 1_000_000), countIn(call, 'page-size', LARGEST_PAGE)];
  const one = page !== undefined || pageSize !== undefined;
  const read = (query: Readonly<Record<string, number | undefined>>): Promise<Stale> =>
    session.api.ask('GET', path, { query: { days, ...query } }) as Promise<Stale>;
  const found = one ? await read({ page: page ?? 1, pageSize }) : await everything(read);
  const output = outputOf(call);
  if (output === 'json') return await world.out(jsonText(found));
  if (output === 'yaml') return await world.out(manifestYaml(found));
  const { items, reportedSince } = found;
  const now = world.now();
  if (reportedSince === null) {
    world.err('Nobody has told of evaluations in this project, so nothing is known of its flags.\n');
  }
  if (items.length === 0 && reportedSince === null) return;
  if (items.length === 0) {
    const where = `stale feature flags found in project ${JSON.stringify(project)}`;
    world.err(found.totalCount > 0 ? pastTheEnd(found, where) : `${safe(`No ${where}.`)}\n`);
    return;
  }
  if (output === 'name') return await world.out(items.map(({ id }) => `feature-flag/${safe(id)}\n`).join(''));
  const rows = items.map(({ id, createdTime, lastSeen }) => [
    id,
    lastSeen === null ? 'never' : age(Date.parse(lastSeen), now),
    age(Date.parse(createdTime), now),
  ]);
  const titles = ['NAME', 'LAST SEEN', 'CREATED'].map((title) => ({ title }));
  await world.out(tableText(titles, rows, { headers: !call.has('no-headers') }));
}

async function everything(read: (query: Readonly<Record<string, number>>) => Promise<Stale>): Promise<Stale> {
  const items: Stale['items'][number][] = [];
  for (let page = 1; ; page++) {
    const found = await read({ page, pageSize: LARGEST_PAGE });
    items.push(...found.items);
    if (found.items.length === LARGEST_PAGE) continue;
    return { ...found, items, totalCount: items.length, page: 1, pageSize: items.length };
  }
}
