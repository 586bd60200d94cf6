import { formatPath, type Issue, type Path, type Place, preview } from '../issue.ts';
import { isRecord, jsonEqual } from '../json.ts';
import { SECTION_OF } from '../sections.ts';

/** A document, and the file it was read from. */
export interface FilePart {
  readonly file: string;
  readonly document: unknown;
  readonly locate: (path: Path) => Place | undefined;
}

/** Several documents as one. */
export interface JoinedText {
  readonly document: unknown;
  /** Where the value at a path stands, in whichever file it came from. */
  readonly locate: (path: Path) => Place | undefined;
  /** Errors, each with its place: `wrong-type`, `duplicate-key`. Of an entry that is there twice the first one counts. */
  readonly issues: readonly Issue[];
}

const SECTIONS: ReadonlySet<string> = new Set(Object.values(SECTION_OF));

/**
 * Documents of several files as one set of flags: entries are merged by section and key. One that is in two files is an
 * error that names both places, and so is a member as `bucketing` that says something else. A single document is as it is,
 * if it is a map.
 */
export function joinTexts(parts: readonly FilePart[]): JoinedText {
  const joining: Joining = { merged: new Map(), owners: new Map(), issues: [] };
  const maps = parts.filter((part) => {
    if (isRecord(part.document)) return true;
    const message = `the document is ${preview(part.document)}`;
    joining.issues.push(fault(part, { code: 'wrong-type', path: [], message, expected: 'a map with `flags`' }));
    return false;
  });
  const { issues, owners, merged } = joining;
  const [only] = parts;
  if (parts.length === 1) return { document: only!.document, locate: only!.locate, issues };
  for (const part of maps) joinPart(part, joining);
  const document = [...merged].map(([name, value]) => [
    name,
    value instanceof Map && name !== 'flags' ? Object.fromEntries(value) : value,
  ]);
  return {
    document: Object.fromEntries(document),
    locate([section, key, ...rest]) {
      if (section === undefined) return only?.locate([]);
      const owner = owners.get(idOf(String(section), String(key))) ?? owners.get(String(section));
      const holder = owner ?? maps.find((part) => Object.hasOwn(part.document as object, section)) ?? only;
      return holder?.locate(key === undefined ? [section] : [section, key, ...rest]);
    },
    issues,
  };
}

interface Joining {
  readonly merged: Map<string, unknown>;
  readonly owners: Map<string, FilePart>;
  readonly issues: Issue[];
}

function joinPart(part: FilePart, joining: Joining): void {
  const { merged, owners, issues } = joining;
  for (const [name, value] of Object.entries(part.document as Record<string, unknown>)) {
    if (SECTIONS.has(name)) joinSection(name, value, part, joining);
    else if (merged.has(name) && !jsonEqual(merged.get(name), value))
      issues.push(clash(part, owners.get(name)!, [name]));
    else if (!merged.has(name)) {
      merged.set(name, value);
      owners.set(name, part);
    }
  }
}

function joinSection(name: string, value: unknown, part: FilePart, { merged, owners, issues }: Joining): void {
  if (value !== null && !isRecord(value) && !(name === 'flags' && Array.isArray(value))) {
    const message = `${name} is ${preview(value)}`;
    issues.push(fault(part, { code: 'wrong-type', path: [name], message, expected: 'a map of key to definition' }));
    return;
  }
  const entries = (merged.get(name) as Map<string, unknown> | undefined) ?? new Map<string, unknown>();
  merged.set(name, entries);
  for (const [key, entry] of entriesOf(value)) {
    const owner = owners.get(idOf(name, key));
    if (owner !== undefined) {
      issues.push(clash(part, owner, [name, key]));
      continue;
    }
    owners.set(idOf(name, key), part);
    entries.set(key, entry);
  }
}

/** The entries of a section; an item of a list without a key comes under its position, so that `compile` tells of it. */
function entriesOf(section: unknown): readonly (readonly [string, unknown])[] {
  if (!Array.isArray(section)) return section === null ? [] : Object.entries(section as object);
  return section.map((item: unknown, i) =>
    isRecord(item) && typeof item.key === 'string' ? [item.key, item] : [`flags[${i}]`, null],
  );
}

const idOf = (section: string, key: string): string => `${section}\0${key}`;

function clash(part: FilePart, first: FilePart, path: Path): Issue {
  // the place of the key: that is where a path that goes no further ends
  const place = first.locate([...path, '']);
  const where = place === undefined ? first.file : `${place.file}:${place.line}:${place.column}`;
  return fault(part, {
    code: 'duplicate-key',
    path,
    message: `${formatPath(path)} is there twice, first at ${where}`,
    expected: 'each entry in one file only',
    hint: 'remove or rename one of the two',
  });
}

function fault(part: FilePart, about: Omit<Issue, 'severity' | 'place'>): Issue {
  const place = part.locate([...about.path, '']);
  return { severity: 'error', ...about, ...(place === undefined ? {} : { place }) };
}
