import { AsyncLocalStorage } from 'node:async_hooks';
import { runInNewContext } from 'node:vm';
import type { JsonValue, Resolver } from '@flagwright/core';
import { FlagError } from '@flagwright/core';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type ShadowOptions, type ShadowResolver, shadow, switching } from '../src/index.ts';
import { answer, answering, NO_EVENTS, reported, serving, started } from './shadow-support.ts';

// Nothing a candidate is, does or answers reaches the primary, its callers or the process.

const ALL: ShadowOptions = { sample: 1, settle: 0 };
const agreeing = (): Resolver => answering(() => answer(true));
const pause = (ms = 5): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const boom = (): never => {
  throw new Error('boom');
};

const unhandled = vi.fn();
const warned = vi.fn();
beforeEach(() => {
  unhandled.mockClear();
  warned.mockClear();
  process.on('unhandledRejection', unhandled).on('uncaughtException', unhandled);
  vi.spyOn(process, 'emitWarning').mockImplementation(warned);
});
afterEach(() => {
  process.off('unhandledRejection', unhandled).off('uncaughtException', unhandled);
  vi.restoreAllMocks();
  expect(unhandled).not.toHaveBeenCalled();
});

const ask = (tried: ShadowResolver): unknown => tried.resolve('boolean', 'flag', false, {});

it('it is given copies of the default and of all of the context, dates as dates', async () => {
  const asked: unknown[] = [];
  const other = answering((_key, fallback, context) => {
    asked.push(structuredClone([fallback, context]));
    (fallback as { limit: number }).limit = 9;
    const { account, tags, since } = context as { account: { plan: string }; tags: string[]; since: Date };
    account.plan = 'mine';
    tags.push('mine');
    since.setTime(9);
    return answer(asked.length);
  });
  const again: unknown[] = [];
  const primary = answering((_key, _fallback, context) => {
    again.push(structuredClone(context));
    return answer(0);
  });
  const tried = await started(shadow(primary, other, { sample: 1, settle: 5 }));
  const fallback = { limit: 1 };
  const context = { account: { plan: 'free' }, tags: ['a'], since: new Date(1), undef: undefined };
  const before = structuredClone([fallback, context]);
  tried.resolve('object', 'flag', fallback, context);
  await reported(tried, ({ mismatched }) => mismatched === 1);
  expect([fallback, context]).toEqual(before);
  expect(asked).toEqual([before, before]);
  expect(again).toEqual([before[1], before[1]]);
});

it('what is in no sample is not copied; what is huge is not copied, and not compared', async () => {
  let reads = 0;
  const context = {
    get name() {
      reads++;
      return 'ada';
    },
  };
  const tried = await started(shadow(agreeing(), agreeing(), { sample: 0.5, settle: 0, random: () => 0.75 }));
  for (let i = 0; i < 9; i++) tried.resolve('boolean', 'flag', false, context);
  await reported(tried, ({ compared }) => compared === 3);
  expect(reads).toBe(3);
  const all = await started(shadow(agreeing(), agreeing(), ALL));
  const many = (n: number) => Object.fromEntries(Array.from({ length: n }, (_, i) => [`k${i}`, i]));
  all.resolve('boolean', 'flag', false, many(1_000));
  await reported(all, ({ compared }) => compared === 1);
  all.resolve('boolean', 'flag', false, many(1_001));
  all.resolve('boolean', 'flag', false, { a: many(600), b: many(600) });
  all.resolve(
    'object',
    'flag',
    Array.from({ length: 10_001 }, () => 1),
    {},
  );
  expect(await reported(all, ({ undecided }) => undecided === 3)).toMatchObject({ compared: 1 });
  expect(reads).toBe(3);
});

/** Something whose `then` is what a function says, each time it is looked at. */
function withThen(base: object, get: (look: number) => unknown): unknown {
  let looks = 0;
  return Object.defineProperty(base, 'then', { get: () => get(++looks) });
}

it.each<[string, () => unknown]>([
  ['a promise whose own then throws', () => withThen(Promise.resolve(answer(true)), () => boom)],
  ['something whose then throws', () => withThen({}, () => boom)],
  ['what cannot be looked at twice', () => withThen({ ...answer(true) }, (look) => (look === 1 ? undefined : boom()))],
  ['what is a promise only at the first look', () => withThen({}, (look) => (look === 1 ? () => undefined : boom()))],
  [
    'by throwing what cannot be looked at',
    () => {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      throw proxy;
    },
  ],
  [
    'by rejecting with what cannot be looked at',
    () => {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      return Promise.reject(proxy);
    },
  ],
  ['a variant that is no text', () => answer(true, { variant: Symbol('v') as never })],
  ['metadata that cannot be looked at', () => answer(true, { flagMetadata: new Proxy({}, { ownKeys: boom }) })],
])('it may answer %s, as often as it likes', async (_what, does) => {
  const tried = await started(shadow(agreeing(), answering(does), { ...ALL, concurrency: 2, timeout: 1_000 }));
  for (let i = 0; i < 6; i++) expect(ask(tried)).toMatchObject({ value: true });
  const report = await reported(tried, ({ compared, candidateErrors }) => compared + candidateErrors === 6);
  expect(report).toMatchObject({ mismatched: 0, settling: 0 });
  await tried.stop();
});

it.each<[string, unknown]>([
  ['that throws', undefined],
  ['that is a symbol', Symbol('name')],
  ['that is nothing', ''],
])('it may have a name %s', async (_what, name) => {
  const other = agreeing();
  Object.defineProperty(other, 'name', { get: () => name ?? boom() });
  const tried = await started(shadow(agreeing(), other, ALL));
  expect(tried.report().candidate).toMatchObject({ name: 'unnamed', status: 'ready' });
});

it.each<[string, () => unknown]>([
  ['a number', () => 5],
  ['null', () => null],
  ['an object', () => ({})],
  ['a promise', async () => ['a']],
  ['a promise that rejects', async () => boom()],
  ['a list of anything', () => [1, Symbol('a'), null]],
])('it may list as its keys %s', async (_what, keys) => {
  const primary = serving(new Map([['a', true]]), { keys: () => ['a'] });
  const tried = await started(
    shadow(
      primary,
      answering(() => answer(true), { keys: keys as never }),
      ALL,
    ),
  );
  expect(tried.report().missing).toEqual(_what === 'a list of anything' ? ['a'] : []);
  await pause();
});

it('started again and not stopped, it is not started again', async () => {
  const start = vi.fn(async () => undefined);
  const tried = await started(
    shadow(
      agreeing(),
      answering(() => answer(true), { start }),
      ALL,
    ),
  );
  await started(tried);
  await pause();
  expect(start).toHaveBeenCalledTimes(1);
  await tried.stop();
  await started(tried);
  expect(start).toHaveBeenCalledTimes(2);
});

it('what a primary begins whenever it is awaited begins once', async () => {
  let begun = 0;
  const lazy = () =>
    withThen({}, () => (good: (given: unknown) => void) => {
      begun++;
      good(answer(true));
    });
  const tried = await started(shadow(answering(lazy), agreeing(), ALL));
  expect(await tried.resolve('boolean', 'flag', false, {})).toMatchObject({ value: true });
  await reported(tried, ({ compared }) => compared === 1);
  expect(begun).toBe(1);
});

it('it is asked outside of whatever made the shadow', async () => {
  const request = new AsyncLocalStorage<string>();
  const seen: unknown[] = [];
  const other = answering(() => {
    seen.push(request.getStore());
    return answer(true);
  });
  const tried = request.run('made', () => shadow(agreeing(), other, ALL));
  await started(tried);
  request.run('asked', () => ask(tried));
  await reported(tried, ({ compared }) => compared === 1);
  expect(seen).toEqual([undefined]);
});

it('onMismatch may be of another realm, and reject with anything', async () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const odd = [
    runInNewContext('async () => { throw new Error("boom") }'),
    () => withThen({}, () => (_good: unknown, bad: (thrown: unknown) => void) => bad(new Error('boom'))),
    () => {
      throw proxy;
    },
  ];
  for (const onMismatch of odd as (() => void)[]) {
    warned.mockClear();
    const other = answering(() => answer(false));
    const tried = await started(shadow(agreeing(), other, { ...ALL, onMismatch }));
    ask(tried);
    await reported(tried, ({ mismatched }) => mismatched === 1);
    await pause();
    expect(warned).toHaveBeenCalledTimes(1);
  }
});

it('onMismatch is told of copies that are frozen', async () => {
  const frozen: boolean[] = [];
  const own = answer({ a: 1 });
  const onMismatch: ShadowOptions['onMismatch'] = ({ primary, candidate }) => {
    frozen.push(Object.isFrozen(primary), Object.isFrozen(candidate), primary.value === own.value);
  };
  const tried = await started(
    shadow(
      answering(() => own),
      answering(() => answer(2)),
      { ...ALL, onMismatch },
    ),
  );
  ask(tried);
  await reported(tried, ({ mismatched }) => mismatched === 1);
  expect(frozen).toEqual([true, true, false]);
});

it('random that throws or is nonsense harms no evaluation', async () => {
  for (const odd of [boom, () => -1, () => 2, () => Number.NaN, () => 'half' as never]) {
    const tried = await started(shadow(agreeing(), agreeing(), { sample: 0.5, settle: 0, random: odd }));
    for (let i = 0; i < 200; i++) expect(ask(tried)).toMatchObject({ value: true });
    const { evaluations } = tried.report();
    expect(evaluations).toBe(200);
    const looked = await reported(tried, ({ compared }) => compared > 40);
    expect(looked.compared).toBeLessThan(160);
  }
});

it('evaluations are counted of a primary that throws, too', async () => {
  for (const sample of [0, 0.5, 1]) {
    const tried = await started(shadow(answering(boom), agreeing(), { sample }));
    for (let i = 1; i <= 50; i++) {
      expect(() => ask(tried)).toThrow('boom');
      expect(tried.report().evaluations).toBe(i);
    }
  }
});

it('no options are refused as any that are wrong', () => {
  for (const none of [null, 'all', 1]) {
    expect(() => shadow(agreeing(), agreeing(), none as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  }
});

it('where the primary does not start, nobody waits for the end of the candidate', async () => {
  const hangs = answering(() => answer(true), { stop: () => new Promise<void>(() => undefined) });
  const starts: readonly (() => Promise<void>)[] = [
    () => Promise.reject(new Error('no')),
    () => new Promise(() => undefined),
  ];
  for (const start of starts) {
    const backend = switching(serving(new Map<string, JsonValue>()), { startTimeout: 20 });
    await backend.start?.(NO_EVENTS);
    const began = performance.now();
    await expect(backend.switchTo(shadow(answering(boom, { start }), hangs, ALL))).rejects.toThrow();
    expect(performance.now() - began).toBeLessThan(1_000);
    await backend.stop?.();
  }
});

it('a primary that has started only after it was stopped has not started', async () => {
  let begin = (): void => undefined;
  const start = () => new Promise<void>((resolve) => (begin = resolve));
  const hangs = answering(() => answer(true), { stop: () => new Promise<void>(() => undefined) });
  const tried = shadow(
    answering(() => answer(true), { start }),
    hangs,
    ALL,
  );
  const starting = tried.start(NO_EVENTS);
  await tried.stop();
  begin();
  await starting;
  const began = performance.now();
  await tried.stop();
  expect(performance.now() - began).toBeLessThan(1_000);
});

it.each([1, 2])('its errors may throw where their message is read, the first %i times aside', async (good) => {
  const evil = (): never => {
    let looks = 0;
    const error = new FlagError('UNKNOWN', 'x');
    throw Object.defineProperty(error, 'message', { get: () => (++looks < good ? 'x' : boom()) });
  };
  const tried = await started(shadow(agreeing(), answering(evil, { start: evil, stop: evil }), ALL));
  expect(tried.report().candidate).toMatchObject({ status: 'failed', error: expect.stringMatching(/looked at/) });
  await tried.stop();
  const other = await started(shadow(agreeing(), answering(evil), ALL));
  ask(other);
  expect(await reported(other, ({ candidateErrors }) => candidateErrors > 0)).toMatchObject({ candidateErrors: 1 });
});

it('what it says of itself while it starts holds until it says otherwise', async () => {
  let ready = (): void => undefined;
  const other = answering(() => answer(true), {
    start: async (events) => {
      ({ ready } = events);
      events.error(new FlagError('UNAVAILABLE', 'no good answers'));
    },
  });
  const tried = await started(shadow(agreeing(), other, ALL));
  await pause();
  expect(tried.report().candidate).toMatchObject({ status: 'failed', error: 'no good answers' });
  ready();
  expect(tried.report().candidate).toMatchObject({ status: 'ready' });
});

it.each<[string, unknown]>([
  ['null', null],
  ['undefined', undefined],
  ['a symbol', Symbol('key')],
  ['a number', 5],
  ['an object that cannot be a text', { toString: boom }],
])('where a key is %s, callers get what the primary answers, and nothing is compared', async (_what, key) => {
  const given = answer(true);
  for (const later of [false, true]) {
    for (const ready of [true, false]) {
      const other = answering(() => answer(false), ready ? {} : { start: () => new Promise<void>(() => undefined) });
      const tried = shadow(
        answering(() => (later ? Promise.resolve(given) : given)),
        other,
        ALL,
      );
      await tried.start(NO_EVENTS);
      await pause();
      expect(await tried.resolve('boolean', key as string, false, {})).toBe(given);
      await pause();
      expect(tried.report()).toMatchObject({ unknown: 1, compared: 0, pending: 0, flags: [] });
    }
  }
});

it('a primary that hangs is waited for no more often than is queued', async () => {
  const timers = vi.spyOn(globalThis, 'setTimeout');
  for (const start of [async () => undefined, () => new Promise<void>(() => undefined)]) {
    const tried = shadow(
      answering((key) => (key === 'hangs' ? new Promise(() => undefined) : answer(true))),
      answering(() => answer(true), { start }),
      { ...ALL, queue: 5, timeout: 60_000 },
    );
    await tried.start(NO_EVENTS);
    await pause();
    timers.mockClear();
    for (let i = 0; i < 1_000; i++) void tried.resolve('boolean', 'hangs', false, {});
    expect(timers.mock.calls.length).toBe(5);
    expect(tried.report()).toMatchObject({ pending: 5, skipped: 995, flags: [] });
    await tried.stop();
    expect(tried.report()).toMatchObject({ pending: 0, skipped: 1_000, flags: [] });
  }
});
