import type { Reason } from '@flagwright/core';

/** What the events have in common. Names as they are sent. */
interface CommonEvent {
  /** RFC 3339, UTC, with ms: `2026-01-31T12:00:00.000Z`. */
  readonly timestamp: string;
  /** The context's targeting key, or a keyed hash of it; empty if there is none. */
  readonly user_key: string;
  /** Attributes of the context that were listed, and no others; absent if there are none. */
  readonly context?: Readonly<Record<string, unknown>>;
  /** The context says that its user is anonymous. */
  readonly anonymous?: true;
}

/** A flag was evaluated. */
export interface EvaluationEvent extends CommonEvent {
  readonly kind: 'evaluation';
  readonly flag_key: string;
  /** What the caller got. */
  readonly value: unknown;
  /** The position of the variant in its flag, from 0; −1 for a value that is no variant. */
  readonly variation_idx: number;
  readonly reason: Reason;
  /** Absent if no rule decided. */
  readonly rule_id?: string;
  /** The value came from a random split that counts as an experiment. */
  readonly in_experiment: boolean;
}

/** An application tracked something. */
export interface CustomEvent extends CommonEvent {
  readonly kind: 'custom';
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What analytics exporters are given: plain objects, frozen if several exporters share them. */
export type AnalyticsEvent = EvaluationEvent | CustomEvent;
