import type { FlagDefinition } from './document.generated.ts';
import type { Evaluation } from './evaluation.ts';
import type { Outcomes } from './outcomes.ts';
import type { Decide } from './scope.ts';

/** Whether an answer satisfies a prerequisite: its flag is on and serves the variant, named or by position. */
export function satisfies(answer: Evaluation | undefined, variation: string | number): boolean {
  if (answer === undefined || answer.reason === 'OFF' || answer.reason === 'ERROR') return false;
  if (typeof variation === 'string') return answer.variant === variation;
  return variation >= 0 && answer.variationIndex === variation;
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
  return (context, scope) => {
    for (const { key, variation, failure } of steps) {
      if (!satisfies(scope.flag(key, context, scope), variation)) return failure;
    }
    return next(context, scope);
  };
}
