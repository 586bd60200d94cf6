import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Memory, NOTHING } from './baseline.ts';
import { baselineFile } from './baseline-file.ts';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gates-baseline-'));
  path = join(folder, 'state', 'sync.json');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const MEMORY: Memory = { joined: true, gates: new Map([['a', { agreed: { value: true, write: 'w' } }]]) };

it('holds what was saved, for its owner alone', async () => {
  const first = baselineFile(path);
  expect(await first.open()).toEqual({ memory: undefined });
  await first.save(MEMORY);
  await first.close();
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  const second = baselineFile(path);
  expect(await second.open()).toEqual({ memory: MEMORY });
  await second.close();
  expect(await readdir(join(folder, 'state'))).toEqual(['sync.json']);
});

it('is open in one place at a time', async () => {
  const first = baselineFile(path);
  await first.open();
  const second = baselineFile(path);
  await expect(second.open()).rejects.toMatchObject({
    code: 'CONFLICT',
    message: `the baseline ${path} is in use by this process itself`,
  });
  expect(await second.peek()).toEqual(NOTHING);
  await first.close();
  await second.open();
  await second.close();
});

it('is not written by whom it was taken from', async () => {
  const first = baselineFile(path);
  await first.open();
  await first.save(MEMORY);
  await writeFile(`${path}.lock`, JSON.stringify({ pid: 1, host: 'elsewhere', token: 't' }));
  await expect(first.save(NOTHING)).rejects.toMatchObject({ code: 'CONFLICT' });
  await first.close();
  expect(await first.peek()).toEqual(MEMORY);
  await expect(first.save(NOTHING)).rejects.toMatchObject({ code: 'NOT_READY' });
});

it('is nothing if it is damaged, and that is told', async () => {
  const first = baselineFile(path);
  await first.open();
  await first.save(MEMORY);
  await first.close();
  await writeFile(path, (await readFile(path, 'utf8')).slice(0, -10));
  const { memory, damage } = await first.open();
  expect(memory).toBeUndefined();
  expect(damage).toMatchObject({ code: 'PARSE_ERROR', message: expect.stringContaining(path) });
  await first.close();
});

it('is left alone if a newer version wrote it', async () => {
  const flat = join(folder, 'sync.json');
  await writeFile(flat, '{"version":2}');
  const newer = baselineFile(flat);
  await expect(newer.open()).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  expect(await readdir(folder)).toEqual(['sync.json']);
});

it('tells a folder that cannot be made', async () => {
  await writeFile(join(folder, 'state'), '');
  await expect(baselineFile(path).open()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
});
