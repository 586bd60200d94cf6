import { FlagError } from '@flagwright/core';
import { isTransient } from '@flagwright/sources/postgres';
import type { Mark, Row, Sql } from './database.ts';
import { thrownBy } from './failure.ts';
import type { Session } from './session.ts';

/** The statements of one transaction. */
export interface Scope extends Sql {
  /** Runs something on the connection as part of the transaction; answers what it answers, throws what it throws. */
  run<T>(statement: (session: Session) => Promise<T>): Promise<T>;
  /** As `Transaction.mark`. */
  mark(): Promise<Mark>;
  /** Takes no more statements, and waits for those under way; answers what the first that failed threw. */
  over(): Promise<{ readonly thrown: unknown } | undefined>;
}

/** The statements of the transaction that a session has begun: one that failed dooms it, whoever catches that. */
export function scopeOf(session: Session): Scope {
  let isOver = false;
  let failed: { readonly thrown: unknown } | undefined;
  let last: Promise<unknown> = Promise.resolve();
  const run = async <T>(statement: (session: Session) => Promise<T>): Promise<T> => {
    if (isOver) throw new FlagError('NOT_READY', 'the transaction is over. Hint: await its statements in the work');
    // one after the other, as the driver would have it anyway
    const answer = last.then(() => statement(session));
    last = answer.catch((thrown: unknown) => {
      // a FlagError is thrown where the statement itself went well, or the connection is lost
      if (!(thrown instanceof FlagError)) failed ??= { thrown };
    });
    return answer;
  };
  const plain = async (text: string): Promise<void> => {
    try {
      await run(() => session.query(text));
    } catch (error) {
      throw thrownBy(error);
    }
  };
  return {
    run,
    async mark() {
      await plain('savepoint marked');
      return {
        keep: () => plain('release savepoint marked'),
        async undo() {
          await plain('rollback to savepoint marked; release savepoint marked');
          // what another transaction was in the way of is done again as a whole
          if (!isTransient(failed?.thrown)) failed = undefined;
        },
      };
    },
    async query<R extends Row = Row>(text: string, values: readonly unknown[] = []): Promise<readonly R[]> {
      try {
        return await run(() => session.query<R>(text, values));
      } catch (error) {
        throw thrownBy(error);
      }
    },
    async over() {
      isOver = true;
      await last;
      return failed;
    },
  };
}
