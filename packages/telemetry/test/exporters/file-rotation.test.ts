import {
  existsSync,
  lstatSync,
  mkdirSync,
  rmdirSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { type FileExporterOptions, fileExporter } from '../../src/exporters/index.ts';
import { contentsOf, filesOf } from './file-support.ts';
import { newFolder, numbered, patient, range } from './support.ts';

let path: string;

beforeEach(() => {
  path = join(newFolder(), 'events.jsonl');
});

const whole = (numbers: readonly number[]): object => ({ numbers, torn: [] });

/** Writes events in batches of ten, of about 300 bytes. */
async function write(from: number, to: number, options: Omit<FileExporterOptions, 'path'>): Promise<void> {
  const exporter = fileExporter({ path, ...options });
  for (let n = from; n < to; n += 10) await exporter.export(numbered(n, n + 10), patient);
  await exporter.close!();
}

describe('rotation of fileExporter', () => {
  it('sets files aside before they are too large, and loses and doubles nothing', async () => {
    await write(0, 500, { maxBytes: 1_000, keep: 100 });
    await write(500, 1_000, { maxBytes: 1_000, keep: 100 });
    const files = filesOf(path);
    expect(files.length).toBeGreaterThan(20);
    for (const file of files) expect(statSync(file).size).toBeLessThanOrEqual(1_000);
    expect(contentsOf(files)).toEqual(whole(range(0, 1_000)));
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  it.each([0, 1, 2, 5])('keeps the newest %i', async (keep) => {
    await write(0, 500, { maxBytes: 1_000, keep });
    const files = filesOf(path);
    expect(files).toHaveLength(keep + 1);
    const { numbers, torn } = contentsOf(files);
    expect(torn).toEqual([]);
    expect(numbers).toEqual(range(numbers[0]!, 500));
  });

  it('never, if so told', async () => {
    await write(0, 500, { maxBytes: Number.POSITIVE_INFINITY });
    expect(filesOf(path)).toEqual([path]);
  });

  it('writes a batch that is too large by itself to a file of its own', async () => {
    const exporter = fileExporter({ path, maxBytes: 1_000, keep: 9 });
    await exporter.export(numbered(0, 10), patient);
    await exporter.export(numbered(10, 110), patient);
    await exporter.export(numbered(110, 120), patient);
    await exporter.close!();
    const files = filesOf(path);
    expect(files.map((file) => contentsOf([file]).numbers.length)).toEqual([10, 100, 10]);
    expect(contentsOf(files)).toEqual(whole(range(0, 120)));
  });

  it('moves only what must move to fill a gap', async () => {
    await write(0, 150, { maxBytes: 1_000, keep: 5 });
    const before = filesOf(path);
    expect(before.length).toBeGreaterThan(4);
    const oldest = contentsOf([before[0]!]);
    const gap = contentsOf([`${path}.2`]).numbers;
    unlinkSync(`${path}.2`);
    await write(150, 180, { maxBytes: 1_000, keep: 5 });
    expect(contentsOf([before[0]!])).toEqual(oldest);
    const left = range(0, 180).filter((n) => !gap.includes(n));
    expect(contentsOf(filesOf(path))).toEqual(whole(left.slice(left.indexOf(oldest.numbers[0]!))));
  });

  it('fails aloud if it cannot be done, and loses and doubles nothing', async () => {
    mkdirSync(`${path}.1`);
    const exporter = fileExporter({ path, maxBytes: 1_000, keep: 1 });
    const failed: (readonly object[])[] = [];
    for (let n = 0; n < 60; n += 10) {
      const items = numbered(n, n + 10);
      const error = await exporter.export(items, patient).catch((thrown: unknown) => thrown);
      if (error === undefined) continue;
      expect(error).toMatchObject({
        code: 'UNAVAILABLE',
        message: expect.stringMatching(/could not be set aside .*\(EISDIR\)/),
      });
      failed.push(items);
    }
    expect(failed.length).toBeGreaterThan(0);
    rmdirSync(`${path}.1`);
    for (const items of failed) await exporter.export(items, patient);
    await exporter.close!();
    expect(contentsOf(filesOf(path))).toEqual(whole(range(0, 60)));
  });

  it('is left to the process that is at it, unless that died long ago', async () => {
    writeFileSync(`${path}.lock`, '');
    await write(0, 100, { maxBytes: 1_000 });
    expect(filesOf(path)).toEqual([path]);
    utimesSync(`${path}.lock`, new Date(), new Date(Date.now() - 120_000));
    await write(100, 200, { maxBytes: 1_000 });
    expect(filesOf(path).length).toBeGreaterThan(2);
    expect(contentsOf(filesOf(path))).toEqual(whole(range(0, 200)));
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  it('sets aside what a link leads to, and not the link', async () => {
    const target = join(newFolder(), 'target');
    symlinkSync(target, path);
    await write(0, 100, { maxBytes: 1_000 });
    expect(lstatSync(path).isSymbolicLink()).toBe(true);
    expect(filesOf(path)).toEqual([path]);
    expect(filesOf(target).length).toBeGreaterThan(2);
    expect(contentsOf(filesOf(target))).toEqual(whole(range(0, 100)));
  });

  it('begins with a file that is too large already', async () => {
    writeFileSync(path, `${'x'.repeat(2_000)}\n`);
    await write(0, 10, { maxBytes: 1_000 });
    expect(filesOf(path)).toEqual([`${path}.1`, path]);
    expect(contentsOf([path])).toEqual(whole(range(0, 10)));
  });
});
