import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { User } from './run.ts';

/**
 * Ends every process that works in a folder, then the folder. It waits for its standard input to end, which happens
 * when this process says so and also when this process is gone in whatever way, by SIGKILL too.
 */
const GUARD = `
cat >/dev/null
folder=$1
for round in 1 2 3 4 5; do
  found=$(find /proc/[0-9]*/cwd -maxdepth 0 '(' -lname "$folder" -o -lname "$folder/*" ')' 2>/dev/null)
  [ -n "$found" ] || break
  for link in $found; do
    pid=\${link#/proc/}
    kill -9 "\${pid%/cwd}" 2>/dev/null
  done
  sleep 0.1
done
rm -rf "$folder"
`;

/** A new folder and the processes that have it as working folder: both are gone, at the latest, when this process is. */
export interface GuardedFolder {
  readonly path: string;
  /** Ids of the processes whose working folder is this one or below. */
  processes(): readonly number[];
  /** End those processes by SIGKILL and remove the folder. */
  remove(): Promise<void>;
}

/** Make a folder in the system's folder for temporary files; it belongs to `user` if given. */
export function guardedFolder(kind: string, user?: User): GuardedFolder {
  const path = mkdtempSync(join(tmpdir(), `flagwright-${kind}-${process.pid}-`));
  if (user !== undefined) chownSync(path, user.uid, user.gid);
  // In a session of its own, so that what ends the others (Ctrl-C in a terminal) lets it do its work.
  const guard = spawn('sh', ['-c', GUARD, 'flagwright-guard', path], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: '/',
  });
  const ended = once(guard, 'exit');
  guard.unref();
  (guard.stdin as typeof guard.stdin & { unref(): void }).unref();

  return {
    path,
    processes: () => processesIn(path),
    async remove() {
      guard.ref();
      guard.stdin.end();
      await ended;
    },
  };
}

/** Whether a process is stopped by SIGSTOP, or gone. */
export function isStopped(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('T');
  } catch {
    return true;
  }
}

/** Ids of the processes whose working folder is `folder` or below. */
export function processesIn(folder: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && isBelow(folder, workingFolder(name)))
    .map(Number);
}

function isBelow(folder: string, path: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

/** Empty for a process that is gone, or that belongs to somebody else. */
function workingFolder(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}
