import { getter, targetingKey } from './attribute.ts';
import { allHold, compileClauses } from './clause.ts';
import type { FlagDefinition, RolloutDefinition, RuleDefinition } from './document.generated.ts';
import type { Evaluation } from './evaluation.ts';
import { findVariant } from './model.ts';
import type { Because, Outcomes } from './outcomes.ts';
import type { Decide, Test } from './scope.ts';
import type { Share, Split } from './split.ts';
import { compileSplit } from './split.ts';

/** Shares of a rollout are parts of this many: 1 is 0.001 %. */
export const ROLLOUT_TOTAL = 100_000;

/** A rule, compiled: whom it is for, and what it serves them. */
interface Rule {
  readonly tests: readonly Test[];
  /** What it serves; undefined where a split decides. */
  readonly answer: Evaluation | undefined;
  /** Chooses; `undefined`: the next rule has its turn; `null`: likewise, for want of a bucketing key. */
  readonly split: Split<Evaluation | undefined> | undefined;
}

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
function compileRule(rule: RuleDefinition, index: number, definition: FlagDefinition, outcomes: Outcomes): Rule {
  const ruleId = ruleName(rule, index);
  const tests = compileClauses(rule.clauses);
  const split = ruleSplit(rule, ruleId, definition, outcomes);
  if (split !== undefined) return { tests, answer: undefined, split };
  const answer = outcomes.variant(findVariant(outcomes.model, rule.variation!), {
    reason: 'RULE_MATCH',
    standardReason: 'TARGETING_MATCH',
    ruleId,
  });
  return { tests, answer, split };
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
  const compiled = rules.map((rule, index) => compileRule(rule, index, definition, outcomes));
  const [first] = compiled;
  if (first?.answer !== undefined && first.tests.length === 0) {
    const { answer } = first;
    return () => answer;
  }
  return (context, scope) => {
    let missing = false;
    for (let i = 0; i < compiled.length; i++) {
      const { tests, answer, split } = compiled[i]!;
      if (!allHold(tests, context, scope)) continue;
      const served = answer ?? split!(context);
      if (served === undefined) continue;
      if (served !== null) return missing ? outcomes.keyMissing(served) : served;
      missing = true;
    }
    const answer = next(context, scope);
    return missing ? outcomes.keyMissing(answer) : answer;
  };
}
