import { FlagError } from '@flagwright/core';
import { codeOf } from '../error-words.ts';

/** What the system says, by its code, in words that help. */
const WORDS: ReadonlyMap<string, string> = new Map([
  ['EACCES', 'may not be written by this process. Hint: check the owner and mode of the file and its folders'],
  ['EPERM', 'may not be written by this process. Hint: check the owner, mode and attributes of the file'],
  ['EROFS', 'is on a disk that can only be read'],
  ['EISDIR', 'is a folder, or one is in the way; expected a file'],
  ['ENOTDIR', 'is below something that is no folder'],
  ['ENOSPC', 'could not be written: the disk is full'],
  ['EDQUOT', 'could not be written: the quota is used up'],
  ['EFBIG', 'could not be written: it would be larger than a file may be'],
  ['EIO', 'could not be written: the disk fails'],
  ['EMFILE', 'could not be opened: this process has too many files open'],
]);

/** Why a file that is large enough cannot be set aside: `UNAVAILABLE`. */
export function rotationError(cause: unknown, path: string): FlagError {
  const code = codeOf(cause);
  const hint = 'may this process write in the folder, and is no folder in the way? Or set maxBytes to Infinity';
  const message = `${path} is as large as it may be, and could not be set aside as ${path}.1 (${code}). Hint: ${hint}`;
  return new FlagError('UNAVAILABLE', message, { cause });
}

/** An error of a file in our words: `NOT_FOUND` if its folder is not there, otherwise `UNAVAILABLE`. */
export function fileError(thrown: unknown, path: string): FlagError {
  if (thrown instanceof FlagError) return thrown;
  const code = codeOf(thrown);
  if (code === 'ENOENT') {
    return new FlagError('NOT_FOUND', `the folder of ${path} does not exist. Hint: make it`, { cause: thrown });
  }
  const words = WORDS.get(code) ?? 'could not be written';
  return new FlagError('UNAVAILABLE', `${path} ${words}${code === '' ? '' : ` (${code})`}`, { cause: thrown });
}
