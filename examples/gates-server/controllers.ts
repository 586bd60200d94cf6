import type { CompletedOptions } from './config.js';
import type { Feature } from './features.js';

/** Something that works in the background. It runs if all gates it requires are on. */
export interface Controller {
  readonly name: string;
  readonly requiredFeatureGates: readonly Feature[];
  /** Starts it; returns how to stop. */
  start(completed: CompletedOptions): () => void;
}

const CONTROLLERS: readonly Controller[] = [
  {
    name: 'event-expiry',
    requiredFeatureGates: ['EventExpiry'],
    start({ store, eventTtl, log }) {
      const sweep = (): void => {
        const gone = store.expire(Date.now() - eventTtl * 1_000);
        if (gone > 0) log(`event-expiry: ${gone} old events are forgotten`);
      };
      sweep();
      const timer = setInterval(sweep, 60_000).unref();
      return () => clearInterval(timer);
    },
  },
  {
    name: 'start-recorder',
    requiredFeatureGates: [],
    start({ store }) {
      store.record('server started');
      return () => {};
    },
  },
];

/** Starts the controllers whose gates are on, and says of each other one why it is not. Returns how to stop them. */
export function startControllers(completed: CompletedOptions): () => void {
  const { gates, log } = completed;
  const stops = CONTROLLERS.flatMap(({ name, requiredFeatureGates, start }) => {
    const off = requiredFeatureGates.filter((gate) => !gates.enabled(gate));
    if (off.length === 0) return [start(completed)];
    log(`${name}: skipped, ${off.map((gate) => `${gate} is off (${gates.state(gate).why})`).join(', ')}`);
    return [];
  });
  return () => {
    for (const stop of stops) stop();
  };
}
