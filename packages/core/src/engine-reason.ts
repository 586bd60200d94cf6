import type { Served } from './evaluation.ts';

/** OpenFeature's words, and those that vendors' providers hand through, which are the same as ours. */
const REASONS: ReadonlyMap<unknown, Served['reason']> = new Map<unknown, Served['reason']>([
  ['TARGETING_MATCH', 'RULE_MATCH'],
  ['SPLIT', 'RULE_MATCH'],
  ['DISABLED', 'OFF'],
  ['FALLTHROUGH', 'FALLTHROUGH'],
  ['TARGET_MATCH', 'TARGET_MATCH'],
  ['RULE_MATCH', 'RULE_MATCH'],
  ['PREREQUISITE_FAILED', 'PREREQUISITE_FAILED'],
  ['OFF', 'OFF'],
]);

/** A word for the reason of a good answer in those of our evaluator, by which telemetry counts; undefined for another. */
export function engineReasonOf(word: unknown): Served['reason'] | undefined {
  return REASONS.get(word);
}
