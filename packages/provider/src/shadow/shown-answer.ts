import type { JsonValue } from '@flagwright/core';
import { FlagError } from '@flagwright/core';
import type { Asked } from './answer.ts';
import { cut, shownValue } from './printable.ts';
import { isKnownReason } from './reason.ts';

/** An answer as a report shows it: what the flag says, nothing of who was asked for. */
export interface ShownAnswer {
  /**
   * As JSON, at most 60 characters; `an object` or `a list` for those. Undefined where it may be the caller's, and about
   * a user: a number or a text that is the default, may be part of one, or has no variant; true and false are always
   * shown.
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
  return {
    value: errorCode === undefined ? shownOf(value, variant, fallback) : undefined,
    variant: variant === undefined ? undefined : cut(variant),
    reason: isKnownReason(reason) ? reason : 'OTHER',
    errorCode: errorCode === undefined ? undefined : knownCode(errorCode),
  };
}

function shownOf(value: JsonValue, variant: string | undefined, fallback: unknown): string | undefined {
  if (typeof value === 'boolean') return String(value);
  // what is inside of them may be of the default
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return value === null ? undefined : 'an object';
  const maybeTheirs = value === fallback || (typeof fallback === 'object' && fallback !== null);
  return variant === undefined || maybeTheirs ? undefined : shownValue(value);
}

const knownCode = (code: string): string => (CODES.has(code) ? code : 'OTHER');
