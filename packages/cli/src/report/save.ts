import { realpath, stat, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CommandError, EXIT } from '../errors/command-error.ts';
import { replaceFile } from '../files/replace-file.ts';
import type { World } from '../world.ts';

/**
 * Writes a report to a file, which is there whole or not at all; `-` is the standard output. Throws `CommandError` if it
 * cannot be written.
 */
export async function saveReport(world: Pick<World, 'cwd' | 'out'>, file: string, text: string): Promise<void> {
  if (file === '-') {
    await world.out(text);
    return;
  }
  try {
    await replace(await realpath(resolve(world.cwd, file)).catch(() => resolve(world.cwd, file)), text);
  } catch (thrown) {
    const { code, message } = thrown as NodeJS.ErrnoException;
    throw new CommandError(EXIT.failed, `the report ${file} cannot be written (${code ?? message})`, [
      ...(code === 'ENOENT' ? ['Make its folder first'] : []),
    ]);
  }
}

async function replace(path: string, text: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  // a pipe or a device is written to, and stays what it is
  if (found !== undefined && !found.isFile()) {
    await writeFile(path, text);
    return;
  }
  await replaceFile(path, text, found?.mode);
}
