import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Makes a text the content of a file, whole or not at all: whoever reads it meanwhile, or an end by force, finds the one or
 * the other. `mode` is that of the file, made smaller by the umask.
 */
export async function replaceFile(path: string, text: string, mode = 0o666): Promise<void> {
  const next = join(dirname(path), `.${basename(path)}.${randomUUID()}`);
  try {
    const file = await open(next, 'wx', mode);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(next, path);
  } catch (thrown) {
    await rm(next, { force: true }).catch(() => undefined);
    throw thrown;
  }
}
