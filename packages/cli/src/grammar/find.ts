import { UsageError } from '../errors/usage-error.ts';
import { ENTRIES } from './catalog.ts';
import type { Command } from './command.ts';
import { nearest } from './nearest.ts';

/** Words that other command lines have for ours. */
const SYNONYMS: Readonly<Record<string, string>> = {
  list: 'get',
  ls: 'get',
  show: 'describe',
  inspect: 'describe',
  add: 'create',
  new: 'create',
  set: 'patch',
  update: 'patch',
  remove: 'delete',
  rm: 'delete',
  evaluate: 'exec',
  eval: 'exec',
  run: 'exec',
  check: 'validate',
  undo: 'rollback',
  log: 'history',
  login: 'config',
  start: 'serve',
};

/** The command that a command line begins with, and what is left of it. Throws `UsageError`. */
export async function commandAt(
  args: readonly string[],
): Promise<{ readonly command: Command; readonly path: readonly string[]; readonly rest: readonly string[] }> {
  const [verb = '', ...after] = args;
  const entry = ENTRIES.find(({ name }) => name === verb);
  if (entry === undefined)
    throw unknown(
      verb,
      ENTRIES.map(({ name }) => name),
      [],
    );
  let command = await entry.load();
  const path = [verb];
  let rest = after;
  while (command.commands !== undefined) {
    const [word] = rest;
    if (word === undefined || word.startsWith('-')) break;
    const next = command.commands.find(({ name }) => name === word);
    if (next === undefined)
      throw unknown(
        word,
        command.commands.map(({ name }) => name),
        path,
      );
    command = next;
    path.push(word);
    rest = rest.slice(1);
  }
  return { command, path, rest };
}

function unknown(word: string, names: readonly string[], path: readonly string[]): UsageError {
  if (word.startsWith('-'))
    return new UsageError(`options come after the command: ${JSON.stringify(word)} comes first`);
  const meant =
    Object.hasOwn(SYNONYMS, word) && names.includes(SYNONYMS[word]!) ? SYNONYMS[word] : nearest(word, names);
  return new UsageError(`there is no command ${JSON.stringify([...path, word].join(' '))}`, [
    ...(meant === undefined ? [] : [`Did you mean ${JSON.stringify([...path, meant].join(' '))}?`]),
    `Run 'flagctl ${[...path, '--help'].join(' ')}' for a list of commands`,
  ]);
}
