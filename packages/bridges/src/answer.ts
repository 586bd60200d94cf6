import type { EvaluationErrorCode, JsonValue, Metadata, ResolutionDetails, ResolvedType } from '@flagwright/core';

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
 * The frozen answer of a flag in the type that was asked for; the fallback with TYPE_MISMATCH if it serves another, and
 * with PARSE_ERROR if an object is no plain JSON, or deeper than 100 levels. Objects are answered as deeply frozen
 * copies, one for each object that a client keeps: it must not change one.
 */
export function served<T extends JsonValue>(type: ResolvedType, fallback: T, said: Said): ResolutionDetails<T> {
  const { value, metadata } = said;
  if (isOf(type, value)) return shared(fallback, said) as ResolutionDetails<T>;
  return failed(fallback, 'TYPE_MISMATCH', `the flag serves ${kindOf(value)}, and ${type} was asked for`, metadata);
}

/** The frozen answer of a flag that leaves it to the caller: without a variant, and without an error. */
export function left<T>(fallback: T, reason: string, metadata: Metadata): ResolutionDetails<T> {
  return Object.freeze({ value: fallback, reason, flagMetadata: Object.freeze(metadata) });
}

/** The frozen answer of a flag in whatever type it serves, for a list; PARSE_ERROR as `served` has it. */
export function listed(said: Said): ResolutionDetails {
  return shared(undefined, said);
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

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : `a value of type ${typeof value}`;
}

/** The answer with the value, and of an object the copy that callers may be given. */
function shared<T>(fallback: T, said: Said): ResolutionDetails<T | JsonValue> {
  let value: JsonValue;
  try {
    value = shareable(said.value);
  } catch {
    return failed(fallback, 'PARSE_ERROR', 'the flag serves what is no plain JSON, or too deep', said.metadata);
  }
  return answer(said, value);
}

function shareable(value: unknown): JsonValue {
  if (typeof value !== 'object' || value === null) return copyOf(value, 0, NOTHING_YET);
  let copy = copies.get(value);
  if (copy === undefined) {
    copy = copyOf(value, MAX_DEPTH, new Map());
    copies.set(value, copy);
  }
  return copy;
}

const NOTHING_YET = new Map<object, JsonValue>();

/** Deeper values are refused, as everywhere: no walk over one may exhaust the stack. */
const MAX_DEPTH = 100;

/** A deeply frozen copy of plain JSON; throws at anything else. What is there twice is copied once. */
function copyOf(value: unknown, depth: number, done: Map<object, JsonValue>): JsonValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)) {
    return value as JsonValue;
  }
  if (typeof value !== 'object' || depth === 0) throw new TypeError();
  const before = done.get(value);
  if (before !== undefined) return before;
  const prototype: unknown = Object.getPrototypeOf(value);
  let copy: JsonValue;
  if (Array.isArray(value)) copy = value.map((inner) => copyOf(inner, depth - 1, done));
  else if (prototype !== null && prototype !== Object.prototype) throw new TypeError();
  else copy = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copyOf(inner, depth - 1, done)]));
  done.set(value, Object.freeze(copy));
  return copy;
}
