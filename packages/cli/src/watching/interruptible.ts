import type { World } from '../world.ts';

/** A world whose requests end at once when it is interrupted; one of them at a time is on its way. */
export function interruptible(world: World, stop: AbortSignal): World {
  const send = world.fetch ?? fetch;
  let current: AbortController | undefined;
  // one listener for all requests: a signal keeps what listens to it
  stop.addEventListener('abort', () => current?.abort(), { once: true });
  // members may be worked out when they are asked for, so they are not copied
  return Object.create(world, {
    fetch: {
      value: (input: Parameters<typeof fetch>[0], init: RequestInit = {}) => {
        const controller = new AbortController();
        current = controller;
        if (stop.aborted) controller.abort();
        const { signal } = init;
        signal?.addEventListener('abort', () => controller.abort(signal.reason), { once: true });
        return send(input, { ...init, signal: controller.signal });
      },
    },
  }) as World;
}
