import { link, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { eachOnce } from './each-once.ts';

it('names of one file are one', async () => {
  const cwd = await mkdtemp(join(tmpdir(), 'files-'));
  for (const name of ['a.yaml', 'b.yaml']) await writeFile(join(cwd, name), 'the same');
  await symlink('a.yaml', join(cwd, 'link'));
  await link(join(cwd, 'a.yaml'), join(cwd, 'hard'));
  const names = ['a.yaml', './a.yaml', 'link', 'b.yaml', 'hard', 'none', 'none', join(cwd, 'b.yaml')];
  expect(await eachOnce({ cwd }, names, (name) => name)).toEqual(['a.yaml', 'b.yaml', 'none']);
  await rm(cwd, { recursive: true });
});
