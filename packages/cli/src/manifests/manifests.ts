import { type Issue, isRecord, type Path, preview, suggest } from '@flagwright/core';
import { type Kind, NOUNS } from '../nouns/noun.ts';
import type { FileDocument } from './documents.ts';
import { type Fill, filled } from './fill.ts';
import { identityKey, identityOf, identityWords } from './identity.ts';
import type { FileManifest, Manifests } from './manifest.ts';

/** The version of the format of manifests. */
export const API_VERSION = 'feature-flag/v0.3';

const KINDS: readonly string[] = NOUNS.map(({ kind }) => kind);

/** What only a flag document has, at its top. */
const OF_DOCUMENTS = [
  'flags',
  'segments',
  '$evaluators',
  'attributes',
  'overrides',
  'metadata',
  'bucketing',
  '$schema',
] as const;

/** Whether a value is meant as a flag document, as evaluators read it, and no manifest. */
export function isFlagDocument(value: unknown): boolean {
  if (!isRecord(value)) return false;
  if (['apiVersion', 'kind', 'spec', 'items'].some((name) => Object.hasOwn(value, name))) return false;
  return Object.keys(value).length === 0 || OF_DOCUMENTS.some((name) => Object.hasOwn(value, name));
}

/** How manifests are read. */
export interface ManifestOptions extends Fill {
  /** Flag documents among them are left out, not wrong. */
  readonly besideFlagDocuments?: boolean;
}

/**
 * The manifests of documents: single ones, lists (`kind: List`, `kind: FeatureFlagList`) and arrays, in the order they
 * stand there. What is no manifest, is filled in otherwise, or is there twice is an issue, with its place.
 */
export function manifestsOf(documents: readonly FileDocument[], options: ManifestOptions = {}): Manifests {
  const issues: Issue[] = [];
  const manifests: FileManifest[] = [];
  for (const document of documents) {
    if (options.besideFlagDocuments === true && isFlagDocument(document.value)) continue;
    issues.push(...document.issues);
    for (const found of ofValue(document.value, undefined, document)) {
      if (!('manifest' in found)) {
        issues.push(found);
        continue;
      }
      const { manifest, issues: more } = filled(found, options);
      manifests.push(manifest);
      issues.push(...more);
    }
  }
  return { manifests, issues: [...issues, ...duplicates(manifests)] };
}

type Found = FileManifest | Issue;
type Located = Pick<FileDocument, 'file' | 'locate' | 'lineFrom'>;

function ofValue(
  value: unknown,
  list: { readonly kind: string | undefined } | undefined,
  at: Located,
): readonly Found[] {
  if (Array.isArray(value) && list === undefined) return ofItems(value, { kind: undefined }, [], at);
  if (!isRecord(value)) {
    return [
      fault(
        'no-manifest',
        `${preview(value)} is no manifest`,
        [],
        at,
        'a map with apiVersion, kind, metadata and spec',
      ),
    ];
  }
  if (list === undefined && isFlagDocument(value)) {
    return [
      fault('flag-document', "this is a flag document; 'flagctl import' brings it to a server", [], at, 'manifests'),
    ];
  }
  const kind = value.kind ?? list?.kind;
  if (kind === undefined) return [fault('missing-kind', 'kind is missing', [], at, `one of ${KINDS.join(', ')}`)];
  const issues = versionIssues(value, kind, list !== undefined, at);
  if (issues.length > 0) return issues;
  if (typeof kind === 'string' && kind.endsWith('List') && list === undefined) {
    const of = kind.slice(0, -'List'.length);
    if (of === '' || KINDS.includes(of)) {
      if (Array.isArray(value.items)) return ofItems(value.items, { kind: of === '' ? undefined : of }, ['items'], at);
      return [fault('no-items', `a ${kind} has a list of items`, ['items'], at, 'items: [ … ]')];
    }
  }
  if (typeof kind !== 'string' || !KINDS.includes(kind)) return [unknownKind(kind, at)];
  const { file, locate, lineFrom } = at;
  return [
    {
      kind: kind as Kind,
      manifest: { ...value, kind },
      file,
      locate,
      ...(lineFrom === undefined ? {} : { lineFrom }),
    },
  ];
}

function ofItems(
  items: readonly unknown[],
  list: { readonly kind: string | undefined },
  path: Path,
  at: Located,
): readonly Found[] {
  return items.flatMap((item, i) => ofValue(item, list, { ...at, locate: (more) => at.locate([...path, i, ...more]) }));
}

function versionIssues(
  { apiVersion }: Readonly<Record<string, unknown>>,
  kind: unknown,
  listed: boolean,
  at: Located,
): readonly Issue[] {
  if (apiVersion === API_VERSION) return [];
  // items may leave it to their list
  if (apiVersion === undefined && listed) return [];
  // as kubectl writes a list of several kinds
  if (apiVersion === 'v1' && kind === 'List') return [];
  const message = apiVersion === undefined ? 'apiVersion is missing' : `there is no apiVersion ${preview(apiVersion)}`;
  return [fault('api-version', message, apiVersion === undefined ? [] : ['apiVersion'], at, API_VERSION)];
}

function unknownKind(kind: unknown, at: Located): Issue {
  const near = typeof kind === 'string' ? suggest(kind, KINDS) : undefined;
  const issue = fault('unknown-kind', `there is no kind ${preview(kind)}`, ['kind'], at, `one of ${KINDS.join(', ')}`);
  return near === undefined ? issue : { ...issue, hint: `did you mean ${JSON.stringify(near)}?` };
}

function duplicates(manifests: readonly FileManifest[]): readonly Issue[] {
  const first = new Map<string, FileManifest>();
  const issues: Issue[] = [];
  for (const manifest of manifests) {
    const identity = identityOf(manifest);
    const key = identityKey(identity);
    if (key === undefined) continue;
    const there = first.get(key);
    if (there === undefined) {
      first.set(key, manifest);
      continue;
    }
    const place = there.locate([]);
    const where = place === undefined ? there.file : `${there.file}:${place.line}:${place.column}`;
    issues.push({
      ...fault('duplicate', `${identityWords(identity)} is there twice, first at ${where}`, [], manifest),
      hint: 'take one of them out',
    });
  }
  return issues;
}

function fault(code: string, message: string, path: Path, { locate }: Located, expected?: string): Issue {
  const place = locate(path);
  return {
    severity: 'error',
    code,
    path,
    message,
    ...(expected === undefined ? {} : { expected }),
    ...(place === undefined ? {} : { place }),
  };
}
