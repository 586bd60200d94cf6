import { readdir, stat } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { CommandError, EXIT } from '../errors/command-error.ts';
import { isTestFile } from '../local/local-set.ts';
import type { World } from '../world.ts';

/** The files of tests that are named; a folder stands for all in it and in its folders, by name. Throws `CommandError`. */
export async function testFiles(world: World, named: readonly string[]): Promise<readonly string[]> {
  const files: string[] = [];
  for (const name of named) {
    const path = resolve(world.cwd, name);
    const found = name === '-' ? undefined : await stat(path).catch(() => undefined);
    if (found?.isDirectory() !== true) {
      files.push(name);
      continue;
    }
    const within = await filesIn(path);
    if (within.length === 0) {
      throw new CommandError(EXIT.notFound, `there are no *.test.yaml files in the folder ${name}`, [
        "Run 'flagctl test --help' for what such a file looks like",
      ]);
    }
    files.push(...within.map((own) => join(name, own)));
  }
  return files;
}

/** Folders that hold what others wrote, or what nobody looks at, are left out. */
async function filesIn(folder: string, under = ''): Promise<readonly string[]> {
  const entries = await readdir(join(folder, under), { withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const name = join(under, entry.name);
    if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
    if (entry.isDirectory()) found.push(...(await filesIn(folder, name)));
    else if (isTestFile(entry.name)) found.push(name);
  }
  return found;
}

/** A file that another one names, which is in a folder; as people would name it. */
export function besides(file: string, name: string): string {
  return isAbsolute(name) || name === '-' ? name : join(file, '..', name);
}
