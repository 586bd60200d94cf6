import { createHash } from 'node:crypto';
import { existsSync, statfsSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { schemaSql } from '@flagwright/sources/postgres';
import { openDatabase } from '../../src/database/open.ts';
import { STEPS } from '../../src/database/schema.ts';

/**
 * In memory where there is room for it: what tests of resources write need not wait for a disk. What becomes of a database
 * that is killed is tested on one.
 */
const FOLDER: string = hasRoom('/dev/shm') ? '/dev/shm' : tmpdir();

function hasRoom(folder: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize > 2 * 2 ** 30;
  } catch {
    return false;
  }
}

/** The data directory of an embedded database that was opened once: to make one takes seconds, to copy it does not. */
export async function emptyDirectory(): Promise<string> {
  const directory = await mkdtemp(join(FOLDER, 'flagwright-data-'));
  await copyTemplate(directory);
  return directory;
}

/** Makes a data directory elsewhere. */
export async function copyTemplate(directory: string): Promise<void> {
  await cp(await template(), directory, { recursive: true, filter: (path) => !/\/lock\.\d+$/.test(path) });
}

/** Kept from run to run, as long as the tables and the engine are the same. */
async function template(): Promise<string> {
  const engine = await readFile(
    join(dirname(fileURLToPath(import.meta.resolve('@electric-sql/pglite'))), '../package.json'),
  );
  const key = createHash('sha256')
    .update(STEPS.join('\n'))
    .update(schemaSql())
    .update(engine)
    .digest('hex')
    .slice(0, 16);
  const path = join(FOLDER, `flagwright-template-${key}`);
  if (existsSync(path)) return path;
  await removeOld(dirname(path));
  const own = await mkdtemp(`${path}-`);
  await (await openDatabase({ dataDirectory: own })).close();
  // another test file may have been first
  await rename(own, path).catch(() => rm(own, { recursive: true }));
  return path;
}

/** Templates of what is no longer so: nobody uses one for a day. */
async function removeOld(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith('flagwright-template-')) continue;
    const { mtimeMs } = await stat(join(folder, name));
    if (Date.now() - mtimeMs > 86_400_000) await rm(join(folder, name), { recursive: true, force: true });
  }
}
