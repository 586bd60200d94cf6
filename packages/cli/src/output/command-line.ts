import type { Call } from '../grammar/call.ts';
import { shellWord } from './shell-word.ts';

/** What was given on a command line, without variables. */
export type Given = Pick<Call, 'texts'>;

/** What says to which server a command goes. */
const WHERE = ['context', 'server', 'config'] as const;

/**
 * A command that is shown to be run: `flagctl` and its words, which are quoted already. Where the command line that shows it
 * says to which server it goes, this one says so, too: run as it is, it would go to another one.
 */
export function commandLine(given: Given | undefined, words: string): string {
  const options = WHERE.flatMap((name) => {
    const value = given === undefined ? undefined : givenFor(given, name);
    return value === undefined ? [] : [` --${name} ${shellWord(value)}`];
  });
  return `flagctl ${words}${options.join('')}`;
}

function givenFor(given: Given, name: (typeof WHERE)[number]): string | undefined {
  if (name !== 'context') return given.texts(name).at(-1);
  // of exec, the value may be an evaluation context
  const named = given.texts('context').filter((value) => !/^(?:[{@]|-$)/.test(value));
  return given.texts('cli-context').at(-1) ?? named.at(-1);
}
