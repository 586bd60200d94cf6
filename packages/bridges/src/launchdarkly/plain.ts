// not `node:util`: importing that opens standard error
import { isDate } from 'node:util/types';

// What is handed to a client it keeps until it sends its events, as JSON. One that cannot be written would cost the whole
// batch, and one that is very large the process. So that is left out, which JSON cannot carry.

const MAX_DEPTH = 20;

/** Of one attribute. One object in many places counts in each: so it is written. */
const MAX_VALUES = 10_000;

type Attributes = Readonly<Record<string, unknown>>;

/**
 * The value as JSON has it: itself, or a copy if there is something in it that JSON has otherwise, as dates, which become
 * ISO texts. Undefined if JSON cannot carry it: a cycle, more than 20 levels, or more than 10,000 values. In lists, null
 * stands for what cannot be carried. Throws if a property does.
 */
export function plainOf(value: unknown): unknown {
  const plain = walk(value, MAX_DEPTH, { left: MAX_VALUES });
  return plain === TOO_MUCH ? undefined : plain;
}

/** What is tracked, as it can be sent. */
export interface Sendable {
  /** `value`, if that is a number. */
  readonly metric: number | undefined;
  /** A copy of the rest, for it is sent later; undefined if there is none. */
  readonly data: Attributes | undefined;
}

/** What of tracked data can be sent: a property that cannot costs the others nothing. */
export function sendable(tracked: Attributes): Sendable {
  let metric: number | undefined;
  const entries: [string, unknown][] = [];
  for (const name of Object.keys(tracked ?? {})) {
    try {
      const plain = plainOf(tracked[name]);
      if (name === 'value' && typeof plain === 'number') metric = plain;
      else if (plain !== undefined) entries.push([name, JSON.parse(JSON.stringify(plain))]);
    } catch {
      // it cannot be read
    }
  }
  return { metric, data: entries.length === 0 ? undefined : Object.fromEntries(entries) };
}

/** Whether something is an object with attributes, and no list or date. */
export function isRecord(value: unknown): value is Attributes {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isDate(value);
}

const TOO_MUCH = Symbol('too much');

interface Budget {
  left: number;
}

/** What is too deep or too large ends the walk: in a cycle there may be too much to look at it all. */
function walk(value: unknown, depth: number, budget: Budget): unknown {
  if (budget.left-- <= 0) return TOO_MUCH;
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint') return undefined;
  if (typeof value !== 'object' || value === null) return value;
  if (isDate(value)) return Number.isNaN(value.getTime()) ? undefined : value.toISOString();
  if (depth === 0) return TOO_MUCH;
  if (hasJson(value)) return walk(jsonOf(value), depth - 1, budget);
  return Array.isArray(value) ? walkList(value, depth - 1, budget) : walkRecord(value as Attributes, depth - 1, budget);
}

function walkList(list: readonly unknown[], depth: number, budget: Budget): unknown {
  let copy: unknown[] | undefined;
  for (let i = 0; i < list.length; i++) {
    const plain = walk(list[i], depth, budget);
    if (plain === TOO_MUCH) return TOO_MUCH;
    if (plain === list[i]) continue;
    copy ??= Array.from(list);
    copy[i] = plain ?? null;
  }
  return copy ?? list;
}

function walkRecord(record: Attributes, depth: number, budget: Budget): unknown {
  let copy: Record<string, unknown> | undefined;
  for (const name of Object.keys(record)) {
    const value = record[name];
    const plain = walk(value, depth, budget);
    if (plain === TOO_MUCH) return TOO_MUCH;
    if (plain === value) continue;
    // by way of entries, `__proto__` stays an ordinary name
    copy ??= Object.fromEntries(Object.entries(record));
    if (plain === undefined) delete copy[name];
    else Object.defineProperty(copy, name, { value: plain });
  }
  return copy ?? record;
}

/** Whether JSON calls a method for it, as for a URL. */
function hasJson(value: object): value is { toJSON(): unknown } {
  return typeof (value as { readonly toJSON?: unknown }).toJSON === 'function';
}

function jsonOf(value: { toJSON(): unknown }): unknown {
  try {
    return value.toJSON();
  } catch {
    return undefined;
  }
}
