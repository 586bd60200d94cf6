import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { CommandError, EXIT } from '../errors/command-error.ts';
import { checkListed, type OnUnread } from '../files/texts.ts';
import { isTestFile } from '../local/local-set.ts';
import type { World } from '../world.ts';

/**
 * The files of tests that are named; a folder stands for all in it and in its folders, by name. `onUnread` is told of a
 * folder that cannot be read, or has none.
 */
export async function testFiles(
  world: World,
  named: readonly string[],
  onUnread: OnUnread,
): Promise<readonly string[]> {
  const files: string[] = [];
  for (const name of named) {
    const path = resolve(world.cwd, name);
    const found = name === '-' ? undefined : await stat(path).catch(() => undefined);
    if (found?.isDirectory() !== true) files.push(name);
    else files.push(...(await filesIn(path, name, onUnread)));
  }
  return files;
}

async function filesIn(path: string, folder: string, onUnread: OnUnread): Promise<readonly string[]> {
  const found: string[] = [];
  let isWhole = true;
  const add = async (name: string): Promise<void> => {
    const file = join(folder, name);
    try {
      await checkListed(join(path, name), file);
      found.push(file);
    } catch (thrown) {
      isWhole = false;
      onUnread(file, thrown as CommandError);
    }
  };
  const look = async (under: string): Promise<void> => {
    const entries = await readdir(join(path, under), { withFileTypes: true }).catch(
      ({ code }: NodeJS.ErrnoException): readonly Dirent[] => {
        isWhole = false;
        const name = join(folder, under);
        onUnread(name, new CommandError(EXIT.failed, `the folder ${name} cannot be read (${code})`));
        return [];
      },
    );
    for (const entry of [...entries].sort((a, b) => (a.name < b.name ? -1 : 1))) {
      // folders that hold what others wrote, or what nobody looks at
      if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
      const name = join(under, entry.name);
      if (entry.isDirectory()) await look(name);
      else if (isTestFile(entry.name)) await add(name);
    }
  };
  await look('');
  if (found.length === 0 && isWhole) {
    const message = `there are no *.test.yaml files in the folder ${folder}`;
    onUnread(
      folder,
      new CommandError(EXIT.notFound, message, ["Run 'flagctl test --help' for what such a file looks like"]),
    );
  }
  return found;
}

/** A file that another one names, which is in a folder; as people would name it. */
export function besides(file: string, name: string): string {
  return isAbsolute(name) || name === '-' ? name : join(file, '..', name);
}
