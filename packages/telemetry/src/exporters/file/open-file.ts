import { constants } from 'node:fs';
import { type FileHandle, open, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FlagError } from '@flagwright/core';

/** A file that is open, and which it is. */
export interface OpenFile {
  readonly handle: FileHandle;
  /** Where it is, with all links followed. */
  readonly place: string;
  readonly dev: bigint;
  readonly ino: bigint;
}

/** Every write goes to the end, wherever that is by then; reading is for the last byte. A pipe must not make us wait. */
const FLAGS = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;
/** Events name users: not for everybody on the machine. */
const MODE = 0o640;

/** Opens a file to append to, and makes it if it is not there. */
export async function openFile(path: string): Promise<OpenFile> {
  const handle = await open(path, FLAGS, MODE);
  try {
    const stats = await handle.stat({ bigint: true });
    if (stats.isFile()) return { handle, place: await placeOf(path), dev: stats.dev, ino: stats.ino };
    throw new FlagError('UNAVAILABLE', `${path} is a pipe, a device or the like; expected a file`);
  } catch (thrown) {
    await handle.close();
    throw thrown;
  }
}

/** The path itself if the file was moved just now: that will be seen before the next write. */
function placeOf(path: string): Promise<string> {
  return realpath(path).catch(() => path);
}

/** Whether the path still leads to the file that is open: it may have been moved, deleted or replaced. */
export async function isAt(path: string, { dev, ino }: OpenFile): Promise<boolean> {
  try {
    const there = await stat(path, { bigint: true });
    return there.dev === dev && there.ino === ino;
  } catch {
    // opening it will tell what is wrong
    return false;
  }
}

const CANNOT: ReadonlySet<unknown> = new Set(['EINVAL', 'EACCES', 'EPERM']);

/** Has the disk confirm the names in the folder of a file; else a new file may be gone after a power cut. */
export async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(dirname(path), constants.O_RDONLY);
    await folder.sync().finally(() => folder.close());
  } catch (thrown) {
    // a file system that cannot, a folder that may be written and not read: there is nothing more to do
    if (!CANNOT.has((thrown as NodeJS.ErrnoException).code)) throw thrown;
  }
}
