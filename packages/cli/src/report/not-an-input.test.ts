import { link, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { refuseInput } from './not-an-input.ts';

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'report-'));
  await mkdir(join(cwd, 'flags'));
  await writeFile(join(cwd, 'a.yaml'), '');
  await writeFile(join(cwd, 'b.yaml'), '');
  await writeFile(join(cwd, 'flags/c.yaml'), '');
  await symlink('a.yaml', join(cwd, 'link'));
  await symlink('flags', join(cwd, 'linked'));
  await symlink('nowhere', join(cwd, 'dangling'));
  await link(join(cwd, 'a.yaml'), join(cwd, 'hard'));
});
afterAll(() => rm(cwd, { recursive: true }));

it.each([
  ['a.yaml', ['a.yaml'], 'a.yaml'],
  ['./a.yaml', ['b.yaml', 'a.yaml'], './a.yaml, which is a.yaml'],
  ['flags/../a.yaml', ['a.yaml'], 'flags/../a.yaml, which is a.yaml'],
  ['link', ['a.yaml'], 'link, which is a.yaml'],
  ['a.yaml', ['link'], 'a.yaml, which is link'],
  ['hard', ['a.yaml'], 'hard, which is a.yaml'],
  ['flags/c.yaml', ['flags'], 'flags/c.yaml'],
  ['linked/c.yaml', ['./flags/'], 'linked/c.yaml, which is flags/c.yaml'],
])('%s is not written where %j are read', async (target, inputs, named) => {
  await expect(refuseInput({ cwd }, '--sarif', target, inputs)).rejects.toMatchObject({
    name: 'UsageError',
    message: `--sarif would write over a file that is read: ${named}`,
  });
});

it.each([
  ['b.yaml', ['a.yaml']],
  ['new.yaml', ['a.yaml', 'flags', 'none']],
  ['dangling', ['a.yaml', 'none']],
  ['-', ['-', 'a.yaml']],
  ['flags/new.sarif', ['flags']],
  ['/dev/null', ['/dev/null']],
])('%s is written where %j are read', async (target, inputs) => {
  await expect(refuseInput({ cwd }, '--sarif', target, inputs)).resolves.toBeUndefined();
});
