import type { ParseArgsConfig, parseArgs } from 'node:util';
import { FlagError, preview } from '@flagwright/core';
import { allowedChoices, checkDefault } from '../feature/choices.ts';
import { gatesNow } from '../feature/gates-from.ts';
import { enableHint } from '../feature/hint.ts';
import type { Gates } from '../gates.ts';
import { type ArgsGating, type OpenArgs, openArgs } from './gating.ts';

/** The names of the options of a configuration of `parseArgs`. */
export type OptionNames<C extends ParseArgsConfig> = keyof NonNullable<C['options']> & string;

/**
 * `parseArgs` of `node:util`, with some of it behind gates. A closed option is unknown, and its default stands; a closed
 * choice is a wrong value; a closed command is unknown, with all under it. All of them are refused with the hint how to
 * enable them, also where `strict` is off. What is open is parsed as `parseArgs` does, and its errors are its own.
 *
 * Throws `FlagError('INVALID_ARGUMENT')` for what is refused, with the error of `parseArgs` as its cause if that has one,
 * and for a default that is closed; `FlagError('NOT_FOUND')` for a gate that is not declared.
 */
export function parseGatedArgs<const C extends ParseArgsConfig, N extends string>(
  config: C,
  gating: ArgsGating<N, OptionNames<C>>,
): ReturnType<typeof parseArgs<C>> {
  const gates = gatesNow(gating.gates);
  const now = openArgs({ ...gating, gates });
  for (const [option, choices] of now.choices) checkDefault(option, config.options?.[option]?.default, choices);
  const given = wordsOf(config);
  refuseClosed(gates, given, now, gating);
  const parsed = util().parseArgs(config);
  checkChoices(gates, parsed.values, now, gating);
  checkOthers(parsed.values, given, gating);
  markUsed(gates, parsed.values, given, gating);
  return parsed;
}

/** Reached only when it is needed: importing it opens standard error in Node 22 and later. */
function util(): { readonly parseArgs: typeof parseArgs } {
  return process.getBuiltinModule('node:util');
}

/** What stands on a command line. */
interface Words {
  /** Each option that is given, as it was typed. */
  readonly options: ReadonlyMap<string, string>;
  readonly positionals: readonly string[];
}

/** What is given, known or not, so that the refusal comes before any complaint about it. */
function wordsOf(config: ParseArgsConfig): Words {
  const loose = { ...config, strict: false, allowPositionals: true, tokens: true } as const;
  const { tokens, positionals } = util().parseArgs(loose);
  const options = new Map<string, string>();
  for (const token of tokens) if (token.kind === 'option') options.set(token.name, token.rawName);
  return { options, positionals };
}

function refuseClosed<N extends string>(
  gates: Gates<N>,
  given: Words,
  { closedOptions, closedCommands }: OpenArgs<N>,
  { hint }: ArgsGating<N>,
): void {
  for (const [command, gate] of closedCommands) {
    if (!isCalled(command, given)) continue;
    throw new FlagError('INVALID_ARGUMENT', `Unknown command '${command}'\n${enableHint(gates, gate, hint)}`);
  }
  for (const [option, gate] of closedOptions) {
    const typed = given.options.get(option);
    if (typed === undefined) continue;
    const text = `Unknown option '${typed}'\n${enableHint(gates, gate, hint)}`;
    throw new FlagError('INVALID_ARGUMENT', text, { cause: unknownOption(typed) });
  }
}

/** What `parseArgs` says of an option it does not know. */
function unknownOption(typed: string): unknown {
  try {
    return util().parseArgs({ args: [typed], options: {} }) && undefined;
  } catch (thrown) {
    return thrown;
  }
}

function isCalled(command: string, { positionals }: Words): boolean {
  return command.split(' ').every((word, i) => positionals[i] === word);
}

type Values = Readonly<Record<string, unknown>>;

/** What an option has: texts, and without `strict` also true where its value is missing. */
function valuesOf(values: Values, option: string): readonly unknown[] {
  const value = Object.hasOwn(values, option) ? values[option] : undefined;
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function checkChoices<N extends string>(
  gates: Gates<N>,
  values: Values,
  { choices }: OpenArgs<N>,
  { hint }: ArgsGating<N>,
): void {
  for (const [option, choice] of choices) {
    const wrong = valuesOf(values, option).find((value) => !choice.open.includes(value as string));
    if (wrong === undefined) continue;
    const what = typeof wrong === 'string' ? `argument ${preview(wrong)} is invalid` : 'has no argument';
    const gate = choice.closed.get(wrong as string);
    const more = gate === undefined ? '' : `\n${enableHint(gates, gate, hint)}`;
    throw new FlagError('INVALID_ARGUMENT', `Option '--${option}' ${what}. ${allowedChoices(choice)}${more}`);
  }
}

function checkOthers<N extends string>(values: Values, given: Words, { onlyWith = {} }: ArgsGating<N>): void {
  for (const [option, others] of Object.entries(onlyWith)) {
    const typed = given.options.get(option);
    if (typed === undefined || others === undefined) continue;
    const missing = Object.entries(others).flatMap(([other, wanted = []]) =>
      valuesOf(values, other).some((value) => wanted.includes(value as string))
        ? []
        : [`'--${other} ${wanted.join('|')}'`],
    );
    if (missing.length === 0) continue;
    throw new FlagError('INVALID_ARGUMENT', `Option '${typed}' cannot be used without ${missing.join(' and ')}`);
  }
}

/** What is deprecated warns when it is used. */
function markUsed<N extends string>(
  gates: Gates<N>,
  values: Values,
  given: Words,
  { options = {}, commands = {}, choices = {} }: ArgsGating<N>,
): void {
  const used: (N | undefined)[] = [];
  for (const [option, gate] of Object.entries<N | undefined>(options)) if (given.options.has(option)) used.push(gate);
  for (const [command, gate] of Object.entries(commands)) if (isCalled(command, given)) used.push(gate);
  for (const [option, { by = {} } = {}] of Object.entries(choices)) {
    for (const value of valuesOf(values, option)) if (Object.hasOwn(by, String(value))) used.push(by[String(value)]);
  }
  for (const gate of used) if (gate !== undefined) gates.enabled(gate);
}
