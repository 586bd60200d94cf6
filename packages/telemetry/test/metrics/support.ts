import type { Evaluation, EvaluationErrorCode, EvaluationRecord, Reason } from '@flagwright/core';
import type { Metrics, Tally } from '../../src/index.ts';

/** An evaluation as a test wants it. */
export interface Asked {
  readonly key?: string;
  readonly value?: unknown;
  readonly variant?: string | undefined;
  readonly reason?: Reason;
  readonly code?: EvaluationErrorCode | undefined;
  /** In ms. */
  readonly duration?: number;
}

export function recordOf({ key = 'a', value = true, variant, reason, code, duration = 0.1 }: Asked): EvaluationRecord {
  const evaluation = {
    key,
    value: code === undefined ? value : undefined,
    variant,
    reason: code === undefined ? (reason ?? 'FALLTHROUGH') : 'ERROR',
    errorCode: code,
    errorMessage: code === undefined ? undefined : 'it failed',
  } as Evaluation;
  return { kind: 'evaluation', key, type: undefined, value, evaluation, context: {}, at: 0, duration };
}

/** Tells of an evaluation as a recorder does. */
export function evaluated(metrics: Metrics, asked: Asked): void {
  const record = recordOf(asked);
  const { key, duration, evaluation } = record;
  metrics.recordEvaluation(key, duration, evaluation.reason, record);
  if (evaluation.errorCode !== undefined) {
    metrics.recordError(key, { name: 'EvaluationError', code: evaluation.errorCode, message: evaluation.errorMessage });
  }
}

/** The time series of a counter or a gauge: values of labels, joined by commas, and the number. */
export function shown({ families }: Tally, name: string): Record<string, number> {
  const family = families.find((one) => one.name === `feature_flags_${name}`);
  if (family === undefined || family.type === 'histogram') throw new Error(`no counter or gauge ${name}`);
  return Object.fromEntries(
    family.samples().map(({ labels, value }) => [family.labelNames.map((label) => labels[label]).join(), value]),
  );
}

/** The time series of a histogram: values of labels, joined by commas, and cumulative counts. */
export function distributions({ families }: Tally, name: string): Record<string, readonly number[]> {
  const family = families.find((one) => one.name === `feature_flags_${name}`);
  if (family?.type !== 'histogram') throw new Error(`no histogram ${name}`);
  return Object.fromEntries(
    family
      .distributions()
      .map(({ labels, cumulative }) => [family.labelNames.map((label) => labels[label]).join(), cumulative]),
  );
}

/** How many time series there are at all. */
export function seriesCount({ families }: Tally): number {
  return families.reduce(
    (sum, family) => sum + (family.type === 'histogram' ? family.distributions() : family.samples()).length,
    0,
  );
}
