import type { FollowHealth, Resolver, ResolverEvents } from '@flagwright/core';
import { FlagError } from '@flagwright/core';
import { expect, it } from 'vitest';
import { type Fault, failedBy } from '../test/mutant.ts';

const STARTS = 'starts with good answers, and does not tell it';
const CHANGES = 'tells a change by its key, once the new value is served';
const AWAY = 'serves on while its backend is away: stale once, ready once it is back';
const DEAD = 'rejects a start without its backend, and tells ready when it is there';
const HANGS = 'rejects a start whose backend hangs with UNAVAILABLE';
const STOPPED = 'ends a start when it is stopped';
const STOPPED_HANGING = 'ends a start that hangs when it is stopped';
const SILENT = 'tells nothing after it was stopped';
const GIVES_UP = 'gives up a start that failed when it is stopped';
const STOPS = 'stops more than once, and is as before its start after';
const AGAIN = 'starts again after it was stopped, or says that it cannot';
const TWICE = 'goes on if it is started twice, and is stopped by one stop';
const BEHIND = 'leaves nothing behind that keeps the process alive';
const BEHIND_FAILED = 'leaves nothing behind of a start that failed';
const ASKS = 'asks its backend no more once it is stopped';
const ASKS_FAILED = 'asks its backend no more once a start that failed is stopped';

type Start = NonNullable<Resolver['start']>;

/** Starts in another way. */
const starts = (change: (start: Start, stop: () => Promise<void>) => Start): Fault => ({
  resolver: ({ start, stop }) => ({ start: change(start, stop) }),
});

/** Does something else when a start has failed. */
const failing = (then: (error: Error, events: ResolverEvents, stop: () => Promise<void>) => unknown): Fault =>
  starts((start, stop) => async (events) => {
    try {
      await start(events);
    } catch (error) {
      await then(error as Error, events, stop);
    }
  });

/** Starts in another way from the second time on. */
const startsAgain = (again: (start: Start, stop: () => Promise<void>, events: ResolverEvents) => Promise<void>) =>
  starts((start, stop) => {
    let times = 0;
    return (events) => {
      times++;
      return times > 1 ? again(start, stop, events) : start(events);
    };
  });

/** Lists what it listed last, where it has nothing to list. */
function lastGood(all: NonNullable<Resolver['all']>): NonNullable<Resolver['all']> {
  let last: Awaited<ReturnType<typeof all>> | undefined;
  return async (context) => {
    try {
      last = await all(context);
    } catch (error) {
      if (last === undefined) throw error;
    }
    return last;
  };
}

const fail = (): never => {
  throw new Error('a fault');
};

const health = (status: FollowHealth['status']): FollowHealth => ({
  source: 'mutant',
  status,
  revision: undefined,
  freshAt: undefined,
  age: undefined,
  refreshInterval: 30_000,
  latency: undefined,
  flags: 1,
  activeFlags: 1,
  reads: 1,
  failures: 0,
  reconnects: 0,
  subscribed: false,
  hintError: undefined,
  lastError: undefined,
  lastErrorAt: undefined,
  degraded: [],
});

it.each<[string, Fault, string]>([
  [
    'fails to be stopped before its start',
    {
      resolver: ({ stop, keys }) => ({ stop: async () => (keys() === undefined ? fail() : stop()) }),
    },
    'is stopped before it was started without harm',
  ],
  [
    'tells ready by itself',
    starts((start) => async (events) => {
      await start(events);
      events.ready();
    }),
    STARTS,
  ],
  ['starts too early', starts((start) => async (events) => void setTimeout(start, 5, events)), STARTS],
  ['tells a change too early', { early: true }, CHANGES],
  ['tells no change', { events: () => ({ changed() {} }) }, CHANGES],
  ['tells a change without its key', { events: ({ changed }) => ({ changed: () => changed([]) }) }, CHANGES],
  [
    'tells stale twice',
    {
      events: ({ stale }) => ({
        stale(cause) {
          stale(cause);
          setTimeout(stale, 5, cause);
        },
      }),
    },
    AWAY,
  ],
  ['tells an error instead of stale', { events: ({ error }) => ({ stale: error }) }, AWAY],
  ['tells stale without a cause', { events: ({ stale }) => ({ stale: () => stale(undefined as never) }) }, AWAY],
  ['does not tell that it is back', { events: () => ({ ready() {} }) }, AWAY],
  [
    'tells twice that it is back',
    {
      events: ({ ready }) => ({
        ready() {
          ready();
          ready();
        },
      }),
    },
    AWAY,
  ],
  [
    'tells the first loss only',
    {
      events: ({ stale }) => {
        let losses = 0;
        return {
          stale(cause) {
            losses++;
            if (losses === 1) stale(cause);
          },
        };
      },
    },
    AWAY,
  ],
  ['drops its answers while its backend is away', { forgetful: true }, AWAY],
  ['starts without its backend', failing(() => undefined), DEAD],
  [
    'rejects with what is no FlagError',
    failing(({ message }) => {
      throw new Error(message);
    }),
    DEAD,
  ],
  [
    'gives up after one failure',
    failing(async (error, _, stop) => {
      await stop();
      throw error;
    }),
    DEAD,
  ],
  [
    'tells ready when its start fails',
    failing((error, events) => {
      events.ready();
      throw error;
    }),
    DEAD,
  ],
  ['hangs with its backend', { hangs: true }, HANGS],
  [
    'does not say that its backend hangs',
    failing(() => {
      throw new FlagError('UNKNOWN', 'something went wrong');
    }),
    HANGS,
  ],
  [
    'goes on with a start that was stopped',
    starts((start) => async (events) => {
      await undefined;
      await start(events);
    }),
    STOPPED,
  ],
  ['does not end a start that hangs', { resolver: () => ({ stop: async () => undefined }) }, STOPPED_HANGING],
  ['tells after its stop', { deaf: true }, SILENT],
  ['goes on with a start that failed', { deaf: true }, GIVES_UP],
  ['answers after its stop', { resolver: () => ({ stop: async () => undefined }) }, STOPS],
  [
    'fails at its second stop',
    {
      resolver: ({ stop }) => {
        let times = 0;
        return {
          async stop() {
            times++;
            if (times > 1) fail();
            await stop();
          },
        };
      },
    },
    STOPS,
  ],
  ['hangs when it is started again', startsAgain(() => new Promise(() => undefined)), AGAIN],
  ['cannot start again, and says it badly', startsAgain(async () => fail()), AGAIN],
  ['starts again without its backend', startsAgain(async () => undefined), AGAIN],
  [
    'starts again and tells the first',
    starts((start) => {
      let first: ResolverEvents | undefined;
      return (events) => {
        first ??= events;
        return start(first);
      };
    }),
    AGAIN,
  ],
  [
    'ends when it is started twice',
    startsAgain(async (_, stop) => {
      await stop();
      throw new FlagError('NOT_READY', 'started twice');
    }),
    TWICE,
  ],
  [
    'leaves a timer behind',
    starts((start) => async (events) => {
      setTimeout(() => undefined, 1_000);
      await start(events);
    }),
    BEHIND,
  ],
  [
    'leaves a timer of a start that failed behind',
    failing((error) => {
      setTimeout(() => undefined, 1_000);
      throw error;
    }),
    BEHIND_FAILED,
  ],
  ['says after its stop that flags are not there', { afterStop: 'FLAG_NOT_FOUND' }, STOPS],
  [
    'names its flags after its stop',
    {
      resolver: ({ keys }) => {
        let last: readonly string[] | undefined;
        return {
          keys() {
            last = keys() ?? last;
            return last;
          },
        };
      },
    },
    STOPS,
  ],
  ['lists its flags after its stop', { resolver: ({ all }) => ({ all: lastGood(all) }) }, STOPS],
  ['says that its flags are as good as ever', { resolver: () => ({ health: () => health('ready') }) }, AWAY],
  ['says that its flags are stale', { resolver: () => ({ health: () => health('stale') }) }, STARTS],
  ['says how its flags are doing after its stop', { resolver: () => ({ health: () => health('closed') }) }, STOPS],
  ['goes on polling', { restless: true }, ASKS],
  ['goes on polling after a start that failed', { restless: true }, ASKS_FAILED],
])('the contract catches a resolver that %s', async (_, fault, test) => {
  expect(await failedBy(fault, [test])).toEqual([test]);
});
