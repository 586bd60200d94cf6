import type { FlagDocument, FlagSet, Kind, Section } from '@flagwright/core';
import { Entries, SECTION_OF } from '@flagwright/core';
import { isRecord } from './documents.ts';

/**
 * A definition as stores keep it that do not keep the order of names, as JSONB and canonical JSON do not: the variants of
 * a flag, whose order has a meaning, as a list. Everything else is as it was.
 */
export function storedForm(kind: Kind, definition: unknown): unknown {
  if (kind !== 'flag' || !isRecord(definition) || !isRecord(definition.variants)) return definition;
  const variants = Object.entries(definition.variants);
  // variants named like numbers have no order, and no list may have a variant without a name
  if (variants.some(([name]) => name === '' || /^\d+$/.test(name))) return definition;
  return { ...definition, variants: variants.map(([name, value]) => ({ name, value })) };
}

/** JSON text that is equal for equal values: RFC 8785 (JSON Canonicalization Scheme). */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const record = value as Readonly<Record<string, unknown>>;
  // the default order of `sort` is that of UTF-16 code units, as the RFC asks
  const members = Object.keys(record)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonicalJson(record[name])}`);
  return `{${members.join(',')}}`;
}

/** An entry that a store holds, or, with `definition` undefined, one that it no longer holds. */
export interface StoredEntry {
  readonly kind: Kind;
  readonly key: string;
  readonly definition: unknown;
}

/** A document made of entries alone. */
export function documentOf(entries: Iterable<StoredEntry>): FlagDocument {
  const flags = new Map<string, unknown>();
  const rest = new Map<Section, Map<string, unknown>>();
  for (const { kind, key, definition } of entries) {
    if (kind === 'flag') flags.set(key, definition);
    else sectionIn(rest, kind).set(key, definition);
  }
  const sections = [...rest].map(([name, members]) => [name, Object.fromEntries(members)]);
  return { flags: Entries.adopt(flags), ...Object.fromEntries(sections) };
}

/**
 * The document of a set that came from the same store, with the changes made: in time proportional to the changes for
 * flags. Undefined if the document is not in the form that `documentOf` gives.
 */
export function changedDocument(previous: FlagSet, changes: readonly StoredEntry[]): FlagDocument | undefined {
  const { document } = previous;
  if (!(document.flags instanceof Entries)) return undefined;
  if (changes.length === 0) return document;
  const flags = new Map<string, unknown>();
  const rest = new Map<Section, Map<string, unknown>>();
  for (const { kind, key, definition } of changes) {
    if (kind === 'flag') flags.set(key, definition);
    else sectionIn(rest, kind, document).set(key, definition);
  }
  const sections = [...rest].map(([name, members]) => [
    name,
    Object.fromEntries([...members].filter(([, definition]) => definition !== undefined)),
  ]);
  return { ...document, flags: (document.flags as Entries<unknown>).with(flags), ...Object.fromEntries(sections) };
}

function sectionIn(
  sections: Map<Section, Map<string, unknown>>,
  kind: Kind,
  previous?: FlagDocument,
): Map<string, unknown> {
  const name = SECTION_OF[kind];
  let members = sections.get(name);
  if (members === undefined) {
    members = new Map<string, unknown>(Object.entries(previous?.[name] ?? {}));
    sections.set(name, members);
  }
  return members;
}
