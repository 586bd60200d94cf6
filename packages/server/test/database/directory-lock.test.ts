import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Program } from '@flagwright/test-servers';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { lockDirectory } from '../../src/database/directory-lock.ts';
import { type Child, program, run } from './child.ts';

let locker: Program;
let directory: string;
const children: Child[] = [];

beforeAll(async () => {
  locker = await program('lock');
}, 60_000);

afterAll(() => locker.remove());

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'flagwright-lock-'));
});

afterEach(async () => {
  await Promise.all(children.splice(0).map((child) => child.kill()));
  await rm(directory, { recursive: true });
});

const start = (): Child => {
  const child = run(locker, directory);
  children.push(child);
  return child;
};

it('is for one at a time, also in one process, and again when it is left', async () => {
  const unlock = await lockDirectory(directory);
  await expect(lockDirectory(directory)).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: expect.stringMatching(new RegExp(`${directory} is used by process ${process.pid} on .*Hint: stop`)),
  });
  await unlock();
  await (await lockDirectory(directory))();
  expect((await readdir(directory)).length).toBe(1);
});

it('tells which process has it, even one that is stopped, and is free as soon as that is killed', async () => {
  const child = start();
  expect(await child.first()).toBe('locked');
  await expect(lockDirectory(directory)).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: expect.stringContaining(`used by process ${child.process.pid} on `),
  });
  child.process.kill('SIGSTOP');
  await expect(lockDirectory(directory)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  await child.kill();
  await (await lockDirectory(directory))();
});

it('of several processes that come at once after one was killed, one gets it', async () => {
  const before = start();
  expect(await before.first()).toBe('locked');
  await before.kill();
  const said = await Promise.all(Array.from({ length: 6 }, () => start().first()));
  expect(said.sort()).toEqual([...Array.from({ length: 5 }, () => 'UNAVAILABLE'), 'locked'].sort());
});

it('of many that come at once, one gets it, time after time', async () => {
  for (let round = 0; round < 30; round++) {
    const outcomes = await Promise.allSettled(Array.from({ length: 12 }, () => lockDirectory(directory)));
    const unlocks = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    expect(unlocks).toHaveLength(1);
    await unlocks[0]!();
  }
});

it('is never had by two of those who take it, and leave it, as often as they can', async () => {
  let holders = 0;
  let had = 0;
  const worker = async (): Promise<void> => {
    for (let i = 0; i < 60; i++) {
      const unlock = await lockDirectory(directory).catch((error: unknown) => {
        expect(error).toMatchObject({ code: 'UNAVAILABLE' });
      });
      if (unlock === undefined) continue;
      had++;
      expect(++holders).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      holders--;
      await unlock();
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  expect(had).toBeGreaterThan(0);
});

it('a path that is too long for a socket is none the less locked', async () => {
  const long = join(directory, 'd'.repeat(100), 'e'.repeat(100));
  await mkdir(long, { recursive: true });
  const unlock = await lockDirectory(long);
  await expect(lockDirectory(long)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  await unlock();
});

it('a directory that cannot be locked is refused', async () => {
  await expect(lockDirectory(join(directory, 'nowhere'))).rejects.toThrow();
  expect((await stat(directory)).isDirectory()).toBe(true);
});
