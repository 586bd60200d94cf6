import type { Call } from '../grammar/call.ts';
import type { World } from '../world.ts';

const stops = new WeakMap<World, AbortController>();

function stopperOf(world: World): AbortController {
  const stop = stops.get(world) ?? new AbortController();
  stops.set(world, stop);
  return stop;
}

/** Aborted when a command that comes to an end by itself is interrupted: from then on nothing is tried again. */
export function stopOf(world: World): AbortSignal {
  return stopperOf(world).signal;
}

/** A command that finishes what is under way when it is interrupted. */
export interface Finishing {
  /** Aborted when it is interrupted. */
  readonly interrupted: AbortSignal;
  /** Called when nothing is under way any more. */
  done(): void;
}

/**
 * The interruption of a command that finishes what is under way. It says so, after `before` was called, for that may take a
 * while; the second time `last` tells what is done and what perhaps is, before the process ends. A dry run, which changes
 * nothing, can end at any time: it never learns of it.
 */
export function finishing(
  { world, has }: Pick<Call, 'world' | 'has'>,
  { before, last }: { readonly before?: () => void; readonly last: () => void },
): Finishing {
  if (has('dry-run')) return { interrupted: new AbortController().signal, done: () => undefined };
  const interrupted = world.interrupted();
  const stop = (): void => {
    before?.();
    world.err('Stopping after what is under way; ^C again ends it at once\n');
    stopperOf(world).abort();
  };
  if (interrupted.aborted) stop();
  else interrupted.addEventListener('abort', stop, { once: true });
  const takeBack = world.lastWords?.(last);
  return { interrupted, done: () => takeBack?.() };
}
