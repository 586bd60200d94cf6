import { CommandError, EXIT } from '../errors/command-error.ts';
import type { World } from '../world.ts';
import type { Contexts } from './contexts.ts';
import type { Tally } from './tally.ts';

/** How often the rest of the process has its turn, and an interruption is heard, in ms. */
const TURN = 20;

/** How often it is told how far it is, in ms. */
const TOLD = 200;

/** Fewer contexts are done before somebody would look. */
const MANY = 200_000;

export interface RunOptions {
  readonly world: World;
  readonly signal: AbortSignal;
  /** Called after each batch. */
  readonly after?: (() => Promise<void>) | undefined;
}

/** Counts all contexts; resolves to whether it was interrupted. Throws `CommandError` if there are none. */
export async function runThrough(
  contexts: Contexts,
  tally: Tally,
  { world, signal, after }: RunOptions,
): Promise<boolean> {
  let turn = performance.now();
  let told = Number.NEGATIVE_INFINITY;
  let shown = false;
  try {
    for await (const batch of contexts.batches()) {
      tally.add(batch);
      await after?.();
      const time = performance.now();
      if (time - turn < TURN) continue;
      await new Promise(setImmediate);
      turn = performance.now();
      if (signal.aborted) return true;
      if (!world.terminal.err || tally.total < MANY || time - told < TOLD) continue;
      told = time;
      shown = true;
      const of = contexts.count === undefined ? '' : ` of ${contexts.count.toLocaleString('en')}`;
      world.err(`\r\u001b[K${tally.total.toLocaleString('en')}${of} contexts`);
    }
  } catch (thrown) {
    // a stream that was ended, and not something that is wrong
    if (!signal.aborted) throw thrown;
  } finally {
    if (shown) world.err('\r\u001b[K');
  }
  if (tally.total === 0 && !signal.aborted) {
    throw new CommandError(EXIT.invalid, `there are no contexts in ${contexts.title}`);
  }
  return signal.aborted;
}
