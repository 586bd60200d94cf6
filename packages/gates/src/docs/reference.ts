import { FlagError, oneOf, preview } from '@flagwright/core';
import type { Gates } from '../gates.ts';
import { checkGatesGiven } from '../given-gates.ts';
import type { GateFlagNames } from '../input/flags.ts';
import { MATURITIES, type Maturity } from '../maturity.ts';
import { gateError } from '../registry.ts';
import { specDefault } from '../spec.ts';
import { type DocumentedOptions, undocumented } from './documented.ts';
import { HISTORY, historyOf, STAGE_TITLES } from './history.ts';
import { code, table } from './markdown.ts';
import { sectionOf } from './section.ts';
import { WAYS, type Way } from './ways.ts';

export interface ReferenceOptions extends DocumentedOptions {
  /** Where the gates of this program can be set. Default: `flag`, `env` and `file`. */
  readonly ways?: readonly Way[] | undefined;
  /** The options of the program, if they have other names. */
  readonly flags?: GateFlagNames | undefined;
  /** The level of the headings, 1 to 5; those of single gates are one deeper. Default: 2. */
  readonly level?: number | undefined;
}

/**
 * The reference of all gates as Markdown: two tables with the columns of Kubernetes' page of feature gates, then a
 * section for each gate. It is made of the declarations alone: what is set, by whom, and the running version are not in
 * it, so it changes when the declarations do, or when a version brings a gate to its next stage.
 *
 * Throws `FlagError('INVALID_ARGUMENT')` with every gate that is not documented well enough.
 */
export function gateReference(gates: Gates, options: ReferenceOptions = {}): string {
  checkGatesGiven(gates);
  const { ways = ['flag', 'env', 'file'], flags = {}, level = 2 } = options;
  const strange = ways.find((way) => !WAYS.includes(way));
  if (strange !== undefined) throw wrong(`${preview(strange)} is no way to set gates; expected ${oneOf(WAYS)}`);
  if (!Number.isInteger(level) || level < 1 || level > 5) {
    throw wrong(`level is ${preview(level)}; expected 1 to 5, the level of the headings`);
  }
  const issues = undocumented(gates, options);
  const { program } = gates.program;
  if (issues.length > 0) throw gateError(`the feature gates of ${program} are not well documented`, issues);
  const heading = (title: string, deeper = 0): string => `${'#'.repeat(level + deeper)} ${title}`;
  const all = gates.list();
  const coming = all.filter(({ stage }) => stage === 'alpha' || stage === 'beta' || stage === 'prealpha');
  const settled = all.filter((state) => !coming.includes(state));
  const group = (title: string, states: typeof all): readonly string[] =>
    states.length === 0
      ? []
      : [
          heading(title),
          table(
            HISTORY,
            states.flatMap(({ name }) => historyOf(gates, name)),
          ),
        ];
  return [
    intro(gates),
    ...group('Alpha and beta gates', coming),
    ...group('Graduated, deprecated and removed gates', settled),
    ...(all.length === 0 ? [] : [heading('What each gate does')]),
    ...all.flatMap((state) => [heading(code(state.name), 1), sectionOf(gates, state, { ways, flags })]),
  ].join('\n\n');
}

const PROMISES: Readonly<Record<Maturity, string>> = {
  alpha: 'Experimental: it may change, or go, in any version.',
  beta: 'Tested and may be relied on; it can still be switched off.',
  ga: 'For everybody. The gate will go in a later version.',
  deprecated: 'Will be removed.',
  removed: 'Gone: only the name is left, so that old settings are understood.',
};

function intro(gates: Gates): string {
  const { program, channel } = gates.program;
  const names = gates.list().map(({ name }) => name);
  if (names.length === 0) return `${code(program)} has no feature gates.`;
  const stages = new Set(names.flatMap((name) => gates.history(name).map(({ stage }) => stage)));
  const rows = MATURITIES.filter((stage) => stages.has(stage)).map((stage) => {
    const own = stage === 'deprecated' || stage === 'removed';
    const byDefault = own ? 'as it says' : specDefault({ version: '0.0', stage }, channel) ? 'on' : 'off';
    return [STAGE_TITLES[stage], byDefault, PROMISES[stage]];
  });
  const built = channel === undefined ? '' : ` Defaults are those of the channel ${code(channel)}.`;
  return [
    `These are the feature gates of ${code(program)}: what each of them switches, how far it has come, and how to set it.`,
    table(['Stage', 'Unless it says otherwise', 'What to expect'], rows),
    `\`Until\` is the first version in which a line no longer holds.${built}`,
  ].join('\n\n');
}

function wrong(message: string): FlagError {
  return new FlagError('INVALID_ARGUMENT', message);
}
