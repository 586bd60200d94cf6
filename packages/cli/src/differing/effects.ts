import { compile, type FlagDocument, type Snapshot } from '@flagwright/core';
import type { Call } from '../grammar/call.ts';
import { outputOf } from '../output/output.ts';
import { safe } from '../output/safe.ts';
import { styleOf } from '../output/style.ts';
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

/** Says in words who is served something else, for people; a flag that nothing is said of serves everybody the same. */
export async function tellEffects(call: Call, all: readonly Served[]): Promise<void> {
  const output = outputOf(call);
  if (output !== 'table' && output !== 'wide') return;
  const style = styleOf(call);
  for (const { where, before, after, key } of all) {
    const sides = [snapshotOf(before), snapshotOf(after)] as const;
    for await (const { key: own, lines } of effectsBetween(sides, key, call.world.now())) {
      const title = `${safe(own)}${where === undefined ? '' : ` in ${safe(where)}`}:`;
      await call.world.out(`${style.bold(title)}\n${lines.map((line) => `  ${safe(line)}\n`).join('')}`);
    }
  }
}

/** Metadata of a set are part of no value. */
function snapshotOf({ metadata: _, ...document }: FlagDocument = {}): Snapshot {
  return compile({ document, revision: 'compared' });
}
