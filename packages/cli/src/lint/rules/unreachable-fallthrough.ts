import type { LintRule } from '../finding.ts';

/** A fallthrough, or a default variant, that nobody is ever served. */
export const unreachableFallthrough: LintRule = {
  id: 'unreachable-fallthrough',
  summary: 'a `fallthrough` or `defaultVariant` that is never served',
  help: 'When no rule decides, the weights of the variants do, else `fallthrough`, else `defaultVariant`, else `default`. What is said here comes after something that leaves nobody: a rule for everybody, or a fallthrough that has a variation of its own. While a flag is off neither is served, but `offVariant`.',
  severity: 'warning',
  *flag({ definition, path, variants }) {
    const { rules = [], fallthrough, defaultVariant } = definition;
    const at = rules.findIndex(
      ({ clauses = [], percentage, rollout }) =>
        clauses.length === 0 && percentage === undefined && rollout === undefined,
    );
    const given = defaultVariant !== undefined && defaultVariant !== null;
    if (at >= 0) {
      const never = `is never served: rule ${at} serves everybody`;
      if (fallthrough !== undefined) yield { path: [...path, 'fallthrough'], message: `this ${never}`, hint: HINT };
      if (given) yield { path: [...path, 'defaultVariant'], message: `this ${never}`, hint: HINT };
      return;
    }
    const own = typeof fallthrough === 'object' ? fallthrough.variation : fallthrough;
    if (own !== undefined && given) {
      yield {
        path: [...path, 'defaultVariant'],
        message: 'this is never served: `fallthrough` wins over it',
        hint: 'keep one of the two',
      };
    }
    const weighted = variants.list.some(({ weight }) => weight > 0);
    if (weighted && typeof fallthrough === 'object' && fallthrough.rollout !== undefined) {
      yield {
        path: [...path, 'fallthrough', 'rollout'],
        message: 'this splits nobody: the weights of the variants win over it',
        hint: 'keep one of the two',
      };
    }
  },
};

const HINT = 'remove it, or the rule that serves everybody';
