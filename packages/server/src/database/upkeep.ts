import type { Pool } from './driver.ts';
import { openSession, type Session } from './session.ts';

/** How often it is looked after, in ms; how often, at most, it is cleaned up; and how much, in bytes, must have been written. */
export interface UpkeepTimes {
  readonly every?: number;
  readonly vacuumEvery?: number;
  readonly written?: number;
}

/**
 * Does what the background processes of a PostgreSQL do, of which an embedded one has none: without checkpoints its log
 * would grow for ever, and without vacuum its tables. Answers how to stop.
 */
export function upkeep(
  pool: Pool,
  { every = 60_000, vacuumEvery = 3_600_000, written = 16 * 2 ** 20 }: UpkeepTimes = {},
): () => void {
  // what is not known of the tables makes bad plans, so the first time comes soon
  let vacuumed = Number.NEGATIVE_INFINITY;
  let unclean = false;
  const look = async (session: Session): Promise<void> => {
    const [row] = await session.query(
      'select pg_current_wal_insert_lsn() - redo_lsn > $1::bigint as due from pg_control_checkpoint()',
      [written],
    );
    if (row?.due === true) {
      unclean = true;
      await session.query('checkpoint');
    }
    if (!unclean || performance.now() - vacuumed < vacuumEvery) return;
    vacuumed = performance.now();
    unclean = false;
    await session.query('vacuum (analyze)');
  };
  const timer = setInterval(() => {
    // what fails is tried the next time; whoever writes is told of what is wrong
    openSession(pool)
      .then(
        (session) => look(session).finally(() => session.end()),
        () => undefined,
      )
      .catch(() => undefined);
  }, every);
  timer.unref();
  return () => clearInterval(timer);
}
