import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** A folder whose disk can be made full. */
export interface SmallDisk {
  readonly path: string;
  /** From now on nothing more can be written; files can be made, and are empty. */
  fill(): void;
  /** The end of `fill`. */
  free(): void;
  remove(): void;
}

/**
 * A new folder for a few files of `size` bytes altogether: a file system of its own if this user may mount one, else
 * `fill` is a limit on what the processes `pids` may write to a file (this process if left out).
 */
export function smallDisk(path: string, size: number, pids: () => readonly number[] = () => [process.pid]): SmallDisk {
  mkdirSync(path);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path], { stdio: 'ignore' });
  } catch {
    return limited(path, pids);
  }
  const filler = join(path, '.filler');
  return {
    path,
    fill: () => writeUntilFull(filler),
    free: () => rmSync(filler, { force: true }),
    remove() {
      // what still has a file open there must not keep a folder behind
      execFileSync('umount', ['--lazy', path]);
      rmSync(path, { recursive: true });
    },
  };
}

function writeUntilFull(path: string): void {
  const file = openSync(path, 'a');
  try {
    for (let size = 2 ** 16; size >= 1; ) {
      try {
        writeSync(file, Buffer.alloc(size));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
        size /= 2;
      }
    }
  } finally {
    closeSync(file);
  }
}

function limited(path: string, pids: () => readonly number[]): SmallDisk {
  const limit = (bytes: string): void => {
    for (const pid of pids()) execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`]);
  };
  return {
    path,
    fill: () => limit('0'),
    free: () => limit('unlimited'),
    remove: () => rmSync(path, { recursive: true }),
  };
}
