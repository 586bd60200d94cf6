import { configPlace } from '../config/place.ts';
import { readConfig } from '../config/read.ts';
import type { Call } from '../grammar/call.ts';
import { ENTRIES } from '../grammar/catalog.ts';
import type { Argument, Command, Option } from '../grammar/command.ts';
import { kindsOf } from '../grammar/goes-with.ts';
import { argumentsOf } from '../grammar/parse.ts';
import { NOUN_NAMES, nounOf, nounOfKind } from '../nouns/noun.ts';
import type { World } from '../world.ts';
import { liveNames } from './live.ts';
import { localFlags, localRules } from './local.ts';
import { optionAt, type Scanned, scan } from './scan.ts';

/** What can stand where the cursor is. */
export interface Candidates {
  readonly names: readonly Candidate[];
  /** Names of files can stand there, which the shell knows: after what of the same word, and what of the name is typed. */
  readonly files?: readonly [lead: string, typed: string];
}

/** A word, and what it is. */
export type Candidate = readonly [word: string, summary?: string];

const NONE: Candidates = { names: [] };

/** What can stand for the last of some words; those before are taken as they are. */
export async function candidatesFor(words: readonly string[], world: World): Promise<Candidates> {
  const helping = words[0] === 'help' && words.length > 1;
  const [before, typed] = [words.slice(helping ? 1 : 0, -1), words.at(-1) ?? ''];
  if (before.length === 0) return verbs(typed);
  const entry = ENTRIES.find(({ name }) => name === before[0]);
  if (entry === undefined) return NONE;
  let command = await entry.load();
  let rest = before.slice(1);
  const path = [entry.name];
  for (;;) {
    const next = command.commands?.find(({ name }) => name === rest[0]);
    if (next === undefined) break;
    command = next;
    path.push(next.name);
    rest = rest.slice(1);
  }
  if (command.commands !== undefined) {
    if (rest.length > 0) return NONE;
    if (typed.startsWith('-')) return helping ? NONE : beginning([['--help', 'tell more of a command']], typed);
    return beginning(
      command.commands.map(({ name, summary }) => [name, summary]),
      typed,
    );
  }
  return helping ? NONE : inCommand(command, path, rest, typed, world);
}

function verbs(typed: string): Candidates {
  const more: readonly Candidate[] = [
    ['help', 'tell more of a command'],
    ...(typed.startsWith('-') ? [['--help'] as const, ['--version'] as const] : []),
  ];
  return beginning([...ENTRIES.map(({ name, summary }) => [name, summary] as const), ...more], typed);
}

async function inCommand(
  command: Command,
  path: readonly string[],
  before: readonly string[],
  typed: string,
  world: World,
): Promise<Candidates> {
  const scanned = scan(command, before);
  const call = callOf(scanned, path, world);
  const { pending, closed, options, noun, args } = scanned;
  if (pending !== undefined) return valuesOf(pending, call, typed, '');
  if (typed.startsWith('-') && !closed) {
    const { option, value } = optionAt(options, typed);
    if (option?.value !== undefined && value !== undefined) {
      return valuesOf(option, call, value, typed.slice(0, typed.length - value.length));
    }
    return optionNames(command, scanned, typed);
  }
  if (command.kinds !== undefined && noun === undefined) return args.length > 0 ? NONE : nounNames(command, typed);
  const all = argumentsOf(command);
  const argument = all[args.length] ?? (all.at(-1)?.many === true ? all.at(-1) : undefined);
  if (argument !== undefined) return argumentNames(argument, call, typed);
  return typed === '' && !closed ? optionNames(command, scanned, '--') : NONE;
}

/** The resources a command takes; other names of them only if one of these is begun. */
function nounNames({ kinds = [] }: Command, typed: string): Candidates {
  const summary = (name: string): string => nounOf(name)!.many;
  const names = kinds.map((kind) => nounOfKind(kind).name);
  const all = typed === '' ? names : NOUN_NAMES.filter((name) => kinds.includes(nounOf(name)!.kind));
  return beginning(
    all.map((name) => [name, summary(name)]),
    typed,
  );
}

function optionNames(command: Command, { options, given, noun }: Scanned, typed: string): Candidates {
  const possible = options.filter(
    (option) =>
      (option.many === true || !given.has(option.name)) &&
      (noun === undefined || kindsOf(option, command)?.includes(noun.kind) !== false),
  );
  const own = possible.map(({ name, summary }): Candidate => [`--${name}`, summary]);
  // a letter is complete as it is: a blank is all that is missing
  const short = possible.flatMap(({ short: letter, summary }): Candidate[] =>
    letter !== undefined && typed === `-${letter}` ? [[typed, summary]] : [],
  );
  return beginning(short.length > 0 ? short : own, typed);
}

async function argumentNames(argument: Argument, call: Call, typed: string): Promise<Candidates> {
  const { choices, complete } = argument;
  if (choices !== undefined || complete !== undefined) return valuesOf(argument, call, typed, '');
  const kind = call.args.length === 0 || argument.many === true ? call.noun?.kind : undefined;
  if (kind === undefined) return NONE;
  const names = await liveNames(kind, call, typed);
  return beginning(named(names.filter((name) => !call.args.includes(name))), typed);
}

/** What can be the value of an option or an argument; `lead` is what stands before it in the same word. */
async function valuesOf(
  { name, choices, complete, value }: Pick<Option, 'name' | 'choices' | 'complete' | 'value'>,
  call: Call,
  typed: string,
  lead: string,
): Promise<Candidates> {
  if (choices !== undefined) return beginning(named(choices), typed, lead);
  if (complete === 'file' || (complete === undefined && (value === 'file' || value === 'folder'))) {
    return { names: [], files: [lead, typed] };
  }
  if (call.path[0] === 'lint' && value?.startsWith('rule') === true) return lintRules(value, typed, lead);
  if (name === 'rule') return beginning(named(await localRules(call)), typed, lead);
  if (complete === 'flag' && call.has('filename')) return beginning(named(await localFlags(call)), typed, lead);
  if (complete === undefined) return NONE;
  const names = complete === 'profile' ? await profiles(call) : await liveNames(complete, call, typed);
  return beginning(named(names), typed, lead);
}

/** Rules of lint, after a comma, too; what follows a = are the levels. */
async function lintRules(value: string, typed: string, lead: string): Promise<Candidates> {
  const at = Math.max(typed.lastIndexOf(','), typed.lastIndexOf('='));
  const [before, last] = [lead + typed.slice(0, at + 1), typed.slice(at + 1)];
  if (typed[at] === '=') return beginning(named(['error', 'warning', 'off']), last, before);
  const { LINT_RULES } = await import('../lint/rules.ts');
  const { CORE_WARNINGS } = await import('../lint/core-warnings.ts');
  const all: readonly Candidate[] = [
    ...LINT_RULES.map(({ id, summary }): Candidate => [id, summary]),
    ...Object.entries(CORE_WARNINGS),
  ];
  const equals = value.includes('=') ? '=' : '';
  return beginning(
    all.map(([id, summary]): Candidate => (summary === undefined ? [id + equals] : [id + equals, summary])),
    last,
    before,
  );
}

async function profiles(call: Call): Promise<readonly string[]> {
  const { config } = await readConfig(call.world, configPlace(call));
  return config.contexts.map(({ name }) => name);
}

const named = (names: readonly string[]): readonly Candidate[] => names.map((name) => [name]);

function beginning(names: readonly Candidate[], typed: string, lead = ''): Candidates {
  const some = names.filter(([word]) => word.startsWith(typed));
  return { names: lead === '' ? some : some.map(([word, ...more]) => [lead + word, ...more]) };
}

/** A command line that is not finished, as commands have it. */
function callOf({ options, noun, args, given }: Scanned, path: readonly string[], world: World): Call {
  const ofEnv = (name: string): string | undefined => {
    const variable = options.find((option) => option.name === name)?.env;
    const text = variable === undefined ? undefined : world.env[variable];
    return text === '' ? undefined : text;
  };
  return {
    world,
    path,
    noun,
    args,
    text: (name) => given.get(name)?.at(-1) ?? ofEnv(name),
    texts: (name) => given.get(name) ?? [],
    has: (name) => given.has(name),
  };
}
