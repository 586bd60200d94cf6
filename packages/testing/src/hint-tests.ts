import { expect } from 'vitest';
import type { SourceFixture, Timing } from './fixture.ts';
import { need } from './fixture.ts';
import { ear, entry, expectFlagError, flag } from './samples.ts';
import type { Tests } from './suite.ts';
import { pause } from './waits.ts';

/** The tests of `subscribe` and `close`, by name. */
export function hintTests({ hintWithin = 2_000, quietFor = 150 }: Timing): Tests<SourceFixture> {
  return {
    'hints at a change once it has subscribed': async ({ source, change }, context) => {
      need(context, source.subscribe, 'subscribe()');
      need(context, change, 'change()');
      const observer = ear();
      const stop = await source.subscribe(observer);
      for (const salt of ['1', '2', '3']) {
        const seen = observer.hints;
        await change([{ key: 'contract', next: flag(salt) }]);
        await observer.hint(seen, hintWithin);
        expect(entry(await source.read(), 'contract')).toEqual(flag(salt));
      }
      expect(observer.failures).toEqual([]);
      await stop();
    },
    'hints to every observer, until it stops': async ({ source, change }, context) => {
      need(context, source.subscribe, 'subscribe()');
      need(context, change, 'change()');
      const [one, two, three] = [ear(), ear(), ear()];
      const stops = [await source.subscribe(one), await source.subscribe(two), await source.subscribe(three)];
      await change([{ key: 'contract', next: flag('1') }]);
      await Promise.all([one, two, three].map((observer) => observer.hint(0, hintWithin)));
      await stops[0]!();
      await pause(quietFor);
      const [before, seen] = [one.hints, two.hints];
      await change([{ key: 'contract', next: flag('2') }]);
      await two.hint(seen, hintWithin);
      await pause(quietFor);
      expect(one.hints).toBe(before);
      expect(one.failures).toEqual([]);
      await stops[1]!();
      await stops[2]!();
    },
    'unsubscribes more than once without harm': async ({ source, change }, context) => {
      need(context, source.subscribe, 'subscribe()');
      need(context, change, 'change()');
      const [gone, there] = [ear(), ear()];
      const stop = await source.subscribe(gone);
      const stopOther = await source.subscribe(there);
      await stop();
      await stop();
      await change([{ key: 'contract', next: flag('1') }]);
      await there.hint(0, hintWithin);
      await stopOther();
    },
    'closes more than once': async ({ source }, context) => {
      need(context, source.close, 'close()');
      await source.read();
      await source.close();
      await source.close();
    },
    'rejects reads after it was closed with NOT_READY': async ({ source }, context) => {
      need(context, source.close, 'close()');
      const set = await source.read();
      await source.close();
      await expectFlagError(source.read(), 'NOT_READY');
      await expectFlagError(source.read(set), 'NOT_READY');
    },
    'gives no hint after it was closed': async ({ source, change }, context) => {
      need(context, source.subscribe, 'subscribe()');
      need(context, change, 'change()');
      need(context, source.close, 'close()');
      const observer = ear();
      const stop = await source.subscribe(observer);
      await source.close();
      const { hints } = observer;
      await change([{ key: 'contract', next: flag('1') }]).catch(() => undefined);
      await pause(quietFor);
      expect(observer.hints).toBe(hints);
      await stop();
    },
  };
}
