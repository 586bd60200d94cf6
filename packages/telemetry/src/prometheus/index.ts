export type { MetricsOptions } from '../metrics/options.ts';
export { type PrometheusMetrics, prometheusMetrics } from './prometheus-metrics.ts';
export type { MetricRegistry } from './registry.ts';
