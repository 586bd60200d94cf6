import type { World } from '../world.ts';
import { candidatesFor } from './candidates.ts';
import { expanded } from './expanded.ts';
import { unquoted } from './quoted.ts';

/**
 * Prints what can stand for the last of the words after `--`, a line each: the word, and after a tab what it is. If names of
 * files can stand there, there is a line `<tab>files<tab>--filename=<tab>f`: what of the word is before the name,
 * and what of the name is there; or `<tab>files` if these are no text of one line. With `--quoted`, words are as they were typed. Resolves to 0, whatever happens: nobody asked for anything yet.
 */
export async function complete(args: readonly string[], world: World): Promise<number> {
  try {
    const start = args.indexOf('--');
    const given = args.slice(start + 1);
    const typed = args.slice(0, Math.max(0, start)).includes('--quoted') ? given.map(unquoted) : given;
    const words = typed.map((word, i) => (i === typed.length - 1 ? word : expanded(word, world)));
    // nothing is said and nobody is asked in the middle of a line
    const silent: World = { ...world, err: () => undefined, ask: async () => undefined };
    const { names, files } = await candidatesFor(words, silent);
    const lines = names.flatMap(([word, summary]) => {
      if (/\p{Cc}/u.test(word)) return [];
      return [summary === undefined ? word : `${word}\t${summary.replace(/\p{Cc}/gu, ' ')}`];
    });
    if (files !== undefined) lines.push(...fileLine(files));
    if (lines.length > 0) await world.out(`${lines.join('\n')}\n`);
  } catch {
    // a server that is down, a configuration that is broken: whoever runs the command is told
  }
  return 0;
}

function fileLine([lead, typed]: readonly [lead: string, typed: string]): readonly string[] {
  if (!/\p{Cc}/u.test(lead + typed)) return [`\tfiles\t${lead}\t${typed}`];
  return lead === '' ? ['\tfiles'] : [];
}
