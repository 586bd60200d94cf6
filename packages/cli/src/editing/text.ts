import { type Issue, isRecord } from '@flagwright/core';
import { checked } from '../applying/gather.ts';
import { issueLine } from '../applying/issue-line.ts';
import type { Item } from '../applying/item.ts';
import { documentsOf, type FileDocument } from '../manifests/documents.ts';
import { type Identity, identityKey, identityWords } from '../manifests/identity.ts';

/** What came back from an editor. */
export type Edited =
  | { readonly kind: 'empty' }
  | { readonly kind: 'good'; readonly item: Item; readonly doubts: readonly string[] }
  | { readonly kind: 'bad'; readonly faults: readonly Fault[] };

/** Something that is wrong in the text of an edit. */
export interface Fault {
  /** In the text without its head, from 1. */
  readonly line: number | undefined;
  readonly column: number | undefined;
  readonly message: string;
}

/** Lines at the top of a text that are comments: those are ours, and nothing of what is saved. */
export function bodyOf(text: string): string {
  const lines = text.replace(/^\ufeff/, '').split('\n');
  const first = lines.findIndex((line) => !line.startsWith('#'));
  return lines.slice(first < 0 ? lines.length : first).join('\n');
}

/** A body with a head of comments, which tells what is wrong with it and where. */
export function withHead(body: string, head: readonly string[], faults: readonly Fault[]): string {
  const before = head.length + faults.length;
  const lines = faults.map(({ line, column, message }) => {
    const where = line === undefined ? '' : `line ${line + before}:${column}: `;
    return `# Error: ${where}${message.replace(/\s*\n\s*/g, ' ')}`;
  });
  return [...lines, ...head, body].join('\n');
}

/** Reads the body of an edit: one manifest, of the resource that it was. */
export function readEdited(body: string, file: string, expected: Identity): Edited {
  // a line of white space or comments is nothing
  if (/^(?:[ \t\r]*(?:#[^\n]*)?(?:\n|$))*$/.test(body)) return { kind: 'empty' };
  try {
    const documents = documentsOf(body, file);
    const otherKind = kindFault(documents, expected);
    if (otherKind !== undefined) return { kind: 'bad', faults: [otherKind] };
    const { items, issues } = checked(documents, {});
    const faults = issues.filter(({ severity }) => severity === 'error').map(faultOf);
    if (faults.length > 0) return { kind: 'bad', faults };
    const [item, ...others] = items;
    if (item === undefined || others.length > 0) return bad(`there are ${items.length} manifests; expected one`);
    if (identityKey(item.identity) !== identityKey(expected) || item.identity.kind !== expected.kind) {
      return bad(
        `this is another resource: ${identityWords(item.identity)}, not ${identityWords(expected)}; its kind and metadata cannot be changed`,
      );
    }
    return { kind: 'good', item, doubts: issues.map((issue) => issueLine(issue, '')) };
  } catch (thrown) {
    const { name, message, issues = [] } = thrown as Error & { readonly issues?: readonly Issue[] };
    if (name !== 'FlagError') throw thrown;
    return issues.length === 0 ? bad(message) : { kind: 'bad', faults: issues.map(faultOf) };
  }
}

/** That the one manifest is of another kind: all else that is wrong with it is so because of that. */
function kindFault([document, ...others]: readonly FileDocument[], expected: Identity): Fault | undefined {
  if (document === undefined || others.length > 0 || !isRecord(document.value)) return undefined;
  const { kind } = document.value;
  if (typeof kind !== 'string' || kind === expected.kind) return undefined;
  const place = document.locate(['kind']);
  const message = `the kind is ${JSON.stringify(kind)}; expected ${expected.kind}: the kind of a resource cannot be changed`;
  return { line: place?.line, column: place?.column, message };
}

/** What the server found, with its place in the text. */
export function faultsOf(issues: readonly Issue[], { manifest }: Item): readonly Fault[] {
  return issues.map((issue) => {
    const place = manifest.locate(issue.path);
    return faultOf(place === undefined ? issue : { ...issue, place });
  });
}

const faultOf = (issue: Issue): Fault => ({
  line: issue.place?.line,
  column: issue.place?.column,
  message: issueLine(issue, ''),
});

const bad = (message: string): Edited => ({ kind: 'bad', faults: [{ line: undefined, column: undefined, message }] });
