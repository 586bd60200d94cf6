import type { EvaluationRecord, ReadRecord, Sink, Snapshot, TrackRecord } from '@flagwright/core';
import { flagCounts } from '@flagwright/core';
import type { Metrics } from './metrics.ts';

/** Options of `recorder`. */
export interface RecorderOptions {
  /**
   * Whether the flags are a copy of what is stored elsewhere, so that evaluations are cache hits and misses. Default:
   * after the source's name; those of memory, files and environment variables are not.
   */
  readonly cached?: boolean | undefined;
}

/** What tells metrics: `createClient(source, recorder(metrics))`. */
export interface Recorder {
  /** Told of evaluations. */
  readonly sinks: readonly [Sink];
  /** Told of reads. */
  onRead(record: ReadRecord): void;
}

/** The names of sources whose flags are not a copy of what is stored elsewhere. */
export const ORIGINALS: ReadonlySet<string> = new Set(['memory', 'file', 'env']);

/** Tells metrics of evaluations, by its sink, and of the source they come from, by `onRead`. */
export function recorder(metrics: Metrics, options: RecorderOptions = {}): Recorder {
  let { cached } = options;
  let fresh = false;
  let lastRefresh: number | undefined;
  let counted: Snapshot | undefined;

  function sink(record: EvaluationRecord | TrackRecord): void {
    if (record.kind !== 'evaluation') return;
    const { key, evaluation } = record;
    metrics.recordEvaluation(key, record.duration, evaluation.reason, record);
    if (evaluation.errorCode !== undefined) {
      metrics.recordError(key, { code: evaluation.errorCode, message: evaluation.errorMessage });
    }
    if (cached !== true) return;
    if (fresh) metrics.recordCacheHit(key);
    else metrics.recordCacheMiss(key);
  }

  return {
    sinks: [sink],
    onRead({ source, at, duration, error, stale, snapshot }) {
      cached ??= !ORIGINALS.has(source);
      const problem = error ?? stale;
      fresh = problem === undefined;
      if (fresh) lastRefresh = at;
      metrics.recordProviderLatency(source, 'read', duration);
      if (problem !== undefined) metrics.recordProviderError(source, 'read', problem);
      const { flags, activeFlags } = flagCounts(snapshot);
      if (snapshot !== counted) metrics.setFlagCounts?.(flags, activeFlags);
      counted = snapshot;
      metrics.setProviderState?.({ provider: source, up: fresh, lastRefresh, cacheSize: flags, cacheMaxSize: 0 });
    },
  };
}
