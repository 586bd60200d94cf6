import {
  type Evaluation,
  type EvaluationContext,
  type Explained,
  evaluate,
  explain,
  explainedOf,
} from '@flagwright/core';
import type { LocalSet } from '../local/local-set.ts';

/** What is served of a flag, and why; as the server answers it. */
export interface Answer {
  /** Of a flag document: none. */
  readonly project?: string | undefined;
  readonly stage?: string | undefined;
  readonly flag: string;
  /** Absent: the default in the code. */
  readonly value?: unknown;
  readonly variant?: string | undefined;
  /** In the words of OpenFeature. */
  readonly reason: string;
  /** In the words of the evaluator. */
  readonly engineReason: string;
  readonly ruleId?: string | undefined;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly errorCode?: string | undefined;
  readonly errorMessage?: string | undefined;
  readonly explanation?: Explained;
}

/** How a set is asked. */
export interface Asking {
  readonly context: EvaluationContext;
  /** In ms since the epoch. */
  readonly now: number;
  readonly explain: boolean;
}

/** What a set serves of a flag. */
export function answerOf(set: LocalSet, flag: string, asking: Asking): Answer {
  const { context, now } = asking;
  const { project, stage } = set;
  return {
    project,
    stage,
    flag,
    ...shownEvaluation(evaluate(set.snapshot, flag, undefined, context, now)),
    ...(asking.explain ? { explanation: explainedOf(explain(set.snapshot, flag, context, now)) } : {}),
  };
}

function shownEvaluation(evaluation: Evaluation): Omit<Answer, 'flag'> {
  const { value, variant, reason, ruleId, errorCode, errorMessage, details } = evaluation;
  return {
    value,
    variant,
    reason: details.reason,
    engineReason: reason,
    ruleId,
    metadata: details.flagMetadata,
    errorCode,
    errorMessage,
  };
}
