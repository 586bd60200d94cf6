import {
  type Evaluation,
  type EvaluationErrorCode,
  engineReasonOf,
  evaluationOf,
  type JsonValue,
  type Served,
} from '@flagwright/core';
import type { EvaluationDetails, FlagValue } from '@openfeature/server-sdk';

const ERROR_CODES: ReadonlySet<string> = new Set<EvaluationErrorCode>([
  'FLAG_NOT_FOUND',
  'TYPE_MISMATCH',
  'PARSE_ERROR',
  'TARGETING_KEY_MISSING',
  'PROVIDER_NOT_READY',
]);

/** The evaluation behind what OpenFeature has: our evaluator's own, or in its terms what another provider answered. */
export function evaluationOfDetails(details: EvaluationDetails<FlagValue>): Evaluation {
  const ours = evaluationOf(details.flagMetadata);
  // a hook may have failed after our evaluator had answered: then the caller got its default
  if (ours !== undefined && ours.errorCode === details.errorCode) return ours;
  // some providers say only by the reason that they have failed
  return details.errorCode === undefined && details.reason !== 'ERROR' ? theirs(details) : failed(details);
}

function theirs(details: EvaluationDetails<FlagValue>): Evaluation {
  const { flagKey: key, value, variant, flagMetadata } = details;
  const reason = engineReason(details);
  const split = details.reason === 'SPLIT';
  const inExperiment = flagMetadata.inExperiment;
  return {
    ...common(details),
    key,
    value: value as JsonValue,
    variant,
    variationIndex: typeof flagMetadata.variationIndex === 'number' ? flagMetadata.variationIndex : -1,
    reason,
    ruleId: textOf(flagMetadata.ruleId),
    split,
    inExperiment: typeof inExperiment === 'boolean' ? inExperiment : split,
    prerequisiteFailed: reason === 'PREREQUISITE_FAILED',
    prerequisiteKey: textOf(flagMetadata.prerequisiteKey),
    errorCode: undefined,
    errorMessage: undefined,
  };
}

function engineReason({ reason, flagMetadata }: EvaluationDetails<FlagValue>): Served['reason'] {
  return engineReasonOf(flagMetadata.engineReason) ?? engineReasonOf(reason) ?? 'FALLTHROUGH';
}

function failed(details: EvaluationDetails<FlagValue>): Evaluation {
  const { flagKey: key, errorCode = '', errorMessage } = details;
  return {
    ...common(details),
    key,
    value: undefined,
    variant: undefined,
    variationIndex: -1,
    reason: 'ERROR',
    ruleId: undefined,
    split: false,
    inExperiment: false,
    prerequisiteFailed: false,
    prerequisiteKey: undefined,
    errorCode: ERROR_CODES.has(errorCode) ? (errorCode as EvaluationErrorCode) : 'GENERAL',
    errorMessage: textOf(errorMessage) ?? '',
  };
}

function common({ value, variant, reason = 'UNKNOWN', flagMetadata }: EvaluationDetails<FlagValue>) {
  return {
    override: flagMetadata.override === true,
    bucketingKeyMissing: flagMetadata.bucketingKeyMissing === true,
    details: { value, reason, flagMetadata, ...(variant === undefined ? undefined : { variant }) },
  };
}

const textOf = (said: unknown): string | undefined => (typeof said === 'string' ? said : undefined);
