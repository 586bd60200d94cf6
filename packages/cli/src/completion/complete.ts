import type { World } from '../world.ts';
import { candidatesFor } from './candidates.ts';
import { unquoted } from './quoted.ts';

/**
 * Prints what can stand for the last of the words after `--`, a line each: the word, and after a tab what it is. If names of
 * files can stand there, there is a line `<tab>files`. With `--quoted`, words are as they were typed. Resolves to 0, whatever
 * happens: nobody asked for anything yet.
 */
export async function complete(args: readonly string[], world: World): Promise<number> {
  try {
    const start = args.indexOf('--');
    const given = args.slice(start + 1);
    const words = args.slice(0, Math.max(0, start)).includes('--quoted') ? given.map(unquoted) : given;
    // nothing is said and nobody is asked in the middle of a line
    const silent: World = { ...world, err: () => undefined, ask: async () => undefined };
    const { names, files } = await candidatesFor(words, silent);
    const lines = names.flatMap(([word, summary]) => {
      if (/\p{Cc}/u.test(word)) return [];
      return [summary === undefined ? word : `${word}\t${summary.replace(/\p{Cc}/gu, ' ')}`];
    });
    const all = files === true ? [...lines, '\tfiles'] : lines;
    if (all.length > 0) await world.out(`${all.join('\n')}\n`);
  } catch {
    // a server that is down, a configuration that is broken: whoever runs the command is told
  }
  return 0;
}
