import type { Stats } from 'node:fs';
import { open, readlink, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

/** Symbolic links that lead to each other end somewhere. */
const MOST_LINKS = 40;

/** Options of `replaceFile`. */
export interface ReplaceOptions {
  /** The permissions of a file that was not there. Default: 0o644. */
  readonly mode?: number;
  /** Called when all but the replacement itself is done; if it throws, the old file stays. */
  readonly check?: () => Promise<void>;
}

/**
 * Puts a text into a file, as a whole or not at all, also if the power fails: into a new file beside it, which then takes
 * its place, its permissions and, where that is allowed, its owner. A symbolic link stays one. Throws what the system
 * says. One writer at a time.
 */
export async function replaceFile(
  path: string,
  text: string,
  { mode = 0o644, check }: ReplaceOptions = {},
): Promise<void> {
  const real = await targetOf(path);
  const folder = dirname(real);
  const temporary = join(folder, `.${basename(real)}.new`);
  const old = await stat(real).catch(() => undefined);
  // what a process left that was killed while it wrote
  await rm(temporary, { force: true });
  try {
    await writeWhole(temporary, text, old, mode);
    await check?.();
    await rename(temporary, real);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
  await syncFolder(folder);
}

/** Where a path leads to, also if nothing is there yet. */
async function targetOf(path: string, links: number = 0): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const link = links < MOST_LINKS ? await readlink(path).catch(() => undefined) : undefined;
    return link === undefined ? path : targetOf(resolve(dirname(path), link), links + 1);
  }
}

async function writeWhole(path: string, text: string, old: Stats | undefined, mode: number): Promise<void> {
  const file = await open(path, 'wx', old === undefined ? mode : 0o600);
  try {
    await file.writeFile(text);
    if (old !== undefined) {
      const { uid, gid } = await file.stat();
      // whoever is not root may give nothing away
      if (uid !== old.uid || gid !== old.gid) await file.chown(old.uid, old.gid).catch(() => undefined);
      await file.chmod(old.mode & 0o7777);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/** So that the name outlasts a power failure. Some systems cannot; the file is whole either way. */
async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r');
    await folder.sync().finally(() => folder.close());
  } catch {
    // the old file may come back
  }
}
