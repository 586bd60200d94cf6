import type { JsonValue } from '@flagwright/core';
import { own } from './bounded.ts';

/** How much of a value is copied. */
export interface CopyLimits {
  /** Objects and lists inside one another. */
  readonly depth: number;
  /** Values of every kind, all in all. */
  readonly values: number;
  /** Characters of all strings and names together. */
  readonly characters: number;
}

/** Enough for anything a person would look at, and little enough to be queued ten thousand times. */
export const COPY_LIMITS: CopyLimits = { depth: 16, values: 5_000, characters: 65_536 };

/** A copy, and how much of the original is not in it. */
export interface PlainCopy {
  /** Undefined if nothing could be copied. */
  readonly value: JsonValue | undefined;
  /** How many values were left out. */
  readonly lost: number;
  /** How much memory it takes, in bytes: an estimate that is rather too large. */
  readonly bytes: number;
}

const BYTES_OF_A_VALUE = 64;
const BYTES_OF_A_CHARACTER = 2;

/** Puts another text in the place of one that must not be shown; any other text is itself. */
export type Swap = (text: string) => string;

/** A longer integer is not written out: the time it takes grows with the square of its length. */
const LONGEST_INTEGER = 1n << 1024n;

/**
 * A deeply frozen copy of whatever it is given, made of plain JSON and bounded. Reads it as `JSON.stringify` does, `toJSON`
 * included, and never throws: dates become RFC 3339, big integers their digits; what JSON has no word for (functions, NaN,
 * cycles, binary data), what throws when it is read, and what is beyond the limits is left out, `null` in a list.
 * `__proto__` stays an ordinary name.
 */
export function plainCopy(original: unknown, limits: CopyLimits = COPY_LIMITS, swap?: Swap): PlainCopy {
  return swap === undefined && isSimple(original) ? simpleCopy(original) : deepCopy(original, limits, swap);
}

/** Within any limits. */
type Simple = string | number | boolean | null;
const SHORT = 256;

function isSimple(value: unknown): value is Simple {
  switch (typeof value) {
    case 'string':
      return value.length <= SHORT;
    case 'number':
      return Number.isFinite(value);
    case 'boolean':
      return true;
    default:
      return value === null;
  }
}

function simpleCopy(original: Simple): PlainCopy {
  if (typeof original !== 'string') return { value: original, lost: 0, bytes: BYTES_OF_A_VALUE };
  return { value: own(original), lost: 0, bytes: BYTES_OF_A_VALUE + original.length * BYTES_OF_A_CHARACTER };
}

function deepCopy(original: unknown, limits: CopyLimits, swap: Swap | undefined): PlainCopy {
  let { values, characters } = limits;
  let lost = 0;
  /** The objects that the one being copied is in. */
  const around: object[] = [];

  function leaveOut(): undefined {
    lost++;
    return undefined;
  }

  function text(value: string): string | undefined {
    if (value.length > characters) return leaveOut();
    characters -= value.length;
    return own(swap === undefined ? value : swap(value));
  }

  /** A number that must not be shown is its substitute's text. */
  function number(value: number): JsonValue {
    if (swap === undefined) return value;
    const digits = String(value);
    const shown = swap(digits);
    return shown === digits ? value : shown;
  }

  function copy(value: unknown): JsonValue | undefined {
    if (--values < 0) return leaveOut();
    switch (typeof value) {
      case 'string':
        return text(value);
      case 'boolean':
        return value;
      case 'number':
        return Number.isFinite(value) ? number(value) : leaveOut();
      case 'bigint':
        return value < LONGEST_INTEGER && value > -LONGEST_INTEGER ? text(String(value)) : leaveOut();
      case 'undefined':
        return undefined;
      case 'object':
        return value === null ? null : copyObject(value);
      default:
        return leaveOut();
    }
  }

  function copyObject(value: object): JsonValue | undefined {
    if (around.length === limits.depth || around.includes(value)) return leaveOut();
    around.push(value);
    try {
      if (value instanceof Date) return text(value.toISOString());
      if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return leaveOut();
      const { toJSON } = value as { readonly toJSON?: unknown };
      const shown: unknown = typeof toJSON === 'function' ? toJSON.call(value, '') : value;
      if (shown !== value) return copy(shown);
      if (value instanceof String || value instanceof Number || value instanceof Boolean) return copy(value.valueOf());
      return Array.isArray(value) ? copyList(value) : copyRecord(value as Record<string, unknown>);
    } catch {
      return leaveOut();
    } finally {
      around.pop();
    }
  }

  function copyList(list: readonly unknown[]): JsonValue | undefined {
    const { length } = list;
    if (length > values) return leaveOut();
    const copied: JsonValue[] = [];
    for (let i = 0; i < length; i++) copied.push(member(list, i) ?? null);
    return Object.freeze(copied);
  }

  function copyRecord(record: Readonly<Record<string, unknown>>): JsonValue | undefined {
    const keys = Object.keys(record);
    if (keys.length > values) return leaveOut();
    const copied: Record<string, JsonValue> = {};
    for (const key of keys) {
      const name = text(key);
      if (name === undefined) continue;
      const value = member(record, key);
      if (value !== undefined) put(copied, name, value);
    }
    return Object.freeze(copied);
  }

  /** A getter that throws costs itself alone. */
  function member(of: object, key: string | number): JsonValue | undefined {
    let value: unknown;
    try {
      value = (of as Record<string | number, unknown>)[key];
    } catch {
      return leaveOut();
    }
    return copy(value);
  }

  const value = copy(original);
  const bytes =
    (limits.values - Math.max(0, values)) * BYTES_OF_A_VALUE + (limits.characters - characters) * BYTES_OF_A_CHARACTER;
  return { value, lost, bytes };
}

/** Sets a property of one's own, whatever its name. */
export function put(record: Record<string, JsonValue>, name: string, value: JsonValue): void {
  // an assignment would change the prototype
  if (name === '__proto__') Object.defineProperty(record, name, { value, enumerable: true });
  else record[name] = value;
}
