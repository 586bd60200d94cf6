import type { BigIntStats } from 'node:fs';
import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { FlagError } from '@flagwright/core';

/** So many can be open at a time, and are: one that is closed may be gone, and its number given to another. */
const MOST_FILES = 2_000;

/** As often files are looked for again, if some were new at the last look. */
const LOOKS = 5;

/** Files that are open, each once: the same file by another name is no other. */
export interface OpenFiles {
  /** Opens what is at the path. Whether there was a file, new or not. */
  add(path: string): Promise<boolean>;
  /** How many there are. */
  count(): number;
  /** All of them, the one written last at the end. */
  oldestFirst(): readonly FileHandle[];
  close(): Promise<void>;
}

/** No files yet. `add` throws `FlagError`: `INVALID_ARGUMENT` for a folder, `TOO_LARGE`, `UNAVAILABLE`. */
export function openFiles(): OpenFiles {
  const files = new Map<string, { readonly handle: FileHandle; readonly stats: BigIntStats }>();

  async function take(path: string, handle: FileHandle): Promise<void> {
    const stats = await handle.stat({ bigint: true });
    // another one than was there a moment ago
    if (files.has(identityOf(stats))) return handle.close();
    if (stats.isDirectory()) throw folderError(path);
    if (files.size === MOST_FILES) throw tooMany(`more than ${MOST_FILES} files`);
    files.set(identityOf(stats), { handle, stats });
  }

  return {
    async add(path) {
      let handle: FileHandle | undefined;
      try {
        // not opened twice: a pipe without a writer would wait for one
        if (files.has(identityOf(await stat(path, { bigint: true })))) return true;
        handle = await open(path);
        await take(path, handle);
        return true;
      } catch (thrown) {
        await handle?.close();
        const { code } = thrown as NodeJS.ErrnoException;
        if (code === 'ENOENT' || code === 'ENOTDIR') return false;
        if (code === 'EISDIR') throw folderError(path, thrown);
        if (code === 'EMFILE' || code === 'ENFILE') throw tooMany('more files than may be open', thrown);
        throw FlagError.from(thrown, 'UNAVAILABLE');
      }
    },
    count: () => files.size,
    oldestFirst: () =>
      [...files.values()].sort((a, b) => Number(a.stats.mtimeNs - b.stats.mtimeNs)).map(({ handle }) => handle),
    async close() {
      // those that were read are closed already, and close again without harm
      await Promise.all([...files.values()].map(({ handle }) => handle.close()));
    },
  };
}

const identityOf = ({ dev, ino }: BigIntStats): string => `${dev} ${ino}`;

const folderError = (path: string, cause?: unknown): FlagError =>
  new FlagError('INVALID_ARGUMENT', `${path} is a folder; expected a file`, { cause });

const tooMany = (what: string, cause?: unknown): FlagError =>
  new FlagError('TOO_LARGE', `${what}. Hint: read them one after another, as one async iterable of bytes`, { cause });

/**
 * Opens the files at these paths and those that were rotated away from them, all before any is read: what is open stays
 * the same file, wherever a rotation moves it.
 *
 * Throws like `add`, and `FlagError('NOT_FOUND')` for a path with no file.
 */
export async function openAll(paths: ReadonlySet<string>, files: OpenFiles): Promise<void> {
  const missing = new Set(paths);
  let before: number;
  let looks = 0;
  do {
    before = files.count();
    for (const path of paths) if (await openRotated(path, files)) missing.delete(path);
    // again, for a folder that changes while it is listed may leave out a name
  } while (files.count() > before && ++looks < LOOKS);
  for (const path of missing) throw new FlagError('NOT_FOUND', `there is no file ${path}`);
}

/** Where a rotation is at work, one name after another is free for a moment. */
const GAP = 3;

/**
 * Opens a file and those rotated away from it: `<path>.1`, `<path>.2` … Rotations move a file to a higher number and
 * never to a lower, so who goes upwards meets each, if he goes on past the last. Whether there was one.
 */
async function openRotated(path: string, files: OpenFiles): Promise<boolean> {
  let found = await files.add(path);
  let next = 1;
  const openNext = async (): Promise<boolean> => {
    const there = await files.add(`${path}.${next++}`);
    found ||= there;
    return there;
  };
  for (const listed of [...(await rotatedFrom(path)), Number.POSITIVE_INFINITY]) {
    // to where the one before it may have moved
    for (let free = 0; next < listed && free < GAP; ) free = (await openNext()) ? 0 : free + 1;
    if (listed === Number.POSITIVE_INFINITY) break;
    next = listed;
    await openNext();
  }
  return found;
}

/** The numbers of the files that were rotated away from this one, rising. */
async function rotatedFrom(path: string): Promise<readonly number[]> {
  const names = await readdir(dirname(path)).catch(() => []);
  const start = `${basename(path)}.`;
  const numbers = names.flatMap((name) => {
    const end = name.startsWith(start) ? name.slice(start.length) : '';
    return /^[1-9]\d{0,8}$/.test(end) ? [Number(end)] : [];
  });
  return numbers.sort((a, b) => a - b);
}
