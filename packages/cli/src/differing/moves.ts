import type { Snapshot } from '@flagwright/core';
import { derivedContexts } from '../simulate/derived-contexts.ts';
import { noneMoves } from '../simulate/notes.ts';
import { createOutcomes } from '../simulate/outcome.ts';
import { createTally } from '../simulate/tally.ts';
import { whole } from '../simulate/text.ts';

/** More ways from one outcome to another are not told. */
const SHOWN = 5;

/** How many of so many contexts, made of what a flag asks for, are served something else. */
export interface Moves {
  readonly moved: number;
  /** In words: `503 of 1,000 contexts … move: 503 from off to on`. */
  readonly text: string;
}

/** Counts who moves by evaluation. `time` is in ms since the epoch. */
export async function movesOf(
  key: string,
  [before, after]: readonly [Snapshot, Snapshot],
  count: number,
  time: number,
): Promise<Moves> {
  const definitions = [before, after].map(({ flags }) => flags.get(key)?.definition);
  const tally = createTally({
    key,
    now: before,
    after,
    outcomes: createOutcomes(definitions),
    time,
    reads: [],
    by: undefined,
  });
  for await (const contexts of derivedContexts(key, [before, after], count).batches()) tally.add(contexts);
  const { moved, moves, outcomes, total } = tally.counted();
  const made = `${whole(total)} contexts that are made of what the flag asks for`;
  if (moved === 0) return { moved, text: noneMoves(made) };
  const ways = moves
    .flatMap((row, from) => row.map((number, to) => ({ from, to, number })))
    .filter(({ from, to, number }) => from !== to && number > 0)
    .sort((a, b) => b.number - a.number);
  const shown = ways
    .slice(0, SHOWN)
    .map(({ from, to, number }) => `${whole(number)} from ${outcomes[from]!.name} to ${outcomes[to]!.name}`);
  const more = ways.length > SHOWN ? [`${ways.length - SHOWN} more ways`] : [];
  return { moved, text: `${whole(moved)} of ${made} move: ${[...shown, ...more].join(', ')}` };
}
