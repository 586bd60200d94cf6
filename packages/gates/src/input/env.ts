import { booleanOf, FlagError, type Issue, isRecord, preview, suggest } from '@flagwright/core';
import type { Gates } from '../gates.ts';
import { checkGatesGiven } from '../given-gates.ts';
import type { GateSetting, Layer } from '../layer.ts';
import { ALL_OF, fold, gateName } from '../names.ts';
import { notBoolean } from './boolean.ts';
import { envNamesOf, envStart } from './env-names.ts';
import { type GateSpelling, readSpellings } from './flags.ts';
import { joinReadings, type Reading, soundSettings } from './reading.ts';

/** Variables by name, as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The layer of the environment: `PREFIX_FEATURE_GATES`, `PREFIX_FEATURES`, `PREFIX_FEATURE_ENABLE`,
 * `PREFIX_FEATURE_DISABLE`, and one variable for each gate, `PREFIX_FEATURE_<NAME>`. An empty variable counts as not
 * set. With a prefix, `PREFIX_FEATURE_` and anything else is a gate that is not known; without one only variables of
 * declared gates are looked at, for the others may belong to somebody else.
 *
 * Throws `FlagError('INVALID_ARGUMENT')` with every value that is badly written, naming its variable. Whether the names
 * are known is told by `Gates.with`.
 */
export function gatesFromEnv<N extends string>(gates: Gates<N>, env: Environment = process.env): Layer {
  return { name: 'env', settings: soundSettings(readEnv(gates, env), 'INVALID_ARGUMENT') };
}

/** As `gatesFromEnv`, with what is wrong beside what is right. */
export function readEnv<N extends string>(gates: Gates<N>, env: Environment): Reading {
  checkGatesGiven(gates);
  if (!isRecord(env)) {
    throw new FlagError('INVALID_ARGUMENT', `the environment is ${preview(env)}; expected variables, as process.env`);
  }
  const names = envNamesOf(gates.program);
  const texts = Object.fromEntries(Object.entries(names).map(([spelling, variable]) => [spelling, env[variable]]));
  const several = readSpellings(texts, new Map(Object.entries(names) as [GateSpelling, string][]));
  return joinReadings([several, readVariables(gates, env, new Set(Object.values(names)))]);
}

/** Of more unknown variables than this it is not asked how they were meant. */
const MOST_SUPPOSED = 20;

/** The variables of single gates. Letter case and `_` do not count, so the `KUBE_FEATURE_Name` of client-go is read too. */
function readVariables<N extends string>(gates: Gates<N>, env: Environment, taken: ReadonlySet<string>): Reading {
  const start = envStart(gates.program);
  const declared = gates.list().map(({ name }) => name as string);
  const folded = new Map([...declared, ...Object.keys(ALL_OF)].map((name) => [fold(name), name]));
  const settings: GateSetting[] = [];
  const issues: Issue[] = [];
  let unknown = 0;
  // sorted, so that messages do not depend on the order in which the variables were set
  for (const from of Object.keys(env).sort()) {
    if (!from.startsWith(start) || taken.has(from)) continue;
    // text, unless the environment is of a program's own making
    const given: unknown = env[from] ?? '';
    const value = typeof given === 'string' ? given.trim() : given;
    if (value === '') continue;
    const name = folded.get(fold(gateName(from.slice(start.length))));
    const enabled = typeof value === 'string' ? booleanOf(value) : undefined;
    if (name === undefined) {
      // the value does not matter: that the name is not known is told where layers are laid
      if (start === 'FEATURE_') continue;
      const capitals = from.slice(start.length);
      // with so many it is no slip
      const meant = unknown++ < MOST_SUPPOSED ? supposed(capitals, declared) : capitals;
      settings.push({ name: meant, enabled: false, from });
    } else if (enabled === undefined) {
      const message = notBoolean(from, value, 'kubernetes');
      issues.push({ severity: 'error', code: 'not-a-boolean', path: [name], message });
    } else settings.push({ name, enabled, from });
  }
  return { settings, issues };
}

/** How the name in a variable that nobody declared may have been meant, so that a suggestion can be found for it. */
function supposed(capitals: string, declared: readonly string[]): string {
  const words = capitals.toLowerCase().split('_');
  const pascal = words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join('');
  return [pascal, words.join('-')].find((name) => suggest(name, declared) !== undefined) ?? capitals;
}
