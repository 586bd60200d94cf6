import { getter, targetingKey } from './attribute.ts';
import { compileClauses } from './clause.ts';
import type { FlagDefinition, RolloutDefinition, RuleDefinition } from './document.generated.ts';
import type { Evaluation } from './evaluation.ts';
import { preview } from './issue.ts';
import type { LogicEnv } from './logic/index.ts';
import { compileTargeting, parseLogic } from './logic/index.ts';
import type { Model, Variant } from './model.ts';
import { findVariant, yieldedVariant } from './model.ts';
import type { Because, Outcomes } from './outcomes.ts';
import type { Decide, EvaluationContext, Scope } from './scope.ts';
import type { Share, Split } from './split.ts';
import { compileSplit } from './split.ts';

/** Shares of a rollout are parts of this many: 1 is 0.001 %. */
export const ROLLOUT_TOTAL = 100_000;

/** What a rule says: its answer; `undefined`, the next rule has its turn; `null`, likewise, for want of a bucketing key. */
export type RuleStep = (context: EvaluationContext, scope: Scope) => Evaluation | undefined | null;

/** How a flag decides: `fixed` where nothing depends on the context. */
export interface Program {
  readonly fixed: Evaluation | undefined;
  readonly decide: Decide;
}

/**
 * Builds the program of a checked, enabled flag: prerequisites, then targets, then rules or JSON Logic, then the
 * fallthrough. Stages that a flag does not have cost nothing.
 */
export function compileProgram(definition: FlagDefinition, outcomes: Outcomes, env: LogicEnv): Program {
  if (!isEnabled(definition)) return fixed(outcomes.off({ reason: 'OFF', standardReason: 'DISABLED' }));
  const { prerequisites = [], targets = [], rules = [] } = definition;
  const logic = readTargeting(definition);
  const decides = rules.length > 0 || targets.length > 0 || prerequisites.length > 0 || logic !== undefined;
  const standardReason = decides ? 'DEFAULT' : 'STATIC';
  const fallthrough = compileFallthrough(definition, outcomes, { reason: 'FALLTHROUGH', standardReason });
  if (!decides && typeof fallthrough !== 'function') return fixed(fallthrough);

  let decide: Decide = typeof fallthrough === 'function' ? fallthrough : () => fallthrough;
  if (logic !== undefined) decide = withTargeting(logic, outcomes, definition, env, decide);
  if (rules.length > 0) decide = withRules(rules, outcomes, definition, decide);
  if (targets.length > 0) decide = withTargets(targets, outcomes, decide);
  if (prerequisites.length > 0) decide = withPrerequisites(prerequisites, outcomes, decide);
  return { fixed: undefined, decide };
}

function fixed(answer: Evaluation): Program {
  return { fixed: answer, decide: () => answer };
}

/** Whether the flag decides at all, in either dialect's words. */
export function isEnabled(definition: FlagDefinition): boolean {
  return definition.enabled !== false && definition.state !== 'DISABLED';
}

/** The JSON Logic of a flag, parsed if it was written as text; undefined if there is none or it is empty. */
export function readTargeting(definition: FlagDefinition): unknown {
  const { targeting } = definition;
  if (targeting === undefined || targeting === null || targeting === '') return undefined;
  const logic = typeof targeting === 'string' ? parseLogic(targeting) : targeting;
  const empty = typeof logic === 'object' && logic !== null && Object.keys(logic).length === 0;
  return empty || logic === null ? undefined : logic;
}

function compileFallthrough(definition: FlagDefinition, outcomes: Outcomes, because: Because): Evaluation | Decide {
  const { model } = outcomes;
  const plain = plainFallthrough(definition, outcomes, because);
  const split = fallthroughSplit(definition, outcomes, model);
  if (split === undefined) return plain;
  const unsplit = outcomes.keyMissing(plain);
  return (context) => split(context) ?? unsplit;
}

function plainFallthrough(definition: FlagDefinition, outcomes: Outcomes, because: Because): Evaluation {
  const { fallthrough } = definition;
  const reference = typeof fallthrough === 'object' ? fallthrough.variation : fallthrough;
  return reference === undefined
    ? outcomes.byDefault(because)
    : outcomes.variant(findVariant(outcomes.model, reference), because);
}

function fallthroughSplit(definition: FlagDefinition, outcomes: Outcomes, model: Model): Split<Evaluation> | undefined {
  const because: Because = { reason: 'FALLTHROUGH', standardReason: 'SPLIT', split: true };
  const total = model.variants.reduce((sum, variant) => sum + variant.weight, 0);
  if (total > 0) {
    const weighted = model.variants.filter((variant) => variant.weight > 0);
    const inExperiment = definition.experiment ?? weighted.length > 1;
    const shares = weighted.map((variant) => ({
      weight: variant.weight,
      serve: outcomes.variant(variant, { ...because, inExperiment }),
    }));
    return compileSplit(targetingKey, saltOf(definition, outcomes), total, shares);
  }
  const { fallthrough } = definition;
  if (typeof fallthrough !== 'object' || fallthrough.rollout === undefined) return undefined;
  return compileRollout(fallthrough.rollout, definition, outcomes, because);
}

/** What is hashed before the bucketing value. */
export function saltOf(
  definition: FlagDefinition,
  outcomes: { readonly key: string },
  rollout?: RolloutDefinition,
): string {
  return rollout?.salt ?? definition.salt ?? outcomes.key;
}

function compileRollout(
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

function withRules(
  rules: readonly RuleDefinition[],
  outcomes: Outcomes,
  definition: FlagDefinition,
  next: Decide,
): Decide {
  const steps = rules.map((rule, index) => compileRule(rule, index, definition, outcomes));
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

function withTargets(targets: NonNullable<FlagDefinition['targets']>, outcomes: Outcomes, next: Decide): Decide {
  const answers = new Map<unknown, Evaluation>();
  for (const target of targets) {
    const answer = outcomes.variant(findVariant(outcomes.model, target.variation), {
      reason: 'TARGET_MATCH',
      standardReason: 'TARGETING_MATCH',
    });
    for (const key of target.values) if (!answers.has(key)) answers.set(key, answer);
  }
  return (context, scope) => answers.get(targetingKey(context)) ?? next(context, scope);
}

/** Whether an answer satisfies a prerequisite: its flag is on and serves the variant, named or by position. */
export function satisfies(answer: Evaluation | undefined, variation: string | number): boolean {
  if (answer === undefined || answer.reason === 'OFF' || answer.reason === 'ERROR') return false;
  if (typeof variation === 'string') return answer.variant === variation;
  return variation >= 0 && answer.variationIndex === variation;
}

function withPrerequisites(
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

function withTargeting(
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
