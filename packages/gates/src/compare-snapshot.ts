import { FlagError, formatIssue, type Issue, preview } from '@flagwright/core';
import type { Gates } from './gates.ts';
import { printable } from './printable.ts';
import { type GatesSnapshot, parseSnapshot, type SnapshotGate, snapshot } from './snapshot.ts';
import type { GateState } from './state.ts';
import { atLeast, versionOf } from './version.ts';

/** What becomes of a difference: an issue that is a warning, an error, or none. */
export type SkewPolicy = 'warn' | 'error' | 'ignore';

export interface CompareOptions {
  /** For gates that differ, and for a snapshot of another program. Default: `warn`. */
  readonly policy?: SkewPolicy | undefined;
  /** For required versions that are not reached. Default: `error`. */
  readonly requirements?: SkewPolicy | undefined;
  /** What the snapshot lies beside, as messages call it. Default: `package`. */
  readonly what?: string | undefined;
}

/** A gate that is not here as it was there. Undefined: the gate is not declared. */
export interface GateDifference {
  readonly name: string;
  readonly kind: 'differs' | 'unknown-here' | 'missing-there';
  readonly here: boolean | undefined;
  readonly there: boolean | undefined;
}

/** A snapshot held against the gates of the running program. */
export interface SnapshotComparison {
  readonly here: Pick<GatesSnapshot, 'program' | 'version'>;
  readonly there: Pick<GatesSnapshot, 'program' | 'version'>;
  /** All, those that change nothing included: a gate that one side has not is off there. Sorted by name. */
  readonly differences: readonly GateDifference[];
  /** What may go wrong by it, by policy. */
  readonly issues: readonly Issue[];
}

/**
 * Holds a snapshot, or its text, against the gates as they stand: what was on or off when something was made, and is
 * not now.
 *
 * Throws `FlagError('CONFLICT')` with all issues if one is an error by policy, and as `parseSnapshot`.
 */
export function compareSnapshot(input: unknown, gates: Gates, options: CompareOptions = {}): SnapshotComparison {
  const there = parseSnapshot(input);
  const here = snapshot(gates);
  const { policy = 'warn', requirements = 'error', what = 'package' } = options;
  for (const [option, one] of Object.entries({ policy, requirements })) {
    if (one !== 'warn' && one !== 'error' && one !== 'ignore') {
      throw new FlagError('INVALID_ARGUMENT', `${option} is ${preview(one)}; expected one of warn, error, ignore`);
    }
  }
  const issues: Issue[] = [];
  const add = (by: SkewPolicy, issue: Omit<Issue, 'severity'>): void => {
    if (by !== 'ignore') issues.push({ severity: by === 'warn' ? 'warning' : 'error', ...issue });
  };
  const unmet = unmetRequirement(there, here, what);
  if (unmet !== undefined) add(requirements, unmet);
  if (there.program !== here.program) {
    const message = `the snapshot is of ${preview(there.program)}, and this is ${here.program}`;
    add(policy, { code: 'other-program', path: ['program'], message });
  }
  const differences = differencesOf(there, here);
  for (const difference of differences) {
    const issue = issueOf(difference, there, here, gates);
    if (issue !== undefined) add(policy, issue);
  }
  if (issues.some(({ severity }) => severity === 'error')) throw conflict(issues, there, here, what);
  const version = ({ program, version: of }: GatesSnapshot) => ({ program, version: of });
  return { here: version(here), there: version(there), differences, issues };
}

function differencesOf(there: GatesSnapshot, here: GatesSnapshot): readonly GateDifference[] {
  const names = new Set([...Object.keys(there.gates), ...Object.keys(here.gates)]);
  return [...names].sort().flatMap((name): readonly GateDifference[] => {
    const [mine, its] = [here, there].map((one) => gateOf(one, name)?.enabled);
    if (mine === its) return [];
    const kind = mine === undefined ? 'unknown-here' : its === undefined ? 'missing-there' : 'differs';
    return [{ name, kind, here: mine, there: its }];
  });
}

function gateOf({ gates }: GatesSnapshot, name: string): SnapshotGate | undefined {
  return Object.hasOwn(gates, name) ? gates[name] : undefined;
}

/** What a difference means; undefined if nothing, as a gate that is not there is off. */
function issueOf(
  { name, kind, here: mine, there: its }: GateDifference,
  there: GatesSnapshot,
  here: GatesSnapshot,
  gates: Gates,
): Omit<Issue, 'severity'> | undefined {
  if ((mine ?? false) === (its ?? false)) return undefined;
  const [made, runs] = [`${there.program} ${there.version}`, `${here.program} ${here.version}`].map(printable);
  const issue = { code: kind, path: ['gates', name] };
  if (kind === 'missing-there') {
    return { ...issue, message: `${name} is enabled, and ${made}, which made the snapshot, did not have it` };
  }
  if (kind === 'unknown-here') {
    const { stage, since, until } = gateOf(there, name)!;
    const later = !atLeast(versionOf(here.version)!, versionOf(since)!);
    // what graduated is on for everybody, and its gate may go
    if (stage === 'ga' && !later && atLeast(versionOf(here.version)!, versionOf(there.version)!)) return undefined;
    const end = until === undefined ? '' : `, and was to go in ${until}`;
    const hint = later ? `it came with ${since}: use that version or a later one` : `it came with ${since}${end}`;
    return { ...issue, message: `${name} was enabled in ${made}, and ${runs} does not have it`, hint };
  }
  return {
    ...issue,
    message: mine ? `${name} is enabled, and was not in ${made}` : `${name} is disabled, and was enabled in ${made}`,
    hint: hintFor(gates, name, its ?? false),
  };
}

/** How a gate becomes what it was, with what it hangs on. */
function hintFor(gates: Gates, name: string, enabled: boolean): string {
  const states = gates.list();
  const open = [gates.state(name)];
  const others = new Map<string, GateState>();
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    if (state.enabled === enabled || others.has(state.name)) continue;
    others.set(state.name, state);
    const { name: of, requires } = state;
    open.push(...states.filter((other) => (enabled ? requires.includes(other.name) : other.requires.includes(of))));
  }
  const switched = [...others.values()];
  const stuck = switched.find(({ locked, layer }) => locked || layer === 'locked' || layer === 'override');
  if (stuck?.name === name) return `it is locked here: ${stuck.why}`;
  if (stuck !== undefined) {
    const how = enabled ? `it requires ${stuck.name}` : `${stuck.name} requires it`;
    return `${how}, which is locked here: ${printable(stuck.why)}`;
  }
  return `--feature-gates=${switched.map((state) => `${state.name}=${enabled}`).join(',')} has it as it was`;
}

/** The highest version that is asked for and not reached, in the words of Zarf, with every reason. */
function unmetRequirement(
  { program, requires = [] }: GatesSnapshot,
  { version }: GatesSnapshot,
  what: string,
): Omit<Issue, 'severity'> | undefined {
  const running = versionOf(version)!;
  const unmet = requires.filter((requirement) => !atLeast(running, versionOf(requirement.version)!));
  if (unmet.length === 0) return undefined;
  const highest = unmet.reduce((one, other) =>
    atLeast(versionOf(one.version)!, versionOf(other.version)!) ? one : other,
  );
  const reasons = unmet.flatMap(({ reason = '' }) => (reason.trim() === '' ? [] : [printable(reason)]));
  return {
    code: 'version-required',
    path: ['requires'],
    message: `${what} requires ${printable(program)} version '${highest.version}' (current version: '${version}')`,
    ...(reasons.length === 0 ? {} : { hint: reasons.join('; ') }),
  };
}

function conflict(issues: readonly Issue[], there: GatesSnapshot, here: GatesSnapshot, what: string): FlagError {
  const intro = `the feature gates of ${here.program} ${here.version} are not those of the ${what}, made by ${printable(there.program)} ${there.version}:`;
  return new FlagError('CONFLICT', [intro, ...issues.map((issue) => `  ${formatIssue(issue)}`)].join('\n'), { issues });
}
