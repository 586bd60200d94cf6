import type {
  Evaluation,
  EvaluationContext,
  FlagSource,
  Follower,
  FollowOptions,
  Issue,
  JsonValue,
  Metadata,
  ResolutionDetails,
  ResolvedType,
  Resolver,
  ResolverEvents,
  Sink,
} from '@flagwright/core';
import {
  checkSource,
  evaluate,
  evaluateAll,
  FlagError,
  flushSinks,
  follow,
  formatIssue,
  isFollower,
  tellSinks,
  wallTime,
} from '@flagwright/core';

/** Options of `sourceResolver`. */
export interface SourceResolverOptions extends FollowOptions {
  /** Told of what is tracked through OpenFeature, which its hooks never see. Evaluations reach sinks by the hook. */
  readonly sinks?: readonly Sink[] | undefined;
  /** Whose words reasons are: `flagd` says TARGETING_MATCH where a random split decided. Default: `openfeature` (SPLIT). */
  readonly reasons?: 'openfeature' | 'flagd' | undefined;
  /**
   * Answer TARGETING_KEY_MISSING where a split was passed over because the context lacks what it hashes, instead of
   * going on to the next rule. Speaks of rollouts, percentages and weights; JSON Logic's `fractional` yields null, as in
   * flagd. Default: false.
   */
  readonly requireBucketingKey?: boolean | undefined;
}

/**
 * Answers from a source by our own evaluator. Given a source or a function that opens one, it follows and closes it;
 * a follower that others use too is only listened to. After `stop`, all but a source can be started again; so can a
 * function that has thrown, which fails the start with `UNAVAILABLE`, or the code of the `FlagError` that it threw.
 */
export function sourceResolver(
  source: FlagSource | (() => FlagSource) | Follower,
  options: SourceResolverOptions = {},
): Resolver {
  const { reasons = 'openfeature', requireBucketingKey = false, sinks = [], clock = wallTime } = options;
  const shared = typeof source === 'object' && isFollower(source);
  if (!shared && typeof source !== 'function') checkSource(source);
  const plain = reasons === 'openfeature' && !requireBucketingKey;
  const flagdWords = new WeakMap<ResolutionDetails, ResolutionDetails>();
  const name = typeof source === 'function' ? 'source' : source.name;
  /** What is in use between `start` and `stop`. */
  let follower: Follower | undefined;
  let stopping = new AbortController();
  let closing: Promise<void> | undefined;
  let unlisten: (() => void) | undefined;

  // in one step, so that a stop finds everything that a start has begun
  function begin(): Follower {
    stopping = new AbortController();
    if (shared) return source;
    return follow(typeof source === 'function' ? opened(source) : (source as FlagSource), options);
  }

  function details(evaluation: Evaluation): ResolutionDetails {
    if (requireBucketingKey && evaluation.bucketingKeyMissing) return keyMissing(evaluation);
    const { details } = evaluation;
    return reasons === 'flagd' && details.reason === 'SPLIT' ? inFlagdWords(details) : details;
  }

  function inFlagdWords(details: ResolutionDetails): ResolutionDetails {
    let said = flagdWords.get(details);
    if (said === undefined) {
      said = Object.freeze({ ...details, reason: 'TARGETING_MATCH' });
      flagdWords.set(details, said);
    }
    return said;
  }

  return {
    name,
    async start(events) {
      follower ??= begin();
      unlisten?.();
      unlisten = listen(follower, events);
      await firstRead(follower, stopping.signal);
    },
    async stop() {
      unlisten?.();
      unlisten = undefined;
      stopping.abort(new FlagError('NOT_READY', `resolver ${name} was stopped`));
      if (!shared && follower !== undefined) closing = follower.close();
      follower = undefined;
      await closing;
      await flushSinks(sinks);
    },
    track: (event, context, data) => tellSinks(sinks, { kind: 'track', event, context, data, at: clock() }),
    resolve<T extends JsonValue>(
      type: ResolvedType,
      key: string,
      fallback: T,
      context: EvaluationContext,
    ): ResolutionDetails<T> {
      const snapshot = follower?.snapshot;
      if (snapshot === undefined) return notReady(fallback);
      const evaluation = evaluate(snapshot, key, type, context);
      const answer = plain ? evaluation.details : details(evaluation);
      return (answer.value === undefined ? { ...answer, value: fallback } : answer) as ResolutionDetails<T>;
    },
    all(context) {
      const snapshot = follower?.snapshot;
      if (snapshot === undefined) throw new FlagError('NOT_READY', UNREAD);
      const answers = new Map<string, ResolutionDetails>();
      for (const [key, evaluation] of evaluateAll(snapshot, context)) answers.set(key, details(evaluation));
      return answers;
    },
    keys() {
      const flags = follower?.snapshot?.flags;
      return flags === undefined ? undefined : [...flags.keys()];
    },
    snapshot: () => follower?.snapshot,
    health: () => follower?.health(),
  };
}

/** What opens; throws `FlagError`, also if that throws something else. */
function opened(open: () => FlagSource): FlagSource {
  try {
    return open();
  } catch (thrown) {
    throw FlagError.from(thrown, 'UNAVAILABLE');
  }
}

const UNREAD = 'no flags have been read yet';
const NO_METADATA: Metadata = Object.freeze({});

function notReady<T>(fallback: T): ResolutionDetails<T> {
  return {
    value: fallback,
    reason: 'ERROR',
    flagMetadata: NO_METADATA,
    errorCode: 'PROVIDER_NOT_READY',
    errorMessage: UNREAD,
  };
}

function keyMissing({ key, details }: Evaluation): ResolutionDetails {
  return {
    value: undefined,
    reason: 'ERROR',
    flagMetadata: details.flagMetadata,
    errorCode: 'TARGETING_KEY_MISSING',
    errorMessage: `flag ${key} splits users, and the context has no value to split by`,
  };
}

/** Resolves once there are flags; rejects if the next read fails before there are any, or once it is to stop. */
async function firstRead(follower: Follower, signal: AbortSignal): Promise<void> {
  // after a failure the next read might be far away
  if (follower.snapshot === undefined && follower.health().lastError !== undefined) void follower.refresh();
  const stopped = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  await Promise.race([follower.ready(), stopped]);
}

/** Passes a follower's events on. Before the first good read only its failure matters, and `start` tells that. */
function listen(follower: Follower, events: ResolverEvents): () => void {
  let failed = false;
  if (follower.health().status === 'stale') {
    const { lastError } = follower.health();
    events.stale(lastError ?? new FlagError('UNAVAILABLE', 'the source is away'));
  }
  return follower.on((event) => {
    switch (event.type) {
      case 'error':
        failed = true;
        break;
      case 'ready':
        // the first read succeeds later than the SDK waited for
        if (failed) events.ready();
        break;
      case 'recovered':
        events.ready();
        break;
      case 'changed':
        events.changed(event.flagsChanged, problems(event.issues));
        break;
      case 'stale':
        events.stale(event.cause);
        break;
    }
  });
}

/** The errors among issues as the message of an event; undefined if there are none. */
function problems(issues: readonly Issue[]): string | undefined {
  const errors = issues.filter((issue) => issue.severity === 'error');
  return errors.length === 0 ? undefined : errors.slice(0, 5).map(formatIssue).join('\n');
}
