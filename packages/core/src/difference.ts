import { compile } from './compile.ts';
import { share } from './share.ts';
import type { Snapshot } from './snapshot.ts';
import type { FlagSet } from './source.ts';

const setOf = ({ document, revision }: Snapshot): FlagSet => ({ document, revision });

/**
 * The keys of the flags whose answers may differ between two snapshots, wherever they come from: flags that are only in
 * one of them, that are defined differently, or that depend on what is defined differently.
 */
export function changedBetween(before: Snapshot, after: Snapshot): readonly string[] {
  // equal definitions become the same objects, and what was compiled from them is reused
  return compile(share(setOf(before), setOf(after)), before).flagsChanged;
}
