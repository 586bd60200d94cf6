import type { EvaluationRecord, Failed, ReadRecord, Sink, TrackRecord } from '@flagwright/core';
import { flagCounts, warnThrown } from '@flagwright/core';
import { checkMetrics, guarded } from './guarded.ts';
import type { Metrics, ProviderState } from './metrics.ts';

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
  let warned = false;
  /** What was told last of each source. */
  const states = new Map<string, ProviderState>();
  let counts: readonly [number | undefined, number | undefined] | undefined;

  function warn(thrown: unknown): void {
    if (!warned) warnThrown('a method of metrics, told of an evaluation,', thrown);
    warned = true;
  }

  /** An async method is a method of metrics, too: that it rejects must not end the process. */
  function settle(told: unknown): void {
    if (told instanceof Promise) told.catch(warn);
  }

  function sink(record: EvaluationRecord | TrackRecord): void {
    if (record.kind !== 'evaluation') return;
    const { key, evaluation } = record;
    try {
      settle(metrics.recordEvaluation(key, record.duration, evaluation.reason, record));
    } catch (thrown) {
      warn(thrown);
    }
    if (evaluation.errorCode !== undefined) tellError(key, evaluation);
    if (cached !== true) return;
    try {
      settle(fresh ? metrics.recordCacheHit(key) : metrics.recordCacheMiss(key));
    } catch (thrown) {
      warn(thrown);
    }
  }

  function tellError(key: string, { errorCode: code, errorMessage: message }: Failed): void {
    try {
      settle(metrics.recordError(key, { name: 'EvaluationError', code, message }));
    } catch (thrown) {
      warn(thrown);
    }
  }

  /** Tells what is known of the sources. */
  function tellState(): void {
    if (counts !== undefined) background.setFlagCounts(...counts);
    for (const state of states.values()) background.setProviderState(state);
  }

  const others = telling(metrics);

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
      const counted = snapshot === undefined ? undefined : flagCounts(snapshot);
      // before there are flags, their number is not nought but unknown; which are enabled, a vendor's client does not say
      const flags = counted?.flags ?? (fresh ? told : told || undefined);
      if (flags !== undefined) counts = [flags, counted?.activeFlags];
      const cache = cached ? { cacheSize: flags, cacheMaxSize: 0 } : { cacheSize: undefined, cacheMaxSize: undefined };
      states.set(source, { provider: source, up: fresh, lastRefresh, ...cache });
      others.add(tellState);
      tellState();
    },
    close() {
      fresh = false;
      for (const source of states.keys()) background.forgetProvider(source);
      states.clear();
      counts = undefined;
      background.setFlagCounts(undefined, undefined);
      // others may tell the same metrics of the same source
      others.delete(tellState);
      for (const tell of others) tell();
    },
  };
}

/** Who tells the same metrics of sources. */
const TELLING: WeakMap<Metrics, Set<() => void>> = new WeakMap();

function telling(metrics: Metrics): Set<() => void> {
  let all = TELLING.get(metrics);
  if (all === undefined) {
    all = new Set();
    TELLING.set(metrics, all);
  }
  return all;
}
