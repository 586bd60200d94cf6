import type { Sql } from '../database/database.ts';

/** A version that is to be used, and the time of the change. */
export interface Drawn {
  readonly version: string;
  /** By the clock of the database, in whole ms. */
  readonly at: Date;
}

/** So many are drawn at once, at most. */
const MOST = 100;

/**
 * Draws versions of the one sequence, several at once if as many changes are still to come: those that are drawn and not
 * used are left out, as those of transactions that were undone are.
 */
export function versionsOf(sql: Sql): (toCome: number) => Promise<Drawn> {
  let drawn: string[] = [];
  let clock: { readonly there: number; readonly here: number } | undefined;
  return async (toCome) => {
    if (drawn.length === 0) {
      const rows = await sql.query<{ readonly version: string; readonly now: Date }>(
        `select nextval('flagwright.versions')::text as version, clock_timestamp() as now from generate_series(1, $1::int)`,
        [Math.min(MOST, Math.max(1, toCome))],
      );
      drawn = rows.map(({ version }) => version).reverse();
      clock ??= { there: rows[0]!.now.getTime(), here: performance.now() };
    }
    return { version: drawn.pop()!, at: new Date(clock!.there + performance.now() - clock!.here) };
  };
}
