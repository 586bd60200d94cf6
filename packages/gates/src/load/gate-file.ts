import { type FileHandle, open, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { FlagError, preview } from '@flagwright/core';
import { MAX_TEXT_BYTES } from '@flagwright/core/text';
import { type Reading, soundSettings } from '../input/reading.ts';
import type { Layer } from '../layer.ts';
import { type GateTextOptions, readGateText } from './gate-text.ts';

/** Options of `readGateFile`. */
export interface GateFileOptions extends GateTextOptions {
  /** A file that is not there sets nothing. Default: false, it is an error. */
  readonly optional?: boolean | undefined;
}

/**
 * The layer of a configuration file; what is read of it is told at `parseGateText`.
 *
 * Throws `FlagError`: `NOT_FOUND`, `INVALID_ARGUMENT` (no regular file), `UNAVAILABLE` (may not be read), `TOO_LARGE`,
 * `PARSE_ERROR` with every problem and its line and column.
 */
export async function readGateFile(path: string, options: GateFileOptions = {}): Promise<Layer> {
  const settings = soundSettings(await readFileOfGates(path, options), 'PARSE_ERROR');
  return { name: options.layer ?? 'file', settings };
}

/** As `readGateFile`, with what is wrong beside what is right. Throws for a file that cannot be read at all. */
export async function readFileOfGates(path: string, options: GateFileOptions): Promise<Reading> {
  const text = await textOf(path, options.optional === true);
  return text === undefined ? { settings: [], issues: [] } : readGateText(text, { file: path, ...options });
}

/** The text of a regular file. Undefined, if it is optional and not there; throws as `readGateFile`. */
export async function textOf(path: string, optional: boolean): Promise<string | undefined> {
  if (typeof path !== 'string' || path === '') {
    throw new FlagError('INVALID_ARGUMENT', `the path of the file is ${preview(path)}; expected a path, not empty`);
  }
  let file: FileHandle | undefined;
  try {
    // before it is opened: opening a named pipe waits for who writes to it
    const { size } = regular(path, await stat(path));
    if (size > MAX_TEXT_BYTES) throw tooLarge(path, size);
    file = await open(path);
    const bytes = await file.readFile();
    if (bytes.length > MAX_TEXT_BYTES) throw tooLarge(path, bytes.length);
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof FlagError) throw error;
    const failure = failureOf(path, error);
    if (optional && failure.code === 'NOT_FOUND') return undefined;
    throw failure;
  } finally {
    await file?.close();
  }
}

function regular<S extends { isFile(): boolean }>(path: string, stats: S): S {
  if (stats.isFile()) return stats;
  throw new FlagError('INVALID_ARGUMENT', `${path} is no regular file; expected a YAML, JSON or TOML file`);
}

function tooLarge(path: string, size: number): FlagError {
  return new FlagError('TOO_LARGE', `${path} has ${size} bytes; expected at most ${MAX_TEXT_BYTES}`);
}

/** What the system said, in our words. */
function failureOf(path: string, cause: unknown): FlagError {
  const { code } = cause as { readonly code?: unknown };
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new FlagError(
        'NOT_FOUND',
        `there is no file ${path} to read gates from. Hint: check the path, which leads to ${resolve(path)}, or leave it out: gates have defaults`,
        { cause },
      );
    case 'EACCES':
    case 'EPERM':
      return new FlagError('UNAVAILABLE', `${path} may not be read. Hint: check its permissions`, { cause });
    case 'ERR_ENCODING_INVALID_ENCODED_DATA':
      return new FlagError('PARSE_ERROR', `${path} is not UTF-8. Hint: save it as UTF-8`, { cause });
    default:
      return new FlagError('UNAVAILABLE', `${path} cannot be read`, { cause });
  }
}
