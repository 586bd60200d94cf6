import { FlagError, preview } from '@flagwright/core';
import type { Aggregator, Metric } from 'prom-client';
import type { GateMetrics } from '../metrics/gate-table.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { MetricsOptions } from '../metrics/options.ts';
import type { MetricName } from '../metrics/table.ts';
import { tally } from '../metrics/tally.ts';
import { collectorOf } from './collector.ts';
import type { MetricRegistry } from './registry.ts';

/** Metrics for prom-client: counts by itself, and is read when a registry is. */
export interface PrometheusMetrics extends Required<Metrics>, GateMetrics {
  /** The metrics one by one, for `registry.registerMetric`. */
  readonly collectors: readonly Metric[];
  /**
   * Registers all of them, or none: throws `INVALID_ARGUMENT` if one of their names is taken. What is registered already
   * stays.
   */
  register(registry: MetricRegistry): void;
}

/**
 * How prom-client makes one number of those that the workers of a cluster have; sums where nothing is said. All workers
 * hold the same flags, and the one that is worst off is the one to look at.
 */
const AGGREGATORS: Readonly<Partial<Record<MetricName, Aggregator>>> = {
  flags: 'max',
  activeFlags: 'max',
  cacheSize: 'max',
  cacheMaxSize: 'max',
  providerUp: 'min',
  lastRefresh: 'min',
  gates: 'min',
  gateSyncPending: 'max',
  gateSyncLastSuccess: 'min',
};

/** Metrics for a registry of prom-client, version 15. Throws `INVALID_ARGUMENT` for options that make no sense. */
export function prometheusMetrics(options: MetricsOptions = {}): PrometheusMetrics {
  const { families, ...metrics } = tally(options);
  const collectors = families.map((family) => collectorOf(family, AGGREGATORS[family.metric] ?? 'sum'));

  return {
    ...metrics,
    collectors,
    register(registry) {
      if (typeof registry?.registerMetric !== 'function' || typeof registry.getSingleMetric !== 'function') {
        const expected = 'a Registry of prom-client, such as its `register`';
        throw new FlagError('INVALID_ARGUMENT', `${preview(registry)} is no registry; expected ${expected}`);
      }
      for (const collector of collectors) checkFree(registry, collector);
      for (const collector of collectors) registry.registerMetric(collector as never);
    },
  };
}

function checkFree(registry: MetricRegistry, collector: Metric): void {
  const { name } = collector as unknown as { readonly name: string };
  const there = registry.getSingleMetric(name);
  if (there === undefined || there === collector) return;
  throw new FlagError(
    'INVALID_ARGUMENT',
    `the registry has another metric with the name ${name}. Hint: make the metrics once, or give them a namespace of their own`,
  );
}
