import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkDirectory } from '../../src/database/data-directory.ts';
import { openDatabase } from '../../src/database/open.ts';
import { makeAdminToken } from '../../src/server/admin-token.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flagwright-folder-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Makes files, and folders where a name ends in a slash. */
async function fill(names: readonly string[]): Promise<void> {
  for (const name of names) {
    if (name.endsWith('/')) await mkdir(join(folder, name), { recursive: true });
    else await writeFile(join(folder, name), '');
  }
}

it.each<[names: string[], there: boolean]>([
  [[], false],
  [['lost+found/', '.gitkeep'], false],
  [['lock.1'], false],
  [['.lock-0123456789ab'], false],
  [['postgres.unfinished/', 'lock.2', 'notes'], false],
  [['postgres/', 'postgres/PG_VERSION', 'lock.3', 'first-admin-token'], true],
])('a folder with %j may be a data directory', async (names, there) => {
  await fill(names);
  expect(await checkDirectory(folder)).toBe(there);
});

it.each<[names: string[], why: RegExp]>([
  [['PG_VERSION', 'base/'], /is a PostgreSQL's own; expected an empty folder/],
  [['PG_VERSION', 'lock.1', 'postgres/', 'postgres/PG_VERSION'], /is a PostgreSQL's own/],
  [['package.json', '.gitignore'], /something else in it, as "package.json"/],
  [['postgres/', 'postgres/README'], /a folder postgres that no server has made/],
])('a folder with %j is refused, and left as it is', async (names, why) => {
  await fill(names);
  const before = await readdir(folder, { recursive: true });
  const refused = { code: 'UNSUPPORTED', message: expect.stringMatching(why) };
  await expect(openDatabase({ dataDirectory: folder })).rejects.toMatchObject(refused);
  expect(await readdir(folder, { recursive: true })).toEqual(before);
});

it('a folder without a control plane gets no token, and nothing else', async () => {
  for (const dataDirectory of [folder, join(folder, 'missing')]) {
    await expect(makeAdminToken({ dataDirectory }, 'lost')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining(`there is no control plane in ${dataDirectory}`),
    });
  }
  expect(await readdir(folder)).toEqual([]);
});
