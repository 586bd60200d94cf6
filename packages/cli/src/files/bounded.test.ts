import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { bytesWithin, fileWithin } from './bounded.ts';

it('a file is read up to its limit, and a longer one not at all', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'flagctl-'));
  const file = join(folder, 'f');
  await writeFile(file, 'abcd');
  expect(await fileWithin(file, 4).then(String)).toBe('abcd');
  expect(await fileWithin(file, 3)).toBeUndefined();
  await expect(fileWithin(join(folder, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
  await expect(fileWithin(folder)).rejects.toMatchObject({ code: 'EISDIR' });
  await rm(folder, { recursive: true });
});

it('what has no end is left at the limit', async () => {
  expect(await fileWithin('/dev/zero', 2 ** 20)).toBeUndefined();
  let given = 0;
  async function* endless() {
    for (;;) yield String(given++ % 10);
  }
  expect(await bytesWithin(endless(), 100)).toBeUndefined();
  expect(given).toBe(101);
});

it('a pipe is read to its end', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'flagctl-'));
  const pipe = join(folder, 'p');
  await promisify(execFile)('mkfifo', [pipe]);
  const [bytes] = await Promise.all([fileWithin(pipe), writeFile(pipe, 'x'.repeat(300_000))]);
  expect(bytes).toHaveLength(300_000);
  await rm(folder, { recursive: true });
});
