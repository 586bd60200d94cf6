import type { FlagDocument, Issue, Path, Place, Snapshot } from '@flagwright/core';
import { compile } from '@flagwright/core';
import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';
import { readDocuments } from '../manifests/documents.ts';

/** Flags of files as one stage has them, or as a flag document has them, compiled. */
export interface LocalSet {
  /** Of manifests; a flag document has none. */
  readonly project: string | undefined;
  readonly stage: string | undefined;
  /** Of a flag document: the file; of manifests: `<project>/<stage>`. */
  readonly title: string;
  readonly document: FlagDocument;
  readonly snapshot: Snapshot;
  /** Where the value at a path of the document stands. */
  readonly locate: (path: Path) => Place | undefined;
  /** All that is wrong or doubtful, each with its place. */
  readonly issues: readonly Issue[];
}

/** All sets that files hold: one for each flag document, and one for each stage of manifests. */
export async function localSets(call: Call, files: readonly string[]): Promise<readonly LocalSet[]> {
  const documents = await readDocuments(call.world, files);
  return documents.map(({ value, file, locate, issues }) => {
    const document = value as FlagDocument;
    const snapshot = compile({ document, revision: file, locate });
    return {
      project: undefined,
      stage: undefined,
      title: file,
      document,
      snapshot,
      locate,
      issues: [...issues, ...snapshot.issues],
    };
  });
}

/** The one set that files hold, or that of the stage that was asked for. Throws `UsageError` if there are several. */
export async function localSet(call: Call, files: readonly string[]): Promise<LocalSet> {
  const [set, ...others] = await localSets(call, files);
  if (set !== undefined && others.length === 0) return set;
  throw new UsageError('the files hold several sets of flags');
}
