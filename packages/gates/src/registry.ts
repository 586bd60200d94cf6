import { FlagError, formatIssue, frozenCopy, type Issue } from '@flagwright/core';
import type { SemVer } from 'semver';
import { checkDeclarations } from './check.ts';
import { checkProgram } from './check-program.ts';
import type { GateDeclaration, GateDeclarations, ProgramOptions } from './declaration.ts';
import type { Channel } from './maturity.ts';
import { fold } from './names.ts';
import { shown } from './printable.ts';
import { type RunningSpec, runningSpec } from './spec.ts';
import { released, versionOf } from './version.ts';
import { tellOnce, warnerOf } from './warn.ts';

/** One declared gate in the running version. */
export interface Registered {
  readonly name: string;
  readonly declaration: GateDeclaration;
  readonly spec: RunningSpec;
  /** The running version has reached its `until`, if only in a pre-release. */
  readonly overdue: boolean;
}

/** The declarations of a program, checked, for the version that runs. */
export interface Registry {
  readonly options: ProgramOptions;
  /** By name, sorted, as all listings are. */
  readonly gates: ReadonlyMap<string, Registered>;
  /** The declared name by what is left of it without letter case and separators. */
  readonly folded: ReadonlyMap<string, string>;
  /** What is doubtful in the declarations. */
  readonly issues: readonly Issue[];
  /** Tells a warning, once. */
  readonly warn: (message: string) => void;
}

/** Checks declarations. Throws `FlagError('INVALID_ARGUMENT')` with every problem there is. */
export function register(options: ProgramOptions, declarations: GateDeclarations): Registry {
  const running = checkProgram(options);
  const issues = checkDeclarations(declarations, running);
  const errors = issues.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw gateError(`the feature gates of ${options.program} are not well declared`, errors);
  const gates = Object.entries(frozenCopy(declarations) as unknown as GateDeclarations)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, declaration]) => [name, registered(name, declaration, running, options.channel)] as const);
  return {
    options: Object.freeze({ ...options }),
    gates: new Map(gates),
    folded: new Map(gates.map(([name]) => [fold(name), name])),
    issues,
    warn: tellOnce(options.program, warnerOf(options)),
  };
}

/** More errors than this are counted and not shown; `issues` has them all. */
const MOST_SHOWN = 50;

/** All errors in one: the first line says what was attempted, then one line each. */
export function gateError(what: string, errors: readonly Issue[]): FlagError {
  const lines = errors.slice(0, MOST_SHOWN).map((issue) => `  ${shown(formatIssue(issue))}`);
  if (errors.length > MOST_SHOWN) lines.push(`  and ${errors.length - MOST_SHOWN} more`);
  return new FlagError('INVALID_ARGUMENT', [`${what}:`, ...lines].join('\n'), { issues: errors });
}

function registered(
  name: string,
  declaration: GateDeclaration,
  running: SemVer,
  channel: Channel | undefined,
): Registered {
  const until = declaration.until === undefined ? undefined : versionOf(declaration.until);
  const spec = runningSpec(declaration, running, channel);
  const ending = spec.stage === 'deprecated' || spec.stage === 'removed';
  return { name, declaration, spec, overdue: ending && until !== undefined && released(running, until) };
}
