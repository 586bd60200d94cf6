import { expect } from 'vitest';
import type { ResolverFixture, ResolverTestOptions } from './resolver-fixture.ts';
import type { Recorder } from './resolver-recorder.ts';
import { pause, within } from './waits.ts';

/** What tests do to a resolver, each in the time that it may take. */
export interface Acts {
  start(fixture: ResolverFixture, events: Recorder): Promise<void>;
  stop(fixture: ResolverFixture): Promise<void>;
  /** Does something, and expects that nobody is told of it. */
  expectSilence(recorders: readonly Recorder[], act?: () => void | Promise<void>): Promise<void>;
}

/** The acts, with the waits of a contract. */
export function actsOf({ startWithin = 5_000, quietFor = 150 }: ResolverTestOptions): Acts {
  return {
    start: ({ resolver }, events) => within(startWithin, (async () => resolver.start?.(events.events))()),
    stop: ({ resolver }) => within(startWithin, (async () => resolver.stop?.())()),
    async expectSilence(recorders, act) {
      const before = recorders.map(({ heard }) => heard.length);
      await act?.();
      await pause(quietFor);
      recorders.forEach(({ heard }, i) => {
        expect(heard.slice(before[i]), 'told though there was no reason').toEqual([]);
      });
    },
  };
}
