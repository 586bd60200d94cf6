export type { MetricsOptions } from '../metrics/options.ts';
export { type MetricRegistry, type PrometheusMetrics, prometheusMetrics } from './prometheus-metrics.ts';
