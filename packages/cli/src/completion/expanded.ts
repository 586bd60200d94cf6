import type { World } from '../world.ts';

/**
 * A word before the cursor as the command will have it, if it begins with `~/`, or with a variable of the environment that
 * is all of it or a folder. Words come without their quotes, so this is done within `'` as well: who quotes a tilde is offered
 * what is at home.
 */
export function expanded(word: string, { env, home }: Pick<World, 'env' | 'home'>): string {
  if (word === '~' || word.startsWith('~/')) return home + word.slice(1);
  const [whole, bare, braced] = /^\$(?:(\w+)|\{(\w+)\})(?=\/|$)/.exec(word) ?? [];
  const name = bare ?? braced;
  if (whole === undefined || name === undefined || !Object.hasOwn(env, name)) return word;
  return (env[name] ?? '') + word.slice(whole.length);
}
