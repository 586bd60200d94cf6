import type { EvaluationContext, JsonValue, ResolvedType, Resolver, ResolverEvents } from '@flagwright/core';
import { running } from './candidate.ts';
import { checkResolver, type ShadowOptions, settingsOf } from './options.ts';
import { reportOf, type ShadowReport } from './report.ts';
import { gaps } from './sampler.ts';
import { trialOf } from './trial.ts';

/** A resolver that answers as its primary does, and tells how a candidate would have answered. */
export interface ShadowResolver extends Resolver {
  /** Starts the primary, and the candidate in the background; settles as the primary's start does. */
  start(events: ResolverEvents): Promise<void>;
  /** Stops both; settles as the primary's stop does, and waits for the candidate's no longer than `timeout`. */
  stop(): Promise<void>;
  /** What was found since the shadow was made or reset. */
  report(): ShadowReport;
  /** Forgets what was found, say after a flag was corrected. */
  reset(): void;
}

/**
 * A resolver made of two, to move from one backend to another: the primary alone answers, and a sample of its evaluations
 * is repeated on the candidate, in the background, and compared. A candidate that throws, rejects, hangs or is slow
 * changes no answer, and no answer waits for it; what it computes, it computes in a later turn of the event loop.
 *
 * The candidate gets a copy of the context. Where answers differ, both are asked once more after `settle`: an impression
 * to a vendor that counts them. Throws `FlagError('INVALID_ARGUMENT')`.
 */
export function shadow(primary: Resolver, candidate: Resolver, options: ShadowOptions = {}): ShadowResolver {
  checkResolver('primary', primary);
  checkResolver('candidate', candidate);
  const settings = settingsOf(options);
  const { sample, timeout, enough, clock } = settings;
  const life = running(candidate, timeout);
  const trial = trialOf(primary, candidate, life, settings);
  const gap = gaps(sample, settings.random);
  let since = clock();
  /** Evaluations to be passed over until the next that is compared. */
  let left = gap();
  /** Evaluations up to and with that one, since the beginning or the reset. */
  let until = left + 1;

  function compare(type: ResolvedType, key: string, fallback: JsonValue, context: EvaluationContext, answer: unknown) {
    left = gap();
    until += left + 1;
    if (sample > 0) trial.consider(type, key, fallback, context, answer);
  }

  return {
    // that of a primary that stands for others changes
    get name() {
      return primary.name;
    },
    async start(events) {
      life.start();
      await primary.start?.(events);
    },
    async stop() {
      trial.clear();
      const ended = life.stop();
      try {
        await primary.stop?.();
      } finally {
        await ended;
      }
    },
    resolve<T extends JsonValue>(type: ResolvedType, key: string, fallback: T, context: EvaluationContext) {
      const answer = primary.resolve(type, key, fallback, context);
      if (--left < 0) compare(type, key, fallback, context, answer);
      return answer;
    },
    ...forwarded(primary),
    report: () =>
      reportOf({
        primary: primary.name,
        candidate: { name: candidate.name, status: life.status, error: life.error },
        since,
        evaluations: until - left - 1,
        settling: trial.settling,
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
function forwarded(primary: Resolver): Pick<Resolver, 'track' | 'all' | 'keys' | 'snapshot'> {
  return {
    ...(primary.track && { track: (event, context, data) => primary.track!(event, context, data) }),
    ...(primary.all && { all: (context) => primary.all!(context) }),
    ...(primary.keys && { keys: () => primary.keys!() }),
    ...(primary.snapshot && { snapshot: () => primary.snapshot!() }),
  };
}

function keysOf(resolver: Resolver): readonly string[] | undefined {
  try {
    return resolver.keys?.();
  } catch {
    return undefined;
  }
}
