import { type Edit, FlagError } from '@flagwright/core';
import { commitWithin, isTransient, postgresFailure, wasAnswered } from '@flagwright/sources/postgres';
import type { SetName, Sql, Topic, Transaction, WriteOptions } from './database.ts';
import type { Engine, Pool } from './driver.ts';
import { thrownBy } from './failure.ts';
import { CHANNEL, WRITE_LOCK } from './locks.ts';
import { FLAGS_TABLE } from './migrate.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { type Scope, scopeOf } from './scope.ts';
import { CHECKOUT, openSession, type Session } from './session.ts';
import { within } from './within.ts';

/** How long those who write already are waited for, in ms, and when it is worth trying again. */
const PATIENCE = 5_000;
const RETRY_AFTER = 1_000;

/** How often work is done when it meets other transactions. */
const ATTEMPTS = 4;

const WAITED = 'others write to the database, and none was done';

/** SQLSTATE `lock_not_available`. */
const LOCK_NOT_AVAILABLE = '55P03';

/** The name of this server where it manages sets. */
const MANAGER = 'flagwright';

/** How long a transaction may do nothing, in ms: a server that has come to a halt must not keep all others from writing. */
const IDLE = 30_000;

/** What runs transactions. */
export interface Transactions {
  read<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  write<T>(work: (transaction: Transaction) => Promise<T>, options?: WriteOptions): Promise<T>;
}

/** Transactions as `Database` describes them. Writers of one process wait in turn, and need one connection between them. */
export function transactions({ pool, checkWritable }: Engine): Transactions {
  const enter = oneAtATime();
  return {
    read: (work) => readOnce(pool, work),
    async write(work, { dryRun = false } = {}) {
      const deadline = performance.now() + PATIENCE;
      const entering = enter();
      const leave = await within(entering, PATIENCE, WAITED).catch((error: unknown) => {
        void entering.then((late) => late());
        throw busy(error);
      });
      try {
        await checkWritable?.();
        for (let attempt = 1; ; attempt++) {
          const patience = Math.ceil(Math.max(100, deadline - performance.now()));
          const done = await writeOnce(pool, work, dryRun, patience, attempt === ATTEMPTS);
          if (done !== undefined) return done.value;
        }
      } finally {
        leave();
      }
    },
  };
}

async function readOnce<T>(pool: Pool, work: (sql: Sql) => Promise<T>): Promise<T> {
  const session = await told(openSession(pool, CHECKOUT));
  let ended = false;
  try {
    await told(session.query('begin isolation level repeatable read read only', undefined, CHECKOUT));
    const scope = scopeOf(session);
    try {
      return await work({ query: scope.query });
    } finally {
      await scope.over();
      // what was read stays true if this fails, and the connection is closed then
      ended = await session.query('rollback').then(
        () => true,
        () => false,
      );
    }
  } finally {
    session.end(!ended);
  }
}

/** What work resolved to; undefined if it met another transaction, and is to be done again. */
async function writeOnce<T>(
  pool: Pool,
  work: (transaction: Transaction) => Promise<T>,
  dryRun: boolean,
  patience: number,
  last: boolean,
): Promise<{ readonly value: T } | undefined> {
  const session = await told(openSession(pool, CHECKOUT));
  let ended = false;
  try {
    await told(begin(session, patience));
    const scope = scopeOf(session);
    const topics = new Set<Topic>();
    try {
      const value = await work(transactionOf(scope, topics));
      for (const topic of topics) await scope.query('select pg_notify($1, $2)', [CHANNEL, topic]);
      const failed = await scope.over();
      // to commit would undo it without a word
      if (failed !== undefined) throw thrownBy(failed.thrown);
      await (dryRun ? told(session.query('rollback')) : told(commit(session)));
      ended = true;
      return { value };
    } catch (error) {
      const failed = await scope.over();
      ended = await session.query('rollback').then(
        () => true,
        () => false,
      );
      if (!last && (isTransient(error) || isTransient(failed?.thrown))) return undefined;
      throw error;
    }
  } finally {
    session.end(!ended);
  }
}

/** What is thrown is told as the database's; what the work throws itself goes through as it is. */
function told<T>(answer: Promise<T>): Promise<T> {
  return answer.catch((thrown: unknown) => {
    throw thrownBy(thrown);
  });
}

async function begin(session: Session, patience: number): Promise<void> {
  const text = `begin isolation level read committed; set local lock_timeout = ${patience};
    set local idle_in_transaction_session_timeout = ${IDLE}; select pg_advisory_xact_lock(${WRITE_LOCK})`;
  try {
    await session.query(text, undefined, patience + RETRY_AFTER);
  } catch (error) {
    const { code } = (error ?? {}) as { readonly code?: unknown };
    throw code === LOCK_NOT_AVAILABLE || code === 'UNAVAILABLE' ? busy(error) : error;
  }
}

async function commit(session: Session): Promise<void> {
  try {
    await session.query('commit');
  } catch (error) {
    if (wasAnswered(error)) throw error;
    const { message } = postgresFailure(error);
    throw new FlagError('UNKNOWN', `whether it was committed is not known: ${message}. Hint: read again`);
  }
}

function transactionOf(scope: Scope, topics: Set<Topic>): Transaction {
  return {
    query: scope.query,
    mark: scope.mark,
    async publish({ project, stage }: SetName, edits: readonly Edit[], by: string) {
      const set = { table: FLAGS_TABLE, project, stage, manager: MANAGER };
      try {
        return await scope.run((session) =>
          commitWithin({ query: (statement) => session.send(statement) }, set, edits, by),
        );
      } catch (error) {
        throw postgresFailure(error);
      }
    },
    hint: (topic) => void topics.add(topic),
  };
}

function busy(cause: unknown): FlagError {
  return new FlagError('UNAVAILABLE', `${WAITED} within ${PATIENCE} ms. Hint: try again`, {
    cause,
    retryAfter: RETRY_AFTER,
  });
}
