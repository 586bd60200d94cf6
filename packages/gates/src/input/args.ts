import { FlagError, preview } from '@flagwright/core';
import type { Layer } from '../layer.ts';
import { flagNames, type GateFlagOptions, type GateSpelling, readSpellings, withoutValue } from './flags.ts';
import { joinReadings, type Reading, soundSettings } from './reading.ts';

/** A command line without its options that set gates. */
export interface GateArgs {
  readonly layer: Layer;
  /** Everything else, in its order, for whatever parses the arguments of the program. */
  readonly rest: readonly string[];
}

/**
 * Takes the options that set gates out of a command line: `--feature-gates=A=true,B=false`, `--features`,
 * `--feature-enable`, `--feature-disable`, the value behind `=` or in the next word, repeated as often as needed.
 * Nothing behind `--` is looked at.
 *
 * `argv` is as `process.argv.slice(2)`. Throws `FlagError('INVALID_ARGUMENT')` with every problem of spelling. Whether
 * the names are known is told by `Gates.with`.
 */
export function gatesFromArgs(argv: readonly string[], options: GateFlagOptions = {}): GateArgs {
  const { reading, rest } = readArgs(argv, options);
  return { layer: { name: 'flag', settings: soundSettings(reading, 'INVALID_ARGUMENT') }, rest };
}

/** As `gatesFromArgs`, with what is wrong beside what is right. */
export function readArgs(
  argv: readonly string[],
  options: GateFlagOptions,
): { readonly reading: Reading; readonly rest: readonly string[] } {
  if (!Array.isArray(argv) || argv.some((word) => typeof word !== 'string')) {
    throw new FlagError(
      'INVALID_ARGUMENT',
      `argv is ${preview(argv)}; expected a list of words, as process.argv.slice(2)`,
    );
  }
  const names = flagNames(options);
  const spellings = new Map([...names].map(([spelling, name]) => [name, spelling]));
  const given: { [S in GateSpelling]?: string[] } = {};
  const missing: Reading[] = [];
  const rest: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!;
    if (word === '--') {
      rest.push(...argv.slice(i));
      break;
    }
    const equals = word.indexOf('=');
    const name = equals < 0 ? word : word.slice(0, equals);
    const spelling = spellings.get(name);
    if (spelling === undefined) {
      rest.push(word);
      continue;
    }
    let value: string | undefined = equals < 0 ? undefined : word.slice(equals + 1);
    // no list begins with a dash: the next option is no value
    if (equals < 0 && argv[i + 1]?.startsWith('-') === false) value = argv[++i];
    if (value === undefined) missing.push(withoutValue(name));
    else {
      given[spelling] ??= [];
      given[spelling].push(value);
    }
  }
  return { reading: joinReadings([readSpellings(given, names), ...missing]), rest };
}
