import { type ChoiceGates, type Choices, sortChoices } from '../feature/choices.ts';
import { type Declared, type GatesFrom, gatesNow } from '../feature/gates-from.ts';
import type { HintOf } from '../feature/hint.ts';
import type { Gates } from '../gates.ts';

/** The values of an option, and the gates of those that are gated. */
export interface ArgChoices<N extends string> {
  readonly values: readonly string[];
  /** The gate of each gated value. It may have more values than this option, so that several can share it. */
  readonly by?: ChoiceGates<N> | undefined;
}

/** What is behind gates in the arguments of a program; `O` are the names of its options, as `parseArgs` has them. */
export interface ArgsGating<N extends string, O extends string = string> {
  /** Where the gates are read from, at each call. */
  readonly gates: GatesFrom<N>;
  /** Gated options: `{ token: 'MultiRegion' }`. */
  readonly options?: { readonly [name in O]?: Declared<N> } | undefined;
  /** The choices of options: `{ role: { values: ['control', 'region'], by: { region: 'MultiRegion' } } }`. */
  readonly choices?: { readonly [name in O]?: ArgChoices<Declared<N>> } | undefined;
  /** Gated commands, by their first positional, or several with blanks between: `{ 'cluster add-region': 'MultiRegion' }`. */
  readonly commands?: Readonly<Record<string, Declared<N>>> | undefined;
  /** Options that may be given only together with values of others: `{ token: { role: ['region'] } }`. */
  readonly onlyWith?: { readonly [name in O]?: { readonly [other in O]?: readonly string[] } } | undefined;
  /** How this program opens gates, for the hint. Default: `--feature-gates` and the variable. */
  readonly hint?: HintOf | undefined;
}

/** What there is now, for the help that a program writes. */
export interface OpenArgs<N extends string = string> {
  /** The gate of each option that is closed, and so is in no help. */
  readonly closedOptions: ReadonlyMap<string, N>;
  /** The gate of each command that is closed, and so is in no help. */
  readonly closedCommands: ReadonlyMap<string, N>;
  /** By option: what may be chosen, and the gates of what may not. */
  readonly choices: ReadonlyMap<string, Choices<N>>;
}

/** What gates leave of the arguments of a program now. Throws `FlagError('NOT_FOUND')` for a gate that is not declared. */
export function openArgs<N extends string, O extends string>({
  gates: from,
  options = {},
  commands = {},
  choices = {},
}: ArgsGating<N, O>): OpenArgs<N> {
  const gates = gatesNow(from);
  const sorted = Object.entries<ArgChoices<N> | undefined>(choices).flatMap(([option, given]) =>
    given === undefined ? [] : [[option, sortChoices(gates, given.values, given.by ?? {})] as const],
  );
  return {
    closedOptions: closedOf(gates, options),
    closedCommands: closedOf(gates, commands),
    choices: new Map(sorted),
  };
}

function closedOf<N extends string>(
  gates: Gates<N>,
  gated: Readonly<Partial<Record<string, N>>>,
): ReadonlyMap<string, N> {
  const closed = new Map<string, N>();
  for (const [name, gate] of Object.entries(gated)) {
    if (gate !== undefined && !gates.state(gate).enabled) closed.set(name, gate);
  }
  return closed;
}
