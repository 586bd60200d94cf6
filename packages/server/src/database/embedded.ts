import { existsSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { FlagError } from '@flagwright/core';
import { checkDirectory, FILES, unusable } from './data-directory.ts';
import { lockDirectory } from './directory-lock.ts';
import type { Engine } from './driver.ts';
import { openPglite } from './pglite.ts';
import { pglitePool } from './pglite-pool.ts';
import { upkeep } from './upkeep.ts';
import { within } from './within.ts';

/** Two files of its log, in bytes. When it finds no place for the next, PostgreSQL ends, and starts no more. */
const RESERVE = 2 * 16 * 2 ** 20;

/** Options for an embedded database. */
export interface EmbeddedOptions {
  /** How much of the disk must be free for whoever writes, in bytes. Default: 32 MiB. */
  readonly reserve?: number | undefined;
  /** Makes nothing: throws `NOT_FOUND` where there is no database yet. Default: false. */
  readonly existing?: boolean | undefined;
}

/**
 * The embedded database of a data directory, which is made if it is not there, and belongs to this process until the end.
 * Throws `FlagError('UNAVAILABLE')` if another process has it, `UNSUPPORTED` without the package, and for a folder that
 * holds something else.
 */
export async function openEmbedded(
  directory: string,
  { reserve = RESERVE, existing = false }: EmbeddedOptions = {},
): Promise<Engine> {
  const there = await checkDirectory(directory);
  if (existing && !there) {
    const expected = 'expected the data directory of a server';
    throw new FlagError(
      'NOT_FOUND',
      `there is no control plane in ${directory}; ${expected}. Hint: see its --data-dir`,
    );
  }
  await mkdir(directory, { recursive: true, mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    throw unusable(directory, 'made', error);
  });
  const unlock = await lockDirectory(directory);
  const files = join(directory, FILES);
  try {
    if (!existsSync(files)) await make(files);
  } catch (error) {
    await unlock();
    throw FlagError.from(error, 'UNAVAILABLE');
  }
  const pool = pglitePool(() => openPglite(files));
  const stop = upkeep(pool);
  return {
    name: 'pglite',
    pool,
    checkWritable: () => checkSpace(files, reserve),
    async end(patience) {
      stop();
      const ended = pool.end();
      try {
        await within(ended, patience, 'not all connections were given back').catch(() => {
          pool.cutOff();
          return ended;
        });
      } finally {
        await unlock();
      }
    },
  };
}

/** Makes the files under another name first: a process that ends meanwhile leaves nothing that looks whole. */
async function make(files: string): Promise<void> {
  const unfinished = `${files}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { mode: 0o700 });
  await (await openPglite(unfinished)).close();
  await syncTree(unfinished);
  await rename(unfinished, files);
}

/** PGlite copies the first files to their place, and does not wait for the disk. */
async function syncTree(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await syncTree(path);
    else await sync(path);
  }
  await sync(folder);
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function checkSpace(files: string, reserve: number): Promise<void> {
  const { bavail, bsize } = await statfs(files);
  if (bavail * bsize >= reserve) return;
  const mebibytes = (bytes: number): number => Math.floor(bytes / 2 ** 20);
  throw new FlagError(
    'UNAVAILABLE',
    `the disk of the data directory has ${mebibytes(bavail * bsize)} MiB left; expected ${mebibytes(reserve)} to write. ` +
      'Hint: make room, and writing goes on',
  );
}
