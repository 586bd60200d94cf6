import type { ClauseDefinition } from './document.generated.ts';
import type { Evaluation } from './evaluation.ts';
import type { Issue, Path } from './issue.ts';

/** How a flag came to its answer, step by step, up to the one that decided. */
export interface Explanation {
  readonly key: string;
  readonly evaluation: Evaluation;
  readonly steps: readonly Step[];
}

export type Step =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'unusable'; readonly issues: readonly Issue[] }
  | { readonly kind: 'override'; readonly value: unknown }
  | { readonly kind: 'disabled' }
  | {
      readonly kind: 'prerequisite';
      readonly key: string;
      readonly variation: string | number;
      readonly held: boolean;
      readonly explanation: Explanation;
    }
  | { readonly kind: 'target'; readonly value: unknown; readonly matched: boolean }
  | RuleStep
  | TargetingStep
  | { readonly kind: 'fallthrough'; readonly bucket: BucketStep | undefined };

export interface RuleStep {
  readonly kind: 'rule';
  readonly index: number;
  readonly id: string;
  /** Every clause holds. */
  readonly matched: boolean;
  /** The rule decided; a rule that matches passes on those whose bucket it does not serve. */
  readonly served: boolean;
  readonly clauses: readonly ClauseStep[];
  readonly bucket: BucketStep | undefined;
}

export interface ClauseStep {
  readonly clause: ClauseDefinition;
  /** The value of the attribute. */
  readonly seen: unknown;
  readonly matched: boolean;
}

export interface BucketStep {
  readonly attribute: string;
  readonly salt: string;
  /** What was hashed; undefined where the context lacks it. */
  readonly value: string | undefined;
  /** Where it falls, from 0 to `total` − 1. */
  readonly bucket: number | undefined;
  readonly total: number;
  /** Who gets what: buckets from `from` up to, not including, `to`. No variant: the next rule has its turn. */
  readonly ranges: readonly BucketRange[];
}

export interface BucketRange {
  readonly from: number;
  readonly to: number;
  readonly variant: string | undefined;
}

/** What JSON Logic yields; where that is null, the step after it decides. */
export interface TargetingStep {
  readonly kind: 'targeting';
  /** The attributes the JSON Logic looked for and the context has, with their values. */
  readonly seen: Readonly<Record<string, unknown>>;
  /** Those it looked for and the context lacks. */
  readonly missing: readonly string[];
  readonly result: unknown;
  /** What was tested on the way to the result, in that order; what was not reached is not there. */
  readonly conditions: readonly ConditionStep[];
  /** One for each `fractional` and each comparison with a share that was reached, in the order of evaluation. */
  readonly buckets: readonly TargetingBucket[];
  /** How many conditions and buckets in the middle are left out, if there were too many. */
  readonly omitted?: number;
}

/** A condition of JSON Logic. */
export interface ConditionStep {
  /** Where it is written, from `targeting` on. */
  readonly path: Path;
  /** For people: `user-tier == "premium"`, cut short where it is long; `all of`, `any of` and `not` have parts. */
  readonly text: string;
  /** It was true. */
  readonly held: boolean;
  /** The attributes it read. */
  readonly reads: readonly string[];
  /** The conditions it joins, up to the one that settled it. */
  readonly parts: readonly ConditionStep[];
}

/**
 * The bucket of a `fractional` or of a comparison with a share. A range without a variant yields null; those of a
 * comparison are named `true` and `false`. Without ranges the buckets are no buckets, and the result is null. Long
 * values and names are cut short, and of many ranges some left out.
 */
export interface TargetingBucket extends BucketStep {
  /** Where it is written, from `targeting` on. */
  readonly path: Path;
}
