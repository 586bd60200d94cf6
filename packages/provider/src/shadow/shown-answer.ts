import { FlagError, jsonEqual } from '@flagwright/core';
import type { Asked } from './answer.ts';
import { cut, shownValue } from './printable.ts';
import { isKnownReason } from './reason.ts';

/** An answer as a report shows it: what the flag says, nothing of who was asked for. */
export interface ShownAnswer {
  /**
   * As JSON, at most 60 characters. Undefined where it may be the caller's, and about a user: it is the default, or has
   * no variant; true and false are always shown.
   */
  readonly value: string | undefined;
  /** At most 60 characters. */
  readonly variant: string | undefined;
  /** A word that is known; `OTHER` for any other. */
  readonly reason: string | undefined;
  /** The code of the answer, or of the `FlagError` there was instead; `OTHER` for one that is not known. */
  readonly errorCode: string | undefined;
}

const CODES: ReadonlySet<string> = new Set([
  ...['FLAG_NOT_FOUND', 'TYPE_MISMATCH', 'PARSE_ERROR', 'TARGETING_KEY_MISSING', 'INVALID_CONTEXT'],
  ...['PROVIDER_NOT_READY', 'PROVIDER_FATAL', 'GENERAL', 'INVALID_ARGUMENT', 'NOT_FOUND', 'NOT_READY', 'TOO_LARGE'],
  ...['UNAVAILABLE', 'UNAUTHORIZED', 'CONFLICT', 'MANAGED', 'UNSUPPORTED', 'UNKNOWN'],
]);

/** What of an answer is shown; texts of somebody's own may be about a user. */
export function shown(asked: Asked, fallback: unknown): ShownAnswer {
  if (asked instanceof FlagError) {
    return { value: undefined, variant: undefined, reason: undefined, errorCode: knownCode(asked.code) };
  }
  const { value, variant, reason, errorCode } = asked;
  const own = typeof value === 'boolean' || (variant !== undefined && !jsonEqual(value, fallback));
  return {
    value: errorCode === undefined && own ? shownValue(value) : undefined,
    variant: variant === undefined ? undefined : cut(variant),
    reason: isKnownReason(reason) ? reason : 'OTHER',
    errorCode: errorCode === undefined ? undefined : knownCode(errorCode),
  };
}

const knownCode = (code: string): string => (CODES.has(code) ? code : 'OTHER');
