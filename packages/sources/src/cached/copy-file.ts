import { createHash, randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FlagError } from '@flagwright/core';
import type { Copy } from './format.ts';
import { HEADER_BYTES, headerOf, MAX_BYTES, parseCopy, piecesOf } from './format.ts';

/** What tells one file from another that took its place. */
export interface Mark {
  readonly header: string;
  /** In bytes, header and all. */
  readonly size: number;
}

/** A copy as it was found. */
export interface Found extends Copy {
  readonly mark: Mark;
  /** When it was last known to be what the origin has, in ms since the epoch: the time of the file. */
  readonly freshAt: number;
}

// The other end of a pipe is not waited for.
const READ = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/**
 * The copy in a file; undefined if there is no file. Throws `FlagError`: `INVALID_ARGUMENT` (no regular file),
 * `UNAUTHORIZED` (others may write it), `TOO_LARGE`, `PARSE_ERROR`; or what the system says.
 */
export async function loadCopy(path: string): Promise<Found | undefined> {
  const handle = await open(path, READ).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  });
  if (handle === undefined) return undefined;
  try {
    const stats = await handle.stat();
    checkTrust(stats);
    if (stats.size > MAX_BYTES) {
      throw new FlagError('TOO_LARGE', `it has ${stats.size} bytes; expected at most ${MAX_BYTES}`);
    }
    const bytes = await readBytes(handle, stats.size);
    const copy = await parseCopy(bytes);
    const mark = { header: bytes.toString('latin1', 0, HEADER_BYTES), size: bytes.length };
    return { ...copy, mark, freshAt: Math.min(Math.round(stats.mtimeMs), Date.now()) };
  } finally {
    await handle.close();
  }
}

/**
 * Puts a copy into a file, as a whole or not at all: into a new file first, which then takes the place of the old one.
 * The folder is made if it is missing. Throws `FlagError('TOO_LARGE')`, what `JSON.stringify` throws, or what the
 * system says.
 */
export async function saveCopy(path: string, copy: Copy, freshAt: number): Promise<Mark> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const temporary = join(folder, `.${basename(path)}.${randomBytes(8).toString('hex')}.tmp`);
  try {
    const mark = await writeCopy(temporary, copy, freshAt);
    await rename(temporary, path);
    await syncFolder(folder);
    return mark;
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

async function writeCopy(path: string, copy: Copy, freshAt: number): Promise<Mark> {
  const handle = await open(path, 'wx', 0o600);
  try {
    const hash = createHash('sha256');
    let size = HEADER_BYTES;
    for (const piece of piecesOf(copy)) {
      const bytes = Buffer.from(piece);
      if (size + bytes.length > MAX_BYTES) {
        throw new FlagError('TOO_LARGE', `the flags have more than ${MAX_BYTES} bytes`);
      }
      hash.update(bytes);
      await writeBytes(handle, bytes, size);
      size += bytes.length;
    }
    const header = headerOf(hash, size - HEADER_BYTES);
    await writeBytes(handle, Buffer.from(header), 0);
    await handle.utimes(freshAt / 1_000, freshAt / 1_000);
    await handle.sync();
    return { header, size };
  } finally {
    await handle.close();
  }
}

/** Notes that the copy is still what the origin has. False if the file is another now, or this cannot be noted. */
export async function touchCopy(path: string, { header, size }: Mark, freshAt: number): Promise<boolean> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, READ);
    const stats = await handle.stat();
    checkTrust(stats);
    if (stats.size !== size || (await readBytes(handle, HEADER_BYTES)).toString('latin1') !== header) return false;
    await handle.utimes(freshAt / 1_000, freshAt / 1_000);
    return true;
  } catch {
    // then it is written, and what is wrong shows
    return false;
  } finally {
    await handle?.close();
  }
}

const ABANDONED_MS = 60_000;

/** Removes what processes left behind that were killed while they wrote. */
export async function removeAbandoned(path: string): Promise<void> {
  const [folder, start] = [dirname(path), `.${basename(path)}.`];
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    if (!name.startsWith(start) || !/^[0-9a-f]{16}\.tmp$/.test(name.slice(start.length))) continue;
    const file = join(folder, name);
    const stats = await stat(file).catch(() => undefined);
    if (stats === undefined || Date.now() - stats.ctimeMs < ABANDONED_MS) continue;
    await rm(file, { force: true }).catch(() => undefined);
  }
}

/** Who may write a copy decides flags: nobody but this user and root may. */
function checkTrust(stats: Stats): void {
  if (!stats.isFile()) throw new FlagError('INVALID_ARGUMENT', 'it is no regular file; expected the path of a file');
  const user = process.geteuid?.();
  // Windows has no such permissions
  if (user === undefined) return;
  if (stats.uid !== user && stats.uid !== 0) {
    throw new FlagError(
      'UNAUTHORIZED',
      `it belongs to the user ${stats.uid}; expected ${user}, who runs this process, or root. Hint: remove it`,
    );
  }
  if ((stats.mode & 0o022) !== 0) {
    const mode = (stats.mode & 0o777).toString(8).padStart(4, '0');
    throw new FlagError(
      'UNAUTHORIZED',
      `others may write it (its mode is ${mode}), and would decide flags; expected 0600. Hint: remove it, or \`chmod 600\``,
    );
  }
}

async function readBytes(handle: FileHandle, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  let at = 0;
  while (at < length) {
    const { bytesRead } = await handle.read(buffer, at, length - at, at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return buffer.subarray(0, at);
}

async function writeBytes(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, at, bytes.length - at, position + at);
    at += bytesWritten;
  }
}

/** So that the name outlasts a power failure. Some systems cannot, and the copy is whole either way. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    await handle.sync().finally(() => handle.close());
  } catch {
    // the old copy may come back
  }
}
