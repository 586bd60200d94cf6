import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError, EXIT } from '../errors/command-error.ts';

/** How long, in ms. */
export interface LockTimes {
  /** Until another writer is waited for no longer. Default: 10,000. */
  readonly patience?: number;
  /** After which a lock is that of a process that has died: changes take milliseconds. Default: 30,000. */
  readonly stale?: number;
}

/** Does something while no other process does it to the same file. Throws `CommandError` if others do not let go. */
export async function withLock<T>(
  target: string,
  shown: string,
  work: () => Promise<T>,
  { patience = 10_000, stale = 30_000 }: LockTimes = {},
): Promise<T> {
  const lock = `${target}.lock`;
  const mine = `${process.pid} ${randomUUID()}`;
  const from = performance.now();
  while (!(await taken(lock, mine))) {
    await breakStale(lock, stale);
    if (performance.now() - from > patience) {
      throw new CommandError(EXIT.conflict, `another command is changing ${shown}`, [
        `If there is none, delete ${lock}`,
      ]);
    }
    await sleep(5 + Math.random() * 20);
  }
  try {
    return await work();
  } finally {
    // whoever took it for stale has it now
    if ((await read(lock)) === mine) await rm(lock, { force: true });
  }
}

async function taken(lock: string, mine: string): Promise<boolean> {
  try {
    await writeFile(lock, mine, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw thrown;
  }
}

/** Takes the lock of a process that has died out of the way. */
async function breakStale(lock: string, stale: number): Promise<void> {
  const found = await stat(lock).catch(() => undefined);
  if (found === undefined || Date.now() - found.mtimeMs < stale) return;
  const whose = await read(lock);
  const away = `${lock}.${randomUUID()}`;
  try {
    await rename(lock, away);
  } catch {
    // another one was faster
    return;
  }
  // what was moved may be the new lock of one who was faster, too: it is given back
  if ((await read(away)) !== whose) await rename(away, lock).catch(() => undefined);
  await rm(away, { force: true });
}

const read = (path: string): Promise<string | undefined> => readFile(path, 'utf8').catch(() => undefined);
