import type { SetName, Sql } from '../database/database.ts';

/** How often a flag served a variant. */
export interface Count {
  readonly flag: string;
  /** Undefined or null: none, as where the code's own default was used. */
  readonly variant?: string | null | undefined;
  readonly count: number;
  /** When, in ms since the epoch; the hour of it is kept. Default: now, by the clock of the database. */
  readonly at?: number | undefined;
}

/** What became of counts. */
export interface Added {
  /** They were sent before, and have counted then. */
  readonly duplicate: boolean;
  /** Flags that the project does not have: theirs are not kept. */
  readonly unknown: readonly string[];
}

/** A sum stops here, where JavaScript could not read it any more. */
const MOST = Number.MAX_SAFE_INTEGER;

/**
 * Adds counts of one stage, in one statement, all or none; those of a batch that was added before not again. It takes
 * no lock of writers, and rows in one order, so that whoever adds at the same time waits in turn.
 */
export async function addUsage(
  sql: Sql,
  { project, stage }: SetName,
  counts: readonly Count[],
  batch?: string,
): Promise<Added> {
  const [row] = await sql.query<{ readonly duplicate: boolean; readonly unknown: readonly string[] }>(
    `with given as (
       select flag, variant, coalesce(hour, date_trunc('hour', statement_timestamp(), 'UTC')) as hour, sum(count) as count
       from unnest($3::text[], $4::text[], $5::timestamptz[], $6::bigint[]) as g(flag, variant, hour, count)
       group by 1, 2, 3
     ), fresh as (
       insert into flagwright.usage_batches (project, stage, batch, at)
       select $1, $2, $7::text, statement_timestamp() where $7::text is not null on conflict do nothing returning batch
     ), known as (
       select r.id from flagwright.resources r
       where r.kind = 'FeatureFlag' and r.project = $1 and r.id in (select flag from given)
     ), added as (
       insert into flagwright.usage as u (project, stage, flag, variant, hour, count)
       select $1, $2, flag, variant, hour, least(count, ${MOST}) from given
       where flag in (select id from known) and ($7::text is null or exists (select from fresh))
       order by flag collate "C", hour, variant collate "C"
       on conflict (project, flag, hour, stage, variant)
         do update set count = least(u.count::numeric + excluded.count, ${MOST})
       returning 1
     )
     select $7::text is not null and not exists (select from fresh) as duplicate,
       array(select distinct flag from given where flag not in (select id from known) order by 1) as unknown,
       (select count(*) from added) as added`,
    [
      project,
      stage,
      counts.map(({ flag }) => flag),
      counts.map(({ variant }) => variant ?? ''),
      counts.map(({ at }) => hourOf(at)),
      counts.map(({ count }) => count),
      batch ?? null,
    ],
  );
  return { duplicate: row!.duplicate, unknown: row!.unknown };
}

/** A batch, by its name. */
export interface BatchName {
  readonly set: SetName;
  readonly id: string;
}

/** Forgets batches that were added and will not be sent again, before their day is over. */
export async function forgetBatches(sql: Sql, batches: readonly BatchName[]): Promise<void> {
  if (batches.length === 0) return;
  await sql.query(
    `delete from flagwright.usage_batches b using unnest($1::text[], $2::text[], $3::text[]) as w(project, stage, batch)
     where b.project = w.project and b.stage = w.stage and b.batch = w.batch`,
    [batches.map(({ set }) => set.project), batches.map(({ set }) => set.stage), batches.map(({ id }) => id)],
  );
}

const HOUR = 3_600_000;

function hourOf(at: number | undefined): string | null {
  return at === undefined ? null : new Date(Math.floor(at / HOUR) * HOUR).toISOString();
}
