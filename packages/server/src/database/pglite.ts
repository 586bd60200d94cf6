import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PGlite } from '@electric-sql/pglite';
import { FlagError } from '@flagwright/core';
import { lockDirectory } from './directory-lock.ts';
import type { Engine } from './driver.ts';
import { pglitePool } from './pglite-pool.ts';
import { PARSERS, SERIALIZERS } from './pglite-values.ts';
import { within } from './within.ts';

/** The folder of PostgreSQL's own files within a data directory. */
const FILES = 'postgres';

/** A PostgreSQL in this process, in memory, or in a folder that nobody else may use meanwhile. */
export async function openPglite(directory?: string): Promise<PGlite> {
  const { PGlite: Embedded } = await driver();
  return Embedded.create({
    parsers: PARSERS,
    serializers: SERIALIZERS,
    ...(directory === undefined ? {} : { dataDir: `file://${directory}` }),
  });
}

/**
 * The embedded database of a data directory, which is made if it is not there, and belongs to this process until the end.
 * Throws `FlagError('UNAVAILABLE')` if another process has it, `UNSUPPORTED` without the package.
 */
export async function openEmbedded(directory: string): Promise<Engine> {
  await driver();
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const unlock = await lockDirectory(directory);
  try {
    const files = join(directory, FILES);
    if (!existsSync(files)) await make(files);
    const db = await openPglite(files);
    const pool = pglitePool(db);
    return {
      name: 'pglite',
      pool,
      async end(patience) {
        const ended = pool.end();
        await within(ended, patience, 'not all connections were given back').catch(() => {
          pool.cutOff();
          return ended;
        });
        await db.close();
        await unlock();
      },
    };
  } catch (error) {
    await unlock();
    throw error;
  }
}

/** Makes the files under another name first: a process that ends meanwhile leaves nothing that looks whole. */
async function make(files: string): Promise<void> {
  const unfinished = `${files}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { mode: 0o700 });
  await (await openPglite(unfinished)).close();
  await rename(unfinished, files);
}

async function driver(): Promise<typeof import('@electric-sql/pglite')> {
  try {
    return await import('@electric-sql/pglite');
  } catch {
    throw new FlagError(
      'UNSUPPORTED',
      'the embedded database needs the package @electric-sql/pglite, 0.5 or later. ' +
        'Hint: npm install @electric-sql/pglite',
    );
  }
}
