import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FlagDefinition, FlagSet, Issue } from '@flagwright/core';
import { FlagError, follow } from '@flagwright/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FileOptions } from './file.ts';
import { fileSource } from './file.ts';

let folder: string;
const at = (...names: readonly string[]): string => join(folder, ...names);
const write = (name: string, text: string): void => writeFileSync(at(name), text);
const source = (options: Partial<FileOptions> = {}): ReturnType<typeof fileSource> =>
  fileSource({ path: at('features.yaml'), report: () => undefined, ...options });
const read = (options: Partial<FileOptions> = {}): Promise<FlagSet> => source(options).read();
const failure = async (options: Partial<FileOptions> = {}): Promise<FlagError> => {
  const thrown: unknown = await read(options).catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(FlagError);
  return thrown as FlagError;
};
const keysOf = ({ document }: FlagSet): string[] => {
  const { flags } = document;
  return flags instanceof Map ? [...(flags as ReadonlyMap<string, FlagDefinition>).keys()] : Object.keys(flags ?? {});
};

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'flagwright-file-')));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('one file', () => {
  it('reads YAML and JSON, and knows the places', async () => {
    write('features.yaml', 'flags:\n  a: {default: 1}\n');
    const set = await read();
    expect(set.document).toEqual({ flags: { a: { default: 1 } } });
    expect(set.locate?.(['flags', 'a', 'default'])).toEqual({ file: at('features.yaml'), line: 2, column: 16 });
    write('features.json', '{"flags": {"b": {"default": 1}}}');
    expect(keysOf(await read({ path: at('features.json') }))).toEqual(['b']);
  });

  it('reads the format it is told', async () => {
    write('features.conf', '{"flags": {"b": {"default": 1,}}}');
    expect(keysOf(await read({ path: at('features.conf') }))).toEqual(['b']);
    expect(await failure({ path: at('features.conf'), format: 'json' })).toMatchObject({ code: 'PARSE_ERROR' });
  });

  it('the same content has the same revision, and the previous set is given back', async () => {
    write('features.yaml', 'flags: {a: {default: 1}}');
    const one = source();
    const first = await one.read();
    utimesSync(at('features.yaml'), new Date(), new Date());
    expect(await one.read(first)).toBe(first);
    expect(await one.read()).toBe(first);
    expect((await read()).revision).toBe(first.revision);
    expect(await one.read({ ...first, stale: { since: 0, cause: undefined } })).toBe(first);
    write('features.yaml', 'flags: {a: {default: 2}}');
    expect((await one.read(first)).revision).not.toBe(first.revision);
  });

  it('a document that is no map is an error with its place', async () => {
    write('features.yaml', 'fla');
    expect(await failure()).toMatchObject({ code: 'PARSE_ERROR', issues: [{ place: { line: 1, column: 1 } }] });
  });

  it('a text that cannot be read is an error with its place', async () => {
    write('features.yaml', 'flags:\n  a: {default: 1');
    const error = await failure();
    expect(error).toMatchObject({ code: 'PARSE_ERROR', issues: [{ place: { file: at('features.yaml'), line: 2 } }] });
    expect(error.message).toContain(`${at('features.yaml')}:2:`);
  });

  it('text that is no UTF-8 is an error', async () => {
    writeFileSync(at('features.yaml'), Buffer.from([0x61, 0x3a, 0x20, 0xe9]));
    expect(await failure()).toMatchObject({ code: 'PARSE_ERROR' });
    writeFileSync(at('features.yaml'), Buffer.from('\ufeffa: 1', 'utf16le'));
    expect((await failure()).message).toContain('UTF-16');
  });

  it('follows symbolic links', async () => {
    mkdirSync(at('real'));
    write('real/features.yaml', 'flags: {a: {default: 1}}');
    symlinkSync('real', at('link'));
    symlinkSync('link/features.yaml', at('features.yaml'));
    expect(keysOf(await read())).toEqual(['a']);
  });
});

describe('an empty file', () => {
  it('at first is an empty set, with one warning', async () => {
    write('features.yaml', '# nothing yet\n');
    const issues: Issue[] = [];
    const one = source({ report: (issue) => issues.push(issue) });
    const set = await one.read();
    await one.read();
    await one.read(set);
    expect(set.document).toEqual({ flags: {} });
    expect(issues).toMatchObject([
      { code: 'empty-document', severity: 'warning', place: { file: at('features.yaml') } },
    ]);
  });

  it('warns by process.emitWarning where nothing else is said', async () => {
    write('features.yaml', '');
    const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    await fileSource({ path: at('features.yaml') }).read();
    expect(emit).toHaveBeenCalledWith(expect.stringContaining('there are no flags'), 'FlagwrightWarning');
    emit.mockRestore();
  });

  it.each(['', ' \n', '# commented out'])('after a good read is half-written: %j', async (text) => {
    write('features.yaml', 'flags: {a: {default: 1}}');
    const one = source();
    const good = await one.read();
    write('features.yaml', text);
    await expect(one.read(good)).rejects.toMatchObject({ code: 'PARSE_ERROR', issues: [{ code: 'emptied' }] });
    await expect(source().read({ ...good })).rejects.toMatchObject({ code: 'PARSE_ERROR' });
    write('features.yaml', 'flags: {}');
    expect((await one.read(good)).document).toEqual({ flags: {} });
  });

  it('after an empty one, or after a set of another source, is just empty', async () => {
    write('features.yaml', '');
    const one = source();
    const empty = await one.read();
    write('features.yaml', '\n');
    expect((await one.read(empty)).document).toEqual({ flags: {} });
    expect((await one.read({ document: { flags: { a: { default: 1 } } }, revision: 'x.1' })).document).toEqual({
      flags: {},
    });
  });

  it('one of several that was filled is half-written; one that never was is not', async () => {
    write('a.yaml', 'flags: {a: {default: 1}}');
    write('b.yaml', '');
    const one = source({ path: folder });
    const good = await one.read();
    write('b.yaml', '\n');
    expect(keysOf(await one.read(good))).toEqual(['a']);
    write('c.yaml', 'flags: {c: {default: 1}}');
    const more = await one.read(good);
    write('a.yaml', '');
    await expect(one.read(more)).rejects.toMatchObject({
      code: 'PARSE_ERROR',
      issues: [{ place: { file: at('a.yaml') } }],
    });
  });
});

describe('several files', () => {
  it('of a folder, by name; hidden ones, other types and subfolders are left out', async () => {
    write('b.yaml', 'flags: {b: {default: 1}}\nmetadata: {team: x}');
    write('a.json', '{"flags": [{"key": "a", "default": 1}], "segments": {"s": {}}}');
    write('c.YML', 'flags: {__proto__: {default: 1}}\nmetadata: {region: eu}\nbucketing: murmur3');
    write('d.yml', 'bucketing: murmur3\nflags:\nsegments:');
    write('.hidden.yaml', 'flags: {hidden: {}}');
    write('notes.txt', 'text');
    write('x.yaml~', 'flags: {');
    mkdirSync(at('sub'));
    write('sub/e.yaml', 'flags: {sub: {}}');
    symlinkSync('nowhere.yaml', at('dangling.yaml'));
    const set = await read({ path: folder });
    expect(keysOf(set)).toEqual(['a', 'b', '__proto__']);
    expect(set.document).toMatchObject({
      metadata: { team: 'x', region: 'eu' },
      segments: { s: {} },
      bucketing: 'murmur3',
    });
    expect(set.locate?.(['flags', 'a', 'default'])).toEqual({ file: at('a.json'), line: 1, column: 36 });
    expect(set.locate?.(['metadata', 'region'])?.file).toBe(at('c.YML'));
    expect(set.locate?.(['flags', 'unknown'])?.file).toBe(at('a.json'));
  });

  it('of a list, folders among them', async () => {
    mkdirSync(at('more'));
    write('one.yaml', 'flags: {one: {default: 1}}');
    write('more/two.yaml', 'flags: {two: {default: 1}}');
    expect(keysOf(await read({ path: [at('one.yaml'), at('more')] }))).toEqual(['one', 'two']);
  });

  it.each([
    ['flags', 'flags:\n  b: {default: 1}\n  a: {default: 2}', ['flags', 'a'], '3:3'],
    ['metadata', 'metadata: {team: y}', ['metadata', 'team'], '1:12'],
    ['bucketing', 'bucketing: other', ['bucketing'], '1:1'],
  ])('an entry that is in two is an error that names both places: %s', async (_, text, path, place) => {
    write('1.yaml', 'flags:\n  a: {default: 1}\nmetadata: {team: x}\nbucketing: murmur3');
    write('2.yaml', text);
    const error = await failure({ path: folder });
    expect(error).toMatchObject({ code: 'PARSE_ERROR', issues: [{ code: 'duplicate-key', path }] });
    expect(error.message).toContain(`${at('2.yaml')}:${place} `);
    expect(error.message).toMatch(/1\.yaml:\d+:\d+/);
  });

  it('the revision is one of all content and names', async () => {
    write('1.yaml', 'flags: {a: {default: 1}}');
    write('2.yaml', 'flags: {b: {default: 1}}');
    const one = source({ path: folder });
    const first = await one.read();
    unlinkSync(at('2.yaml'));
    const second = await one.read(first);
    write('3.yaml', 'flags: {b: {default: 1}}');
    const third = await one.read(second);
    expect(new Set([first, second, third].map(({ revision }) => revision)).size).toBe(3);
    expect(keysOf(second)).toEqual(['a']);
  });

  it('a section of no shape is an error', async () => {
    write('1.yaml', 'flags: {a: {default: 1}}');
    write('2.yaml', 'segments: [x]');
    expect(await failure({ path: folder })).toMatchObject({
      code: 'PARSE_ERROR',
      issues: [{ path: ['segments'], place: { file: at('2.yaml') } }],
    });
  });
});

describe('what cannot be read', () => {
  it('a missing file: the path, where it was looked for, and a near name', async () => {
    write('features.yml', 'flags: {}');
    const error = await failure({ path: 'nowhere/features.yaml' });
    expect(error.code).toBe('NOT_FOUND');
    expect(error.message).toContain(join(process.cwd(), 'nowhere/features.yaml'));
    expect(await failure()).toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining('features.yml') });
  });

  it('a folder without flag files', async () => {
    write('notes.txt', '');
    const error = await failure({ path: folder });
    expect(error).toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining(folder) });
  });

  it('a named pipe, a device, a folder with the name of a file', async () => {
    execFileSync('mkfifo', [at('features.yaml')]);
    expect(await failure()).toMatchObject({ code: 'INVALID_ARGUMENT', message: expect.stringContaining('named pipe') });
    expect(await failure({ path: '/dev/zero' })).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(await failure({ path: folder })).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('more bytes than allowed, of one file or of all', async () => {
    write('1.yaml', `flags: {a: {description: ${'x'.repeat(100)}}}`);
    write('2.yaml', `flags: {b: {description: ${'x'.repeat(100)}}}`);
    expect(await failure({ path: at('1.yaml'), maxBytes: 100 })).toMatchObject({ code: 'TOO_LARGE' });
    expect(await failure({ path: folder, maxBytes: 200 })).toMatchObject({ code: 'TOO_LARGE' });
    expect(keysOf(await read({ path: folder, maxBytes: 300 }))).toEqual(['a', 'b']);
  });

  it('a link in a circle', async () => {
    symlinkSync('features.yaml', at('features.yaml'));
    const error = await failure();
    expect(error).toMatchObject({ code: 'UNAVAILABLE' });
    expect(error.message).not.toMatch(/ELOOP/);
  });

  it.runIf(process.geteuid?.() === 0)('a file that may not be read', async () => {
    write('features.yaml', 'flags: {}');
    chmodSync(folder, 0o755);
    chmodSync(at('features.yaml'), 0o600);
    // root may read everything
    process.seteuid?.(65_534);
    try {
      const error = await failure();
      expect(error).toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining('permissions') });
      expect(error.message).not.toMatch(/EACCES/);
    } finally {
      process.seteuid?.(0);
    }
  });

  it.each([[''], [[]], [7], [['a', '']], ['a\0b']])('a path that makes no sense: %j', (path) => {
    expect(() => fileSource({ path: path as string })).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });

  it('options that make no sense', () => {
    expect(() => source({ maxBytes: -1 })).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    expect(() => source({ debounceMs: Number.NaN })).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});

it('a file that is written while it is read is read whole', async () => {
  const texts = ['a', 'b'].map((key) =>
    JSON.stringify({ flags: { [key]: { default: key, description: key.repeat(300_000) } } }),
  );
  write('features.json', texts[0]!);
  const one = source({ path: at('features.json') });
  let i = 0;
  let timer = setTimeout(function again() {
    write('features.json', texts[++i % 2]!);
    timer = setTimeout(again, Math.random() * 20);
  }, 0);
  try {
    let good = 0;
    for (let n = 0; n < 30 || (good === 0 && n < 300); n++) {
      const set = await one.read().catch((error: FlagError) => error);
      // written all the time, it may have no quiet moment, and says so
      if (set instanceof FlagError) expect(set.code).toBe('UNAVAILABLE');
      else {
        good++;
        const [key] = keysOf(set) as [string];
        const flags = set.document.flags as Record<string, { readonly description: string }>;
        expect(flags[key]?.description.length).toBe(300_000);
      }
    }
    expect(good).toBeGreaterThan(0);
  } finally {
    clearTimeout(timer);
  }
});

it('followed: a half-written file leaves the last good set, and recovers', async () => {
  write('features.yaml', 'flags: {a: {default: 1}, b: {default: 1}}');
  const one = source();
  const follower = follow(one, { refreshInterval: 60_000 });
  const events: string[] = [];
  const next = (): Promise<void> =>
    new Promise((resolve) => {
      const stop = follower.on(({ type }) => {
        events.push(type);
        stop();
        resolve();
      });
    });
  try {
    const good = await follower.ready();
    let event = next();
    write('features.yaml', '');
    await event;
    expect(follower.snapshot).toBe(good);
    event = next();
    write('features.yaml', 'flags: {a: {default: 1}, b: {default: 1}}');
    await event;
    expect(follower.snapshot?.stale).toBeUndefined();
    event = next();
    write('features.yaml', 'flags: {a: {default: 1}, b: {default: 2}}');
    await event;
    expect(follower.snapshot?.flagsChanged).toEqual(['b']);
    expect(events).toEqual(['stale', 'recovered', 'changed']);
  } finally {
    await follower.close();
  }
});
