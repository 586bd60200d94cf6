import type { Entries, FlagDocument, FlagSet, FlagStore, Section } from '@flagwright/core';
import { FlagError, isRecord, jsonEqual, preview, SECTION_OF, share } from '@flagwright/core';
import { entriesOf, isSection, nameOf, ownCopy } from './documents.ts';
import { type CheckedEdit, checkedEdits } from './edits.ts';
import { observers } from './observers.ts';

/** Options of `memoryStore`. */
export interface MemoryOptions {
  /** The name for logs and health. Default: `memory`. */
  readonly name?: string | undefined;
}

/** Flags held in memory. */
export interface MemoryStore extends FlagStore {
  /** Replaces the whole set; resolves to the new revision. Throws `FlagError('INVALID_ARGUMENT')`. */
  replace(document: FlagDocument): Promise<string>;
}

/**
 * A store in memory: for tests, and for flags that a program makes itself. What comes in is copied, so a later change
 * of the caller's objects changes no flag; what goes out is frozen and shared, so a commit costs what it changes.
 *
 * Throws `FlagError('INVALID_ARGUMENT')` if the document is no JSON, or not of the shape of a document.
 */
export function memoryStore(document: FlagDocument = {}, { name = 'memory' }: MemoryOptions = {}): MemoryStore {
  const incarnation = crypto.randomUUID().slice(0, 8);
  const listening = observers();
  let n = 0;
  let set: FlagSet = Object.freeze({ document: adopt(document, undefined), revision: `${incarnation}.${n}` });
  let closed = false;

  const use = (signal?: AbortSignal): void => {
    signal?.throwIfAborted();
    if (closed) throw new FlagError('NOT_READY', `flag store ${name} is closed`);
  };
  const become = (next: FlagDocument): string => {
    if (next !== set.document) {
      set = Object.freeze({ document: next, revision: `${incarnation}.${++n}` });
      listening.changed();
    }
    return set.revision;
  };

  return {
    name,
    async read(_previous, signal) {
      use(signal);
      return set;
    },
    async subscribe(observer) {
      use();
      return listening.add(observer);
    },
    async commit(edits) {
      use();
      return become(apply(set.document, checkedEdits(edits)));
    },
    async replace(next) {
      use();
      return become(adopt(next, set));
    },
    async close() {
      closed = true;
      listening.clear();
    },
  };
}

/**
 * A copy of a document in the form the store keeps: flags as `Entries`, every other section as a record. What is the
 * same in the previous set stays the same object, and so does the document if all is.
 */
function adopt(document: FlagDocument, previous: FlagSet | undefined): FlagDocument {
  if (!isRecord(document)) throw new FlagError('INVALID_ARGUMENT', `${preview(document)} is no flag document`);
  const copy: Record<string, unknown> = { flags: new Map() };
  for (const [name, value] of Object.entries(document)) {
    if (value === undefined) continue;
    if (!isSection(name)) {
      copy[name] = ownCopy(value, name);
      continue;
    }
    const list = Array.isArray(value);
    if (list ? name !== 'flags' : !isRecord(value)) {
      throw new FlagError('INVALID_ARGUMENT', `${name} is ${preview(value)}; expected a map of key to definition`);
    }
    const entries = [...entriesOf(value)].map(
      ([key, entry]) => [key, ownCopy(entry, `${name} ${preview(key)}`)] as const,
    );
    if (list && (entries.length < value.length || entries.some(([, entry]) => entry === null))) {
      throw new FlagError('INVALID_ARGUMENT', 'flags given as a list need keys that differ');
    }
    copy[name] = name === 'flags' ? new Map(entries) : Object.freeze(Object.fromEntries(entries));
  }
  return Object.freeze(share(previous, { document: copy, revision: '' }).document);
}

/** The document with all edits made; the same document if they change nothing. Throws `FlagError('CONFLICT')`. */
function apply(document: FlagDocument, edits: readonly CheckedEdit[]): FlagDocument {
  const changes = new Map<Section, Map<string, unknown>>();
  for (const { kind, key, next, was } of edits) {
    const section = SECTION_OF[kind];
    const current = currentOf(document, section, key);
    const expected = was === null ? undefined : was;
    if (was !== undefined && !jsonEqual(current, expected)) {
      throw new FlagError('CONFLICT', `${nameOf(kind, key)} is not what it was`);
    }
    if (jsonEqual(current, next ?? undefined)) continue;
    const changed = changes.get(section) ?? new Map<string, unknown>();
    changes.set(section, changed.set(key, next ?? undefined));
  }
  if (changes.size === 0) return document;
  const copy: Record<string, unknown> = { ...document };
  for (const [section, changed] of changes) {
    const flags = document.flags as Entries<unknown>;
    copy[section] = section === 'flags' ? flags.with(changed) : changedRecord(document[section] ?? {}, changed);
  }
  return Object.freeze(copy);
}

function currentOf(document: FlagDocument, section: Section, key: string): unknown {
  if (section === 'flags') return (document.flags as Entries<unknown>).get(key);
  const record: Readonly<Record<string, unknown>> = document[section] ?? {};
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function changedRecord(record: object, changed: ReadonlyMap<string, unknown>): object {
  const entries = new Map<string, unknown>(Object.entries(record));
  for (const [key, value] of changed) {
    if (value === undefined) entries.delete(key);
    else entries.set(key, value);
  }
  return Object.freeze(Object.fromEntries(entries));
}
