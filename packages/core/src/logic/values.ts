/**
 * How JSON Logic reads any value as a truth, a number or a text. All total: nothing here throws, whatever the value.
 */

/** JSON Logic's truth: as JavaScript, but an empty list, object, Map or Set is false. */
export function truthy(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return Boolean(value);
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof Map || value instanceof Set) return !isEmptyCollection(value);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return true;
  for (const key in value) if (Object.hasOwn(value, key)) return true;
  return false;
}

function isEmptyCollection(value: Map<unknown, unknown> | Set<unknown>): boolean {
  try {
    return value.size === 0;
  } catch {
    return false; // `Object.create(Map.prototype)`
  }
}

/** A number: null is 0, texts as JavaScript reads them, dates in milliseconds; lists, objects and the rest are NaN. */
export function toNumber(value: unknown): number {
  switch (typeof value) {
    case 'number':
      return value;
    case 'string':
    case 'boolean':
    case 'bigint':
      return Number(value);
    case 'object':
      return value === null ? 0 : dateNumber(value);
    default:
      return Number.NaN;
  }
}

function dateNumber(value: object): number {
  if (!(value instanceof Date)) return Number.NaN;
  try {
    return value.getTime();
  } catch {
    return Number.NaN; // `Object.create(Date.prototype)`
  }
}

/** A text: null is empty, lists are joined with commas; undefined if the value's own conversion fails. */
export function toText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '';
  try {
    return String(value);
  } catch {
    return undefined; // `Object.create(null)`, a throwing toString, nesting deeper than the stack
  }
}

/**
 * JSON Logic's `==`, as json-logic-engine has it: two texts as texts, null only equals null, 0 and false, all else as
 * numbers. Lists and objects equal only themselves (json-logic-engine throws).
 */
export function looseEquals(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  const left = typeof a;
  const right = typeof b;
  if (left === right && left !== 'object') return false;
  if (isAbsent(a))
    return isAbsent(b) || ((right === 'number' || right === 'boolean' || right === 'bigint') && toNumber(b) === 0);
  if (isAbsent(b)) return (left === 'number' || left === 'boolean' || left === 'bigint') && toNumber(a) === 0;
  if (left === 'object' && right === 'object')
    return a instanceof Date && b instanceof Date && toNumber(a) === toNumber(b);
  return toNumber(a) === toNumber(b);
}

/** JSON Logic's `===`: JavaScript's, with an absent value being null. */
export function strictEquals(a: unknown, b: unknown): boolean {
  return a === b || (isAbsent(a) && isAbsent(b));
}

function isAbsent(value: unknown): boolean {
  return value === null || value === undefined || typeof value === 'function';
}

/** JSON Logic's `<`: two texts by UTF-16 code units, all else as numbers; false if either is not a number. */
export function isLess(a: unknown, b: unknown): boolean {
  if (typeof a === 'string' && typeof b === 'string') return a < b;
  return toNumber(a) < toNumber(b);
}

/** JSON Logic's `<=`, by the rules of `isLess`. */
export function isAtMost(a: unknown, b: unknown): boolean {
  if (typeof a === 'string' && typeof b === 'string') return a <= b;
  return toNumber(a) <= toNumber(b);
}

/** JSON Logic's `in`: membership in a list (no coercion), or a part of a text; nothing is part of an empty one. */
export function contains(haystack: unknown, needle: unknown): boolean {
  if (Array.isArray(haystack)) return haystack.includes(needle);
  if (typeof haystack !== 'string' || haystack === '') return false;
  const text = needle === null || needle === undefined ? 'null' : toText(needle);
  return text !== undefined && haystack.includes(text);
}
