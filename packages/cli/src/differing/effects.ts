import { compile, type FlagDocument, type Snapshot } from '@flagwright/core';
import { effectsBetween } from './effect-lines.ts';

/** What a stage serves on two sides; undefined where one serves nothing. */
export interface Served {
  /** Where, in words: `production`. */
  readonly where: string | undefined;
  readonly before: FlagDocument | undefined;
  readonly after: FlagDocument | undefined;
  /** The only flag to tell of; undefined: all. */
  readonly key?: string | undefined;
}

/** Who is served something else of a flag, in lines; `where` is null of what is served in one place only. */
export interface Effect {
  readonly flag: string;
  readonly where: string | null;
  readonly lines: readonly string[];
}

/** Says who is served something else; a flag that nothing is said of serves everybody the same. `time` is in ms since the epoch. */
export async function* effectsOf(all: readonly Served[], time: number): AsyncGenerator<Effect> {
  for (const { where = null, before, after, key } of all) {
    const sides = [snapshotOf(before), snapshotOf(after)] as const;
    for await (const { key: flag, lines } of effectsBetween(sides, key, time)) yield { flag, where, lines };
  }
}

/** Metadata of a set are part of no value. */
function snapshotOf({ metadata: _, ...document }: FlagDocument = {}): Snapshot {
  return compile({ document, revision: 'compared' });
}
