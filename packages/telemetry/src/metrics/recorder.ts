import type { EvaluationRecord, ReadRecord, Sink, TrackRecord } from '@flagwright/core';
import { flagCounts, warnThrown } from '@flagwright/core';
import { checkMetrics, guarded } from './guarded.ts';
import type { Metrics } from './metrics.ts';

/** Options of `recorder`. */
export interface RecorderOptions {
  /**
   * Whether the flags are a copy of what is stored elsewhere, so that evaluations are cache hits and misses. Default:
   * after the source's name, as soon as it has been read; those of memory, files and environment variables are not.
   */
  readonly cached?: boolean | undefined;
}

/** What tells metrics: `createClient(source, recorder(metrics))`. */
export interface Recorder {
  /** Told of evaluations. */
  readonly sinks: readonly [Sink];
  /** Told of reads, or of what happened to a vendor's client. */
  onRead(record: BackendRecord): void;
  /** The source is in use no more: gauges that speak of it are unknown from now on. */
  close(): void;
}

/** What happened to a backend: a read of a source, as `follow` tells it, or news of a vendor's client. */
export interface BackendRecord extends Omit<ReadRecord, 'revision' | 'duration'> {
  /** What was done. Default: `read`. */
  readonly operation?: 'read' | 'start' | 'run' | undefined;
  /** How long it took, in ms; undefined: nothing was done, something was told. */
  readonly duration: number | undefined;
  /** How many flags there are, where there is no snapshot to say it. */
  readonly flags?: number | undefined;
}

/** The names of sources whose flags are not a copy of what is stored elsewhere. */
export const ORIGINALS: ReadonlySet<string> = new Set(['memory', 'file', 'env']);

/**
 * Tells metrics of evaluations, by its sink, and of the source they come from, by `onRead`: one recorder for each source.
 * Throws `INVALID_ARGUMENT` for what lacks one of the six methods.
 */
export function recorder(metrics: Metrics, options: RecorderOptions = {}): Recorder {
  checkMetrics(metrics);
  let { cached } = options;
  let fresh = false;
  let lastRefresh: number | undefined;
  const background = guarded(metrics);
  const sources = new Set<string>();

  function sink(record: EvaluationRecord | TrackRecord): void {
    if (record.kind !== 'evaluation') return;
    const { key, evaluation } = record;
    const { errorCode } = evaluation;
    settle(metrics.recordEvaluation(key, record.duration, evaluation.reason, record));
    if (errorCode !== undefined) {
      settle(metrics.recordError(key, { name: 'EvaluationError', code: errorCode, message: evaluation.errorMessage }));
    }
    if (cached !== true) return;
    settle(fresh ? metrics.recordCacheHit(key) : metrics.recordCacheMiss(key));
  }

  return {
    sinks: [sink],
    onRead({ source, at, duration, error, stale, snapshot, operation = 'read', flags: told }) {
      cached ??= !ORIGINALS.has(source);
      const problem = error ?? stale;
      fresh = problem === undefined;
      // a vendor's client is fresh all the time between its news
      if (operation !== 'read') lastRefresh = undefined;
      else if (fresh) lastRefresh = at;
      // a copy says itself when it was the newest; it does not take back what was known before
      else if (snapshot?.stale !== undefined) lastRefresh = Math.max(lastRefresh ?? 0, snapshot.stale.since);
      if (duration !== undefined) background.recordProviderLatency(source, operation, duration);
      if (problem !== undefined) background.recordProviderError(source, operation, problem);
      const counts = snapshot === undefined ? undefined : flagCounts(snapshot);
      // before there are flags, their number is not nought but unknown; which are enabled, a vendor's client does not say
      const flags = counts?.flags ?? (fresh ? told : told || undefined);
      if (flags !== undefined) background.setFlagCounts(flags, counts?.activeFlags);
      sources.add(source);
      const cache = cached ? { cacheSize: flags, cacheMaxSize: 0 } : { cacheSize: undefined, cacheMaxSize: undefined };
      background.setProviderState({ provider: source, up: fresh, lastRefresh, ...cache });
    },
    close() {
      fresh = false;
      for (const source of sources) background.forgetProvider(source);
      sources.clear();
      background.setFlagCounts(undefined, undefined);
    },
  };
}

/** An async method is a method of metrics, too: that it rejects must not end the process. */
function settle(told: unknown): void {
  if (told instanceof Promise) told.catch((thrown: unknown) => warnThrown('a method of metrics', thrown));
}
