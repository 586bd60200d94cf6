import type { LintRule } from '../finding.ts';

/** A rule that a comment switches off and that is none; found where comments are read, and not in flags. */
export const unknownLintRule: LintRule = {
  id: 'unknown-lint-rule',
  summary: 'a comment that switches off a rule that is not there',
  help: 'The comment does nothing, and what it was meant to leave out is told. Correct the name; if the word is a part of the reason, put -- before the reason.',
  severity: 'warning',
};
