import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FlagSet, FlagSource } from '@flagwright/core';
import { FlagError, follow } from '@flagwright/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { away, eventually, good, hand, never, type Read, setOf, themeOf } from '../../test/cached/support.ts';
import { loadCopy } from './copy-file.ts';
import type { CachedOptions } from './index.ts';
import { cached } from './index.ts';

/** Answers that come when the test says so. */
function slow(): { readonly read: Read; readonly give: (set: FlagSet) => void; readonly refuse: (e: Error) => void } {
  const waiting: { readonly give: (set: FlagSet) => void; readonly refuse: (error: Error) => void }[] = [];
  return {
    read: () => new Promise((give, refuse) => waiting.push({ give, refuse })),
    give: (set) => waiting.shift()!.give(set),
    refuse: (error) => waiting.shift()!.refuse(error),
  };
}

let folder: string;
let path: string;
const open: FlagSource[] = [];

/** A source that the test need not close. */
function wrap(source: FlagSource, options: Partial<CachedOptions> = {}): FlagSource {
  const one = cached(source, { path, ...options });
  open.push(one);
  return one;
}

/** A copy as an earlier process would have left it. */
async function leaveCopy(value: string): Promise<void> {
  const before = cached(hand(good(value)), { path });
  await before.read();
  await before.close?.();
}

async function rejection(promise: Promise<unknown>): Promise<FlagError> {
  const thrown: unknown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(FlagError);
  return thrown as FlagError;
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flagwright-cached-'));
  path = join(folder, 'copy');
});

afterEach(async () => {
  vi.useRealTimers();
  for (const one of open.splice(0)) await one.close?.();
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

describe('a backend that does not answer', () => {
  it('has the copy served in time, and its answer hinted at and used', async () => {
    await leaveCopy('last good');
    const answers = slow();
    const origin = hand(answers.read);
    const source = wrap(origin, { startWithin: 30 });
    const changed = vi.fn();
    const stop = await source.subscribe!({ changed, failed: () => undefined });
    const started = performance.now();
    const copy = await source.read();
    expect(performance.now() - started).toBeGreaterThanOrEqual(25);
    expect(themeOf(copy)).toBe('last good');
    expect(copy.stale?.cause).toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining('within 30 ms') });
    expect(changed).not.toHaveBeenCalled();
    answers.give(setOf('late'));
    await eventually(() => expect(changed).toHaveBeenCalledTimes(1));
    const set = await source.read(copy);
    expect([themeOf(set), set.stale]).toEqual(['late', undefined]);
    expect(origin.asked).toHaveLength(1);
    origin.answer = good('newer');
    expect(themeOf(await source.read(set))).toBe('newer');
    await stop();
  });

  it('is not asked twice at a time: the next reader waits for the same answer', async () => {
    await leaveCopy('last good');
    const answers = slow();
    const origin = hand(answers.read);
    const source = wrap(origin, { startWithin: 10 });
    const copy = await source.read();
    const [next, other] = [source.read(copy), source.read(copy)];
    const third = await source.read();
    expect(third.stale).toBeDefined();
    answers.give(setOf('late'));
    expect([themeOf(await next), themeOf(await other)]).toEqual(['late', 'late']);
    expect(origin.asked).toHaveLength(1);
  });

  it('tells the next reader when it fails after all, and is asked anew after that', async () => {
    await leaveCopy('last good');
    const answers = slow();
    const origin = hand(answers.read);
    const source = wrap(origin, { startWithin: 10 });
    const copy = await source.read();
    const next = source.read(copy);
    answers.refuse(new FlagError('UNAUTHORIZED', 'who are you?'));
    expect((await next).stale?.cause).toMatchObject({ code: 'UNAUTHORIZED' });
    origin.answer = good('new');
    expect(themeOf(await source.read(copy))).toBe('new');
  });

  it('has an answer of long ago dropped', async () => {
    await leaveCopy('last good');
    const answers = slow();
    const origin = hand(answers.read);
    const source = wrap(origin, { startWithin: 10 });
    const changed = vi.fn();
    await source.subscribe!({ changed, failed: () => undefined });
    const copy = await source.read();
    answers.give(setOf('late'));
    await eventually(() => expect(changed).toHaveBeenCalled());
    origin.answer = good('new');
    const later = performance.now() + 1_001;
    vi.spyOn(performance, 'now').mockImplementation(() => later);
    expect(themeOf(await source.read(copy))).toBe('new');
  });

  it('is waited for if there is no copy', async () => {
    const answers = slow();
    const origin = hand(answers.read);
    const source = wrap(origin, { startWithin: 0 });
    let done = false;
    const read = source.read().finally(() => {
      done = true;
    });
    await eventually(() => expect(origin.asked).toHaveLength(1));
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(done).toBe(false);
    answers.give(setOf('a'));
    expect(themeOf(await read)).toBe('a');
  });

  it('does not keep a reader whose signal is aborted, and is told', async () => {
    await leaveCopy('last good');
    const origin = hand(never);
    const source = wrap(origin, { startWithin: 60_000 });
    const aborter = new AbortController();
    const read = source.read(undefined, aborter.signal);
    await eventually(() => expect(origin.asked).toHaveLength(1));
    const reason = new FlagError('UNAVAILABLE', 'the reader has no time');
    aborter.abort(reason);
    expect(await rejection(read)).toBe(reason);
    expect(origin.asked[0]?.signal?.aborted).toBe(true);
    expect(origin.asked[0]?.signal?.reason).toBe(reason);
  });

  it('is not told of a signal that is aborted after its reader was served, but of one of the last who waits', async () => {
    await leaveCopy('last good');
    const origin = hand(never);
    const source = wrap(origin, { startWithin: 10 });
    const [first, second, third] = [new AbortController(), new AbortController(), new AbortController()];
    const copy = await source.read(undefined, first.signal);
    first.abort();
    const reads = [source.read(copy, second.signal), source.read(copy, third.signal)] as const;
    second.abort(new FlagError('UNAVAILABLE', 'second'));
    expect((await rejection(reads[0])).message).toBe('second');
    expect(origin.asked[0]?.signal?.aborted).toBe(false);
    third.abort(new FlagError('UNAVAILABLE', 'third'));
    expect((await rejection(reads[1])).message).toBe('third');
    expect(origin.asked[0]?.signal?.aborted).toBe(true);
    origin.answer = good('back');
    expect(themeOf(await source.read(copy))).toBe('back');
  });

  it('is given up after a while, even if it does not heed its signal', async () => {
    await leaveCopy('last good');
    const origin = hand(never);
    const source = wrap(origin, { startWithin: 10 });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const reading = source.read();
    await eventually(() => expect(origin.asked).toHaveLength(1));
    vi.advanceTimersByTime(10);
    const copy = await reading;
    const next = source.read(copy);
    vi.advanceTimersByTime(30_000);
    expect((await next).stale?.cause).toMatchObject({ message: expect.stringContaining('within 30000 ms') });
    expect(origin.asked[0]?.signal?.aborted).toBe(true);
    origin.answer = good('back');
    expect(themeOf(await source.read(copy))).toBe('back');
  });

  it('is asked once more at a time only, however many start at once', async () => {
    await leaveCopy('last good');
    const origin = hand(never);
    const source = wrap(origin, { startWithin: 10 });
    const sets = await Promise.all(Array.from({ length: 10 }, () => source.read()));
    expect(sets.map(themeOf)).toEqual(Array.from({ length: 10 }, () => 'last good'));
    const left = origin.asked.filter(({ signal }) => signal?.aborted === false);
    expect(left).toHaveLength(1);
  });

  it('has a follower start with the copy, and recover when it answers', async () => {
    await leaveCopy('last good');
    const answers = slow();
    const origin = hand(answers.read);
    const follower = follow(cached(origin, { path, startWithin: 20 }));
    const events: string[] = [];
    follower.on(({ type }) => events.push(type));
    const snapshot = await follower.ready();
    expect(snapshot.stale).toBeDefined();
    expect(follower.health().status).toBe('stale');
    origin.answer = good('late');
    answers.give(setOf('late'));
    await eventually(() => expect(follower.health().status).toBe('ready'));
    expect(themeOf({ document: follower.snapshot!.document, revision: '' })).toBe('late');
    expect(events).toEqual(['ready', 'stale', 'changed', 'recovered']);
    await follower.close();
  });

  it('is not fooled by an answer that was overtaken', async () => {
    const answers = slow();
    const origin = hand(answers.read);
    const source = wrap(origin);
    const old = source.read();
    // the first read looks for a copy before it asks
    await eventually(() => expect(origin.asked).toHaveLength(1));
    origin.answer = good('new');
    await source.read();
    answers.give(setOf('old'));
    await old;
    origin.answer = away;
    expect(themeOf(await source.read())).toBe('new');
    await source.close?.();
    expect((await loadCopy(path))?.set.revision).toBe('new');
  });
});
