import { FlagError } from '@flagwright/core';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { defineGates } from '../gates.ts';
import { liveGates } from '../live.ts';
import { bothWays, eachWay, type GateWay, withGates } from './index.ts';

const ABOUT = { owner: '@platform', description: 'Serves events.', since: '0.3.0' };
const gates = liveGates(
  defineGates(
    { program: 'zarf', version: '0.5.0' },
    {
      EventsProxy: { ...ABOUT, stage: 'alpha' },
      Sessions: { ...ABOUT, stage: 'alpha', requires: ['EventsProxy'] },
      Locked: { ...ABOUT, stage: 'ga', locked: true },
      Later: { owner: '@platform', description: 'Later.', history: [{ version: '0.9', stage: 'alpha' }] },
    },
  ),
);
/** A program under test. */
const serve = (): string => (gates.enabled('EventsProxy') ? 'events' : 'nothing');

async function failureOf(call: () => unknown): Promise<Error> {
  try {
    await call();
  } catch (thrown) {
    return thrown as Error;
  }
  throw new Error('nothing failed');
}

describe('eachWay', () => {
  it.each(eachWay(gates, 'EventsProxy'))('gives rows for it.each: $name', ({ enabled, run }) => {
    expect(run(serve)).toBe(enabled ? 'events' : 'nothing');
    expect(gates.enabled('EventsProxy')).toBe(false);
  });

  it('goes off, then on', () => {
    const rows = eachWay(gates, 'EventsProxy');
    expectTypeOf(rows[0]!.gate).toEqualTypeOf<'EventsProxy' | 'Sessions' | 'Locked' | 'Later'>();
    expect(rows).toMatchObject([
      { gate: 'EventsProxy', enabled: false, name: 'EventsProxy=false' },
      { gate: 'EventsProxy', enabled: true, name: 'EventsProxy=true' },
    ]);
  });

  it('of a locked gate is the one way there is', () => {
    expect(eachWay(gates, 'Locked').map(({ name }) => name)).toEqual(['Locked=true']);
    expect(eachWay(gates, 'Later').map(({ name }) => name)).toEqual(['Later=false']);
  });

  it('takes with it what a gate requires', () => {
    const rows = eachWay(gates, 'Sessions', { overrides: { EventsProxy: true } });
    expect(rows.map(({ run }) => run(serve))).toEqual(['events', 'events']);
    expect(() => eachWay(gates, 'Sessions')[1]!.run(serve)).toThrow(FlagError);
  });

  it('knows the names', () => {
    // @ts-expect-error a slip of the finger does not compile
    expect(() => eachWay(gates, 'EvnetsProxy')).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
  });
});

describe('bothWays', () => {
  it('runs a body off and on', () => {
    const seen: unknown[] = [];
    bothWays(gates, 'EventsProxy', ({ enabled, name }) => void seen.push([enabled, name, serve()]));
    expect(seen).toEqual([
      [false, 'EventsProxy=false', 'nothing'],
      [true, 'EventsProxy=true', 'events'],
    ]);
    expect(serve()).toBe('nothing');
  });

  it('waits for an asynchronous body, and runs it one after the other', async () => {
    const seen: string[] = [];
    const done = bothWays(gates, 'EventsProxy', async ({ name }) => {
      seen.push(`${name} begins`);
      await new Promise(setImmediate);
      seen.push(`${name} ${serve()}`);
    });
    expectTypeOf(done).toEqualTypeOf<Promise<void>>();
    await done;
    expect(seen).toEqual([
      'EventsProxy=false begins',
      'EventsProxy=false nothing',
      'EventsProxy=true begins',
      'EventsProxy=true events',
    ]);
    expect(serve()).toBe('nothing');
  });

  const bodies: readonly (readonly [string, (check: (way: GateWay) => void) => (way: GateWay) => unknown])[] = [
    ['a body', (check) => check],
    ['an asynchronous body', (check) => async (way) => check(way)],
  ];
  describe.each(bodies)('that fails, of %s', (_what, bodyOf) => {
    it.each([false, true])('names the way: %s', async (wrong) => {
      const check = ({ enabled }: GateWay): void => {
        if (enabled === wrong) expect(serve()).toBe('something else');
      };
      const failure = await failureOf(() => bothWays(gates, 'EventsProxy', bodyOf(check)));
      expect(failure.message).toMatch(new RegExp(`^with EventsProxy=${wrong}: expected`));
      // of the assertion all is left that a runner shows
      expect(failure).toMatchObject({ name: 'AssertionError', expected: 'something else' });
      expect(failure.stack).toContain(`with EventsProxy=${wrong}: expected`);
      expect(serve()).toBe('nothing');
    });

    it('by something that is no error is an error', async () => {
      const check = (): never => {
        throw 'no';
      };
      const failure = await failureOf(() => bothWays(gates, 'EventsProxy', bodyOf(check)));
      expect(failure).toMatchObject({ code: 'UNKNOWN', message: 'with EventsProxy=false: "no"', cause: 'no' });
    });

    class Fixed extends Error {
      override get message(): string {
        return 'no';
      }
    }
    class Deaf extends Error {
      override get message(): string {
        return 'no';
      }
      override set message(_message: string) {
        // says what it says
      }
    }
    it.each([
      ['is frozen', Object.freeze(new Error('no'))],
      ['has a getter for its message', new Fixed()],
      ['has a message that stays as it is', new Deaf()],
    ])('by what %s names the way, with what failed as the cause', async (_how, thrown) => {
      const check = (): never => {
        throw thrown;
      };
      const failure = await failureOf(() => bothWays(gates, 'EventsProxy', bodyOf(check)));
      expect(failure).toMatchObject({ code: 'UNKNOWN', message: 'with EventsProxy=false: no' });
      expect(failure.cause).toBe(thrown);
    });
  });

  it('refuses a gate that is overridden already', async () => {
    const failure = await withGates(gates, { EventsProxy: true }, () =>
      failureOf(() => bothWays(gates, 'EventsProxy', serve)),
    );
    expect(failure).toMatchObject({ code: 'CONFLICT' });
  });

  it('of a locked gate runs the one way there is', () => {
    const seen: boolean[] = [];
    bothWays(gates, 'Locked', ({ enabled }) => seen.push(enabled));
    expect(seen).toEqual([true]);
  });
});
