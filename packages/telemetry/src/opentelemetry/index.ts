export type { MetricsOptions } from '../metrics/options.ts';
export { type OpenTelemetryMetrics, openTelemetryMetrics } from './opentelemetry-metrics.ts';
