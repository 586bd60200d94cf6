import type { FlagError } from './error.ts';
import type { JsonValue, ResolutionDetails, ValueType } from './evaluation.ts';
import type { FollowHealth } from './follower.ts';
import type { EvaluationContext } from './scope.ts';
import type { Snapshot } from './snapshot.ts';
import type { Awaitable } from './source.ts';

/** The types OpenFeature resolves. */
export type ResolvedType = Exclude<ValueType, 'integer'>;

/** What a resolver tells while it runs. */
export interface ResolverEvents {
  ready(): void;
  /** Answers of these flags may differ; removed flags are among them. `message`: what is wrong with the new definitions. */
  changed(flagsChanged: readonly string[], message?: string): void;
  /** Answers may be out of date. */
  stale(cause: FlagError): void;
  /** There are no good answers. */
  error(cause: FlagError): void;
}

/**
 * Anything that answers: our evaluator over a source, or a vendor's client. `resolverContract` of `@flagwright/testing`
 * says what it promises.
 */
export interface Resolver {
  /** A short name for logs, events and metadata, e.g. `file`. Never an address. */
  readonly name: string;
  /** Resolves when answers are good; rejects once if that fails, and keeps trying. May be called again after `stop`. */
  start?(events: ResolverEvents): Promise<void>;
  /** Ends everything; may be called more than once. */
  stop?(): Promise<void>;
  /** Takes a tracked event, at once; must not throw. */
  track?(event: string, context: EvaluationContext, data: Readonly<Record<string, unknown>>): void;
  /**
   * The answer for one flag, in the type that was asked for; else the fallback with an `errorCode`. Never throws and
   * never rejects; what it answers is frozen, or the caller's own.
   */
  resolve<T extends JsonValue>(
    type: ResolvedType,
    key: string,
    fallback: T,
    context: EvaluationContext,
  ): Awaitable<ResolutionDetails<T>>;
  /**
   * What every flag serves, for a page that shows them all: nothing is counted as an evaluation. Flags that fail are
   * there with their `errorCode`. Absent: this one cannot list. Throws or rejects `FlagError`: `NOT_READY` before `start`
   * and after `stop`, `UNSUPPORTED` if it finds that it cannot list.
   */
  all?(context: EvaluationContext): Awaitable<ReadonlyMap<string, ResolutionDetails>>;
  /** The keys of the flags there are; undefined while they are not known, as after `stop`. Absent: it cannot list. */
  keys?(): readonly string[] | undefined;
  /** The flags in use, where our evaluator answers; undefined before the first good read, and after `stop`. */
  snapshot?(): Snapshot | undefined;
  /** How the flags are doing; undefined between `stop` and `start`. Absent: it cannot tell. */
  health?(): FollowHealth | undefined;
}
