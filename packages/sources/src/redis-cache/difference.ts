import { Entries, type FlagDocument, type Kind, SECTION_OF } from '@flagwright/core';
import { entriesOf, isSection } from '../documents.ts';
import { canonicalJson, storedForm } from '../stored.ts';

/** The field of what stands in a document beside the entries, as `bucketing`. */
const REST = 'document';

/** What the fields of a document are to become: text, or nothing for those that go. */
export type Fields = ReadonlyMap<string, string>;

/** Every field of a document. */
export function fieldsOf(document: FlagDocument): Fields {
  const fields = new Map<string, string>();
  for (const [kind, section] of Object.entries(SECTION_OF)) {
    for (const [key, definition] of entriesOf(document[section])) {
      fields.set(`${kind}:${key}`, textOf(kind as Kind, definition));
    }
  }
  for (const [name, value] of restOf(document)) fields.set(`${REST}:${name}`, canonicalJson(value));
  return fields;
}

/** The fields in which a document differs from what is there. */
export function differing(there: Fields, document: FlagDocument): Fields {
  const fields = new Map(fieldsOf(document));
  const changed = new Map([...fields].filter(([field, text]) => there.get(field) !== text));
  for (const field of there.keys()) if (!fields.has(field)) changed.set(field, '');
  return changed;
}

/**
 * The fields in which a document differs from one before, of which it shares the entries that are the same: the flags
 * cost what has changed.
 */
export function changedFields(previous: FlagDocument, next: FlagDocument): Fields {
  const { flags: before } = previous;
  const { flags: after } = next;
  if (!(before instanceof Entries && after instanceof Entries)) return differing(fieldsOf(previous), next);
  const changed = new Map<string, string>();
  for (const key of (before as Entries<unknown>).changedKeys(after)) {
    changed.set(`flag:${key}`, after.has(key) ? textOf('flag', after.get(key)) : '');
  }
  const others = differing(fieldsOf({ ...previous, flags: {} }), { ...next, flags: {} });
  return new Map([...changed, ...others]);
}

function textOf(kind: Kind, definition: unknown): string {
  // a definition that no JSON can tell would not have come out of any source; null says that it is of no use
  return canonicalJson(storedForm(kind, definition) ?? null);
}

function restOf(document: FlagDocument): readonly (readonly [string, unknown])[] {
  return Object.entries(document).filter(([name, value]) => !isSection(name) && value !== undefined);
}
