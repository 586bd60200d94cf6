import { formatExplanation } from './explain-format.ts';
import type { BucketStep, ConditionStep, Explanation, RuleStep, Step, TargetingBucket } from './explain-step.ts';
import { formatIssue } from './issue.ts';

/** A step as it is told to programs: a prerequisite names its flag, which is explained beside. */
export type ExplainedStep =
  | { readonly kind: 'unknown' | 'disabled' }
  | { readonly kind: 'unusable'; readonly issues: readonly string[] }
  | { readonly kind: 'override'; readonly value?: unknown }
  | { readonly kind: 'prerequisite'; readonly key: string; readonly variation: string | number; readonly held: boolean }
  | { readonly kind: 'target'; readonly value?: unknown; readonly matched: boolean }
  | RuleStep
  | ExplainedTargeting
  | { readonly kind: 'fallthrough'; readonly bucket?: BucketStep | undefined };

/** JSON Logic; from a server of an earlier version it may have `seen` and `result` alone. */
export interface ExplainedTargeting {
  readonly kind: 'targeting';
  readonly seen: Readonly<Record<string, unknown>>;
  readonly missing?: readonly string[];
  readonly result?: unknown;
  readonly conditions?: readonly ConditionStep[];
  readonly buckets?: readonly TargetingBucket[];
  readonly omitted?: number;
}

/** A flag within an explanation. */
export interface ExplainedFlag {
  readonly flag: string;
  /** Absent: the default in the code. */
  readonly value?: unknown;
  readonly variant?: string | undefined;
  readonly engineReason: string;
  readonly steps: readonly ExplainedStep[];
}

/** An explanation as plain data, for programs: the flag, and then those it requires, each once. */
export interface Explained {
  /** For people, in lines. */
  readonly text: string;
  readonly flags: readonly ExplainedFlag[];
}

/**
 * An explanation as plain data. Each flag is told of once, and steps name the others: flags that require the same others
 * would be written out as often as there are ways to them.
 */
export function explainedOf(explanation: Explanation): Explained {
  const found = new Map<string, Explanation>();
  collect(explanation, found);
  return {
    text: formatExplanation(explanation),
    flags: [...found.values()].map(({ key, evaluation: { value, variant, reason }, steps }) => ({
      flag: key,
      value,
      variant,
      engineReason: reason,
      steps: steps.map(stepOf),
    })),
  };
}

/** Chains of prerequisites are bounded by what compiles them. */
function collect(explanation: Explanation, found: Map<string, Explanation>): void {
  if (found.has(explanation.key)) return;
  found.set(explanation.key, explanation);
  for (const step of explanation.steps) if (step.kind === 'prerequisite') collect(step.explanation, found);
}

function stepOf(step: Step): ExplainedStep {
  if (step.kind === 'unusable') return { kind: step.kind, issues: step.issues.map(formatIssue) };
  if (step.kind !== 'prerequisite') return step;
  const { kind, key, variation, held } = step;
  return { kind, key, variation, held };
}
