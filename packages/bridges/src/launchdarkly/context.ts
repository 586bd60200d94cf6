// not `node:util`: importing that opens standard error
import { isDate } from 'node:util/types';
import type { EvaluationContext } from '@flagwright/core';
import type { LDContext } from './client.ts';

/** Deeper attributes are left out, as are those that no JSON can carry: one would cost a whole batch of events. */
const MAX_DEPTH = 20;

type Attributes = Readonly<Record<string, unknown>>;

/**
 * LaunchDarkly's context for OpenFeature's, or undefined if it lacks a key; `whyNoKey` says which. The caller's is not
 * changed, and its nested values are copied only where they hold dates. Throws if an attribute cannot be read.
 */
export function toContext(context: EvaluationContext): LDContext | undefined {
  const { kind } = context;
  if (kind === 'multi') return toMulti(context);
  const key = keyOf(context);
  if (key === undefined) return undefined;
  const mapped = { kind: typeof kind === 'string' ? kind : 'user', key };
  addAttributes(mapped, context);
  return mapped;
}

/** What a context that `toContext` refused lacks. */
export function whyNoKey(context: EvaluationContext): string {
  if (context.kind !== 'multi') return 'the context has no targetingKey, and no key';
  const lacking = partsOf(context).find(([, part]) => keyOf(part) === undefined);
  return lacking === undefined ? 'the context of kind multi holds none' : `the ${lacking[0]} of the context has no key`;
}

function toMulti(context: Attributes): LDContext | undefined {
  const parts = partsOf(context);
  if (parts.length === 0) return undefined;
  const multi: Record<string, unknown> = { kind: 'multi' };
  for (const [kind, part] of parts) {
    const key = keyOf(part);
    if (key === undefined) return undefined;
    const mapped = { key };
    addAttributes(mapped, part);
    multi[kind] = mapped;
  }
  return multi as LDContext;
}

/** The contexts in one of kind multi, by kind. */
function partsOf(context: Attributes): readonly [kind: string, Attributes][] {
  return Object.entries(context).filter(
    (entry): entry is [string, Attributes] => isRecord(entry[1]) && entry[0] !== '__proto__',
  );
}

function keyOf({ targetingKey, key }: Attributes): string | undefined {
  if (typeof targetingKey === 'string' && targetingKey !== '') return targetingKey;
  return typeof key === 'string' && key !== '' ? key : undefined;
}

function addAttributes(mapped: Record<string, unknown>, context: Attributes): void {
  for (const name of Object.keys(context)) {
    const value = context[name];
    switch (name) {
      case 'kind':
      case 'key':
      case 'targetingKey':
      case '__proto__':
        break;
      case 'anonymous':
        // with anything else in it, LaunchDarkly would take it for true
        if (typeof value === 'boolean') mapped.anonymous = value;
        break;
      case 'name':
        if (typeof value === 'string') mapped.name = value;
        break;
      case '_meta':
        if (isRecord(value)) addPrivate(mapped, value.privateAttributes);
        break;
      case 'privateAttributes':
        addPrivate(mapped, value);
        break;
      default: {
        const plain = plainOf(value);
        if (plain !== undefined && plain !== null) mapped[name] = plain;
      }
    }
  }
}

/** Marks attributes as private. One name alone is taken too: what is meant to be private must not get out. */
function addPrivate(mapped: Record<string, unknown>, names: unknown): void {
  const list = (Array.isArray(names) ? names : [names]).filter((name) => typeof name === 'string');
  if (list.length === 0) return;
  const before = (mapped._meta as { privateAttributes: string[] } | undefined)?.privateAttributes ?? [];
  mapped._meta = { privateAttributes: [...before, ...list] };
}

/**
 * The value as JSON has it: itself, or a copy if there are dates in it, which become ISO texts. Undefined if no JSON
 * can carry it, as with a cycle. In lists, null stands for what cannot be carried.
 */
export function plainOf(value: unknown): unknown {
  const plain = walk(value, MAX_DEPTH);
  return plain === TOO_DEEP ? undefined : plain;
}

const TOO_DEEP = Symbol('too deep');

/** One branch that is too deep ends the walk: in a cycle there may be too many to look at each. */
function walk(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : undefined;
    case 'object':
      break;
    default:
      return undefined;
  }
  if (value === null) return null;
  if (isDate(value)) return Number.isNaN(value.getTime()) ? undefined : value.toISOString();
  if (depth === 0) return TOO_DEEP;
  return Array.isArray(value) ? walkList(value, depth - 1) : walkRecord(value as Attributes, depth - 1);
}

function walkList(list: readonly unknown[], depth: number): unknown {
  let copy: unknown[] | undefined;
  for (let i = 0; i < list.length; i++) {
    const plain = walk(list[i], depth);
    if (plain === TOO_DEEP) return TOO_DEEP;
    if (plain === list[i]) continue;
    copy ??= list.slice();
    copy[i] = plain ?? null;
  }
  return copy ?? list;
}

function walkRecord(record: Attributes, depth: number): unknown {
  let copy: Record<string, unknown> | undefined;
  for (const name of Object.keys(record)) {
    const value = record[name];
    const plain = walk(value, depth);
    if (plain === TOO_DEEP) return TOO_DEEP;
    if (plain === value) continue;
    // by way of entries, `__proto__` stays an ordinary name
    copy ??= Object.fromEntries(Object.entries(record));
    if (plain === undefined) delete copy[name];
    else Object.defineProperty(copy, name, { value: plain });
  }
  return copy ?? record;
}

function isRecord(value: unknown): value is Attributes {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isDate(value);
}
