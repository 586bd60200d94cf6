import { FlagError } from '@flagwright/core';
import { expect } from 'vitest';
import { need } from './fixture.ts';
import type { ResolverFixture, ResolverTestOptions } from './resolver-fixture.ts';
import { changes, type Recorder, recorder } from './resolver-recorder.ts';
import { ask, expectGood, expectNoAnswers, expectRefused, thrownBy } from './resolver-samples.ts';
import type { Tests } from './suite.ts';
import { eventually, pause, within } from './waits.ts';

/** The tests of `start`, `stop` and the events between, by name. */
export function lifeTests(options: ResolverTestOptions): Tests<ResolverFixture> {
  const { open, startWithin = 5_000, eventWithin = 5_000, quietFor = 150 } = options;
  /** How long what needs no answer of the backend may take, in ms. */
  const promptly = Math.min(2_000, startWithin / 2);

  /** Starts, in the time that it may take. */
  const start = ({ resolver }: ResolverFixture, events: Recorder): Promise<void> =>
    within(startWithin, (async () => resolver.start?.(events.events))());
  const stop = ({ resolver }: ResolverFixture): Promise<void> => within(startWithin, (async () => resolver.stop?.())());

  /** Does something, and expects that nobody is told of it. */
  async function expectSilence(recorders: readonly Recorder[], act?: () => void | Promise<void>): Promise<void> {
    const before = recorders.map(({ heard }) => heard.length);
    await act?.();
    await pause(quietFor);
    recorders.forEach(({ heard }, i) => {
      expect(heard.slice(before[i]), 'told though there was no reason').toEqual([]);
    });
  }

  return {
    'is stopped before it was started without harm': async (fixture) => {
      await stop(fixture);
      await stop(fixture);
    },
    'starts with good answers, and does not tell it': async (fixture) => {
      const events = recorder();
      await start(fixture, events);
      await expectGood(fixture.resolver);
      await pause(quietFor);
      expect(events.course).toEqual([]);
    },
    'tells a change by its key, once the new value is served': async (fixture, context) => {
      need(context, fixture.change, 'change()');
      const { resolver } = fixture;
      const served: Promise<unknown>[] = [];
      const events = recorder(({ flagsChanged }) => {
        if (flagsChanged?.includes('contract-changing') !== true) return;
        const answer = ask(resolver, 'boolean', 'contract-changing', { fallback: false });
        served.push(answer.catch((error: unknown) => error));
      });
      await start(fixture, events);
      expect(await ask(resolver, 'boolean', 'contract-changing')).toMatchObject({ value: false });
      await fixture.change();
      await events.changeOf('contract-changing', eventWithin);
      expect(await served[0]).toMatchObject({ value: true });
      expect(events.course).toEqual([]);
      await expectGood(resolver);
    },
    'serves on while its backend is away: stale once, ready once it is back': async (fixture, context) => {
      need(context, fixture.breakIt, 'breakIt()');
      need(context, fixture.mend, 'mend()');
      const events = recorder();
      await start(fixture, events);
      const course: string[] = [];
      for (const n of [1, 2]) {
        await fixture.breakIt();
        const { cause } = await events.nth(n, 'stale', eventWithin);
        expect(cause).toBeInstanceOf(FlagError);
        await pause(quietFor);
        expect(events.course).toEqual([...course, 'stale']);
        await expectGood(fixture.resolver);
        await fixture.mend();
        await events.nth(n, 'ready', eventWithin);
        await expectGood(fixture.resolver);
        await pause(quietFor);
        course.push('stale', 'ready');
        expect(events.course).toEqual(course);
      }
    },
    'rejects a start without its backend, and tells ready when it is there': async (fixture, context) => {
      need(context, fixture.resolver.start, 'start()');
      need(context, fixture.breakIt, 'breakIt()');
      need(context, fixture.mend, 'mend()');
      const events = recorder();
      await fixture.breakIt();
      await expectRefused(() => start(fixture, events));
      await expectNoAnswers(fixture.resolver);
      await pause(quietFor);
      expect(events.course).not.toContain('ready');
      await fixture.mend();
      await events.nth(1, 'ready', eventWithin);
      await expectGood(fixture.resolver);
      await pause(quietFor);
      expect(events.course.filter((type) => type === 'ready')).toEqual(['ready']);
    },
    'rejects a start whose backend hangs with UNAVAILABLE': async (fixture, context) => {
      need(context, fixture.resolver.start, 'start()');
      need(context, fixture.hang, 'hang()');
      const events = recorder();
      await fixture.hang();
      await expectRefused(() => start(fixture, events), 'UNAVAILABLE');
      await expectNoAnswers(fixture.resolver);
      expect(events.course).not.toContain('ready');
    },
    'ends a start when it is stopped': async (fixture, context) => {
      need(context, fixture.resolver.start, 'start()');
      const events = recorder();
      const starting = thrownBy(() => fixture.resolver.start?.(events.events));
      await stop(fixture);
      const thrown = await within(promptly, starting);
      // it may have been done already
      if (thrown !== undefined) expect(thrown).toBeInstanceOf(FlagError);
      await expectNoAnswers(fixture.resolver);
      await expectSilence([events], fixture.change);
      await expectNoAnswers(fixture.resolver);
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
      await expectNoAnswers(fixture.resolver);
    },
    'stops more than once, and answers the fallback with an error code after': async (fixture, context) => {
      need(context, fixture.resolver.stop, 'stop()');
      await start(fixture, recorder());
      await stop(fixture);
      await stop(fixture);
      await expectNoAnswers(fixture.resolver);
      if (fixture.resolver.all !== undefined) await expectRefused(() => fixture.resolver.all?.({}));
    },
    'starts again after it was stopped, or says that it cannot': async (fixture, context) => {
      need(context, fixture.resolver.start, 'start()');
      const [first, second] = [recorder(), recorder()];
      await start(fixture, first);
      await stop(fixture);
      const thrown = await thrownBy(() => start(fixture, second));
      if (thrown !== undefined) {
        expect(thrown).toBeInstanceOf(FlagError);
        return;
      }
      await expectGood(fixture.resolver);
      if (fixture.change === undefined) return;
      await fixture.change();
      await second.changeOf('contract-changing', eventWithin);
      expect(first.heard).toEqual([]);
    },
    'goes on if it is started twice, and is stopped by one stop': async (fixture, context) => {
      need(context, fixture.resolver.start, 'start()');
      const [first, second] = [recorder(), recorder()];
      await start(fixture, first);
      const thrown = await thrownBy(() => start(fixture, second));
      if (thrown !== undefined) expect(thrown).toBeInstanceOf(FlagError);
      await expectGood(fixture.resolver);
      await fixture.change?.();
      if (fixture.change !== undefined) {
        await eventually(eventWithin, () => {
          expect([...changes(first), ...changes(second)]).toContain('contract-changing');
        });
      }
      await stop(fixture);
      await expectNoAnswers(fixture.resolver);
      await expectSilence([first, second], fixture.mend && fixture.breakIt);
    },
    'leaves nothing behind that keeps the process alive': async () => {
      const before = await lasting(quietFor);
      // more than once, so that what others end meanwhile does not hide it
      for (let i = 0; i < 3; i++) {
        const fixture = await open();
        try {
          await start(fixture, recorder());
          await expectGood(fixture.resolver);
          fixture.resolver.track?.('contract', {}, {});
          await fixture.change?.();
          await stop(fixture);
        } finally {
          await fixture.close();
        }
      }
      // what is being closed may still be seen for a moment
      await eventually(eventWithin, () => expect(surplus(resources(), before)).toEqual([]));
    },
  };
}

/** What keeps the process alive now: how many of each type. */
function resources(): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const type of process.getActiveResourcesInfo()) counts.set(type, (counts.get(type) ?? 0) + 1);
  return counts;
}

/** What keeps the process alive for longer than some ms. */
async function lasting(ms: number): Promise<ReadonlyMap<string, number>> {
  let least = resources();
  for (const end = Date.now() + ms; Date.now() < end; ) {
    await pause(5);
    const now = resources();
    least = new Map([...least].map(([type, count]) => [type, Math.min(count, now.get(type) ?? 0)]));
  }
  return least;
}

/** What there is more of than before. */
function surplus(now: ReadonlyMap<string, number>, before: ReadonlyMap<string, number>): readonly string[] {
  return [...now].filter(([type, count]) => count > (before.get(type) ?? 0)).map(([type]) => type);
}
