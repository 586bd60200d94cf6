import type { RuleDefinition } from '@flagwright/core';
import type { LintRule } from '../finding.ts';
import { liveOf, type Outcome, outcomeText, type Variants } from '../variants.ts';

/** The last rules of a flag that serve what everybody else gets. */
export const noEffectRule: LintRule = {
  id: 'no-effect-rule',
  summary: 'a last rule that serves what everybody else gets',
  help: 'Without the rule the same would be served to the same contexts. It may have stayed when the default was changed. Remove it, or correct what it serves.',
  severity: 'warning',
  *flag({ definition, path, variants }) {
    const { rules = [] } = definition;
    if (rules.length === 0 || variants.fallthrough.size !== 1) return;
    const [everybody] = variants.fallthrough;
    for (let i = rules.length - 1; i >= 0; i--) {
      if (servedBy(rules[i]!, variants) !== everybody) return;
      yield {
        path: [...path, 'rules', i],
        message: `this serves ${outcomeText(everybody!)}, which everybody who gets here is served without it, too`,
        hint: 'remove the rule, or correct its variation',
      };
    }
  },
};

/** The one thing a rule serves; undefined if it serves several. */
function servedBy({ variation, rollout }: RuleDefinition, variants: Variants): Outcome | undefined {
  if (rollout === undefined) return variants.outcome(variation!);
  const served = new Set(liveOf(rollout).map((share) => variants.outcome(share.variation)));
  return served.size === 1 ? [...served][0] : undefined;
}
