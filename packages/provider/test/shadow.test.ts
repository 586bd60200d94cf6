import { AsyncLocalStorage } from 'node:async_hooks';
import type { EvaluationContext, JsonValue, ResolutionDetails, ResolverEvents } from '@flagwright/core';
import { FlagError } from '@flagwright/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createProvider, type Mismatch, type ShadowOptions, shadow, switching } from '../src/index.ts';
import {
  answer,
  answering,
  failing,
  flagOf,
  gate,
  NO_EVENTS,
  reported,
  serving,
  soon,
  started,
} from './shadow-support.ts';

const ALL: ShadowOptions = { sample: 1, settle: 0 };
const ON = new Map<string, JsonValue>([['flag', true]]);
const OFF = new Map<string, JsonValue>([['flag', false]]);

let warnings: string[];
beforeEach(() => {
  warnings = [];
  vi.spyOn(process, 'emitWarning').mockImplementation((text) => void warnings.push(String(text)));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** Lets everything that is due, and what follows from it, happen. */
const pause = (ms = 20): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('answers', () => {
  it('are the very ones of the primary, sampled or not, at once or later', async () => {
    const good = answer(true, { variant: 'on' });
    const promised = Promise.resolve(good);
    for (const sample of [0, 0.5, 1]) {
      const now = await started(
        shadow(
          answering(() => good),
          serving(OFF),
          { ...ALL, sample },
        ),
      );
      const later = await started(
        shadow(
          answering(() => promised),
          serving(OFF),
          { ...ALL, sample },
        ),
      );
      for (let i = 0; i < 20; i++) {
        expect(now.resolve('boolean', 'flag', false, {})).toBe(good);
        expect(later.resolve('boolean', 'flag', false, {})).toBe(promised);
      }
    }
  });

  it('come without the candidate being asked: that is for later', async () => {
    const course: string[] = [];
    const candidate = answering(() => {
      course.push('candidate');
      return answer(true);
    });
    const primary = answering(() => {
      course.push('primary');
      return answer(true);
    });
    const tried = await started(shadow(primary, candidate, ALL));
    tried.resolve('boolean', 'flag', false, {});
    course.push('answered');
    await Promise.resolve();
    course.push('went on');
    await reported(tried, ({ compared }) => compared === 1);
    expect(course).toEqual(['primary', 'answered', 'went on', 'candidate']);
  });

  it('wait for no candidate, however slow', async () => {
    const slow = gate<ResolutionDetails>();
    const course: string[] = [];
    const tried = await started(
      shadow(
        answering(async () => answer(true)),
        answering(async () => {
          const late = await slow.promise;
          course.push('candidate');
          return late;
        }),
        ALL,
      ),
    );
    expect(await tried.resolve('boolean', 'flag', false, {})).toMatchObject({ value: true });
    course.push('answered');
    await pause();
    expect(tried.report()).toMatchObject({ compared: 0, evaluations: 1 });
    slow.open(answer(true));
    await reported(tried, ({ compared }) => compared === 1);
    expect(course).toEqual(['answered', 'candidate']);
  });

  it.each<[string, () => unknown, string]>([
    [
      'throws',
      () => {
        throw new Error('boom');
      },
      'UNKNOWN',
    ],
    ['rejects', () => Promise.reject(new FlagError('UNAUTHORIZED', 'no')), 'UNAUTHORIZED'],
    ['rejects with nothing', () => Promise.reject(undefined), 'UNKNOWN'],
    ['hangs', () => new Promise(() => undefined), 'UNAVAILABLE'],
    ['answers nothing', () => undefined, 'UNKNOWN'],
    ['promises nothing', async () => null, 'UNKNOWN'],
    ['answers an error', () => failing(true, 'GENERAL'), 'GENERAL'],
    [
      'cannot be looked at',
      () =>
        new Proxy(
          {},
          {
            get() {
              throw new Error('boom');
            },
          },
        ),
      'UNKNOWN',
    ],
  ])('come whole if the candidate %s; that is counted', async (_what, does, errorCode) => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    const told: Mismatch[] = [];
    for (const primary of [serving(ON), answering(async () => answer(true))]) {
      const tried = await started(
        shadow(primary, answering(does), { ...ALL, timeout: 10, onMismatch: (one) => void told.push(one) }),
      );
      expect(await tried.resolve('boolean', 'flag', false, {})).toMatchObject({ value: true });
      const report = await reported(tried, ({ candidateErrors }) => candidateErrors === 1);
      expect(report).toMatchObject({ compared: 0, mismatched: 0, safe: false });
      expect(flagOf(report, 'flag')).toMatchObject({
        errors: 1,
        last: { differences: ['error'], primary: { value: 'true' }, candidate: { errorCode } },
      });
    }
    expect(told).toHaveLength(2);
    expect(told[0]).toMatchObject({ key: 'flag', differences: ['error'] });
    if (told[0]!.candidate === undefined) expect(told[0]!.cause).toMatchObject({ code: errorCode });
    await pause();
    expect(unhandled).not.toHaveBeenCalled();
    process.off('unhandledRejection', unhandled);
  });

  it('of a primary that throws or rejects are its own affair', async () => {
    const boom = new Error('boom');
    const throws = await started(
      shadow(
        answering(() => {
          throw boom;
        }),
        serving(ON),
        ALL,
      ),
    );
    expect(() => throws.resolve('boolean', 'flag', false, {})).toThrow(boom);
    const rejects = await started(
      shadow(
        answering(() => Promise.reject(boom)),
        serving(ON),
        ALL,
      ),
    );
    await expect(rejects.resolve('boolean', 'flag', false, {})).rejects.toBe(boom);
    expect(await reported(rejects, ({ undecided }) => undecided === 1)).toMatchObject({ compared: 0 });
    expect(throws.report()).toMatchObject({ evaluations: 1, undecided: 1, safe: false });
  });

  it('cannot be harmed by a context that cannot be copied', async () => {
    const tried = await started(shadow(serving(ON), serving(ON), ALL));
    const context = {
      get name(): string {
        throw new Error('boom');
      },
    };
    expect(tried.resolve('boolean', 'flag', false, context)).toMatchObject({ value: true });
    expect(tried.resolve('boolean', 'flag', false, undefined as never)).toMatchObject({ value: true });
    expect(await reported(tried, ({ compared }) => compared === 1)).toMatchObject({ undecided: 1 });
  });

  it('that cannot be looked at end nothing', async () => {
    const hostile = {
      reason: 'STATIC',
      flagMetadata: {},
      get value(): JsonValue {
        throw new Error('boom');
      },
    };
    const tried = await started(
      shadow(
        answering(() => hostile),
        serving(ON),
        ALL,
      ),
    );
    expect(tried.resolve('boolean', 'flag', false, {})).toBe(hostile);
    const other = await started(
      shadow(
        serving(ON),
        answering(() => hostile),
        ALL,
      ),
    );
    other.resolve('boolean', 'flag', false, {});
    await reported(tried, ({ undecided }) => undecided === 1);
    await reported(other, ({ candidateErrors }) => candidateErrors === 1);
  });
});

describe('the candidate', () => {
  it('is asked the same, with a copy of the context as it was', async () => {
    const asked: unknown[] = [];
    const candidate = answering(() => answer(true));
    candidate.resolve = (...question) => {
      asked.push(question);
      (question[3] as Record<string, unknown>).mine = true;
      return answer(true) as never;
    };
    const tried = await started(
      shadow(
        answering(async () => answer(true)),
        candidate,
        ALL,
      ),
    );
    const context: Record<string, unknown> = { targetingKey: 'ada', ['__proto__']: 1 };
    const pending = tried.resolve('boolean', 'flag', false, context);
    context.targetingKey = 'bob';
    await pending;
    await reported(tried, ({ compared }) => compared === 1);
    const copy = { targetingKey: 'ada', ['__proto__']: 1, mine: true };
    expect(asked).toEqual([['boolean', 'flag', false, copy]]);
    expect(context).not.toHaveProperty('mine');
  });

  it('is asked outside of the request', async () => {
    const request = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const tried = await started(
      shadow(
        answering(async () => answer(true)),
        answering(() => {
          seen.push(request.getStore());
          return answer(true);
        }),
        ALL,
      ),
    );
    await request.run('request', async () => tried.resolve('boolean', 'flag', false, {}));
    await reported(tried, ({ compared }) => compared === 1);
    expect(seen).toEqual([undefined]);
  });

  it('is not asked before it has started, nor once it has failed or was stopped', async () => {
    const starting = gate<void>();
    const asked = vi.fn(() => answer(false));
    let tell: ResolverEvents | undefined;
    const candidate = answering(asked, {
      start: (events) => {
        tell = events;
        return starting.promise;
      },
    });
    const tried = shadow(serving(ON), candidate, ALL);
    const ask = (): unknown => tried.resolve('boolean', 'flag', false, {});
    ask();
    await tried.start(NO_EVENTS);
    ask();
    await soon(() => expect(tell).toBeDefined());
    ask();
    expect(tried.report()).toMatchObject({ skipped: 3, candidate: { status: 'starting' }, safe: false });
    starting.open();
    await soon(() => expect(tried.report().candidate.status).toBe('ready'));
    ask();
    await reported(tried, ({ mismatched }) => mismatched === 1);
    tell!.error(new FlagError('UNAVAILABLE', 'away'));
    ask();
    expect(tried.report()).toMatchObject({ skipped: 4, candidate: { status: 'failed', error: 'away' } });
    // taken, and failed before it came to that
    tell!.ready();
    ask();
    tell!.error(new FlagError('UNAVAILABLE', 'away again'));
    await reported(tried, ({ skipped }) => skipped === 5);
    // taken, and stopped before it came to that
    tell!.ready();
    ask();
    await tried.stop();
    ask();
    tell!.ready();
    await pause();
    expect(asked).toHaveBeenCalledTimes(1);
    expect(tried.report()).toMatchObject({ skipped: 7, candidate: { status: 'stopped' } });
  });

  it('that is stale is compared, and told as stale', async () => {
    const tried = await started(
      shadow(
        serving(ON),
        serving(ON, { start: async (events) => events.stale(new FlagError('UNAVAILABLE', 'a copy')) }),
        ALL,
      ),
    );
    tried.resolve('boolean', 'flag', false, {});
    const report = await reported(tried, ({ compared }) => compared === 1);
    expect(report).toMatchObject({ candidate: { status: 'stale', error: 'a copy' }, safe: false });
    expect(report.reasons).toContain('the candidate is stale');
  });

  it('that is not ready by its own word fails, once it has started; a primary that is not makes no mismatch', async () => {
    const notReady = () => answering((_key, fallback) => failing(fallback, 'PROVIDER_NOT_READY'));
    const tried = await started(shadow(serving(ON), notReady(), ALL));
    tried.resolve('boolean', 'flag', false, {});
    tried.resolve('boolean', 'nonsense', false, {});
    const report = await reported(tried, ({ candidateErrors }) => candidateErrors === 1);
    expect(report.reasons).toContain('the candidate fails: flag');
    expect(await reported(tried, ({ skipped }) => skipped === 1)).toMatchObject({ flags: [{ key: 'flag' }] });
    const other = await started(shadow(notReady(), serving(ON), ALL));
    other.resolve('boolean', 'flag', false, {});
    expect(await reported(other, ({ skipped }) => skipped === 1)).toMatchObject({ candidateErrors: 0, flags: [] });
  });
});

describe('start and stop', () => {
  it.each<[string, () => Promise<void>]>([
    ['fails', () => Promise.reject(new FlagError('UNAUTHORIZED', 'who are you'))],
    [
      'throws',
      () => {
        throw new FlagError('UNAUTHORIZED', 'who are you');
      },
    ],
    ['hangs', () => new Promise(() => undefined)],
  ])('the start is the primary, if the candidate %s', async (how, start) => {
    const course: string[] = [];
    const primary = serving(ON, { start: async () => void course.push('primary') });
    const candidate = serving(ON, {
      start: () => {
        course.push('candidate');
        return start();
      },
    });
    const tried = shadow(primary, candidate, ALL);
    await tried.start(NO_EVENTS);
    expect(course).toEqual(['primary']);
    await soon(() => expect(course).toEqual(['primary', 'candidate']));
    await pause(5);
    expect(tried.report().candidate).toEqual(
      how === 'hangs'
        ? { name: 'answering', status: 'starting', error: undefined }
        : { name: 'answering', status: 'failed', error: 'who are you' },
    );
    expect(tried.resolve('boolean', 'flag', false, {})).toMatchObject({ value: true });
    await tried.stop();
  });

  it('a start of the primary that fails is told; the candidate starts all the same, and so if there is none', async () => {
    const away = new FlagError('UNAVAILABLE', 'away');
    const tried = shadow(serving(ON, { start: () => Promise.reject(away) }), serving(ON), ALL);
    await expect(tried.start(NO_EVENTS)).rejects.toBe(away);
    await soon(() => expect(tried.report().candidate.status).toBe('ready'));
    const throws = shadow(
      serving(ON, {
        start: () => {
          throw away;
        },
      }),
      serving(ON),
      ALL,
    );
    await expect(throws.start(NO_EVENTS)).rejects.toBe(away);
    const none = await started(shadow(serving(ON), serving(ON), ALL));
    expect(none.report().candidate.status).toBe('ready');
  });

  it('events are those of the primary', async () => {
    const given: ResolverEvents[] = [];
    const start = async (to: ResolverEvents) => void given.push(to);
    const events = { ready: vi.fn(), changed: vi.fn(), stale: vi.fn(), error: vi.fn() };
    const tried = shadow(serving(ON, { start }), serving(ON, { start }), ALL);
    await tried.start(events);
    await soon(() => expect(given).toHaveLength(2));
    const [mine, theirs] = given;
    expect(mine).toBe(events);
    theirs!.changed(['flag']);
    theirs!.stale(new FlagError('UNAVAILABLE', 'x'));
    theirs!.error(new FlagError('UNAVAILABLE', 'x'));
    theirs!.ready();
    for (const told of Object.values(events)) expect(told).not.toHaveBeenCalled();
    expect(tried.report().candidate).toMatchObject({ status: 'ready', error: 'x' });
  });

  it('stop stops both, whichever fails, and waits for no candidate that hangs', async () => {
    const boom = new Error('boom');
    const stops = [
      async () => undefined,
      () => Promise.reject(boom),
      () => {
        throw boom;
      },
    ];
    for (const primaryStop of stops) {
      for (const candidateStop of [...stops, () => new Promise<void>(() => undefined)]) {
        const [first, second] = [vi.fn(primaryStop), vi.fn(candidateStop)];
        const tried = await started(
          shadow(serving(ON, { stop: first }), serving(ON, { stop: second }), { ...ALL, timeout: 5 }),
        );
        const outcome = await tried.stop().catch((thrown: unknown) => thrown);
        expect(outcome).toBe(primaryStop === stops[0] ? undefined : boom);
        expect([first.mock.calls.length, second.mock.calls.length]).toEqual([1, 1]);
        expect(tried.report().candidate.error === undefined).toBe(candidateStop === stops[0]);
      }
    }
  });

  it('stopped before the candidate began, it never begins; started again, both do', async () => {
    const start = vi.fn(async () => undefined);
    const tried = shadow(serving(ON), serving(ON, { start }), ALL);
    const starting = tried.start(NO_EVENTS);
    await tried.stop();
    await starting;
    await pause(5);
    expect(start).not.toHaveBeenCalled();
    await tried.stop();
    await started(tried);
    expect(start).toHaveBeenCalledTimes(1);
    tried.resolve('boolean', 'flag', false, {});
    await reported(tried, ({ compared }) => compared === 1);
  });

  it('what the primary answers after it was stopped, or the report begun anew, is not compared', async () => {
    const asked = vi.fn(() => answer(true));
    for (const forget of ['stop', 'reset'] as const) {
      const late = gate<ResolutionDetails>();
      const tried = await started(
        shadow(
          answering(() => late.promise),
          answering(asked),
          ALL,
        ),
      );
      tried.resolve('boolean', 'flag', false, {});
      await tried[forget]();
      late.open(answer(true));
      await pause(5);
      expect(tried.report()).toMatchObject({ compared: 0, pending: 0, skipped: forget === 'stop' ? 1 : 0 });
    }
    expect(asked).not.toHaveBeenCalled();
  });

  it('started again, the candidate begins when it has ended', async () => {
    const course: string[] = [];
    const candidate = serving(ON, {
      start: async () => void course.push('start'),
      stop: async () => {
        await pause(10);
        course.push('stopped');
      },
    });
    const tried = await started(shadow(serving(ON), candidate, ALL));
    void tried.stop();
    await started(tried);
    expect(course).toEqual(['start', 'stopped', 'start']);
    await tried.stop();
  });

  it('what is under way when it is stopped does not count', async () => {
    const late = gate<ResolutionDetails>();
    const tried = await started(
      shadow(
        serving(ON),
        answering(() => late.promise),
        ALL,
      ),
    );
    tried.resolve('boolean', 'flag', false, {});
    await pause(5);
    await tried.stop();
    late.open(answer(false));
    await pause(5);
    expect(tried.report()).toMatchObject({ compared: 0, mismatched: 0, candidateErrors: 0 });
  });
});

describe('what else the primary can do', () => {
  it('is forwarded', () => {
    const all = new Map([['flag', answer(true)]]);
    const track = vi.fn();
    const primary = serving(ON, {
      name: 'vendor',
      track,
      all: () => all,
      keys: () => ['flag'],
      snapshot: () => undefined,
    });
    const theirs = { track: vi.fn(), all: vi.fn(), keys: vi.fn(), snapshot: vi.fn() };
    const tried = shadow(primary, serving(ON, theirs));
    expect(tried.name).toBe('vendor');
    const context: EvaluationContext = { targetingKey: 'ada' };
    tried.track?.('paid', context, { value: 1 });
    expect(track).toHaveBeenCalledWith('paid', context, { value: 1 });
    expect(tried.all?.({})).toBe(all);
    expect(tried.keys?.()).toEqual(['flag']);
    expect(tried.snapshot?.()).toBeUndefined();
    for (const call of Object.values(theirs)) expect(call).not.toHaveBeenCalled();
  });

  it('stays absent if it cannot', () => {
    const tried = shadow(serving(ON), serving(ON, { track: vi.fn(), keys: () => [], all: () => new Map() }));
    for (const member of ['track', 'all', 'keys', 'snapshot']) expect(member in tried).toBe(false);
  });

  it('a name that changes is forwarded as it is', async () => {
    const both = switching(serving(ON, { name: 'first' }));
    const tried = shadow(both, serving(ON));
    expect(tried.name).toBe('first');
    await both.switchTo(serving(ON, { name: 'second' }));
    expect(tried.name).toBe('second');
  });

  it('its place can be taken by the candidate, and by the same two the other way round', async () => {
    const [vendor, ours] = [() => serving(ON, { name: 'vendor' }), () => serving(OFF, { name: 'ours' })];
    const stop = vi.fn(async () => undefined);
    const first = shadow({ ...vendor(), stop }, { ...ours(), stop }, ALL);
    const backend = switching(first);
    await backend.start?.(NO_EVENTS);
    expect(backend.resolve('boolean', 'flag', false, {})).toMatchObject({ value: true });
    await reported(first, ({ mismatched, skipped }) => mismatched + skipped === 1);
    const second = shadow(ours(), vendor(), ALL);
    await backend.switchTo(second);
    expect(backend.resolve('boolean', 'flag', true, {})).toMatchObject({ value: false });
    await soon(() => expect(stop).toHaveBeenCalledTimes(2));
    await backend.switchTo(vendor());
    expect(backend.resolve('boolean', 'flag', false, {})).toMatchObject({ value: true });
    expect(second.report().evaluations).toBe(1);
    await backend.stop?.();
  });

  it('makes a provider of it', async () => {
    const tried = shadow(serving(ON), serving(ON), ALL);
    const provider = createProvider(tried);
    await provider.initialize?.({});
    const given = await provider.resolveBooleanEvaluation('flag', false, { targetingKey: 'ada' }, console);
    expect(given).toMatchObject({ value: true });
    await provider.onClose?.();
    await provider.onClose?.();
  });
});

describe('the sample', () => {
  it('is what the numbers say, and every evaluation is counted', async () => {
    const numbers = [0.75, 0, 0.5];
    const asked: string[] = [];
    const candidate = answering((key) => {
      asked.push(key);
      return answer(true);
    });
    // gaps of 2, 0 and 1, then of 2 for ever
    const random = (): number => numbers.shift() ?? 0.75;
    const tried = await started(
      shadow(
        answering(() => answer(true)),
        candidate,
        { sample: 0.5, settle: 0, random },
      ),
    );
    for (let i = 0; i < 9; i++) {
      tried.resolve('boolean', `flag-${i}`, false, {});
      expect(tried.report().evaluations).toBe(i + 1);
    }
    await reported(tried, ({ compared }) => compared === 4);
    expect(asked).toEqual(['flag-2', 'flag-3', 'flag-5', 'flag-8']);
    tried.reset();
    expect(tried.report()).toMatchObject({ evaluations: 0, compared: 0 });
    tried.resolve('boolean', 'flag', false, {});
    expect(tried.report().evaluations).toBe(1);
  });

  it('of nothing compares nothing', async () => {
    const asked = vi.fn(() => answer(true));
    const tried = await started(shadow(serving(ON), answering(asked), { sample: 0 }));
    for (let i = 0; i < 10_000; i++) tried.resolve('boolean', 'flag', false, {});
    await pause();
    expect(asked).not.toHaveBeenCalled();
    expect(tried.report()).toMatchObject({ evaluations: 10_000, compared: 0, skipped: 0 });
  });
});

describe('load', () => {
  it('a burst is bounded, and compared in slices between which others have their turn', async () => {
    let [streak, longest] = [0, 0];
    const candidate = answering(() => {
      longest = Math.max(longest, ++streak);
      for (const end = performance.now() + 0.2; performance.now() < end; );
      return answer(true);
    });
    const tried = await started(shadow(serving(ON), candidate, { ...ALL, queue: 300 }));
    let copies = 0;
    const context = {
      get targetingKey(): string {
        copies++;
        return 'ada';
      },
    };
    for (let i = 0; i < 100_000; i++) tried.resolve('boolean', 'flag', false, context);
    expect(tried.report()).toMatchObject({ evaluations: 100_000, skipped: 99_700, compared: 0 });
    expect(copies).toBe(300);
    let turns = 0;
    const turn = (): void => {
      turns++;
      streak = 0;
      if (tried.report().compared < 300) setImmediate(turn);
    };
    turn();
    expect(await reported(tried, ({ compared }) => compared === 300)).toMatchObject({ skipped: 99_700 });
    expect(longest).toBeLessThanOrEqual(3);
    expect(turns).toBeGreaterThanOrEqual(100);
    expect(tried.report().reasons).toEqual(['more was skipped than compared: flag']);
  });

  it('no more answers are awaited at once than are allowed; those that hang make room', async () => {
    // those that hang are let go by the shadow, at a moment that is not told: they are counted apart
    const open = { hangs: 0, flag: 0 };
    let most = 0;
    const waiting: (() => void)[] = [];
    const candidate = answering((key) => {
      const of = key as keyof typeof open;
      open[of]++;
      most = Math.max(most, open[of]);
      return new Promise((resolve) => {
        const end = (): void => {
          open[of]--;
          resolve(answer(true));
        };
        if (of !== 'hangs') waiting.push(end);
      });
    });
    const primary = answering(() => answer(true));
    const tried = await started(shadow(primary, candidate, { ...ALL, concurrency: 3, timeout: 200 }));
    for (let i = 0; i < 3; i++) tried.resolve('boolean', 'hangs', false, {});
    for (let i = 0; i < 20; i++) tried.resolve('boolean', 'flag', false, {});
    await pause(10);
    expect(open).toEqual({ hangs: 3, flag: 0 });
    await reported(tried, ({ candidateErrors }) => candidateErrors === 3);
    await soon(() => {
      for (const end of waiting.splice(0)) end();
      expect(tried.report().compared).toBe(20);
    });
    expect(most).toBe(3);
  });

  it('answers that come at once are compared without a pause between them', async () => {
    const tried = await started(
      shadow(
        serving(ON),
        answering(async () => answer(true)),
        { ...ALL, concurrency: 1 },
      ),
    );
    for (let i = 0; i < 1_000; i++) tried.resolve('boolean', 'flag', false, {});
    let turns = 0;
    const turn = setInterval(() => turns++, 1);
    await reported(tried, ({ compared }) => compared === 1_000);
    clearInterval(turn);
    expect(turns).toBeLessThan(500);
  });
});

describe('settling', () => {
  /** A shadow whose timers a test moves. */
  async function timed(
    primary: Map<string, JsonValue>,
    candidate: Map<string, JsonValue>,
    options: ShadowOptions = {},
  ) {
    const asked: string[] = [];
    const course = (name: string, values: Map<string, JsonValue>, later: boolean) =>
      answering((key, fallback, context) => {
        asked.push(`${name} ${String(context.targetingKey)}`);
        const value = values.get(key);
        const given = value === undefined ? failing(fallback, 'FLAG_NOT_FOUND') : answer(value);
        return later ? Promise.resolve(given) : given;
      });
    const tried = await started(
      shadow(course('primary', primary, false), course('candidate', candidate, true), { sample: 1, ...options }),
    );
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    return { tried, asked };
  }

  it('a change that reaches one of the two first is no mismatch', async () => {
    const [mine, theirs] = [new Map(ON), new Map(ON)];
    const onMismatch = vi.fn();
    const { tried, asked } = await timed(mine, theirs, { onMismatch });
    mine.set('flag', false);
    tried.resolve('boolean', 'flag', false, { targetingKey: 'ada' });
    await vi.advanceTimersByTimeAsync(10);
    expect(tried.report()).toMatchObject({ compared: 0, settling: 1 });
    theirs.set('flag', false);
    await vi.advanceTimersByTimeAsync(5_010);
    expect(tried.report()).toMatchObject({ compared: 1, mismatched: 0, settled: 1, settling: 0, evaluations: 1 });
    expect(asked).toEqual(['primary ada', 'candidate ada', 'primary ada', 'candidate ada']);
    expect(onMismatch).not.toHaveBeenCalled();
  });

  it('what still differs is one, as it was the second time', async () => {
    const theirs = new Map(OFF);
    const told: Mismatch[] = [];
    const { tried } = await timed(new Map(ON), theirs, {
      settle: 100,
      onMismatch: (one) => void told.push(one),
      clock: () => 7,
    });
    tried.resolve('boolean', 'flag', false, { targetingKey: 'ada' });
    await vi.advanceTimersByTimeAsync(50);
    theirs.set('flag', 'other');
    await vi.advanceTimersByTimeAsync(60);
    expect(tried.report()).toMatchObject({ compared: 1, mismatched: 1, settled: 0, settling: 0 });
    expect(told).toEqual([
      {
        key: 'flag',
        type: 'boolean',
        context: { targetingKey: 'ada' },
        differences: ['value'],
        primary: answer(true),
        candidate: answer('other'),
        cause: undefined,
        at: 7,
      },
    ]);
  });

  it('a candidate that fails is not asked again', async () => {
    const fails = vi.fn(() => {
      throw new Error('boom');
    });
    const tried = await started(shadow(serving(ON), answering(fails), { sample: 1, settle: 5 }));
    tried.resolve('boolean', 'flag', false, {});
    await reported(tried, ({ candidateErrors }) => candidateErrors === 1);
    await pause();
    expect(fails).toHaveBeenCalledTimes(1);
  });

  it('errors do not settle: a flag that the candidate does not have yet is one', async () => {
    const theirs = new Map<string, JsonValue>();
    const { tried, asked } = await timed(new Map(ON), theirs, { settle: 100 });
    tried.resolve('boolean', 'flag', false, {});
    await vi.advanceTimersByTimeAsync(50);
    expect(tried.report()).toMatchObject({ settling: 0, candidateErrors: 1 });
    theirs.set('flag', true);
    await vi.advanceTimersByTimeAsync(60);
    expect(tried.report()).toMatchObject({ settled: 0, candidateErrors: 1 });
    expect(asked).toHaveLength(2);
    expect(flagOf(tried.report(), 'flag')).toMatchObject({ compared: 0, errors: 1 });
  });

  it('few of each flag wait, so that one leaves room for others', async () => {
    const flags = Array.from({ length: 8 }, (_, i) => `flag-${i}`);
    const { tried } = await timed(new Map(flags.map((key) => [key, true])), new Map(flags.map((key) => [key, false])), {
      queue: 50,
    });
    const ask = async (key: string): Promise<void> => {
      tried.resolve('boolean', key, false, {});
      await vi.advanceTimersByTimeAsync(2);
    };
    for (let i = 0; i < 30; i++) await ask('flag-0');
    expect(tried.report()).toMatchObject({ settling: 10, undecided: 20 });
    for (const key of flags) for (let i = 0; i < 10; i++) await ask(key);
    expect(tried.report().settling).toBe(50);
    await vi.advanceTimersByTimeAsync(6_000);
    expect(tried.report()).toMatchObject({ settling: 0, mismatched: 50 });
    expect(flagOf(tried.report(), 'flag-4')).toMatchObject({ mismatches: { value: 10 } });
    for (const _ of ['once more', 'and after a reset']) {
      for (let i = 0; i < 11; i++) await ask('flag-0');
      expect(tried.report().settling).toBe(10);
      tried.reset();
    }
  });

  it('a primary that cannot be asked again makes no mismatch; what waits is forgotten by stop and reset', async () => {
    let mood: () => unknown = () => answer(true);
    const tried = await started(
      shadow(
        answering(() => mood()),
        serving(OFF),
        { sample: 1, settle: 100 },
      ),
    );
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    tried.resolve('boolean', 'flag', false, {});
    await vi.advanceTimersByTimeAsync(10);
    mood = () => Promise.reject(new Error('boom'));
    await vi.advanceTimersByTimeAsync(200);
    expect(tried.report()).toMatchObject({ compared: 0, undecided: 1, settling: 0 });
    mood = () => answer(true);
    for (const forget of [() => tried.reset(), () => tried.stop()]) {
      tried.resolve('boolean', 'flag', false, {});
      await vi.advanceTimersByTimeAsync(10);
      expect(tried.report().settling).toBe(1);
      await forget();
      expect(tried.report().settling).toBe(0);
      await vi.advanceTimersByTimeAsync(200);
      expect(tried.report()).toMatchObject({ compared: 0 });
    }
  });
});

describe('onMismatch', () => {
  it('is told of each flag at most once a second; the clock may go back', async () => {
    let now = 1_000_000;
    const told: string[] = [];
    const values = (value: boolean) => answering(() => answer(value));
    const tried = await started(
      shadow(values(true), values(false), {
        ...ALL,
        clock: () => now,
        onMismatch: ({ key, at }) => void told.push(`${key} ${at}`),
      }),
    );
    let n = 0;
    const ask = async (...keys: string[]): Promise<void> => {
      for (const key of keys) tried.resolve('boolean', key, false, {});
      n += keys.length;
      await reported(tried, ({ mismatched }) => mismatched === n);
    };
    await ask('a', 'a', 'b');
    now += 999;
    await ask('a');
    now += 1;
    await ask('a', 'a');
    now -= 500_000;
    await ask('b');
    expect(told).toEqual(['a 1000000', 'b 1000000', 'a 1001000', 'b 501000']);
  });

  it('that throws or rejects is warned of, and nothing else happens', async () => {
    for (const onMismatch of [
      () => {
        throw new Error('boom');
      },
      () => Promise.reject(new Error('boom')) as never,
    ]) {
      warnings = [];
      const tried = await started(shadow(serving(ON), serving(OFF), { ...ALL, onMismatch }));
      tried.resolve('boolean', 'flag', false, {});
      await reported(tried, ({ mismatched }) => mismatched === 1);
      await soon(() => expect(warnings).toEqual(['onMismatch of a shadow threw: boom']));
      tried.resolve('boolean', 'flag', false, {});
      await reported(tried, ({ mismatched }) => mismatched === 2);
    }
  });
});

describe('options', () => {
  it.each<[ShadowOptions | Record<string, unknown>, RegExp]>([
    [{ sample: -0.1 }, /^sample is -0.1; expected a number from 0 to 1/],
    [{ sample: 1.1 }, /^sample/],
    [{ sample: Number.NaN }, /^sample/],
    [{ sample: '1' }, /^sample/],
    [{ compare: ['variant'] }, /^compare is \["variant"\]; expected 'value'/],
    [{ compare: ['value', 'nonsense'] }, /^compare/],
    [{ compare: 'value' }, /^compare/],
    [{ settle: -1 }, /^settle/],
    [{ timeout: 0 }, /^timeout/],
    [{ timeout: 2 ** 31 }, /^timeout/],
    [{ concurrency: 0 }, /^concurrency is 0; expected a whole number from 1/],
    [{ queue: 1.5 }, /^queue/],
    [{ enough: Number.POSITIVE_INFINITY }, /^enough/],
    [{ onMismatch: 'log' }, /^onMismatch is "log"; expected a function/],
    [{ random: 1 }, /^random/],
    [{ clock: {} }, /^clock/],
  ])('%j is refused', (options, message) => {
    expect(() => shadow(serving(ON), serving(ON), options as ShadowOptions)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringMatching(message) }),
    );
  });

  it.each([undefined, null, {}, 'features.yaml', []])('%j is no resolver', (none) => {
    const refused = { code: 'INVALID_ARGUMENT' };
    expect(() => shadow(none as never, serving(ON))).toThrow(expect.objectContaining(refused));
    expect(() => shadow(serving(ON), none as never)).toThrow(expect.objectContaining(refused));
  });

  it('undefined is what is usual', () => {
    const options = { sample: undefined, compare: undefined, settle: undefined, onMismatch: undefined };
    expect(() => shadow(serving(ON), serving(ON), options)).not.toThrow();
  });
});
