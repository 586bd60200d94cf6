/**
 * What is needed of a `Registry` of prom-client, whose types are not: whoever uses no Prometheus need not install it to
 * compile.
 */
export interface MetricRegistry {
  registerMetric(metric: never): void;
  getSingleMetric(name: string): unknown;
}
