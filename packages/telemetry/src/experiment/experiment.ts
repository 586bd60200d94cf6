import type { Interval } from './proportions.ts';
import type { SplitCheck } from './split-check.ts';

/** What was counted of one variant. */
export interface VariantCount {
  /** Unlike those of the others. */
  readonly name: string;
  /** A whole number. */
  readonly users: number;
  /** A whole number, at most `users`. */
  readonly conversions: number;
}

/** One variant of an experiment, and what its users did. */
export interface VariantResult {
  readonly name: string;
  /** Distinct users who were shown this variant, and no other. */
  readonly users: number;
  /** Those of them with a conversion at or after the first time they were shown it. */
  readonly conversions: number;
  /** `conversions / users`; undefined if there are no users. */
  readonly rate: number | undefined;
  /** Where the true rate is, with the experiment's confidence: Wilson's interval; undefined if there are no users. */
  readonly interval: Interval | undefined;
}

/** A variant held against the control. Both have users. */
export interface Comparison {
  readonly variant: string;
  /** The variant's rate less the control's. */
  readonly difference: number;
  /** Where the true difference is, with the experiment's confidence: Newcombe's interval, not corrected for several. */
  readonly interval: Interval;
  /** The difference as a part of the control's rate: 0.1 is 10 % more; undefined if the control's rate is 0. */
  readonly lift: number | undefined;
  /** The pooled two-proportion z-test, or Fisher's exact test where fewer than 5 are expected in a cell. */
  readonly test: 'z' | 'fisher';
  /** How often chance alone makes a difference as large, either way: two-sided. */
  readonly p: number;
  /** The same, corrected for the number of comparisons: Holm's method. */
  readonly pCorrected: number;
  /** `pCorrected` is below 1 − confidence. */
  readonly significant: boolean;
}

/** What is doubtful, as a word that programs may switch on. */
export type ExperimentWarningCode =
  | 'split-broken'
  | 'split-not-checked'
  | 'no-exposures'
  | 'one-variant'
  | 'control-without-users'
  | 'variant-without-users'
  | 'small-counts'
  | 'many-in-several-variants'
  | 'many-broken-lines'
  | 'many-without-user';

/** Something a reader of the numbers has to know. */
export interface ExperimentWarning {
  readonly code: ExperimentWarningCode;
  readonly message: string;
}

/** An experiment analysed: plain data. */
export interface Analysis {
  /** From 0 to 1, of every interval and of `significant`: 0.95. */
  readonly confidence: number;
  readonly variants: readonly VariantResult[];
  /** The variant that the others are held against; undefined if there are no variants. */
  readonly control: string | undefined;
  /** One for each other variant that has users, if the control has some. */
  readonly comparisons: readonly Comparison[];
  /** Whether users were split as was meant. */
  readonly split: SplitCheck;
  /**
   * The variant with the highest rate, if it is significantly better than the control; the control, if every other is
   * significantly worse. Undefined if nothing is certain, or if the split is broken.
   */
  readonly winner: string | undefined;
  /** The gravest first. */
  readonly warnings: readonly ExperimentWarning[];
}

/** What was read, and what of it could not be used. */
export interface Reading {
  /** Lines, or events; blank lines do not count. */
  readonly lines: number;
  /** Torn, not JSON, or no event of ours. */
  readonly broken: number;
  /** Events that show the flag's experiment to a user, within the period. */
  readonly exposures: number;
  /** Events of the conversion, within the period, of users of the experiment or not. */
  readonly conversions: number;
  /** Exposures and conversions without a user key: nothing can join them. */
  readonly withoutUser: number;
  /** Exposures and conversions before `from`, or at or after `until`. */
  readonly outsidePeriod: number;
  /** Exposures to a value that stands for no variant: an object or a long text at no position, or one variant too many. */
  readonly unknownVariant: number;
}

/** An experiment as it was read from events. */
export interface Experiment extends Analysis {
  readonly flag: string;
  readonly conversion: string;
  /** The first and the last exposure that counted, RFC 3339; undefined if there was none. */
  readonly period: { readonly first: string; readonly last: string } | undefined;
  /** Users who were shown more than one variant. They are left out. */
  readonly inSeveralVariants: number;
  /** Users of the experiment who were anonymous at some time. They count. */
  readonly anonymous: number;
  readonly reading: Reading;
}
