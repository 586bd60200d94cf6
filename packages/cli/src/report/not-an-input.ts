import type { BigIntStats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { UsageError } from '../errors/usage-error.ts';
import type { World } from '../world.ts';

/**
 * Refuses to write over what is read: throws `UsageError` if `target`, which `option` names, is one of `inputs`, under
 * whatever name, as a link or another spelling; or one of the files right in a folder that is among them; or the
 * file that is the standard input, where `-` is among them. As a target `-` is no file. Call it before anything is written, and with the files within folders where these are read too.
 */
export async function refuseInput(
  world: Pick<World, 'cwd'>,
  option: string,
  target: string,
  inputs: readonly string[],
): Promise<void> {
  const found = target === '-' ? undefined : await statOf(resolve(world.cwd, target));
  if (found?.isFile() !== true) return;
  for (const input of inputs) {
    for (const name of await filesOf(world.cwd, input)) {
      const own = await statOf(resolve(world.cwd, name));
      if (own === undefined || !isSame(own, found)) continue;
      const also = name === target ? '' : `, which is ${INPUT.has(input) ? 'the standard input' : name}`;
      throw new UsageError(`${option} would write over a file that is read: ${target}${also}`, [
        `Name another file after ${option}`,
      ]);
    }
  }
}

/** What the standard input is called: on a command line, and as a file that was read. */
const INPUT: ReadonlySet<string> = new Set(['-', '<stdin>']);

/** A file itself, or the files in a folder. */
async function filesOf(cwd: string, input: string): Promise<readonly string[]> {
  // `< file`
  if (INPUT.has(input)) return ['/dev/stdin'];
  if ((await statOf(resolve(cwd, input)))?.isDirectory() !== true) return [input];
  const names = await readdir(resolve(cwd, input)).catch(() => []);
  return names.filter((name) => /\.(?:ya?ml|json)$/i.test(name)).map((name) => join(input, name));
}

// inodes do not fit into a double everywhere
const statOf = (path: string): Promise<BigIntStats | undefined> => stat(path, { bigint: true }).catch(() => undefined);

const isSame = (a: BigIntStats, b: BigIntStats): boolean => a.dev === b.dev && a.ino === b.ino;
