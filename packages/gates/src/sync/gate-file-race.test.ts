import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { gateFile } from './gate-file.ts';
import type { ReplaceOptions } from './replace-file.ts';

/** What somebody does just before the file is looked at for the last time. */
let meanwhile: () => Promise<void>;

vi.mock('./replace-file.ts', async (original) => {
  const { replaceFile } = await original<typeof import('./replace-file.ts')>();
  return {
    replaceFile: (path: string, text: string, options: ReplaceOptions) =>
      replaceFile(path, text, {
        ...options,
        async check() {
          await meanwhile();
          await options.check?.();
        },
      }),
  };
});

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gates-race-'));
  path = join(folder, 'gates.yaml');
  await writeFile(path, 'features:\n  a: true\n');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const text = (): Promise<string> => readFile(path, 'utf8');
const CHANGE = new Map([['mine', true]]);

it('what somebody changes while the file is being written is kept', async () => {
  let times = 0;
  meanwhile = async () => {
    if (times++ === 0) await writeFile(path, '# theirs\nfeatures:\n  a: false\n');
  };
  await gateFile(path).write(CHANGE);
  expect(await text()).toBe('# theirs\nfeatures:\n  a: false\n  mine: true\n');
});

it('a gate that somebody changes while it is being written is theirs', async () => {
  meanwhile = () => writeFile(path, 'features:\n  a: true\n  mine: false\n');
  await expect(gateFile(path).write(CHANGE, new Map([['a', true]]))).rejects.toMatchObject({ code: 'CONFLICT' });
  expect(await text()).toBe('features:\n  a: true\n  mine: false\n');
});

it('a file that is taken away while it is being written stays away', async () => {
  meanwhile = () => rm(path, { force: true });
  await expect(gateFile(path).write(CHANGE, new Map([['a', true]]))).rejects.toMatchObject({ code: 'CONFLICT' });
  await expect(text()).rejects.toMatchObject({ code: 'ENOENT' });
});

it('a file that is broken while it is being written stays as it is', async () => {
  meanwhile = () => writeFile(path, 'features: [\n');
  await expect(gateFile(path).write(CHANGE)).rejects.toMatchObject({ code: 'PARSE_ERROR' });
  expect(await text()).toBe('features: [\n');
});

it('a file that changes all the time is left to whoever changes it', async () => {
  let n = 0;
  meanwhile = () => writeFile(path, `features:\n  a: true # ${++n}\n`);
  await expect(gateFile(path).write(CHANGE)).rejects.toMatchObject({ code: 'CONFLICT' });
  expect(await text()).toBe(`features:\n  a: true # ${n}\n`);
});
