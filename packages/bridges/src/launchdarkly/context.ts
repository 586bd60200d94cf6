import type { EvaluationContext } from '@flagwright/core';
import type { LDContext } from './client.ts';
import { isRecord, plainOf } from './plain.ts';

type Attributes = Readonly<Record<string, unknown>>;

/** Where names of private attributes may be said; the last is what they were called for users. */
const PRIVATE: readonly string[] = ['privateAttributes', '_meta', 'privateAttributeNames'];

/**
 * LaunchDarkly's context for OpenFeature's, or undefined if it lacks a key or a kind is not valid; `whyNoKey` says
 * which. The caller's is not changed, and its nested values are copied only where JSON has them otherwise. What is
 * private at the top of a context of kind multi is so for each kind. Throws if an attribute cannot be read.
 */
export function toContext(context: EvaluationContext): LDContext | undefined {
  const { kind } = context;
  if (kind === 'multi') return toMulti(context);
  const key = keyOf(context);
  const named = typeof kind === 'string' ? kind : 'user';
  if (key === undefined || !isKind(named)) return undefined;
  const mapped = { kind: named, key };
  addAttributes(mapped, context, []);
  return mapped;
}

/** What is wrong with a context that `toContext` refused. */
export function whyNoKey(context: EvaluationContext): string {
  if (context.kind !== 'multi') {
    return keyOf(context) === undefined
      ? 'the context has no targetingKey, and no key'
      : 'the kind of the context is not valid';
  }
  const parts = partsOf(context);
  if (parts.length === 0) return 'the context of kind multi holds none';
  const lacking = parts.find(([, part]) => keyOf(part) === undefined);
  return lacking === undefined ? 'a kind of the context is not valid' : `the ${lacking[0]} of the context has no key`;
}

/** As LaunchDarkly has it: letters, digits, dots, dashes and underscores, but not the word itself. */
function isKind(kind: string): boolean {
  return /^[\w.-]+$/.test(kind) && kind !== 'kind' && kind !== 'multi';
}

function toMulti(context: Attributes): LDContext | undefined {
  const parts = partsOf(context);
  if (parts.length === 0) return undefined;
  const hidden = PRIVATE.flatMap((name) => privateOf(name, context[name]));
  const multi: Record<string, unknown> = { kind: 'multi' };
  for (const [kind, part] of parts) {
    const key = keyOf(part);
    if (key === undefined || !isKind(kind)) return undefined;
    const mapped = { key };
    addAttributes(mapped, part, hidden);
    multi[kind] = mapped;
  }
  return multi as LDContext;
}

/** The contexts in one of kind multi, by kind. */
function partsOf(context: Attributes): readonly [kind: string, Attributes][] {
  return Object.entries(context).filter(
    (entry): entry is [string, Attributes] =>
      isRecord(entry[1]) && entry[0] !== '__proto__' && !PRIVATE.includes(entry[0]),
  );
}

function keyOf({ targetingKey, key }: Attributes): string | undefined {
  if (typeof targetingKey === 'string' && targetingKey !== '') return targetingKey;
  return typeof key === 'string' && key !== '' ? key : undefined;
}

function addAttributes(mapped: Record<string, unknown>, context: Attributes, hidden: readonly string[]): void {
  const names = [...hidden];
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
      case 'privateAttributes':
      case 'privateAttributeNames':
        names.push(...privateOf(name, value));
        break;
      default: {
        const plain = plainOf(value);
        if (plain !== undefined && plain !== null) mapped[name] = plain;
      }
    }
  }
  if (names.length > 0) mapped._meta = { privateAttributes: names };
}

/** The names that are said to be private. */
function privateOf(where: string, said: unknown): readonly string[] {
  if (where === '_meta') return isRecord(said) ? namesIn(said.privateAttributes) : [];
  return namesIn(said);
}

/** A list, a set, the keys of an object, or one name alone: what is meant to be private must not get out. */
function namesIn(said: unknown): readonly string[] {
  if (typeof said === 'string') return [said];
  if (typeof said !== 'object' || said === null) return [];
  const names: Iterable<unknown> =
    said instanceof Map ? said.keys() : Symbol.iterator in said ? (said as Iterable<unknown>) : Object.keys(said);
  return [...names].filter((name) => typeof name === 'string');
}
