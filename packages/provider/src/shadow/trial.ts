import type { EvaluationContext, JsonValue, ResolutionDetails, ResolvedType, Resolver } from '@flagwright/core';
import { FlagError } from '@flagwright/core';
import { type Asked, ask, checked, isPromise, type Question } from './ask.ts';
import type { Running } from './candidate.ts';
import { type Difference, differencesOf } from './compare.ts';
import { type Ledger, ledger } from './ledger.ts';
import { tell } from './mismatch.ts';
import type { Settings } from './options.ts';
import { queue } from './queue.ts';
import { settling } from './settling.ts';

/** The most flags with an entry of their own. */
const FLAGS = 10_000;
/** The most comparisons of one flag that settle at once. */
const SETTLING_PER_FLAG = 10;

/** A comparison to be made. */
interface Job extends Question {
  /** What the primary answered; undefined: both are to be asked, because they differed the first time. */
  readonly answer: Asked | undefined;
  /** What it is part of; of no interest once that is over. */
  readonly run: symbol;
}

/** Compares what two resolvers answer, in the background. */
export interface Trial {
  readonly found: Ledger;
  /** How many comparisons wait for both to be asked again. */
  readonly settling: number;
  /** Takes an evaluation and the primary's answer for comparison. Never throws. */
  consider(type: ResolvedType, key: string, fallback: JsonValue, context: EvaluationContext, answer: unknown): void;
  /** Forgets what waits, and what is being waited for. */
  clear(): void;
  /** Forgets everything. */
  reset(): void;
}

const NOT_READY = 'PROVIDER_NOT_READY';
const NOT_FOUND = 'FLAG_NOT_FOUND';
const ERROR: readonly Difference[] = Object.freeze(['error'] as const);

/** A trial of a candidate that runs. */
export function trialOf(primary: Resolver, candidate: Resolver, life: Running, settings: Settings): Trial {
  const { facets, onMismatch, settle, timeout, concurrency, clock } = settings;
  let found = ledger(FLAGS);
  let current = Symbol('run');
  const jobs = queue<Job>({ limit: settings.queue, concurrency, run });
  const again = settling<Job>({ after: settle, limit: settings.queue, limitPerKey: SETTLING_PER_FLAG, due: enqueue });

  function enqueue(job: Job): void {
    if (job.run === current && !jobs.add(job)) found.skip();
  }

  function run(job: Job): void | Promise<void> {
    if (!life.answers) {
      found.skip();
      return;
    }
    const answer = job.answer ?? ask(primary, job, timeout);
    const other = ask(candidate, job, timeout);
    if (isPromise(answer)) return Promise.all([answer, other]).then((both) => judge(job, ...both));
    if (isPromise(other)) return other.then((given) => judge(job, answer, given));
    judge(job, answer, other);
  }

  function judge(job: Job, answer: Asked, other: Asked): void {
    if (job.run !== current) return;
    try {
      weigh(job, answer, other);
    } catch {
      // an answer that cannot even be looked at
      found.fail();
    }
  }

  function weigh(job: Job, answer: Asked, other: Asked): void {
    const [code, otherCode] = [codeOf(answer), codeOf(other)];
    if (answer instanceof FlagError || code === NOT_READY || otherCode === NOT_READY) found.skip();
    else if (code !== NOT_FOUND) settleOrCount(job, answer, other);
    else if (other instanceof FlagError) found.fail();
    else if (otherCode === NOT_FOUND) found.unheardOf();
    else settleOrCount(job, answer, other);
  }

  function settleOrCount(job: Job, answer: ResolutionDetails, other: Asked): void {
    const differences = other instanceof FlagError ? ERROR : differencesOf(answer, other, facets);
    const final = job.answer === undefined || settle === 0 || other instanceof FlagError;
    if (differences.length === 0) found.agreed(job.key, job.answer === undefined);
    else if (final) differ(job, differences, answer, other);
    else if (!again.add(job.key, { ...job, answer: undefined })) found.skip();
  }

  function differ(job: Job, differences: readonly Difference[], answer: ResolutionDetails, other: Asked): void {
    const { key, type, context } = job;
    const at = clock();
    const entry = found.differed(job, differences, answer, other, at);
    const failed = other instanceof FlagError;
    const given = failed ? { candidate: undefined, cause: other } : { candidate: other, cause: undefined };
    tell(onMismatch, entry, { key, type, context, differences, primary: answer, ...given, at });
  }

  function clear(): void {
    current = Symbol('run');
    jobs.clear();
    again.clear();
  }

  return {
    get found() {
      return found;
    },
    get settling() {
      return again.size;
    },
    consider(type, key, fallback, context, answer) {
      if (!life.answers || jobs.full) {
        found.skip();
        return;
      }
      const run = current;
      try {
        const question = { type, key, fallback, context: { ...context }, run };
        if (isPromise(answer)) {
          answer.then(
            (given) => enqueue({ ...question, answer: checked(given) }),
            () => void (run === current && found.skip()),
          );
        } else enqueue({ ...question, answer: checked(answer) });
      } catch {
        // a context that cannot be copied, or an answer that cannot be looked at
        found.skip();
      }
    },
    clear,
    reset() {
      clear();
      found = ledger(FLAGS);
    },
  };
}

const codeOf = (asked: Asked): string | undefined => (asked instanceof FlagError ? undefined : asked.errorCode);
