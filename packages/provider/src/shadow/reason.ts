import type { ResolutionDetails } from '@flagwright/core';
import { evaluationOf } from '@flagwright/core';

/**
 * What a reason says, whoever's word it is. `split`: a random split decided, which may stand in a rule or below all
 * rules; it passes for both.
 */
type ReasonClass = 'default' | 'targeted' | 'split' | 'off' | 'error';

/** OpenFeature's words, our evaluator's, and LaunchDarkly's. */
const CLASSES: ReadonlyMap<unknown, ReasonClass> = new Map([
  ['STATIC', 'default'],
  ['DEFAULT', 'default'],
  ['FALLTHROUGH', 'default'],
  ['TARGETING_MATCH', 'targeted'],
  ['TARGET_MATCH', 'targeted'],
  ['RULE_MATCH', 'targeted'],
  ['SPLIT', 'split'],
  ['DISABLED', 'off'],
  ['OFF', 'off'],
  ['PREREQUISITE_FAILED', 'off'],
  ['ERROR', 'error'],
]);

/** Words that do not tell what decided. */
const UNTOLD: ReadonlySet<unknown> = new Set(['CACHED', 'STALE', 'UNKNOWN']);

/** Whether a reason is a word that is known, and not a text of somebody's own. */
export function isKnownReason(reason: string): boolean {
  return CLASSES.has(reason) || UNTOLD.has(reason);
}

/** Whether two answers were decided alike, as far as they tell. Errors are alike if their codes are. */
export function sameReason(primary: ResolutionDetails, candidate: ResolutionDetails): boolean {
  if (primary.errorCode !== undefined || candidate.errorCode !== undefined) {
    return primary.errorCode === candidate.errorCode;
  }
  const [one, other] = [classOf(primary), classOf(candidate)];
  return one === undefined || other === undefined || one === other || mayBe(one, other) || mayBe(other, one);
}

/** The evaluator's own word is clearer than OpenFeature's, where it is known. */
function classOf({ reason, flagMetadata }: ResolutionDetails): ReasonClass | undefined {
  return CLASSES.get(evaluationOf(flagMetadata)?.reason) ?? CLASSES.get(flagMetadata?.engineReason ?? reason);
}

const mayBe = (one: ReasonClass, other: ReasonClass): boolean =>
  one === 'split' && (other === 'default' || other === 'targeted');
