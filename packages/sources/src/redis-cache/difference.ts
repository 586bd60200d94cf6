import { Entries, type FlagDocument, type FlagSet, isRecord, type Kind, SECTION_OF } from '@flagwright/core';
import { isWellFormed } from '../checks.ts';
import { entriesOf, isSection, nameOf } from '../documents.ts';
import { canonicalJson, storedForm } from '../stored.ts';

/** The field of what stands in a document beside the entries, as `bucketing`. */
const REST = 'document';

/** What the fields of a document are to become: text, or nothing for those that go. */
export type Fields = ReadonlyMap<string, string>;

/** Hears of an entry that is left out, by its name, and why. */
export type LeftOut = (what: string) => void;

/** What a copy has to become to be like its origin; as a difference to what the copy was made of, if that is known. */
export function changesOf(
  copy: FlagSet | undefined,
  base: FlagSet | undefined,
  next: FlagSet,
  leftOut: LeftOut,
): Fields {
  if (base !== undefined) return changedFields(base.document, next.document, leftOut);
  const fields = fieldsOf(next.document, leftOut);
  return copy === undefined ? fields : differing(fieldsOf(copy.document), fields);
}

/** Every field of a document. An entry that no field can tell from others is left out. */
function fieldsOf(document: FlagDocument, leftOut: LeftOut = () => undefined): Fields {
  const fields = new Map<string, string>();
  for (const [kind, section] of Object.entries(SECTION_OF)) {
    for (const [key, definition] of entriesOf(keyed(document[section], leftOut))) {
      const field = fieldOf(kind as Kind, key, leftOut);
      if (field !== undefined) fields.set(field, textOf(kind as Kind, definition));
    }
  }
  for (const [name, value] of Object.entries(document)) {
    if (!isSection(name) && value !== undefined && isWellFormed(name))
      fields.set(`${REST}:${name}`, canonicalJson(value));
  }
  return fields;
}

/** The fields in which a document differs from what is there. */
function differing(there: Fields, fields: Fields): Fields {
  const changed = new Map([...fields].filter(([field, text]) => there.get(field) !== text));
  for (const field of there.keys()) if (!fields.has(field)) changed.set(field, '');
  return changed;
}

/**
 * The fields in which a document differs from one before, of which it shares the entries that are the same: the flags
 * cost what has changed.
 */
function changedFields(previous: FlagDocument, next: FlagDocument, leftOut: LeftOut): Fields {
  const { flags: before } = previous;
  const { flags: after } = next;
  if (!(before instanceof Entries && after instanceof Entries)) {
    return differing(fieldsOf(previous), fieldsOf(next, leftOut));
  }
  const changed = new Map<string, string>();
  for (const key of (before as Entries<unknown>).changedKeys(after)) {
    const field = fieldOf('flag', key, leftOut);
    if (field !== undefined) changed.set(field, after.has(key) ? textOf('flag', after.get(key)) : '');
  }
  const others = differing(fieldsOf({ ...previous, flags: {} }), fieldsOf({ ...next, flags: {} }, leftOut));
  return new Map([...changed, ...others]);
}

/** The items of a list that have a key: of the others it is not known which flags they are. */
function keyed(section: unknown, leftOut: LeftOut): unknown {
  if (!Array.isArray(section)) return section;
  return section.filter((item: unknown, i) => {
    const has = isRecord(item) && typeof item.key === 'string';
    if (!has) leftOut(`flags[${i}] is left out, for it has no key`);
    return has;
  });
}

function fieldOf(kind: Kind, key: string, leftOut: LeftOut): string | undefined {
  if (isWellFormed(key)) return `${kind}:${key}`;
  leftOut(`${nameOf(kind, key)} is left out, for its key holds half a character`);
  return undefined;
}

function textOf(kind: Kind, definition: unknown): string {
  // a definition that no JSON can tell would not have come out of any source; null says that it is of no use
  return canonicalJson(storedForm(kind, definition) ?? null);
}
