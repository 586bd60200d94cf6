import type { ControlPlane } from '@flagwright/server/client';
import { EXIT } from '../errors/command-error.ts';
import type { Call } from '../grammar/call.ts';
import type { Item } from './item.ts';
import { progressOf } from './progress.ts';
import { checkWhole, sendAll } from './send.ts';
import { exitOf, tellerFor } from './tell.ts';

/** Applies items as the options of a command say, and tells what came of them. Resolves to the exit code. */
export async function applyItems(call: Call, api: ControlPlane, items: readonly Item[]): Promise<number> {
  if (call.has('atomic')) checkWhole(items);
  const progress = progressOf(call, items.length, call.has('dry-run') ? 'Checking' : 'Applying');
  const teller = tellerFor(call, items, () => progress.clear());
  const interrupted = call.world.interrupted();
  progress.show(0);
  const { outcomes, thrown } = await sendAll(api, items, {
    interrupted,
    dryRun: call.has('dry-run'),
    force: call.has('force'),
    atomic: call.has('atomic'),
    comment: call.text('comment'),
    async told(known) {
      await teller.tell(known);
      progress.show(known.size);
    },
  });
  progress.clear();
  const noneDone = [...outcomes.values()].every(({ kind }) => kind === 'not-sent');
  // nothing came of it: why says it all
  if (thrown !== undefined && noneDone) throw thrown;
  await teller.end(outcomes);
  if (thrown !== undefined) throw thrown;
  const wasLeft = [...outcomes.values()].some(({ kind }) => kind === 'not-sent');
  return wasLeft ? EXIT.interrupted : exitOf(items, outcomes);
}
