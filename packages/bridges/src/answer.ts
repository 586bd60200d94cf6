import type { EvaluationErrorCode, JsonValue, Metadata, ResolutionDetails, ResolvedType } from '@flagwright/core';
import { frozenCopy } from '@flagwright/core';

/** What a vendor's client said of a flag; `value` as it keeps it. */
export interface Said {
  readonly value: unknown;
  readonly variant?: string | undefined;
  /** OpenFeature's word. */
  readonly reason: string;
  /** Flat; is frozen. */
  readonly metadata: Metadata;
}

const NONE: Metadata = Object.freeze({});
const copies = new WeakMap<object, JsonValue>();

/**
 * The frozen answer of a flag in the type that was asked for; the fallback with TYPE_MISMATCH if it serves another.
 * Objects are answered as deeply frozen copies, one for each object that a client keeps. Throws if such an object is
 * no plain JSON.
 */
export function served<T extends JsonValue>(type: ResolvedType, fallback: T, said: Said): ResolutionDetails<T> {
  const { value, metadata } = said;
  if (isOf(type, value)) return answer(said, shareable(value) as T);
  const got = value === null ? 'null' : Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
  return failed(fallback, 'TYPE_MISMATCH', `the flag serves ${got}, and ${type} was asked for`, metadata);
}

/** The frozen answer of a flag that leaves it to the caller: without a variant, and without an error. */
export function left<T>(fallback: T, reason: string, metadata: Metadata): ResolutionDetails<T> {
  return Object.freeze({ value: fallback, reason, flagMetadata: Object.freeze(metadata) });
}

/** The frozen answer of a flag in whatever type it serves, for a list. */
export function listed(said: Said): ResolutionDetails {
  return answer(said, shareable(said.value));
}

/** The frozen answer where there is none: the caller's fallback, and why. */
export function failed<T>(
  fallback: T,
  errorCode: EvaluationErrorCode,
  errorMessage: string,
  metadata: Metadata = NONE,
): ResolutionDetails<T> {
  const flagMetadata = Object.freeze(metadata);
  return Object.freeze({ value: fallback, reason: 'ERROR', flagMetadata, errorCode, errorMessage });
}

function answer<T>({ variant, reason, metadata }: Said, value: T): ResolutionDetails<T> {
  const flagMetadata = Object.freeze(metadata);
  return Object.freeze(
    variant === undefined ? { value, reason, flagMetadata } : { value, variant, reason, flagMetadata },
  );
}

/** Whether a value answers to a type. What JSON cannot carry answers to none. */
function isOf(type: ResolvedType, value: unknown): boolean {
  if (type === 'number') return Number.isFinite(value);
  return typeof value === type;
}

/** The value, and of an object the copy that callers may be given. */
function shareable(value: unknown): JsonValue {
  if (typeof value !== 'object' || value === null) return value as JsonValue;
  let copy = copies.get(value);
  if (copy === undefined) {
    copy = frozenCopy(value);
    copies.set(value, copy);
  }
  return copy;
}
