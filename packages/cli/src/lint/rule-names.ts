import { CORE_WARNINGS } from './core-warnings.ts';
import { LINT_RULES } from './rules.ts';

/** All that can be switched: the rules, and the warnings of loading. */
export const RULE_NAMES: ReadonlySet<string> = new Set([
  ...LINT_RULES.map(({ id }) => id),
  ...Object.keys(CORE_WARNINGS),
]);
