import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FlagDocument, FlagSet, FlagSource } from '@flagwright/core';
import { Entries, FlagError } from '@flagwright/core';
import { smallDisk } from '@flagwright/test-servers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { eventually } from '../../test/cached/support.ts';
import { entriesOf } from '../documents.ts';
import { loadCopy, removeAbandoned, saveCopy, touchCopy } from './copy-file.ts';
import { MAX_BYTES, parseCopy } from './format.ts';
import { cached } from './index.ts';

let folder: string;
let path: string;
const warnings = (): string[] => vi.mocked(process.emitWarning).mock.calls.map(([text]) => String(text));
const save = (document: unknown, revision = 'r.1'): Promise<unknown> =>
  saveCopy(path, { name: 'x', set: { document: document as FlagDocument, revision } }, Date.now());
const small: FlagDocument = { flags: { theme: { default: 'é' } }, metadata: { team: 'shop' } };

async function failure(): Promise<FlagError> {
  const thrown: unknown = await loadCopy(path).catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(FlagError);
  return thrown as FlagError;
}

/** A source that answers, until it is away. */
function origin(read: () => FlagSet): FlagSource & { away: boolean } {
  return {
    name: 'x',
    away: false,
    async read() {
      if (this.away) throw new FlagError('UNAVAILABLE', 'connection refused');
      return read();
    },
  };
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flagwright-copy-'));
  path = join(folder, 'copy');
  vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
});

afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

describe('a copy', () => {
  const flags = JSON.parse(
    '{"b": {"variants": {"z": 1, "a": 2, "m": 3}}, "__proto__": {"default": 1}, "constructor": {"default": 2}, "": 3}',
  ) as Record<string, never>;

  it.each<[string, FlagDocument['flags']]>([
    ['a record', flags],
    ['a map', new Map(Object.entries(flags))],
    ['entries', Entries.of(Object.entries(flags))],
    ['an empty map', new Map()],
    ['many', Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`flag-${i}`, { default: i }]))],
  ])('keeps flags given as %s, with their order and that of variants, as entries', async (_, given) => {
    await save({ flags: given! });
    const found = await loadCopy(path);
    expect(found?.set.document.flags).toBeInstanceOf(Entries);
    expect(JSON.stringify([...entriesOf(found?.set.document.flags)])).toBe(JSON.stringify([...entriesOf(given)]));
  });

  it('keeps flags given as a list, with its mistakes', async () => {
    const list = [{ key: 'a', default: 1 }, { default: 2 }, { key: 'a', default: 3 }, null];
    await save({ flags: list });
    expect((await loadCopy(path))?.set.document).toEqual({ flags: list });
  });

  it('keeps everything else: sections, other members, none at all', async () => {
    const document = JSON.parse(
      '{"$schema": "x", "segments": {"__proto__": {"included": ["é\\u2028"]}}, "$evaluators": {"e": {"==": [1, 1]}},' +
        '"attributes": {"a": "string"}, "overrides": {"o": null}, "metadata": {}, "bucketing": "murmur3"}',
    ) as FlagDocument;
    await save(document, 'a revision\nof "any" text \ud800 é');
    const set = (await loadCopy(path))!.set;
    expect(JSON.stringify(set.document)).toBe(JSON.stringify(document));
    expect(set.revision).toBe('a revision\nof "any" text \ud800 é');
    await save({});
    expect((await loadCopy(path))?.set).toEqual({ document: {}, revision: 'r.1' });
  });

  it('carries nothing but the document and the revision', async () => {
    const set = { document: small, revision: 'r.1', locate: () => undefined, stale: { since: 1, cause: 'secret' } };
    await saveCopy(path, { name: 'x', set }, Date.now());
    expect(Object.keys((await loadCopy(path))!.set)).toEqual(['document', 'revision']);
    expect(readFileSync(path, 'utf8')).not.toContain('secret');
  });

  it('is not there', async () => {
    expect(await loadCopy(path)).toBeUndefined();
    expect(await loadCopy(join(path, 'below', 'nothing'))).toBeUndefined();
  });
});

describe('a damaged copy', () => {
  it('is refused wherever a bit is flipped', async () => {
    await save(small);
    const bytes = readFileSync(path);
    expect((await parseCopy(bytes)).set.revision).toBe('r.1');
    let refused = 0;
    for (let i = 0; i < bytes.length; i++) {
      for (let bit = 0; bit < 8; bit++) {
        bytes[i]! ^= 1 << bit;
        const thrown: unknown = await parseCopy(bytes).catch((error: unknown) => error);
        if (thrown instanceof FlagError && thrown.code === 'PARSE_ERROR') refused++;
        bytes[i]! ^= 1 << bit;
      }
    }
    expect(refused).toBe(bytes.length * 8);
  });

  it('is refused whatever its length, if it is another', async () => {
    await save(small);
    const bytes = readFileSync(path);
    for (let length = 0; length < bytes.length; length++) {
      writeFileSync(path, bytes.subarray(0, length));
      expect((await failure()).code).toBe('PARSE_ERROR');
    }
    for (const more of ['\n', '\0', 'x'.repeat(1_000), bytes]) {
      writeFileSync(path, Buffer.concat([bytes, Buffer.from(more)]));
      expect((await failure()).code).toBe('PARSE_ERROR');
    }
  });

  it.each<[string, (good: string) => string, string]>([
    ['empty', () => '', 'empty'],
    ['zeros', (good) => '\0'.repeat(good.length), 'no copy'],
    ['of a newer format', (good) => good.replace('copy 1', 'copy 2'), 'format 2; expected format 1'],
    ['JSON of another program', () => '{"flags": {}}', 'no copy'],
    ['without an end of the first line', () => 'flagwright-copy 1 '.repeat(1_000), 'no copy'],
  ])('that is %s is ignored with one warning, and written over at the next good read', async (_, spoil, why) => {
    await save(small);
    writeFileSync(path, spoil(readFileSync(path, 'utf8')));
    const source = origin(() => ({ document: small, revision: 'new' }));
    const one = cached(source, { path, name: 'x' });
    source.away = true;
    for (let i = 0; i < 3; i++) await expect(one.read()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(warnings()).toEqual([expect.stringContaining(why)]);
    expect(vi.mocked(process.emitWarning).mock.calls[0]?.[1]).toBe('FlagwrightWarning');
    source.away = false;
    expect((await one.read()).revision).toBe('new');
    await one.close?.();
    expect((await loadCopy(path))?.set.revision).toBe('new');
    expect(warnings()).toHaveLength(1);
  });

  it('that is too large is not read', async () => {
    writeFileSync(path, '', { mode: 0o600 });
    truncateSync(path, MAX_BYTES + 1);
    expect((await failure()).code).toBe('TOO_LARGE');
  });
});

describe('a copy that others might have made', () => {
  it.each([0o606, 0o622, 0o660, 0o666, 0o777, 0o602, 0o620])('is refused with mode %o', async (mode) => {
    await save(small);
    chmodSync(path, mode);
    const error = await failure();
    expect(error.code).toBe('UNAUTHORIZED');
    expect(error.message).toContain(mode.toString(8));
  });

  it.each([0o600, 0o400, 0o644, 0o640, 0o755])('is read with mode %o', async (mode) => {
    await save(small);
    chmodSync(path, mode);
    expect((await loadCopy(path))?.set.revision).toBe('r.1');
  });

  it('is refused if it belongs to another user', async () => {
    await save(small);
    const { geteuid } = process;
    // a user who is not root may not give files away; to be another user comes to the same
    if (geteuid?.() === 0) chownSync(path, 12_345, 12_345);
    else vi.spyOn(process, 'geteuid').mockReturnValue(12_345);
    expect((await failure()).code).toBe('UNAUTHORIZED');
  });

  it('is refused if it is no regular file, without waiting for one', async () => {
    mkdirSync(path);
    expect((await failure()).code).toBe('INVALID_ARGUMENT');
    rmSync(path, { recursive: true });
    execFileSync('mkfifo', [path]);
    expect((await failure()).code).toBe('INVALID_ARGUMENT');
  });

  it('is reached by a link, which the next one takes the place of', async () => {
    await save(small);
    const link = join(folder, 'link');
    symlinkSync(path, link);
    expect((await loadCopy(link))?.set.revision).toBe('r.1');
    await saveCopy(link, { name: 'x', set: { document: {}, revision: 'r.2' } }, Date.now());
    expect((await loadCopy(path))?.set.revision).toBe('r.1');
    expect((await loadCopy(link))?.set.revision).toBe('r.2');
  });
});

describe('writing', () => {
  it('notes freshness on the very same copy only', async () => {
    const set: FlagSet = { document: small, revision: 'r.1' };
    const mark = await saveCopy(path, { name: 'x', set }, 1_800_000_000_123);
    expect(Math.round(statSync(path).mtimeMs)).toBe(1_800_000_000_123);
    expect(await touchCopy(path, mark, 1_800_000_001_456)).toBe(true);
    expect(Math.round(statSync(path).mtimeMs)).toBe(1_800_000_001_456);
    await saveCopy(path, { name: 'x', set: { ...set, revision: 'r.2' } }, 1_800_000_002_000);
    expect(await touchCopy(path, mark, 1_800_000_003_000)).toBe(false);
    expect(Math.round(statSync(path).mtimeMs)).toBe(1_800_000_002_000);
  });

  it('removes what killed processes left behind, and nothing else', async () => {
    const abandoned = join(folder, '.copy.0123456789abcdef.tmp');
    const others = [
      '.copy.tmp',
      '.other.0123456789abcdef.tmp',
      'copy.0123456789abcdef.tmp',
      '.copy.0123456789abcde.tmp',
    ];
    for (const file of [abandoned, ...others.map((name) => join(folder, name))]) writeFileSync(file, '');
    await removeAbandoned(path);
    expect(existsSync(abandoned)).toBe(true);
    const later = Date.now() + 61_000;
    vi.spyOn(Date, 'now').mockImplementation(() => later);
    await removeAbandoned(path);
    expect(readdirSync(folder).sort()).toEqual(others.sort());
    await removeAbandoned(join(folder, 'missing', 'copy'));
  });

  it('tells of flags that are no JSON once, and goes on serving them', async () => {
    const one = cached(
      origin(() => ({ document: { flags: { a: { default: 1n } } } as unknown as FlagDocument, revision: 'r' })),
      { path },
    );
    expect((await one.read()).revision).toBe('r');
    await one.close?.();
    expect(warnings()).toEqual([expect.stringContaining('BigInt')]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('to a full disk harms neither reads nor the copy, is told once, and goes on when there is room', async () => {
    const disk = smallDisk(join(folder, 'disk'), 4 * 2 ** 20);
    path = join(disk.path, 'copy');
    try {
      let now = 1_800_000_000_000;
      vi.spyOn(Date, 'now').mockImplementation(() => now);
      let set: FlagSet = { document: small, revision: 'small' };
      const source = origin(() => set);
      const one = cached(source, { path });
      await one.read();
      await eventually(async () => expect((await loadCopy(path))?.set.revision).toBe('small'));
      disk.fill();
      for (const revision of ['large-1', 'large-2', 'large-3']) {
        set = { document: { metadata: { text: 'x'.repeat(200_000) } }, revision };
        expect((await one.read()).stale).toBeUndefined();
        await eventually(() => expect(warnings()).toHaveLength(1));
      }
      await eventually(() => expect(readdirSync(disk.path).filter((name) => name !== '.filler')).toEqual(['copy']));
      expect(warnings()[0]).toMatch(/cannot be written.*(ENOSPC|EFBIG)/);
      expect((await loadCopy(path))?.set.revision).toBe('small');
      source.away = true;
      expect((await one.read()).revision).toBe('large-3');
      source.away = false;
      disk.free();
      now += 10_000;
      await one.read();
      await eventually(async () => expect((await loadCopy(path))?.set.revision).toBe('large-3'));
      await one.close?.();
      expect(warnings()).toHaveLength(1);
    } finally {
      disk.remove();
    }
  });
});
