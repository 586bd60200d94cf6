import type { Resolver } from '@flagwright/core';
import { FlagError } from '@flagwright/core';
import { type Answer, type Asked, answerOf } from './answer.ts';
import { ask, type Question } from './ask.ts';
import type { Running } from './candidate.ts';
import { type Difference, differencesOf, ERROR, NONE } from './compare.ts';
import { contextCopy, jsonCopy } from './copy.ts';
import { type Ledger, ledger } from './ledger.ts';
import { tell } from './mismatch.ts';
import type { Settings } from './options.ts';
import { type Pending, type PendingFacts, pendingFacts } from './pending.ts';
import { queue } from './queue.ts';
import { settling } from './settling.ts';
import { inTime } from './waiting.ts';

/** The most flags with an entry of their own. */
const FLAGS = 10_000;
/** The most comparisons of one flag that settle at once. */
const SETTLING_PER_FLAG = 10;

/** A comparison to be made. */
interface Job extends Question {
  /** What the primary answered; undefined: both are to be asked, because they differed the first time. */
  readonly answer: Answer | undefined;
  /** How they differed the first time. */
  readonly first: readonly Difference[];
  /** What is pending until they were asked the first time. */
  readonly waits: Pending;
  /** What it is part of; of no interest once that is over. */
  readonly run: symbol;
}

/** What the primary answered, at once or `later`. */
export type Given =
  | { readonly later: false; readonly answer: unknown }
  | { readonly later: true; readonly answer: PromiseLike<unknown> };

/** Compares what two resolvers answer, in the background. */
export interface Trial {
  readonly found: Ledger;
  /** How many comparisons wait for both to be asked again, and of which flags. */
  readonly settling: number;
  settlingKeys(): readonly string[];
  pending(): PendingFacts;
  /** Takes an evaluation and the primary's answer for comparison. Never throws. */
  consider(question: Question, given: Given): void;
  /**
   * Forgets what waits, which is skipped, and what is being waited for: that is undecided, as are differences that were
   * to be looked at again.
   */
  clear(): void;
  /** Forgets everything. */
  reset(): void;
}

const NOT_READY = 'PROVIDER_NOT_READY';
const NOT_FOUND = 'FLAG_NOT_FOUND';

/** A trial of a candidate that runs. */
export function trialOf(primary: Resolver, candidate: Resolver, life: Running, settings: Settings): Trial {
  const { facets, onMismatch, settle, timeout, concurrency, clock } = settings;
  let found = ledger(FLAGS);
  let current = Symbol('run');
  const open = new Set<Pending>();
  /** Answers of the primary that are waited for. */
  let awaited = 0;
  const jobs = queue<Job>({ limit: settings.queue, concurrency, run });
  const again = settling<Job>({
    after: settle,
    limit: settings.queue,
    limitPerKey: SETTLING_PER_FLAG,
    due: (job) => jobs.addFirst(job),
  });

  function run(job: Job): void | Promise<void> {
    if (!life.answers) {
      passOver(job);
      return;
    }
    const answer = job.answer ?? ask(primary, job, timeout);
    const other = ask(candidate, job, timeout);
    if (answer instanceof Promise || other instanceof Promise) {
      job.waits.asked = true;
      return Promise.all([answer, other]).then((both) => judge(job, ...both));
    }
    judge(job, answer, other);
  }

  function passOver({ run, key, answer, waits }: Job): void {
    if (run !== current) return;
    if (answer !== undefined) {
      open.delete(waits);
      found.skip(waits.flag);
      return;
    }
    again.done(key);
    found.leave(key);
  }

  function judge(job: Job, answer: Asked, other: Asked): void {
    if (job.run !== current) return;
    if (job.answer === undefined) again.done(job.key);
    else open.delete(job.waits);
    try {
      weigh(job, answer, other);
    } catch {
      // an answer that cannot even be looked at
      found.fail();
    }
  }

  function weigh(job: Job, answer: Asked, other: Asked): void {
    const { key } = job;
    const [code, otherCode] = [codeOf(answer), codeOf(other)];
    if (answer instanceof FlagError) found.leave(key);
    else if (code === NOT_READY || (code === NOT_FOUND && otherCode === NOT_READY)) unready(job);
    else if (code === NOT_FOUND && otherCode === NOT_FOUND) found.unheardOf();
    else if (code === NOT_FOUND && other instanceof FlagError) found.fail();
    else settleOrCount(job, answer, other);
  }

  /** Nobody says whether there is such a flag. */
  function unready({ key, answer }: Job): void {
    if (answer === undefined) found.leave(key);
    else found.skip(undefined);
  }

  function settleOrCount(job: Job, answer: Answer, other: Asked): void {
    const differences = other instanceof FlagError ? ERROR : differencesOf(answer, other, facets);
    const repeated = job.answer === undefined;
    // only what may come of an edit is asked again: no answer at all, or an error, is the candidate's own
    const final = repeated || settle === 0 || differences === ERROR;
    if (differences.length === 0) found.agreed(job.key, answer, repeated);
    else if (!final) {
      if (!again.add(job.key, { ...job, answer: undefined, first: differences })) found.leave(job.key);
    } else {
      differ(job, differences, answer, other);
      // users were served something else at first, whatever still differs
      if (job.first.includes('value') && !differences.includes('value')) found.settle(job.key);
    }
  }

  function differ(job: Job, differences: readonly Difference[], answer: Answer, other: Asked): void {
    const { key, type, context } = job;
    const at = clock();
    const entry = found.differed(job, differences, answer, other, at);
    const failed = other instanceof FlagError;
    const given = failed ? { candidate: undefined, cause: other } : { candidate: other, cause: undefined };
    tell(onMismatch, entry, { key, type, context, differences, primary: answer, ...given, at });
  }

  /** Nothing comes of an evaluation: if it was looked at, nobody can say whether the two differ. */
  function drop(flag: string | undefined, looked: boolean): void {
    if (looked && flag !== undefined) found.leave(flag);
    else found.skip(flag);
  }

  function look(question: Question, { later, answer }: Given): void {
    const { type, key } = question;
    if (typeof key !== 'string') {
      // whatever else is asked for is no flag
      found.unheardOf();
      return;
    }
    if (later && awaited >= settings.queue) {
      // a primary that hangs: not even a timer for each
      found.skip(found.flags.has(key) ? key : undefined);
      return;
    }
    const run = current;
    const hasRoom = life.answers && !jobs.full;
    const copied = hasRoom ? copyOf(question) : undefined;
    const fallback = copied?.fallback ?? null;
    const waits: Pending = { flag: undefined, asked: false, since: performance.now() };
    const take = (given: Asked): void => {
      if (run !== current) return;
      waits.flag = flagOf(key, given);
      if (copied !== undefined && !(given instanceof FlagError)) {
        open.add(waits);
        if (jobs.add({ type, key, fallback, context: copied.context, answer: given, first: NONE, waits, run })) return;
        drop(waits.flag, false);
      } else {
        drop(waits.flag, hasRoom);
      }
      open.delete(waits);
    };
    if (!later) {
      take(answerOf(answer, fallback));
      return;
    }
    open.add(waits);
    awaited++;
    void inTime(answer, timeout, fallback).then((given) => {
      awaited--;
      take(given);
    });
  }

  function clear(): void {
    current = Symbol('run');
    jobs.clear();
    for (const { flag, asked } of open) drop(flag, asked);
    open.clear();
    for (const key of again.keys()) found.leave(key);
    again.clear();
  }

  return {
    get found() {
      return found;
    },
    get settling() {
      return again.size;
    },
    settlingKeys: again.keys,
    pending: () => pendingFacts(open, timeout / 2),
    consider(question, given) {
      try {
        look(question, given);
      } catch {
        // it is within the caller's evaluation
        found.skip(undefined);
      }
    },
    clear,
    reset() {
      clear();
      found = ledger(FLAGS);
    },
  };
}

/** A question as it was asked; undefined if it cannot be copied. */
function copyOf({ type, key, fallback, context }: Question): Question | undefined {
  try {
    return { type, key, fallback: jsonCopy(fallback), context: contextCopy(context) };
  } catch {
    return undefined;
  }
}

/** The key, if what the primary answered does not leave open whether there is such a flag. */
function flagOf(key: string, answer: Asked): string | undefined {
  const code = codeOf(answer);
  return code === NOT_FOUND || code === NOT_READY ? undefined : key;
}

const codeOf = (asked: Asked): string | undefined => (asked instanceof FlagError ? undefined : asked.errorCode);
