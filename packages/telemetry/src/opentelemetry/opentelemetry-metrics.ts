import { FlagError, preview } from '@flagwright/core';
import type { Histogram, Meter, ObservableCallback, ValueType } from '@opentelemetry/api';
import type { ValueFamily } from '../metrics/family.ts';
import type { GateMetrics } from '../metrics/gate-table.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { type CheckedMetricsOptions, checkMetricsOptions, type MetricsOptions } from '../metrics/options.ts';
import { METRICS, type MetricName } from '../metrics/table.ts';
import { tally } from '../metrics/tally.ts';

/** Metrics by a meter of OpenTelemetry. */
export interface OpenTelemetryMetrics extends Required<Metrics>, GateMetrics {
  /** Ends what the meter is told. Others may then have its names, and begin at nothing. May be called more than once. */
  close(): void;
}

/** `ValueType.INT` of the API, whose value would be an import of an optional peer. */
const INT: ValueType = 0 satisfies ValueType.INT;

/** Names in use, by meter: of two instruments with one name and the same labels, the SDK would show neither. */
const NAMES_IN_USE: WeakMap<Meter, Set<string>> = new WeakMap();

/**
 * Metrics by instruments with the names and the labels that Prometheus knows them by. Counters and gauges are our own, and
 * are read when the meter's readers collect; durations are recorded at once, for only histograms of the SDK can be read.
 * Throws `INVALID_ARGUMENT` if instruments cannot be made, or if the meter has such ones already.
 */
export function openTelemetryMetrics(meter: Meter, options: MetricsOptions = {}): OpenTelemetryMetrics {
  const checked = checkMetricsOptions(options);
  if (!checked.enabled) return { ...tally(checked), close() {} };
  checkMeter(meter);
  checkNamespace(checked.namespace);
  const histograms = making(() => histogramsOf(meter, checked));
  const release = claimNames(meter, checked.namespace, histograms);
  try {
    return making(() => started(meter, checked, histograms, release));
  } catch (thrown) {
    release();
    throw thrown;
  }
}

function making<T>(make: () => T): T {
  try {
    return make();
  } catch (thrown) {
    const { message } = FlagError.from(thrown);
    throw new FlagError('INVALID_ARGUMENT', `the meter makes no instruments: ${message}`, { cause: thrown });
  }
}

function started(
  meter: Meter,
  options: CheckedMetricsOptions,
  { evalDuration, providerLatency }: Histograms,
  release: () => void,
): OpenTelemetryMetrics {
  let open = true;
  const { families, ...metrics } = tally(options, {
    evaluation(seconds, labels) {
      if (open) evalDuration.record(seconds, labels);
    },
    provider(seconds, labels) {
      if (open) providerLatency.record(seconds, labels);
    },
  });
  // all are made before any is read
  const observed = families
    .filter((family) => family.type !== 'histogram')
    .map((family) => ({ instrument: instrumentOf(meter, family), callback: callbackOf(family) }));
  for (const { instrument, callback } of observed) instrument.addCallback(callback);

  return {
    ...metrics,
    close() {
      if (!open) return;
      open = false;
      for (const { instrument, callback } of observed) instrument.removeCallback(callback);
      release();
    },
  };
}

interface Histograms {
  readonly evalDuration: Histogram;
  readonly providerLatency: Histogram;
}

function histogramsOf(meter: Meter, { namespace, buckets }: CheckedMetricsOptions): Histograms {
  const make = ({ name, help }: { readonly name: string; readonly help: string }): Histogram =>
    meter.createHistogram(`${namespace}_${name}`, {
      description: help,
      unit: 's',
      advice: { explicitBucketBoundaries: [...buckets] },
    });
  return { evalDuration: make(METRICS.evaluationDuration), providerLatency: make(METRICS.providerLatency) };
}

/** Gauges of times. */
const IN_SECONDS: ReadonlySet<MetricName> = new Set<MetricName>(['lastRefresh', 'gateSyncLastSuccess']);

function instrumentOf(meter: Meter, { metric, name, help, type }: ValueFamily) {
  const described = { description: help };
  if (IN_SECONDS.has(metric)) return meter.createObservableGauge(name, { ...described, unit: 's' });
  if (type === 'gauge') return meter.createObservableGauge(name, { ...described, valueType: INT });
  return meter.createObservableCounter(name, { ...described, valueType: INT });
}

function callbackOf({ samples }: ValueFamily): ObservableCallback {
  return (result) => {
    for (const { labels, value } of samples()) result.observe(value, labels);
  };
}

const MAKERS = ['createHistogram', 'createObservableCounter', 'createObservableGauge'] as const;

function checkMeter(meter: Meter): void {
  const missing = MAKERS.filter((maker) => typeof meter?.[maker] !== 'function');
  if (missing.length === 0) return;
  const expected = "one of OpenTelemetry, such as metrics.getMeter('flags')";
  throw new FlagError(
    'INVALID_ARGUMENT',
    `${preview(meter)} is no meter: it has no ${missing.join(', ')}; expected ${expected}`,
  );
}

/** The SDK only warns of a name that breaks the rule of its specification, and what reads it then makes another one. */
function checkNamespace(namespace: string): void {
  if (/^[a-zA-Z][a-zA-Z0-9_]*$/.test(namespace)) return;
  const expected = 'letters, digits and "_", beginning with a letter';
  throw new FlagError('INVALID_ARGUMENT', `namespace of metrics: got ${preview(namespace)}; expected ${expected}`);
}

/** Takes the names for one set of metrics, and returns how to give them back. */
function claimNames(meter: Meter, namespace: string, { evalDuration, providerLatency }: Histograms): () => void {
  // without an SDK, everybody has the same meter, which has one instrument for everything
  if (evalDuration === providerLatency) return () => {};
  const names = NAMES_IN_USE.get(meter) ?? new Set();
  // names of instruments are the same whatever their case
  const name = namespace.toLowerCase();
  if (names.has(name)) {
    throw new FlagError(
      'INVALID_ARGUMENT',
      `the meter has metrics in the namespace ${namespace} already. Hint: make them once, or close the others first`,
    );
  }
  NAMES_IN_USE.set(meter, names.add(name));
  return () => void names.delete(name);
}
