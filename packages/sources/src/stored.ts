import type { FlagDefinition, FlagDocument, FlagSet, Kind, Section } from '@flagwright/core';
import { Entries, isRecord, SECTION_OF } from '@flagwright/core';

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

/**
 * An entry that a store holds, or, with `definition` undefined, one that it no longer holds. Of kind `document` is what
 * stands in a document beside the entries, as `bucketing`.
 */
export interface StoredEntry {
  readonly kind: Kind | 'document';
  readonly key: string;
  readonly definition: unknown;
}

/** A document made of entries alone. */
export function documentOf(entries: Iterable<StoredEntry>): FlagDocument {
  const flags = new Map<string, FlagDefinition>();
  const rest = restOf({});
  for (const entry of entries) {
    if (entry.kind === 'flag') flags.set(entry.key, entry.definition as FlagDefinition);
    else rest.set(entry.kind, entry.key, entry.definition);
  }
  return { flags: Entries.adopt(flags), ...rest.changed() };
}

/**
 * The document of a set that came from the same store, with the changes made: in time proportional to the changes for
 * flags. Undefined if the document is not in the form that `documentOf` gives.
 */
export function changedDocument(previous: FlagSet, changes: readonly StoredEntry[]): FlagDocument | undefined {
  const { document } = previous;
  if (!(document.flags instanceof Entries)) return undefined;
  if (changes.length === 0) return document;
  const flags = new Map<string, FlagDefinition | undefined>();
  const rest = restOf(document);
  for (const { kind, key, definition } of changes) {
    if (kind === 'flag') flags.set(key, definition as FlagDefinition | undefined);
    else rest.set(kind, key, definition);
  }
  return { ...document, flags: (document.flags as Entries<FlagDefinition>).with(flags), ...rest.changed() };
}

/** What changes in a document beside its flags. */
interface Rest {
  set(kind: Exclude<StoredEntry['kind'], 'flag'>, key: string, definition: unknown): void;
  changed(): Partial<FlagDocument>;
}

function restOf(document: FlagDocument): Rest {
  const sections = new Map<Section, Map<string, unknown>>();
  const others = new Map<string, unknown>();
  return {
    set(kind, key, definition) {
      if (kind === 'document') {
        others.set(key, definition);
        return;
      }
      const name = SECTION_OF[kind];
      const members = sections.get(name) ?? new Map<string, unknown>(Object.entries(document[name] ?? {}));
      if (definition === undefined) members.delete(key);
      else members.set(key, definition);
      sections.set(name, members);
    },
    changed() {
      const records = [...sections].map(([name, members]) => [name, Object.fromEntries(members)] as const);
      return Object.fromEntries([...others, ...records]);
    },
  };
}
