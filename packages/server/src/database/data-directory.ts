import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FlagError } from '@flagwright/core';

/** The folder of PostgreSQL's own files within a data directory. */
export const FILES = 'postgres';

/** What a server makes in its data directory, a lock under its first name included. */
const OURS = /^(?:postgres|postgres\.unfinished|lock\.\d{1,15}|\.lock-[0-9a-f]{12})$/;

/** What is in empty folders: of file systems that were just made, of version control, of file managers. */
const NOTHING = /^(?:lost\+found|\.gitkeep|\.gitignore|\.DS_Store)$/;

/**
 * Whether a data directory has a database; false if it is empty, or not there. Writes nothing. Throws
 * `FlagError('UNSUPPORTED')` for a folder of something else, as a PostgreSQL's own.
 */
export async function checkDirectory(directory: string): Promise<boolean> {
  const names = await namesIn(directory);
  if (names === undefined) return false;
  if (names.includes('PG_VERSION')) throw foreign(directory, "is a PostgreSQL's own");
  if (names.includes(FILES)) {
    if ((await namesIn(join(directory, FILES)))?.includes('PG_VERSION') === true) return true;
    throw foreign(directory, `has a folder ${FILES} that no server has made`);
  }
  // what else there is does not matter where a server was before
  const other = names.some((name) => OURS.test(name)) ? undefined : names.find((name) => !NOTHING.test(name));
  if (other !== undefined) throw foreign(directory, `has something else in it, as ${JSON.stringify(other)}`);
  return false;
}

/** What is in a folder; undefined if it is not there. */
async function namesIn(folder: string): Promise<readonly string[] | undefined> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unusable(folder, 'read', error as NodeJS.ErrnoException);
  }
}

/** A data directory with which something cannot be done, for the operating system says so. */
export function unusable(directory: string, what: string, error: NodeJS.ErrnoException): FlagError {
  const refused = error.code === 'EACCES' || error.code === 'EPERM' || error.code === 'EROFS';
  return new FlagError(
    refused ? 'UNAUTHORIZED' : 'INVALID_ARGUMENT',
    `the data directory ${directory} cannot be ${what} (${error.code}); ` +
      'expected a folder that the user of this process may read and write',
    { cause: error },
  );
}

function foreign(directory: string, why: string): FlagError {
  return new FlagError(
    'UNSUPPORTED',
    `the data directory ${directory} ${why}; expected an empty folder, or one that a server has made. ` +
      'Hint: choose another one, which is made if it is not there',
  );
}
