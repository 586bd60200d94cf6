import type { EvaluationContext, JsonValue } from '@flagwright/core';
import { FlagError } from '@flagwright/core';

/** Deeper than this nothing is copied. */
const LEVELS = 100;
/** The most values in one answer or default, those inside of it included. */
const JSON_VALUES = 10_000;
/** The same of a context. */
const CONTEXT_VALUES = 1_000;

/** What there is to copy besides plain objects and lists; throws `FlagError('UNSUPPORTED')` where it cannot be copied. */
type Leaf = (value: unknown) => unknown;

/**
 * A copy of a value as JSON has it, without properties that are undefined. Throws `FlagError`: `UNSUPPORTED` if it is no
 * plain JSON, `TOO_LARGE` beyond 10,000 values or 100 levels, and whatever reading it throws.
 */
export function jsonCopy(value: unknown): JsonValue {
  return (isObject(value) ? copier(jsonLeaf, JSON_VALUES, false)(value, 0) : jsonLeaf(value)) as JsonValue;
}

/**
 * A copy of a context that shares nothing with it. Throws `FlagError`: `UNSUPPORTED` if something in it is neither plain
 * data nor a date, `TOO_LARGE` beyond 1,000 values or 100 levels, and whatever reading it throws.
 */
export function contextCopy(context: EvaluationContext | null | undefined): EvaluationContext {
  return isObject(context) ? (copier(contextLeaf, CONTEXT_VALUES, true)(context, 0) as EvaluationContext) : {};
}

/** Copies an object or a list; `whole`: of any class at the outermost level, and with properties that are undefined. */
function copier(leaf: Leaf, most: number, whole: boolean): (value: object, level: number) => unknown {
  let left = most;

  function inner(value: unknown, level: number): unknown {
    return isObject(value) ? copy(value, level) : leaf(value);
  }

  function take(count: number, level: number): void {
    left -= count;
    if (left < 0 || level === LEVELS) throw new FlagError('TOO_LARGE', 'too many values, or too deep');
  }

  function copy(value: object, level: number): unknown {
    if (Array.isArray(value)) {
      take(value.length, level);
      return Array.from(value, (item: unknown) => inner(item, level + 1));
    }
    if (!isPlain(value) && !(whole && level === 0)) return leaf(value);
    const keys = Object.keys(value);
    take(keys.length, level);
    // spreading is fast, and leaves `__proto__` an ordinary key
    const result: Record<string, unknown> = { ...value };
    for (const key of keys) {
      const item = result[key];
      if (isObject(item)) result[key] = copy(item, level + 1);
      else if (item === undefined && !whole) delete result[key];
      else leaf(item);
    }
    return result;
  }

  return copy;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Whether an object is of no class, objects of other realms included. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}

function jsonLeaf(value: unknown): unknown {
  const plain = value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
  return plain ? value : unsupported(value);
}

function contextLeaf(value: unknown): unknown {
  if (value instanceof Date) return new Date(value.getTime());
  return isObject(value) || typeof value === 'function' ? unsupported(value) : value;
}

function unsupported(value: unknown): never {
  throw new FlagError('UNSUPPORTED', `a ${typeof value} that cannot be copied`);
}
