import type { Sql } from '../database/database.ts';
import { type Repeating, repeating } from '../database/repeating.ts';
import { type Logger, loggedError } from '../http/log.ts';

/** Options of `usageUpkeep`. */
export interface UsageUpkeepOptions {
  /** How often it is looked whether it is time, in ms. Default: an hour. */
  readonly interval?: number | undefined;
  readonly log?: Logger | undefined;
}

/** How long counts are kept. */
export const KEPT_DAYS = 400;

/** How long it is known which batches were added. */
const BATCHES = '1 day';

/** How often it is done, by whichever server is first. */
const EVERY = '1 day';

/** Where it is remembered when that was. */
const SETTING = 'usage-cleaned';

/** So many rows are removed by one statement. */
const CHUNK = 10_000;

/** Removes old counts, and those of flags that are gone, once a day over all servers of a database. */
export function usageUpkeep(database: Sql, { interval = 3_600_000, log }: UsageUpkeepOptions = {}): Repeating {
  return repeating(async (ended) => {
    try {
      if (await isDue(database)) await clean(database, ended);
    } catch (thrown) {
      log?.({ level: 'debug', message: 'old counts of evaluations stay for now', error: loggedError(thrown) });
    }
    return interval;
  });
}

/** Whether it is time, and nobody else has begun. */
async function isDue(sql: Sql): Promise<boolean> {
  const rows = await sql.query(
    `insert into flagwright.settings as s (name, value) values ($1, statement_timestamp()::text)
     on conflict (name) do update set value = excluded.value
       where s.value::timestamptz <= statement_timestamp() - interval '${EVERY}'
     returning 1`,
    [SETTING],
  );
  return rows.length > 0;
}

const OLD: readonly string[] = [
  `delete from flagwright.usage where ctid = any(array(
     select ctid from flagwright.usage where hour < statement_timestamp() - interval '${KEPT_DAYS} days' limit ${CHUNK}))`,
  `delete from flagwright.usage where ctid = any(array(
     select u.ctid from flagwright.usage u where not exists (
       select from flagwright.resources r where r.kind = 'FeatureFlag' and r.project = u.project and r.id = u.flag)
     limit ${CHUNK}))`,
  `delete from flagwright.usage_batches where ctid = any(array(
     select ctid from flagwright.usage_batches where at < statement_timestamp() - interval '${BATCHES}' limit ${CHUNK}))`,
];

async function clean(sql: Sql, ended: () => boolean): Promise<void> {
  for (const statement of OLD) {
    while (!ended()) {
      const [row] = await sql.query<{ readonly removed: string }>(
        `with removed as (${statement} returning 1) select count(*) as removed from removed`,
      );
      if (Number(row?.removed) < CHUNK) break;
    }
  }
}
