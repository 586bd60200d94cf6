import type { Issue, Path, Place } from '@flagwright/core';
import type { Kind } from '../nouns/noun.ts';

/** A manifest as it stands in a file, or within a list there. */
export interface FileManifest {
  readonly kind: Kind;
  /** All of it, as it stands there. */
  readonly manifest: Readonly<Record<string, unknown>>;
  readonly file: string;
  /** Where the value at a path of the manifest stands. */
  readonly locate: (path: Path) => Place | undefined;
  /** What the text has from a place to the end of its line. */
  readonly lineFrom?: (place: Place) => string | undefined;
}

/** What files hold: manifests, flag documents, and what is wrong with the rest. */
export interface Manifests {
  readonly manifests: readonly FileManifest[];
  readonly issues: readonly Issue[];
}
