import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FlagError, suggest } from '@flagwright/core';

/** Whether a file in a folder holds flags: `*.yaml`, `*.yml`, `*.json`, not hidden. */
export function isFlagFile(name: string): boolean {
  return /^[^.].*\.(?:ya?ml|json)$/i.test(name);
}

/** A path as it was given, and where it leads. */
export interface Target {
  readonly given: string;
  readonly absolute: string;
}

/** A file as it was read. */
export interface FileText {
  /** The path as people know it. */
  readonly file: string;
  readonly bytes: Buffer;
}

/**
 * All files of the targets, whole: those of a folder sorted by name. A file that changes while it is read is read
 * again.
 *
 * Throws `FlagError`: `NOT_FOUND`, `INVALID_ARGUMENT` (no regular file), `TOO_LARGE`, `UNAVAILABLE`.
 */
export async function readTargets(
  targets: readonly Target[],
  maxBytes: number,
  signal?: AbortSignal,
): Promise<readonly FileText[]> {
  const texts: FileText[] = [];
  let left = maxBytes;
  const take = (file: string, bytes: Buffer): void => {
    left -= bytes.length;
    texts.push({ file, bytes });
  };
  for (const target of targets) {
    signal?.throwIfAborted();
    const names = await namesIn(target);
    if (names === undefined) {
      take(target.given, await readWhole(target, left, maxBytes, signal));
      continue;
    }
    let found = 0;
    for (const name of names) {
      const file = { given: join(target.given, name), absolute: join(target.absolute, name) };
      try {
        take(file.given, await readWhole(file, left, maxBytes, signal));
        found++;
      } catch (error) {
        // removed between the listing and the reading, or a link that leads nowhere
        if (!(error instanceof FlagError && error.code === 'NOT_FOUND')) throw error;
      }
    }
    if (found === 0) {
      throw new FlagError(
        'NOT_FOUND',
        `there are no flag files in the folder ${shown(target)}; expected *.yaml, *.yml or *.json`,
      );
    }
  }
  return texts;
}

/** The same for the same content under the same names, whenever it was written. */
export function revisionOf(texts: readonly FileText[]): string {
  const hash = createHash('sha256');
  for (const { file, bytes } of texts) hash.update(`${basename(file)}\0${bytes.length}\0`).update(bytes);
  return `file.${hash.digest('hex').slice(0, 32)}`;
}

/** The text of a file. Throws `FlagError('PARSE_ERROR')` if it is not UTF-8. */
export function decode({ file, bytes }: FileText): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    const wide = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
    const hint = wide ? 'it looks like UTF-16; save it as UTF-8' : 'save it as UTF-8';
    throw new FlagError('PARSE_ERROR', `${file} is not UTF-8. Hint: ${hint}`, { cause });
  }
}

/** The flag files of a folder; undefined if it is none. */
async function namesIn(target: Target): Promise<readonly string[] | undefined> {
  try {
    const names = await readdir(target.absolute);
    return names.filter(isFlagFile).sort();
  } catch (error) {
    if (codeOf(error) === 'ENOTDIR') return undefined;
    throw await readError(error, target);
  }
}

const ATTEMPTS = 5;
const PAUSE_MS = 10;

async function readWhole(target: Target, left: number, maxBytes: number, signal?: AbortSignal): Promise<Buffer> {
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    const bytes = await readStable(target, left, maxBytes);
    if (bytes !== undefined) return bytes;
    if (attempt === ATTEMPTS) {
      throw new FlagError('UNAVAILABLE', `${shown(target)} kept changing while it was read`);
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

/** Reads a file once; undefined if it changed meanwhile. */
async function readStable(target: Target, left: number, maxBytes: number): Promise<Buffer | undefined> {
  let handle: FileHandle | undefined;
  try {
    // without waiting for the other end, should it be a pipe
    handle = await open(target.absolute, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const before = await handle.stat({ bigint: true });
    if (!before.isFile()) throw notAFile(before, target);
    if (before.size > left) throw tooLarge(target, before.size, maxBytes);
    const buffer = Buffer.allocUnsafe(Number(before.size) + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await handle.read(buffer, length, buffer.length - length);
      length += bytesRead;
      if (bytesRead === 0 || length === buffer.length) break;
    }
    const after = await handle.stat({ bigint: true });
    const now = await stat(target.absolute, { bigint: true }).catch(() => undefined);
    const stable =
      same(before, after) && BigInt(length) === after.size && now?.ino === after.ino && now.dev === after.dev;
    return stable ? buffer.subarray(0, length) : undefined;
  } catch (error) {
    if (error instanceof FlagError) throw error;
    throw await readError(error, target);
  } finally {
    await handle?.close();
  }
}

function same(a: BigIntStats, b: BigIntStats): boolean {
  return a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs;
}

function notAFile(stats: BigIntStats, target: Target): FlagError {
  const what = stats.isFIFO()
    ? 'a named pipe'
    : stats.isSocket()
      ? 'a socket'
      : stats.isDirectory()
        ? 'a folder'
        : 'a device';
  return new FlagError('INVALID_ARGUMENT', `${shown(target)} is ${what}; expected a file or a folder`);
}

function tooLarge(target: Target, size: bigint, maxBytes: number): FlagError {
  const hint = 'raise maxBytes if that is meant';
  return new FlagError(
    'TOO_LARGE',
    `${shown(target)} has ${size} bytes; expected at most ${maxBytes} in all. Hint: ${hint}`,
  );
}

/** What the system said, in our words; its code does not leave. */
async function readError(cause: unknown, target: Target): Promise<FlagError> {
  switch (codeOf(cause)) {
    case 'ENOENT':
    case 'ENOTDIR': {
      const name = basename(target.absolute);
      const siblings = await readdir(dirname(target.absolute)).catch(() => undefined);
      const near = siblings === undefined ? undefined : suggest(name, siblings);
      const hint =
        siblings === undefined
          ? 'the folder does not exist either'
          : near === undefined
            ? 'check the path'
            : `did you mean ${near}?`;
      return new FlagError('NOT_FOUND', `there is no file ${shown(target)}. Hint: ${hint}`, { cause });
    }
    case 'EACCES':
    case 'EPERM':
      return new FlagError(
        'UNAVAILABLE',
        `${shown(target)} may not be read. Hint: check the permissions of the file and its folders`,
        { cause },
      );
    case 'ELOOP':
      return new FlagError('UNAVAILABLE', `${shown(target)} is a symbolic link that goes round in a circle`, { cause });
    case 'ENXIO':
      return new FlagError(
        'INVALID_ARGUMENT',
        `${shown(target)} is a socket or a device; expected a file or a folder`,
        { cause },
      );
    default:
      return new FlagError('UNAVAILABLE', `${shown(target)} cannot be read`, { cause });
  }
}

function shown({ given, absolute }: Target): string {
  return given === absolute ? given : `${given} (that is ${absolute})`;
}

function codeOf(error: unknown): unknown {
  return (error as { readonly code?: unknown } | null)?.code;
}
