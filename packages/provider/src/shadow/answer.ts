import type { JsonValue, Metadata, ResolutionDetails } from '@flagwright/core';
import { FlagError } from '@flagwright/core';
import { jsonCopy } from './copy.ts';

/** An answer as it was when it was given. */
export type Answer = ResolutionDetails<JsonValue>;

/** An answer, or why there is none: `UNAVAILABLE` if it did not come in time. */
export type Asked = Answer | FlagError;

const NO_METADATA: Metadata = Object.freeze({});

/**
 * What a resolver answered, copied, so that nobody can change it any more: a `FlagError` if it is no answer, or not
 * plain JSON. With an error, the value is the fallback, for that is what callers get. Never throws.
 */
export function answerOf(given: unknown, fallback: JsonValue): Asked {
  try {
    if (typeof given !== 'object' || given === null) return noAnswer();
    const { value, variant, reason, flagMetadata, errorCode, errorMessage } = given as Partial<ResolutionDetails>;
    if (!isText(variant) || !isText(errorCode)) return noAnswer();
    const answer: { -readonly [K in keyof Answer]: Answer[K] } = {
      value: errorCode == null ? jsonCopy(value) : fallback,
      reason: typeof reason === 'string' ? reason : 'UNKNOWN',
      flagMetadata: metadataOf(flagMetadata),
    };
    if (variant != null) answer.variant = variant;
    if (errorCode != null) answer.errorCode = errorCode;
    if (typeof errorMessage === 'string') answer.errorMessage = errorMessage;
    return answer;
  } catch (thrown) {
    return errorOf(thrown);
  }
}

/** Whatever was thrown as a `FlagError`, even if it cannot be looked at. */
export function errorOf(thrown: unknown): FlagError {
  try {
    const error = FlagError.from(thrown);
    if (typeof error.code === 'string' && typeof error.message === 'string') return error;
  } catch {
    // nor can this
  }
  return new FlagError('UNKNOWN', 'something that cannot be looked at was thrown');
}

const noAnswer = (): FlagError => new FlagError('UNKNOWN', 'the answer is no answer');

const isText = (value: unknown): boolean => value == null || typeof value === 'string';

/** Frozen metadata stays the same object: our evaluator's carries more than its properties. */
function metadataOf(given: Metadata | undefined): Metadata {
  if (typeof given !== 'object' || given === null) return NO_METADATA;
  return Object.isFrozen(given) ? given : Object.freeze({ ...given });
}
