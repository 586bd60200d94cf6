import type { EvaluationContext, JsonValue } from '@flagwright/core';
import { FlagError } from '@flagwright/core';

/** Deeper than this nothing is copied. */
const LEVELS = 100;
/** The most values in one answer or default, those inside of it included. */
const JSON_VALUES = 10_000;
/** The same of a context. */
const CONTEXT_VALUES = 1_000;

/** How one thing is copied. */
interface Copying {
  /** A context: of any class at the outermost level, and with properties that are undefined. Else JSON. */
  readonly context: boolean;
  /** How many values more there may be. */
  left: number;
}

/**
 * A copy of a value as JSON has it, without properties that are undefined. Throws `FlagError`: `UNSUPPORTED` if it is
 * no plain JSON, `TOO_LARGE` beyond 10,000 values or 100 levels, and whatever reading it throws.
 */
export function jsonCopy(value: unknown): JsonValue {
  if (isObject(value)) return copyOf(value, 0, { context: false, left: JSON_VALUES }) as JsonValue;
  return jsonLeaf(value) as JsonValue;
}

/**
 * A copy of a context that shares nothing with it. Throws `FlagError`: `UNSUPPORTED` if something in it is neither
 * plain data nor a date, `TOO_LARGE` beyond 1,000 values or 100 levels, and whatever reading it throws.
 */
export function contextCopy(context: EvaluationContext | null | undefined): EvaluationContext {
  if (!isObject(context)) return {};
  return copyOf(context, 0, { context: true, left: CONTEXT_VALUES }) as EvaluationContext;
}

function copyOf(value: object, level: number, copying: Copying): unknown {
  if (Array.isArray(value)) {
    take(value.length, level, copying);
    const item = (inner: unknown): unknown =>
      isObject(inner) ? copyOf(inner, level + 1, copying) : leafOf(inner, copying);
    return Array.from(value, item);
  }
  if (!isPlain(value) && !(copying.context && level === 0)) return leafOf(value, copying);
  const keys = Object.keys(value);
  take(keys.length, level, copying);
  // spreading is fast, and leaves `__proto__` an ordinary key
  const result: Record<string, unknown> = { ...value };
  for (const key of keys) {
    const inner = result[key];
    if (isObject(inner)) result[key] = copyOf(inner, level + 1, copying);
    else if (inner === undefined && !copying.context) delete result[key];
    else leafOf(inner, copying);
  }
  return result;
}

function take(count: number, level: number, copying: Copying): void {
  copying.left -= count;
  if (copying.left < 0 || level === LEVELS) throw new FlagError('TOO_LARGE', 'too many values, or too deep');
}

function leafOf(value: unknown, { context }: Copying): unknown {
  return context ? contextLeaf(value) : jsonLeaf(value);
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
