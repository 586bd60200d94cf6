import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { FlagSet, FlagSource, FollowEvent, Follower, FollowOptions, Observer, ReadRecord } from '../src/index.ts';
import { createClient, evaluate, FlagError, follow, isFollower } from '../src/index.ts';

type Answer = FlagSet | Error | (() => Promise<FlagSet>);

function flags(value: boolean, revision: string, more: Partial<FlagSet> = {}): FlagSet {
  return { document: { flags: { f: { type: 'boolean', default: value } } }, revision, ...more };
}

const away = (code: FlagError['code'] = 'UNAVAILABLE') => new FlagError(code, 'away');
const never = () => new Promise<never>(() => {});

/** A source that answers what the test says, and remembers what it was asked. */
class Source implements FlagSource {
  readonly name = 'test';
  answer: Answer;
  reads = 0;
  open = 0;
  closed = 0;
  subscriptions = 0;
  unsubscribed = 0;
  readonly log: string[] = [];
  readonly previous: (FlagSet | undefined)[] = [];
  readonly signals: (AbortSignal | undefined)[] = [];
  observer: Observer | undefined;
  arm: () => Promise<void> = async () => {};
  subscribe?: (observer: Observer) => Promise<() => void>;

  constructor(answer: Answer, subscribes = true) {
    this.answer = answer;
    if (subscribes) {
      this.subscribe = async (observer) => {
        this.log.push('subscribe');
        this.subscriptions += 1;
        this.observer = observer;
        await this.arm();
        this.log.push('armed');
        return () => {
          this.log.push('unsubscribe');
          this.unsubscribed += 1;
        };
      };
    }
  }

  async read(previous?: FlagSet, signal?: AbortSignal): Promise<FlagSet> {
    this.reads += 1;
    this.log.push('read');
    this.previous.push(previous);
    this.signals.push(signal);
    const { answer } = this;
    if (typeof answer === 'function') return answer();
    if (answer instanceof Error) throw answer;
    return answer;
  }

  async close(): Promise<void> {
    this.closed += 1;
  }
}

const open: { close(): Promise<void> }[] = [];

function watch(
  source: FlagSource,
  options: FollowOptions = {},
): { follower: Follower; events: FollowEvent[]; types: () => string[] } {
  const follower = follow(source, { refreshInterval: 10_000, random: () => 0.999_999, ...options });
  open.push(follower);
  const events: FollowEvent[] = [];
  follower.on((event) => events.push(event));
  return { follower, events, types: () => events.map(({ type }) => type) };
}

const pass = (ms = 0) => vi.advanceTimersByTimeAsync(ms);
const value = (follower: Follower) =>
  follower.snapshot === undefined ? undefined : evaluate(follower.snapshot, 'f', 'boolean').value;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
  vi.useRealTimers();
});

describe('reading', () => {
  test('subscribes before it reads, and is ready after the first read', async () => {
    const source = new Source(flags(true, '1'));
    const { follower, types } = watch(source);
    expect(follower.snapshot).toBeUndefined();
    expect(follower.health()).toMatchObject({
      status: 'starting',
      revision: undefined,
      freshAt: undefined,
      age: undefined,
      reads: 0,
    });
    await pass();
    expect(source.log).toEqual(['subscribe', 'armed', 'read']);
    expect(types()).toEqual(['ready']);
    expect(value(follower)).toBe(true);
    expect(follower.health()).toMatchObject({
      source: 'test',
      status: 'ready',
      revision: '1',
      reads: 1,
      failures: 0,
      subscribed: true,
      reconnects: 0,
      lastError: undefined,
      degraded: [],
    });
    await expect(follower.ready()).resolves.toBe(follower.snapshot);
  });

  test('refresh resolves after the first read that begins after it, however many hints come', async () => {
    let reads = 0;
    const source = new Source(async () => {
      reads++;
      await new Promise((resolve) => setTimeout(resolve, 50));
      return flags(true, '1');
    });
    const { follower } = watch(source);
    const hints = setInterval(() => source.observer?.changed(), 20);
    await pass(25);
    let refreshed: number | undefined;
    void follower.refresh().then(() => {
      refreshed = reads;
    });
    await pass(100);
    // the next one may have begun by then
    expect(refreshed).toBeLessThan(4);
    await pass(1_000);
    expect(reads).toBeGreaterThan(15);
    clearInterval(hints);
    await Promise.all([follower.close(), follower.refresh()]);
  });

  test('reads at the refresh interval, hints or none, and hands over what it has', async () => {
    const source = new Source(flags(true, '1'));
    const { types, events } = watch(source);
    await pass();
    await pass(9_999);
    expect(source.reads).toBe(1);
    await pass(1);
    expect(source.reads).toBe(2);
    expect(source.previous[0]).toBeUndefined();
    expect(source.previous[1]).toMatchObject({ revision: '1' });
    expect(types()).toEqual(['ready']);
    source.answer = flags(false, '2');
    await pass(10_000);
    expect(types()).toEqual(['ready', 'changed']);
    expect(events[1]).toMatchObject({ flagsChanged: ['f'] });
  });

  test('a hint reads at once, and the interval starts anew', async () => {
    const source = new Source(flags(true, '1'));
    const { follower } = watch(source);
    await pass(9_000);
    source.answer = flags(false, '2');
    source.observer!.changed();
    await pass();
    expect(value(follower)).toBe(false);
    expect(source.reads).toBe(2);
    await pass(9_999);
    expect(source.reads).toBe(2);
    await pass(1);
    expect(source.reads).toBe(3);
  });

  test('hints during a read cause exactly one more', async () => {
    let finish!: (set: FlagSet) => void;
    const source = new Source(flags(true, '1'));
    const { follower } = watch(source);
    await pass();
    source.answer = () =>
      new Promise((resolve) => {
        finish = resolve;
      });
    source.observer!.changed();
    await pass();
    expect(source.reads).toBe(2);
    for (let i = 0; i < 5; i++) source.observer!.changed();
    await pass();
    expect(source.reads).toBe(2);
    source.answer = flags(false, '3');
    finish(flags(true, '2'));
    await pass();
    expect(source.reads).toBe(3);
    expect(value(follower)).toBe(false);
    await pass(9_000);
    expect(source.reads).toBe(3);
  });

  test('refresh resolves when its read is over, whatever came of it', async () => {
    const source = new Source(flags(true, '1'));
    const { follower } = watch(source);
    await pass();
    source.answer = away();
    await expect(follower.refresh()).resolves.toBeUndefined();
    expect(follower.health()).toMatchObject({ status: 'stale', failures: 1 });
    source.answer = flags(false, '2');
    await follower.refresh();
    expect(value(follower)).toBe(false);
  });

  test('an unchanged revision tells nothing, and keeps every compiled flag', async () => {
    const source = new Source(flags(true, '1'));
    const { follower, types } = watch(source);
    await pass();
    const { snapshot } = follower;
    await follower.refresh();
    source.answer = flags(true, '1');
    await follower.refresh();
    expect(types()).toEqual(['ready']);
    expect(follower.snapshot!.flags.get('f')).toBe(snapshot!.flags.get('f'));
  });

  test('equal content under a new revision: no flag changed, the revision did', async () => {
    const source = new Source(flags(true, '1'));
    const { follower, types } = watch(source);
    await pass();
    source.answer = flags(true, '2');
    await follower.refresh();
    expect(types()).toEqual(['ready']);
    expect(follower.health().revision).toBe('2');
  });

  test('every read is told, and an observer that throws does no harm', async () => {
    const records: ReadRecord[] = [];
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const source = new Source(flags(true, '1'));
    const { follower } = watch(source, {
      onRead: (record) => {
        records.push(record);
        throw new Error('observer');
      },
    });
    await pass();
    source.answer = away();
    await follower.refresh();
    expect(records).toMatchObject([
      { source: 'test', revision: '1', error: undefined },
      { source: 'test', revision: undefined, error: { code: 'UNAVAILABLE' } },
    ]);
    expect(follower.health().status).toBe('stale');
    expect(warned).toHaveBeenCalled();
    warned.mockRestore();
  });

  test.each([[0], [-1], [Number.NaN], [Number.POSITIVE_INFINITY], [2 ** 31], ['30s']])(
    'a duration of %s is refused',
    (ms) => {
      for (const name of ['refreshInterval', 'readTimeout', 'armTimeout']) {
        expect(() => follow(new Source(flags(true, '1')), { [name]: ms as number })).toThrow(
          expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
        );
      }
    },
  );
});

describe('the first read fails', () => {
  test('ready rejects once, goes on trying, then resolves', async () => {
    const source = new Source(away());
    const { follower, types } = watch(source);
    const first = follower.ready();
    const caught = first.catch((error: unknown) => error);
    await pass();
    expect(await caught).toMatchObject({ code: 'UNAVAILABLE' });
    expect(types()).toEqual(['error']);
    const second = follower.ready().catch((error: unknown) => error);
    await pass(1_000);
    expect(await second).toMatchObject({ code: 'UNAVAILABLE' });
    source.answer = flags(true, '1');
    const third = follower.ready();
    await pass(1_000);
    await expect(third).resolves.toMatchObject({ revision: '1' });
    expect(types().at(-1)).toBe('ready');
    expect(types().filter((type) => type === 'ready')).toHaveLength(1);
  });

  test('back-off grows with full jitter, and never beyond the refresh interval', async () => {
    const source = new Source(new FlagError('UNKNOWN', 'x'));
    watch(source, { refreshInterval: 4_000 });
    await pass();
    const waits: number[] = [];
    for (let n = 1; n < 9; n++) {
      const before = source.reads;
      let waited = 0;
      while (source.reads === before && waited < 20_000) {
        await pass(10);
        waited += 10;
      }
      waits.push(waited);
    }
    for (let i = 1; i < waits.length; i++) expect(waits[i]).toBeGreaterThanOrEqual(waits[i - 1]!);
    expect(waits[0]).toBeLessThan(1_000);
    expect(waits[1]).toBeGreaterThan(waits[0]!);
    expect(Math.max(...waits)).toBeLessThanOrEqual(4_000);
  });

  test('an unreachable backend is tried at least every second', async () => {
    const source = new Source(away());
    watch(source);
    await pass(10_000);
    const before = source.reads;
    await pass(10_000);
    expect(source.reads - before).toBeGreaterThanOrEqual(10);
  });

  test('refused credentials slow it down but do not stop it', async () => {
    const source = new Source(away('UNAUTHORIZED'));
    watch(source, { refreshInterval: 1_000 });
    await pass(30_000);
    const early = source.reads;
    expect(early).toBeGreaterThan(1);
    expect(early).toBeLessThan(10);
    await pass(3_600_000);
    expect(source.reads).toBeGreaterThan(early + 5);
    expect(source.reads).toBeLessThan(60);
  });

  test('a read that throws at once, and one that answers nonsense', async () => {
    for (const answer of [undefined, null, 5, {}, { document: null, revision: 'x' }]) {
      const source = new Source(async () => answer as never);
      const { follower, types } = watch(source);
      await pass();
      expect(types()).toEqual(['error']);
      expect(follower.snapshot).toBeUndefined();
      source.answer = flags(true, '1');
      await pass(30_000);
      expect(value(follower)).toBe(true);
    }
    const thrower: FlagSource = {
      name: 'thrower',
      read() {
        throw new Error('at once');
      },
    };
    const { types } = watch(thrower);
    await pass();
    expect(types()).toEqual(['error']);
  });
});

describe('stale and back', () => {
  test('a fault that comes back is no news, until the document was right', async () => {
    const source = new Source(flags(true, '1'));
    const { types } = watch(source, { subscribe: false });
    await pass();
    for (const answer of [new FlagError('PARSE_ERROR', 'x'), away(), new FlagError('PARSE_ERROR', 'x'), away()]) {
      source.answer = answer;
      await pass(10_000);
    }
    expect(types()).toEqual(['ready', 'stale']);
    source.answer = new FlagError('PARSE_ERROR', 'y');
    await pass(10_000);
    source.answer = flags(true, '1');
    await pass(30_000);
    source.answer = new FlagError('PARSE_ERROR', 'x');
    await pass(30_000);
    expect(types()).toEqual(['ready', 'stale', 'stale', 'recovered', 'stale']);
  });

  test('told once, with its cause; the last good serves; recovered', async () => {
    const source = new Source(flags(true, '1'));
    const { follower, types, events } = watch(source);
    await pass();
    source.answer = away();
    await pass(10_000);
    expect(types()).toEqual(['ready', 'stale']);
    expect(events[1]).toMatchObject({ since: 1_010_000, cause: { code: 'UNAVAILABLE' } });
    expect(value(follower)).toBe(true);
    await pass(5_000);
    expect(types()).toEqual(['ready', 'stale']);
    expect(follower.health()).toMatchObject({
      status: 'stale',
      freshAt: 1_000_000,
      age: 15_000,
      lastError: { code: 'UNAVAILABLE' },
    });
    expect(follower.health().failures).toBeGreaterThan(2);
    source.answer = flags(true, '1');
    await pass(1_000);
    expect(types()).toEqual(['ready', 'stale', 'recovered']);
    expect(follower.health().status).toBe('ready');
    source.answer = away();
    await follower.refresh();
    expect(types()).toEqual(['ready', 'stale', 'recovered', 'stale']);
  });

  test.each([[null], [5], [[]], ['text'], [{ flag: {} }], [{ flags: 5 }]])(
    'a document that is garbage (%j) keeps the last good',
    async (document) => {
      const source = new Source(flags(true, '1'));
      const { follower, types, events } = watch(source);
      await pass();
      const before = follower.snapshot;
      source.answer = { document: document as never, revision: '2' };
      await follower.refresh();
      expect(types()).toEqual(['ready', 'stale']);
      expect(events[1]).toMatchObject({ cause: { code: 'PARSE_ERROR' } });
      expect(follower.snapshot).toBe(before);
      expect(follower.health().revision).toBe('1');
      source.answer = flags(false, '3');
      await follower.refresh();
      expect(types()).toEqual(['ready', 'stale', 'changed', 'recovered']);
      expect(source.previous.at(-1)).toMatchObject({ revision: '1' });
    },
  );

  test('a flag that breaks keeps its last good form and is told in health', async () => {
    const source = new Source(flags(true, '1'));
    const { follower, types } = watch(source);
    await pass();
    source.answer = {
      document: { flags: { f: { type: 'nope' as never }, g: { type: 'boolean', default: 5 } } },
      revision: '2',
    };
    await follower.refresh();
    expect(value(follower)).toBe(true);
    expect([...follower.health().degraded].sort()).toEqual(['f', 'g']);
    expect(follower.health().status).toBe('ready');
    expect(types()).toEqual(['ready', 'changed']);
  });

  test('a flag whose shared evaluator breaks is told in health', async () => {
    const f = { type: 'boolean', default: false, targeting: { if: [{ $ref: 'e' }, true, false] } } as const;
    const source = new Source({ document: { flags: { f }, $evaluators: { e: { '==': [1, 1] } } }, revision: '1' });
    const { follower } = watch(source);
    await pass();
    source.answer = { document: { flags: { f }, $evaluators: { e: { nope: 1 } } }, revision: '2' };
    await follower.refresh();
    expect(value(follower)).toBe(true);
    expect(follower.health().degraded).toEqual(['f']);
  });

  test('a copy of a dead origin is STALE though its revision is the same, and recovers', async () => {
    const source = new Source(flags(true, '1'));
    const { follower, types, events } = watch(source);
    await pass();
    source.answer = flags(true, '1', { stale: { since: 1_005_000, cause: new Error('origin') } });
    await pass(10_000);
    expect(types()).toEqual(['ready', 'stale']);
    expect(events[1]).toMatchObject({ since: 1_005_000, cause: expect.any(FlagError) });
    expect(follower.health()).toMatchObject({ status: 'stale', freshAt: 1_005_000, failures: 0 });
    expect(follower.health().lastError?.message).toBe('origin');
    await pass(10_000);
    expect(types()).toEqual(['ready', 'stale']);
    const { reads } = source;
    source.answer = flags(true, '1');
    // the origin is asked for every second, like one that is away
    await pass(1_000);
    expect(source.reads).toBe(reads + 1);
    expect(types()).toEqual(['ready', 'stale', 'recovered']);
    expect(follower.health().status).toBe('ready');
    await pass(9_000);
    expect(source.reads).toBe(reads + 1);
  });

  test('a copy at the start: ready, then stale', async () => {
    const source = new Source(flags(true, '1', { stale: { since: 5, cause: 'x' } }));
    const { types, follower } = watch(source);
    await pass();
    expect(types()).toEqual(['ready', 'stale']);
    expect(follower.health()).toMatchObject({ status: 'stale', freshAt: 5, age: 999_995 });
    expect(value(follower)).toBe(true);
    source.answer = flags(false, '2');
    await follower.refresh();
    expect(types()).toEqual(['ready', 'stale', 'changed', 'recovered']);
    expect(follower.health()).toMatchObject({ freshAt: 1_000_000, age: 0 });
    source.answer = flags(false, '2', { stale: { since: 7, cause: 'x' } });
    await follower.refresh();
    expect(follower.health()).toMatchObject({ status: 'stale', freshAt: 1_000_000 });
  });

  test('a failure, then a copy: stale is told once', async () => {
    const source = new Source(flags(true, '1'));
    const { follower, types } = watch(source);
    await pass();
    source.answer = away();
    await follower.refresh();
    source.answer = flags(true, '1', { stale: { since: 5, cause: 'x' } });
    await follower.refresh();
    expect(types()).toEqual(['ready', 'stale']);
    expect(follower.health().status).toBe('stale');
    source.answer = flags(true, '1');
    await follower.refresh();
    expect(types()).toEqual(['ready', 'stale', 'recovered']);
  });
});

describe('reads that hang', () => {
  test('one that hangs times out, the last good serves, and reading goes on', async () => {
    const source = new Source(flags(true, '1'));
    const { follower, types } = watch(source, { readTimeout: 3_000 });
    await pass();
    source.answer = never;
    await pass(10_000);
    expect(source.reads).toBe(2);
    await pass(2_999);
    expect(types()).toEqual(['ready']);
    await pass(1);
    expect(types()).toEqual(['ready', 'stale']);
    expect(source.signals[1]!.aborted).toBe(true);
    source.answer = flags(false, '2');
    await pass(1_000);
    expect(types()).toEqual(['ready', 'stale', 'changed', 'recovered']);
    expect(value(follower)).toBe(false);
  });

  test('the late answer of an abandoned read is ignored, good or bad', async () => {
    const late: { resolve: (set: FlagSet) => void; reject: (error: Error) => void }[] = [];
    const hanging = () =>
      new Promise<FlagSet>((resolve, reject) => {
        late.push({ resolve, reject });
      });
    const source = new Source(flags(true, '1'));
    const { follower, types } = watch(source, { readTimeout: 1_000 });
    await pass();
    source.answer = hanging;
    await pass(11_000);
    await pass(3_000);
    source.answer = flags(true, '3');
    await pass(2_000);
    const before = types();
    expect(before).toEqual(['ready', 'stale', 'recovered']);
    expect(late.length).toBeGreaterThan(1);
    late[0]!.resolve(flags(false, '2'));
    for (const one of late.slice(1)) one.reject(new Error('late'));
    await pass();
    expect(value(follower)).toBe(true);
    expect(follower.health().revision).toBe('3');
    expect(types()).toEqual(before);
  });

  test('ready rejects when the first read hangs', async () => {
    const source = new Source(never);
    const { follower } = watch(source, { readTimeout: 1_000 });
    const ready = follower.ready().catch((error: unknown) => error);
    await pass(1_000);
    expect(await ready).toMatchObject({ code: 'UNAVAILABLE' });
  });
});

describe('subscriptions', () => {
  test('lost: unsubscribed, read at once, subscribed again after a back-off, read', async () => {
    const source = new Source(flags(true, '1'));
    const { follower } = watch(source);
    await pass();
    source.log.length = 0;
    source.observer!.failed(away());
    await pass();
    expect(source.unsubscribed).toBe(1);
    expect(follower.health()).toMatchObject({ subscribed: false, reconnects: 1 });
    await pass(2_000);
    expect(source.log.slice(0, 1)).toEqual(['unsubscribe']);
    expect(source.log.slice(-3)).toEqual(['subscribe', 'armed', 'read']);
    expect(follower.health()).toMatchObject({ subscribed: true, reconnects: 1 });
    source.answer = flags(false, '2');
    source.observer!.changed();
    await pass();
    expect(value(follower)).toBe(false);
  });

  test('an observer whose subscription is over is not heard', async () => {
    const source = new Source(flags(true, '1'));
    watch(source);
    await pass();
    const old = source.observer!;
    old.failed(away());
    old.failed(away());
    await pass(2_000);
    expect(source.subscriptions).toBe(2);
    expect(source.unsubscribed).toBe(1);
    const { reads } = source;
    old.changed();
    old.failed(away());
    await pass();
    expect(source.reads).toBe(reads);
    expect(source.unsubscribed).toBe(1);
  });

  test('UNSUPPORTED: polling, said once, and asked again now and then', async () => {
    const warnings: string[] = [];
    const heard = (warning: Error): void => void warnings.push(warning.message);
    process.on('warning', heard);
    const source = new Source(flags(true, '1'));
    source.arm = async () => {
      throw away('UNSUPPORTED');
    };
    const { follower } = watch(source);
    await pass(29_000);
    expect(source.subscriptions).toBe(1);
    expect(source.reads).toBe(3);
    expect(follower.health()).toMatchObject({ subscribed: false, reconnects: 0, status: 'ready', failures: 0 });
    expect(follower.health().hintError).toMatchObject({ code: 'UNSUPPORTED' });
    await pass(600_000);
    expect(source.subscriptions).toBeGreaterThan(2);
    expect(source.subscriptions).toBeLessThan(10);
    expect(source.reads).toBe(63);
    source.arm = async () => {};
    await pass(300_000);
    expect(follower.health()).toMatchObject({ subscribed: true, hintError: undefined });
    process.off('warning', heard);
    expect(warnings.filter((message) => message.includes('gives no hints'))).toHaveLength(1);
  });

  test('a backend that asked for time is given it', async () => {
    const source = new Source(flags(true, '1'));
    const { follower } = watch(source);
    await pass();
    source.answer = new FlagError('UNAVAILABLE', 'busy', { retryAfter: 45_000 });
    await pass(10_000);
    const { reads } = source;
    await pass(44_000);
    expect(source.reads).toBe(reads);
    source.answer = flags(true, '1');
    await pass(2_000);
    expect(follower.health().status).toBe('ready');
  });

  test.each([
    ['Retry-After', new FlagError('UNAVAILABLE', 'busy', { retryAfter: 60_000 }), 60_000],
    ['refused credentials', away('UNAUTHORIZED'), 4_900],
  ])('hints and lost subscriptions do not hurry what is slow by %s; refresh does', async (_, error, patience) => {
    const source = new Source(flags(true, '1'));
    const { follower } = watch(source);
    await pass(10);
    source.answer = error;
    source.observer!.changed();
    await pass();
    const { reads } = source;
    for (let waited = 0; waited < patience - 100; waited += 50) {
      source.observer!.changed();
      if (waited % 500 === 0) source.observer!.failed(away());
      await pass(50);
    }
    expect(source.reads).toBe(reads);
    await follower.refresh();
    expect(source.reads).toBe(reads + 1);
    // a hint during a read that ends so is no reason for another either
    source.answer = async () => {
      source.observer!.changed();
      throw error;
    };
    await follower.refresh();
    expect(source.reads).toBe(reads + 2);
    source.answer = flags(false, '2');
    // the third refusal in a row may wait for four times as long as the first
    await pass(Math.max(patience, 20_000) + 1_000);
    expect(value(follower)).toBe(false);
    source.answer = flags(true, '3');
    source.observer!.changed();
    await pass();
    expect(value(follower)).toBe(true);
  });

  test('the newest cause of a stale copy decides how long its origin is left alone', async () => {
    const copy = (cause: FlagError): FlagSet => flags(true, '1', { stale: { since: 1, cause } });
    const source = new Source(copy(away()));
    const { follower, types } = watch(source);
    await pass();
    source.answer = copy(new FlagError('UNAVAILABLE', 'busy', { retryAfter: 60_000 }));
    await pass(1_000);
    expect(follower.health().lastError).toMatchObject({ message: 'busy', retryAfter: 60_000 });
    const { reads } = source;
    for (let waited = 0; waited < 59_000; waited += 1_000) {
      source.observer!.changed();
      await pass(1_000);
    }
    expect(source.reads).toBe(reads);
    source.answer = copy(away());
    await follower.refresh();
    expect(follower.snapshot?.stale?.cause).toMatchObject({ message: 'away' });
    source.answer = flags(true, '1');
    await pass(1_000);
    expect(types()).toEqual(['ready', 'stale', 'recovered']);
  });

  test('a copy whose origin refuses the credentials may be read any time: a hint says that it is back', async () => {
    const source = new Source(flags(true, '1', { stale: { since: 1, cause: away('UNAUTHORIZED') } }));
    const { follower } = watch(source);
    await pass();
    expect(follower.health()).toMatchObject({ status: 'stale', lastError: { code: 'UNAUTHORIZED' } });
    source.answer = flags(true, '1');
    source.observer!.changed();
    await pass();
    expect(follower.health().status).toBe('ready');
  });

  test('refused credentials, and a subscription that is never armed: reads are as few', async () => {
    const source = new Source(away('UNAUTHORIZED'));
    source.arm = async () => {
      throw away();
    };
    const { follower } = watch(source);
    await pass(4_900);
    expect(source.reads).toBe(1);
    expect(source.subscriptions).toBeGreaterThan(4);
    expect(follower.health().reconnects).toBe(0);
  });

  test('one that is armed and ends at once, again and again, is taken up more and more slowly', async () => {
    const source = new Source(flags(true, '1'));
    const { subscribe } = source;
    source.subscribe = async (observer) => {
      const stop = await subscribe!(observer);
      setTimeout(() => observer.failed(away()), 1);
      return stop;
    };
    const { follower } = watch(source);
    await pass(6_000);
    expect(source.subscriptions).toBeLessThan(12);
    expect(source.reads).toBeLessThan(14);
    const { reconnects } = follower.health();
    expect(reconnects).toBeGreaterThan(5);
    // and one that lasts for a while makes up for it: the next is armed as fast as the first
    source.subscribe = subscribe!;
    await pass(10_000);
    expect(follower.health().subscribed).toBe(true);
    const { reads } = source;
    source.observer!.failed(away());
    await pass(100);
    expect(follower.health()).toMatchObject({ subscribed: true, reconnects: reconnects + 1 });
    expect(source.reads).toBe(reads + 2);
  });

  test('one that is lost at once twice, because the source is away, is found out within a second', async () => {
    const source = new Source(flags(true, '1'));
    const { follower } = watch(source);
    await pass();
    source.observer!.failed(away());
    await pass(100);
    expect(follower.health()).toMatchObject({ status: 'ready', subscribed: true });
    source.answer = away();
    source.arm = async () => {
      throw away();
    };
    source.observer!.failed(away());
    await pass(1_000);
    expect(follower.health()).toMatchObject({ status: 'stale', subscribed: false });
  });

  test('one that is lost soon, because the source is away, is found out at once', async () => {
    const source = new Source(flags(true, '1'));
    const { follower } = watch(source);
    await pass(1_000);
    source.observer!.failed(away());
    await pass(1_000);
    expect(follower.health()).toMatchObject({ status: 'ready', subscribed: true });
    source.answer = away();
    source.arm = async () => {
      throw away();
    };
    source.observer!.failed(away());
    await pass();
    expect(follower.health()).toMatchObject({ status: 'stale', subscribed: false });
  });

  test('one that cannot be had says so, also if it could not be tried at first', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const source = new Source(flags(true, '1'));
    let code: FlagError['code'] = 'UNAVAILABLE';
    source.arm = async () => {
      throw away(code);
    };
    watch(source);
    await pass(5_000);
    expect(warn).not.toHaveBeenCalled();
    code = 'UNSUPPORTED';
    await pass(3_600_000);
    expect(warn).toHaveBeenCalledTimes(1);
    warn.mockRestore();
  });

  test('a source that falls silent while it is subscribed to again is found out soon', async () => {
    const source = new Source(flags(true, '1'));
    const { follower } = watch(source);
    await pass(10);
    source.arm = async () => {
      throw away();
    };
    source.observer!.failed(away());
    await pass(100);
    expect(follower.health().status).toBe('ready');
    source.answer = away();
    await pass(5_000);
    expect(follower.health().status).toBe('stale');
  });

  test('subscribe: false, and a source without', async () => {
    const source = new Source(flags(true, '1'));
    watch(source, { subscribe: false });
    const plain = new Source(flags(true, '1'), false);
    const { follower } = watch(plain);
    await pass(20_000);
    expect(source.subscriptions).toBe(0);
    expect(source.reads).toBe(3);
    expect(plain.reads).toBe(3);
    expect(follower.health().subscribed).toBe(false);
  });

  test('one that cannot be armed at first is tried again', async () => {
    const source = new Source(flags(true, '1'));
    let fail = true;
    source.arm = async () => {
      if (fail) throw away();
    };
    const { follower } = watch(source);
    await pass();
    expect(value(follower)).toBe(true);
    fail = false;
    await pass(2_000);
    expect(follower.health().subscribed).toBe(true);
    expect(source.log.slice(-2)).toEqual(['armed', 'read']);
  });

  test('one that hangs does not hold up the first read, and reads again once armed', async () => {
    const source = new Source(flags(true, '1'));
    let arm!: () => void;
    source.arm = () =>
      new Promise((resolve) => {
        arm = resolve;
      });
    const { follower } = watch(source, { armTimeout: 1_000 });
    await pass(999);
    expect(source.reads).toBe(0);
    await pass(1);
    expect(value(follower)).toBe(true);
    source.answer = flags(false, '2');
    arm();
    await pass();
    expect(value(follower)).toBe(false);
    expect(follower.health().subscribed).toBe(true);
  });

  test('one that fails while being armed', async () => {
    const source = new Source(flags(true, '1'));
    source.arm = async () => {
      source.observer!.failed(away());
    };
    const { follower } = watch(source);
    await pass();
    expect(value(follower)).toBe(true);
    expect(source.unsubscribed).toBe(1);
    expect(follower.health().subscribed).toBe(false);
    source.arm = async () => {};
    await pass(2_000);
    expect(follower.health().subscribed).toBe(true);
  });

  test('an unsubscribe that throws does no harm', async () => {
    const source = new Source(flags(true, '1'));
    const { subscribe } = source;
    source.subscribe = async (observer) => {
      await subscribe!(observer);
      return () => {
        throw new Error('gone');
      };
    };
    const { follower } = watch(source);
    await pass();
    source.observer!.failed(away());
    await pass(2_000);
    expect(follower.health()).toMatchObject({ subscribed: true, status: 'ready' });
    await expect(follower.close()).resolves.toBeUndefined();
  });
});

describe('listeners', () => {
  test('one that throws disturbs neither the others nor the follower', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const source = new Source(flags(true, '1'));
    const follower = follow(source);
    open.push(follower);
    const seen: string[] = [];
    follower.on(() => {
      throw new Error('listener');
    });
    follower.on(() => {
      throw Object.create(null);
    });
    follower.on(({ type }) => seen.push(type));
    await pass();
    expect(seen).toEqual(['ready']);
    expect(value(follower)).toBe(true);
    expect(warned).toHaveBeenCalledTimes(2);
    source.answer = flags(false, '2');
    await follower.refresh();
    expect(seen).toEqual(['ready', 'changed']);
    expect(follower.health().status).toBe('ready');
    warned.mockRestore();
  });

  test('events come after the snapshot is in place', async () => {
    const source = new Source(flags(true, '1'));
    const follower = follow(source);
    open.push(follower);
    const seen: unknown[] = [];
    follower.on(() => seen.push(value(follower), follower.health().status));
    await pass();
    source.answer = flags(false, '2');
    await follower.refresh();
    source.answer = away();
    await follower.refresh();
    expect(seen).toEqual([true, 'ready', false, 'ready', false, 'stale']);
  });

  test('stopping to listen, also from within', async () => {
    const source = new Source(flags(true, '1'));
    const follower = follow(source);
    open.push(follower);
    let heard = 0;
    const stop = follower.on(() => {
      heard += 1;
      stop();
    });
    await pass();
    source.answer = flags(false, '2');
    await follower.refresh();
    expect(heard).toBe(1);
  });
});

describe('close', () => {
  test('is idempotent, closes the source once and leaves no timer', async () => {
    const source = new Source(flags(true, '1'));
    const { follower } = watch(source);
    await pass();
    await Promise.all([follower.close(), follower.close()]);
    await follower.close();
    expect(source).toMatchObject({ closed: 1, unsubscribed: 1 });
    expect(vi.getTimerCount()).toBe(0);
    expect(follower.health().status).toBe('closed');
    const { reads } = source;
    source.observer!.changed();
    source.observer!.failed(away());
    await follower.refresh();
    await pass(100_000);
    expect(source.reads).toBe(reads);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('the last snapshot goes on answering', async () => {
    const source = new Source(flags(true, '1'));
    const { follower } = watch(source);
    await pass();
    await follower.close();
    expect(value(follower)).toBe(true);
  });

  test.each([
    ['during a read that hangs and ignores its signal', 'read'],
    ['while a subscription is being armed', 'arm'],
    ['during the back-off of a read', 'backoff'],
    ['during the back-off of a subscription', 'lost'],
    ['before anything began', 'start'],
  ])('%s: at once, and no timer is left', async (_, when) => {
    const source = new Source(when === 'read' ? never : when === 'backoff' ? away() : flags(true, '1'));
    if (when === 'arm') source.arm = never;
    const { follower } = watch(source);
    const ready = follower.ready().catch((error: unknown) => error);
    if (when !== 'start') await pass();
    if (when === 'lost') source.observer!.failed(away());
    const closing = follower.close();
    await pass();
    await closing;
    if (when === 'read' || when === 'arm' || when === 'start') expect(await ready).toMatchObject({ code: 'NOT_READY' });
    expect(source.closed).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
    if (when === 'read') expect(source.signals[0]!.aborted).toBe(true);
  });

  test('a subscription armed after close is ended', async () => {
    const source = new Source(flags(true, '1'));
    let arm!: () => void;
    source.arm = () =>
      new Promise((resolve) => {
        arm = resolve;
      });
    const { follower } = watch(source);
    await pass();
    await follower.close();
    arm();
    await pass();
    expect(source.unsubscribed).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('ready after close rejects if there was never a snapshot', async () => {
    const source = new Source(never);
    const { follower } = watch(source);
    await pass();
    await follower.close();
    await expect(follower.ready()).rejects.toMatchObject({ code: 'NOT_READY' });
  });

  test('no event after close', async () => {
    let finish!: (set: FlagSet) => void;
    const source = new Source(flags(true, '1'));
    const { follower, types } = watch(source);
    await pass();
    source.answer = () =>
      new Promise((resolve) => {
        finish = resolve;
      });
    void follower.refresh();
    await pass();
    await follower.close();
    finish(flags(false, '2'));
    await pass();
    expect(types()).toEqual(['ready']);
    expect(value(follower)).toBe(true);
  });

  test('timers are unrefed: a follower does not keep the process alive', async () => {
    vi.useRealTimers();
    const source = new Source(flags(true, '1'));
    const follower = follow(source);
    await follower.ready();
    const active = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const second = follow(new Source(never));
    await new Promise((resolve) => setImmediate(resolve));
    expect(process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length).toBeLessThanOrEqual(active);
    await follower.close();
    await second.close();
  });
});

describe('the client', () => {
  const document = {
    flags: {
      b: { type: 'boolean', default: true },
      s: { type: 'string', default: 'x' },
      i: { type: 'integer', default: 3 },
      n: { type: 'number', default: 3.7 },
      j: { type: 'json', default: { a: [1] } },
      off: { type: 'boolean', enabled: false },
      bad: { type: 'boolean', default: 'x' },
      plan: {
        type: 'boolean',
        default: false,
        rules: [{ clauses: [{ attribute: 'plan', operator: 'eq', values: ['pro'] }], variation: 1 }],
      },
      who: { type: 'boolean', default: false, targets: [{ variation: 1, values: ['me'] }] },
    },
  } as unknown as FlagSet['document'];
  const make = (options = {}) => {
    const client = createClient(new Source({ document, revision: '1' }), options);
    open.push(client);
    return client;
  };

  test('before the first read: the fallback, PROVIDER_NOT_READY', async () => {
    const client = make();
    expect(client.boolean('b', false)).toBe(false);
    expect(client.details('b')).toMatchObject({ errorCode: 'PROVIDER_NOT_READY', value: undefined });
    expect(client.all()).toEqual({});
    await pass();
    await client.ready();
    expect(client.boolean('b', false)).toBe(true);
  });

  test('every type, and the fallback where the type is another (S3.14–S3.20, T6)', async () => {
    const client = make();
    await pass();
    expect([
      client.boolean('b', false),
      client.string('s', 'f'),
      client.int('i', 0),
      client.number('n', 0),
      client.number('i', 0),
      client.object('j', {}),
    ]).toEqual([true, 'x', 3, 3.7, 3, { a: [1] }]);
    expect([
      client.boolean('s', false),
      client.string('b', 'f'),
      client.int('n', 9),
      client.number('s', 9),
      client.object('s', 9),
      client.boolean('none', true),
      client.boolean('bad', true),
      client.boolean('off', true),
    ]).toEqual([false, 'f', 9, 9, 9, true, true, true]);
    expect(client.details('n', {}, 'integer').errorCode).toBe('TYPE_MISMATCH');
    expect(client.details('none')).toMatchObject({ errorCode: 'FLAG_NOT_FOUND', value: undefined });
    expect(Object.isFrozen(client.object('j', {}))).toBe(true);
  });

  test('all leaves out what fails and what is left to the caller (T27)', async () => {
    const client = make();
    await pass();
    expect(client.all({ plan: 'pro' })).toEqual({
      b: true,
      s: 'x',
      i: 3,
      n: 3.7,
      j: { a: [1] },
      plan: true,
      who: false,
    });
  });

  test('the client’s context, and the call’s over it', async () => {
    const client = make({ context: { plan: 'pro' } });
    await pass();
    expect(client.boolean('plan', false)).toBe(true);
    expect(client.boolean('plan', true, { plan: 'free' })).toBe(false);
    expect(client.withContext({ plan: 'free' }).boolean('plan', true)).toBe(false);
    expect(client.withContext({ more: 1 }).boolean('plan', false)).toBe(true);
    expect(client.all()).toMatchObject({ plan: true });
  });

  test('a key of the call wins over the client’s, whichever of its two names they use (T24)', async () => {
    for (const [base, call] of [
      [{ targetingKey: 'other' }, { targetingKey: 'me' }],
      [{ key: 'other' }, { key: 'me' }],
      [{ key: 'other' }, { targetingKey: 'me' }],
      [{ targetingKey: 'other' }, { key: 'me' }],
    ] as const) {
      const client = make({ context: base });
      await pass();
      expect(client.boolean('who', false, call), JSON.stringify([base, call])).toBe(true);
      expect(client.withContext(call).boolean('who', false)).toBe(true);
    }
  });

  test('sinks are told what the caller got; one that throws does no harm; `all` tells nothing', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const records: unknown[] = [];
    const client = make({
      sinks: [
        () => {
          throw new Error('sink');
        },
        (record: unknown) => records.push(record),
      ],
      context: { a: 1 },
    });
    await pass();
    expect(client.boolean('b', false, { b: 2 })).toBe(true);
    client.string('none', 'fallback');
    client.all();
    client.track('bought', { price: 5 }, { c: 3 });
    client.withContext({ d: 4 }).track('seen');
    expect(records).toMatchObject([
      {
        kind: 'evaluation',
        key: 'b',
        type: 'boolean',
        value: true,
        context: { a: 1, b: 2 },
        at: 1_000_000,
        evaluation: { value: true },
      },
      {
        kind: 'evaluation',
        key: 'none',
        type: 'string',
        value: 'fallback',
        evaluation: { errorCode: 'FLAG_NOT_FOUND' },
      },
      { kind: 'track', event: 'bought', data: { price: 5 }, context: { a: 1, c: 3 }, at: 1_000_000 },
      { kind: 'track', event: 'seen', data: {}, context: { a: 1, d: 4 } },
    ]);
    expect(warned).toHaveBeenCalled();
    warned.mockRestore();
  });

  test('owns a source, but not a follower that others use', async () => {
    const source = new Source({ document, revision: '1' });
    const follower = follow(source);
    open.push(follower);
    expect(isFollower(follower)).toBe(true);
    expect(isFollower(source)).toBe(false);
    const client = createClient(follower);
    await pass();
    expect(client.boolean('b', false)).toBe(true);
    await client.close();
    expect(source.closed).toBe(0);
    const owner = new Source({ document, revision: '1' });
    const own = createClient(owner);
    await pass();
    await own.close();
    await own.close();
    expect(owner.closed).toBe(1);
  });

  test('ready rejects while the source is away, then resolves', async () => {
    const source = new Source(away());
    const client = createClient(source, { random: () => 0.5 });
    open.push(client);
    const ready = client.ready().catch((error: unknown) => error);
    await pass();
    expect(await ready).toMatchObject({ code: 'UNAVAILABLE' });
    source.answer = { document, revision: '1' };
    const again = client.ready();
    await pass(1_000);
    await expect(again).resolves.toBeUndefined();
  });
});
