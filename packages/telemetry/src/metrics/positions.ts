import type { EvaluationErrorCode, Reason } from '@flagwright/core';

/** Reasons by their positions; the last is for whatever is none. */
export const REASONS: readonly string[] = [
  'FALLTHROUGH',
  'TARGET_MATCH',
  'RULE_MATCH',
  'PREREQUISITE_FAILED',
  'OFF',
  'ERROR',
  'other',
] satisfies readonly (Reason | 'other')[];

/** The position of a reason. */
export function reasonPosition(reason: Reason): number {
  switch (reason) {
    case 'FALLTHROUGH':
      return 0;
    case 'TARGET_MATCH':
      return 1;
    case 'RULE_MATCH':
      return 2;
    case 'PREREQUISITE_FAILED':
      return 3;
    case 'OFF':
      return 4;
    case 'ERROR':
      return 5;
    default:
      return 6;
  }
}

/** Types of errors by their positions: the codes in lower case. The last is also for whatever is none. */
export const ERROR_TYPES: readonly string[] = [
  'flag_not_found',
  'type_mismatch',
  'parse_error',
  'targeting_key_missing',
  'provider_not_ready',
  'general',
] satisfies readonly Lowercase<EvaluationErrorCode>[];

/** The position of the type of an error code. */
export function errorPosition(code: EvaluationErrorCode | undefined): number {
  switch (code) {
    case 'FLAG_NOT_FOUND':
      return 0;
    case 'TYPE_MISMATCH':
      return 1;
    case 'PARSE_ERROR':
      return 2;
    case 'TARGETING_KEY_MISSING':
      return 3;
    case 'PROVIDER_NOT_READY':
      return 4;
    default:
      return 5;
  }
}

/**
 * Whether an evaluation with this code is of a flag that exists: otherwise its key is anything that somebody asked for.
 * Vendors look for the targeting key before they look for the flag.
 */
export function isKnown(code: EvaluationErrorCode | undefined): boolean {
  return code === undefined || code === 'TYPE_MISMATCH' || code === 'PARSE_ERROR';
}
