import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleProgram } from '@flagwright/test-servers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Lock, takeLock } from './lock.ts';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gates-lock-'));
  path = join(folder, 'x.lock');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const take = (): Promise<Lock> => takeLock(path, 'the thing');
const left = (holder: unknown): Promise<void> =>
  writeFile(path, typeof holder === 'string' ? holder : JSON.stringify(holder));
const ago = (ms: number): Date => new Date(Date.now() - ms);

/** The id of a process that was. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' });
  await once(child, 'exit');
  return child.pid!;
}

it('is held by one, and free again after', async () => {
  const lock = await take();
  await lock.check();
  await expect(take()).rejects.toMatchObject({
    code: 'CONFLICT',
    message: 'the thing is in use by this process itself',
  });
  await lock.release();
  await lock.release();
  await (await take()).release();
  expect(await readdir(folder)).toEqual([]);
});

it('is taken from a process that is gone', async () => {
  await left({ pid: await deadPid(), host: hostname(), token: 't' });
  const lock = await take();
  await lock.check();
  await lock.release();
  expect(await readdir(folder)).toEqual([]);
});

it('is taken from a process that had the same id', async () => {
  await left({ pid: process.pid, host: hostname(), token: 't' });
  await (await take()).release();
});

it.each<[what: string, holder: unknown]>([
  ['a process that lives', { pid: 1, host: hostname(), token: 't' }],
  ['a process elsewhere', { pid: 1, host: 'elsewhere', token: 't' }],
  ['somebody who is writing it', ''],
])('is left to %s, while that shows itself', async (_, holder) => {
  await left(holder);
  await expect(take()).rejects.toMatchObject({ code: 'CONFLICT' });
  await utimes(path, ago(31_000), ago(31_000));
  await (await take()).release();
});

it('is noticed to be lost, and then left alone', async () => {
  const lock = await take();
  await left({ pid: 1, host: 'elsewhere', token: 'other' });
  await expect(lock.check()).rejects.toMatchObject({ code: 'CONFLICT' });
  await lock.release();
  expect(await readFile(path, 'utf8')).toContain('other');
});

it('is taken by one of many who find it left', async () => {
  const pid = await deadPid();
  for (let round = 0; round < 20; round++) {
    await left({ pid, host: hostname(), token: 't' });
    const taken = await Promise.allSettled(Array.from({ length: 8 }, take));
    const locks = taken.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    expect(locks.length).toBe(1);
    await locks[0]!.check();
    await locks[0]!.release();
  }
});

it('is taken though somebody was killed who was clearing away', async () => {
  await left({ pid: await deadPid(), host: hostname(), token: 't' });
  await writeFile(`${path}.old`, '');
  await expect(take()).rejects.toMatchObject({ code: 'CONFLICT' });
  await utimes(`${path}.old`, ago(31_000), ago(31_000));
  await (await take()).release();
  expect(await readdir(folder)).toEqual([]);
});

it('is never there without saying who has it', async () => {
  const seen: string[] = [];
  let going = true;
  const look = (async () => {
    while (going) {
      seen.push(await readFile(path, 'utf8').catch(() => 'none'));
      // the folder is looked at in the same moment
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  for (let round = 0; round < 200; round++) await (await take()).release();
  going = false;
  await look;
  expect(seen.some((text) => text.includes(`"pid":${process.pid}`))).toBe(true);
  expect(seen).not.toContain('');
});

it('leaves nothing behind where there is no room', async () => {
  const program = await bundleProgram({
    text: `
      import { takeLock } from ${JSON.stringify(join(import.meta.dirname, 'lock.ts'))};
      process.on('SIGXFSZ', () => undefined);
      await takeLock(process.argv[2], 'the thing').then(() => console.log('taken'), ({ code }) => console.log(code));
    `,
  });
  // a shell may limit how much a process writes to a file
  const child = spawn('sh', ['-c', 'ulimit -f 0; exec "$@"', 'sh', process.execPath, program.path, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (text) => {
    said += text;
  });
  await once(child, 'close');
  program.remove();
  expect(said.trim()).toBe('UNAVAILABLE');
  expect(await readdir(folder)).toEqual([]);
});

it('cannot be made where nothing can be written', async () => {
  await expect(takeLock(join(folder, 'none', 'x.lock'), 'the thing')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
});
