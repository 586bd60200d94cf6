/** What a metric is in Prometheus' terms. */
export type MetricType = 'counter' | 'gauge' | 'histogram';

/** One metric: its name is `<namespace>_<name>`. */
export interface MetricDefinition {
  readonly name: string;
  readonly type: MetricType;
  readonly labels: readonly string[];
  /** Begins with a capital, ends with a full stop. */
  readonly help: string;
}

/** The namespace if none is said. */
export const DEFAULT_NAMESPACE = 'feature_flags';

/** The buckets of durations if none are said, in seconds. */
export const DEFAULT_BUCKETS: readonly number[] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

/** The metrics by their names in code. */
export type MetricName =
  | 'evaluationDuration'
  | 'evaluations'
  | 'evaluationErrors'
  | 'cacheHits'
  | 'cacheMisses'
  | 'providerLatency'
  | 'providerErrors'
  | 'flags'
  | 'activeFlags'
  | 'cacheSize'
  | 'cacheMaxSize'
  | 'providerUp'
  | 'lastRefresh'
  | 'events'
  | 'eventQueue'
  | 'gates'
  | 'gateSync'
  | 'gateSyncConflicts'
  | 'gateSyncFailures'
  | 'gateSyncPending'
  | 'gateSyncLastSuccess';

/** Every metric: Prometheus, OpenTelemetry, dashboards, alerts and the docs follow this table. */
export const METRICS: Readonly<Record<MetricName, MetricDefinition>> = {
  evaluationDuration: {
    name: 'evaluation_duration_seconds',
    type: 'histogram',
    labels: ['flag_key', 'reason'],
    help: 'How long evaluations took.',
  },
  evaluations: {
    name: 'evaluation_total',
    type: 'counter',
    labels: ['flag_key', 'reason', 'value'],
    help: 'Evaluations, errors among them.',
  },
  evaluationErrors: {
    name: 'evaluation_errors_total',
    type: 'counter',
    labels: ['flag_key', 'error_type'],
    help: "Evaluations that failed and served the caller's default.",
  },
  cacheHits: {
    name: 'cache_hits_total',
    type: 'counter',
    labels: ['flag_key'],
    help: 'Evaluations answered in the process from flags that were known to be fresh.',
  },
  cacheMisses: {
    name: 'cache_misses_total',
    type: 'counter',
    labels: ['flag_key'],
    help: 'Evaluations answered from flags that may have been out of date, or before there were any.',
  },
  providerLatency: {
    name: 'provider_latency_seconds',
    type: 'histogram',
    labels: ['provider', 'operation'],
    help: 'How long calls of the backend took.',
  },
  providerErrors: {
    name: 'provider_errors_total',
    type: 'counter',
    labels: ['provider', 'operation', 'error_type'],
    help: 'Calls of the backend that failed.',
  },
  flags: { name: 'total', type: 'gauge', labels: [], help: 'Flags in use.' },
  activeFlags: { name: 'active_total', type: 'gauge', labels: [], help: 'Flags in use that are enabled.' },
  cacheSize: { name: 'cache_size', type: 'gauge', labels: [], help: 'Flags held in the process.' },
  cacheMaxSize: {
    name: 'cache_max_size',
    type: 'gauge',
    labels: [],
    help: 'Flags that can be held in the process; 0 if there is no limit.',
  },
  providerUp: {
    name: 'provider_up',
    type: 'gauge',
    labels: ['provider'],
    help: 'Whether the last call of the backend was good: 1 or 0.',
  },
  lastRefresh: {
    name: 'last_refresh_timestamp_seconds',
    type: 'gauge',
    labels: ['provider'],
    help: 'When the flags in use were last known to be the newest, since the epoch.',
  },
  events: {
    name: 'events_total',
    type: 'counter',
    labels: ['exporter', 'outcome'],
    help: 'Analytics events by what became of them: sent, dropped or rejected.',
  },
  eventQueue: {
    name: 'events_queue_size',
    type: 'gauge',
    labels: ['exporter'],
    help: 'Analytics events that wait for an exporter.',
  },
  gates: {
    name: 'gate_enabled',
    type: 'gauge',
    labels: ['name', 'stage'],
    help: 'Whether a feature gate is on: 1 or 0.',
  },
  gateSync: {
    name: 'gate_sync_total',
    type: 'counter',
    labels: ['direction'],
    help: 'Feature gates that a sync brought to the cluster (push) or took from it (pull).',
  },
  gateSyncConflicts: {
    name: 'gate_sync_conflicts_total',
    type: 'counter',
    labels: [],
    help: 'Feature gates that had been changed on both sides.',
  },
  gateSyncFailures: {
    name: 'gate_sync_failures_total',
    type: 'counter',
    labels: [],
    help: 'Attempts of a sync of feature gates that came to nothing.',
  },
  gateSyncPending: {
    name: 'gate_sync_pending',
    type: 'gauge',
    labels: [],
    help: 'Feature gates that are still to be brought over.',
  },
  gateSyncLastSuccess: {
    name: 'gate_sync_last_success_timestamp_seconds',
    type: 'gauge',
    labels: [],
    help: 'When both sides were last known to agree, since the epoch.',
  },
};
