import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { EXIT } from '../errors/command-error.ts';
import { saveReport } from './save.ts';

let cwd: string;
let said: string;
const out = (text: string): void => {
  said += text;
};

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'report-'));
  said = '';
});
afterEach(() => rm(cwd, { recursive: true }));

it('writes a file whole, over what was there, and leaves nothing beside it', async () => {
  await saveReport({ cwd, out }, 'report.xml', 'one');
  await saveReport({ cwd, out }, 'report.xml', 'two');
  expect(await readFile(join(cwd, 'report.xml'), 'utf8')).toBe('two');
  expect(await readdir(cwd)).toEqual(['report.xml']);
  expect(said).toBe('');
});

it('writes to the standard output for -', async () => {
  await saveReport({ cwd, out }, '-', 'one');
  expect(said).toBe('one');
  expect(await readdir(cwd)).toEqual([]);
});

it('follows a link', async () => {
  await writeFile(join(cwd, 'real'), 'one');
  await symlink('real', join(cwd, 'link'));
  await saveReport({ cwd, out }, 'link', 'two');
  expect(await readFile(join(cwd, 'real'), 'utf8')).toBe('two');
});

it.each([
  ['no/folder.xml', /no\/folder\.xml cannot be written \(ENOENT\)/, ['Make its folder first']],
  ['.', /cannot be written \(EISDIR\)/, []],
])('says that %s cannot be written', async (file, message, hints) => {
  const failing = saveReport({ cwd, out }, file, 'x');
  await expect(failing).rejects.toMatchObject({
    exit: EXIT.failed,
    message: expect.stringMatching(message),
    hints,
  });
});
