import type { EvaluationErrorCode, EvaluationRecord, FlagError, Reason } from '@flagwright/core';

/** What went wrong with one evaluation: an `Error` by its shape, without the stack, which would cost more than the rest. */
export interface EvaluationError {
  readonly name: string;
  /** OpenFeature's error code. */
  readonly code: EvaluationErrorCode;
  readonly message: string;
}

/** How a source is doing, after each read. */
export interface ProviderState {
  /** Its short name: `postgres`. */
  readonly provider: string;
  /** The last read was good, and not of a copy. */
  readonly up: boolean;
  /** When the flags in use were last known to be the newest, in ms since the epoch; undefined: never. */
  readonly lastRefresh: number | undefined;
  /** How many flags are held in the process; undefined where they are no copy of what is stored elsewhere. */
  readonly cacheSize: number | undefined;
  /** How many can be held, 0: as many as there are; undefined where they are no copy. */
  readonly cacheMaxSize: number | undefined;
}

/** What became of events. */
export type EventOutcome =
  /** An exporter took it. */
  | 'sent'
  /** It was given up for newer ones, or at the end: the queue was full, or time was up. */
  | 'dropped'
  /** The receiver refused it for good. */
  | 'rejected';

/**
 * Takes measurements. The first six methods are those that an implementation of one's own must have (`Metrics` of the
 * Go package, in TypeScript); the others are called if they are there. Durations are in ms. Must be quick; what is thrown
 * is told in a process warning, and disturbs nobody; so is what a promise rejects with.
 */
export interface Metrics {
  /** One evaluation, errors among them: `reason` is then `ERROR`. `record` has value, variant and type. */
  recordEvaluation(key: string, duration: number, reason: Reason, record: EvaluationRecord): void;
  /** One evaluation that failed; told besides `recordEvaluation`. */
  recordError(key: string, error: EvaluationError): void;
  /** An evaluation was answered from flags that are known to be fresh. */
  recordCacheHit(key: string): void;
  /** An evaluation was answered from flags that may be out of date, or there were none yet. */
  recordCacheMiss(key: string): void;
  /** One call of a backend: `operation` is `read` for a source, `start` for a vendor's client. */
  recordProviderLatency(provider: string, operation: string, duration: number): void;
  recordProviderError(provider: string, operation: string, error: FlagError): void;

  /** How many flags there are, and how many of them are enabled; undefined where that is not known, or not any more. */
  setFlagCounts?(total: number | undefined, active: number | undefined): void;
  setProviderState?(state: ProviderState): void;
  /** A source is in use no more: its state says nothing any longer. */
  forgetProvider?(provider: string): void;
  /** Events that an exporter has done with. `exporter` is its name. */
  recordEvents?(exporter: string, outcome: EventOutcome, count: number): void;
  /** How many events wait for an exporter. */
  setEventQueue?(exporter: string, size: number): void;
}
