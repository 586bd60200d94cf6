import { FlagError } from '@flagwright/core';
import { expect } from 'vitest';
import { need } from './fixture.ts';
import { actsOf } from './resolver-acts.ts';
import type { ResolverFixture, ResolverTestOptions } from './resolver-fixture.ts';
import { recorder } from './resolver-recorder.ts';
import {
  expectGood,
  expectHealth,
  expectNoAnswers,
  expectNoList,
  expectRefused,
  SOMEBODY,
  thrownBy,
} from './resolver-samples.ts';
import { lasting, surplus } from './resources.ts';
import type { Tests } from './suite.ts';
import { eventually, pause, within } from './waits.ts';

/** The tests of `stop` and what is left after it, by name. */
export function endTests(options: ResolverTestOptions): Tests<ResolverFixture> {
  const { open, startWithin = 5_000, eventWithin = 5_000, quietFor = 150 } = options;
  const { start, stop, expectSilence } = actsOf(options);
  /** How long what needs no answer of the backend may take, in ms. */
  const promptly = Math.min(2_000, startWithin / 2);

  /** Starts without a backend. */
  async function startInVain(fixture: ResolverFixture): Promise<void> {
    await fixture.breakIt?.();
    await expectRefused(() => start(fixture, recorder()));
  }

  /** Runs more than once, so that what others end meanwhile does not hide it, and expects that nothing stays. */
  async function expectNothingLeft(run: (fixture: ResolverFixture) => Promise<void>): Promise<void> {
    const before = await lasting(quietFor);
    for (let i = 0; i < 3; i++) {
      const fixture = await open();
      try {
        await run(fixture);
        await stop(fixture);
      } finally {
        await fixture.close();
      }
    }
    // what is being closed may still be seen for a moment
    await eventually(eventWithin, () => expect(surplus(before)).toEqual([]));
  }

  /** Stops, and expects that the backend is left alone. */
  async function expectUnasked(fixture: ResolverFixture): Promise<void> {
    await stop(fixture);
    const before = fixture.asked?.();
    await pause(quietFor);
    expect(fixture.asked?.(), 'how often the backend was asked').toBe(before);
  }

  return {
    'ends a start when it is stopped': async (fixture, context) => {
      need(context, fixture.resolver.start, 'start()');
      const events = recorder();
      const starting = thrownBy(() => fixture.resolver.start?.(events.events));
      await stop(fixture);
      const thrown = await within(promptly, starting);
      // it may have been done already
      if (thrown !== undefined) expect(thrown).toBeInstanceOf(FlagError);
      await expectNoAnswers(fixture.resolver, 'PROVIDER_NOT_READY');
      await expectSilence([events], fixture.change);
      await expectNoAnswers(fixture.resolver, 'PROVIDER_NOT_READY');
    },
    'ends a start that hangs when it is stopped': async (fixture, context) => {
      need(context, fixture.resolver.start, 'start()');
      need(context, fixture.hang, 'hang()');
      const events = recorder();
      await fixture.hang();
      const starting = thrownBy(() => fixture.resolver.start?.(events.events));
      await pause(Math.min(20, startWithin / 10));
      await stop(fixture);
      expect(await within(promptly, starting)).toBeInstanceOf(FlagError);
      await expectSilence([events]);
    },
    'tells nothing after it was stopped': async (fixture) => {
      const events = recorder();
      await start(fixture, events);
      await stop(fixture);
      await expectSilence([events], fixture.change);
      if (fixture.mend === undefined) return;
      await expectSilence([events], fixture.breakIt);
      await expectSilence([events], fixture.mend);
    },
    'gives up a start that failed when it is stopped': async (fixture, context) => {
      need(context, fixture.resolver.start, 'start()');
      need(context, fixture.breakIt, 'breakIt()');
      need(context, fixture.mend, 'mend()');
      const events = recorder();
      await fixture.breakIt();
      await expectRefused(() => start(fixture, events));
      await stop(fixture);
      await expectSilence([events], fixture.mend);
      await expectNoAnswers(fixture.resolver, 'PROVIDER_NOT_READY');
    },
    'stops more than once, and is as before its start after': async (fixture, context) => {
      need(context, fixture.resolver.stop, 'stop()');
      const { resolver } = fixture;
      await start(fixture, recorder());
      // what was listed must not be kept
      await thrownBy(() => resolver.all?.(SOMEBODY));
      resolver.keys?.();
      resolver.snapshot?.();
      await stop(fixture);
      await stop(fixture);
      await expectNoAnswers(fixture.resolver, 'PROVIDER_NOT_READY');
      await expectNoList(fixture.resolver);
      expectHealth(fixture.resolver, undefined);
    },
    'leaves nothing behind that keeps the process alive': () =>
      expectNothingLeft(async (fixture) => {
        await start(fixture, recorder());
        await expectGood(fixture.resolver);
        fixture.resolver.track?.('contract', {}, {});
        await fixture.change?.();
      }),
    'leaves nothing behind of a start that failed': async ({ resolver, breakIt }, context) => {
      need(context, resolver.start, 'start()');
      need(context, breakIt, 'breakIt()');
      await expectNothingLeft(startInVain);
    },
    'asks its backend no more once it is stopped': async (fixture, context) => {
      need(context, fixture.asked, 'asked()');
      await start(fixture, recorder());
      await expectUnasked(fixture);
    },
    'asks its backend no more once a start that failed is stopped': async (fixture, context) => {
      need(context, fixture.asked, 'asked()');
      need(context, fixture.resolver.start, 'start()');
      need(context, fixture.breakIt, 'breakIt()');
      await startInVain(fixture);
      await expectUnasked(fixture);
    },
  };
}
