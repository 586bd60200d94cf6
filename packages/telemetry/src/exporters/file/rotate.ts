import { lstat, rename, unlink } from 'node:fs/promises';

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

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw thrown;
  }
}
