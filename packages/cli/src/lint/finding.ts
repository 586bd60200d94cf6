import type { Issue } from '@flagwright/core';
import type { FlagView, SetView } from './view.ts';

/** What a rule found: an issue without what the rule, and the document, add to it. */
export type Finding = Pick<Issue, 'path' | 'message' | 'expected' | 'hint'>;

/** How grave findings of a rule are; `off`: they are not looked for. */
export type Severity = 'error' | 'warning' | 'off';

/** Something doubtful that can be found in flags that are right by the format. */
export interface LintRule {
  /** A stable kebab-case word: the `code` of its issues, and what the rule is switched by. */
  readonly id: string;
  /** What is found, in a line without a full stop. */
  readonly summary: string;
  /** Why that is doubtful, and what to do. */
  readonly help: string;
  /** Unless the command line says otherwise. */
  readonly severity: Severity;
  /** Looks at one flag that can be used. */
  flag?(flag: FlagView, set: SetView): Iterable<Finding>;
  /** Looks at the whole set. */
  set?(set: SetView): Iterable<Finding>;
}
