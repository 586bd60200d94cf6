import type { Kind } from '../nouns/noun.ts';
import type { Call } from './call.ts';

/** What a value of the command line is a name of: completion offers these. */
export type Complete = 'project' | 'stage' | 'flag' | 'context' | 'file' | 'profile' | 'variant' | 'request';

/** An option, `--name` or `-n`. */
export interface Option {
  /** Without dashes. */
  readonly name: string;
  /** One letter. */
  readonly short?: string;
  /** What its value is, as `file`; a switch has none. */
  readonly value?: string;
  /** May be given several times. */
  readonly many?: true;
  /** The only values there are. */
  readonly choices?: readonly string[];
  /** What it does: a part of a sentence, without a full stop. */
  readonly summary: string;
  /** What holds without it, in words. */
  readonly otherwise?: string;
  /** The variable that says it too. */
  readonly env?: string;
  /** The kinds of resource it goes with; all, if it does not say. */
  readonly kinds?: readonly Kind[];
  /** What to do instead with kinds that it does not go with: hints. */
  readonly instead?: Readonly<Partial<Record<Kind, string>>>;
  readonly complete?: Complete;
}

/** An example: what it is for, and the line, which may go over several. */
export interface Example {
  readonly title: string;
  readonly line: string;
}

/** What a command is, without what it does: enough for the list of all. */
export interface Entry {
  readonly name: string;
  /** One line, a part of a sentence without a full stop. */
  readonly summary: string;
  /** In the list of all, which part. */
  readonly group: string;
  load(): Promise<Command>;
}

/** A command: a verb, or a command of a verb, as `config view`. From it come its help, its page and its completion. */
export interface Command {
  readonly name: string;
  /** What comes after the name, as `<resource> [<id>] [options]`: one line for each way to call it. */
  readonly usage: readonly string[];
  /** One line, a part of a sentence without a full stop. */
  readonly summary: string;
  /** Paragraphs, each in one line; a line that begins with two spaces is kept as it is. */
  readonly description?: readonly string[];
  /** The kinds of resource it takes as its first argument. None: its arguments are its own. */
  readonly kinds?: readonly Kind[];
  /** What to do instead with kinds that it does not take. */
  readonly instead?: Readonly<Partial<Record<Kind, string>>>;
  /** What its arguments are, after the resource. Default: `[id]` where there are kinds, none otherwise. */
  readonly args?: readonly Argument[];
  readonly options?: readonly Option[];
  readonly examples?: readonly Example[];
  /** Exit codes that mean something of their own here: `1: they differ`. */
  readonly exits?: Readonly<Record<number, string>>;
  /** Commands of its own; it then does nothing by itself. */
  readonly commands?: readonly Command[];
  /** Resolves to the exit code. Throws `UsageError`, `CommandError`, `ApiError`, `FlagError`. */
  run?(call: Call): Promise<number>;
}

/** An argument by its place. */
export interface Argument {
  readonly name: string;
  readonly optional?: true;
  readonly many?: true;
  readonly choices?: readonly string[];
  readonly complete?: Complete;
}
