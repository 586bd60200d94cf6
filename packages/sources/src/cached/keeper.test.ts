import { chmodSync, existsSync, mkdtempSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FlagSet, FlagSource } from '@flagwright/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { away, eventually, good, type Read, setOf, themeOf } from '../../test/cached/support.ts';
import { loadCopy } from './copy-file.ts';
import { cached } from './index.ts';

let folder: string;
let path: string;
const open: FlagSource[] = [];

/** A source that the test need not close. */
function wrap(read: Read): FlagSource {
  const one = cached({ name: 'hand', read }, { path });
  open.push(one);
  return one;
}

/** A copy as an earlier process would have left it. */
async function leaveCopy(value: string, freshAt?: number): Promise<void> {
  const before = cached({ name: 'hand', read: good(value) }, { path });
  await before.read();
  await before.close?.();
  if (freshAt !== undefined) utimesSync(path, freshAt / 1_000, freshAt / 1_000);
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flagwright-cached-'));
  path = join(folder, 'copy');
});

afterEach(async () => {
  for (const one of open.splice(0)) await one.close?.();
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

describe('the copy', () => {
  it('is written after the read, and not again while nothing changes', async () => {
    const toJSON = vi.fn(() => ({ default: 'a' }));
    const set = { document: { flags: { theme: { default: 'a', toJSON } } }, revision: 'a' } as unknown as FlagSet;
    const source = wrap(async () => set);
    await source.read();
    expect(existsSync(path)).toBe(false);
    await eventually(() => expect(existsSync(path)).toBe(true));
    const { ino, mtimeNs } = statSync(path, { bigint: true });
    for (let i = 0; i < 100; i++) await source.read(set);
    await source.close?.();
    expect(statSync(path, { bigint: true })).toMatchObject({ ino, mtimeNs });
    expect(toJSON).toHaveBeenCalledTimes(1);
  });

  it('is for the eyes of its user alone, in a folder made for it', async () => {
    path = join(folder, 'new', 'deep', 'copy');
    await leaveCopy('a');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'new', 'deep')).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, 'new')).mode & 0o777).toBe(0o700);
  });

  it('is known to be fresh as of the last good read, noted every ten seconds at most', async () => {
    let now = 1_800_000_000_000;
    vi.spyOn(Date, 'now').mockImplementation(() => now);
    const source = wrap(good('a'));
    const set = await source.read();
    await eventually(() => expect(Math.round(statSync(path).mtimeMs)).toBe(now));
    const { ino } = statSync(path);
    now += 9_999;
    await source.read(set);
    now += 1;
    await source.read(set);
    await eventually(() => expect(Math.round(statSync(path).mtimeMs)).toBe(1_800_000_010_000));
    expect(statSync(path).ino).toBe(ino);
    await source.close?.();
    now += 5_000;
    expect((await wrap(away).read()).stale?.since).toBe(1_800_000_010_000);
  });

  it('is not fresher than now, whatever the clock said when it was written', async () => {
    await leaveCopy('a', Date.now() + 3_600_000);
    const before = Date.now();
    const { stale } = await wrap(away).read();
    expect(stale?.since).toBeGreaterThanOrEqual(before);
    expect(stale?.since).toBeLessThanOrEqual(Date.now());
  });

  it('is swept round once, also where the flags are the same as before a restart', async () => {
    await leaveCopy('a');
    const { ino } = statSync(path);
    const abandoned = join(folder, '.copy.0123456789abcdef.tmp');
    writeFileSync(abandoned, 'half');
    const later = Date.now() + 120_000;
    vi.spyOn(Date, 'now').mockImplementation(() => later);
    await wrap(async (previous) => previous ?? setOf('a')).read();
    await eventually(() => expect(existsSync(abandoned)).toBe(false));
    expect(statSync(path).ino).toBe(ino);
  });

  it('is replaced by the flags of another backend that uses the same revisions', async () => {
    await leaveCopy('a', Date.now() - 60_000);
    const other = wrap(async () => setOf('b', 'a'));
    expect(themeOf(await other.read())).toBe('b');
    await other.close?.();
    expect(themeOf(await wrap(away).read())).toBe('b');
  });

  it('is not served as good from later on by a clock that was put back', async () => {
    let now = 1_800_000_000_000;
    vi.spyOn(Date, 'now').mockImplementation(() => now);
    let answer = good('a');
    const source = wrap((...given) => answer(...given));
    const set = await source.read();
    answer = away;
    now -= 3_600_000;
    expect((await source.read(set)).stale?.since).toBe(now);
  });

  it('is written again when somebody took it away, replaced it, cut it off, or let others write it', async () => {
    let now = 1_800_000_000_000;
    vi.spyOn(Date, 'now').mockImplementation(() => now);
    const source = wrap(good('a'));
    const set = await source.read();
    await eventually(() => expect(existsSync(path)).toBe(true));
    const spoil = [
      () => rmSync(path),
      () => writeFileSync(path, 'something else'),
      () => writeFileSync(path, 'x'.repeat(statSync(path).size)),
      () => truncateSync(path, statSync(path).size - 1),
      () => chmodSync(path, 0o666),
    ];
    for (const one of spoil) {
      one();
      now += 10_000;
      await source.read(set);
      await eventually(async () => {
        expect((await loadCopy(path).catch(() => undefined))?.set.revision).toBe('a');
      });
    }
  });

  it('is the newest set in the end, however fast they come, and close waits for it', async () => {
    let n = 0;
    const source = wrap(async () => setOf(`${n++}`));
    let set: FlagSet | undefined;
    for (let i = 0; i < 500; i++) set = await source.read(set);
    await source.close?.();
    expect((await loadCopy(path))?.set.revision).toBe('499');
  });

  it('may be of one of two instances at a time', async () => {
    const [one, two] = [wrap(good('one')), wrap(good('two'))];
    for (let i = 0; i < 20; i++) {
      await Promise.all([one.read(), two.read()]);
      const found = await loadCopy(path);
      if (found !== undefined) expect(themeOf(found.set)).toBe(found.set.revision);
    }
  });
});
