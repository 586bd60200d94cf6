import { mkdir, readlink } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { valueToYaml } from '@flagwright/core/text';
import { CommandError, EXIT } from '../errors/command-error.ts';
import { replaceFile } from '../files/replace-file.ts';
import type { World } from '../world.ts';
import { type LockTimes, withLock } from './lock.ts';
import type { ConfigPlace } from './place.ts';
import { type ConfigFile, readConfig } from './read.ts';

/** What a configuration says, as it is written. */
export type Document = Readonly<Record<string, unknown>>;

/**
 * Changes a configuration: `change` is given what is there, and gives what is to be there; undefined leaves it alone. Nobody who
 * changes it at the same time loses anything. Resolves to whether it was written. Throws `CommandError`, and what `change` throws.
 */
export async function changeConfig(
  world: World,
  place: ConfigPlace,
  change: (file: ConfigFile) => Document | undefined,
  times?: LockTimes,
): Promise<boolean> {
  try {
    const target = await targetOf(place.path);
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    return await withLock(target, place.shown, () => rewritten(world, place, target, change), times);
  } catch (thrown) {
    const { code, syscall } = thrown as NodeJS.ErrnoException;
    if (syscall === undefined) throw thrown;
    throw new CommandError(EXIT.failed, `the configuration ${place.shown} cannot be written (${code})`, [
      'Is its folder yours to write to?',
    ]);
  }
}

async function rewritten(
  world: World,
  place: ConfigPlace,
  target: string,
  change: (file: ConfigFile) => Document | undefined,
): Promise<boolean> {
  const document = change(await readConfig(world, place, true));
  if (document === undefined) return false;
  const whole = { apiVersion: 'v1', kind: 'Config', ...document };
  const text = target.endsWith('.json') ? `${JSON.stringify(whole, null, 2)}\n` : valueToYaml(whole);
  // it has tokens
  await replaceFile(target, text, 0o600);
  return true;
}

/** Symbolic links that lead to each other end somewhere. */
const MOST_LINKS = 40;

/** Where symbolic links lead to, also if nothing is there yet. */
async function targetOf(path: string): Promise<string> {
  let at = path;
  for (let i = 0; i < MOST_LINKS; i++) {
    const link = await readlink(at).catch(() => undefined);
    if (link === undefined) return at;
    at = resolve(dirname(at), link);
  }
  return at;
}
