import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { World } from '../world.ts';

/** The items without those whose file an earlier one has, under whatever name: by device and inode. */
export async function eachOnce<Item>(
  world: Pick<World, 'cwd'>,
  items: readonly Item[],
  nameOf: (item: Item) => string,
): Promise<readonly Item[]> {
  const seen = new Set<string>();
  const kept: Item[] = [];
  for (const item of items) {
    const name = nameOf(item);
    const found = await stat(resolve(world.cwd, name), { bigint: true }).catch(() => undefined);
    // what is no file, as a pipe, has another text each time it is read
    const identity = found?.isFile() === true ? `${found.dev}:${found.ino}` : `:${name}`;
    if (!seen.has(identity)) kept.push(item);
    seen.add(identity);
  }
  return kept;
}
