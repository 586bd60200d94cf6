import type { FlagDefinition } from './document.generated.ts';
import type { Evaluation } from './evaluation.ts';
import { preview } from './issue.ts';
import type { LogicEnv } from './logic/index.ts';
import { compileTargeting, parseLogic } from './logic/index.ts';
import { type Variant, yieldedVariant } from './model.ts';
import type { Outcomes } from './outcomes.ts';
import type { Decide } from './scope.ts';

/** The JSON Logic of a flag, parsed if it was written as text; undefined if there is none or it is empty. */
export function readTargeting(definition: FlagDefinition): unknown {
  const { targeting } = definition;
  if (targeting === undefined || targeting === null || targeting === '') return undefined;
  const logic = typeof targeting === 'string' ? parseLogic(targeting) : targeting;
  const empty = typeof logic === 'object' && logic !== null && Object.keys(logic).length === 0;
  return empty || logic === null ? undefined : logic;
}

/** What the JSON Logic yields decides; null leaves it to `next`. */
export function withTargeting(
  logic: unknown,
  outcomes: Outcomes,
  definition: FlagDefinition,
  env: LogicEnv,
  next: Decide,
): Decide {
  const decide = compileTargeting<Evaluation | undefined>(
    logic,
    env,
    ['targeting'],
    targetingServe(outcomes, definition),
  );
  return (context, scope) => decide(context, scope) ?? next(context, scope);
}

/** What a value that JSON Logic yields serves; undefined for null: the fallthrough decides. */
function targetingServe(
  outcomes: Outcomes,
  definition: FlagDefinition,
): (value: unknown, split: boolean) => Evaluation | undefined {
  const { model } = outcomes;
  const answers = [new Map<Variant, Evaluation>(), new Map<Variant, Evaluation>()] as const;
  const unknown = new Map<string, Evaluation>();
  return (value, split) => {
    if (value === null || value === undefined) return undefined;
    const variant = yieldedVariant(model, value);
    if (variant === undefined) {
      const shown = preview(value);
      let answer = unknown.get(shown);
      if (answer === undefined) {
        answer = outcomes.unknownVariant(shown);
        if (unknown.size < 100) unknown.set(shown, answer);
      }
      return answer;
    }
    const cache = answers[split ? 1 : 0];
    let answer = cache.get(variant);
    if (answer === undefined) {
      answer = outcomes.variant(variant, {
        reason: 'RULE_MATCH',
        standardReason: split ? 'SPLIT' : 'TARGETING_MATCH',
        ruleId: 'targeting',
        split,
        inExperiment: split && (definition.experiment ?? true),
      });
      cache.set(variant, answer);
    }
    return answer;
  };
}
