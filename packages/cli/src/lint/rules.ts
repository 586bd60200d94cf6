import type { LintRule } from './finding.ts';
import { similarAttribute, unusedAttribute } from './rules/attributes.ts';
import { alwaysTrueClause, impossibleClause } from './rules/clause-truth.ts';
import { impossibleRule } from './rules/impossible-rule.ts';
import { constantFlag, expired, noDescription, noOwner, sinceAfterUntil } from './rules/lifetime.ts';
import { constantCondition, impossibleCondition, sameBranches, unreachableBranch } from './rules/logic.ts';
import { noEffectRule } from './rules/no-effect-rule.ts';
import { disabledPrerequisite, unmetPrerequisite } from './rules/prerequisites.ts';
import { shadowedRule } from './rules/shadowed-rule.ts';
import { duplicateTarget, includedAndExcluded } from './rules/targets.ts';
import { unknownLintRule } from './rules/unknown-lint-rule.ts';
import { unreachableFallthrough } from './rules/unreachable-fallthrough.ts';
import { unusedEvaluator, unusedSegment, unusedVariant } from './rules/unused.ts';
import { oddWeights, singleShare, zeroWeight } from './rules/weights.ts';

/** All that is looked for besides what core finds, in the order of the docs. */
export const LINT_RULES: readonly LintRule[] = [
  shadowedRule,
  noEffectRule,
  duplicateTarget,
  includedAndExcluded,
  unreachableFallthrough,
  impossibleRule,
  impossibleClause,
  alwaysTrueClause,
  constantCondition,
  sameBranches,
  unreachableBranch,
  impossibleCondition,
  singleShare,
  oddWeights,
  zeroWeight,
  similarAttribute,
  unusedAttribute,
  unmetPrerequisite,
  disabledPrerequisite,
  unusedSegment,
  unusedEvaluator,
  unusedVariant,
  expired,
  sinceAfterUntil,
  constantFlag,
  noOwner,
  noDescription,
  unknownLintRule,
];
