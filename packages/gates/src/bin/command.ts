/** What a command leaves to be printed, and how it ends: 0, 1 if something was found, 2 if it could not be done. */
export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

interface Option {
  readonly short?: string;
  /** What is to be given, for the help; undefined: nothing. */
  readonly value?: string;
  readonly multiple?: boolean;
  readonly help: string;
}

export interface Options {
  readonly values: Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
  readonly positionals: readonly string[];
}

export interface Command {
  readonly name: string;
  readonly usage: string;
  readonly summary: string;
  readonly options: Readonly<Record<string, Option>>;
  run(options: Options): Promise<Outcome>;
}

/** A command line that makes no sense. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The options of every command. */
export const COMMON: Readonly<Record<string, Option>> = {
  registry: { short: 'r', value: 'file', help: 'the module that exports the gates, built' },
  export: { value: 'name', help: 'its name for them (default: gates)' },
  help: { short: 'h', help: 'show this' },
};

/** Reads the options of a command. Throws `UsageError` for any that it does not have. */
export function parseOptions({ options }: Command, argv: readonly string[]): Options {
  const { parseArgs } = process.getBuiltinModule('node:util');
  const known = Object.entries(options).map(([name, { short, value, multiple = false }]) => [
    name,
    { type: value === undefined ? 'boolean' : 'string', multiple, ...(short === undefined ? {} : { short }) } as const,
  ]);
  try {
    return parseArgs({ args: [...argv], options: Object.fromEntries(known), allowPositionals: true }) as Options;
  } catch (thrown) {
    throw new UsageError((thrown as Error).message, { cause: thrown });
  }
}

/** An option that was given once, or not. */
export function textOption({ values }: Options, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

/** An option that may be given more than once, or with commas. */
export function listOption({ values }: Options, name: string): readonly string[] | undefined {
  const value = values[name];
  if (!Array.isArray(value)) return undefined;
  return (value as readonly string[])
    .flatMap((text) => text.split(','))
    .map((text) => text.trim())
    .filter((text) => text !== '');
}

/** One of some words. Throws `UsageError` for another. */
export function wordOption<W extends string>(options: Options, name: string, words: readonly W[]): W | undefined {
  const value = textOption(options, name);
  if (value === undefined || words.includes(value as W)) return value as W | undefined;
  throw new UsageError(`--${name} is ${JSON.stringify(value)}; expected one of ${words.join(', ')}`);
}

/** Throws `UsageError` for what a command does not take. */
export function noPositionals({ positionals: [first] }: Options): void {
  if (first !== undefined) throw new UsageError(`${JSON.stringify(first)} is one word too many`);
}
