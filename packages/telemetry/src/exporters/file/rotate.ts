import { lstat, open, rename, stat, unlink } from 'node:fs/promises';

/**
 * Sets a file aside as `<path>.1`, after the older ones have moved up by one; the oldest beyond `keep` is gone. Where a
 * number is missing, say after a crash in the middle of this, only those below it move, so that none is lost to a gap.
 */
export async function setAside(path: string, keep: number): Promise<void> {
  if (keep === 0) return unlink(path);
  let last = 1;
  while (last < keep && (await exists(`${path}.${last}`))) last++;
  for (let n = last - 1; n >= 1; n--) await rename(`${path}.${n}`, `${path}.${n + 1}`);
  await rename(path, `${path}.1`);
}

/** A process that died with the lock holds it for so long, in ms. */
const STALE = 60_000;

/**
 * Does something that only one process may do to a path at a time: by a file `<path>.lock`, which is there meanwhile. Does
 * nothing if another process is at it.
 */
export async function alone(path: string, work: () => Promise<void>): Promise<void> {
  const lock = `${path}.lock`;
  try {
    await (await open(lock, 'wx', 0o640)).close();
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown;
    // taken at the next try only: who saw the same at the same time may have removed it first
    if (await isStale(lock)) await removed(lock);
    return;
  }
  try {
    await work();
  } finally {
    await removed(lock);
  }
}

async function isStale(lock: string): Promise<boolean> {
  const made = await whenMade(lock);
  // also if the clock has jumped back since
  return made !== undefined && Math.abs(Date.now() - made) > STALE;
}

function whenMade(lock: string): Promise<number | undefined> {
  return stat(lock).then(({ mtimeMs }) => mtimeMs, absent);
}

function removed(path: string): Promise<void> {
  return unlink(path).catch(absent);
}

function exists(path: string): Promise<boolean> {
  return lstat(path)
    .then(() => true, absent)
    .then((found) => found === true);
}

/** Nothing, if what was thrown says that a file is not there. */
function absent(thrown: unknown): undefined {
  if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') throw thrown;
  return undefined;
}
