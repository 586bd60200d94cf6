import type { Principal } from '../access/principal.ts';
import type { Sql } from '../database/database.ts';
import { Problem } from '../http/problem.ts';
import type { Page } from '../query/page.ts';
import type { Span } from './span.ts';

/** More points are not answered. */
const MOST = 50_000;

/** Those stages that somebody may see. */
type Sees = Pick<Principal, 'stages'>;

interface Point {
  readonly at: string;
  readonly count: number;
}

/** How often a flag was evaluated, within a span, by stage and variant. Throws `Problem('TOO_LARGE')`. */
export async function flagUsage(
  sql: Sql,
  project: string,
  flag: string,
  { step, from, to }: Span,
  { stages }: Sees,
): Promise<object> {
  const own = [project, flag, stages ?? null];
  const rows = await sql.query<{
    readonly stage: string;
    readonly variant: string;
    readonly at: Date;
    readonly count: string;
  }>(
    `select stage, variant, date_trunc('${step}', hour, 'UTC') as at, sum(count) as count from flagwright.usage
     where project = $1 and flag = $2 and ($3::text[] is null or stage = any($3::text[]))
       and hour >= $4::timestamptz and hour < $5::timestamptz
     group by 1, 2, 3 order by 1, 2, 3 limit ${MOST + 1}`,
    [...own, new Date(from).toISOString(), new Date(to).toISOString()],
  );
  if (rows.length > MOST) {
    throw new Problem('TOO_LARGE', `there are more than ${MOST} points; expected fewer`, { hint: 'ask for less time' });
  }
  const seen = await sql.query<{ readonly stage: string; readonly last: Date }>(
    `select stage, max(hour) as last from flagwright.usage
     where project = $1 and flag = $2 and ($3::text[] is null or stage = any($3::text[]))
     group by stage order by stage`,
    own,
  );
  const series = new Map<string, { readonly stage: string; readonly variant: string; readonly points: Point[] }>();
  for (const { stage, variant, at, count } of rows) {
    const key = `${stage}/${variant}`;
    const one = series.get(key) ?? { stage, variant, points: [] };
    series.set(key, one);
    one.points.push({ at: at.toISOString(), count: Number(count) });
  }
  const shown = [...series.values()].map(({ stage, variant, points }) => ({
    stage,
    variant: variant === '' ? null : variant,
    total: sum(points.map(({ count }) => count)),
    points,
  }));
  return {
    total: sum(shown.map(({ total }) => total)),
    lastSeen: latest(seen.map(({ last }) => last)),
    stages: seen.map(({ stage, last }) => ({
      stage,
      total: sum(shown.filter((one) => one.stage === stage).map(({ total }) => total)),
      lastSeen: last.toISOString(),
    })),
    series: shown,
  };
}

/** Flags that are older than some days, not archived, and were not evaluated for so long; those longest ago first. */
export async function staleFlags(
  sql: Sql,
  project: string,
  days: number,
  { stages }: Sees,
  { limit, offset }: Page,
): Promise<object> {
  const [since] = await sql.query<{ readonly hour: Date | null }>(
    `select min(hour) as hour from flagwright.usage where project = $1 and ($2::text[] is null or stage = any($2::text[]))`,
    [project, stages ?? null],
  );
  const rows = await sql.query<{
    readonly id: string | null;
    readonly created_at: Date;
    readonly last: Date | null;
    readonly total: string;
  }>(
    `with stale as (
       select f.id, f.created_at, u.last from flagwright.resources f
       left join (
         select flag, max(hour) as last from flagwright.usage
         where project = $1 and ($2::text[] is null or stage = any($2::text[])) group by flag
       ) u on u.flag = f.id
       where f.kind = 'FeatureFlag' and f.project = $1 and (f.spec ->> 'archived') is distinct from 'true'
         and f.created_at < statement_timestamp() - make_interval(days => $3::integer)
         and (u.last is null or u.last < statement_timestamp() - make_interval(days => $3::integer))
     ), counted as (select count(*) as total from stale)
     select * from counted left join (
       select * from stale order by last nulls first, id limit $4 offset $5) page on true order by last nulls first, id`,
    [project, stages ?? null, days, limit, offset],
  );
  return {
    days,
    reportedSince: since?.hour?.toISOString() ?? null,
    items: rows.flatMap(({ id, created_at: created, last }) =>
      id === null ? [] : [{ id, createdTime: created.toISOString(), lastSeen: last?.toISOString() ?? null }],
    ),
    totalCount: Number(rows[0]?.total ?? 0),
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

function latest(times: readonly Date[]): string | null {
  return times.length === 0 ? null : new Date(Math.max(...times.map((time) => time.getTime()))).toISOString();
}
