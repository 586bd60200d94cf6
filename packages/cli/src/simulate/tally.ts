import { type Evaluation, type EvaluationContext, evaluate, type Snapshot } from '@flagwright/core';
import { attributeOf } from './attribute.ts';
import { type Breakdown, createBreakdown } from './breakdown.ts';
import type { Outcome, Outcomes } from './outcome.ts';

/** What was counted. */
export interface Counted {
  readonly total: number;
  readonly outcomes: readonly Outcome[];
  /** How many have the outcome of a number now; and after. */
  readonly now: readonly number[];
  readonly after: readonly number[] | undefined;
  /** How many go from one outcome to another: `moves[from][to]`. */
  readonly moves: readonly (readonly number[])[];
  readonly moved: number;
  /** How many lack what a split hashes. */
  readonly unsplit: { readonly now: number; readonly after: number };
  /** How many have no answer on one side, or are passed over by a split for want of a targeting key. */
  readonly unsure: number;
  /** Attributes that flags read and no context had. */
  readonly unseen: readonly string[];
  readonly by: Breakdown | undefined;
}

/** Evaluates a flag for contexts, as it is and as it would be, and counts. */
export interface Tally {
  add(contexts: readonly EvaluationContext[]): void;
  readonly total: number;
  counted(): Counted;
}

export interface TallyOptions {
  readonly key: string;
  readonly now: Snapshot;
  readonly after: Snapshot | undefined;
  readonly outcomes: Outcomes;
  /** The time of all evaluations, in ms since the epoch. */
  readonly time: number;
  readonly reads: readonly string[];
  /** An attribute to tell apart by. */
  readonly by: string | undefined;
  /** Contexts are made: one without a targeting key is meant so, and nothing was forgotten. */
  readonly isMade?: boolean | undefined;
  readonly moved?: ((context: EvaluationContext, from: Outcome, to: Outcome) => void) | undefined;
}

export function createTally({
  key,
  now,
  after,
  outcomes,
  time,
  reads,
  by,
  isMade = false,
  moved: tell,
}: TallyOptions): Tally {
  const moves: number[][] = [];
  const counts: number[] = [];
  let [total, moved, unsplitNow, unsplitAfter, unsure] = [0, 0, 0, 0, 0];
  let unseen = reads;
  const breakdown = by === undefined ? undefined : createBreakdown(by);
  const one = (context: EvaluationContext): void => {
    const evaluation = evaluate(now, key, undefined, context, time);
    const from = outcomes.of(evaluation);
    if (evaluation.bucketingKeyMissing) unsplitNow++;
    counts[from] = (counts[from] ?? 0) + 1;
    if (after === undefined) {
      breakdown?.add(context, from, from);
      return;
    }
    const evaluationAfter = evaluate(after, key, undefined, context, time);
    const to = outcomes.of(evaluationAfter);
    if (evaluationAfter.bucketingKeyMissing) unsplitAfter++;
    if (isUnsure(evaluation, context, isMade) || isUnsure(evaluationAfter, context, isMade)) unsure++;
    let row = moves[from];
    if (row === undefined) {
      row = [];
      moves[from] = row;
    }
    row[to] = (row[to] ?? 0) + 1;
    breakdown?.add(context, from, to);
    if (from === to) return;
    moved++;
    tell?.(context, outcomes.list[from]!, outcomes.list[to]!);
  };
  return {
    add(contexts) {
      for (let i = 0; i < contexts.length; i++) one(contexts[i]!);
      total += contexts.length;
      if (unseen.length > 0) unseen = unseen.filter((name) => !contexts.some((context) => has(context, name)));
    },
    get total() {
      return total;
    },
    counted() {
      const { list } = outcomes;
      const numbers = list.map((_, i) => i);
      const table = numbers.map((from) => numbers.map((to) => moves[from]?.[to] ?? 0));
      return {
        total,
        outcomes: list,
        now: numbers.map((i) => counts[i] ?? 0),
        after: after === undefined ? undefined : numbers.map((to) => table.reduce((sum, row) => sum + row[to]!, 0)),
        moves: table,
        moved,
        unsplit: { now: unsplitNow, after: unsplitAfter },
        unsure,
        unseen,
        by: breakdown?.found(list.length),
      };
    },
  };
}

/** That somebody has no attribute that a split goes by may be as it is meant; everybody has a key. */
function isUnsure(
  { errorCode, bucketingKeyMissing }: Evaluation,
  context: EvaluationContext,
  isMade: boolean,
): boolean {
  if (errorCode !== undefined) return errorCode !== 'FLAG_NOT_FOUND';
  return bucketingKeyMissing && !isMade && !has(context, 'targetingKey');
}

function has(context: EvaluationContext, name: string): boolean {
  const value = attributeOf(context, name);
  return value !== undefined && value !== null;
}
