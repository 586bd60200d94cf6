import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';
import { outputOf } from '../output/output.ts';
import { safe } from '../output/safe.ts';
import { type Asked, askedOf } from '../reading/asked.ts';
import type { Item } from '../reading/item.ts';
import { durationIn } from '../reading/numbers.ts';
import { nothingFound } from '../reading/show.ts';
import { sessionOf } from '../session/session.ts';
import { changesBetween, type Known, knownOf } from './changes.ts';
import { interruptible } from './interruptible.ts';
import { isTransient, pauseAfter } from './patience.ts';
import { type Printer, printerOf } from './printer.ts';

/** In ms. */
const INTERVAL = { usual: 2_000, least: 1_000, most: 24 * 3_600_000 };

/**
 * Shows resources, and then what becomes of them, until it is interrupted; resolves to 0. Throws as `get` does, but for
 * what may pass by itself: that is told of, and tried again.
 */
export async function watch(call: Call): Promise<number> {
  const { world } = call;
  const interval = durationIn(call, 'interval', INTERVAL.least, INTERVAL.most) ?? INTERVAL.usual;
  const paged = ['page', 'page-size'].find((name) => call.has(name));
  if (paged !== undefined) {
    throw new UsageError(`--${paged} goes with lists that are read once: of a page nobody can tell what is gone`);
  }
  const stop = world.interrupted();
  const session = await sessionOf({ ...call, world: interruptible(world, stop) }, { retries: 0 });
  const asked = askedOf(call, session);
  const printer = printerOf(call, asked.noun);
  let known: Known | undefined;
  let failures = 0;
  while (!stop.aborted) {
    let pause = interval;
    try {
      known = await look(call, asked, printer, known);
      if (failures > 0) world.err('The server is back.\n');
      failures = 0;
    } catch (thrown) {
      if (stop.aborted) break;
      // an address that was never right is told of at once
      const again =
        isTransient(thrown) && (known !== undefined || (thrown as { status?: unknown }).status !== undefined);
      if (!again) throw thrown;
      failures++;
      pause = pauseAfter(failures, thrown);
      if (failures === 1) {
        world.err(`Warning: ${safe((thrown as Error).message)}; trying again, ${seconds(pause)} from now\n`);
      }
    }
    await sleep(pause, undefined, { signal: stop }).catch(() => undefined);
  }
  return 0;
}

const seconds = (ms: number): string => `${Math.ceil(ms / 1_000)} s`;

/** Looks once, shows what is other, and resolves to what is there. */
async function look(call: Call, asked: Asked, printer: Printer, before: Known | undefined): Promise<Known> {
  const { items, missing } = await asked.read();
  const now = knownOf(items);
  if (before !== undefined) {
    // what is gone is a column's business, too
    const changes = changesBetween(before, now);
    await printer.changed(changes, withGone(items, changes));
    return now;
  }
  if (missing !== undefined) throw missing;
  if (items.length === 0) await asked.checkPlace();
  if (call.has('watch-only')) return now;
  await printer.first(items);
  if (items.length === 0 && /^(?:table|wide|name)$/.test(outputOf(call))) call.world.err(`${nothingFound(asked)}\n`);
  return now;
}

function withGone(items: readonly Item[], changes: ReturnType<typeof changesBetween>): readonly Item[] {
  return [...items, ...changes.filter(({ type }) => type === 'DELETED').map(({ item }) => item)];
}
