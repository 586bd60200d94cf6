import { UsageError } from '../errors/usage-error.ts';
import { NOUN_NAMES, type Noun, nounOf } from '../nouns/noun.ts';
import type { World } from '../world.ts';
import type { Call } from './call.ts';
import type { Argument, Command, Option } from './command.ts';
import { GLOBAL_OPTIONS, OUTPUTS, REPORTS } from './global-options.ts';
import { insteadOf, kindsOf } from './goes-with.ts';
import { nearest } from './nearest.ts';
import { askersOf, readingOnce } from './reading-once.ts';

/** The options of a command with those of all. */
export function optionsOf(command: Command): readonly Option[] {
  const own = command.options ?? [];
  // a command may say more of an option that all have
  return [...own, ...GLOBAL_OPTIONS.filter(({ name }) => !own.some((option) => option.name === name))];
}

/** Takes a command line apart, what is after the names of the command. Throws `UsageError`. */
export async function parseCall(
  command: Command,
  path: readonly string[],
  args: readonly string[],
  world: World,
): Promise<Call> {
  const options = optionsOf(command);
  const { values, words } = await tokensOf(options, path, args);
  const named = command.kinds !== undefined && !values.has('help');
  const noun = named ? nounAt(command, path, words, values.has('filename')) : undefined;
  const own = noun === undefined ? words : words.slice(1);
  if (!values.has('help')) {
    checkArguments(command, path, own, values.has('filename'));
    checkOptions(command, options, { values, noun, args: own });
  }
  const envOf = (name: string): string | undefined => {
    const variable = options.find((option) => option.name === name)?.env;
    const text = variable === undefined ? undefined : world.env[variable];
    return text === '' ? undefined : text;
  };
  const output = values.has('output') ? undefined : outputOfEnv(envOf('output'), options);
  return {
    world: readingOnce(world, () => askersOf(argumentsOf(command), own, options, values)),
    path,
    noun,
    args: own,
    text: (name) => values.get(name)?.at(-1) ?? (name === 'output' ? output : envOf(name)),
    texts: (name) => values.get(name) ?? [],
    has: (name) => values.has(name),
  };
}

/**
 * The form that the variable asks for. It is said once for all commands: one that has no such form shows its own, and a
 * table where there is no wide one. Throws `UsageError` for what is no form of any.
 */
function outputOfEnv(output: string | undefined, options: readonly Option[]): string | undefined {
  const own = options.find(({ name }) => name === 'output')?.choices ?? [];
  if (output === undefined || own.includes(output)) return output;
  if (output === 'wide' && own.includes('table')) return 'table';
  const all = [...new Set([...OUTPUTS, ...REPORTS, ...own])];
  if (all.includes(output)) return undefined;
  const near = nearest(output, all);
  throw new UsageError(
    `FLAGCTL_OUTPUT is ${JSON.stringify(output)}; expected ${oneOf(all)}`,
    near === undefined ? [] : [`Did you mean ${JSON.stringify(near)}?`],
  );
}

/** What was given for each option (a switch: nothing), and the words between them. */
async function tokensOf(
  options: readonly Option[],
  path: readonly string[],
  args: readonly string[],
): Promise<{ readonly values: ReadonlyMap<string, readonly string[]>; readonly words: readonly string[] }> {
  const { parseArgs } = await import('node:util');
  const { tokens } = parseArgs({
    args: [...args],
    allowPositionals: true,
    strict: false,
    tokens: true,
    options: Object.fromEntries(
      options.map(({ name, short, value }) => [
        name,
        { type: value === undefined ? 'boolean' : 'string', ...(short === undefined ? {} : { short }) },
      ]),
    ),
  });
  const values = new Map<string, string[]>();
  const words: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind !== 'option') continue;
    const option = options.find(({ name }) => name === token.name);
    if (option === undefined) throw unknownOption(token.rawName, options, path);
    if (option.value === undefined) {
      if (token.value !== undefined && token.value !== 'true') {
        throw new UsageError(`--${option.name} is a switch and takes no value; it has ${JSON.stringify(token.value)}`);
      }
      values.set(option.name, []);
      continue;
    }
    // `--project --stage dev` has forgotten a value
    if (token.value === undefined || (!token.inlineValue && token.value.startsWith('--'))) {
      throw new UsageError(`${token.rawName} has no value; expected ${token.rawName} <${option.value}>`);
    }
    const value = givenValue(token.rawName, token.value, token.inlineValue);
    if (value === '' && isFile(option)) throw emptyFile(token.rawName);
    if (option.choices !== undefined && !option.choices.includes(value)) {
      const near = nearest(value, option.choices);
      throw new UsageError(
        `${token.rawName} is ${JSON.stringify(value)}; expected ${oneOf(option.choices)}`,
        near === undefined ? [] : [`Did you mean ${JSON.stringify(near)}?`],
      );
    }
    values.set(option.name, [...(values.get(option.name) ?? []), value]);
  }
  return { values, words };
}

/** After one letter and within its word, a = is none of the value: `-o=json`. */
function givenValue(rawName: string, value: string, inline: boolean | undefined): string {
  return inline === true && !rawName.startsWith('--') && value.startsWith('=') ? value.slice(1) : value;
}

/** Whether a value is the name of a file or a folder. */
const isFile = ({ complete, value }: Pick<Option, 'complete' | 'value'>): boolean =>
  complete === 'file' || value === 'file' || value === 'folder';

/** An empty name would be the working folder, and comes of a variable that is not set. */
const emptyFile = (what: string): UsageError => new UsageError(`${what} is empty; expected the name of a file`);

function unknownOption(given: string, options: readonly Option[], path: readonly string[]): UsageError {
  const near = nearest(
    given.replace(/^-+/, ''),
    options.map(({ name }) => name),
  );
  return new UsageError(`there is no option ${given} of ${path.join(' ')}`, [
    ...(near === undefined ? [] : [`Did you mean --${near}?`]),
    helpHint(path),
  ]);
}

/** The resource that a command is for; undefined if files are given instead. */
function nounAt(command: Command, path: readonly string[], words: readonly string[], files: boolean): Noun | undefined {
  const [word] = words;
  const kinds = command.kinds!;
  const names = NOUN_NAMES.filter((name) => kinds.includes(nounOf(name)!.kind));
  if (word === undefined) {
    if (files) return undefined;
    const shown = kinds.map((kind) => names.find((name) => nounOf(name)?.kind === kind));
    throw new UsageError(`${path.join(' ')}: which resource? expected ${oneOf(shown as string[])}`, [helpHint(path)]);
  }
  const noun = nounOf(word);
  if (noun !== undefined && kinds.includes(noun.kind)) return noun;
  if (noun !== undefined) {
    throw new UsageError(`${noun.many} cannot be named to ${path.join(' ')}`, [
      command.instead?.[noun.kind] ?? `It takes ${oneOf(kinds.map((kind) => nounOf(kind)!.name))}`,
    ]);
  }
  const near = nearest(word, names);
  throw new UsageError(`there is no resource ${JSON.stringify(word)}`, [
    ...(near === undefined ? [] : [`Did you mean ${JSON.stringify(near)}?`]),
    helpHint(path),
  ]);
}

/** What the arguments of a command are, after its resource. */
export function argumentsOf(command: Command): readonly Argument[] {
  return command.args ?? (command.kinds === undefined ? [] : [{ name: 'id', optional: true }]);
}

function checkArguments(command: Command, path: readonly string[], given: readonly string[], files: boolean): void {
  const expected = argumentsOf(command);
  const most = expected.at(-1)?.many === true ? Number.POSITIVE_INFINITY : expected.length;
  if (given.length > most) {
    throw new UsageError(`${path.join(' ')}: ${JSON.stringify(given[most])} is one argument too many`, [
      `Usage: flagctl ${path.join(' ')} ${command.usage[0]}`,
    ]);
  }
  const missing = expected.find(({ optional }, i) => optional !== true && given[i] === undefined);
  if (missing !== undefined && !files) {
    throw new UsageError(`${path.join(' ')}: the ${missing.name} is missing`, [
      `Usage: flagctl ${path.join(' ')} ${command.usage[0]}`,
    ]);
  }
  for (const [i, word] of given.entries()) {
    const one = expected[i] ?? expected.at(-1);
    if (word === '' && one?.complete === 'file') throw emptyFile(`the ${one.name}`);
  }
  for (const [i, { choices, name }] of expected.entries()) {
    const value = given[i];
    if (choices === undefined || value === undefined || choices.includes(value)) continue;
    const near = nearest(value, choices);
    throw new UsageError(
      `the ${name} is ${JSON.stringify(value)}; expected ${oneOf(choices)}`,
      near === undefined ? [] : [`Did you mean ${JSON.stringify(near)}?`],
    );
  }
}

interface Given {
  readonly values: ReadonlyMap<string, readonly string[]>;
  readonly noun: Noun | undefined;
  readonly args: readonly string[];
}

/** Some options are for some kinds of resource. */
function checkOptions(command: Command, options: readonly Option[], { values, noun, args }: Given): void {
  if (noun === undefined) return;
  for (const option of options) {
    const { name } = option;
    const kinds = values.has(name) ? kindsOf(option, command) : undefined;
    if (kinds === undefined || kinds.includes(noun.kind)) continue;
    const value = values.get(name)!.at(-1);
    // whoever says it twice means one and the same
    if (name === 'project' && noun.kind === 'Project' && args.length > 0 && args.every((id) => id === value)) continue;
    const many = kinds.map((kind) => nounOf(kind)!.many);
    throw new UsageError(
      many.length === 0
        ? `--${name} does not go with ${noun.many}`
        : `--${name} goes with ${many.join(', ')}, not with ${noun.many}`,
      insteadOf(option, noun.kind),
    );
  }
}

const oneOf = (names: readonly string[]): string => (names.length === 1 ? names[0]! : `one of ${names.join(', ')}`);

/** Where to read more. */
export const helpHint = (path: readonly string[]): string => `Run 'flagctl ${[...path, '--help'].join(' ')}' for usage`;
