import type { FlagDocument, Kind, Section } from '@flagwright/core';
import { FlagError, isRecord, notJson, preview, SECTION_OF } from '@flagwright/core';

const NAMES: ReadonlySet<string> = new Set(Object.values(SECTION_OF));

/** Whether a key at the top of a document holds entries. */
export function isSection(name: string): name is Section {
  return NAMES.has(name);
}

/**
 * The entries of a section, whichever form it is in: a record, a map, or a list of definitions with `key`, of which
 * the first counts. An item of a list that has no key comes under its position, as null, so that `compile` tells of it.
 */
export function* entriesOf(section: unknown): Generator<readonly [string, unknown]> {
  if (section === undefined || section === null) return;
  if (Array.isArray(section)) {
    const seen = new Set<string>();
    for (const [i, item] of section.entries()) {
      const key: unknown = isRecord(item) ? item.key : undefined;
      if (typeof key !== 'string') yield [`flags[${i}]`, null];
      else if (!seen.has(key)) yield [key, item];
      if (typeof key === 'string') seen.add(key);
    }
  } else if (isMap(section)) {
    yield* section;
  } else {
    yield* Object.entries(section);
  }
}

/** Whether a section, in whichever form, has an entry. */
export function hasEntry(section: unknown, key: string): boolean {
  if (section === undefined || section === null) return false;
  if (Array.isArray(section)) return section.some((item) => isRecord(item) && item.key === key);
  return isMap(section) ? section.has(key) : Object.hasOwn(section, key);
}

function isMap(value: unknown): value is ReadonlyMap<string, unknown> {
  return (
    typeof (value as Iterable<unknown>)[Symbol.iterator] === 'function' &&
    typeof (value as Map<string, unknown>).get === 'function'
  );
}

/**
 * Several documents as one: entries are merged by kind and key, a later document wins. A section that only one of them
 * has stays the same object, and so does every entry.
 */
export function mergeDocuments(documents: readonly FlagDocument[]): FlagDocument {
  const merged = new Map<string, unknown>();
  for (const document of documents) {
    for (const [name, value] of Object.entries(document)) {
      const before = merged.get(name);
      if (value === undefined || value === null) continue;
      if (before === undefined || !isSection(name) || isEmpty(before)) merged.set(name, value);
      else if (!isEmpty(value)) merged.set(name, mergeSections(name, before, value));
    }
  }
  return Object.fromEntries(merged);
}

function isEmpty(section: unknown): boolean {
  return entriesOf(section).next().done === true;
}

function mergeSections(name: Section, before: unknown, after: unknown): unknown {
  const entries = new Map(entriesOf(before));
  for (const [key, value] of entriesOf(after)) entries.set(key, value);
  return name === 'flags' ? entries : Object.fromEntries(entries);
}

/**
 * A frozen copy of a JSON value; properties that are undefined are left out, as `JSON.stringify` does. Throws
 * `FlagError('INVALID_ARGUMENT')`, which says what `what` is and not what it holds, if the value is no JSON.
 */
export function ownCopy(value: unknown, what: string): unknown {
  const copy = copyOf(value, 0);
  const why = notJson(copy);
  if (why !== undefined) throw new FlagError('INVALID_ARGUMENT', `${what} cannot be stored: ${why}`);
  return copy;
}

function copyOf(value: unknown, depth: number): unknown {
  // what is deeper than JSON may be, or goes round in a circle, is left for `notJson` to refuse
  if (typeof value !== 'object' || value === null || depth > 100) return value;
  if (Array.isArray(value)) return Object.freeze(value.map((item: unknown) => copyOf(item, depth + 1)));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.freeze(Object.fromEntries(entries.map(([key, inner]) => [key, copyOf(inner, depth + 1)])));
}

/** How messages name an entry. */
export function nameOf(kind: Kind, key: string): string {
  return `${kind} ${preview(key)}`;
}
