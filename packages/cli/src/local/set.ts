import type { FlagDocument, Issue, Path, Place, Snapshot } from '@flagwright/core';

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
