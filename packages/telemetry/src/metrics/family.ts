import type { MetricName, MetricType } from './table.ts';

/** Values of labels by their names. */
export type Labels = Readonly<Record<string, string>>;

/** One time series of a counter or a gauge. */
export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

/** One time series of a histogram. */
export interface Distribution {
  /** The same object each time. */
  readonly labels: Labels;
  /** How many were at most each bound, in the bounds' order; the last is all of them. */
  readonly cumulative: readonly number[];
  /** In seconds. */
  readonly sum: number;
}

interface Common {
  /** Which metric of the table; an alias has that of what it is an alias of. */
  readonly metric: MetricName;
  /** The whole name: `feature_flags_evaluation_total`. */
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  /** Begins again at nothing. */
  reset(): void;
}

/** All time series of one counter or gauge. */
export interface ValueFamily extends Common {
  readonly type: Exclude<MetricType, 'histogram'>;
  samples(): readonly Sample[];
}

/** All time series of one histogram. */
export interface HistogramFamily extends Common {
  readonly type: 'histogram';
  /** Upper bounds in seconds, ascending, without infinity. */
  readonly bounds: readonly number[];
  distributions(): readonly Distribution[];
}

/** All time series of one metric, as they are when they are asked for. */
export type Family = ValueFamily | HistogramFamily;

/** How one metric is read, and how it begins again. */
export interface Reader<T> {
  read(): readonly T[];
  reset(): void;
}
