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

/**
 * The interruption of a command that finishes what is under way. It says so, after `before` was called, for that may take a
 * while.
 */
export function finishing(world: World, before: () => void = () => undefined): AbortSignal {
  const signal = world.interrupted();
  const stop = (): void => {
    before();
    world.err('Stopping after what is under way; ^C again ends it at once\n');
    stopperOf(world).abort();
  };
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  return signal;
}
