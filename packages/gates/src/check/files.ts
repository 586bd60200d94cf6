import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { FlagError } from '@flagwright/core';

export interface FileOptions {
  /** Look into tests, too. */
  readonly tests: boolean;
  /** Whether to leave a file or a folder out, by its path with `/`. */
  readonly skip: (path: string) => boolean;
}

/** Folders of what was not written here. */
const FOREIGN: ReadonlySet<string> = new Set([
  'node_modules',
  'bower_components',
  'dist',
  'build',
  'coverage',
  'vendor',
]);
const TEST_FOLDERS: ReadonlySet<string> = new Set(['test', 'tests', '__tests__', '__mocks__']);
const SOURCE = /(?<!\.d)\.[cm]?[jt]sx?$/;
const TEST = /\.(?:test|spec)\.[cm]?[jt]sx?$/;
const MAX_FILES = 50_000;

/** Paths as they are shown and compared. */
export function withSlashes(path: string): string {
  return path.replaceAll('\\', '/');
}

/**
 * The sources under folders, and the files given, as whole paths, sorted. Links are not followed. Throws
 * `FlagError('NOT_FOUND')` for a path that is not there and if there is no source at all, and `TOO_LARGE`.
 */
export async function sourceFiles(roots: readonly string[], options: FileOptions): Promise<readonly string[]> {
  const files = new Set<string>();
  const folders: string[] = [];
  for (const root of roots) {
    const path = resolve(root);
    const found = await stat(path).catch((cause: unknown) => {
      throw new FlagError('NOT_FOUND', `there is no file or folder ${root} to check`, { cause });
    });
    if (found.isDirectory()) folders.push(path);
    else if (found.isFile()) files.add(path);
    else throw new FlagError('INVALID_ARGUMENT', `${root} is neither a file nor a folder, so it cannot be checked`);
  }
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of await entriesOf(folder)) {
      const path = join(folder, entry.name);
      if (entry.name.startsWith('.') || options.skip(withSlashes(path))) continue;
      if (entry.isDirectory()) {
        if (FOREIGN.has(entry.name) || (!options.tests && TEST_FOLDERS.has(entry.name))) continue;
        folders.push(path);
      } else if (entry.isFile() && SOURCE.test(entry.name) && (options.tests || !TEST.test(entry.name))) {
        files.add(path);
      }
    }
    if (files.size > MAX_FILES) {
      throw new FlagError('TOO_LARGE', `there are more than ${MAX_FILES} sources; name the folders of one program`);
    }
  }
  if (files.size === 0) {
    throw new FlagError('NOT_FOUND', `there are no sources in ${roots.join(', ') || 'nothing'} to check`);
  }
  return [...files].sort();
}

async function entriesOf(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (cause) {
    throw new FlagError('UNAVAILABLE', `${folder} cannot be read: ${FlagError.from(cause).message}`, { cause });
  }
}
