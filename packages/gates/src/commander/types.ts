import type { Declared, GatesFrom } from '../feature/gates-from.ts';
import type { HintOf } from '../feature/hint.ts';

/** What is used of commander's `Option` and `Argument` to limit their values. */
export interface ChoiceTaker {
  description: string;
  readonly defaultValue?: unknown;
  argChoices?: string[] | undefined;
  readonly parseArg?: ((value: string, previous: never) => unknown) | undefined;
  name(): string;
  choices(values: readonly string[]): unknown;
  argParser(parse: (value: string, previous: never) => unknown): unknown;
}

/** What is used of commander's `Option`. */
export interface OptionLike {
  readonly flags: string;
  readonly short?: string | undefined;
  readonly long?: string | undefined;
  readonly negate: boolean;
  readonly defaultValue?: unknown;
  name(): string;
  attributeName(): string;
}

/** What commander's `parseOptions` returns. */
export interface ParsedOptions {
  operands: string[];
  unknown: string[];
}

/** What is used of commander's `Command`, of versions 12 to 15. */
export interface CommandLike {
  readonly args: readonly string[];
  readonly commands: readonly CommandLike[];
  readonly options: readonly OptionLike[];
  readonly parent: CommandLike | null;
  name(): string;
  aliases(): readonly string[];
  addCommand(command: CommandLike, options?: { hidden?: boolean }): unknown;
  createCommand(name?: string): CommandLike;
  createHelp(): { visibleOptions(command: CommandLike): readonly OptionLike[] };
  addOption(option: OptionLike): unknown;
  getOptionValue(key: string): unknown;
  getOptionValueSource(key: string): string | undefined;
  setOptionValueWithSource(key: string, value: unknown, source?: string): unknown;
  optsWithGlobals(): Readonly<Record<string, unknown>>;
  parseOptions(args: string[]): ParsedOptions;
  outputHelp(context?: never): void;
  hook(event: 'preSubcommand' | 'preAction', listener: (self: unknown, other: unknown) => void): unknown;
  on(event: string, listener: () => void): CommandLike;
  error(message: string, options?: { code?: string; exitCode?: number }): never;
}

/** Which gate, and where it is read from when the tree of commands is built. */
export interface Gating<N extends string> {
  readonly gates: GatesFrom<N>;
  readonly gate: Declared<N>;
  /** How this program opens gates, for the hint. Default: `--feature-gates` and the variable. */
  readonly hint?: HintOf | undefined;
}
