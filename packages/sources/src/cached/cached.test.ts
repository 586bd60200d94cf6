import { existsSync, mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FlagErrorCode, FlagSet, FlagSource } from '@flagwright/core';
import { FlagError } from '@flagwright/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { away, eventually, good, hand, never, setOf, themeOf } from '../../test/cached/support.ts';
import { memoryStore } from '../memory.ts';
import { loadCopy } from './copy-file.ts';
import type { CachedOptions } from './index.ts';
import { cached } from './index.ts';

let folder: string;
let path: string;
const open: FlagSource[] = [];
const warnings = (): string[] => vi.mocked(process.emitWarning).mock.calls.map(([text]) => String(text));

/** A source that the test need not close. */
function wrap(source: FlagSource, options: Partial<CachedOptions> = {}): FlagSource {
  const one = cached(source, { path, ...options });
  open.push(one);
  return one;
}

/** A copy as an earlier process would have left it. */
async function leaveCopy(value: string, freshAt?: number): Promise<void> {
  const before = cached(hand(good(value)), { path });
  await before.read();
  await before.close?.();
  if (freshAt !== undefined) utimesSync(path, freshAt / 1_000, freshAt / 1_000);
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
  vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
});

afterEach(async () => {
  for (const one of open.splice(0)) await one.close?.();
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

describe('a start while the backend is away', () => {
  const codes: FlagErrorCode[] = ['UNAVAILABLE', 'UNAUTHORIZED', 'PARSE_ERROR', 'NOT_FOUND', 'NOT_READY', 'UNKNOWN'];

  it.each(codes)('serves the copy, and says why: %s', async (code) => {
    const freshAt = Date.now() - 3_600_000;
    await leaveCopy('last good', freshAt);
    const cause = new FlagError(code, 'no');
    const source = wrap(
      hand(async () => {
        throw cause;
      }),
    );
    const set = await source.read();
    expect(themeOf(set)).toBe('last good');
    expect(set.revision).toBe('last good');
    expect(set.stale?.since).toBe(freshAt);
    expect(set.stale?.cause).toMatchObject({ code, message: 'no' });
    // who follows it leaves the source alone, for each read asks it
    if (code === 'UNAUTHORIZED') expect(set.stale?.cause).toMatchObject({ cause, retryAfter: 0 });
    else expect(set.stale?.cause).toBe(cause);
    expect((await source.read()).stale?.since).toBe(freshAt);
  });

  it('makes a FlagError of what is none, also when the source throws at once', async () => {
    await leaveCopy('last good');
    const source = wrap(
      hand(() => {
        throw new Error('oops');
      }),
    );
    expect((await source.read()).stale?.cause).toMatchObject({ code: 'UNAVAILABLE', message: 'oops' });
  });

  it('throws what the source throws if there is no copy, and serves one that another process wrote since', async () => {
    const source = wrap(hand(away));
    expect((await rejection(source.read())).code).toBe('UNAVAILABLE');
    await leaveCopy('by another');
    expect(themeOf(await source.read())).toBe('by another');
  });

  it('lets the source go on from the copy', async () => {
    await leaveCopy('last good');
    const origin = hand(away);
    const source = wrap(origin);
    const copy = await source.read();
    await source.read(copy);
    origin.answer = async (previous) => previous!;
    const set = await source.read(copy);
    expect(origin.asked.map(({ previous }) => previous?.revision)).toEqual(['last good', 'last good', 'last good']);
    expect(origin.asked.map(({ previous }) => previous && 'stale' in previous)).toEqual([false, false, false]);
    expect(set.stale).toBeUndefined();
    expect(set.document).toBe(copy.document);
  });

  it('is of no use to a source of another name', async () => {
    await leaveCopy('last good');
    const source = wrap(hand(away), { name: 'other' });
    expect((await rejection(source.read())).code).toBe('UNAVAILABLE');
    expect(warnings()).toEqual([
      expect.stringContaining('it is a copy of the source cached-hand; expected one of other'),
    ]);
  });

  it('serves the copy when the source answers with what is no flag document, and keeps it', async () => {
    await leaveCopy('last good');
    const bad: unknown[] = [null, [], 'text', { toggles: {} }, { flags: 'text' }, { flags: {}, segments: [] }];
    for (const document of bad) {
      const source = cached(
        hand(async () => ({ document, revision: 'bad' }) as FlagSet),
        { path },
      );
      const set = await source.read();
      expect(themeOf(set)).toBe('last good');
      expect(set.stale?.cause).toMatchObject({ code: 'PARSE_ERROR' });
      await source.close?.();
    }
    expect((await loadCopy(path))?.set.revision).toBe('last good');
  });
});

describe('a backend that goes away later', () => {
  it('leaves the previous set standing: the same document, stale since it was last good', async () => {
    const origin = hand(good('a'));
    const source = wrap(origin);
    let now = 1_800_000_000_000;
    vi.spyOn(Date, 'now').mockImplementation(() => now);
    const first = await source.read();
    now += 1_000;
    const again = await source.read(first);
    origin.answer = away;
    now += 1_000;
    const stale = await source.read(again);
    expect(stale.document).toBe(again.document);
    expect(stale.revision).toBe('a');
    expect(stale.stale?.since).toBe(1_800_000_001_000);
    now += 1_000;
    const later = await source.read(stale);
    expect(later.document).toBe(again.document);
    expect(later.stale?.since).toBe(1_800_000_001_000);
  });

  it('keeps where things stand in a text', async () => {
    const locate = (): { line: number; column: number } => ({ line: 7, column: 1 });
    const origin = hand(async () => ({ ...setOf('a'), locate }));
    const source = wrap(origin);
    const set = await source.read();
    origin.answer = away;
    expect((await source.read(set)).locate?.([])).toEqual({ line: 7, column: 1 });
  });

  it('serves a stranger’s previous set if nothing better is known, and the newest answer if one is', async () => {
    const origin = hand(away);
    const source = wrap(origin);
    const stranger = { ...setOf('stranger'), stale: { since: 5, cause: undefined } };
    const served = await source.read(stranger);
    expect(served.document).toBe(stranger.document);
    expect(served.stale?.since).toBe(5);
    origin.answer = good('a');
    await source.read();
    origin.answer = away;
    expect(themeOf(await source.read(stranger))).toBe('a');
  });

  it('prefers a previous set to the copy of a process before', async () => {
    await leaveCopy('last good');
    const source = wrap(hand(away));
    expect(themeOf(await source.read())).toBe('last good');
    expect(themeOf(await source.read(setOf('previous')))).toBe('previous');
  });

  it('passes a stale set of the source on, and does not keep it', async () => {
    await leaveCopy('last good');
    const theirs = { ...setOf('theirs'), stale: { since: 5, cause: new Error('theirs') } };
    const source = cached(
      hand(async () => theirs),
      { path },
    );
    expect(await source.read()).toBe(theirs);
    await source.close?.();
    expect((await loadCopy(path))?.set.revision).toBe('last good');
  });
});

describe('the decorator', () => {
  it.each<[string, unknown]>([
    ['no options', undefined],
    ['no path', {}],
    ['an empty path', { path: '' }],
    ['a path with a zero byte', { path: 'a\0b' }],
    ['a path that is no text', { path: 7 }],
    ['a negative time', { path: 'x', startWithin: -1 }],
    ['a time that is none', { path: 'x', startWithin: Number.NaN }],
    ['a time no timer can hold', { path: 'x', startWithin: 2 ** 31 }],
    ['an endless time', { path: 'x', startWithin: Number.POSITIVE_INFINITY }],
    ['an empty name', { path: 'x', name: '' }],
  ])('refuses %s with INVALID_ARGUMENT', (_, options) => {
    expect(() => cached(memoryStore(), options as CachedOptions)).toThrow(
      expect.objectContaining({ name: 'FlagError', code: 'INVALID_ARGUMENT' }),
    );
  });

  it('refuses what is no source', () => {
    expect(() => cached({} as FlagSource, { path })).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });

  it('touches nothing before it is read', async () => {
    const source = wrap(memoryStore(), { path: join(folder, 'new', 'copy') });
    await source.close?.();
    expect(existsSync(join(folder, 'new'))).toBe(false);
  });

  it('has subscribe if the source has it', async () => {
    const { subscribe: _, ...deaf } = hand(good('a'));
    expect(wrap(deaf).subscribe).toBeUndefined();
    expect(wrap(hand(good('a'))).subscribe).toBeDefined();
  });

  it('passes hints, failures and refusals to subscribe on, until it is closed', async () => {
    const origin = hand(good('a'));
    const source = wrap(origin);
    const observer = { changed: vi.fn(), failed: vi.fn() };
    const stop = await source.subscribe!(observer);
    const [inner] = origin.observers;
    inner?.changed();
    inner?.failed('why');
    expect(observer.changed).toHaveBeenCalledTimes(1);
    expect(observer.failed).toHaveBeenCalledWith('why');
    await source.close?.();
    inner?.changed();
    inner?.failed('late');
    expect(observer.changed).toHaveBeenCalledTimes(1);
    expect(observer.failed).toHaveBeenCalledTimes(1);
    await stop();
    expect(origin.observers.size).toBe(0);
    origin.subscribe = async () => {
      throw new FlagError('UNSUPPORTED', 'no hints here');
    };
    expect((await rejection(Promise.resolve(wrap(origin).subscribe!(observer)))).code).toBe('UNSUPPORTED');
  });

  it('keeps no answer that comes after it was closed', async () => {
    let give = (_: FlagSet): void => undefined;
    const origin = hand(
      () =>
        new Promise((resolve) => {
          give = resolve;
        }),
    );
    const source = cached(origin, { path });
    const outcome = rejection(source.read());
    await eventually(() => expect(origin.asked).toHaveLength(1));
    await source.close?.();
    expect((await outcome).code).toBe('NOT_READY');
    give(setOf('late'));
    await new Promise((resolve) => setTimeout(resolve, 50));
    await source.close?.();
    expect(existsSync(path)).toBe(false);
  });

  it('ends reads under way when it is closed, closes the source once, and tells when that fails', async () => {
    await leaveCopy('last good');
    const origin = hand(never);
    const close = vi.fn(async () => {
      throw new Error('cannot close');
    });
    const source = cached({ ...origin, close }, { path });
    const reads = [source.read(), source.read(setOf('a'))];
    const outcomes = Promise.all(reads.map(rejection));
    await eventually(() => expect(origin.asked).toHaveLength(2));
    expect((await rejection(source.close!())).message).toBe('cannot close');
    expect((await outcomes).map(({ code }) => code)).toEqual(['NOT_READY', 'NOT_READY']);
    await rejection(source.close!());
    expect(close).toHaveBeenCalledTimes(1);
  });
});
