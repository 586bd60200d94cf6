// not `node:util`: importing that opens standard error
import { isPromise } from 'node:util/types';
import type {
  Awaitable,
  EvaluationContext,
  JsonValue,
  ResolutionDetails,
  ResolvedType,
  Resolver,
  ResolverEvents,
} from '@flagwright/core';
import type { Question } from './ask.ts';
import { keysOf, nameOf, running } from './candidate.ts';
import { checkResolvers, type ShadowOptions, settingsOf } from './options.ts';
import { reportOf, type ShadowReport } from './report.ts';
import { gaps } from './sampler.ts';
import { type Given, trialOf } from './trial.ts';
import { isThenable } from './waiting.ts';

/** A resolver that answers as its primary does, and tells how a candidate would have answered. */
export interface ShadowResolver extends Resolver {
  /** Starts the primary, and the candidate in the background; settles as the primary's start does. */
  start(events: ResolverEvents): Promise<void>;
  /**
   * Stops both; settles as the primary's stop does, and waits for the candidate's no longer than `timeout`: not at all
   * if the primary has not started.
   */
  stop(): Promise<void>;
  /** What was found since the shadow was made or reset. */
  report(): ShadowReport;
  /** Forgets what was found, say after a flag was corrected. */
  reset(): void;
}

/**
 * A resolver made of two, to move from one backend to another: the primary alone answers, and a sample of its
 * evaluations is repeated on the candidate, in the background, and compared. A candidate that throws, rejects, hangs or
 * is slow changes no answer, and no answer waits for it; what it computes, it computes in a later turn of the event loop.
 *
 * The candidate gets copies of the context and of the default. Where answers differ, both are asked once more after
 * `settle`: an impression to a vendor that counts them. Throws `FlagError('INVALID_ARGUMENT')`.
 */
export function shadow(primary: Resolver, candidate: Resolver, options: ShadowOptions = {}): ShadowResolver {
  const settings = settingsOf(options);
  checkResolvers(primary, candidate);
  const { sample, timeout, enough, clock } = settings;
  const life = running(candidate, timeout);
  const trial = trialOf(primary, candidate, life, settings);
  const gap = gaps(sample, settings.random);
  let since = clock();
  /** Evaluations to be passed over until the next that is compared. */
  let left = gap();
  /** Evaluations up to and with that one, since the beginning or the reset. */
  let until = left + 1;
  /** Of a primary that has not started, nobody waits for the end of its candidate. */
  let hasStarted = false;
  let run: symbol | undefined;

  /** Answers an evaluation that is in the sample. */
  function sampled<T extends JsonValue>(type: ResolvedType, key: string, fallback: T, context: EvaluationContext) {
    left = gap();
    until += left + 1;
    let answer: Awaitable<ResolutionDetails<T>>;
    try {
      answer = primary.resolve(type, key, fallback, context);
    } catch (thrown) {
      compare({ type, key, fallback, context }, { later: false, answer: undefined });
      throw thrown;
    }
    const later = isLater(answer);
    // what begins whenever somebody awaits it is to begin once
    if (later && !isPromise(answer)) answer = Promise.resolve(answer);
    compare({ type, key, fallback, context }, { later, answer } as Given);
    return answer;
  }

  function compare(question: Question, given: Given): void {
    if (sample > 0) trial.consider(question, given);
  }

  return {
    // that of a primary that stands for others changes
    get name() {
      return primary.name;
    },
    async start(events) {
      const begun = Symbol('run');
      run = begun;
      life.start();
      await primary.start?.(events);
      if (run === begun) hasStarted = true;
    },
    async stop() {
      trial.clear();
      const waits = hasStarted;
      hasStarted = false;
      run = undefined;
      const ended = life.stop(waits);
      try {
        await primary.stop?.();
      } finally {
        if (waits) await ended;
      }
    },
    resolve<T extends JsonValue>(type: ResolvedType, key: string, fallback: T, context: EvaluationContext) {
      return --left < 0 ? sampled(type, key, fallback, context) : primary.resolve(type, key, fallback, context);
    },
    ...forwarded(primary),
    report: () =>
      reportOf({
        primary: nameOf(primary),
        candidate: { name: nameOf(candidate), status: life.status, error: life.error },
        since,
        evaluations: until - left - 1,
        settling: trial.settling,
        settlingKeys: trial.settlingKeys(),
        ...trial.pending(),
        ledger: trial.found,
        primaryKeys: keysOf(primary) ?? [],
        candidateKeys: keysOf(candidate),
        enough,
      }),
    reset() {
      trial.reset();
      since = clock();
      until = left + 1;
    },
  };
}

/** What else the primary can do; what it cannot stays absent. */
function forwarded(primary: Resolver): Pick<Resolver, 'track' | 'all' | 'keys' | 'snapshot' | 'health'> {
  return {
    ...(primary.track && { track: (event, context, data) => primary.track!(event, context, data) }),
    ...(primary.all && { all: (context) => primary.all!(context) }),
    ...(primary.keys && { keys: () => primary.keys!() }),
    ...(primary.snapshot && { snapshot: () => primary.snapshot!() }),
    ...(primary.health && { health: () => primary.health!() }),
  };
}

/** Whether an answer is to be awaited; one that cannot be looked at is the caller's affair. */
function isLater(answer: unknown): boolean {
  try {
    return isThenable(answer);
  } catch {
    return false;
  }
}
