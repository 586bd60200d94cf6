import { FlagError } from '@flagwright/core';
import { migrate as migrateFlags } from '@flagwright/sources/postgres';
import type { Pool } from './driver.ts';
import { thrownBy } from './failure.ts';
import { WRITE_LOCK } from './locks.ts';
import { STEPS } from './schema.ts';
import { openSession, type Session } from './session.ts';

/** The table of the flags that applications read. */
export const FLAGS_TABLE = 'public.feature_flags';

/** How long another server that migrates, and a step, may take, in ms. */
const PATIENCE = 60_000;

/** `server_version_num` of PostgreSQL 14. */
const OLDEST = 140_000;

/**
 * Makes or updates the tables of the control plane, each step once, and those of the flags. May run any number of times
 * and in several processes at once; needs no privilege to make anything where all is made. Throws
 * `FlagError('UNSUPPORTED')` for a PostgreSQL that is too old, and a schema that a newer server made.
 */
export async function migrate(pool: Pool, steps: readonly string[] = STEPS): Promise<void> {
  const session = await openSession(pool).catch((error: unknown) => {
    throw thrownBy(error);
  });
  let done = false;
  try {
    await checkVersion(session);
    if ((await applied(session, steps.length)) < steps.length) await apply(session, steps);
    done = true;
  } catch (error) {
    throw thrownBy(error);
  } finally {
    session.end(!done);
  }
  await migrateFlags({ pool, table: FLAGS_TABLE });
}

/** Whether there is a control plane in the database, of whatever version. */
export async function isMade(pool: Pool): Promise<boolean> {
  const session = await openSession(pool).catch((error: unknown) => {
    throw thrownBy(error);
  });
  try {
    return await hasSteps(session);
  } catch (error) {
    throw thrownBy(error);
  } finally {
    session.end();
  }
}

async function hasSteps(session: Session): Promise<boolean> {
  const [found] = await session.query(`select to_regclass('flagwright.steps') is not null as there`);
  return found?.there === true;
}

async function checkVersion(session: Session): Promise<void> {
  const [row] = await session.query(`select current_setting('server_version_num')::int as number, version() as name`);
  if (Number(row?.number) >= OLDEST) return;
  throw new FlagError(
    'UNSUPPORTED',
    `the database is ${String(row?.name).slice(0, 40)}; expected PostgreSQL 14 or later`,
  );
}

/** How many steps were applied. Throws `UNSUPPORTED` if there are more than are known. */
async function applied(session: Session, known: number): Promise<number> {
  if (!(await hasSteps(session))) return 0;
  const [row] = await session.query('select coalesce(max(step), 0) as step from flagwright.steps');
  const step = Number(row?.step);
  if (step <= known) return step;
  throw new FlagError(
    'UNSUPPORTED',
    `the tables of the control plane are of version ${step}, and this server knows ${known}. ` +
      'Hint: upgrade @flagwright/server',
  );
}

async function apply(session: Session, steps: readonly string[]): Promise<void> {
  await session.query(
    `begin isolation level read committed; set local lock_timeout = ${PATIENCE};
     select pg_advisory_xact_lock(${WRITE_LOCK})`,
    undefined,
    PATIENCE + 1_000,
  );
  await session.query(`create schema if not exists flagwright;
    create table if not exists flagwright.steps (step integer primary key, applied_at timestamptz not null default now())`);
  // another server may have been first
  for (let step = await applied(session, steps.length); step < steps.length; step++) {
    await session.query(steps[step]!, undefined, PATIENCE);
    await session.query('insert into flagwright.steps (step) values ($1)', [step + 1]);
  }
  await session.query('commit');
}
