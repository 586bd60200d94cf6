import { formatPath, type Issue, isRecord, jsonEqual, type Path, type Place, preview } from '@flagwright/core';
import type { FileDocument } from '../manifests/documents.ts';

/** Flag documents as one. */
export interface MergedDocument {
  readonly document: unknown;
  readonly locate: (path: Path) => Place | undefined;
  /** What is there twice, and what is doubtful of the texts. */
  readonly issues: readonly Issue[];
}

/** The parts of a document that hold entries by name. */
const SECTIONS: ReadonlySet<string> = new Set(['flags', 'segments', '$evaluators', 'attributes', 'overrides']);

/**
 * Flag documents as one, by the rules of a folder of them: an entry that is in two of them is an error that names both
 * places, and so is a member as `bucketing` that says something else; the first one counts.
 */
export function mergedDocument(documents: readonly FileDocument[]): MergedDocument {
  const issues: Issue[] = documents.flatMap((document) => document.issues);
  const [only] = documents;
  if (documents.length === 1) return { document: only!.value, locate: only!.locate, issues };
  const owners = new Map<string, FileDocument>();
  const merged = new Map<string, unknown>();
  for (const document of documents) {
    if (!isRecord(document.value)) {
      const message = `the document is ${preview(document.value)}`;
      issues.push(fault(document, { code: 'wrong-type', path: [], message, expected: 'a map with `flags`' }));
      continue;
    }
    for (const [name, value] of Object.entries(document.value)) {
      if (SECTIONS.has(name)) mergeSection(name, value, document, { merged, owners, issues });
      else if (merged.has(name) && !jsonEqual(merged.get(name), value)) {
        issues.push(clash(document, owners.get(name)!, [name]));
      } else if (!merged.has(name)) {
        merged.set(name, value);
        owners.set(name, document);
      }
    }
  }
  const plain = [...merged].map(([name, value]) => [
    name,
    value instanceof Map && name !== 'flags' ? Object.fromEntries(value) : value,
  ]);
  return {
    document: Object.fromEntries(plain),
    locate: ([section, key, ...rest]) => {
      if (section === undefined) return only?.locate([]);
      const path = key === undefined ? [section] : [section, key, ...rest];
      const owner =
        owners.get(idOf(String(section), String(key))) ??
        owners.get(String(section)) ??
        documents.find(({ value }) => isRecord(value) && Object.hasOwn(value, section));
      return (owner ?? only)?.locate(path);
    },
    issues,
  };
}

interface Merging {
  readonly merged: Map<string, unknown>;
  readonly owners: Map<string, FileDocument>;
  readonly issues: Issue[];
}

function mergeSection(name: string, value: unknown, document: FileDocument, merging: Merging): void {
  const { merged, owners, issues } = merging;
  if (value !== null && !isRecord(value) && !(name === 'flags' && Array.isArray(value))) {
    const message = `${name} is ${preview(value)}`;
    issues.push(fault(document, { code: 'wrong-type', path: [name], message, expected: 'a map of key to definition' }));
    return;
  }
  const entries = (merged.get(name) as Map<string, unknown> | undefined) ?? new Map<string, unknown>();
  merged.set(name, entries);
  for (const [key, entry] of entriesOf(value)) {
    const owner = owners.get(idOf(name, key));
    if (owner !== undefined) {
      issues.push(clash(document, owner, [name, key]));
      continue;
    }
    owners.set(idOf(name, key), document);
    entries.set(key, entry);
  }
}

/** The entries of a section; an item of a list without a key comes under its position, so that it is told of. */
function entriesOf(section: unknown): readonly (readonly [string, unknown])[] {
  if (!Array.isArray(section)) return section === null ? [] : Object.entries(section as object);
  return section.map((item: unknown, i) =>
    isRecord(item) && typeof item.key === 'string' ? [item.key, item] : [`flags[${i}]`, null],
  );
}

const idOf = (section: string, key: string): string => `${section}\0${key}`;

function clash(document: FileDocument, first: FileDocument, path: Path): Issue {
  // the place of the key: that is where a path that goes no further ends
  const place = first.locate([...path, '']);
  const where = place === undefined ? first.file : `${place.file}:${place.line}:${place.column}`;
  return fault(document, {
    code: 'duplicate-key',
    path,
    message: `${formatPath(path)} is there twice, first at ${where}`,
    expected: 'each entry in one file only',
    hint: 'remove or rename one of the two',
  });
}

function fault(document: FileDocument, about: Omit<Issue, 'severity' | 'place'>): Issue {
  const place = document.locate([...about.path, '']);
  return { severity: 'error', ...about, ...(place === undefined ? {} : { place }) };
}
