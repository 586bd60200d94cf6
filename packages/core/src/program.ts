import { targetingKey } from './attribute.ts';
import type { FlagDefinition } from './document.generated.ts';
import type { Evaluation } from './evaluation.ts';
import type { LogicEnv } from './logic/index.ts';
import { findVariant } from './model.ts';
import type { Because, Outcomes } from './outcomes.ts';
import { withPrerequisites } from './prerequisite.ts';
import { compileRollout, saltOf, withRules } from './rule.ts';
import type { Decide } from './scope.ts';
import { compileSplit, type Split } from './split.ts';
import { readTargeting, withTargeting } from './targeting.ts';

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
  if (!isEnabled(definition)) return fixedProgram(outcomes.off({ reason: 'OFF', standardReason: 'DISABLED' }));
  const { prerequisites = [], targets = [], rules = [] } = definition;
  const logic = readTargeting(definition);
  const decides = rules.length > 0 || targets.length > 0 || prerequisites.length > 0 || logic !== undefined;
  const standardReason = decides ? 'DEFAULT' : 'STATIC';
  const fallthrough = compileFallthrough(definition, outcomes, { reason: 'FALLTHROUGH', standardReason });
  if (!decides && typeof fallthrough !== 'function') return fixedProgram(fallthrough);

  let decide: Decide = typeof fallthrough === 'function' ? fallthrough : () => fallthrough;
  if (logic !== undefined) decide = withTargeting(logic, outcomes, definition, env, decide);
  if (rules.length > 0) decide = withRules(rules, outcomes, definition, decide);
  if (targets.length > 0) decide = withTargets(targets, outcomes, decide);
  if (prerequisites.length > 0) decide = withPrerequisites(prerequisites, outcomes, decide);
  return { fixed: undefined, decide };
}

/** The program of a flag whose answer does not depend on the context. */
export function fixedProgram(answer: Evaluation): Program {
  return { fixed: answer, decide: () => answer };
}

/** Whether the flag decides at all, in either dialect's words. */
export function isEnabled(definition: FlagDefinition): boolean {
  return definition.enabled !== false && definition.state !== 'DISABLED';
}

function compileFallthrough(definition: FlagDefinition, outcomes: Outcomes, because: Because): Evaluation | Decide {
  const split = fallthroughSplit(definition, outcomes);
  if (split === undefined) return plainFallthrough(definition, outcomes, because);
  // which answer it is depends on the context, so it is not static
  const unsplit = outcomes.keyMissing(
    plainFallthrough(definition, outcomes, { ...because, standardReason: 'DEFAULT' }),
  );
  return (context) => split(context) ?? unsplit;
}

function plainFallthrough(definition: FlagDefinition, outcomes: Outcomes, because: Because): Evaluation {
  const { fallthrough } = definition;
  const reference = typeof fallthrough === 'object' ? fallthrough.variation : fallthrough;
  return reference === undefined
    ? outcomes.byDefault(because)
    : outcomes.variant(findVariant(outcomes.model, reference), because);
}

function fallthroughSplit(definition: FlagDefinition, outcomes: Outcomes): Split<Evaluation> | undefined {
  const { model } = outcomes;
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
