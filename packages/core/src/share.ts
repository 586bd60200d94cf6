import type { FlagDefinition, FlagDocument } from './document.generated.ts';
import { Entries } from './entries.ts';
import { isRecord, jsonEqual } from './json.ts';
import type { FlagSet } from './source.ts';

const RECORDS = ['segments', '$evaluators', 'attributes', 'overrides', 'metadata'] as const;

/**
 * The same set with every entry that did not change replaced by the previous set's object, so that `compile` knows by
 * identity what to reuse. Flags become `Entries`, of which a changed copy costs only the changes.
 */
export function share(previous: FlagSet | undefined, next: FlagSet): FlagSet {
  if (previous?.document === next.document) return next;
  if (typeof next.document !== 'object' || next.document === null || Array.isArray(next.document)) return next;
  return { ...next, document: shareDocument(previous?.document, next.document) };
}

function shareDocument(previous: FlagDocument | undefined, next: FlagDocument): FlagDocument {
  const document: Record<string, unknown> = { ...next };
  if (next.flags !== undefined) document.flags = shareFlags(previous?.flags, next.flags);
  if (previous === undefined) return document;
  for (const kind of RECORDS) {
    if (next[kind] !== undefined) document[kind] = shareRecord(previous[kind], next[kind]);
  }
  const names = Object.keys(document);
  const unchanged =
    names.length === Object.keys(previous).length &&
    names.every((name) => (previous as Record<string, unknown>)[name] === document[name]);
  return unchanged ? previous : document;
}

type Flags = NonNullable<FlagDocument['flags']>;

function shareFlags(previous: Flags | undefined, next: Flags): unknown {
  if (Array.isArray(next)) return shareList(previous, next);
  if (typeof next !== 'object' || next === null) return next;
  const isMap = next instanceof Map || next instanceof Entries;
  if (!(previous instanceof Entries))
    return isMap ? Entries.of(next as ReadonlyMap<string, unknown>) : Entries.of(Object.entries(next));
  const before: Entries<unknown> = previous;
  if (next instanceof Entries) return shareEntries(before, next);
  const changes = new Map<string, unknown>();
  let kept = 0;
  for (const [key, definition] of isMap ? (next as ReadonlyMap<string, unknown>) : Object.entries(next)) {
    if (before.has(key)) kept++;
    if (!sameDefinition(before.get(key), definition)) changes.set(key, definition);
  }
  if (kept < before.size) {
    before.forEach((_, key) => {
      if (!(isMap ? (next as ReadonlyMap<string, unknown>).has(key) : Object.hasOwn(next, key)))
        changes.set(key, undefined);
    });
  }
  return before.with(changes);
}

/** Where a source has shared by itself this costs what it says has changed; where it read everything, everything. */
function shareEntries(before: Entries<unknown>, next: Entries<unknown>): Entries<unknown> {
  const replaced = before.replacedBy(next);
  const same = new Map([...replaced].filter(([key, definition]) => sameDefinition(definition, next.get(key))));
  return same.size === replaced.size ? before : next.with(same);
}

/** A list keeps its order and its mistakes, for `compile` to tell; only the definitions are shared. */
function shareList(previous: Flags | undefined, next: readonly FlagDefinition[]): readonly FlagDefinition[] {
  if (!Array.isArray(previous)) return next;
  const byKey = new Map((previous as readonly FlagDefinition[]).map((definition) => [definition?.key, definition]));
  const shared = next.map((definition) => {
    const before = byKey.get(definition?.key);
    return sameDefinition(before, definition) ? before! : definition;
  });
  const unchanged = shared.length === previous.length && shared.every((definition, i) => definition === previous[i]);
  return unchanged ? (previous as readonly FlagDefinition[]) : shared;
}

/** Equal as JSON; only in a map of variants does the order of keys mean something. */
function sameDefinition(a: unknown, b: unknown): boolean {
  return jsonEqual(a, b) && variantOrder(a) === variantOrder(b);
}

function variantOrder(definition: unknown): string | undefined {
  const variants = (definition as FlagDefinition | null | undefined)?.variants;
  if (typeof variants !== 'object' || variants === null || Array.isArray(variants)) return undefined;
  return JSON.stringify(Object.keys(variants));
}

function shareRecord(previous: unknown, next: unknown): unknown {
  if (jsonEqual(previous, next)) return previous;
  if (!isRecord(previous) || !isRecord(next)) return next;
  return Object.fromEntries(
    Object.entries(next).map(([name, value]) => {
      const before = Object.hasOwn(previous, name) ? previous[name] : undefined;
      return [name, jsonEqual(before, value) ? before : value];
    }),
  );
}
