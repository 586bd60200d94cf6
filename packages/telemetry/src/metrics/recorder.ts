import type { EvaluationRecord, ReadRecord, Sink, Snapshot, TrackRecord } from '@flagwright/core';
import { FlagError, flagCounts, preview, warnThrown } from '@flagwright/core';
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
  let counted: Snapshot | number | undefined;

  function sink(record: EvaluationRecord | TrackRecord): void {
    if (record.kind !== 'evaluation') return;
    const { key, evaluation } = record;
    const { errorCode } = evaluation;
    settle(metrics.recordEvaluation(key, record.duration, evaluation.reason, record));
    if (errorCode !== undefined) {
      settle(metrics.recordError(key, { code: errorCode, message: evaluation.errorMessage }));
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
      if (duration !== undefined) settle(metrics.recordProviderLatency(source, operation, duration));
      if (problem !== undefined) settle(metrics.recordProviderError(source, operation, problem));
      const { flags, activeFlags } = snapshot === undefined ? countsOf(told) : flagCounts(snapshot);
      // before there are flags, their number is not nought but unknown
      const inUse = snapshot ?? (fresh ? told : told || undefined);
      if (inUse !== counted && inUse !== undefined) settle(metrics.setFlagCounts?.(flags, activeFlags));
      counted = inUse;
      const cache = cached ? { cacheSize: flags, cacheMaxSize: 0 } : { cacheSize: undefined, cacheMaxSize: undefined };
      settle(metrics.setProviderState?.({ provider: source, up: fresh, lastRefresh, ...cache }));
    },
  };
}

/** A vendor's client says how many flags it has, and not which of them are enabled. */
function countsOf(flags = 0) {
  return { flags, activeFlags: flags };
}

/** An async method is a method of metrics, too: that it rejects must not end the process. */
function settle(told: unknown): void {
  if (told instanceof Promise) told.catch((thrown: unknown) => warnThrown('a method of metrics', thrown));
}

const METHODS = [
  'recordEvaluation',
  'recordError',
  'recordCacheHit',
  'recordCacheMiss',
  'recordProviderLatency',
  'recordProviderError',
] as const satisfies readonly (keyof Metrics)[];

function checkMetrics(metrics: Metrics): void {
  const missing = METHODS.filter((method) => typeof metrics?.[method] !== 'function');
  if (missing.length === 0) return;
  const expected = 'something like prometheusMetrics(), or an object with the six methods of Metrics';
  throw new FlagError(
    'INVALID_ARGUMENT',
    `${preview(metrics)} is no metrics: it has no ${missing.join(', ')}; expected ${expected}`,
  );
}
