export type { AnalyticsEvent, CustomEvent, EvaluationEvent } from './analytics/event.ts';
export type { Exporter } from './analytics/exporter.ts';
export type { EvaluationError, EventOutcome, Metrics, ProviderState } from './metrics/metrics.ts';
export { type Recorder, type RecorderOptions, recorder } from './metrics/recorder.ts';
export {
  DEFAULT_BUCKETS,
  DEFAULT_NAMESPACE,
  METRICS,
  type MetricDefinition,
  type MetricType,
} from './metrics/table.ts';
export { observe } from './observe.ts';
