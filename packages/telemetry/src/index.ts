export { type Analytics, type AnalyticsOptions, analytics, type EventTarget } from './analytics/analytics.ts';
export { type AuditEntry, type AuditLog, type AuditLogOptions, auditLog } from './analytics/audit-log.ts';
export { type Batch, batch } from './analytics/batch.ts';
export type { BatchOptions } from './analytics/batch-options.ts';
export type { ErrorListener, EventCounts } from './analytics/counts.ts';
export type { AnalyticsEvent, CustomEvent, EvaluationEvent } from './analytics/event.ts';
export type { PrivacyOptions } from './analytics/event-of.ts';
export type { Exporter } from './analytics/exporter.ts';
export { type ExposuresOptions, exposures } from './analytics/exposures.ts';
export { toJson } from './analytics/json.ts';
export type { UserKeyHash } from './analytics/user-key.ts';
export type { Distribution, Family, HistogramFamily, Labels, Sample, ValueFamily } from './metrics/family.ts';
export type { GateMetrics, GateSyncCounts, ShownGate, ShownGateSync, ShownGates } from './metrics/gate-table.ts';
export { type BackgroundMetrics, guarded } from './metrics/guarded.ts';
export type { EvaluationError, EventOutcome, Metrics, ProviderState } from './metrics/metrics.ts';
export type { MetricsOptions } from './metrics/options.ts';
export { type BackendRecord, ORIGINALS, type Recorder, type RecorderOptions, recorder } from './metrics/recorder.ts';
export {
  DEFAULT_BUCKETS,
  DEFAULT_NAMESPACE,
  METRICS,
  type MetricDefinition,
  type MetricName,
  type MetricType,
} from './metrics/table.ts';
export { type DurationTaker, type Tally, tally } from './metrics/tally.ts';
export { watchResolver } from './metrics/watch-resolver.ts';
export { observe } from './observe.ts';
export type { MetricRegistry } from './prometheus/registry.ts';
