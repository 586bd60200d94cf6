import type { Command, Option } from '../grammar/command.ts';
import { optionsOf } from '../grammar/parse.ts';
import { type Noun, nounOf } from '../nouns/noun.ts';

/** What was typed before the cursor, after the names of the command, as far as it makes sense. */
export interface Scanned {
  readonly options: readonly Option[];
  readonly noun: Noun | undefined;
  /** The arguments after the resource. */
  readonly args: readonly string[];
  /** What was given for each option; a switch: nothing. */
  readonly given: ReadonlyMap<string, readonly string[]>;
  /** The option whose value is next. */
  readonly pending: Option | undefined;
  /** Whether `--` was there, after which all are arguments. */
  readonly closed: boolean;
}

/** Takes apart what was typed. Whatever is wrong is passed over: it is not finished yet. */
export function scan(command: Command, typed: readonly string[]): Scanned {
  const options = optionsOf(command);
  const given = new Map<string, string[]>();
  const words: string[] = [];
  let pending: Option | undefined;
  let closed = false;
  const add = ({ name }: Option, value?: string): void => {
    given.set(name, [...(given.get(name) ?? []), ...(value === undefined ? [] : [value])]);
  };
  for (const word of typed) {
    if (pending !== undefined) {
      add(pending, word);
      pending = undefined;
    } else if (closed || word === '-' || !word.startsWith('-')) words.push(word);
    else if (word === '--') closed = true;
    else {
      const { option, value } = optionAt(options, word);
      if (option === undefined) continue;
      if (option.value !== undefined && value === undefined) pending = option;
      else add(option, value);
    }
  }
  const noun = command.kinds === undefined ? undefined : nounOf(words[0] ?? '');
  return { options, noun, args: noun === undefined ? words : words.slice(1), given, pending, closed };
}

/** The option that a word begins, and its value if that is in the word, too; of several letters the last one. */
export function optionAt(
  options: readonly Option[],
  word: string,
): { readonly option: Option | undefined; readonly value?: string } {
  if (word.startsWith('--')) {
    const [, name, value] = /^--([^=]*)(?:=([\s\S]*))?$/.exec(word) ?? [];
    const option = options.find((one) => one.name === name);
    return value === undefined ? { option } : { option, value };
  }
  let option: Option | undefined;
  for (let i = 1; i < word.length; i++) {
    option = options.find(({ short }) => short === word[i]);
    if (option?.value === undefined) continue;
    // as in `-o=json`
    const from = word[i + 1] === '=' ? i + 2 : i + 1;
    return i + 1 < word.length ? { option, value: word.slice(from) } : { option };
  }
  return { option };
}
