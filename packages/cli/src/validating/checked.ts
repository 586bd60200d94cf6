import { type Issue, isRecord } from '@flagwright/core';
import type { Call } from '../grammar/call.ts';
import { fillingOf } from '../local/filling.ts';
import { isManifest, isTestFile, setsOf, type Wanted, wantedBy } from '../local/local-set.ts';
import { knowing, readAll } from '../local/read-all.ts';
import type { FileDocument } from '../manifests/documents.ts';
import type { FileManifest } from '../manifests/manifest.ts';

/** Files, and what is wrong or doubtful in them. */
export interface Checked {
  /** As they were named, or within the folder that was. */
  readonly files: readonly string[];
  readonly issues: readonly Issue[];
  readonly documents: readonly FileDocument[];
  /** Those that could be read. */
  readonly manifests: readonly FileManifest[];
}

/** All that is wrong or doubtful in files of any kind: flag documents, manifests, tests. */
export async function checkFiles(call: Call, named: readonly string[]): Promise<Checked> {
  const read = await readAll(call.world, named, call.has('recursive'), await fillingOf(call));
  const { documents, files } = read;
  const tests = documents.filter((document) => isOfTests(document));
  const others = documents.filter((document) => !isOfTests(document));
  const wanted = wantedBy(call);
  const found: Issue[] = [...read.issues];
  if (tests.length > 0) {
    const { testFileIssues } = await import('../testing/issues.ts');
    for (const test of tests) found.push(...test.issues, ...testFileIssues(test));
  }
  const manifests = await manifestsIn(others, wanted);
  if (manifests.length > 0) {
    const { formIssues } = await import('../local/manifest-sets.ts');
    found.push(...formIssues(manifests));
  }
  const { sets, issues: more } = await setsOf(others, wanted);
  found.push(...knowing([...more, ...sets.flatMap((set) => set.issues)], read));
  return { files, issues: inOrder(once(found), files), documents, manifests };
}

function isOfTests({ file, value }: FileDocument): boolean {
  return isTestFile(file) || (isRecord(value) && !isManifest(value) && Array.isArray(value.tests));
}

async function manifestsIn(
  documents: readonly FileDocument[],
  { project, stage }: Wanted,
): Promise<readonly FileManifest[]> {
  const own = documents.filter(({ value }) => isManifest(value));
  if (own.length === 0) return [];
  const { manifestsOf } = await import('../manifests/manifests.ts');
  const fill = (value: string | undefined) => (value === undefined ? undefined : { value, explicit: false });
  return manifestsOf(own, { project: fill(project), stage: fill(stage) }).manifests;
}

/** Without what several stages have from one place. */
export function once(issues: readonly Issue[]): readonly Issue[] {
  const seen = new Map<string, Issue>();
  for (const issue of issues) {
    const { severity, code, message, place, path } = issue;
    const name = JSON.stringify([severity, code, message, place ?? path]);
    if (!seen.has(name)) seen.set(name, issue);
  }
  return [...seen.values()];
}

/** File by file, line by line. */
export function inOrder(issues: readonly Issue[], files: readonly string[]): readonly Issue[] {
  const at = new Map(files.map((file, i) => [file, i]));
  const file = ({ place }: Issue): number => at.get(place?.file ?? '') ?? files.length;
  return [...issues].sort(
    (a, b) =>
      file(a) - file(b) ||
      (a.place?.line ?? 0) - (b.place?.line ?? 0) ||
      (a.place?.column ?? 0) - (b.place?.column ?? 0),
  );
}
