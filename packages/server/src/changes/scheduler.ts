import { FlagError, retryDelay } from '@flagwright/core';
import type { Database } from '../database/database.ts';
import { type Repeating, repeating } from '../database/repeating.ts';
import { type Logger, loggedError } from '../http/log.ts';
import { Problem, problemOf } from '../http/problem.ts';
import { applyDue, dueRequests, putFailure } from './due.ts';

export interface SchedulerOptions {
  /** How often it looks for requests that are due, in ms. Default: 1,000. */
  readonly interval?: number | undefined;
  readonly log?: Logger | undefined;
}

/**
 * Applies the requests that were approved for a time, once that has come by the clock of the database. Every server of a
 * database runs one: who is first applies, each request in a transaction of its own, and the others see that it was done.
 * One that cannot be applied any more loses its approval, and says why; while the database is away, it waits.
 */
export function scheduler(database: Database, { interval = 1_000, log }: SchedulerOptions = {}): Repeating {
  let failures = 0;

  async function apply(id: string): Promise<void> {
    try {
      const decided = await database.write((transaction) => applyDue(transaction, id));
      if (decided === undefined) return;
      const { result, request } = decided;
      const subject = request.modifiedBy;
      if (result === 'conflict') {
        const message = `change request ${id} was due and not applied: what it was written for has changed`;
        log?.({ level: 'warn', message, subject, error: loggedError(decided.problem) });
      } else log?.({ level: 'info', message: `change request ${id} was applied at its time`, subject });
    } catch (thrown) {
      if (isOfTheDatabase(thrown)) throw thrown;
      const problem = problemOf(thrown);
      const request = await database.write((transaction) => putFailure(transaction, id, problem));
      const message = `change request ${id} was due and cannot be applied: its approval is taken back`;
      const level = problem.code === 'INTERNAL' ? 'error' : 'warn';
      const error = loggedError(thrown instanceof Problem ? (thrown.cause ?? thrown) : thrown);
      if (request !== undefined) log?.({ level, message, subject: request.modifiedBy, error });
    }
  }

  /** One look; resolves to how long to wait for the next. */
  async function look(ended: () => boolean): Promise<number> {
    try {
      for (const id of await dueRequests(database)) {
        if (ended()) return interval;
        await apply(id);
      }
      failures = 0;
      return interval;
    } catch (thrown) {
      failures++;
      // the first time only: whoever runs it is told that the database is away by all of it
      const level = failures === 1 ? 'warn' : 'debug';
      log?.({ level, message: 'change requests that are due wait for the database', error: loggedError(thrown) });
      return interval + retryDelay(failures, FlagError.from(thrown));
    }
  }

  return repeating(look);
}

/** Whether trying again may help, because the request itself has nothing to do with it. */
function isOfTheDatabase(thrown: unknown): boolean {
  return thrown instanceof FlagError && AWAY.has(thrown.code);
}

const AWAY: ReadonlySet<string> = new Set(['UNAVAILABLE', 'UNAUTHORIZED', 'UNSUPPORTED', 'UNKNOWN']);
