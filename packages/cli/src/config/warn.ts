import { safe } from '../output/safe.ts';
import { styleOf } from '../output/style.ts';
import type { World } from '../world.ts';

const told = new WeakMap<World, Set<string>>();

/** Warns on the standard error; of the same only once in a command. */
export function warnOnce(world: World, text: string): void {
  const before = told.get(world) ?? new Set();
  told.set(world, before);
  if (before.has(text)) return;
  before.add(text);
  world.err(`${styleOf({ world, has: () => false }, 'err').yellow('Warning')}: ${safe(text)}\n`);
}
