import type { Applied, Saved } from '@flagwright/server/client';
import { diffOf } from '../applying/diffs.ts';
import { paintedDiff } from '../differing/paint.ts';
import type { Call } from '../grammar/call.ts';
import { outputOf } from '../output/output.ts';
import { styleOf } from '../output/style.ts';

/** Whether the difference is shown: people who only look whether a change is right want to see it. */
export function isDifferenceShown(call: Call): boolean {
  return call.has('dry-run') && /^(?:table|wide)$/.test(outputOf(call));
}

/** Shows what a dry run would change, as apply does; `before` is the spec that is there, undefined if there is none. */
export async function tellDifference(call: Call, saved: Saved<unknown>, before: unknown): Promise<void> {
  if (!isDifferenceShown(call) || saved.result === 'unchanged') return;
  const { apiVersion, kind, metadata, spec } = saved;
  const change = { before, after: spec, metadata } as Pick<Applied, 'before' | 'after' | 'metadata'>;
  await call.world.out(
    paintedDiff(styleOf(call), diffOf({ sent: { apiVersion, kind, metadata, spec } as never }, change)),
  );
}
