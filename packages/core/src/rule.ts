import { getter, targetingKey } from './attribute.ts';
import { compileClauses } from './clause.ts';
import type { FlagDefinition, RolloutDefinition, RuleDefinition } from './document.generated.ts';
import type { Evaluation } from './evaluation.ts';
import { findVariant } from './model.ts';
import type { Because, Outcomes } from './outcomes.ts';
import type { Decide, EvaluationContext, Scope } from './scope.ts';
import type { Share, Split } from './split.ts';
import { compileSplit } from './split.ts';

/** Shares of a rollout are parts of this many: 1 is 0.001 %. */
export const ROLLOUT_TOTAL = 100_000;

/** What a rule says: its answer; `undefined`, the next rule has its turn; `null`, likewise, for want of a bucketing key. */
export type RuleStep = (context: EvaluationContext, scope: Scope) => Evaluation | undefined | null;

/** What is hashed before the bucketing value. */
export function saltOf(
  definition: FlagDefinition,
  outcomes: { readonly key: string },
  rollout?: RolloutDefinition,
): string {
  return rollout?.salt ?? definition.salt ?? outcomes.key;
}

/** The split of a rollout. */
export function compileRollout(
  rollout: RolloutDefinition,
  definition: FlagDefinition,
  outcomes: Outcomes,
  because: Because,
): Split<Evaluation> {
  const weighted = rollout.variations.filter((share) => share.weight > 0).length;
  const counts = rollout.kind === undefined ? (definition.experiment ?? weighted > 1) : rollout.kind === 'experiment';
  const shares: Share<Evaluation>[] = rollout.variations.map((share) => ({
    weight: share.weight,
    serve: outcomes.variant(findVariant(outcomes.model, share.variation), {
      ...because,
      inExperiment: counts && share.untracked !== true,
    }),
  }));
  return compileSplit(getter(rollout.bucketBy ?? 'key'), saltOf(definition, outcomes, rollout), ROLLOUT_TOTAL, shares);
}

/** The name a rule goes by in evaluations. */
export function ruleName(rule: RuleDefinition, index: number): string {
  return rule.id ?? `rule-${index}`;
}

/** One rule: its clauses, then its variant, its share of a variant, or its rollout. */
export function compileRule(
  rule: RuleDefinition,
  index: number,
  definition: FlagDefinition,
  outcomes: Outcomes,
): RuleStep {
  const ruleId = ruleName(rule, index);
  const test = compileClauses(rule.clauses);
  const split = ruleSplit(rule, ruleId, definition, outcomes);
  if (split !== undefined) {
    if (test === undefined) return split;
    return (context, scope) => (test(context, scope) ? split(context) : undefined);
  }
  const answer = outcomes.variant(findVariant(outcomes.model, rule.variation!), {
    reason: 'RULE_MATCH',
    standardReason: 'TARGETING_MATCH',
    ruleId,
  });
  if (test === undefined) return () => answer;
  return (context, scope) => (test(context, scope) ? answer : undefined);
}

function ruleSplit(
  rule: RuleDefinition,
  ruleId: string,
  definition: FlagDefinition,
  outcomes: Outcomes,
): Split<Evaluation | undefined> | undefined {
  const because: Because = { reason: 'RULE_MATCH', standardReason: 'SPLIT', split: true, ruleId };
  if (rule.rollout !== undefined) return compileRollout(rule.rollout, definition, outcomes, because);
  if (rule.percentage === undefined) return undefined;
  const inExperiment = definition.experiment === true;
  const answer = outcomes.variant(findVariant(outcomes.model, rule.variation!), { ...because, inExperiment });
  const weight = percentageWeight(rule.percentage);
  return compileSplit<Evaluation | undefined>(targetingKey, saltOf(definition, outcomes), ROLLOUT_TOTAL, [
    { weight, serve: answer },
    { weight: ROLLOUT_TOTAL - weight, serve: undefined },
  ]);
}

/** A percentage as a share of `ROLLOUT_TOTAL`. */
export function percentageWeight(percentage: number): number {
  return Math.round(percentage * (ROLLOUT_TOTAL / 100));
}

/** The first rule that serves decides, else `next`. */
export function withRules(
  rules: readonly RuleDefinition[],
  outcomes: Outcomes,
  definition: FlagDefinition,
  next: Decide,
): Decide {
  const steps = rules.map((rule, index) => compileRule(rule, index, definition, outcomes));
  const [only] = steps;
  if (only !== undefined && steps.length === 1) {
    return (context, scope) => {
      const answer = only(context, scope);
      if (answer !== undefined && answer !== null) return answer;
      return answer === undefined ? next(context, scope) : outcomes.keyMissing(next(context, scope));
    };
  }
  return (context, scope) => {
    let missing = false;
    for (const step of steps) {
      const answer = step(context, scope);
      if (answer === undefined) continue;
      if (answer !== null) return missing ? outcomes.keyMissing(answer) : answer;
      missing = true;
    }
    const answer = next(context, scope);
    return missing ? outcomes.keyMissing(answer) : answer;
  };
}
