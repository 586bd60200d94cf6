import type { ProgramOptions } from '../declaration.ts';
import { gateName, upperSnake } from '../names.ts';
import type { GateSpelling } from './flags.ts';

/** What precedes every variable of a program: `ZARF_FEATURE_`; `FEATURE_` if its prefix is empty. */
export function envStart({ program, envPrefix = upperSnake(program) }: ProgramOptions): string {
  return `${envPrefix.replace(/_$/, '')}_FEATURE_`.replace(/^_/, '');
}

/** The variable that sets one gate: `ZARF_FEATURE_EVENTS_PROXY`; `AllAlpha` and `AllBeta` have theirs too. */
export function envNameOf(program: ProgramOptions, name: string): string {
  return envStart(program) + upperSnake(gateName(name));
}

/** The variables that set several gates at once: `ZARF_FEATURE_GATES`, `ZARF_FEATURES`, and the two lists of names. */
export function envNamesOf(program: ProgramOptions): Readonly<Record<GateSpelling, string>> {
  const start = envStart(program);
  return {
    featureGates: `${start}GATES`,
    features: `${start.slice(0, -1)}S`,
    featureEnable: `${start}ENABLE`,
    featureDisable: `${start}DISABLE`,
  };
}
