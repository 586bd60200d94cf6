import type { JsonValue } from './evaluation.ts';

/** Deeper JSON than this is refused wherever it comes in, so that no walk over it can exhaust the stack. */
export const MAX_DEPTH = 100;

/** Whether something is an object and no list: a map of names to values, as options and definitions are. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Deep equality of JSON values; key order does not count. Values too deep to be JSON here equal only themselves. */
export function jsonEqual(a: unknown, b: unknown): boolean {
  return equal(a, b, 2 * MAX_DEPTH);
}

function equal(a: unknown, b: unknown, depth: number): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    return typeof a === 'number' && typeof b === 'number' && Number.isNaN(a) && Number.isNaN(b);
  }
  if (depth === 0) return false;
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    for (let i = 0; i < a.length; i++) if (!equal(a[i], b[i], depth - 1)) return false;
    return true;
  }
  if (Array.isArray(b)) return false;
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return false;
  for (const key of keys) if (!Object.hasOwn(right, key) || !equal(left[key], right[key], depth - 1)) return false;
  return true;
}

/** A deeply frozen copy of a JSON value. `__proto__` stays an ordinary key. */
export function frozenCopy(value: unknown): JsonValue {
  if (Array.isArray(value)) return Object.freeze(value.map(frozenCopy));
  if (typeof value !== 'object' || value === null) return value as JsonValue;
  const copy = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, frozenCopy(inner)]));
  return Object.freeze(copy);
}

/** Why a value is not plain JSON of bounded depth (a cycle, a function, NaN, too deep), or undefined if it is. */
export function notJson(value: unknown, depth: number = MAX_DEPTH): string | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return undefined;
    case 'number':
      return Number.isFinite(value) ? undefined : `${value} is not JSON`;
    case 'object':
      break;
    default:
      return `a ${typeof value} is not JSON`;
  }
  if (value === null) return undefined;
  if (depth === 0) return `deeper than ${MAX_DEPTH} levels, or a cycle`;
  if (!Array.isArray(value)) {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== null && prototype !== Object.prototype) {
      return `a ${(value as object).constructor?.name ?? 'special object'} is not JSON`;
    }
  }
  for (const inner of Array.isArray(value) ? value : Object.values(value)) {
    const why = notJson(inner, depth - 1);
    if (why !== undefined) return why;
  }
  return undefined;
}
