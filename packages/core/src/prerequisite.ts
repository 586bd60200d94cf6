import type { FlagDefinition } from './document.generated.ts';
import type { Evaluation } from './evaluation.ts';
import type { Outcomes } from './outcomes.ts';
import type { Decide, EvaluationContext, Scope } from './scope.ts';

/** Whether an answer satisfies a prerequisite: its flag is on and serves the variant, named or by position. */
export function satisfies(answer: Evaluation | undefined, variation: string | number): boolean {
  if (answer === undefined) return false;
  const same =
    typeof variation === 'number'
      ? answer.variationIndex === variation && variation >= 0
      : answer.variant === variation;
  return same && answer.reason !== 'OFF' && answer.reason !== 'ERROR';
}

/** The first prerequisite that does not hold decides, else `next`. */
export function withPrerequisites(
  prerequisites: NonNullable<FlagDefinition['prerequisites']>,
  outcomes: Outcomes,
  next: Decide,
): Decide {
  const steps = prerequisites.map(({ key, variation }) => ({
    key,
    variation,
    // no error code: OpenFeature would drop the value of an answer that has one
    failure: outcomes.off({
      reason: 'PREREQUISITE_FAILED',
      standardReason: 'PREREQUISITE_FAILED',
      prerequisiteKey: key,
    }),
  }));
  const [only] = steps;
  if (only !== undefined && steps.length === 1) {
    const { key, variation, failure } = only;
    return (context, scope) => (satisfies(answerOf(key, context, scope), variation) ? next(context, scope) : failure);
  }
  return (context, scope) => {
    for (let i = 0; i < steps.length; i++) {
      const { key, variation, failure } = steps[i]!;
      if (!satisfies(answerOf(key, context, scope), variation)) return failure;
    }
    return next(context, scope);
  };
}

/** What another flag of the snapshot serves, found once where the evaluation has a memory; undefined if it is not there. */
function answerOf(key: string, context: EvaluationContext, scope: Scope): Evaluation | undefined {
  const { memo } = scope;
  if (memo === undefined) return scope.flags.get(key)?.decide(context, scope);
  let answer = memo.flags.get(key);
  if (answer === undefined) {
    answer = scope.flags.get(key)?.decide(context, scope);
    if (answer !== undefined) memo.flags.set(key, answer);
  }
  return answer;
}
