import { FlagError, type Issue, isRecord, oneOf, preview } from '@flagwright/core';
import type { Layer } from '../layer.ts';
import { fold } from '../names.ts';
import { readFeatures, readGateList, readGateNames } from './list.ts';
import { joinReadings, type Reading, soundSettings } from './reading.ts';

/** The four ways to set several gates at once, on command lines and in the environment. */
export type GateSpelling = 'featureGates' | 'features' | 'featureEnable' | 'featureDisable';

/** What was given, by spelling; a list where an option was repeated. */
export type GateFlags = { readonly [S in GateSpelling]?: string | readonly string[] | undefined };

/** The options of a program that set gates; false for one that it does not have. */
export type GateFlagNames = { readonly [S in GateSpelling]?: `--${string}` | false | undefined };

/** Options of `gatesFromArgs` and `layerFromFlags`. */
export interface GateFlagOptions {
  /** Other names, for a program whose own options clash. Default: `FLAG_NAMES`. */
  readonly names?: GateFlagNames | undefined;
}

/** How the options are called unless a program says otherwise. */
export const FLAG_NAMES: Readonly<Record<GateSpelling, `--${string}`>> = Object.freeze({
  featureGates: '--feature-gates',
  features: '--features',
  featureEnable: '--feature-enable',
  featureDisable: '--feature-disable',
});

const SPELLINGS = Object.keys(FLAG_NAMES) as readonly GateSpelling[];

/**
 * The layer of a command line that was parsed already, by any framework. An empty text sets nothing.
 *
 * Throws `FlagError('INVALID_ARGUMENT')` with every problem of spelling. Whether the names are known is told by
 * `Gates.with`.
 */
export function layerFromFlags(flags: GateFlags, options: GateFlagOptions = {}): Layer {
  checkFlags(flags);
  const settings = soundSettings(readSpellings(flags, flagNames(options)), 'INVALID_ARGUMENT');
  return { name: 'flag', settings };
}

/** Options of the program may be there too; ours in another spelling would be lost without a word. */
function checkFlags(flags: unknown): void {
  if (!isRecord(flags)) throw new FlagError('INVALID_ARGUMENT', `${preview(flags)} is no map of options`);
  for (const key of Object.keys(flags)) {
    const spelling = SPELLINGS.find((one) => fold(one) === fold(key.replace(/^--/, '')));
    if (spelling === undefined || spelling === key) continue;
    throw new FlagError('INVALID_ARGUMENT', `there is no ${preview(key)} in flags; expected ${spelling}`);
  }
}

/** The names of the options in use. Throws `FlagError('INVALID_ARGUMENT')` for one that is no long option, or used twice. */
export function flagNames({ names = {} }: GateFlagOptions): ReadonlyMap<GateSpelling, string> {
  if (!isRecord(names)) {
    const example = '{ featureGates: "--gates", features: false }';
    throw new FlagError('INVALID_ARGUMENT', `names is ${preview(names)}; expected a map, as ${example}`);
  }
  const unknown = Object.keys(names).find((spelling) => !SPELLINGS.includes(spelling as GateSpelling));
  if (unknown !== undefined) {
    throw new FlagError('INVALID_ARGUMENT', `names has ${preview(unknown)}; expected ${oneOf(SPELLINGS)}`);
  }
  const known = new Map<GateSpelling, string>();
  for (const spelling of SPELLINGS) {
    const name = names[spelling] ?? FLAG_NAMES[spelling];
    if (name === false) continue;
    if (typeof name !== 'string' || !/^--[A-Za-z][\w.-]*$/.test(name)) {
      const expected = 'a long option, as "--gates", or false for none';
      throw new FlagError('INVALID_ARGUMENT', `names.${spelling} is ${preview(name)}; expected ${expected}`);
    }
    if ([...known.values()].includes(name)) {
      throw new FlagError('INVALID_ARGUMENT', `names.${spelling} is ${name}, which another spelling has already`);
    }
    known.set(spelling, name);
  }
  return known;
}

/** What stands in each spelling; `names` says where, for people. */
export function readSpellings(given: GateFlags, names: ReadonlyMap<GateSpelling, string>): Reading {
  const readings: Reading[] = [];
  for (const [spelling, from] of names) {
    const texts: unknown = given[spelling];
    if (texts === undefined) continue;
    for (const text of Array.isArray(texts) ? (texts as readonly unknown[]) : [texts]) {
      // frameworks give true for an option without a value
      readings.push(typeof text === 'string' ? READERS[spelling](text, from) : withoutValue(from));
    }
  }
  return joinReadings(readings);
}

const READERS: Readonly<Record<GateSpelling, (text: string, from: string) => Reading>> = {
  featureGates: (text, from) => readGateList(text, from, 'kubernetes'),
  features: readFeatures,
  featureEnable: (text, from) => readGateNames(text, true, from),
  featureDisable: (text, from) => readGateNames(text, false, from),
};

/** An option that has no value, in the words of the Go library that Kubernetes and Zarf read their options with. */
export function withoutValue(option: string): Reading {
  const issue: Issue = {
    severity: 'error',
    code: 'missing-value',
    path: [option],
    message: `flag needs an argument: ${option}`,
  };
  return { settings: [], issues: [issue] };
}
