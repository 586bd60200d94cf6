import type { EvaluationErrorCode, JsonValue, Metadata, ResolutionDetails, ResolvedType } from '@flagwright/core';
import { failed, left, listed, type Said, served } from '../answer.ts';
import type { LDDetail, LDFlagsState, LDReason } from './client.ts';

const CODES: Readonly<Record<string, EvaluationErrorCode>> = {
  CLIENT_NOT_READY: 'PROVIDER_NOT_READY',
  FLAG_NOT_FOUND: 'FLAG_NOT_FOUND',
  MALFORMED_FLAG: 'PARSE_ERROR',
  USER_NOT_SPECIFIED: 'TARGETING_KEY_MISSING',
  WRONG_TYPE: 'TYPE_MISMATCH',
};

/** Said where the client throws. */
export const CANNOT_EVALUATE = 'LaunchDarkly cannot evaluate the flag for this context';

const MESSAGES: Readonly<Partial<Record<EvaluationErrorCode, string>>> = {
  PROVIDER_NOT_READY: 'the client of LaunchDarkly has no flags yet, or is offline',
  FLAG_NOT_FOUND: 'LaunchDarkly has no such flag',
  PARSE_ERROR: 'LaunchDarkly finds the flag malformed',
  TARGETING_KEY_MISSING: 'LaunchDarkly refuses the context: a kind or a key of it is not valid',
};

/** The frozen answer for what LaunchDarkly said of a flag. */
export function answerOf<T extends JsonValue>(type: ResolvedType, fallback: T, detail: LDDetail): ResolutionDetails<T> {
  const { reason, variationIndex } = detail;
  if (reason.kind === 'ERROR') return failedFor(fallback, reason);
  const metadata = metadataOf(detail);
  // without a variation the flag leaves it to the caller
  if (variationIndex === undefined || variationIndex === null) return left(fallback, wordFor(reason), metadata);
  return served(type, fallback, saidOf(detail, metadata));
}

/** The frozen answers for what LaunchDarkly said of all flags, each in the type it serves. */
export function answersOf(state: LDFlagsState): ReadonlyMap<string, ResolutionDetails> {
  const { $flagsState: facts } = state.toJSON() as { $flagsState: Record<string, Fact> };
  const answers = new Map<string, ResolutionDetails>();
  for (const [key, value] of Object.entries(state.allValues())) {
    const { variation, reason = { kind: 'UNKNOWN' } } = facts[key] ?? {};
    answers.set(key, listedFor({ value, variationIndex: variation, reason }));
  }
  return answers;
}

interface Fact {
  readonly variation?: number;
  readonly reason?: LDReason;
}

function listedFor(detail: LDDetail): ResolutionDetails {
  const { reason, variationIndex } = detail;
  if (reason.kind === 'ERROR') return failedFor(undefined, reason);
  const metadata = metadataOf(detail);
  if (variationIndex === undefined || variationIndex === null) return left(undefined, wordFor(reason), metadata);
  return listed(saidOf(detail, metadata));
}

function saidOf({ value, variationIndex, reason }: LDDetail, metadata: Metadata): Said {
  return { value, variant: String(variationIndex), reason: wordFor(reason), metadata };
}

function failedFor<T>(fallback: T, { errorKind = 'EXCEPTION' }: LDReason): ResolutionDetails<T> {
  const code = CODES[errorKind] ?? 'GENERAL';
  if (errorKind === 'EXCEPTION') return failed(fallback, code, CANNOT_EVALUATE);
  return failed(fallback, code, MESSAGES[code] ?? `LaunchDarkly answers ${errorKind}`, { engineReason: 'ERROR' });
}

/** OpenFeature's word for a reason. */
function wordFor({ kind, inExperiment }: LDReason): string {
  switch (kind) {
    case 'FALLTHROUGH':
      return inExperiment === true ? 'SPLIT' : 'DEFAULT';
    case 'RULE_MATCH':
      return inExperiment === true ? 'SPLIT' : 'TARGETING_MATCH';
    case 'TARGET_MATCH':
      return 'TARGETING_MATCH';
    case 'OFF':
      return 'DISABLED';
    case 'PREREQUISITE_FAILED':
      return 'PREREQUISITE_FAILED';
    default:
      return 'UNKNOWN';
  }
}

/** The facts that ride along, in the words of our own evaluator. */
function metadataOf({ reason, variationIndex }: LDDetail): Metadata {
  const { kind, ruleId, ruleIndex, inExperiment, prerequisiteKey, bigSegmentsStatus } = reason;
  const metadata: Record<string, string | number | boolean> = { engineReason: kind };
  if (variationIndex !== undefined && variationIndex !== null) metadata.variationIndex = variationIndex;
  if (ruleId !== undefined && ruleId !== '') metadata.ruleId = ruleId;
  else if (ruleIndex !== undefined) metadata.ruleId = `rule-${ruleIndex}`;
  if (inExperiment === true) metadata.inExperiment = true;
  if (prerequisiteKey !== undefined) metadata.prerequisiteKey = prerequisiteKey;
  if (bigSegmentsStatus !== undefined) metadata.bigSegmentsStatus = bigSegmentsStatus;
  return metadata;
}
