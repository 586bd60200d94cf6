import { FlagError } from '@flagwright/core';
import { expect } from 'vitest';
import { need } from './fixture.ts';
import { actsOf } from './resolver-acts.ts';
import type { ResolverFixture, ResolverTestOptions } from './resolver-fixture.ts';
import { changes, recorder } from './resolver-recorder.ts';
import { ask, expectGood, expectHealth, expectNoAnswers, expectRefused, thrownBy } from './resolver-samples.ts';
import type { Tests } from './suite.ts';
import { eventually, pause } from './waits.ts';

/** The tests of `start` and the events after it, by name. */
export function lifeTests(options: ResolverTestOptions): Tests<ResolverFixture> {
  const { eventWithin = 5_000, quietFor = 150 } = options;
  const { start, stop, expectSilence } = actsOf(options);

  return {
    'is stopped before it was started without harm': async (fixture) => {
      await stop(fixture);
      await stop(fixture);
    },
    'starts with good answers, and does not tell it': async (fixture) => {
      const events = recorder();
      await start(fixture, events);
      await expectGood(fixture.resolver);
      expectHealth(fixture.resolver, 'ready');
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
      expect(events.course).toEqual([]);
      events.forget();
      served.length = 0;
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
        expectHealth(fixture.resolver, 'stale');
        await fixture.mend();
        await events.nth(n, 'ready', eventWithin);
        await expectGood(fixture.resolver);
        expectHealth(fixture.resolver, 'ready');
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
    'starts again after it was stopped, or says that it cannot': async (fixture, context) => {
      need(context, fixture.resolver.start, 'start()');
      const [first, second] = [recorder(), recorder()];
      await start(fixture, first);
      await stop(fixture);
      first.forget();
      const thrown = await thrownBy(() => start(fixture, second));
      if (thrown !== undefined) {
        expect(thrown).toBeInstanceOf(FlagError);
        return;
      }
      await expectGood(fixture.resolver);
      if (fixture.change === undefined) return;
      second.forget();
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
      first.forget();
      second.forget();
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
  };
}
