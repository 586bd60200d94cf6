import type { ControlPlane } from '@flagwright/server/client';
import { CommandError, EXIT } from '../errors/command-error.ts';
import { toldOf } from '../errors/tell.ts';
import type { Call } from '../grammar/call.ts';
import { finishing } from '../terminal/finishing.ts';
import type { Item } from './item.ts';
import { progressOf } from './progress.ts';
import { checkWhole, type Outcome, sendAll } from './send.ts';
import { exitOf, tellerFor } from './tell.ts';

/** Applies items as the options of a command say, and tells what came of them. Resolves to the exit code. */
export async function applyItems(call: Call, api: ControlPlane, items: readonly Item[]): Promise<number> {
  if (call.has('atomic')) checkWhole(items);
  const isDry = call.has('dry-run');
  const progress = progressOf(call, items.length, isDry ? 'Checking' : 'Applying');
  const teller = tellerFor(call, items, () => progress.clear());
  let known: ReadonlyMap<Item, Outcome> = new Map();
  let underWay: readonly Item[] = [];
  const { interrupted, done } = finishing(call, {
    before: () => progress.clear(),
    last: () =>
      teller.last(new Map([...underWay.map((item): [Item, Outcome] => [item, { kind: 'unknown' }]), ...known])),
  });
  progress.show(0);
  const { outcomes, thrown } = await sendAll(api, items, {
    interrupted,
    dryRun: isDry,
    force: call.has('force'),
    atomic: call.has('atomic'),
    comment: call.text('comment'),
    sending(some) {
      underWay = some;
    },
    async told(now) {
      [known, underWay] = [now, []];
      await teller.tell(now);
      progress.show(now.size);
    },
  });
  done();
  progress.clear();
  const noneDone = [...outcomes.values()].every(({ kind }) => kind === 'not-sent');
  // where nothing came of it, why says it all
  if (thrown === undefined || !noneDone) await teller.end(outcomes);
  if (thrown !== undefined) throw interrupted.aborted ? await asInterrupted(call, thrown) : thrown;
  return interrupted.aborted ? EXIT.interrupted : exitOf(items, outcomes);
}

/** What went wrong while it was ended: that it was ended is the reason, whatever else is told. */
async function asInterrupted(call: Call, thrown: unknown): Promise<CommandError> {
  const { message, hints, more } = await toldOf(thrown, call);
  return new CommandError(EXIT.interrupted, message, hints, more);
}
