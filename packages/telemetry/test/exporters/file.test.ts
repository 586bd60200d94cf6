import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import { fileExporter } from '../../src/exporters/index.ts';
import { contentsOf } from './file-support.ts';
import { failure, newFolder, numbered, patient, range } from './support.ts';

let path: string;

beforeEach(() => {
  path = join(newFolder(), 'events.jsonl');
});

const whole = (numbers: readonly number[]): object => ({ numbers, torn: [] });

describe('fileExporter', () => {
  it('appends lines of JSON', async () => {
    writeFileSync(path, '{"n":0}\n');
    const exporter = fileExporter({ path });
    expect(exporter.name).toBe('file');
    await exporter.export(numbered(1, 500), patient);
    await exporter.export([{ n: 500, text: 'a\nb', self: 1n }], patient);
    await exporter.flush!(patient);
    await exporter.close!();
    expect(contentsOf([path])).toEqual(whole(range(0, 501)));
  });

  it('makes the file at the first export, not for everybody to read', async () => {
    const exporter = fileExporter({ path: pathToFileURL(path) });
    await exporter.flush!(patient);
    expect(() => statSync(path)).toThrow('ENOENT');
    await exporter.export([1], patient);
    expect(statSync(path).mode & 0o007).toBe(0);
    await exporter.close!();
  });

  it('leaves nothing open, and takes nothing after the end', async () => {
    const exporter = fileExporter({ path });
    await exporter.export([1], patient);
    const open = (): string => execFileSync('find', [`/proc/${process.pid}/fd`, '-lname', path], { encoding: 'utf8' });
    expect(open()).not.toBe('');
    await exporter.close!();
    expect(open()).toBe('');
    expect(await failure(exporter.export([2], patient))).toMatchObject({ code: 'NOT_READY' });
    expect(readFileSync(path, 'utf8')).toBe('1\n');
  });

  it('finishes what is under way before it closes', async () => {
    const exporter = fileExporter({ path });
    const sent = exporter.export(numbered(0, 10_000), patient);
    await exporter.close!();
    await sent;
    expect(contentsOf([path])).toEqual(whole(range(0, 10_000)));
  });
});

describe('fileExporter, where it cannot write', () => {
  it.each<[string, string, RegExp, (path: string) => void, (path: string) => void]>([
    [
      'the folder is missing',
      'NOT_FOUND',
      /the folder of \/.*\/sub\/events does not exist/,
      () => undefined,
      (path) => mkdirSync(join(path, '..')),
    ],
    [
      'it is a folder',
      'UNAVAILABLE',
      /is a folder/,
      (path) => mkdirSync(path, { recursive: true }),
      (path) => rmdirSync(path),
    ],
    [
      'a folder of the path is a file',
      'UNAVAILABLE',
      /below something that is no folder \(ENOTDIR\)/,
      (path) => writeFileSync(join(path, '..'), ''),
      (path) => {
        unlinkSync(join(path, '..'));
        mkdirSync(join(path, '..'));
      },
    ],
    [
      'it is a pipe',
      'UNAVAILABLE',
      /is a pipe, a device or the like/,
      (path) => {
        mkdirSync(join(path, '..'));
        execFileSync('mkfifo', [path]);
      },
      (path) => unlinkSync(path),
    ],
    [
      'it leads in a circle',
      'UNAVAILABLE',
      /could not be written \(ELOOP\)/,
      (path) => {
        mkdirSync(join(path, '..'));
        symlinkSync(path, path);
      },
      (path) => unlinkSync(path),
    ],
  ])('because %s: says so, and goes on once that is mended', async (_, code, message, spoil, mend) => {
    path = join(newFolder(), 'sub', 'events');
    spoil(path);
    const exporter = fileExporter({ path });
    for (let i = 0; i < 2; i++) {
      const error = await failure(exporter.export([{ n: 1 }], patient));
      expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
      expect(error.message).toContain(path);
    }
    mend(path);
    await exporter.export([{ n: 1 }], patient);
    expect(contentsOf([path])).toEqual(whole([1]));
    await exporter.close!();
  });

  it('because of its owner: says so, and goes on once that is mended', async () => {
    const folder = join(newFolder(), 'folder');
    mkdirSync(folder, { mode: 0 });
    const exporter = fileExporter({ path: join(folder, 'events') });
    const root = process.geteuid!() === 0;
    if (root) process.seteuid!(65_534);
    try {
      const error = await failure(exporter.export([{ n: 1 }], patient));
      expect(error).toMatchObject({
        code: 'UNAVAILABLE',
        message: expect.stringMatching(/may not be written.*EACCES/),
      });
    } finally {
      if (root) process.seteuid!(0);
    }
    execFileSync('chmod', ['700', folder]);
    await exporter.export([{ n: 1 }], patient);
    expect(contentsOf([join(folder, 'events')])).toEqual(whole([1]));
    await exporter.close!();
  });

  it('refuses more text than is written at once', async () => {
    const exporter = fileExporter({ path });
    const text = 'x'.repeat(33 * 2 ** 20);
    expect(await failure(exporter.export([text, text], patient))).toMatchObject({ code: 'TOO_LARGE' });
    await exporter.export([1], patient);
    expect(readFileSync(path, 'utf8')).toBe('1\n');
    await exporter.close!();
  });

  it.each([
    {},
    null,
    { path: '' },
    { path: 'a\0b' },
    { path: 7 },
    { path: new URL('http://127.0.0.1/events') },
    { path: new URL('file://elsewhere/events') },
    { path: new URL('file:///tmp/a%2Fb') },
    { path: 'a', maxBytes: 0 },
    { path: 'a', maxBytes: Number.NaN },
    { path: 'a', keep: -1 },
    { path: 'a', keep: 1.5 },
    { path: 'a', keep: '3' },
    { path: 'a', name: '/var/log' },
  ])('refuses the options %j', (options) => {
    expect(() => fileExporter(options as never)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});

describe('fileExporter, when others have a hand in the file', () => {
  it.each<[string, (path: string) => readonly string[]]>([
    [
      'moved',
      (path) => {
        renameSync(path, `${path}.moved`);
        return [`${path}.moved`, path];
      },
    ],
    [
      'moved, and another made',
      (path) => {
        renameSync(path, `${path}.moved`);
        writeFileSync(path, '');
        return [`${path}.moved`, path];
      },
    ],
    [
      'copied and cut to nothing',
      (path) => {
        writeFileSync(`${path}.copy`, readFileSync(path));
        truncateSync(path);
        return [`${path}.copy`, path];
      },
    ],
    [
      'appended to',
      (path) => {
        appendFileSync(path, '\n\n');
        return [path];
      },
    ],
  ])('goes on where the file is now, after it was %s', async (_, change) => {
    const exporter = fileExporter({ path });
    await exporter.export(numbered(0, 5), patient);
    const paths = change(path);
    await exporter.export(numbered(5, 10), patient);
    await exporter.flush!(patient);
    await exporter.export(numbered(10, 15), patient);
    await exporter.close!();
    expect(contentsOf(paths)).toEqual(whole(range(0, 15)));
    expect(contentsOf([path]).numbers).toContain(14);
  });

  it('makes the file anew after it was deleted', async () => {
    const exporter = fileExporter({ path });
    await exporter.export(numbered(0, 5), patient);
    unlinkSync(path);
    await exporter.export(numbered(5, 10), patient);
    await exporter.close!();
    expect(contentsOf([path])).toEqual(whole(range(5, 10)));
  });

  it.each([
    ['of before the start', false],
    ['that another process left', true],
  ])('ends a torn line %s, so that nothing else is lost', async (_, later) => {
    const exporter = fileExporter({ path });
    if (later) await exporter.export(numbered(0, 1), patient);
    else writeFileSync(path, '{"n":0}\n');
    appendFileSync(path, '{"n":1,"user_k');
    await exporter.export(numbered(2, 4), patient);
    await exporter.export(numbered(4, 6), patient);
    await exporter.close!();
    expect(contentsOf([path])).toEqual({ numbers: [0, 2, 3, 4, 5], torn: ['{"n":1,"user_k'] });
  });
});
